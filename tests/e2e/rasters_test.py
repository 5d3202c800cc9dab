"""Rasters through the command: imported, listed, summed, sampled, opened by GDAL, kept over a restart."""

import shutil
import subprocess
import unittest

from running import Running, main, shared_data


class RastersTest(unittest.TestCase):
    def test_the_terrain_of_porto_alegre(self):
        file = shared_data("porto_alegre/poa_elevation.tif")
        with Running() as server:
            server.ask("city", "create", "poa", "--crs", "EPSG:32722")
            report = server.ask_json("import", "poa", file, "--layer", "dem", "--theme", "terrain", "--dated", "2000-02-11", "--licence", "CC0-1.0")
            self.assertEqual(report["layers"][0]["theme"], "THEME_TERRAIN")
            self.assertIn("413 × 403 cells", server.ask("layer", "list", "poa"))
            shown = server.ask_json("layer", "show", "poa", "dem")
            self.assertEqual(shown["layer"]["raster"]["max"], 255)
            self.assertAlmostEqual(shown["rasterStatistics"]["mean"], 47.563888271379, places=9)
            samples = server.ask_json("sample", "poa", "dem", "--at", "-51.1788,-30.0797;-51.3,-30.05")["samples"]
            self.assertGreater(samples[0]["value"], 100)
            self.assertNotIn("value", samples[1])
            refused = server.run("features", "poa", "dem")
            self.assertEqual(refused.returncode, 3)
            self.assertIn("obnova sample", refused.stderr)
            self.assertIn("raster", server.run("layer", "export", "poa", "dem", str(server.store / "dem.geojson")).stderr)
            digest = shown["provenance"]["snapshotDigest"]
            server.stop()
            if shutil.which("gdalinfo"):
                info = subprocess.run(["gdalinfo", f"GPKG:{server.store}/poa.gpkg:dem"], capture_output=True, text=True, check=True)
                self.assertIn("Size is 413, 403", info.stdout)
                self.assertNotIn("Warning", info.stderr)
            server.start()
            self.assertEqual(server.ask_json("layer", "show", "poa", "dem")["provenance"]["snapshotDigest"], digest)
            self.assertEqual(server.ask_json("sample", "poa", "dem", "--at", "-51.1788,-30.0797")["samples"], samples[:1])

    def test_a_tile_is_placed_by_its_name_and_summed_by_areas(self):
        file = shared_data("raster/N43E007.hgt.zip")
        with Running() as server:
            server.ask("city", "create", "nice", "--crs", "EPSG:32632")
            server.ask("import", "nice", file, "--theme", "terrain")
            halves = server.store / "halves.geojson"
            square = '{"type":"Feature","id":"%s","properties":{"name":"%s"},"geometry":{"type":"Polygon","coordinates":[[[%s,42.9],[%s,42.9],[%s,44.1],[%s,44.1],[%s,42.9]]]}}'
            west, east = (square % (name, name, a, b, b, a, a) for name, a, b in (("west", 6.9, 7.5), ("east", 7.5, 8.1)))
            halves.write_text('{"type":"FeatureCollection","features":[%s,%s]}' % (west, east))
            server.ask("import", "nice", halves, "--layer", "halves", "--theme", "districts")
            answer = server.ask_json("aggregate", "nice", "n43e007", "--by", "halves")
            total = answer["total"]["sum"]
            self.assertAlmostEqual(sum(area["sum"] for area in answer["areas"]) / total, 1, places=9)
            self.assertEqual(answer["total"]["max"], 2064)
            self.assertIn("total", server.ask("aggregate", "nice", "n43e007", "--by", "halves"))
            self.assertEqual(server.run("aggregate", "nice", "n43e007", "--by", "halves", "--sum", "x").returncode, 2)

    def test_bad_rasters_leave_the_city_as_it_was(self):
        file = shared_data("porto_alegre/poa_elevation.tif")
        with Running() as server:
            server.ask("city", "create", "poa", "--crs", "EPSG:32722")
            whole = file.read_bytes()
            cut = server.store / "cut.tif"
            cut.write_bytes(whole[: len(whole) // 2])
            for words in (("cut.tif", "--theme", "terrain"), ("cut.tif", "--theme", "roads")):
                refused = server.run("import", "poa", server.store / words[0], *words[1:])
                self.assertEqual(refused.returncode, 3)
                self.assertIn("cut.tif", refused.stderr)
            refused = server.run("import", "poa", file, "--theme", "terrain", "--source-layer", "9")
            self.assertIn("no band `9`", refused.stderr)
            self.assertEqual(server.ask_json("city", "show", "poa")["revision"], "1")


if __name__ == "__main__":
    main()
