"""Answers agree with each other, and a restarted server gives the same bytes."""

import json
import random
import tempfile
import unittest
from pathlib import Path

from running import DEMO, Running, main

QUESTIONS = [
    ["layer", "list", "demo"],
    ["features", "demo", "facilities", "--filter", "kind = 'school'"],
    ["route", "demo", "--from", "30.001,49.6105", "--to", "29.9995,49.6225"],
    ["area", "demo", "--from", "30.0,49.62", "--minutes", "5,10", "--profile", "foot"],
    ["coverage", "demo", "--facilities", "facilities", "--filter", "kind = 'clinic'", "--minutes", "15", "--profile", "foot", "--by", "districts"],
]


class AnswersTest(unittest.TestCase):
    def test_a_restarted_server_gives_the_same_bytes(self):
        with Running(DEMO / "store") as server:
            before = [server.ask("--output", "json", *q) for q in QUESTIONS]
        with Running(DEMO / "store") as server:
            self.assertEqual(before, [server.ask("--output", "json", *q) for q in QUESTIONS])

    def test_matrix_equals_routes_and_nearest(self):
        seeded = random.Random(7)
        places = [(30 + seeded.uniform(-0.025, 0.025), 49.62 + seeded.uniform(-0.014, 0.014)) for _ in range(6)]
        text = ";".join(f"{x:.6f},{y:.6f}" for x, y in places)
        with Running(DEMO / "store") as server:
            rows = [json.loads(line) for line in server.ask("--output", "json", "matrix", "demo", "--from", text, "--to", text).splitlines()]
            for i, a in enumerate(places):
                for j, b in enumerate(places):
                    route = server.ask_json("route", "demo", "--from", f"{a[0]:.6f},{a[1]:.6f}", "--to", f"{b[0]:.6f},{b[1]:.6f}")
                    expected = round(route["route"]["durationS"] * 1000) if "route" in route and route["route"] else -1
                    self.assertEqual(int(rows[i]["durationsMs"][j]), expected, f"{a} to {b}")

    def test_area_agrees_with_routes(self):
        from shapely.geometry import Point, shape

        seeded = random.Random(11)
        with Running(DEMO / "store") as server:
            area = json.loads(server.ask("--output", "geojson", "area", "demo", "--from", "30.0,49.62", "--minutes", "10", "--profile", "foot"))
            polygon = shape(area["features"][0]["geometry"])
            band = 25 / 72_000  # 25 m in degrees of longitude here.
            disagreements, asked = 0, 0
            while asked < 60:
                place = Point(30 + seeded.uniform(-0.018, 0.018), 49.62 + seeded.uniform(-0.012, 0.012))
                if polygon.boundary.distance(place) < band:
                    continue
                route = server.ask_json("route", "demo", "--from", "30.0,49.62", "--to", f"{place.x},{place.y}", "--profile", "foot")
                if route["snaps"][1]["distanceM"] > 75:
                    continue
                asked += 1
                reached = bool(route.get("route")) and route["route"]["durationS"] <= 600
                disagreements += reached != polygon.contains(place)
            self.assertLessEqual(disagreements, 1)

    def test_every_output_form_is_what_it_says(self):
        with Running(DEMO / "store") as server:
            for question in QUESTIONS[1:]:
                collection = json.loads(server.ask("--output", "geojson", *question))
                self.assertEqual(collection["type"], "FeatureCollection")
                self.assertTrue(collection["features"] or question[0] == "coverage")
            self.assertTrue(server.ask("--output", "csv", *QUESTIONS[1]).startswith("id,"))
            self.assertEqual(server.run("--output", "geojson", "city", "list").returncode, 2)

    def test_an_exported_layer_comes_back_equal(self):
        with tempfile.TemporaryDirectory() as folder, Running(DEMO / "store") as server, Running() as other:
            file = Path(folder) / "districts.geojson"
            server.ask("layer", "export", "demo", "districts", file)
            other.ask("city", "create", "copy", "--crs", "EPSG:6384")
            other.ask("import", "copy", file, "--layer", "districts", "--theme", "districts", "--id-column", "id")
            self.assertEqual(server.ask("--output", "csv", "features", "demo", "districts"), other.ask("--output", "csv", "features", "copy", "districts"))


if __name__ == "__main__":
    main()
