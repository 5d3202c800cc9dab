"""`./dev demo` in the build folder: every question of the tour is answered."""

import re
import subprocess
import unittest

from running import BIN, DEMO, SOURCE, main


class TourTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        command = [SOURCE / "data/demo/tour", "--no-serve", "--bin", BIN, "--into", DEMO, "--listen", "127.0.0.1:0"]
        cls.done = subprocess.run(command, capture_output=True, text=True, timeout=280)
        (DEMO / "tour.txt").write_text(cls.done.stdout)

    def test_the_tour_ends_well(self):
        self.assertEqual(self.done.returncode, 0, self.done.stdout[-2000:] + self.done.stderr[-2000:])

    def answer(self, question):
        blocks = re.split(r"\x1b\[1m(.*?)\x1b\[0m\n", self.done.stdout)
        return dict(zip(blocks[1::2], blocks[2::2]))[question]

    def test_all_layers_are_there(self):
        text = self.answer("What is in the city?")
        for layer in ["roads", "buildings", "facilities", "turn_restrictions", "water", "utilities", "population", "districts", "parcels", "zones"]:
            self.assertRegex(text, rf"(?m)^{layer}\s", layer)

    def test_the_destroyed_bridge_is_not_crossed(self):
        text = self.answer("From the south bank to the hospital: the way over the bridges that still stand")
        self.assertNotIn("Міст Єднання", text)
        self.assertRegex(text, "Східний міст|Західний міст")

    def test_a_heavy_truck_takes_the_bridge_that_bears_it(self):
        text = self.answer("The same for a 24-tonne truck: which bridges can bear it?")
        self.assertNotIn("Західний міст", text)
        self.assertIn("Східний міст", text)

    def test_coverage_conserves_people(self):
        rows = [line.split() for line in self.answer("Who is more than 15 minutes on foot from a clinic?").splitlines() if line.startswith("everybody")]
        total, *parts = [int(cell.replace(",", "")) for cell in rows[0][1:6]]
        self.assertAlmostEqual(total, sum(parts), delta=3)
        self.assertGreater(total, 10000)

    def test_new_clinics_are_proved_best(self):
        self.assertIn("Proved optimal", self.answer("Where would two more clinics serve most people within 15 minutes on foot?"))

    def test_the_site_check_names_its_rules(self):
        self.assertRegex(self.answer("May the proposed clinic stand on its plot?"), r"(?m)^Overall: (PASS|FAIL|WARN|UNKNOWN)$")


if __name__ == "__main__":
    main()
