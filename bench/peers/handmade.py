"""bench/peers/handmade.c, compiled on the fly for one element type: a C loop, and FFTW3 by hand."""

import ctypes as c
import os
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from .library import address, aligned, pointer, size
from .timing import once

SOURCES = [str(Path(__file__).resolve().parent / name) for name in ("handmade.c", "home_direct.c")]
FLAGS = {
    "f32": ["-DREAL=float", "-DCOMPLEX=0"], "f64": ["-DREAL=double", "-DCOMPLEX=0"],
    "c32": ["-DREAL=float", "-DCOMPLEX=1"], "c64": ["-DREAL=double", "-DCOMPLEX=1"],
}
LARGEST_TRANSFORM = 1 << 21


def compile_handmade(type_name, folder):
    """The shared library, with FFTW where it is installed; None without a C compiler."""
    compiler = os.environ.get("CC") or "cc"
    if not shutil.which(compiler.split()[0]):
        return None
    single = type_name in ("f32", "c32")
    out = os.path.join(folder, type_name + ".so")
    base = compiler.split() + ["-O3", "-march=native", "-fcx-limited-range", "-shared", "-fPIC",
                               *SOURCES, "-o", out] + FLAGS[type_name]
    fftw = ["-DHAVE_FFTW=1", "-DFFTW_PREFIX=" + ("fftwf_" if single else "fftw_"),
            "-lfftw3f" if single else "-lfftw3", "-lm"]
    for flags in (fftw, ["-DHAVE_FFTW=0"]):
        if subprocess.run(base + flags, stderr=subprocess.DEVNULL).returncode == 0:
            return c.PyDLL(out)
    return None


def block_lengths(n, m):
    """Powers of two: at least twice the taps, at most what holds the whole result."""
    whole = 1 << (n + m - 2).bit_length()
    length = min(whole, max(64, 1 << (2 * m - 1).bit_length()))
    return [length << i for i in range(6) if length << i <= min(whole, LARGEST_TRANSFORM)]


class Handmade:
    """The calls of one element type."""

    def __init__(self, type_name):
        with tempfile.TemporaryDirectory() as folder:
            self.dll = compile_handmade(type_name, folder)
        self.room, self.plans = None, []  # what the prepared calls of the current row need
        self.fftw = self.dll is not None and hasattr(self.dll, "handmade_fftw_create")
        if self.fftw:
            self.dll.handmade_fftw_create.restype = c.c_void_p
        if self.dll:
            self.dll.handmade_room2d.restype = c.c_size_t

    def nothing(self):
        return partial(self.dll.handmade_nothing, *[address(64)] * 4)

    def loop1d(self, x, h):
        y = aligned((x.size + h.size - 1,), x.dtype)
        return partial(self.dll.handmade_loop1d, pointer(x), size(x.size), pointer(h),
                       size(h.size), pointer(y)), y

    def loop2d(self, x, h, boundary):
        sizes = [size(v) for v in x.shape + h.shape]
        room, y = aligned((self.dll.handmade_room2d(*sizes),), x.dtype), aligned(x.shape, x.dtype)
        self.room = room
        return partial(self.dll.handmade_loop2d, pointer(x), *sizes[:2], pointer(h), *sizes[2:],
                       c.c_int.from_param(boundary == "mirror"), pointer(room), pointer(y)), y

    def overlap_save(self, x, h):
        """The fastest of the block lengths 2, 4, 8, .. times the taps; None where none works. The
        call holds until this function is called again."""
        while self.plans:
            self.dll.handmade_fftw_destroy(address(self.plans.pop()))
        y = aligned((x.size + h.size - 1,), x.dtype)
        best, best_time = None, float("inf")
        for length in block_lengths(x.size, h.size):
            plan = self.dll.handmade_fftw_create(pointer(h), size(h.size), size(length))
            if not plan:
                continue
            self.plans.append(plan)
            call = partial(self.dll.handmade_fftw_run, address(plan), pointer(x), size(x.size),
                           pointer(y))
            call()
            time = min(once(call) for _ in range(3))
            if time < best_time:
                best, best_time = (call, y), time
        return best
