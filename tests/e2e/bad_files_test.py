"""Files that cannot be right: a clear error that names the culprit, exit status 3, the city unchanged."""

import json
import tempfile
import unittest
from pathlib import Path

from running import Running, main, shared_data

GOOD = {"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"name": "Школа"}, "geometry": {"type": "Point", "coordinates": [30.0, 49.6]}},
    {"type": "Feature", "properties": {"name": "Клініка"}, "geometry": {"type": "Point", "coordinates": [30.01, 49.61]}}]}


class BadFilesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.server = Running()
        cls.server.start()
        cls.server.ask("city", "create", "town", "--crs", "EPSG:6384")
        cls.good = cls.write("good.geojson", json.dumps(GOOD))
        cls.server.ask("import", "town", cls.good, "--layer", "places", "--theme", "facilities")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.folder.cleanup()

    @classmethod
    def write(cls, name, content):
        path = Path(cls.folder.name) / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def state(self):
        return self.server.ask("--output", "json", "city", "show", "town") + self.server.ask("--output", "json", "features", "town", "places")

    def refused(self, path, *words, says):
        before = self.state()
        done = self.server.run("import", "town", path, "--layer", "places", *words)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertRegex(done.stderr, says)
        self.assertLess(len(done.stderr), 600)
        self.assertEqual(before, self.state())

    def test_an_empty_file(self):
        self.refused(self.write("empty.geojson", ""), "--theme", "facilities", says=r"empty\.geojson.*empty|empty.*empty\.geojson")

    def test_a_truncated_geojson(self):
        self.refused(self.write("cut.geojson", json.dumps(GOOD)[:-40]), "--theme", "facilities", says=r"cut\.geojson")

    def test_a_wrong_extension(self):
        self.refused(self.write("picture.shp", b"\x89PNG\r\n\x1a\n" + bytes(200)), "--theme", "facilities", says=r"picture\.shp")
        self.refused(self.write("really.gpkg", json.dumps(GOOD)), "--theme", "facilities", says=r"really\.gpkg")

    def test_swapped_axes(self):
        swapped = json.loads(json.dumps(GOOD))
        for feature in swapped["features"]:
            feature["geometry"]["coordinates"].reverse()
        self.refused(self.write("swapped.geojson", json.dumps(swapped)), "--theme", "facilities", says=r"(?i)swapped")

    def test_an_unknown_crs(self):
        self.refused(self.good, "--theme", "facilities", "--crs", "EPSG:999999", says=r"EPSG:999999")

    def test_a_file_that_states_no_crs(self):
        table = self.write("bare.csv", "name,WKT\nA,POINT (30 49.6)\n")
        done = self.server.run("import", "town", table, "--layer", "bare", "--theme", "other")
        if done.returncode != 0:
            self.assertEqual(done.returncode, 3)
            self.assertRegex(done.stderr, r"--crs")
        else:
            self.assertRegex(done.stdout + done.stderr, r"EPSG:4326|OGC:CRS84")

    def test_a_mis_encoded_table(self):
        table = self.write("cp1251.csv", "name,lon,lat\nШкола,30.0,49.6\n".encode("cp1251"))
        self.refused(table, "--theme", "facilities", says=r"(?i)encoding")

    def test_a_missing_theme(self):
        self.refused(self.good, says=r"(?i)theme")

    def test_a_truncated_osm_extract(self):
        whole = shared_data("osm/finland-village-2019.osm.pbf").read_bytes()
        before = self.state()
        done = self.server.run("import", "town", self.write("cut.osm.pbf", whole[: len(whole) // 2]))
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("cut.osm.pbf", done.stderr)
        self.assertEqual(before, self.state())

    def test_a_missing_file_is_usage(self):
        self.assertEqual(self.server.run("import", "town", "/nowhere.gpkg").returncode, 2)

    def test_an_unknown_city(self):
        done = self.server.run("layer", "list", "atlantis")
        self.assertEqual(done.returncode, 3)
        self.assertIn("atlantis", done.stderr)


if __name__ == "__main__":
    main()
