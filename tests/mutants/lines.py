#!/usr/bin/env python3
"""Which suite runs which line of src/, for mutants.py.

    python3 tests/mutants/lines.py BUILD TO.json

BUILD is built with -Db_coverage=true (README.md). Every program of the suite `correct` runs once
for itself, at a budget of 0.1; the counts that it adds to the lines are read by gcov. TO.json
holds the seconds of each, and for every file and line the suites that reached it.
"""
import glob
import json
import os
import resource
import subprocess
import sys


def suites(build):
    """Name, command and environment of the programs, each once."""
    tests = json.loads(subprocess.run(["meson", "introspect", "--tests", build], check=True,
                                      stdout=subprocess.PIPE).stdout)
    for test in tests:
        own = os.path.abspath(test["cmd"][0]).startswith(os.path.abspath(build) + os.sep)
        if own and any(name.endswith(":correct") for name in test["suite"]) and \
                ", " not in test["name"]:
            yield test["name"], test["cmd"], test["env"]


def counts(build, root):
    """(file, line): how often it was run so far."""
    total = {}
    data = glob.glob(os.path.join(build, "src", "**", "*.gcda"), recursive=True)
    for at in range(0, len(data), 50):
        told = subprocess.run(["gcov", "--json-format", "--stdout"] +
                              [os.path.relpath(name, build) for name in data[at:at + 50]],
                              cwd=build, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        for document in filter(None, told.decode().split("\n")):
            for file in json.loads(document)["files"]:
                name = os.path.relpath(os.path.join(build, file["file"]), root)
                for line in file["lines"]:
                    key = name, line["line_number"]
                    total[key] = total.get(key, 0) + line["count"]
    return {key: count for key, count in total.items() if key[0].startswith("src/")}


def main():
    build, to = os.path.abspath(sys.argv[1]), sys.argv[2]
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    seconds, lines, before = {}, {}, {}
    for name in glob.glob(os.path.join(build, "**", "*.gcda"), recursive=True):
        os.remove(name)
    for name, command, more in suites(build):
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        status = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=dict(os.environ, CONV_TEST_BUDGET="0.1", **more)).returncode
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds[name] = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
        after = counts(build, root)
        for key, count in after.items():
            of = lines.setdefault(key[0], {}).setdefault(str(key[1]), [])
            if count > before.get(key, 0):
                of.append(name)
        before = after
        print(f"{name}: status {status}, {seconds[name]:.1f} s", flush=True)
        json.dump({"seconds": seconds, "lines": lines}, open(to, "w"))


main()
