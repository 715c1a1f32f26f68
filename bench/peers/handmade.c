/* What a competent C programmer writes for a convolution: a double loop over tiles that fit the
 * registers (home_direct.c), and overlap-save on FFTW3 planned with MEASURE. compare.py compiles
 * both files once per element type and calls them through ctypes; they are no part of the library.
 *
 *     cc -O3 -march=native -fcx-limited-range -shared -fPIC -DREAL=float -DCOMPLEX=0 -DHAVE_FFTW=1
 *        handmade.c home_direct.c -lfftw3f -lm
 */
#include <complex.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "home_element.h"

/* Does nothing: the cost of a call. */
int handmade_nothing(const void *a, const void *b, void *c, void *d) {
    (void)a, (void)b, (void)c, (void)d;
    return 0;
}

/* ---- the double loop ------------------------------------------------------------------------ */

/* Outputs first..end-1 of the full convolution, where some taps meet no sample. */
static void cut_tile(const element *restrict x, size_t n, const element *restrict h, size_t m,
                     size_t first, size_t end, element *restrict y) {
    memset(y + first, 0, (end - first) * sizeof *y);
    for (size_t k = 0; k < m; k++) {
        size_t from = first > k ? first : k, to = end < n + k ? end : n + k;
        for (size_t i = from; i < to; i++)
            y[i] += h[k] * x[i - k];
    }
}

/* y = x * h, full: n + m - 1 outputs. */
void handmade_loop1d(const element *restrict x, size_t n, const element *restrict h, size_t m,
                     element *restrict y) {
    size_t inside = m <= n ? m - 1 : n + m - 1, end = m <= n ? n : inside;
    cut_tile(x, n, h, m, 0, inside, y);
    if (inside < end)
        home_row(x, 0, h + m - 1, -1, 1, m, y + inside, end - inside);
    cut_tile(x, n, h, m, end, n + m - 1, y);
}

static size_t mirrored(ptrdiff_t i, size_t n) {
    if (i < 0)
        i = -i;
    return i < (ptrdiff_t)n ? (size_t)i : 2 * (n - 1) - (size_t)i;
}

static void pad_row(const element *x, size_t n, size_t before, size_t padded, int mirror,
                    element *out) {
    for (size_t i = 0; i < before; i++)
        out[i] = mirror ? x[mirrored((ptrdiff_t)i - (ptrdiff_t)before, n)] : 0;
    memcpy(out + before, x, n * sizeof *x);
    for (size_t i = before + n; i < padded; i++)
        out[i] =
            mirror && i - before < 2 * n - 1 ? x[mirrored((ptrdiff_t)i - (ptrdiff_t)before, n)] : 0;
}

/* Elements of the padded image that handmade_loop2d needs room for. */
size_t handmade_room2d(size_t rows, size_t cols, size_t h_rows, size_t h_cols) {
    return (rows + h_rows - 1) * (cols + h_cols - 1);
}

/* Correlation of the image's size, the kernel's centre on the pixel; outside is 0, or the image
 * mirrored about its outermost pixels. */
void handmade_loop2d(const element *x, size_t rows, size_t cols, const element *h, size_t h_rows,
                     size_t h_cols, int mirror, element *room, element *y) {
    size_t stride = cols + h_cols - 1, above = (h_rows - 1) / 2;
    for (size_t r = 0; r < rows + h_rows - 1; r++) {
        ptrdiff_t from = (ptrdiff_t)r - (ptrdiff_t)above;
        if (mirror || (from >= 0 && from < (ptrdiff_t)rows))
            pad_row(x + (mirror ? mirrored(from, rows) : (size_t)from) * cols, cols,
                    (h_cols - 1) / 2, stride, mirror, room + r * stride);
        else
            memset(room + r * stride, 0, stride * sizeof *room);
    }
    for (size_t r = 0; r < rows; r++)
        home_row(room + r * stride, stride, h, 1, h_rows, h_cols, y + r * cols, cols);
}

/* ---- overlap-save on FFTW3 ------------------------------------------------------------------ */

#if HAVE_FFTW
#include <fftw3.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define FFTW(name) JOIN(FFTW_PREFIX, name)

typedef REAL _Complex bin;

typedef struct {
    size_t length, bins;
    element *time;
    bin *spectrum;
    FFTW(plan) forward, backward;
} transform;

static transform *known[64];

/* Transforms of one length, planned once per process. */
static transform *find_transform(size_t length) {
    size_t slot = 0;
    for (; slot < 64 && known[slot]; slot++)
        if (known[slot]->length == length)
            return known[slot];
    transform *t = slot < 64 ? malloc(sizeof *t) : NULL;
    if (!t)
        return NULL;
    t->length = length;
    t->bins = COMPLEX ? length : length / 2 + 1;
    t->time = FFTW(malloc)(length * sizeof *t->time);
    t->spectrum = FFTW(malloc)(t->bins * sizeof *t->spectrum);
    FFTW(set_timelimit)(10.0);
#if COMPLEX
    t->forward = FFTW(plan_dft_1d)((int)length, t->time, t->spectrum, FFTW_FORWARD, FFTW_MEASURE);
    t->backward = FFTW(plan_dft_1d)((int)length, t->spectrum, t->time, FFTW_BACKWARD, FFTW_MEASURE);
#else
    t->forward = FFTW(plan_dft_r2c_1d)((int)length, t->time, t->spectrum, FFTW_MEASURE);
    t->backward = FFTW(plan_dft_c2r_1d)((int)length, t->spectrum, t->time, FFTW_MEASURE);
#endif
    return known[slot] = t;
}

typedef struct {
    transform *transform;
    size_t taps;
    bin *kernel; /* spectrum, divided by the length */
} overlap_save;

void handmade_fftw_destroy(overlap_save *s) {
    if (s)
        FFTW(free)(s->kernel);
    free(s);
}

overlap_save *handmade_fftw_create(const element *h, size_t m, size_t length) {
    overlap_save *s = calloc(1, sizeof *s);
    transform *t = find_transform(length);
    if (!s || !t || !t->forward || !t->backward) {
        free(s);
        return NULL;
    }
    s->transform = t;
    s->taps = m;
    s->kernel = FFTW(malloc)(t->bins * sizeof *s->kernel);
    memset(t->time, 0, length * sizeof *t->time);
    memcpy(t->time, h, m * sizeof *h);
    FFTW(execute)(t->forward);
    for (size_t i = 0; i < t->bins; i++)
        s->kernel[i] = t->spectrum[i] / (REAL)length;
    return s;
}

/* Samples first..first+length-1, zeros where the signal has none. */
static void load_block(const element *x, size_t n, ptrdiff_t first, size_t length, element *out) {
    size_t before = first < 0 ? (size_t)-first : 0;
    size_t from = first < 0 ? 0 : (size_t)first, there = from < n ? n - from : 0;
    size_t copied = there < length - before ? there : length - before;
    memset(out, 0, before * sizeof *out);
    memcpy(out + before, x + from, copied * sizeof *out);
    memset(out + before + copied, 0, (length - before - copied) * sizeof *out);
}

/* y = x * h, full. */
void handmade_fftw_run(const overlap_save *s, const element *x, size_t n, element *y) {
    const transform *t = s->transform;
    size_t m = s->taps, count = n + m - 1, step = t->length - m + 1;
    for (size_t i = 0; i < count; i += step) {
        load_block(x, n, (ptrdiff_t)i - (ptrdiff_t)(m - 1), t->length, t->time);
        FFTW(execute)(t->forward);
        const bin *restrict kernel = s->kernel;
        bin *restrict spectrum = t->spectrum;
        for (size_t b = 0; b < t->bins; b++)
            spectrum[b] *= kernel[b];
        FFTW(execute)(t->backward);
        memcpy(y + i, t->time + m - 1, (step < count - i ? step : count - i) * sizeof *y);
    }
}
#endif
