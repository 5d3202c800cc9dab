"""Damage of real cities through the command: imported, matched, counted and gone around."""

import tempfile
import unittest
from pathlib import Path

from running import Running, main, shared_data


def by_code(summary, layer):
    counts = {}
    for one in summary["statements"]:
        if one["layer"] == layer:
            counts[one["code"]] = counts.get(one["code"], 0) + int(one["count"])
    return counts


class DamageTest(unittest.TestCase):
    def test_mariupol(self):
        with Running() as server:
            server.ask("city", "create", "mariupol", "--crs", "EPSG:6387")
            server.ask("import", "mariupol", shared_data("damage/mariupol_building_centroids.csv"), "--layer", "buildings", "--theme", "buildings", "--id-column", "id")
            for date in ["2022-03-14", "2022-05-08"]:
                server.ask("assess", "import", "mariupol", shared_data(f"damage/mariupol_unosat_{date}.geojson"), "--scale", "unosat", "--method", "satellite")
            matched = server.ask_json("assess", "match", "mariupol")
            self.assertEqual(sum(int(matched.get(key, 0)) for key in ["matchedCount", "reviewCount", "unmatchedCount"]), 783 + 5643)
            summary = server.ask_json("assess", "summary", "mariupol", "--since", "2022-03-20")
            self.assertEqual(sum(by_code(summary, "mariupol_unosat_2022_03_14").values()), 783)
            self.assertEqual(sum(by_code(summary, "mariupol_unosat_2022_05_08").values()), 5643)
            self.assertGreater(int(summary["change"]["newlyAssessedCount"]), 1000)
            reviews = server.ask_json("assess", "review", "mariupol", "--limit", "3")
            review = reviews["reviews"][0]
            server.ask("assess", "resolve", "mariupol", f"{review['layer']}/{review['feature']}", "--accept", "--author", "e2e")
            after = server.ask_json("assess", "review", "mariupol", "--limit", "1")
            self.assertEqual(int(after["totalCount"]), int(reviews["totalCount"]) - 1)
            subject = review["candidates"][0]["feature"]
            known = server.ask_json("assess", "condition", "mariupol", "buildings", subject)
            self.assertIn(review["feature"], [one["feature"] for one in known["conditions"][0]["statements"]])
            self.assertIn("unosat", server.ask("assess", "scales"))

    def test_copernicus(self):
        with Running() as server:
            server.ask("city", "create", "visso", "--crs", "EPSG:32633")
            for name in ["visso_initial", "visso_monit01", "camerino"]:
                report = server.ask_json("assess", "import", "visso", shared_data(f"damage/emsr190_{name}.zip"), "--scale", "copernicus_ems")
                self.assertEqual(report["layers"][0]["theme"], "THEME_ASSESSMENTS")
            summary = server.ask_json("assess", "summary", "visso")
            self.assertEqual(by_code(summary, "emsr190_visso_initial"), {"Not Affected": 1416, "Moderately Damaged": 7, "Negligible to slight damage": 1})
            self.assertEqual(by_code(summary, "emsr190_camerino")["Completely Destroyed"], 5)
            refused = server.run("assess", "import", "visso", shared_data("damage/emsr190_camerino.zip"), "--scale", "unosat")
            self.assertEqual(refused.returncode, 3)
            with tempfile.TemporaryDirectory() as folder:
                table = Path(folder) / "damage.csv"
                server.ask("layer", "export", "visso", "emsr190_visso_monit01", table)
                self.assertIn("Completely Destroyed", table.read_text())


if __name__ == "__main__":
    main()
