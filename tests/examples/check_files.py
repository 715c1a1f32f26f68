"""examples/blur.c and examples/reverb.c on small files made here, printed as TAP.

    python3 tests/examples/check_files.py BLUR REVERB          - for one that was not built

Nothing but Python's own library: PNG by zlib, WAV by struct. Results are compared with plain loops:
images within one step of their integers (both sides round), sounds within 16 roundings of float."""

import math
import os
import struct
import subprocess
import sys
import tempfile
import zlib

CHANNELS = {0: 1, 4: 2, 2: 3, 6: 4}  # PNG's colour types


def png(path, rows, bits, kind, cut=None):
    """rows: lists of samples, pixel by pixel."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(
            ">I", zlib.crc32(name + data))
    code = ">%dH" if bits == 16 else ">%dB"
    lines = b"".join(b"\0" + struct.pack(code % len(row), *row) for row in rows)
    head = struct.pack(">IIBBBBB", len(rows[0]) // CHANNELS[kind], len(rows), bits, kind, 0, 0, 0)
    data = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines))
            + chunk(b"IEND", b""))
    with open(path, "wb") as file:
        file.write(data[:cut])


def read_png(path):
    """Rows of samples; undoes PNG's filters."""
    with open(path, "rb") as file:
        data = file.read()
    at, body = 8, b""
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        part = data[at + 8:at + 8 + length]
        if name == b"IHDR":
            width, height, bits, kind = struct.unpack(">IIBB", part[:10])
        if name == b"IDAT":
            body += part
        at += 12 + length
    step = CHANNELS[kind] * bits // 8
    raw, stride = zlib.decompress(body), width * step
    above, rows = bytes(stride), []
    for i in range(height):
        how = raw[i * (stride + 1)]
        line = bytearray(raw[i * (stride + 1) + 1:(i + 1) * (stride + 1)])
        for j in range(stride):
            left, up = line[j - step] if j >= step else 0, above[j]
            corner = above[j - step] if j >= step else 0
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda v: abs(guess - v))
            line[j] = (line[j] + (0, left, up, (left + up) // 2, paeth)[how]) % 256
        above = bytes(line)
        rows.append(list(struct.unpack((">%dH" if bits == 16 else ">%dB")
                                       % (stride * 8 // bits), above)))
    return rows, bits, kind


def wav(path, frames, rate=8000, channels=1):
    data = struct.pack("<%df" % (len(frames) * channels), *(v for f in frames for v in f))
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3,
                       channels, rate, rate * 4 * channels, 4 * channels, 32, b"data", len(data))
    with open(path, "wb") as file:
        file.write(head + data)


def read_wav(path):
    with open(path, "rb") as file:
        data = file.read()
    at = 12
    while True:
        name, length = struct.unpack("<4sI", data[at:at + 8])
        if name == b"fmt ":
            code, channels, rate = struct.unpack("<HHI", data[at + 8:at + 16])
        if name == b"data":
            flat = struct.unpack("<%df" % (length // 4), data[at + 8:at + 8 + length])
            return [flat[i:i + channels] for i in range(0, len(flat), channels)], rate
        at += 8 + length + length % 2


EDGES = {
    "zero": lambda j, n: j if 0 <= j < n else None,
    "nearest": lambda j, n: min(max(j, 0), n - 1),
    "wrap": lambda j, n: j % n,
    "reflect": lambda j, n: min(j % (2 * n), 2 * n - 1 - j % (2 * n)),
    "mirror": lambda j, n: 0 if n == 1 else min(j % (2 * n - 2), 2 * n - 2 - j % (2 * n - 2)),
}


def filtered(plane, taps, edge):
    """The plane (rows of one channel) convolved, SAME, odd kernels."""
    height, width, at = len(plane), len(plane[0]), EDGES[edge]
    half, side = len(taps) // 2, len(taps[0]) // 2
    out = []
    for i in range(height):
        out.append([])
        for j in range(width):
            total = 0.0
            for a, row in enumerate(taps):
                for b, tap in enumerate(row):
                    y, x = at(i + half - a, height), at(j + side - b, width)
                    total += 0 if y is None or x is None else tap * plane[y][x]
            out[-1].append(total)
    return out


def gauss(sigma):
    reach = math.ceil(4 * sigma)
    line = [math.exp(-(d / sigma) ** 2 / 2) for d in range(-reach, reach + 1)]
    total = sum(line) ** 2
    return [[a * b / total for b in line] for a in line]


def noise(count, top, seed):
    values = []
    for _ in range(count):
        seed = (seed * 1103515245 + 12345) % 2**31
        values.append((seed >> 8) % (top + 1))
    return values


def run(program, *arguments, good=True):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert (done.returncode == 0) == good, "ended with %d: %s" % (done.returncode, done.stderr)
    if not good:
        assert done.returncode in (1, 2) and done.stderr.strip(), "no sentence"
    return done.stdout + done.stderr


def split(rows, channels):
    return [[row[c::channels] for row in rows] for c in range(channels)]


def check_image(program, bits, kind, name, taps, edge):
    top, channels = 2**bits - 1, CHANNELS[kind]
    rows = [noise(9 * channels, top, 7 + i) for i in range(6)]
    if kind in (4, 6):  # clear and opaque pixels among the others
        rows[2][channels - 1], rows[3][2 * channels - 1] = 0, top
    png("in.png", rows, bits, kind)
    run(program, "in.png", "out.png", name, edge)
    got, got_bits, got_kind = read_png("out.png")
    assert (got_bits, got_kind) == (bits, kind), "another kind of image"
    planes = [[[v / top for v in row] for row in plane] for plane in split(rows, channels)]
    opacity = planes[-1] if kind in (4, 6) else None
    if opacity:
        planes = [[[v * o for v, o in zip(*pair)] for pair in zip(plane, opacity)]
                  for plane in planes[:-1]] + [opacity]
    want = [filtered(plane, taps, edge) for plane in planes]
    worst = 0
    for c, plane in enumerate(split(got, channels)):
        for i, row in enumerate(plane):
            for j, value in enumerate(row):
                right = want[c][i][j]
                if opacity and c < channels - 1:
                    right = right / want[-1][i][j] if want[-1][i][j] > 0 else 0
                worst = max(worst, abs(value - top * min(max(right, 0), 1)))
    # Half a step by rounding, and 81 products of float.
    assert worst <= 0.5 + 100 * 2**-24 * top, "off by %g of %d" % (worst, top)


def images(program):
    for bits, kind in ((8, 0), (8, 2), (16, 0), (16, 2), (8, 6), (16, 4)):
        for edge in EDGES:
            check_image(program, bits, kind, "gauss:1", gauss(1), edge)
    check_image(program, 8, 2, "box:3", [[1 / 9] * 3] * 3, "mirror")
    with open("taps", "w") as file:
        file.write("0 -1 0\n-1  5 -1\n\n0 -1 0\n")
    check_image(program, 16, 2, "taps", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], "reflect")


def edges_found(program):
    png("step.png", [[0] * 5 + [255] * 5] * 6, 8, 0)
    run(program, "step.png", "out.png", "sobel")
    got, _, _ = read_png("out.png")
    assert got == [[0] * 4 + [255, 255] + [0] * 4] * 6, got


def bad_images(program):
    png("good.png", [[1, 2, 3]] * 3, 8, 0)
    png("short.png", [[1, 2, 3]] * 3, 8, 0, cut=50)
    with open("text", "w") as file:
        file.write("1 2 x\n")
    with open("uneven", "w") as file:
        file.write("1 2\n3\n")
    open("empty", "w").close()
    for arguments, word in (
            (("none.png", "o.png", "box:3"), "none.png"),
            (("short.png", "o.png", "box:3"), "short"),
            (("text", "o.png", "box:3"), "text"), (("good.png", "o.png", "text"), "text"),
            (("good.png", "o.png", "uneven"), "unequal"), (("good.png", "o.png", "empty"), "empty"),
            (("good.png", "o.png", "gauss:-1"), "-1"), (("good.png", "o.png", "box:2.5"), "whole"),
            (("good.png", "o.png", "box:3", "round"), "round"), (("good.png",), "usage"),
            (("good.png", "none/o.png", "box:3"), "none/o.png")):
        said = run(program, *arguments, good=False)
        assert word in said, "%s: %s" % (arguments, said)


def samples(count, channels, seed):
    flat = noise(count * channels, 2000, seed)
    return [tuple((v - 1000) / 1000 for v in flat[i * channels:(i + 1) * channels])
            for i in range(count)]


def sounds(program):
    for voices in (1, 2):
        for responses in (1, 2):
            for wet in (None, 0.25):
                dry, room = samples(300, voices, 3), samples(70, responses, 5)
                wav("dry.wav", dry, channels=voices)
                wav("room.wav", room, channels=responses)
                run(program, "dry.wav", "room.wav", "out.wav", *([str(wet)] if wet else []))
                got, rate = read_wav("out.wav")
                channels, share = max(voices, responses), 1 if wet is None else wet
                assert rate == 8000 and len(got) == 369 and len(got[0]) == channels
                worst = 0
                for i, frame in enumerate(got):
                    for c, value in enumerate(frame):
                        total = sum(dry[i - k][c % voices] * room[k][c % responses]
                                    for k in range(70) if 0 <= i - k < 300)
                        right = share * total
                        if i < 300:
                            right += (1 - share) * dry[i][c % voices]
                        worst = max(worst, abs(value - right))
                assert worst <= 16 * 2**-24 * 70, "off by %g" % worst


def bad_sounds(program):
    wav("slow.wav", samples(9, 1, 1), rate=4000)
    wav("fast.wav", samples(9, 1, 1))
    wav("three.wav", samples(9, 3, 1), channels=3)
    wav("none.wav", [], channels=1)
    wav("nan.wav", [(math.nan,)] * 4)
    with open("text.wav", "w") as file:
        file.write("no sound")
    for arguments, word in (
            (("fast.wav", "slow.wav", "o.wav"), "resample"),
            (("fast.wav", "three.wav", "o.wav"), "two channels"),
            (("none.wav", "fast.wav", "o.wav"), "none.wav"),
            (("nan.wav", "fast.wav", "o.wav"), "no number"),
            (("text.wav", "fast.wav", "o.wav"), "text.wav"),
            (("absent.wav", "fast.wav", "o.wav"), "absent.wav"),
            (("fast.wav", "fast.wav", "o.wav", "1.5"), "WET"), (("fast.wav",), "usage"),
            (("fast.wav", "fast.wav", "none/o.wav"), "none/o.wav")):
        said = run(program, *arguments, good=False)
        assert word in said, "%s: %s" % (arguments, said)


def main(blur, reverb):
    tests = [(blur, "libpng", test) for test in (images, edges_found, bad_images)]
    tests += [(reverb, "libsndfile", test) for test in (sounds, bad_sounds)]
    print("1..%d" % len(tests))
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        for number, (program, library, test) in enumerate(tests, 1):
            name = "%d - %s" % (number, test.__name__.replace("_", " "))
            if program == "-":
                print("ok %s # SKIP %s is not there" % (name, library))
                continue
            try:
                test(program)
                print("ok " + name)
            except Exception as fault:  # a fault of any kind is a failed test
                print("not ok %s\n# %s: %s" % (name, type(fault).__name__, fault))


main(*(path if path == "-" else os.path.abspath(path) for path in sys.argv[1:3]))
