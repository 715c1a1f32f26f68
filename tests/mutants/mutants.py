#!/usr/bin/env python3
"""Seeds faults into src/, one at a time, and reports those that the suites do not catch.

    python3 tests/mutants/mutants.py --count 250 --seed 1 --lines lines.json     drawn at random
    python3 tests/mutants/mutants.py --listed                                   those of listed.txt

A draw takes one place of every file of src/ that has code, and the others in proportion to the
lines; then all are shuffled, so that the first of them are a sample, too. Works on a copy of the
tracked sources in --work (build-mutants), built for the baseline at -O1. Where the library comes
out the same to the bit the fault is none, or stands in code for another instruction set: it is not
counted. A fault is caught where a suite of `correct` fails or takes ten times the processor time
that it takes without; where it does not compile without a warning that is counted apart. What none
catches is printed as a difference, to be judged: a test is missing, or the fault is none.

With --lines, made by lines.py, only the suites run that reach the line, the quickest first; where
none does the fault survives at once. Without, all run. --part K/N: each N-th of the faults, from
the K-th on; --only NUMBER...: those again, as survivors are with --budget 1; --until N: ends after
N seconds.
"""
import argparse
import hashlib
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# What is replaced by what; one place of a line of code at a time.
CHANGES = [
    (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "),
    (r" == ", " != "), (r" != ", " == "),
    (r" \+ ", " - "), (r" - ", " + "), (r" \* ", " + "), (r" / ", " * "), (r" % ", " / "),
    (r" && ", " || "), (r" \|\| ", " && "),
    (r" \+= ", " -= "), (r" -= ", " += "), (r" \*= ", " += "),
    (r"\btrue\b", "false"), (r"\bfalse\b", "true"),
    (r"\bconv_min\(", "conv_max("), (r"\bconv_max\(", "conv_min("),
    (r"\bfmin\(", "fmax("), (r"\bfmax\(", "fmin("),
    (r"(?<![\w.\]])1(?![\w.])", "2"), (r"(?<![\w.\]])0(?![\w.])", "1"),
    (r"(?<![\w.\]])2(?![\w.])", "3"),
    (r"if \(!", "if ("), (r"\bbreak;", "continue;"),
]

# What has a size and no value: larger, it holds as much.
DECLARATION = r"^\s*[\w ]+ \*?\w+(\[[^\]]+\])+;$"


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          **more)


def copy_sources(tree):
    names = run(["git", "-C", ROOT, "ls-files"]).stdout.split("\n")
    for name in filter(None, names):
        to = os.path.join(tree, name)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        source = os.path.join(ROOT, name)
        if not os.path.exists(to) or open(source, "rb").read() != open(to, "rb").read():
            shutil.copyfile(source, to)
    return [n for n in names if re.fullmatch(r"src/.*\.[ch]", n)]


def places(text):
    """Every place of code that a change fits: start, end, what comes there."""
    inside = False
    at = 0
    for line in text.split("\n"):
        bare = re.sub(r'"(\\.|[^"\\])*"', lambda m: '"' + "_" * (len(m.group()) - 2) + '"', line)
        begins = bare.find("/*")
        code = "" if inside or bare.startswith("#") or "_Static_assert" in bare else bare
        if begins >= 0 and not inside:
            code = bare[:begins]
        inside = (inside or begins >= 0) and "*/" not in bare[max(begins, 0):]
        # What only describes, or names, changes nothing that a test could see.
        if not re.search(r"conv_text|conv_fail|static const|enum \{|^\s+\"|" + DECLARATION, code):
            for pattern, to in CHANGES:
                for match in re.finditer(pattern, code):
                    yield at + match.start(), at + match.end(), to
        at += len(line) + 1


def draw(tree, sources, count, seed):
    stream = random.Random(seed)
    texts = {name: open(os.path.join(tree, name)).read() for name in sources}
    sites = {name: list(places(texts[name])) for name in sources}
    files = [name for name in sources if sites[name]]
    weights = [texts[name].count("\n") for name in files]
    names = files + stream.choices(files, weights, k=max(0, count - len(files)))
    stream.shuffle(names)
    print(f"{sum(map(len, sites.values()))} places in {len(files)} files", flush=True)
    for name in names[:count]:
        start, end, to = stream.choice(sites[name])
        yield name, texts[name], texts[name][:start] + to + texts[name][end:], ""


def listed(tree):
    for line in open(os.path.join(ROOT, "tests/mutants/listed.txt")):
        if line.startswith("#") or not line.strip():
            continue
        name, old, new, what = [part.strip().replace("\\n", "\n") for part in line.split("|")]
        text = open(os.path.join(tree, name)).read()
        if old not in text:
            print(f"listed.txt: {name} no longer has: {old}")
            continue
        yield name, text, text.replace(old, new, 1), what


def difference(before, after):
    a, b = before.split("\n"), after.split("\n")
    first = next(i for i in range(len(a)) if a[i] != b[i])
    return first + 1, f"{first + 1}\n    - {a[first].strip()}\n    + {b[first].strip()}"


class Suites:
    """The programs of `correct`, the processor time of each, and who reaches which line."""

    def __init__(self, build, arguments):
        self.build, self.budget = build, arguments.budget
        told = json.loads(run(["meson", "introspect", "--tests", build]).stdout)
        self.tests = {test["name"]: test for test in told
                      if any(name.endswith(":correct") for name in test["suite"])
                      and test["cmd"][0].startswith(build) and ", " not in test["name"]}
        self.lines = {}
        self.seconds = dict.fromkeys(self.tests, 60.0)
        if arguments.lines:
            told = json.load(open(arguments.lines))
            self.lines = told["lines"]
            self.seconds.update(told["seconds"])
        self.order = sorted(self.tests, key=self.seconds.get)

    def targets(self):
        return [os.path.relpath(test["cmd"][0], self.build) for test in self.tests.values()]

    def reaching(self, name, line):
        """Those that reach a line: gcov knows a statement by the line that it begins on."""
        known = self.lines.get(name)
        if known is None:
            return self.order
        for at in range(line, max(0, line - 12), -1):
            if str(at) in known:
                return [suite for suite in self.order if suite in known[str(at)]]
        return [suite for suite in self.order if any(suite in of for of in known.values())]

    def fails(self, name):
        test = self.tests[name]
        most = int(10 * self.seconds[name]) + 10
        more = dict(os.environ, CONV_TEST_BUDGET=str(self.budget), **test["env"])
        return subprocess.run(test["cmd"], env=more, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=300 + 5 * most, cwd=self.build,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU,
                                                                    (most, most))).returncode != 0

    def caught_by(self, names):
        for name in names:
            try:
                if self.fails(name):
                    return name
            except subprocess.TimeoutExpired:
                return name + " (time)"
        return None


def library(build):
    """The library's bits."""
    name = next(n for n in os.listdir(os.path.join(build, "src"))
                if re.fullmatch(r"libconv\.so\.\d+\.\d+\.\d+", n))
    return hashlib.sha256(open(os.path.join(build, "src", name), "rb").read()).digest()


def set_up(tree, build):
    if not os.path.exists(os.path.join(build, "build.ninja")):
        made = run(["meson", "setup", build, tree, "--buildtype=plain", "-Doptimization=1",
                    "-Dlevels=baseline", "-Db_ndebug=false", "-Dbench=false", "-Dexamples=false",
                    "-Dwerror=true"])
        if made.returncode != 0:
            sys.exit(made.stdout)


def try_out(suites, name, line, plain, build):
    if run(["ninja", "-j1", "-C", build] + suites.targets()).returncode != 0:
        return "not compiled", ""
    if library(build) == plain:
        return "the same", ""
    reaching = suites.reaching(name, line)
    how = suites.caught_by(reaching)
    return ("caught", how) if how else ("survived", f"{len(reaching)} suites")


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--count", type=int, default=250)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--part", default="0/1")
    words.add_argument("--only", type=int, nargs="*", help="the faults of these numbers")
    words.add_argument("--listed", action="store_true")
    words.add_argument("--lines")
    words.add_argument("--budget", type=float, default=0.1)
    words.add_argument("--until", type=float, default=1e9)
    words.add_argument("--work", default=os.path.join(ROOT, "build-mutants"))
    words.add_argument("--checked", action="store_true", help="the suites are known to pass")
    arguments = words.parse_args()
    begun = time.time()
    tree = os.path.join(os.path.abspath(arguments.work), "tree")
    build = os.path.join(tree, "build")
    sources = copy_sources(tree)
    set_up(tree, build)
    suites = Suites(build, arguments)
    made = run(["ninja", "-j1", "-C", build] + suites.targets())
    if made.returncode != 0:
        sys.exit(made.stdout[-3000:])
    plain = library(build)
    before = None if arguments.checked else suites.caught_by(suites.order)
    if before is not None:
        sys.exit(f"{before} fails without a fault")
    print(f"[{time.time() - begun:.0f} s] {len(suites.order)} suites", flush=True)
    mutants = listed(tree) if arguments.listed else \
        draw(tree, sources, arguments.count, arguments.seed)
    part, parts = map(int, arguments.part.split("/"))
    count = {}
    for number, (name, text, mutated, what) in enumerate(mutants):
        if number % parts != part or (arguments.only and number not in arguments.only):
            continue
        if time.time() - begun > arguments.until:
            print(f"ended by --until before number {number}")
            break
        path = os.path.join(tree, name)
        line, shown = difference(text, mutated)
        open(path, "w").write(mutated)
        result, how = try_out(suites, name, line, plain, build)
        open(path, "w").write(text)
        count[result] = count.get(result, 0) + 1
        print(f"[{time.time() - begun:.0f} s] {number} {result} {how} {what}: {name}:{shown}",
              flush=True)
    print(", ".join(f"{n} {what}" for what, n in count.items()))
    return 1 if count.get("survived") else 0


sys.exit(main())
