#!/usr/bin/env python3
"""libconv beside NumPy, SciPy, OpenCV, torch, a C loop and FFTW by hand: one thread each.

    meson setup build && ninja -C build
    taskset -c 0 python3 bench/compare.py                 # tables, the worst rows, the bars
    taskset -c 0 python3 bench/compare.py --bars          # the bars alone
    taskset -c 0 python3 bench/compare.py --layers        # layers alone, beside torch
    taskset -c 0 python3 bench/compare.py --varying       # kernels that vary alone, by hand
    taskset -c 0 python3 bench/compare.py --quick --filter "1M x"

Needs Python 3.9 and NumPy; SciPy, OpenCV and torch take part where they are installed, the C loop
and FFTW (bench/peers/handmade.c) where there are a C compiler and FFTW3.

What is measured. A sample of each peer and a sample of libconv take turns; each time is the median
of its samples, in processor time (wall time on an idle machine), and a ratio is the peer's time
over libconv's, so above 1 libconv is faster. libconv is called through ctypes with arguments made
beforehand; that call is part of its time, as NumPy's own is of NumPy's, and the header line says
what it costs. Plans are made outside the measurement, FFTW's too (rows named "one-shot" have no
plan, and no FFTW beside them); OpenCV and scipy.ndimage write to an array that exists already. For
NumPy and SciPy, which return new memory, malloc is told to keep what was freed, so no page fault
slows them. Every output is compared with a transform in double precision.

Marks in the tables: ~ measured in two calls only, being far slower; ! wrong result.
"""

import argparse
import gc
import json
import math
import os
import platform
import sys
from itertools import groupby

sys.dont_write_bytecode = True

SETTINGS = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    # Memory comes from the heap and stays there: no page faults after the first call.
    "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
    "MALLOC_TOP_PAD_": str(1 << 26),
}


def restart_with_settings():
    """The settings are read when a process starts. Nobody's OPENBLAS_CORETYPE takes part."""
    wanted = {name: value for name, value in os.environ.items()
              if not name.startswith("OPENBLAS_")}
    wanted.update(SETTINGS)
    if wanted != dict(os.environ):
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable] + sys.argv, wanted)


TYPE_NAMES = ["f32", "f64", "c32", "c64"]


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--library", default="build/src/libconv.so", help="default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="fewer rows, less time for each")
    parser.add_argument("--bars", action="store_true", help="only the bars and their rows")
    parser.add_argument("--layers", action="store_true",
                        help="layers alone: convbench layer beside torch, where it is installed")
    parser.add_argument("--varying", action="store_true",
                        help="kernels that vary alone: beside NumPy and SciPy by hand")
    parser.add_argument("--convbench", default="build/bench/convbench", help="default: %(default)s")
    parser.add_argument("--json", metavar="FILE", help="also write everything as JSON")
    parser.add_argument("--filter", default="", metavar="TEXT",
                        help="only rows whose group, type and size contain the text")
    parser.add_argument("--types", default="f32,f64", metavar="LIST",
                        help="of f32,f64,c32,c64; default: %(default)s")
    parser.add_argument("--seconds", type=float, help="for each row; default 0.4, quick 0.12")
    parser.add_argument("--worst", type=int, default=10, help="rows to list; default: %(default)s")
    options = parser.parse_args()
    options.types = options.types.split(",")
    if not set(options.types) <= set(TYPE_NAMES):
        parser.error("--types: of " + ",".join(TYPE_NAMES))
    if not os.path.exists(options.library):
        parser.error("no library at %s; build it, or name it by --library" % options.library)
    options.library = os.path.abspath(options.library)
    options.seconds = options.seconds or (0.12 if options.quick else 0.4)
    return options


if __name__ == "__main__":
    OPTIONS = parse_options()  # before what may not be there
    restart_with_settings()

try:
    import numpy as np  # noqa: E402 (after the settings)
except ImportError:
    sys.exit("compare.py needs NumPy, which %s does not have" % sys.executable)

from peers import layers, library, python, varying  # noqa: E402
from peers.handmade import Handmade  # noqa: E402
from peers.timing import interleaved, once  # noqa: E402

TYPES = dict(zip(TYPE_NAMES, (np.float32, np.float64, np.complex64, np.complex128)))
COLUMNS = ["numpy", "sp.conv", "fftconv", "oaconv", "conv2d", "ndimage", "filter2D", "sepFilt",
           "boxFilt", "torch", "C loop", "FFTW"]
HANDMADE = ("C loop", "FFTW")
MOST_LOOP = 6e9  # multiply-adds of the C loop

GROUPS = {
    "long": "1-D, planned, 1M samples x taps",
    "short": "1-D, planned, samples x taps",
    "one-shot": "1-D, one-shot, samples x taps",
    "huge": "1-D, planned, long kernels",
    "image": "2-D, planned, zeros outside",
    "mirror": "2-D, planned, mirrored outside",
    "large": "2-D, planned, zeros outside, large kernels",
    "separable": "2-D, planned, separable kernels, AUTO",
    "box": "2-D, planned, boxes, mirrored outside",
    "passes": "2-D, planned, separable kernels, CONV_METHOD_SEPARABLE",
}

# ---- the bars ---------------------------------------------------------------------------------

LINES = ("numpy", "fftconv", "oaconv")
IMAGES = ("filter2D", "conv2d", "ndimage", "fftconv", "oaconv")

# group, type, peers, at every size, in the geometric mean
BARS = [
    ("long", "f32", LINES, 6, 8), ("long", "f64", LINES, 5, None),
    ("long", "f32", ("FFTW",), 2, None), ("long", "f64", ("FFTW",), 1.7, None),
    ("short", "f32", LINES, 4, 8), ("one-shot", "f32", LINES, 3, None),
    ("huge", "f32", ("fftconv",), 3, None),
    ("image", "f32", ("filter2D",), 2, 2.5), ("image", "f64", ("filter2D",), None, 3),
    ("mirror", "f32", ("filter2D",), 2, 2.5), ("mirror", "f64", ("filter2D",), None, 3),
    ("large", "f32", IMAGES, 5, None), ("separable", "f32", ("sepFilt",), 2, 3),
    ("separable", "f64", ("sepFilt",), 2, 3),
    ("box", "f32", ("boxFilt",), 2.5, None),
]
BAR_NAMES = {
    LINES: "the best of NumPy, fftconvolve, oaconvolve", ("FFTW",): "FFTW by hand",
    ("fftconv",): "fftconvolve", ("filter2D",): "OpenCV filter2D",
    IMAGES: "the best of OpenCV and SciPy", ("sepFilt",): "OpenCV sepFilter2D",
    ("boxFilt",): "OpenCV boxFilter",
}


def has_avx512():
    for name in ("numpy._core", "numpy.core"):
        try:
            module = __import__(name + "._multiarray_umath", fromlist=["_"])
            return bool(module.__cpu_features__.get("AVX512F"))
        except (ImportError, AttributeError):
            continue
    return False


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def best_ratio(row, names):
    """The fastest of the peers over libconv, and its name; None where none of them was measured."""
    found = [(row["peers"][name] / row["seconds"], name) for name in names if name in row["peers"]]
    return min(found, default=None)


def bar_line(what, need, have, note):
    return {"what": what, "need": need, "have": have, "pass": have >= need, "note": note}


def judge(rows, scale):
    """Every bar whose rows were measured."""
    out = []
    for group, type_name, names, each, mean in BARS:
        mine = [r for r in rows if r["group"] == group and r["type"] == type_name]
        ratios = [(best_ratio(r, names)[0], r["label"]) for r in mine if best_ratio(r, names)]
        if not ratios:
            continue
        what = "%s, %s: %s" % (GROUPS[group].replace(", planned", ""), type_name, BAR_NAMES[names])
        if each:
            out.append(bar_line(what, each * scale, *lowest(ratios)))
        if mean:
            out.append(bar_line(what + ", mean", mean * scale,
                                geometric_mean([r for r, _ in ratios]), "%d rows" % len(ratios)))
    ratios = [(best_ratio(r, COLUMNS), r) for r in rows if best_ratio(r, COLUMNS)]
    if ratios:
        (ratio, peer), row = min(ratios, key=lambda pair: pair[0][0])
        slower = sum(pair[0][0] < 1 for pair in ratios)
        out.append(bar_line("nowhere slower than any peer (%d of %d rows are)"
                            % (slower, len(ratios)), 1.0, ratio, "%s, %s" % (title(row), peer)))
    return out


def lowest(ratios):
    ratio, label = min(ratios)
    return ratio, label


# ---- one row ----------------------------------------------------------------------------------


def title(row):
    return "%s %s %s" % (row["group"], row["type"], row["label"])


def random_array(shape, type_name, seed):
    generator = np.random.default_rng(seed)
    out = library.aligned(shape, TYPES[type_name])
    out[...] = generator.standard_normal(shape)
    if np.iscomplexobj(out):
        out += 1j * generator.standard_normal(shape)
    return out


def exact_full(x, h):
    """Full convolution of any rank by transforms in double precision."""
    shape = [n + m - 1 for n, m in zip(x.shape, h.shape)]
    lengths = [1 << (n - 1).bit_length() for n in shape]
    axes = range(x.ndim)
    spectrum = np.fft.fftn(x, lengths, axes) * np.fft.fftn(h, lengths, axes)
    out = np.fft.ifftn(spectrum, lengths, axes)[tuple(slice(n) for n in shape)]
    return out if np.iscomplexobj(x) else out.real


def exact_image(x, h, boundary):
    """Correlation of the image's size with an odd kernel."""
    around = [((m - 1) // 2, (m - 1) // 2) for m in h.shape]
    padded = np.pad(x, around, "constant" if boundary == "zero" else "reflect")
    full = exact_full(padded, h[::-1, ::-1])
    return full[tuple(slice(m - 1, m - 1 + n) for n, m in zip(x.shape, h.shape))]


def agrees(out, exact, taps, type_name, slack=1):
    """Random signs: a transform's error grows as the logarithm, a sum's as the square root."""
    unit = 2.0**-24 if type_name in ("f32", "c32") else 2.0**-53
    relative = unit * (32 + 8 * math.log2(exact.size) + math.sqrt(taps))
    limit = slack * relative * np.abs(exact).max()
    return out.shape == exact.shape and np.abs(out - exact).max() <= limit


class Bench:
    """The library, the compiled C code, and the rows measured so far."""

    def __init__(self, options):
        self.library = library.Library(options.library)
        self.handmade = {name: Handmade(name) for name in options.types}
        self.seconds, self.rows, self.options = options.seconds, [], options

    def measure(self, label, type_name, taps, exact, subjects, peers):
        """subjects: group to (call, output, plan or None); peers: name to (call, output or None).
        One row per subject; FFTW has a plan and so is no peer of a call without one."""
        wrong = [n for n, (call, out) in peers.items()
                 if not agrees(result_of(call, out), exact, taps, type_name, slack=16)]
        bad = [g for g, (call, out, _) in subjects.items()
               if call() or not agrees(out, exact, taps, type_name)]
        times, probed = interleaved({g: s[0] for g, s in subjects.items()},
                                    {n: p[0] for n, p in peers.items()}, self.seconds, HANDMADE)
        for group, (_, _, plan) in subjects.items():
            self.rows.append({
                "group": group, "type": type_name, "label": label, "seconds": times[group],
                "method": plan.method() if plan else "-", "wrong": wrong + [group] * (group in bad),
                "describe": plan.describe() if plan else "",
                "peers": {name: times[name] for name in peers if plan or name != "FFTW"},
                "probed": probed})
            if plan:
                plan.destroy()
        gc.collect()

    def line(self, type_name, n, m, groups):
        x, h = random_array((n,), type_name, n), random_array((m,), type_name, m)
        subjects, made = {}, self.handmade[type_name]
        plan = library.Plan(self.library, x, h)
        subjects[groups[0]] = (plan.call, plan.output, plan)
        if "one-shot" in groups:
            y = library.aligned((n + m - 1,), x.dtype)
            subjects["one-shot"] = (self.library.one_shot(x, h, type_name, y), y, None)
        peers = {name: (call, None) for name, call in python.line_peers(x, h).items()}
        if made.dll and n * m <= MOST_LOOP:
            peers["C loop"] = made.loop1d(x, h)
        by_hand = made.overlap_save(x, h) if made.fftw else None
        if by_hand:
            peers["FFTW"] = by_hand
        self.measure(line_label(n, m), type_name, m, exact_full(x, h), subjects, peers)

    def image(self, type_name, n, m, group, boundary):
        x, h = random_array((n, n), type_name, n), random_array((m, m), type_name, m)
        plan = library.Plan(self.library, x, h, "same", "correlate", boundary)
        peers = {k: (call, None) for k, call in python.image_peers(x, h, boundary).items()}
        if self.handmade[type_name].dll:
            peers["C loop"] = self.handmade[type_name].loop2d(x, h, boundary)
        self.measure(image_label(n, m), type_name, m * m, exact_image(x, h, boundary),
                     {group: (plan.call, plan.output, plan)}, peers)

    def separable(self, type_name, n, m):
        x = random_array((n, n), type_name, n)
        column, row = (random_array((m,), type_name, seed) for seed in (m, m + 1))
        h, subjects = np.ascontiguousarray(np.outer(column, row)), {}
        for group, method in (("separable", "auto"), ("passes", "separable")):
            try:
                plan = library.Plan(self.library, x, h, "same", "correlate",
                                    method=method)
                subjects[group] = (plan.call, plan.output, plan)
            except RuntimeError as error:
                print("no %s plan for %dx%d: %s" % (method, m, m, error), file=sys.stderr)
        peers = {k: (call, None) for k, call in python.separable_peers(x, column, row).items()}
        self.measure(image_label(n, m), type_name, m * m, exact_image(x, h, "zero"),
                     subjects, peers)

    def box(self, type_name, n, m):
        x = random_array((n, n), type_name, n)
        h = np.full((m, m), 1.0 / (m * m), x.dtype)
        plan = library.Plan(self.library, x, h, "same", "correlate", "mirror")
        peers = {k: (call, None) for k, call in python.box_peers(x, m).items()}
        self.measure(image_label(n, m), type_name, m * m, exact_image(x, h, "mirror"),
                     {"box": (plan.call, plan.output, plan)}, peers)


def result_of(call, out):
    if out is None:
        return np.asarray(python.result(call))
    call()
    return out


def line_label(n, m):
    return " x ".join("1M" if v == 1 << 20 else str(v) for v in (n, m))


def image_label(n, m):
    return "%d^2 x %dx%d" % (n, m, m)


# ---- the grid ---------------------------------------------------------------------------------


def grid(options):
    """Rows to measure: group, type, label, and what measures them."""
    quick, million = options.quick, 1 << 20
    taps = [31, 255, 1023, 4095] if quick else [31, 63, 127, 255, 511, 1023, 2047, 4095]
    sizes = [256, 4096, 65536] if quick else [256, 1024, 4096, 16384, 65536]
    few = [3, 15, 63, 255] if quick else [3, 7, 15, 31, 63, 127, 255]
    small, big = ([3, 5, 11], [15, 31, 63]) if quick else ([3, 5, 7, 9, 11], [15, 23, 31, 47, 63])
    huge = [(65536, 65535)] + ([] if quick else [(million, million)])
    for t in options.types:
        for m in taps:
            yield "long", t, "line", (million, m, ["long"])
        for n in sizes:
            for m in few:
                yield "short one-shot", t, "line", (n, m, ["short", "one-shot"])
        for n, m in huge:
            yield "huge", t, "line", (n, m, ["huge"])
        if t.startswith("c"):
            continue  # the image libraries have no complex images
        for group, edge, sides in (("image", "zero", small), ("mirror", "mirror", small),
                                   ("large", "zero", big)):
            for n in (256, 1024):
                for m in sides:
                    yield group, t, "image", (n, m, group, edge)
        for n in (64, 256, 1024) if quick else (64, 128, 256, 512, 1024, 2048):
            for m in [7, 15, 31, 63] if quick else [5, 7, 11, 15, 23, 31, 47, 63]:
                yield "separable passes", t, "separable", (n, m)
        for n in (256, 1024):
            for m in [3, 15, 63, 255] if quick else [3, 5, 9, 15, 31, 63, 127, 255]:
                if m < n:
                    yield "box", t, "box", (n, m)


def wanted(options, groups, type_name, kind, arguments):
    """With --bars only what has a bar; with --filter what contains the text."""
    if options.bars and not any(b[0] in groups.split() and b[1] == type_name for b in BARS):
        return False
    n, m = arguments[:2]
    label = line_label(n, m) if kind == "line" else image_label(n, m)
    return options.filter in "%s %s %s" % (groups, type_name, label)


def measure_all(bench, options):
    """Measures the grid; prints a table as soon as its rows are there."""
    todo = [entry for entry in grid(options) if wanted(options, *entry)]
    for (groups, type_name), entries in groupby(todo, key=lambda entry: entry[:2]):
        for _, _, kind, arguments in entries:
            try:
                getattr(bench, kind)(type_name, *arguments)
            except RuntimeError as error:
                print("NOT MEASURED: %s %s %s: %s" % (groups, type_name, arguments[:2], error))
        if not options.bars:
            print_tables(bench.rows, groups.split(), type_name)


# ---- the text ---------------------------------------------------------------------------------


def seconds_text(t):
    for unit, name in ((1e-6, "ns"), (1e-3, "us"), (1, "ms")):
        if t < unit:
            return "%.4g %s" % (t / unit * 1e3, name)
    return "%.4g s" % t


def ratio_text(row, name):
    if name not in row["peers"]:
        return "-"
    ratio = row["peers"][name] / row["seconds"]
    text = "%.2f" % ratio if ratio < 100 else "%.0f" % ratio
    return ("!" if name in row["wrong"] else "~" if name in row["probed"] else "") + text


def print_table(rows):
    """One group and type: libconv's time and every peer's time over it."""
    names = [n for n in COLUMNS if any(n in r["peers"] for r in rows)]
    print("\n%s, %s" % (GROUPS[rows[0]["group"]], rows[0]["type"]))
    print("%-16s %10s %-9s" % ("", "libconv", " method") + "".join("%9s" % n for n in names))
    for row in rows:
        mark = "!" if row["group"] in row["wrong"] else " "
        print("%-16s %10s%s%-9s" % (row["label"], seconds_text(row["seconds"]), mark, row["method"])
              + "".join("%9s" % ratio_text(row, n) for n in names))
    means = {n: geometric_mean([r["peers"][n] / r["seconds"] for r in rows if n in r["peers"]])
             for n in names}
    print("%-37s" % "geometric mean" + "".join("%9.2f" % means[n] for n in names))


def print_tables(rows, groups, type_name):
    for group in groups:
        mine = [r for r in rows if r["group"] == group and r["type"] == type_name]
        if mine:
            print_table(mine)
    sys.stdout.flush()


def print_worst(rows, most):
    """The rows with the smallest ratio to the fastest peer."""
    found = sorted((best_ratio(r, COLUMNS) + (r,) for r in rows if best_ratio(r, COLUMNS)),
                   key=lambda entry: entry[0])
    print("\nWhere libconv does worst")
    for ratio, peer, row in found[:most]:
        chosen = row["describe"].split("\n")[0]
        print("%6.2f  %-34s %-9s %s" % (ratio, title(row), peer, chosen[:67]))


def print_wrong(rows):
    for row in rows:
        if row["wrong"]:
            print("WRONG RESULT: %s: %s" % (title(row), ", ".join(row["wrong"])))


def print_bars(bars, scale):
    print("\nThe bars%s" % ("" if scale == 1 else ", two thirds of them without AVX-512"))
    print("%6s %6s" % ("need", "have"))
    for bar in bars:
        print("%6.2f %6.2f  %s  %s  [%s]" % (bar["need"], bar["have"],
                                             "pass" if bar["pass"] else "FAIL", bar["what"],
                                             bar["note"]))


def processor():
    try:
        with open("/proc/cpuinfo") as lines:
            names = [line.split(":", 1)[1] for line in lines if line.startswith("model name")]
        return names[0].strip() if names else platform.machine()
    except OSError:
        return platform.processor() or platform.machine()


def call_cost(bench):
    """Seconds of a ctypes call that does nothing; None without a C compiler."""
    made = next((m for m in bench.handmade.values() if m.dll), None)
    return min(once(made.nothing(), 20000) for _ in range(9)) if made else None


def header(bench, cost):
    c_code = [m for m in bench.handmade.values() if m.dll]
    return ["libconv %s, %s, %s" % (bench.library.version, processor(), python.versions()),
            "C loop: %s; FFTW by hand: %s; a ctypes call that does nothing: %s"
            % ("yes" if c_code else "no C compiler",
               "yes" if any(m.fftw for m in c_code) else "no FFTW3",
               seconds_text(cost) if cost else "not measured")]


# ---- the program ------------------------------------------------------------------------------


def main():
    options = OPTIONS
    if options.layers:
        layers.compare(options.convbench, options.filter)
        return 0
    if options.varying:
        varying.compare(library.Library(options.library))
        return 0
    gc.disable()
    bench, scale = Bench(options), 1 if has_avx512() else 2 / 3
    cost = call_cost(bench)
    print("\n".join(header(bench, cost)), flush=True)
    measure_all(bench, options)
    bars = judge(bench.rows, scale)
    if not options.bars:
        print_worst(bench.rows, options.worst)
    print_wrong(bench.rows)
    print_bars(bars, scale)
    if options.json:
        with open(options.json, "w") as out:
            json.dump({"header": header(bench, cost), "rows": bench.rows, "bars": bars}, out,
                      indent=1)
    return 0 if all(bar["pass"] for bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
