"""NumPy, SciPy, OpenCV and torch as prepared calls, name to callable.

Peers that would need minutes are left out by the number of multiply-adds."""

from functools import partial

import numpy as np


def optional(name):
    try:
        module = __import__(name, fromlist=["_"])
    except Exception:  # not installed, or broken: either way it cannot be measured
        return None
    return module


signal, ndimage = optional("scipy.signal"), optional("scipy.ndimage")
cv2, torch = optional("cv2"), optional("torch")
if cv2:
    cv2.setNumThreads(1)
if torch:
    torch.set_num_threads(1)

MOST_TAPS = 8192  # of numpy.convolve
MOST_SLOW = 1.5e8  # of the plain loops in scipy.signal.convolve2d and scipy.ndimage


def versions():
    found = [("NumPy", np), ("SciPy", optional("scipy")), ("OpenCV", cv2), ("torch", torch)]
    return ", ".join("%s %s" % (name, m.__version__ if m else "not installed")
                     for name, m in found)


def line_peers(x, h):
    """Full convolution of two lines."""
    short = h.size <= MOST_TAPS
    peers = {"numpy": partial(np.convolve, x, h)} if short else {}
    if signal:
        if short:
            peers["sp.conv"] = partial(signal.convolve, x, h)
        peers["fftconv"] = partial(signal.fftconvolve, x, h)
        peers["oaconv"] = partial(signal.oaconvolve, x, h)
    if torch and short and torch_fits(x, h):
        peers["torch"] = torch_call(torch.nn.functional.conv1d, x, h[::-1], h.size - 1)
    return peers


def torch_fits(x, h):
    """In double precision torch unrolls the signal in memory, once per tap."""
    return x.dtype == np.float32 or (x.dtype == np.float64 and x.size * h.size <= MOST_SLOW)


def torch_call(function, x, h, padding):
    """A layer without bias; torch correlates, and keeps no gradients for plain tensors."""
    a, b = torch.from_numpy(x), torch.from_numpy(np.ascontiguousarray(h))
    return partial(function, a[None, None], b[None, None], None, 1, padding)


def image_peers(x, h, boundary):
    """Correlation of the image's size, odd kernels, zeros or the mirrored image outside."""
    peers = {}
    work, flipped = x.size * h.size, np.ascontiguousarray(h[::-1, ::-1])
    if cv2:
        border = cv2.BORDER_CONSTANT if boundary == "zero" else cv2.BORDER_REFLECT_101
        peers["filter2D"] = partial(cv2.filter2D, x, -1, h, np.empty_like(x), (-1, -1), 0, border)
    if signal and boundary == "zero":
        if work <= MOST_SLOW:
            peers["conv2d"] = partial(signal.convolve2d, x, flipped, "same")
        peers["fftconv"] = partial(signal.fftconvolve, x, flipped, "same")
        peers["oaconv"] = partial(signal.oaconvolve, x, flipped, "same")
    if ndimage and work <= MOST_SLOW:
        mode = "constant" if boundary == "zero" else "mirror"
        peers["ndimage"] = partial(ndimage.correlate, x, h, np.empty_like(x), mode)
    if torch and boundary == "zero" and torch_fits(x, h):
        peers["torch"] = torch_call(torch.nn.functional.conv2d, x, h, tuple(
            (m - 1) // 2 for m in h.shape))
    return peers


def box_peers(x, m):
    """The mean of m x m samples, the image mirrored outside."""
    if not cv2:
        return {}
    return {"boxFilt": partial(cv2.boxFilter, x, -1, (m, m), np.empty_like(x), (-1, -1), True,
                               cv2.BORDER_REFLECT_101)}


def separable_peers(x, column, row):
    """Correlation with the outer product of two lines, zeros outside."""
    peers = {}
    if cv2:
        peers["sepFilt"] = partial(cv2.sepFilter2D, x, -1, row, column, np.empty_like(x), (-1, -1),
                                   0, cv2.BORDER_CONSTANT)
    if ndimage:
        peers["ndimage"] = partial(two_passes, x, column, row, np.empty_like(x), np.empty_like(x))
    return peers


def two_passes(x, column, row, middle, out):
    ndimage.correlate1d(x, column, 0, middle, "constant")
    return ndimage.correlate1d(middle, row, 1, out, "constant")


def result(call):
    """What a peer computes, as an array."""
    out = call()
    return out.numpy()[0, 0] if torch and isinstance(out, torch.Tensor) else out
