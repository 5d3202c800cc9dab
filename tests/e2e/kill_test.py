"""The server is killed at random instants while clients edit and import: nothing acknowledged is lost, nothing is half there.

OBNOVA_KILL_ROUNDS says how often, 10 times unless said otherwise; OBNOVA_KILL_SEED which instants.
"""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from running import SOURCE, Running, main

sys.path.insert(0, str(SOURCE / "clients/python"))

import grpc
from google.protobuf import duration_pb2
from obnova.v1 import (catalog_pb2, catalog_pb2_grpc, common_pb2, feature_pb2, feature_pb2_grpc, operation_pb2, operation_pb2_grpc)

ROUNDS = int(os.environ.get("OBNOVA_KILL_ROUNDS", "10"))
SEED = int(os.environ.get("OBNOVA_KILL_SEED", "20261122"))
CLIENTS = 4
IMPORTED = 300
FRESH_CITY_AFTER = 25  # Rounds: so that opening it does not take longer and longer.
CONTEXT = common_pb2.Context(city="cities/town")


def points(count, value):
    features = [{"type": "Feature", "id": f"f{i}", "properties": {"id": f"f{i}", "value": value},
                 "geometry": {"type": "Point", "coordinates": [30.0 + i / 1e5, 50.0]}} for i in range(count)]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


class Clients:
    """Stubs on one connection."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(address)
        self.feature = feature_pb2_grpc.FeatureServiceStub(self.channel)
        self.catalog = catalog_pb2_grpc.CatalogServiceStub(self.channel)
        self.operation = operation_pb2_grpc.OperationServiceStub(self.channel)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.channel.close()

    def values(self, layer):
        """The value of every feature by its id."""
        found = {}
        request = feature_pb2.StreamFeaturesRequest(context=CONTEXT, selection=feature_pb2.FeatureSelection(layer=layer))
        for message in self.feature.StreamFeatures(request, timeout=20):
            column = next((c for c in message.batch.columns if c.name == "value"), None)
            found.update(zip(message.batch.ids, column.ints if column else []))
        return found

    def revision(self):
        return self.catalog.GetCity(catalog_pb2.GetCityRequest(name="cities/town"), timeout=20).revision

    def import_points(self, layer, count, value):
        """Returns when the import has ended, with what became of it."""
        data = points(count, value)
        spec = catalog_pb2.ImportSpec(context=CONTEXT, file_name="points.geojson", layer=layer, theme=common_pb2.THEME_OTHER,
                                      id_column="id", size_bytes=len(data))
        pieces = [catalog_pb2.ImportLayerRequest(spec=spec), catalog_pb2.ImportLayerRequest(data=data)]
        name = self.catalog.ImportLayer(iter(pieces), timeout=20).operation
        while True:
            request = operation_pb2.WaitOperationRequest(name=name, timeout=duration_pb2.Duration(seconds=10))
            operation = self.operation.WaitOperation(request, timeout=20).operation
            if operation.done:
                return operation


class Editor(threading.Thread):
    """Says the same number of two features of two layers, one number after the other, until nobody answers."""

    def __init__(self, address, name, begin, edits_a_call):
        super().__init__()
        self.address, self.name_, self.number, self.edits_a_call = address, name, begin, edits_a_call
        self.acknowledged = {}  # Number to revision.
        self.on_its_way = None
        self.refusal = None

    def request(self, number):
        request = feature_pb2.ApplyChangesRequest(context=CONTEXT, request_id=f"{self.name_}-{number}", author=self.name_)
        for i in range(self.edits_a_call):
            for layer in ("posts", "lamps"):
                change = request.changes.add(layer=layer, feature=f"{self.name_}-{i}")
                change.put.geometry.point.lng_deg, change.put.geometry.point.lat_deg = 30.001, 50.001
                change.put.attributes["value"].int_value = number
        return request

    def run(self):
        with Clients(self.address) as clients:
            while True:
                self.on_its_way = self.request(self.number + 1)
                try:
                    answer = clients.feature.ApplyChanges(self.on_its_way, timeout=20)
                except grpc.RpcError as error:
                    if error.code() != grpc.StatusCode.UNAVAILABLE:
                        self.refusal = str(error)
                        return
                    if "being changed" in error.details():
                        continue  # By an import; the server lives.
                    return
                self.number += 1
                self.acknowledged[self.number] = answer.revision


class Importer(threading.Thread):
    """Imports one file after the other until nobody answers."""

    def __init__(self, address, begin):
        super().__init__()
        self.address, self.number = address, begin
        self.refusal = None

    def run(self):
        with Clients(self.address) as clients:
            while True:
                try:
                    operation = clients.import_points("imported", IMPORTED, self.number + 1)
                except grpc.RpcError:
                    return
                if operation.HasField("error"):
                    self.refusal = operation.error.message
                    return
                self.number += 1


class KillTest(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        self.folder = Path(tempfile.mkdtemp(prefix="obnova-kill-"))
        self.template = self.folder / "template"
        self.store = self.folder / "store"
        with Running(self.template) as server, Clients(server.address) as clients:
            clients.catalog.CreateCity(catalog_pb2.CreateCityRequest(city_id="town", city=catalog_pb2.City(crs="EPSG:32636")))
            for layer, count in (("posts", 1), ("lamps", 1), ("imported", IMPORTED)):
                self.assertFalse(clients.import_points(layer, count, 0).HasField("error"))

    def tearDown(self):
        shutil.rmtree(self.folder)

    def kill_while_working(self, server, editors, importer):
        threads = editors if importer is None else [*editors, importer]
        for thread in threads:
            thread.start()
        time.sleep(self.random.uniform(0.05, 1.0))
        server.process.kill()
        for thread in threads:
            thread.join()
            self.assertIsNone(thread.refusal)
        server.process.wait()

    def check_file(self):
        with sqlite3.connect(self.store / "town.gpkg") as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        database.close()
        done = subprocess.run(["ogrinfo", "-ro", "-so", str(self.store / "town.gpkg"), "posts"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Feature Count", done.stdout)

    def check_edits(self, clients, editors):
        posts, lamps = clients.values("posts"), clients.values("lamps")
        self.assertEqual(posts, lamps, "half of an edit is there")
        newest = clients.revision()
        revisions = [revision for editor in editors for revision in editor.acknowledged.values()]
        self.assertEqual(len(set(revisions)), len(revisions), "two edits have one revision")
        self.assertLessEqual(max(revisions, default=0), newest, "an acknowledged revision is gone")
        for editor in editors:
            there = {posts.get(f"{editor.name_}-{i}", editor.number) for i in range(editor.edits_a_call)}
            self.assertEqual(len(there), 1, "half of an edit is there")
            self.assertIn(there.pop(), (editor.number, editor.number + 1), "an acknowledged edit is gone")

    def check_requests(self, clients, editors):
        """What was on its way is sent again: it is carried out once, whether it had been or not."""
        for editor in editors:
            was_there = clients.values("posts").get(f"{editor.name_}-0") == editor.number + 1
            first = clients.feature.ApplyChanges(editor.on_its_way, timeout=20)
            self.assertEqual(first.were_made_before, was_there)
            again = clients.feature.ApplyChanges(editor.on_its_way, timeout=20)
            self.assertTrue(again.were_made_before)
            self.assertEqual(again.revision, first.revision)
            editor.number += 1
            for number, revision in list(editor.acknowledged.items())[-3:]:
                told = clients.feature.ApplyChanges(editor.request(number), timeout=20)
                self.assertEqual((told.were_made_before, told.revision), (True, revision))
        self.assertEqual(clients.values("posts"), clients.values("lamps"))

    def check_import(self, clients, importer):
        there = clients.values("imported")
        self.assertEqual(len(there), IMPORTED)
        self.assertEqual(len(set(there.values())), 1, "half of an import is there")
        number = next(iter(there.values()))
        self.assertIn(number, (importer.number, importer.number + 1), "a finished import is gone")
        importer.number = number

    def test_nothing_acknowledged_is_lost_and_nothing_is_half_there(self):
        editors, importer = [], None
        edit_count = import_count = 0
        for round_number in range(ROUNDS):
            if round_number % FRESH_CITY_AFTER == 0:
                shutil.rmtree(self.store, ignore_errors=True)
                shutil.copytree(self.template, self.store)
                numbers, imported = [0] * CLIENTS, 0
            with self.subTest(round=round_number, seed=SEED):
                server = Running(self.store)
                server.start()
                editors = [Editor(server.address, f"client{i}", numbers[i], 1 if i % 2 else 20) for i in range(CLIENTS)]
                importer = Importer(server.address, imported)
                # An import has the city for itself: every second round is left to edits.
                self.kill_while_working(server, editors, importer if round_number % 2 else None)
                server.stop()
                edit_count += sum(len(editor.acknowledged) for editor in editors)
                import_count += importer.number - imported
                with Running(self.store) as restarted, Clients(restarted.address) as clients:
                    self.check_edits(clients, editors)
                    self.check_requests(clients, editors)
                    self.check_import(clients, importer)
                    self.check_file()
                numbers, imported = [editor.number for editor in editors], importer.number
        print(f"{ROUNDS} kills, {edit_count} acknowledged edits, {import_count} finished imports: all there")
        self.assertGreater(edit_count, ROUNDS)


if __name__ == "__main__":
    main()
