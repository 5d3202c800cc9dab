"""Projects and scenarios through the command: the demo town rebuilds its bridge."""

import json
import shutil
import tempfile
import unittest
from pathlib import Path

from running import DEMO, Running, main

ROUTE = ["route", "demo", "--from", "30.0010,49.6105", "--to", "29.9995,49.6225"]
BRIDGE = "Міст Єднання"


class ScenarioTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        store = shutil.copytree(DEMO / "store", Path(self.folder.name) / "store")
        self.server = Running(store)
        self.server.__enter__()
        self.addCleanup(self.server.stop)

    def plan_the_bridge(self):
        ask = self.server.ask
        ask("project", "create", "demo", "bridge", "--title", BRIDGE, "--status", "preparation", "--type", "rehabilitation", "--sector",
            "transport,transport.road", "--cost", "85000000", "--price-date", "2024-01-01", "--end", "2030-06-01", "--repair", "roads:way/48")
        ask("scenario", "create", "demo", "recovery", "--title", "Recovery", "--project", "bridge")

    def test_a_repaired_bridge_is_crossed_in_its_scenario_only(self):
        self.plan_the_bridge()
        before = self.server.ask("--output", "json", *ROUTE)
        self.assertNotIn(BRIDGE, before)
        planned = self.server.ask("--output", "json", *ROUTE, "--scenario", "recovery")
        self.assertIn(BRIDGE, planned)
        self.assertEqual(json.loads(planned)["provenance"]["projects"], ["cities/demo/projects/bridge"])
        self.assertNotIn(BRIDGE, self.server.ask(*ROUTE, "--scenario", "recovery", "--valid-at", "2030-05-31"))
        self.assertIn(BRIDGE, self.server.ask(*ROUTE, "--scenario", "recovery", "--valid-at", "2030-06-01"))
        self.assertEqual(before, self.server.ask("--output", "json", *ROUTE))
        preview = self.server.ask("scenario", "preview", "demo", "recovery")
        self.assertRegex(preview, r"roads\s+way/48\s+condition: destroyed → none")

    def test_compare_shows_both_sides(self):
        self.plan_the_bridge()
        answer = self.server.ask_json("scenario", "compare", "demo", "recovery", "--route", "30.0010,49.6105;29.9995,49.6225",
                                      "--coverage", "facilities", "--filter", "kind = 'fire_station'", "--minutes", "4",
                                      "--profile", "emergency", "--roads", "--residents", "population")
        by_name = {(c["title"], q["quantity"]): q for c in answer["comparisons"] for q in c["quantities"]}
        self.assertLess(by_name[("route 30.0010,49.6105;29.9995,49.6225", "duration")]["difference"], 0)
        covered = by_name[("within 4 min 0 s of facilities", "covered")]
        self.assertGreater(covered["valueB"], covered["valueA"])
        self.assertAlmostEqual(by_name[("roads", "closed_length")]["difference"], -by_name[("roads", "open_length")]["difference"], 3)
        self.assertEqual(by_name[("population", "residents")].get("difference", 0), 0)

    def test_records_survive_a_restart_and_their_past_stays(self):
        self.plan_the_bridge()
        revision = self.server.ask_json("project", "show", "demo", "bridge")["revision"]
        self.server.ask("project", "update", "demo", "bridge", "--status", "completed", "--author", "Оля")
        shown = self.server.ask("--output", "json", "project", "show", "demo", "bridge")
        self.server.stop()
        self.server.start()
        self.assertEqual(shown, self.server.ask("--output", "json", "project", "show", "demo", "bridge"))
        past = self.server.ask_json("project", "show", "demo", "bridge", "--revision", revision)
        self.assertEqual(past["status"], "preparation")
        self.assertEqual(self.server.run("project", "delete", "demo", "bridge").returncode, 3)

    def test_steps_come_and_go(self):
        self.plan_the_bridge()
        shown = self.server.ask("scenario", "add", "demo", "recovery", "--close", "roads:way/60", "--restrict", "roads:way/32", "weight=7.5,speed=30")
        self.assertRegex(shown, r"(?s)0\s+project bridge.*1\s+close roads:way/60.*2\s+restrict roads:way/32")
        self.assertNotIn("close", self.server.ask("scenario", "remove", "demo", "recovery", "--step", "1"))
        self.server.ask("scenario", "create", "demo", "branch", "--parent", "recovery", "--close", "roads:way/48")
        self.assertNotIn(BRIDGE, self.server.ask(*ROUTE, "--scenario", "branch"))
        self.assertRegex(self.server.ask("scenario", "list", "demo"), r"branch\s+recovery\s+1")

    def test_a_package_is_read_and_written(self):
        package = {"uri": "https://example.org/1", "version": "0.9", "publishedDate": "2026-01-01T00:00:00Z", "publisher": {"name": "x"},
                   "projects": [{"id": "oc4ids-школа", "title": "Школа", "status": "identification", "невідоме": [1, {"так": None}]}]}
        file = Path(self.folder.name) / "package.json"
        file.write_text(json.dumps(package), encoding="utf-8")
        self.assertIn("1 projects created", self.server.ask("project", "import", "demo", file))
        written = Path(self.folder.name) / "written.json"
        self.server.ask("project", "export", "demo", written, "--uri", "https://example.org/1")
        self.assertEqual(json.loads(written.read_text(encoding="utf-8"))["projects"], package["projects"])
        package["projects"][0]["status"] = "soon"
        file.write_text(json.dumps(package), encoding="utf-8")
        refused = self.server.run("project", "import", "demo", file)
        self.assertEqual(refused.returncode, 3)
        self.assertIn("projects[0].status", refused.stderr)


if __name__ == "__main__":
    main()
