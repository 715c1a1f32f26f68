"""Gaussians whose width changes, beside NumPy and SciPy by hand, 2^20 samples of f64, one thread.

NumPy: for every distance within the cut an exp of all widths, a product and a sum. SciPy:
gaussian_filter1d once for every Chebyshev node in log(width), interpolated between them, with as
many nodes as keep libconv's error. Both are timed in two calls, being far slower; errors are taken
against NumPy's sums with a cut of 8 widths, relative to the largest."""

import ctypes as c

import numpy as np

from .library import conv, pointer
from .timing import once

N, CUT = 1 << 20, 5.3


def libconv(library, f, widths):
    """A function that executes a plan, and its output."""
    plan = c.c_void_p()
    description = conv.initialise(
        conv.VaryingDescription(), library.dll.conv_varying_desc_init, conv.DTYPES["float64"], 1,
        conv.sizes(f.size), conv.FORMS["gather"])
    library.check(library.dll.conv_varying_create(c.byref(plan), c.byref(description),
                                                  pointer(widths)))
    workspace = np.zeros(library.dll.conv_varying_workspace_size(plan) + 64, np.uint8)
    y = np.zeros_like(f)
    return lambda: library.check(library.dll.conv_varying_execute(
        plan, pointer(f), pointer(y), pointer(workspace))), y


def by_exp(f, widths, cut):
    """An exp per tap; the signal is 0 outside."""
    reach = int(cut * widths.max())
    padded = np.concatenate([np.zeros(reach), f, np.zeros(reach)])
    y, total, factor = np.zeros_like(f), np.zeros_like(f), -0.5 / widths**2
    for d in range(-reach, reach + 1):
        tap = np.exp(factor * (d * d))
        tap[abs(d) > cut * widths] = 0
        total += tap
        y += tap * padded[reach - d:reach - d + f.size]
    return y / total


def by_nodes(ndimage, f, widths, nodes):
    """gaussian_filter1d at Chebyshev nodes in log(width), and Lagrange's weights between them."""
    low, high = np.log(widths.min()), np.log(widths.max())
    node = (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (np.arange(nodes) + 0.5) / nodes)
    place, y = np.log(widths), np.zeros_like(f)
    for q in range(nodes):
        weight = np.ones_like(f)
        for p in range(nodes):
            if p != q:
                weight *= (place - node[p]) / (node[q] - node[p])
        y += weight * ndimage.gaussian_filter1d(f, np.exp(node[q]), mode="constant", truncate=CUT)
    return y


def compare(library):
    """Prints a line for each range of widths."""
    try:
        from scipy import ndimage
    except ImportError:
        ndimage = None
    print(f"{'widths':>8} {'libconv ms':>11} {'error':>8} {'NumPy, exp':>11} {'ratio':>7} "
          f"{'SciPy, nodes':>13} {'ratio':>7} {'error':>8} {'nodes':>5}")
    random = np.random.default_rng(1)
    f = random.standard_normal(N)
    for low, high in ((1, 2), (8, 16), (32, 64)):
        middle, swing = np.sqrt(low * high), np.log(high / low) / 2
        widths = middle * np.exp(swing * np.sin(np.arange(N) * 2 * np.pi * 5 / N))
        call, y = libconv(library, f, widths)
        ours = sorted(once(call) for _ in range(9))[4]
        part = slice(0, 1 << 16)  # the reference is slow: the first samples, but for the last reach
        exact = by_exp(f[part], widths[part], 8)
        inner = slice(0, (1 << 16) - int(9 * high))
        error = np.abs(y[inner] - exact[inner]).max() / np.abs(exact[inner]).max()
        line = f"{low:3d}..{high:<3d} {1e3 * ours:11.1f} {error:8.1e}"
        slow = min(once(lambda: by_exp(f, widths, CUT)) for _ in range(2))
        line += f" {1e3 * slow:11.0f} {slow / ours:7.0f}"
        if ndimage:
            nodes = 4
            while nodes < 12:
                at_nodes = by_nodes(ndimage, f[part], widths[part], nodes)
                apart = np.abs(at_nodes[inner] - exact[inner]).max() / np.abs(exact[inner]).max()
                if apart <= max(error, 1e-6):
                    break
                nodes += 1
            slow = min(once(lambda: by_nodes(ndimage, f, widths, nodes)) for _ in range(2))
            line += f" {1e3 * slow:13.0f} {slow / ours:7.0f} {apart:8.1e} {nodes:5d}"
        print(line)
