"""clang-tidy's checks of .clang-tidy over the library's sources, with what compiles them.

    check_tidy.py SOURCES BUILD

Ends with 77 where clang-tidy is not there."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

SOURCES, BUILD = map(os.path.realpath, sys.argv[1:3])
PIECE = 12  # files a process


def library_files():
    """What is compiled into the library, for one instruction set: the others see the same text."""
    with open(os.path.join(BUILD, "compile_commands.json")) as file:
        commands = json.load(file)
    inside = os.path.join(SOURCES, "src") + os.sep
    found = set()
    for command in commands:
        path = os.path.realpath(os.path.join(command["directory"], command["file"]))
        if path.startswith(inside) or path.endswith("_baseline-unity0.c"):
            found.add(path)
    return sorted(found)


def tidy(paths):
    return subprocess.run(
        ["clang-tidy", "--quiet", "-p", BUILD, "--extra-arg=-Wno-unknown-warning-option",
         "--config-file=" + os.path.join(SOURCES, ".clang-tidy")] + paths,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)


def main():
    if not shutil.which("clang-tidy"):
        print("clang-tidy is not there")
        sys.exit(77)
    paths = library_files()
    pieces = [paths[at:at + PIECE] for at in range(0, len(paths), PIECE)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = list(pool.map(tidy, pieces))
    bad = [result.stdout for result in results if result.returncode != 0]
    print("%d files, %d of %d runs with findings" % (len(paths), len(bad), len(results)))
    print("\n".join(bad))
    sys.exit(bool(bad) or len(paths) < 100)


main()
