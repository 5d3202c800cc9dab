"""What leaves a server comes back equal: layers and cities in every format, as a user would move them."""

import json
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

from running import DEMO, Running, main, shared_data

FORMATS = {"geopackage": "gpkg", "flatgeobuf": "fgb", "geojson": "geojson", "csv": "csv"}


def counts_of(path, table=None):
    """How many features GDAL finds in a file: another program must open it."""
    words = ["ogrinfo", "-ro", "-so", str(path)] + ([table] if table else ["-al"])
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    if done.returncode != 0 or "ERROR" in done.stderr:
        raise AssertionError(f"ogrinfo refuses {path}: {done.stderr}")
    return [int(line.split(":")[1]) for line in done.stdout.splitlines() if line.startswith("Feature Count")]


class ExportTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return Path(self.folder.name) / name

    def layers(self, server, city):
        return {layer["name"].split("/")[-1]: layer for layer in server.ask_json("layer", "list", city)["layers"]}

    def features(self, server, city, layer):
        """A layer as text, without a word of which city it is in."""
        file = self.path(f"{city}-{layer}.csv")
        server.ask("layer", "export", city, layer, file)
        return file.read_bytes()

    def same_layers(self, one, city, other, copy):
        first, second = self.layers(one, city), self.layers(other, copy)
        self.assertEqual(sorted(first), sorted(second))
        for name, layer in first.items():
            for key in ["title", "theme", "source", "licence", "attribution", "dated", "coveredArea", "featureCount", "fields"]:
                self.assertEqual(layer.get(key), second[name].get(key), f"{key} of {name}")
            self.assertEqual(self.features(one, city, name), self.features(other, copy, name), name)

    def test_other_programs_open_every_layer_in_every_format(self):
        with Running(DEMO / "store") as server:
            for name, layer in self.layers(server, "demo").items():
                for format, ending in FORMATS.items():
                    file = self.path(f"{name}.{ending}")
                    said = server.ask("layer", "export", "demo", name, file)
                    self.assertIn(str(file), said)
                    self.assertFalse(Path(f"{file}.part").exists())
                    table = name if format == "geopackage" else None
                    self.assertEqual(counts_of(file, table), [int(layer["featureCount"])], f"{name} as {format}")

    def test_a_restored_city_is_equal(self):
        with Running(DEMO / "store") as server, Running() as other:
            plain, full = self.path("plain.gpkg"), self.path("full.gpkg")
            server.ask("city", "export", "demo", plain)
            server.ask("city", "export", "demo", full, "--with-history")
            for file, city in [(plain, "plain"), (full, "full")]:
                other.ask("city", "restore", city, file)
                self.same_layers(server, "demo", other, city)
            self.assertFalse(list((DEMO / "store").glob(".exports/*")))

    def test_archives_come_back_layer_by_layer(self):
        with Running(DEMO / "store") as server, Running() as other:
            plane = server.ask_json("city", "show", "demo")["crs"]
            for format in ["flatgeobuf", "geojson", "csv"]:
                file = self.path(f"{format}.zip")
                server.ask("city", "export", "demo", file, "--format", format)
                with zipfile.ZipFile(file) as archive:
                    self.assertIsNone(archive.testzip())
                    metadata = json.loads(archive.read("metadata.json"))
                    readme = archive.read("README.txt").decode()
                    for layer in metadata["layers"]:
                        self.assertIn(layer["file"], readme)
                        self.assertIn(layer["obnova"]["licence"], readme)
                city = f"from-{format}"
                other.ask("city", "create", city, "--crs", plane)
                for layer in metadata["layers"]:
                    other.ask("import", city, file, "--source-layer", layer["obnova"]["layer"])
                first, second = self.layers(server, "demo"), self.layers(other, city)
                for name, layer in first.items():
                    for key in ["title", "theme", "source", "licence", "attribution", "dated", "featureCount", "fields"]:
                        self.assertEqual(layer.get(key), second[name].get(key), f"{key} of {name} as {format}")

    def test_liechtenstein_comes_back_equal(self):
        extract = shared_data("osm/liechtenstein-2024-03.osm.pbf")
        with Running() as server:
            server.ask("city", "create", "vaduz", "--crs", "EPSG:2056")
            server.ask("import", "vaduz", extract)
            file = self.path("vaduz.gpkg")
            server.ask("city", "export", "vaduz", file)
            server.ask("city", "restore", "copy", file)
            self.same_layers(server, "vaduz", server, "copy")
            self.assertGreater(int(self.layers(server, "copy")["buildings"]["featureCount"]), 17000)

    def test_a_layer_is_described_anew(self):
        with Running() as server:
            server.ask("city", "create", "town", "--crs", "EPSG:6384")
            points = self.path("points.geojson")
            points.write_text(json.dumps({"type": "FeatureCollection", "features": [
                {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [30.0, 49.6]}}]}))
            area = self.path("area.geojson")
            area.write_text(json.dumps({"type": "Polygon", "coordinates": [[[29.9, 49.5], [30.1, 49.5], [30.1, 49.7], [29.9, 49.7], [29.9, 49.5]]]}))
            server.ask("import", "town", points, "--theme", "facilities", "--covers", area)
            self.assertIn("coveredArea", self.layers(server, "town")["points"])
            server.ask("layer", "update", "town", "points", "--forget-covered-area", "--licence", "CC0-1.0", "--dated", "2025-05-05")
            layer = self.layers(server, "town")["points"]
            self.assertNotIn("coveredArea", layer)
            self.assertEqual((layer["licence"], layer["dated"]), ("CC0-1.0", "2025-05-05"))
            said = server.ask("layer", "update", "town", "points", "--covers", area, "--title", "Точки", "--attribution", "© місто")
            self.assertIn("stated", said)
            self.assertEqual(server.run("layer", "update", "town", "points").returncode, 2)

    def test_refuses_what_cannot_be_written_or_restored(self):
        with Running() as server:
            server.ask("city", "create", "town", "--crs", "EPSG:6384")
            self.assertEqual(server.run("city", "export", "town", self.path("x.doc")).returncode, 2)
            self.assertEqual(server.run("city", "export", "town", self.path("x.zip")).returncode, 2)
            self.assertEqual(server.run("city", "export", "town", self.path("x.gpkg"), "--format", "tiff").returncode, 2)
            self.assertEqual(server.run("city", "export", "nowhere", self.path("x.gpkg")).returncode, 3)
            self.assertFalse(list(Path(self.folder.name).iterdir()), "no half of a file stays")
            broken = self.path("broken.gpkg")
            broken.write_bytes(b"SQLite format 3\0" + bytes(1000))
            done = server.run("city", "restore", "again", broken)
            self.assertEqual(done.returncode, 3)
            self.assertIn("broken.gpkg", done.stderr)

    def test_files_of_a_crash_go_at_the_start(self):
        with Running() as server:
            left = server.store / ".exports" / "export-abcdef"
            left.mkdir(parents=True)
            (left / "export.gpkg").write_bytes(b"half")
            server.stop()
            server.start()
            self.assertFalse(left.exists())


if __name__ == "__main__":
    main()
