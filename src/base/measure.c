#include "base/measure.h"

#include <math.h>

/* A power of two that brings the peak near 1, so that squares neither overflow nor vanish. */
static int exponent_of(double peak) {
    int exponent = 0;
    if (peak > 0)
        frexp(peak, &exponent);
    return exponent > 1000 ? 1000 : exponent < -1000 ? -1000 : exponent;
}

typedef struct {
    const conv_element_kernels *elements;
    int rank;
    const size_t *extent;
    const ptrdiff_t *stride;
    double scale;
    double sums[3]; /* largest, sum, sum of squares; all times scale */
    double peak;
    bool finite;
} walk;

static const char *step_by(const walk *w, int d, size_t i, const char *data) {
    return data + (ptrdiff_t)i * w->stride[d] * (ptrdiff_t)w->elements->size;
}

static void find_peak(walk *w, int d, const char *data) {
    if (d == w->rank - 1)
        w->peak = fmax(w->peak, w->elements->peak(data, w->stride[d], w->extent[d]));
    for (size_t i = 0; d < w->rank - 1 && i < w->extent[d]; i++)
        find_peak(w, d + 1, step_by(w, d, i, data));
}

static void add_rows(walk *w, int d, const char *data) {
    if (d == w->rank - 1 &&
        !w->elements->measure(data, w->stride[d], w->extent[d], w->scale, w->sums))
        w->finite = false;
    for (size_t i = 0; d < w->rank - 1 && i < w->extent[d]; i++)
        add_rows(w, d + 1, step_by(w, d, i, data));
}

/* Whether no square was lost that counts. 0 may be numbers whose squares vanish. */
static bool is_sound(const double sums[3]) {
    return sums[2] > 1e-250 && sums[2] < 1e300;
}

static void finish(const double sums[3], int exponent, conv_magnitudes *magnitudes) {
    magnitudes->largest = ldexp(sums[0], exponent);
    magnitudes->sum = ldexp(sums[1], exponent);
    magnitudes->norm = ldexp(sqrt(sums[2]), exponent);
}

void conv_measure(const conv_element_kernels *elements, int rank, const size_t *extent,
                  const ptrdiff_t *stride, const void *data, conv_magnitudes *magnitudes) {
    walk w = {.elements = elements, .rank = rank, .extent = extent, .stride = stride, .scale = 1};
    int exponent = 0;
    w.finite = true;
    add_rows(&w, 0, data);
    if (!is_sound(w.sums)) {
        find_peak(&w, 0, data);
        exponent = exponent_of(w.peak);
        w.scale = ldexp(1, -exponent);
        w.finite = true;
        w.sums[0] = w.sums[1] = w.sums[2] = 0;
        add_rows(&w, 0, data);
    }
    finish(w.sums, exponent, magnitudes);
    magnitudes->finite = w.finite;
}

static void reach(walk *w, int d, const char *data) {
    if (d == w->rank - 1)
        w->elements->reach(data, w->stride[d], w->extent[d], &w->peak, &w->finite);
    for (size_t i = 0; d < w->rank - 1 && i < w->extent[d]; i++)
        reach(w, d + 1, step_by(w, d, i, data));
}

void conv_measure_largest(const conv_element_kernels *elements, int rank, const size_t *extent,
                          const ptrdiff_t *stride, const void *data, conv_magnitudes *magnitudes) {
    walk w = {.elements = elements, .rank = rank, .extent = extent, .stride = stride};
    if (!elements->reach) {
        conv_measure(elements, rank, extent, stride, data, magnitudes);
        magnitudes->sum = magnitudes->norm = 0;
        return;
    }
    w.finite = true;
    reach(&w, 0, data);
    *magnitudes = (conv_magnitudes){.largest = w.peak, .finite = w.finite};
}

void conv_measure_taps(const conv_element_kernels *elements, const void *taps, size_t count,
                       conv_magnitudes *magnitudes) {
    double sums[3] = {0, 0, 0};
    int exponent = 0;
    magnitudes->finite = elements->measure_taps(taps, count, 1, sums);
    if (!is_sound(sums)) {
        sums[0] = sums[1] = sums[2] = 0;
        exponent = exponent_of(elements->peak_tap(taps, count));
        elements->measure_taps(taps, count, ldexp(1, -exponent), sums);
    }
    finish(sums, exponent, magnitudes);
}
