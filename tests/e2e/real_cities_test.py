"""Real extracts through the command: counts agree with osmium and ogrinfo, routes with brute force."""

import shutil
import subprocess
import unittest

from running import BIN, Running, main, shared_data

CITIES = [
    ("osm/liechtenstein-2024-03.osm.pbf", "EPSG:32632"),
    ("osm/porto-portugal-roads.osm.pbf", "EPSG:32629"),
]


def osmium_count(file, *expressions):
    """How many objects of a file match, counted by osmium-tool."""
    if not shutil.which("osmium"):
        raise unittest.SkipTest("skipped: no osmium")
    filtered = subprocess.run(["osmium", "tags-filter", "--omit-referenced", "-f", "opl", str(file), *expressions], capture_output=True, text=True, check=True)
    return sum(1 for line in filtered.stdout.splitlines() if line)


class RealCitiesTest(unittest.TestCase):
    def check_city(self, name, crs):
        file = shared_data(name)
        with Running() as server:
            server.ask("city", "create", "town", "--crs", crs)
            report = server.ask_json("import", "town", file, "--licence", "ODbL-1.0", "--attribution", "© OpenStreetMap contributors", timeout=600)
            layers = {item["layer"].split("/")[-1]: item for item in report["layers"]}
            highways = osmium_count(file, "w/highway")
            # Roads hold the ways with highway=*, ferries beside them; ways without two known nodes are rejected and reported.
            read = int(layers["roads"]["readCount"])
            self.assertGreaterEqual(read, highways * 0.999)
            self.assertLessEqual(read, highways * 1.01 + 5)
            self.assertGreaterEqual(int(layers["roads"]["keptCount"]), highways * 0.99)
            buildings = osmium_count(file, "w/building", "r/building")
            self.assertAlmostEqual(int(layers["buildings"]["readCount"]), buildings, delta=max(5, buildings * 0.02))
            restrictions = osmium_count(file, "r/type=restriction")
            self.assertAlmostEqual(int(layers["turn_restrictions"]["readCount"]), restrictions, delta=max(3, restrictions * 0.05))
            server.stop()
            self.check_routes(server.store / "town.gpkg")

    def check_routes(self, gpkg):
        done = subprocess.run([str(BIN / "real_city_routes"), str(gpkg)], capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])

    def test_liechtenstein(self):
        self.check_city(*CITIES[0])

    def test_porto(self):
        self.check_city(*CITIES[1])


if __name__ == "__main__":
    main()
