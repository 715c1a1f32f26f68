/* fuzz_integers.c - exact sums of integers, against sums modulo 2^128 of which the size is known.
 */
#include "fuzz.h"

#include <conv.h>
#include <string.h>

__extension__ typedef __int128 int128;

enum { MOST = 120, MOST_OUT = 2 * MOST + 2000 };

static int64_t draw_integer(fuzz_input *in, bool narrow) {
    const uint8_t class = fuzz_byte(in);
    const int64_t low = narrow ? INT32_MIN : INT64_MIN;
    const int64_t high = narrow ? INT32_MAX : INT64_MAX;
    switch (class % 6) {
    case 0:
        return 0;
    case 1:
        return class / 6 - 20;
    case 2:
        return low + class / 6;
    case 3:
        return high - class / 6;
    case 4: {
        const int64_t one = (int64_t)1 << (class / 6 * 31 / 42);
        return class & 1 ? -one : one;
    }
    default: {
        const int64_t any = (int64_t)fuzz_word(in);
        return narrow ? (int64_t)(int32_t)any : any >> (class / 6);
    }
    }
}

typedef struct plane {
    size_t rows, cols;
    int64_t value[MOST];
    int32_t narrow[MOST];
} plane;

static void draw_plane(fuzz_input *in, plane *p, bool one_row, bool narrow) {
    p->rows = one_row ? 1 : fuzz_from(in, 1, 6);
    p->cols = one_row ? fuzz_from(in, 1, MOST) : fuzz_from(in, 1, 8);
    for (size_t i = 0; i < p->rows * p->cols; i++) {
        p->value[i] = in->left > 0 ? draw_integer(in, narrow) : (int64_t)(i * 5 % 9) - 4;
        p->narrow[i] = (int32_t)p->value[i];
    }
}

static size_t start_of(size_t n, size_t m, conv_mode mode) {
    return mode == CONV_SAME ? (m - 1) / 2 : mode == CONV_VALID ? (n < m ? n : m) - 1 : 0;
}

static bool find(size_t n, size_t at, size_t tap, conv_mode mode, size_t *j) {
    if (mode == CONV_CIRCULAR) {
        *j = (at + n * ((tap + n - 1) / n) - tap) % n;
        return true;
    }
    *j = at - tap;
    return tap <= at && at - tap < n;
}

/* One output; false where it does not fit. 120 products below 2^126 do not fit 128 bits: so the
 * halves of each product are added by themselves. */
static bool define(const plane *x, const plane *h, conv_mode mode, size_t row, size_t col,
                   int64_t *y) {
    int128 low = 0, high = 0;
    for (size_t a = 0; a < h->rows; a++) {
        for (size_t b = 0; b < h->cols; b++) {
            size_t i, j;
            if (find(x->rows, start_of(x->rows, h->rows, mode) + row, a, mode, &i) &&
                find(x->cols, start_of(x->cols, h->cols, mode) + col, b, mode, &j)) {
                const int128 p = (int128)x->value[i * x->cols + j] * h->value[a * h->cols + b];
                low += (uint64_t)p;
                high += p >> 64;
            }
        }
    }
    high += low >> 64;
    *y = (int64_t)(uint64_t)low;
    return high == (*y < 0 ? -1 : 0);
}

static void check(const plane *x, const plane *h, conv_mode mode, conv_status status,
                  const int64_t *y) {
    const size_t rows = conv_output_extent(x->rows, h->rows, mode);
    const size_t cols = conv_output_extent(x->cols, h->cols, mode);
    bool fits = true;
    int64_t must = 0;
    for (size_t i = 0; i < rows * cols && status == CONV_OK; i++) {
        if (!define(x, h, mode, i / cols, i % cols, &must) || y[i] != must) {
            fuzz_fail("output %zu of mode %d is %lld, must be %lld", i, (int)mode, (long long)y[i],
                      (long long)must);
        }
    }
    for (size_t i = 0; i < rows * cols && status != CONV_OK; i++) {
        fits = define(x, h, mode, i / cols, i % cols, &must) && fits;
        if (y[i] != 0x5A5A5A5A5A5A5A5A) {
            fuzz_fail("status %d, and output %zu is written", (int)status, i);
        }
    }
    if (status != CONV_OK && (status != CONV_ERR_RANGE || fits)) {
        fuzz_fail("status %d, outputs fit: %d; %s", (int)status, fits, conv_last_error());
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static plane x, h;
    static int64_t y[MOST_OUT];
    fuzz_input in = {bytes, size};
    const size_t kind = fuzz_below(&in, 3);
    const conv_mode mode = (conv_mode)fuzz_below(&in, 5);
    memset(y, 0x5A, sizeof y);
    draw_plane(&in, &x, kind != 2, kind != 0);
    draw_plane(&in, &h, kind != 2, kind != 0);
    const bool mixed = (x.rows > h.rows && x.cols < h.cols) || (x.rows < h.rows && x.cols > h.cols);
    conv_status status;
    if (kind == 0) {
        status = conv1d_i64(x.value, x.cols, h.value, h.cols, mode, y);
    } else if (kind == 1) {
        status = conv1d_i32(x.narrow, x.cols, h.narrow, h.cols, mode, y);
    } else {
        status = conv2d_i32(x.narrow, x.rows, x.cols, h.narrow, h.rows, h.cols, mode, y);
    }
    if (mode == CONV_VALID && mixed) {
        if (status != CONV_ERR_MIXED_FIT) {
            fuzz_fail("a mixed fit: status %d", (int)status);
        }
        return 0;
    }
    check(&x, &h, mode, status, y);
    return 0;
}
