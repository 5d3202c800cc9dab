"""The Python client asks the tour's questions."""

import os
import subprocess
import sys
import unittest

from running import DEMO, SOURCE, Running, main

sys.path.insert(0, str(SOURCE / "clients/python"))


class PythonTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Running(DEMO / "store")
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_the_example_runs_and_draws_a_picture(self):
        picture = DEMO / "tour.png"
        picture.unlink(missing_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(SOURCE / "clients/python")}
        command = [sys.executable, str(SOURCE / "clients/python/examples/tour.py"), self.server.address, str(picture)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=200)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("within 15 minutes of a clinic", done.stdout)
        self.assertGreater(picture.stat().st_size, 20_000)

    def test_frames_carry_types_and_places(self):
        import obnova

        with obnova.connect(self.server.address) as server:
            schools = server.city("demo").features("facilities", filter="kind = 'school'")
            self.assertEqual(str(schools.crs), "EPSG:4326")
            self.assertEqual(set(schools.kind), {"school"})
            self.assertTrue(schools.geometry.within(__import__("shapely.geometry", fromlist=["box"]).box(29.9, 49.5, 30.1, 49.7)).all())

    def test_a_refusal_is_an_exception_with_the_code(self):
        import grpc
        import obnova

        with obnova.connect(self.server.address) as server:
            with self.assertRaises(obnova.ObnovaError) as caught:
                server.city("atlantis").layers()
            self.assertEqual(caught.exception.code, grpc.StatusCode.NOT_FOUND)

    def test_health_and_reflection_are_on(self):
        import grpc

        with grpc.insecure_channel(self.server.address) as channel:
            serving = channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=10)
            self.assertEqual(serving, b"\x08\x01")  # status: SERVING
            list_services = b"\x3a\x01*"
            replies = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")(iter([list_services]), timeout=10)
            names = next(iter(replies))
            for service in ["Catalog", "Feature", "Coverage", "Routing", "Siting", "Operation"]:
                self.assertIn(f"obnova.v1.{service}Service".encode(), names)

    def test_a_server_survives_pickling(self):
        import pickle

        import obnova

        with obnova.connect(self.server.address) as server, pickle.loads(pickle.dumps(server)) as copy:
            self.assertEqual(list(copy.cities().index), ["demo"])


if __name__ == "__main__":
    main()
