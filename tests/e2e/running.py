"""A server of its own for a test, and the obnova command against it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ["OBNOVA_SOURCE_DIR"])
BIN = Path(os.environ["OBNOVA_BIN_DIR"])
DEMO = Path(os.environ["OBNOVA_DEMO_DIR"])
SHARED = SOURCE / ".." / "shared" / "data"


def shared_data(name):
    """A file of the real data beside the checkout, or a skipped test."""
    path = SHARED / name
    if not path.exists():
        raise unittest.SkipTest("skipped: no data")
    return path


class Running:
    """obnovad on a store folder, on a port of its own."""

    def __init__(self, store=None):
        self.folder = None if store else tempfile.mkdtemp(prefix="obnova-test-")
        self.store = Path(store or self.folder)
        self.address = None
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()
        if self.folder:
            shutil.rmtree(self.folder)

    def start(self):
        command = [str(BIN / "obnovad"), "--store", str(self.store), "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line.startswith("listening on "):
                self.address = line.split()[-1]
                return
        raise AssertionError(f"obnovad ended with {self.process.wait()}: {self.process.stderr.read()}")

    def stop(self):
        """SIGTERM; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        self.process.stderr.close()
        return self.process.wait(timeout=30)

    def run(self, *words, timeout=300):
        """The obnova command; the finished process."""
        command = [str(BIN / "obnova"), "--server", self.address, *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout)

    def ask(self, *words, timeout=300):
        """The standard output of a command that must succeed."""
        done = self.run(*words, timeout=timeout)
        if done.returncode != 0:
            raise AssertionError(f"obnova {' '.join(map(str, words))} exited with {done.returncode}: {done.stderr}")
        return done.stdout

    def ask_json(self, *words, timeout=300):
        return json.loads(self.ask("--output", "json", *words, timeout=timeout))


def main():
    """Runs the tests of the calling file; all skipped is exit status 77."""
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun and len(result.skipped) == result.testsRun else 0)
