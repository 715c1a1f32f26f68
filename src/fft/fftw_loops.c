/* FFTW3's typed calls behind one table. Compiled twice: CONV_LEAF_DOUBLE chooses the precision. */
#include <fftw3.h>
#include <stdint.h>

#include "fft/fftw.h"

#ifdef CONV_LEAF_DOUBLE
typedef double R;
#define FFTW(name) fftw_##name
#define TABLE conv_fftw_double
#else
typedef float R;
#define FFTW(name) fftwf_##name
#define TABLE conv_fftw_float
#endif

/* ESTIMATE: the same plan every time, and planning that costs less than a few transforms.
 * NO_BUFFERING: buffered plans allocate in every execution. */
#define FLAGS (FFTW_ESTIMATE | FFTW_DESTROY_INPUT | FFTW_NO_BUFFERING)

static void destroy(void *forward, void *inverse) {
    if (forward)
        FFTW(destroy_plan)(forward);
    if (inverse)
        FFTW(destroy_plan)(inverse);
}

static bool plan(bool is_complex, int rank, const int *extent, void *work, void *spectrum,
                 void **forward, void **inverse) {
    if (is_complex) {
        *forward = FFTW(plan_dft)(rank, extent, work, spectrum, FFTW_FORWARD, FLAGS);
        *inverse = FFTW(plan_dft)(rank, extent, spectrum, work, FFTW_BACKWARD, FLAGS);
    } else {
        *forward = FFTW(plan_dft_r2c)(rank, extent, work, spectrum, FLAGS);
        *inverse = FFTW(plan_dft_c2r)(rank, extent, spectrum, work, FLAGS);
    }
    if (*forward && *inverse)
        return true;
    destroy(*forward, *inverse);
    *forward = *inverse = NULL;
    return false;
}

/* FFTW's new-array calls are safe for many threads with one plan; they take no const plan. */
static void forward(bool is_complex, const void *plan, void *work, void *spectrum) {
    FFTW(plan) typed = (FFTW(plan))(uintptr_t)plan;
    if (is_complex)
        FFTW(execute_dft)(typed, work, spectrum);
    else
        FFTW(execute_dft_r2c)(typed, work, spectrum);
}

static void inverse(bool is_complex, const void *plan, void *spectrum, void *work) {
    FFTW(plan) typed = (FFTW(plan))(uintptr_t)plan;
    if (is_complex)
        FFTW(execute_dft)(typed, spectrum, work);
    else
        FFTW(execute_dft_c2r)(typed, spectrum, work);
}

static void multiply(void *spectrum, const void *kernel, size_t count) {
    R *a = spectrum;
    const R *b = kernel;
    for (size_t i = 0; i < 2 * count; i += 2) {
        R re = a[i] * b[i] - a[i + 1] * b[i + 1];
        a[i + 1] = a[i] * b[i + 1] + a[i + 1] * b[i];
        a[i] = re;
    }
}

static void product(void *to, const void *a, const void *b, size_t count, bool accumulate) {
    R *restrict y = to;
    const R *restrict x = a, *restrict h = b;
    for (size_t i = 0; i < 2 * count && !accumulate; i += 2) {
        y[i] = x[i] * h[i] - x[i + 1] * h[i + 1];
        y[i + 1] = x[i] * h[i + 1] + x[i + 1] * h[i];
    }
    for (size_t i = 0; i < 2 * count && accumulate; i += 2) {
        y[i] += x[i] * h[i] - x[i + 1] * h[i + 1];
        y[i + 1] += x[i] * h[i + 1] + x[i + 1] * h[i];
    }
}

static void weighted(void *to, const void *a, const void *b, double weight, size_t count,
                     bool accumulate) {
    R *restrict y = to;
    const R *restrict x = a, *restrict h = b;
    const R w = (R)weight;
    for (size_t i = 0; i < 2 * count; i += 2) {
        R re = w * x[i], im = w * x[i + 1];
        y[i] = (accumulate ? y[i] : 0) + (re * h[i] - im * h[i + 1]);
        y[i + 1] = (accumulate ? y[i + 1] : 0) + (re * h[i + 1] + im * h[i]);
    }
}

static void load_taps(void *work, bool work_complex, const void *taps, bool taps_complex,
                      size_t count, double factor) {
    R *out = work;
    const R *in = taps;
    R scale = (R)factor;
    if (work_complex == taps_complex) {
        for (size_t i = 0; i < count * (work_complex ? 2 : 1); i++)
            out[i] = in[i] * scale;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = in[i] * scale;
        out[2 * i + 1] = 0;
    }
}

const conv_fftw_kernels TABLE = {
    .plan = plan,
    .destroy = destroy,
    .forward = forward,
    .inverse = inverse,
    .multiply = multiply,
    .product = product,
    .weighted = weighted,
    .load_taps = load_taps,
};
