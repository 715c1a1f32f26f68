"""examples/python/conv.py against SciPy and NumPy sums, printed as TAP.

    LIBCONV_LIBRARY=build/src/libconv.so.0 python3 tests/examples/check_python.py

Sums of n terms are compared within 8 (n + 2) u of the sum of magnitudes: both sides may use
transforms, whose error is that of a few roundings of the largest output."""

import os
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples",
                                "python"))
try:
    import numpy as np
except ImportError:
    print("1..0 # SKIP NumPy is not there")
    sys.exit(0)
import conv  # noqa: E402

try:
    from scipy import ndimage, signal
except ImportError:
    signal = ndimage = None

random = np.random.default_rng(7)
REALS, TYPES = ["float32", "float64"], ["float32", "float64", "complex64", "complex128"]


def data(shape, dtype="float64"):
    dtype = np.dtype(dtype)
    values = random.standard_normal(shape)
    if dtype.kind == "c":
        values = values + 1j * random.standard_normal(shape)
    return np.asarray(values, dtype)


def close(got, want, terms, magnitude, what=""):
    """Equal shape and type; every element within the bound of the module's first lines."""
    want = np.asarray(want)
    assert got.shape == want.shape, "%s shape %s, not %s" % (what, got.shape, want.shape)
    u = np.finfo(got.dtype).eps / 2
    worst = float(abs(got - want).max())
    limit = 8 * (terms + 2) * u * magnitude
    assert worst <= limit, "%s off by %.3g, limit %.3g" % (what, worst, limit)


def magnitude(x, h):
    return float(abs(h).sum() * abs(x).max())


def refused(status, call, *arguments, **settings):
    try:
        call(*arguments, **settings)
    except conv.Error as error:
        assert error.status == status, "%s, not %s: %s" % (error.status, status, error)
        assert str(error), "no sentence"
        return
    raise AssertionError("not refused, %s expected" % status)


def test_signal_lines():
    for n in (1, 2, 5, 6, 33):
        for m in (1, 2, 5, 6, 40):
            for mode in ("full", "same", "valid"):
                for dtype in TYPES:
                    x, h = data(n, dtype), data(m, dtype)
                    for ours, theirs in ((conv.convolve, signal.convolve),
                                         (conv.correlate, signal.correlate)):
                        got = ours(x, h, mode)
                        assert got.dtype == dtype
                        close(got, theirs(x, h, mode, "direct"), m, magnitude(x, h),
                              "%s n=%d m=%d %s %s" % (ours.__name__, n, m, mode, dtype))


def test_signal_planes_and_volumes():
    for shape, taps in (((9, 12), (3, 4)), ((4, 5, 6), (3, 2, 2)), ((3, 3), (5, 6))):
        x, h = data(shape), data(taps)
        for mode in ("full", "same", "valid"):
            for method in ("auto", "direct", "fft"):
                close(conv.convolve(x, h, mode, method), signal.convolve(x, h, mode), h.size,
                      magnitude(x, h))
                close(conv.correlate(x, h, mode, method), signal.correlate(x, h, mode), h.size,
                      magnitude(x, h))


def test_integers_are_exact():
    for dtype in ("int8", "uint8", "int32", "int64", "bool"):
        x = random.integers(0, 2, (40,)).astype(dtype)
        h = random.integers(0, 2, (7,)).astype(dtype)
        got = conv.convolve(x, h)
        assert got.dtype == np.int64
        assert (got == np.convolve(x.astype(int), h.astype(int))).all()
        assert (conv.correlate(x, h, "full") == np.correlate(x.astype(int), h.astype(int),
                                                             "full")).all()
    x = np.array([2**40 + 1, -3], np.int64)
    assert conv.convolve(x, np.array([2**20 + 1], np.int64)).tolist() == [
        (2**40 + 1) * (2**20 + 1), -3 * (2**20 + 1)]
    refused("RANGE", conv.convolve, np.array([2**62]), np.array([4]))
    plane, taps = random.integers(-50, 50, (9, 8)), random.integers(-50, 50, (3, 2))
    assert (conv.convolve(plane, taps) == signal.convolve2d(plane, taps)).all()


def test_mixed_types():
    assert conv.convolve(data(9, "float32"), data(3, "float32")).dtype == np.float32
    assert conv.convolve(data(9, "float32"), data(3)).dtype == np.float64
    assert conv.convolve(data(9, "complex64"), data(3, "float32")).dtype == np.complex64
    x, h = data(9), data(3, "complex128")
    close(conv.convolve(x, h), np.convolve(x, h), 3, magnitude(x, h))
    assert conv.convolve(data(9).astype(np.float16), [1.0, 2.0]).dtype == np.float64
    for bad in (np.longdouble, object):
        try:
            conv.convolve(np.ones(4, bad), np.ones(2, bad))
        except TypeError:
            continue
        raise AssertionError("%s was taken" % bad)


def test_fftconvolve_axes():
    x = data((3, 8, 10))
    for taps, axes in (((3, 4, 5), None), ((1, 4, 5), (1, 2)), ((3, 4, 1), (0, 1)),
                       ((3, 4, 5), (-1, 1)), ((3, 1, 5), 2), ((1, 1, 4), [2])):
        h = data(taps)
        for mode in ("full", "same", "valid"):
            if axes is None or all(x.shape[a] >= h.shape[a] for a in np.atleast_1d(axes)):
                close(conv.fftconvolve(x, h, mode, axes), signal.fftconvolve(x, h, mode, axes),
                      h.size, magnitude(x, h), "%s %s %s" % (taps, axes, mode))


def test_convolve2d():
    for taps in ((3, 3), (2, 4), (5, 6), (12, 9)):
        x, h = data((7, 10)), data(taps)
        for boundary in ("fill", "wrap", "symm"):
            for fill in (0, 1.5):
                for mode in ("full", "same"):
                    for name in ("convolve2d", "correlate2d"):
                        got = getattr(conv, name)(x, h, mode, boundary, fill)
                        want = getattr(signal, name)(x, h, mode, boundary, fill)
                        close(got, want, h.size, magnitude(x, h) + abs(h).sum() * fill,
                              "%s %s %s %s" % (name, taps, mode, boundary))


def test_ndimage():
    for shape, taps in (((11,), (4,)), ((7, 9), (3, 4)), ((4, 5, 6), (2, 3, 3))):
        x, h = data(shape), data(taps)
        for mode in ("reflect", "constant", "nearest", "mirror", "wrap"):
            for origin in (0, -1, [min(1, (m - 1) // 2) for m in taps]):
                for name in ("convolve", "correlate"):
                    if mode == "wrap" and any(m > n for n, m in zip(shape, taps)):
                        continue
                    got = getattr(conv, "ndimage_" + name)(x, h, mode, 0.5, origin)
                    want = getattr(ndimage, name)(x, h, mode=mode, cval=0.5, origin=origin)
                    close(got, want, h.size, magnitude(x, h) + abs(h).sum(),
                          "%s %s %s %s" % (name, shape, mode, origin))


def test_strides():
    h = data((3, 4))
    whole = data((24, 36))
    for x in (whole[::2, ::3], whole[::-1, 5:20], whole.T, whole[:, ::-2],
              np.broadcast_to(data((1, 12)), (9, 12)), np.broadcast_to(data((1, 1)), (9, 12)),
              np.asfortranarray(whole), whole.astype(">f8")):
        close(conv.convolve(x, h), conv.convolve(np.array(x, np.float64), h), h.size,
              magnitude(x, h))
    records = np.zeros(20, [("tag", "u1"), ("value", "f8")])
    records["value"] = data(20)
    close(conv.convolve(records["value"], h[0]), np.convolve(records["value"], h[0]), 4,
          magnitude(records["value"], h[0]))


def test_batches_and_out():
    h, x = data(5), data((4, 3, 2, 20))
    plan = conv.Plan(h, 20, mode="same")
    want = np.apply_along_axis(lambda line: np.convolve(line, h)[2:22], -1, x)
    for view, expected in ((x, want), (x[::2, 1:, :, :], want[::2, 1:]), (x[::-1], want[::-1]),
                           (np.swapaxes(x, 0, 2), np.swapaxes(want, 0, 2)), (x[0:0], want[0:0])):
        close(plan(view), expected, 5, magnitude(x, h)) if view.size else plan(view)
    room = np.full((4, 3, 2, 40), 7.0)
    result = plan(x, out=room[..., ::2])
    close(result, want, 5, magnitude(x, h))
    assert (room[..., 1::2] == 7).all(), "gaps were written"
    for out in (np.empty((4, 20)), np.empty((4, 3, 2, 20), np.float32)):
        try:
            plan(x, out=out)
        except ValueError:
            continue
        raise AssertionError("a wrong out was taken")
    refused("ALIAS", lambda: plan(x[0, 0, 0], out=x[0, 0, 0]))


def test_plans():
    h, x = data(31), data(4000)
    for method in ("direct", "blocks", "fft", "reference"):
        plan = conv.Plan(h, x.shape, method=method)
        assert plan.method == method
        assert plan.describe().startswith(method) or method in plan.describe()
        close(plan(x), np.convolve(x, h), 31, magnitude(x, h), method)
    y, bound = conv.Plan(h, x.shape, tolerance=1e-9).with_bound(x)
    assert abs(y - np.convolve(x, h)).max() <= bound * abs(y).max() <= 1e-9 * abs(y).max() * 1.01
    plan, wrong = conv.Plan(h, x.shape, mode="causal", boundary="mirror"), []
    want = plan(x)

    def work():
        for _ in range(20):
            if not (plan(x[::1]) == want).all() or not (plan(np.array([x, x]))[1] == want).all():
                wrong.append(1)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, "threads disagree"
    window = conv.Plan(h, x.shape, mode="window", window=(-2, 10, 3))(x)
    full = np.concatenate([[0, 0], np.convolve(x, h)])
    close(window, full[0:30:3], 31, magnitude(x, h))


def test_integrals():
    t = np.linspace(0, 4, 129)
    f, g, dx = np.exp(-t), 2 * np.exp(-2 * t), t[1]
    right = 2 * (np.exp(-t) - np.exp(-2 * t))
    errors = [abs(conv.convolve_integral(f, g, dx, rule=rule, order=order) - right).max()
              for rule, order in (("rectangle", 0), ("trapezoid", 0), ("gregory", 4),
                                  ("gregory", 6))]
    # Half the end terms at t = 0, dx f(0) g(0) / 2 each; then dx^2 / 12 times the change of the
    # integrand's slope; then the figures of conv.h at 256 steps, times 2^order.
    assert 0.5 * dx < errors[0] < 2.1 * dx, errors
    for error, limit in zip(errors[1:], (4 * 2e-5, 16 * 2e-9, 64 * 2e-13)):
        assert error < 1.5 * limit, errors
    plan = conv.Plan(g, f.shape, mode="causal", rule="trapezoid", spacing=dx)
    estimate = plan.estimate(f)
    assert estimate.shape == right.shape and 0.5 < estimate.max() / errors[1] < 2
    assert conv.convolve_integral(f, g, dx, mode="full").size == 257


def test_smearing():
    n, dx = 300, 0.5
    f = data((3, n)) ** 2
    widths = np.linspace(1.0, 4.0, n)
    distance = dx * (np.arange(n)[:, None] - np.arange(n))
    kernel = np.exp(-0.5 * (distance / widths[:, None]) ** 2)
    # The cut at 1e-9 of the peak drops less than 1e-8 of a kernel.
    for form, weights in (("gather", kernel / kernel.sum(1, keepdims=True)),
                          ("scatter", kernel.T / kernel.sum(1))):
        got = conv.smear(f, widths, dx, form, tolerance=1e-9)
        worst = abs(got - f @ weights.T).max() / f.max()
        assert worst < 1e-8, "%s off by %.3g" % (form, worst)
        across = conv.smear(f.T, widths, dx, form, tolerance=1e-9, axis=0)
        assert abs(across.T - got).max() <= 1e-13 * f.max()
    scattered = conv.smear(f, widths, dx, "scatter")
    assert (abs(scattered.sum(1) - f.sum(1)) <= 1e-14 * f.sum(1) * 4).all(), "the total is not kept"
    refused("RANGE", conv.smear, f, -widths)
    x = np.cumsum(0.2 + random.random(80))
    constant = conv.smear_irregular(x, np.ones((2, 80)), np.full(80, 0.7))
    assert constant.shape == (2, 80) and abs(constant - 1).max() < 1e-12
    points = conv.smear_irregular(x, np.ones(80), np.full(5, 0.7), t=np.linspace(20, 30, 5))
    assert points.shape == (5,) and abs(points - 1).max() < 1e-12


def test_layers():
    x, w, bias = data((2, 3, 7, 8)), data((4, 3, 3, 2)), data(4)
    layer = conv.Layer((7, 8), (3, 2), 3, 4, batch=2, stride=(2, 1), padding=[(1, 1), (0, 1)],
                       dtype="float64")
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (0, 1)))
    rows, cols = (7 + 2 - 3) // 2 + 1, 8 + 1 - 2 + 1

    def sums(values, kernel):
        return sum(np.einsum("bcij,oc->boij", values[:, :, a:a + 2 * rows:2, b:b + cols],
                             kernel[:, :, a, b]) for a in range(3) for b in range(2))
    want = sums(np.pad(padded, ((0, 0), (0, 0), (0, 2), (0, 2))), w)
    y = layer.forward(x, w, bias)
    close(y, want + bias[:, None, None], 18, float(abs(want).max() * 10))
    dy = data(y.shape)
    dx, (dw, dbias) = layer.grad_input(dy, w), layer.grad_weights(x, dy)
    inner = float((layer.forward(x, w) * dy).sum())
    size = float((abs(x).max() * abs(w).sum() * abs(dy)).sum())
    for name, value in (("input", (dx * x).sum()), ("weights", (dw * w).sum())):
        assert abs(value - inner) <= 1e-14 * size, name
    assert abs(dbias - dy.sum((0, 2, 3))).max() < 1e-12
    last = conv.Layer(9000, 11, 1, 16, channels="last", weights="keras")
    assert last.y_shape == (1, 8990, 16) and last.w_shape == (11, 1, 16)
    refused("EXTENT", conv.Layer, 5, 4, 1, 1, dilation=2)


def test_errors():
    refused("EXTENT", conv.convolve, [], [1.0])
    refused("MIXED_FIT", conv.convolve, data((3, 9)), data((5, 2)), "valid")
    refused("SPACING", conv.convolve_integral, data(5), data(5), -1.0)
    refused("METHOD", conv.Plan, data((3, 3)), (9, 9), method="separable")
    for call in (lambda: conv.convolve([1.0], [1.0], "some"),
                 lambda: conv.Plan([1.0], (4, 4)),
                 lambda: conv.Plan([1.0], 4)(np.ones(5)),
                 lambda: conv.smear(np.ones(5), np.ones(4))):
        try:
            call()
        except ValueError:
            continue
        raise AssertionError("not refused")


def test_readme():
    """The snippet of examples/python/README.md prints what its comments say."""
    with open(os.path.join(os.path.dirname(conv.__file__), "README.md")) as page:
        code = page.read().split("```python\n")[1].split("```")[0]
    said = [line.split("# ")[-1] for line in code.splitlines() if line.startswith("print(")]
    printed = []
    exec(code, {"print": lambda value: printed.append(str(value))})
    assert printed == said and len(said) == 4, "%s, not %s" % (printed, said)


NEED_SCIPY = [test_signal_lines, test_signal_planes_and_volumes, test_integers_are_exact,
              test_fftconvolve_axes, test_convolve2d, test_ndimage]
TESTS = NEED_SCIPY + [test_mixed_types, test_strides, test_batches_and_out, test_plans,
                      test_integrals, test_smearing, test_layers, test_errors,
                      test_readme]

print("1..%d" % len(TESTS))
for number, test in enumerate(TESTS, 1):
    name = test.__name__[5:].replace("_", " ")
    if signal is None and test in NEED_SCIPY:
        print("ok %d - %s # SKIP SciPy is not there" % (number, name))
        continue
    try:
        test()
        print("ok %d - %s" % (number, name))
    except Exception as fault:  # a fault of any kind is a failed test
        print("not ok %d - %s" % (number, name))
        print("# %s: %s" % (type(fault).__name__, fault))
