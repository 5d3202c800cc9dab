"""How a server starts and stops."""

import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from running import BIN, Running, main


def obnovad(*words):
    return subprocess.run([str(BIN / "obnovad"), *words], capture_output=True, text=True, timeout=60)


class ServerLifeTest(unittest.TestCase):
    def test_it_stops_cleanly_on_sigterm(self):
        with Running() as server:
            self.assertEqual(server.stop(), 0)
            server.start()
            server.process.send_signal(signal.SIGINT)
            self.assertEqual(server.stop(), 0)

    def test_it_binds_loopback_only(self):
        with tempfile.TemporaryDirectory() as folder:
            done = obnovad("--store", folder, "--listen", "0.0.0.0:0")
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stderr, r"(?i)loopback")

    def test_it_refuses_a_corrupt_store_and_says_what_to_do(self):
        with Running() as server:
            server.ask("city", "create", "town", "--crs", "EPSG:6384")
            server.stop()
            file = Path(server.store) / "town.gpkg"
            content = bytearray(file.read_bytes())
            content[100:4000] = bytes(3900)  # The root of the schema, wherever its cells lie.
            file.write_bytes(content)
            done = obnovad("--store", str(server.store), "--listen", "127.0.0.1:0")
            self.assertEqual(done.returncode, 1)
            self.assertIn("town.gpkg", done.stderr)
            self.assertRegex(done.stderr, r"(?i)backup|restore|move")
            server.process = subprocess.Popen(["true"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_two_servers_do_not_share_a_store(self):
        with Running() as server:
            done = obnovad("--store", str(server.store), "--listen", "127.0.0.1:0")
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, r"(?i)another|in use|lock")

    def test_nobody_answers_is_exit_status_4(self):
        done = subprocess.run([str(BIN / "obnova"), "--server", "127.0.0.1:1", "city", "list"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 4)
        self.assertIn("obnovad --store", done.stderr)


if __name__ == "__main__":
    main()
