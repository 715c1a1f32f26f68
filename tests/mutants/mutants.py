#!/usr/bin/env python3
"""Seeds faults into src/, one at a time, and reports those that the suites do not catch.

    python3 tests/mutants/mutants.py --count 20 --seed 1     faults drawn at random
    python3 tests/mutants/mutants.py --listed                those of listed.txt

Works on a copy of the tracked sources in --work (build-mutants), built for the baseline at -O1. A
fault is caught where the library no longer compiles without a warning (counted apart), or a suite
fails or takes longer than --seconds. The suites run in the order of SUITES, the quickest first, at
the budget --budget, until one fails; what none catches is printed as a difference, to be judged: a
test is missing, or the fault is none. --suites NAME... takes others. --until N: ends after N
seconds.
"""
import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# The gate's correctness suites, the quickest first.
SUITES = """errors problem presets abi orders estimates rule_errors integral integral_2d tabulated
    layer_shapes
varying_errors product separable exhaustive kernels ring_tables fuzz_integers fuzz_online
fuzz_products fuzz_varying fuzz_layers fuzz_descriptions rule_oracle integer random circular scale
nonfinite tolerance workspace memory rules bits threads algebra online irregular expansion spread
varying_lines layer varying_layout varying varying_memory layer_memory product_weights
order_probes spectra ring end_corrections regressions""".split()

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
    return [n for n in names if n.startswith("src/") and n.endswith(".c")]


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
        if not re.search(r"conv_text|conv_fail|static const|enum \{|^\s+\"", code):
            for pattern, to in CHANGES:
                for match in re.finditer(pattern, code):
                    yield at + match.start(), at + match.end(), to
        at += len(line) + 1


def draw(tree, sources, count, seed):
    stream = random.Random(seed)
    texts = {name: open(os.path.join(tree, name)).read() for name in sources}
    sites = [(name, place) for name in sources for place in places(texts[name])]
    print(f"{len(sites)} places in {len(sources)} files", flush=True)
    for name, (start, end, to) in stream.sample(sites, min(count, len(sites))):
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
    return f"line {first + 1}\n    - {a[first].strip()}\n    + {b[first].strip()}"


def suites_there(build, wanted):
    names = run(["meson", "test", "-C", build, "--list", "--no-rebuild"]).stdout
    there = {line.split(" / ")[-1].strip() for line in names.split("\n")}
    return [name for name in wanted if name in there]


def caught_by(build, suites, arguments):
    """The suite that fails, or None. Programs are run as they are: meson test takes a second
    each."""
    environment = dict(os.environ, CONV_TEST_BUDGET=str(arguments.budget),
                       LD_LIBRARY_PATH=os.path.join(build, "src"), CMOCKA_MESSAGE_OUTPUT="TAP")
    for name in suites:
        fuzz = name.startswith("fuzz_")
        program = os.path.join(build, "tests", "fuzz" if fuzz else "",
                               name if fuzz else "test_" + name)
        corpus = [os.path.join(ROOT, "tests/fuzz/corpus", name[5:] + ".txt")] if fuzz else []
        try:
            ended = subprocess.run([program] + corpus, env=environment, timeout=arguments.seconds,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return name + " (time)"
        if ended.returncode != 0:
            return name
    return None


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--count", type=int, default=20)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--first", type=int, default=0, help="leave out so many of them")
    words.add_argument("--listed", action="store_true")
    words.add_argument("--budget", type=float, default=0.1)
    words.add_argument("--seconds", type=float, default=60)
    words.add_argument("--until", type=float, default=1e9)
    words.add_argument("--work", default=os.path.join(ROOT, "build-mutants"))
    words.add_argument("--checked", action="store_true", help="the suites are known to pass")
    words.add_argument("--suites", nargs="*", default=SUITES)
    arguments = words.parse_args()
    begun = time.time()
    tree = os.path.join(arguments.work, "tree")
    build = os.path.join(tree, "build")
    sources = copy_sources(tree)
    if not os.path.exists(os.path.join(build, "build.ninja")):
        made = run(["meson", "setup", build, tree, "--buildtype=plain", "-Doptimization=1",
                    "-Dlevels=baseline", "-Db_ndebug=false", "-Dbench=false", "-Dexamples=false",
                    "-Dwerror=true"])
        if made.returncode != 0:
            sys.exit(made.stdout)
    made = run(["ninja", "-C", build])
    if made.returncode != 0:
        sys.exit(made.stdout[-3000:])
    suites = suites_there(build, arguments.suites)
    before = None if arguments.checked else caught_by(build, suites, arguments)
    if before is not None:
        sys.exit(f"{before} fails without a fault")
    print(f"[{time.time() - begun:.0f} s] {len(suites)} suites", flush=True)
    mutants = listed(tree) if arguments.listed else \
        draw(tree, sources, arguments.first + arguments.count, arguments.seed)
    count = {"caught": 0, "not compiled": 0, "survived": 0}
    for number, (name, text, mutated, what) in enumerate(mutants):
        if number < arguments.first and not arguments.listed:
            continue
        if time.time() - begun > arguments.until:
            print(f"ended by --until before number {number}")
            break
        path = os.path.join(tree, name)
        open(path, "w").write(mutated)
        if run(["ninja", "-C", build]).returncode != 0:
            result, how = "not compiled", ""
        else:
            how = caught_by(build, suites, arguments)
            result = "caught" if how else "survived"
        count[result] += 1
        print(f"[{time.time() - begun:.0f} s] {number} {result} {how or ''} {what}: {name} "
              f"{difference(text, mutated)}", flush=True)
        open(path, "w").write(text)
    print(", ".join(f"{n} {what}" for what, n in count.items()))
    return 0 if count["survived"] == 0 else 1


sys.exit(main())
