"""The sum that numpy.convolve computes is not the convolution integral: how far is it off, and what
does the trapezoidal rule cost? For f(t) = exp(-t) and g(t) = 2 exp(-2t) on t >= 0 the integral is
2 (exp(-t) - exp(-2t)). Prints the errors; draws integral.png where matplotlib is there.

    python3 integral.py            put your own f, g and, where you know it, `exact` below
"""

import numpy as np

import conv


def f(t):
    return np.exp(-t)


def g(t):
    return 2 * np.exp(-2 * t)


def exact(t):
    return 2 * (np.exp(-t) - np.exp(-2 * t))


END = 5.0


def integrals(steps):
    """t, and the integral by name of the rule, from steps + 1 samples of both functions."""
    t = np.linspace(0, END, steps + 1)
    dx = t[1] - t[0]
    return t, {
        "Riemann sum, numpy.convolve * dx": np.convolve(f(t), g(t))[:t.size] * dx,
        "trapezoidal rule": conv.convolve_integral(f(t), g(t), dx),
        "Gregory, order 4": conv.convolve_integral(f(t), g(t), dx, rule="gregory", order=4),
    }


def main():
    print("%-34s" % "largest error with steps of"
          + "".join("%11g" % (END / n) for n in (50, 100, 200)))
    for name in integrals(50)[1]:
        errors = []
        for steps in (50, 100, 200):
            t, results = integrals(steps)
            errors.append(abs(results[name] - exact(t)).max())
        print("%-34s" % name + "".join("%11.1e" % error for error in errors))
    t, results = integrals(50)
    trapezoid = conv.Plan(g(t), t.size, mode="causal", rule="trapezoid", spacing=END / 50)
    print("what the library says of the trapezoidal rule's, without knowing the integral: %.1e"
          % trapezoid.estimate(f(t), "richardson").max())
    draw(t, results)


def draw(t, results):
    try:
        import matplotlib
    except ImportError:
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    left.plot(t, exact(t), color="0.7", linewidth=5, label="the integral")
    for name, values in results.items():
        left.plot(t, values, label=name)
        right.semilogy(t[1:], np.maximum(abs(values - exact(t))[1:], 1e-16), label=name)
    left.set(xlabel="t", title="exp(-t) * 2 exp(-2t), 51 samples")
    right.set(xlabel="t", title="error")
    left.legend()
    right.grid(alpha=0.4)
    figure.savefig("integral.png", dpi=100)


if __name__ == "__main__":
    main()
