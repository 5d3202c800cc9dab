#!/usr/bin/env python3
"""Checks one habit of the repository: `tidy.py HABIT ROOT`. Prints offences, exit status 1 if any."""

import re
import subprocess
import sys
from pathlib import Path

# Folders a folder may include from, besides itself. Nobody includes against an arrow.
ARROWS = {
    "geo/base": [],
    "geo/layer": ["geo/base"],
    "geo/index": ["geo/base"],
    "geo/damage": ["geo/base", "geo/layer", "geo/index"],
    "geo/raster": ["geo/base"],
    "geo/network": ["geo/base", "geo/layer", "geo/index"],
    "geo/city": ["geo/base", "geo/layer", "geo/index", "geo/raster", "geo/network"],
    "geo/query/features": ["geo/base", "geo/layer", "geo/index", "geo/raster", "geo/network", "geo/city"],
    "geo/query/routing": ["geo/base", "geo/layer", "geo/index", "geo/network", "geo/city"],
    "geo/query/coverage": ["geo/base", "geo/layer", "geo/index", "geo/raster", "geo/network", "geo/city", "geo/query/features",
                           "geo/query/routing"],
    "geo/query/siting": ["geo/base", "geo/layer", "geo/index", "geo/network", "geo/city", "geo/query/features", "geo/query/routing",
                         "geo/query/coverage"],
    "geo/io": ["geo/base", "geo/layer", "geo/damage", "geo/raster", "geo/network", "geo/city", "geo/query/siting"],
    "server": ["geo", "obnova", "google"],
    "clients": ["obnova", "google", "clients"],
}

# Libraries that cost seconds to compile: never in a header, and only where the design puts them.
HEAVY = re.compile(r'#include <(boost/|geos_c|gdal|ogr|cpl_|osmium/|toml\+\+|proj\.h|Cbc|Osi|Clp|sqlite3|grpc|tbb/|oneapi/|nlohmann/|CLI/)')
HOMES = {
    r"gdal|cpl_": ("server/ingest/", "geo/io/raster_file."),
    r"ogr|osmium/": ("server/ingest/",),
    r"proj\.h": ("geo/io/",),
    r"geos_c": ("geo/base/",),
    r"Cbc|Osi|Clp|Coin": ("server/solver/solver_main",),
    r"sqlite3": ("server/store/",),
}

UNSAFE = "unsafe call"
SPELLING = "American spelling"
BANNED = {
    r"\b(TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))": "a TODO needs an issue number",
    r"std::regex": "std::regex overflows the stack on long input",
    r"\bsprintf\b|\bstrcpy\b|\bsystem\(|\bpopen\(": UNSAFE,
    r"std::random_device|\brand\(\)": "random numbers are arguments",
    r"catch \(\.\.\.\)": "a catch-all hides errors",
    r"\.detach\(\)": "a detached thread outlives what it uses",
    r"\b(colour|neighbour|metres?|centre)\b": SPELLING,
}
BANNED_NAMES = re.compile(r"\b(?:class|struct) \w+(Manager|Helper|Util|Impl|Base|Info|Data)\b")


# What the build writes into the tree; `.gitignore` names them too.
GENERATED = ("build/", "clients/python/obnova/v1/")


def files(root, *patterns):
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "--", *patterns], capture_output=True, text=True)
    names = listed.stdout.split("\n") if listed.returncode == 0 else []
    if not any(names):  # An exported tree without git.
        names = [str(p.relative_to(root)) for pattern in patterns for p in root.rglob(pattern.split("/")[-1])]
    return sorted({n for n in names if n and (root / n).is_file() and not n.startswith(GENERATED)})


def lines_of(root, name):
    return (root / name).read_text(encoding="utf-8").split("\n")


def folder_of(name):
    matches = [f for f in ARROWS if name.startswith(f + "/")]
    return max(matches, key=len) if matches else None


def layering(root):
    for name in files(root, "*.cc", "*.h"):
        folder = folder_of(name)
        if folder is None:
            continue
        allowed = [folder] + ARROWS[folder]
        for number, line in enumerate(lines_of(root, name), 1):
            match = re.match(r'#include "([^"]+)"', line)
            if match and not any(match[1].startswith(a + "/") for a in allowed):
                yield f'{name}:{number}: {folder} may not include "{match[1]}"'


def heavy_headers(root):
    for name in files(root, "*.h"):
        if name.startswith("tests/"):
            continue
        for number, line in enumerate(lines_of(root, name), 1):
            if HEAVY.match(line) and not (name.startswith(("server/rpc/", "clients/")) or "_internal" in name or "server/ingest/" in name):
                yield f"{name}:{number}: a heavy header belongs into a .cc file: {line}"
    for name in files(root, "*.cc"):
        if name.startswith("tests/"):
            continue
        for number, line in enumerate(lines_of(root, name), 1):
            for library, homes in HOMES.items():
                if re.match(rf"#include <({library})", line) and not name.startswith(homes):
                    yield f"{name}:{number}: {line} lives only in {', '.join(homes)}"


def banned_words(root):
    for name in files(root, "*.cc", "*.h", "*.proto", "*.py", "*.md", "*.toml"):
        if name.startswith("tests/tidy/"):
            continue
        for number, line in enumerate(lines_of(root, name), 1):
            for pattern, reason in BANNED.items():
                text = re.sub(r'"[^"]*"', '""', line) if reason == SPELLING else line  # Tags of others are theirs.
                if name.startswith("tests/") and reason == UNSAFE:
                    continue
                if re.search(pattern, text):
                    yield f"{name}:{number}: {reason}: {line.strip()}"
            if name.endswith((".cc", ".h")) and BANNED_NAMES.search(line):
                yield f"{name}:{number}: a name after a pattern, not after the city: {line.strip()}"


DECLARATION = re.compile(r"^\s*(?:(rpc|message|enum|service|oneof)\s+(\w+)|(?:repeated |optional )?[\w.<>, ]+\s(\w+)\s*=\s*-?\d+)")


def proto_comments(root):
    for name in files(root, "*.proto"):
        if not name.startswith("proto/obnova/"):
            continue
        lines = lines_of(root, name)
        message = ""
        for number, line in enumerate(lines, 1):
            opened = re.match(r"^(?:message|enum|service) (\w+)", line)
            if opened:
                message = opened[1]
            match = DECLARATION.match(line)
            if not match or line.lstrip().startswith(("//", "option", "syntax", "import", "package")):
                continue
            above = lines[number - 2].strip()
            if not above.startswith("//"):
                yield f"{name}:{number}: {match[2] or match[3]} has no comment"
                continue
            if message.endswith("Request") and match[3] and "/v1/" in name and not in_oneof(lines, number):
                first = number - 2
                while lines[first - 1].strip().startswith("//"):
                    first -= 1
                if not re.match(r"\s*// (Required|Optional)", lines[first]):
                    yield f"{name}:{number}: the comment of {message}.{match[3]} must begin with Required or Optional"


def in_oneof(lines, number):
    for line in reversed(lines[: number - 1]):
        if re.match(r"^\s+oneof ", line):
            return True
        if re.match(r"^\s*\}", line) or re.match(r"^message ", line):
            return False
    return False


def proto_enums(root):
    for name in files(root, "*.proto"):
        if not name.startswith("proto/obnova/"):
            continue
        text = (root / name).read_text(encoding="utf-8")
        for enum, body in re.findall(r"\nenum (\w+) \{(.*?)\n\}", text, re.S):
            prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum).upper()
            values = re.findall(r"^\s*(\w+) = (\d+);", body, re.M)
            if not values or values[0] != (f"{prefix}_UNSPECIFIED", "0"):
                yield f"{name}: the zero of {enum} must be {prefix}_UNSPECIFIED"
            for value, _ in values:
                if not value.startswith(prefix + "_"):
                    yield f"{name}: {value} must begin with {prefix}_"


LIMITS = {".cc": 400, ".h": 200, ".py": 400, ".proto": 600}
FUNCTION_LINES = 70


def lengths(root):
    for name in files(root, "*.cc", "*.h", "*.py", "*.proto"):
        lines = lines_of(root, name)
        limit = LIMITS[Path(name).suffix]
        if name.startswith("tests/"):
            limit = 600
        if len(lines) - 1 > limit:
            yield f"{name}: {len(lines) - 1} lines, at most {limit}: split by idea"
        if name.endswith((".cc", ".h")):
            yield from long_functions(name, lines)
            for number, line in enumerate(lines, 1):
                if len(line) > 140:
                    yield f"{name}:{number}: {len(line)} columns, at most 140"


def long_functions(name, lines):
    start = None
    for number, line in enumerate(lines, 1):
        if re.match(r"^(?:  )?\S.*\)[^;]*\{$", line) and not re.match(r"^\s*(namespace|if|for|while|switch|else|struct|class|enum|\})", line):
            if start is None or not line.startswith("  "):
                start, indent = number, len(line) - len(line.lstrip())
        elif start and line == " " * indent + "}":
            if number - start + 1 > FUNCTION_LINES:
                yield f"{name}:{start}: a function of {number - start + 1} lines, at most {FUNCTION_LINES}"
            start = None


def readmes(root):
    for folder in ["", "proto", "server", "geo", "clients", "data", "tests"]:
        if not (root / folder / "README.md").is_file():
            yield f"{folder or 'the root'} has no README.md"


def licence_of_data(root):
    for name in files(root, "data/*"):
        path = root / name
        if path.stat().st_size > 1_500_000:
            yield f"{name}: {path.stat().st_size} bytes; committed data stays under 1.5 MB"
        if path.suffix == ".toml" and not re.search(r"(?i)\bsources?\b|citation", path.read_text(encoding="utf-8")):
            yield f'{name}: names no source'


HABITS = {f.__name__: f for f in [layering, heavy_headers, banned_words, proto_comments, proto_enums, lengths, readmes, licence_of_data]}

if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in HABITS:
        sys.exit(f"usage: tidy.py {'|'.join(HABITS)} ROOT")
    offences = list(HABITS[sys.argv[1]](Path(sys.argv[2])))
    print("\n".join(offences))
    sys.exit(1 if offences else 0)
