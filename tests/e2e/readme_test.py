"""The README's commands run, and print what the README shows. UPDATE_GOLDEN=1 rewrites it, and then fails."""

import os
import re
import shlex
import shutil
import tempfile
import unittest
from pathlib import Path

from running import DEMO, SOURCE, Running, main

README = SOURCE / "README.md"


class ReadmeTest(unittest.TestCase):
    def test_every_console_block_prints_what_it_shows(self):
        text = README.read_text(encoding="utf-8")
        os.chdir(DEMO / "files")
        with tempfile.TemporaryDirectory() as folder, Running(shutil.copytree(DEMO / "store", Path(folder) / "store")) as server:
            fresh = re.sub(r"```console\n(.*?)```", lambda block: self.rerun(server, block[1]), text, flags=re.S)
        if fresh != text and os.environ.get("UPDATE_GOLDEN"):
            README.write_text(fresh, encoding="utf-8")
        self.maxDiff = None
        self.assertEqual(text, fresh)

    def rerun(self, server, block):
        lines = []
        for command in re.findall(r"^\$ obnova (.*)$", block, re.M):
            done = server.run(*shlex.split(command))
            self.assertEqual(done.returncode, 0, done.stderr)
            lines += [f"$ obnova {command}", *(line.rstrip() for line in (done.stdout + done.stderr).rstrip("\n").split("\n"))]
        return "```console\n" + "\n".join(lines) + "\n```"


if __name__ == "__main__":
    main()
