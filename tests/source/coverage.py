#!/usr/bin/env python3
"""Which functions, lines and branches of src/ the tests ran, of a build with -Db_coverage=true.

    python3 tests/source/coverage.py BUILD [FOLDER]   and what they did not run, for files of it

gcovr up to 5.2 gives up at functions that are compiled once for each element type. Here a function,
line or branch counts as run where it ran for one type or instruction set at least.
"""
import glob
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def documents(build):
    data = glob.glob(os.path.join(build, "src", "**", "*.gcda"), recursive=True)
    for at in range(0, len(data), 50):
        told = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout"] +
                              [os.path.relpath(name, build) for name in data[at:at + 50]],
                              cwd=build, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        yield from map(json.loads, filter(None, told.decode().split("\n")))


def read(build):
    """Counts of functions and lines by (file, line); of branches by (file, line, number)."""
    functions, lines, branches = {}, {}, {}
    for document in documents(build):
        for file in document["files"]:
            name = os.path.relpath(os.path.join(build, file["file"]), ROOT)
            if not name.startswith("src/"):
                continue
            for function in file["functions"]:
                key = name, function["start_line"]
                functions[key] = functions.get(key, 0) + function["execution_count"]
            for line in file["lines"]:
                key = name, line["line_number"]
                lines[key] = lines.get(key, 0) + line["count"]
                taken = [branch["count"] for branch in line["branches"]]
                before = branches.setdefault(key + (len(taken),), [0] * len(taken))
                for i, count in enumerate(taken):
                    before[i] += count
    return functions, lines, {key + (i,): count for key, counts in branches.items()
                              for i, count in enumerate(counts)}


def main():
    kinds = dict(zip(("functions", "lines", "branches"), read(os.path.abspath(sys.argv[1]))))
    folders = sorted({key[0].split("/")[1] for key in kinds["lines"]}) + [""]
    for folder in folders:
        shares = []
        for what, counts in kinds.items():
            own = [count for key, count in counts.items()
                   if key[0].startswith("src/" + folder + "/" * bool(folder))]
            run = sum(count > 0 for count in own)
            shares.append(f"{what} {100 * run / max(1, len(own)):.1f} % of {len(own)}")
        print(f"{folder or 'all'}: {', '.join(shares)}")
    for what, counts in kinds.items():
        for key in sorted(key for key, count in counts.items() if count == 0):
            if len(sys.argv) > 2 and key[0].startswith(sys.argv[2]):
                if what != "branches" or kinds["lines"].get(key[:2]):
                    text = open(os.path.join(ROOT, key[0])).read().split("\n")[key[1] - 1]
                    print(f"{what} {key[0]}:{key[1]}: {text.strip()}")


main()
