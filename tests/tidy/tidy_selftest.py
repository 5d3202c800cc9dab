#!/usr/bin/env python3
"""Plants one offence a habit in a scratch tree and expects exactly that habit to find it."""

import tempfile
import unittest
from pathlib import Path

import tidy


class TidyTest(unittest.TestCase):
    def offences(self, habit, name, text):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
            return list(habit(Path(folder)))

    def test_an_include_against_the_arrows_is_found(self):
        self.assertTrue(self.offences(tidy.layering, "geo/base/a.cc", '#include "geo/city/city.h"\n'))
        self.assertFalse(self.offences(tidy.layering, "geo/city/a.cc", '#include "geo/base/point.h"\n'))

    def test_a_heavy_header_in_a_header_is_found(self):
        self.assertTrue(self.offences(tidy.heavy_headers, "geo/index/a.h", "#include <boost/geometry.hpp>\n"))

    def test_gdal_outside_the_worker_is_found(self):
        self.assertTrue(self.offences(tidy.heavy_headers, "server/rpc/a.cc", "#include <gdal.h>\n"))
        self.assertFalse(self.offences(tidy.heavy_headers, "server/ingest/a.cc", "#include <gdal.h>\n"))

    def test_a_todo_without_an_issue_is_found(self):
        self.assertTrue(self.offences(tidy.banned_words, "geo/base/a.cc", "// TO" + "DO later\n"))
        self.assertFalse(self.offences(tidy.banned_words, "geo/base/a.cc", "// TO" + "DO(#12) later\n"))

    def test_a_field_without_comment_is_found(self):
        bare = "message A {\n  string name = 1;\n}\n"
        self.assertTrue(self.offences(tidy.proto_comments, "proto/obnova/v1/a.proto", bare))

    def test_a_request_field_that_says_not_whether_it_is_required_is_found(self):
        text = "// A.\nmessage ARequest {\n  // The name.\n  string name = 1;\n}\n"
        self.assertTrue(self.offences(tidy.proto_comments, "proto/obnova/v1/a.proto", text))
        self.assertFalse(self.offences(tidy.proto_comments, "proto/obnova/v1/a.proto", text.replace("The name", "Required. The name")))

    def test_an_enum_without_unspecified_zero_is_found(self):
        self.assertTrue(self.offences(tidy.proto_enums, "proto/obnova/v1/a.proto", "\nenum Color {\n  COLOR_RED = 0;\n}\n"))

    def test_a_long_function_is_found(self):
        body = "void f() {\n" + "  g();\n" * 70 + "}\n"
        self.assertTrue(self.offences(tidy.lengths, "geo/base/a.cc", body))
        self.assertFalse(self.offences(tidy.lengths, "geo/base/a.cc", "void f() {\n" + "  g();\n" * 68 + "}\n"))

    def test_what_the_build_generates_is_nobodys_offence(self):
        self.assertFalse(self.offences(tidy.lengths, "clients/python/obnova/v1/catalog_pb2.py", "x\n" * 500))
        self.assertTrue(self.offences(tidy.lengths, "clients/python/obnova/catalog.py", "x\n" * 500))


if __name__ == "__main__":
    unittest.main()
