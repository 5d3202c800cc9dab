"""A file imported again changes what it says anew; edits and the past stay."""

import json
import tempfile
import unittest
from pathlib import Path

from running import Running, main


def clinics(**beds):
    return json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"key": key, "beds": number, "name": key.upper()},
         "geometry": {"type": "Point", "coordinates": [30 + 0.001 * i, 49.6]}}
        for i, (key, number) in enumerate(sorted(beds.items()))]})


class ImportAgainTest(unittest.TestCase):
    def test_edits_and_the_past_stay(self):
        with tempfile.TemporaryDirectory() as folder, Running(Path(folder) / "store") as server:
            file = Path(folder) / "clinics.geojson"

            def imported(dated, **beds):
                file.write_text(clinics(**beds))
                done = server.run("import", "town", str(file), "--theme", "facilities", "--id-column", "key", "--dated", dated)
                self.assertEqual(done.returncode, 0, done.stderr)
                return done.stdout + done.stderr

            def beds(*context):
                rows = server.ask("--output", "csv", "features", "town", "clinics", *context).splitlines()
                column = rows[0].split(",").index("beds")
                return {row.split(",")[0]: row.split(",")[column] for row in rows[1:]}

            server.ask("city", "create", "town", "--crs", "EPSG:32636")
            imported("2026-01-01", a=1, b=2, c=3)
            server.ask("edit", "town", "clinics", "a", "--set", "beds=100", "--reason", "counted")
            told = imported("2026-02-01", a=1, b=20, d=4)
            self.assertIn("1 features added, 1 changed, 1 removed", told)
            self.assertEqual(beds(), {"a": "100", "b": "20", "d": "4"})
            self.assertEqual(beds("--valid-at", "2026-01-15"), {"a": "100", "b": "2", "c": "3"})
            self.assertEqual(beds("--revision", "2"), {"a": "1", "b": "2", "c": "3"})
            self.assertIn("0 features added, 0 changed, 0 removed", imported("2026-02-01", a=1, b=20, d=4))
            self.assertIn("has the last word", imported("2026-03-01", a=7, b=20, d=4))
            self.assertEqual(beds()["a"], "7")
            self.assertIn("counted", server.ask("history", "town", "clinics", "a"))


if __name__ == "__main__":
    main()
