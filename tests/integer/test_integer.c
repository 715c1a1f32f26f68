/* test_integer.c - conv1d_i32, conv1d_i64 and conv2d_i32 against the definition in 192 bits, and
 * against polynomial identities where that would take too long. Every comparison is exact. */
#include "suite.h"

#include <conv.h>
#include <stdbool.h>
#include <stdlib.h>

static const uint64_t prime = ((uint64_t)1 << 61) - 1;
static const int64_t canary = 0x5a5a5a5a5a5a5a5a;

static uint64_t state = 1;

/* xorshift64* (Vigna 2016). */
static uint64_t random_bits(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717u;
}

static size_t random_below(size_t n) {
    return (size_t)(random_bits() >> 11) % n;
}

/* Rows and columns; one row in one dimension. */
typedef struct shape {
    size_t nx[2], nh[2];
    conv_mode mode;
} shape;

static const conv_mode modes[] = {CONV_FULL, CONV_SAME, CONV_CAUSAL, CONV_VALID, CONV_CIRCULAR};
enum { MODES = sizeof modes / sizeof modes[0] };

static size_t output_count(const shape *s) {
    return conv_output_extent(s->nx[0], s->nh[0], s->mode) *
           conv_output_extent(s->nx[1], s->nh[1], s->mode);
}

static size_t start_of(const shape *s, int axis) {
    const size_t n = s->nx[axis], m = s->nh[axis];
    return s->mode == CONV_SAME ? (m - 1) / 2 : s->mode == CONV_VALID ? (n < m ? n : m) - 1 : 0;
}

/* Where the signal's sample at - k lies; false outside. */
static bool sample_index(const shape *s, int axis, size_t at, size_t k, size_t *j) {
    const size_t n = s->nx[axis];
    if (s->mode == CONV_CIRCULAR) {
        *j = (at + n * ((k + n - 1) / n) - k) % n;
        return true;
    }
    *j = at - k;
    return k <= at && at - k < n;
}

/* A sum of products in digits of 32 bits, each of which is the sum of digits of up to 2^31
 * products.
 */
typedef struct total {
    int64_t digit[6];
} total;

static void add_product(total *sum, int64_t a, int64_t b) {
    const uint64_t ua = a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
    const uint64_t ub = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
    const int64_t sign = (a < 0) == (b < 0) ? 1 : -1;
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
            const uint64_t p = (ua >> 32 * i & UINT32_MAX) * (ub >> 32 * j & UINT32_MAX);
            sum->digit[i + j] += sign * (int64_t)(p & UINT32_MAX);
            sum->digit[i + j + 1] += sign * (int64_t)(p >> 32);
        }
    }
}

/* Digits from 0 to 2^32 - 1, but for the last, which has the sign; false where the sum is no
 * int64_t. */
static bool total_value(total sum, int64_t *y) {
    for (int i = 0; i < 5; i++) {
        int64_t rest = sum.digit[i] % ((int64_t)1 << 32);
        rest += rest < 0 ? (int64_t)1 << 32 : 0;
        sum.digit[i + 1] += (sum.digit[i] - rest) / ((int64_t)1 << 32);
        sum.digit[i] = rest;
    }
    *y = (int64_t)((uint64_t)sum.digit[1] << 32 | (uint64_t)sum.digit[0]);
    const int64_t above = *y < 0 ? UINT32_MAX : 0;
    return sum.digit[2] == above && sum.digit[3] == above && sum.digit[4] == above &&
           sum.digit[5] == (*y < 0 ? -1 : 0);
}

/* One output by the definition; false where it does not fit. */
static bool oracle(const shape *s, const int64_t *x, const int64_t *h, size_t row, size_t col,
                   int64_t *y) {
    total sum = {{0}};
    for (size_t a = 0; a < s->nh[0]; a++) {
        for (size_t b = 0; b < s->nh[1]; b++) {
            size_t i, j;
            if (sample_index(s, 0, start_of(s, 0) + row, a, &i) &&
                sample_index(s, 1, start_of(s, 1) + col, b, &j)) {
                add_product(&sum, x[i * s->nx[1] + j], h[a * s->nh[1] + b]);
            }
        }
    }
    return total_value(sum, y);
}

typedef enum kind { I32, I64, I32_PLANE, KINDS } kind;

static conv_status run(kind which, const shape *s, const int64_t *x, const int64_t *h, int64_t *y) {
    if (which == I64) {
        return conv1d_i64(x, s->nx[1], h, s->nh[1], s->mode, y);
    }
    const size_t samples = s->nx[0] * s->nx[1], taps = s->nh[0] * s->nh[1];
    int32_t *const x32 = malloc(samples * sizeof *x32), *const h32 = malloc(taps * sizeof *h32);
    assert_non_null(x32);
    assert_non_null(h32);
    for (size_t i = 0; i < samples; i++) {
        x32[i] = (int32_t)x[i];
    }
    for (size_t i = 0; i < taps; i++) {
        h32[i] = (int32_t)h[i];
    }
    const conv_status status =
        which == I32 ? conv1d_i32(x32, s->nx[1], h32, s->nh[1], s->mode, y)
                     : conv2d_i32(x32, s->nx[0], s->nx[1], h32, s->nh[0], s->nh[1], s->mode, y);
    free(x32);
    free(h32);
    return status;
}

typedef struct tally {
    unsigned exact, range;
} tally;

static void fail_at(const char *what, kind which, const shape *s, uint64_t seed, size_t output) {
    fail_msg("%s: kind %d, x %zu x %zu, h %zu x %zu, mode %d, generator state %llu, output %zu",
             what, (int)which, s->nx[0], s->nx[1], s->nh[0], s->nh[1], (int)s->mode,
             (unsigned long long)seed, output);
}

/* Every output against the definition, and nothing written where one does not fit. */
static void compare(kind which, const shape *s, const int64_t *x, const int64_t *h, uint64_t seed,
                    tally *seen) {
    const size_t count = output_count(s), cols = conv_output_extent(s->nx[1], s->nh[1], s->mode);
    int64_t *const y = malloc((count + 2) * sizeof *y), *const want = malloc(count * sizeof *want);
    bool fits = true;
    assert_non_null(y);
    assert_non_null(want);
    for (size_t i = 0; i < count + 2; i++) {
        y[i] = canary;
    }
    for (size_t i = 0; i < count; i++) {
        fits &= oracle(s, x, h, i / cols, i % cols, &want[i]);
    }
    const conv_status status = run(which, s, x, h, y + 1);
    if (status != (fits ? CONV_OK : CONV_ERR_RANGE)) {
        fail_at(conv_status_string(status), which, s, seed, 0);
    }
    if (y[0] != canary || y[count + 1] != canary) {
        fail_at("written beside y", which, s, seed, 0);
    }
    for (size_t i = 0; i < count; i++) {
        if (y[i + 1] != (fits ? want[i] : canary)) {
            fail_at(fits ? "wrong" : "written on error", which, s, seed, i);
        }
    }
    if (!fits && conv_last_error()[0] == '\0') {
        fail_at("no sentence", which, s, seed, 0);
    }
    *(fits ? &seen->exact : &seen->range) += 1;
    free(y);
    free(want);
}

/* style 0: signed, all of `bits` bits; 1: not below 0; 2: mostly 0; 3: the largest magnitudes. */
enum { STYLES = 4 };

static void fill(int64_t *x, size_t n, int bits, int style) {
    for (size_t i = 0; i < n; i++) {
        const int64_t value = bits == 0 ? 0 : (int64_t)(random_bits() >> (64 - bits));
        const bool negative = random_bits() >> 63;
        x[i] = negative ? -value - (int64_t)(random_bits() >> 63) : value;
        if (style == 1) {
            x[i] = value;
        } else if (style == 2 && random_below(16) != 0) {
            x[i] = 0;
        } else if (style == 3) {
            const int64_t top = bits == 63 ? INT64_MAX : ((int64_t)1 << bits) - 1;
            x[i] = negative ? -top - 1 : top;
        }
    }
}

static void compare_random(kind which, const shape *s, int x_bits, int h_bits, tally *seen) {
    const uint64_t seed = state;
    const size_t samples = s->nx[0] * s->nx[1], taps = s->nh[0] * s->nh[1];
    int64_t *const x = malloc(samples * sizeof *x), *const h = malloc(taps * sizeof *h);
    assert_non_null(x);
    assert_non_null(h);
    fill(x, samples, x_bits, (int)random_below(STYLES));
    fill(h, taps, h_bits, (int)random_below(STYLES));
    compare(which, s, x, h, seed, seen);
    free(x);
    free(h);
}

static int random_magnitude(kind which) {
    return (int)random_below(which == I64 ? 64 : 32);
}

static void small_shapes_in_every_mode(void **unused) {
    (void)unused;
    tally seen = {0, 0};
    state = test_seed(1);
    for (size_t n = 1; n <= 9; n++) {
        for (size_t m = 1; m <= 20; m++) {
            for (int mode = 0; mode < MODES; mode++) {
                const shape s = {{1, n}, {1, m}, modes[mode]};
                for (int i = 0; i < 4; i++) {
                    compare_random(I32, &s, random_magnitude(I32), random_magnitude(I32), &seen);
                    compare_random(I64, &s, random_magnitude(I64), random_magnitude(I64), &seen);
                }
            }
        }
    }
    for (size_t i = 0; i < 4 * 4 * 5 * 5 * MODES; i++) {
        const shape s = {
            {1 + i % 4, 1 + i / 4 % 4}, {1 + i / 16 % 5, 1 + i / 80 % 5}, modes[i / 400 % MODES]};
        if (s.mode == CONV_VALID && (s.nx[0] < s.nh[0]) != (s.nx[1] < s.nh[1]) &&
            s.nx[0] != s.nh[0] && s.nx[1] != s.nh[1]) {
            continue;
        }
        compare_random(I32_PLANE, &s, random_magnitude(I32), random_magnitude(I32), &seen);
    }
    print_message("# small: %u exact, %u out of range\n", seen.exact, seen.range);
    assert_true(seen.exact > 0 && seen.range > 0);
}

/* Large enough for sums of pieces, by the direct sum and by transforms. */
static void random_shapes(void **unused) {
    (void)unused;
    tally seen = {0, 0};
    state = test_seed(2);
    for (unsigned i = 0; i < test_count(300); i++) {
        const kind which = (kind)random_below(KINDS);
        const size_t limit = which == I32_PLANE ? 70 : 2500;
        const size_t taps = random_below(3) ? limit / 12 : limit;
        shape s = {{1, 1 + random_below(limit)}, {1, 1 + random_below(taps)}, modes[i % MODES]};
        if (which == I32_PLANE) {
            s.nx[0] = 1 + random_below(limit);
            s.nh[0] = 1 + random_below(taps);
            if (s.mode == CONV_VALID) {
                s.nx[0] += s.nh[0];
                s.nx[1] += s.nh[1];
            }
        }
        int x_bits = random_magnitude(which), h_bits = random_magnitude(which);
        /* Every other one such that most sums fit. */
        if (i % 2 == 0 && x_bits + h_bits > 56) {
            h_bits = x_bits > 56 ? 0 : 56 - x_bits;
        }
        compare_random(which, &s, x_bits, h_bits, &seen);
    }
    print_message("# random: %u exact, %u out of range\n", seen.exact, seen.range);
    assert_true(seen.exact > 0 && seen.range > 0);
}

/* An outer product, which separable sums are not accurate enough for and the others are. */
static void outer_product(void **unused) {
    (void)unused;
    enum { N = 40, M = 31 };
    const shape s = {{N, N}, {M, M}, CONV_SAME};
    static int64_t x[N * N], h[M * M];
    tally seen = {0, 0};
    state = test_seed(6);
    for (size_t i = 0; i < (size_t)N * N; i++) {
        x[i] = random_bits() >> 63 ? 131071 : -131071;
    }
    for (size_t i = 0; i < (size_t)M * M; i++) {
        h[i] = (int64_t)((300 + i / M % 3) * (310 + i % M % 2));
    }
    compare(I32_PLANE, &s, x, h, state, &seen);
    assert_int_equal(seen.exact, 1);
}

/* ---- the border of the range ---- */

static void few_terms_at_the_border(void **unused) {
    (void)unused;
    const int64_t half = (int64_t)1 << 62;
    const struct {
        int64_t x[4], h[4];
        conv_status status;
        int64_t y;
    } cases[] = {
        {{half, half - 1, 0, 0}, {1, 1, 1, 1}, CONV_OK, INT64_MAX},
        {{half, half, 0, 0}, {1, 1, 1, 1}, CONV_ERR_RANGE, 0},
        {{-half, -half, 0, 0}, {1, 1, 1, 1}, CONV_OK, INT64_MIN},
        {{-half, -half, 0, -1}, {1, 1, 1, 1}, CONV_ERR_RANGE, 0},
        {{INT64_MIN, 0, 0, 0}, {1, 1, 1, 1}, CONV_OK, INT64_MIN},
        {{INT64_MIN, 0, 0, 0}, {-1, 1, 1, 1}, CONV_ERR_RANGE, 0},
        {{INT64_MIN, 1, 0, 0}, {-1, -1, 1, 1}, CONV_OK, INT64_MAX},
        {{INT64_MAX, INT64_MAX, -INT64_MAX, 0}, {1, 1, 1, 1}, CONV_OK, INT64_MAX},
        {{INT64_MIN, INT64_MIN, INT64_MAX, 0}, {1, 1, 1, 1}, CONV_ERR_RANGE, 0},
        {{INT64_MIN, INT64_MIN, INT64_MAX, 1}, {1, 1, 1, 1}, CONV_OK, INT64_MIN},
        /* Parts of the sum beyond 2^127, and a sum of 2^128 that two words take for 0. */
        {{INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN},
         {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN},
         CONV_ERR_RANGE,
         0},
        {{INT64_MIN, INT64_MIN, INT64_MAX, INT64_MAX},
         {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN},
         CONV_ERR_RANGE,
         0},
        {{INT64_MAX, INT64_MAX, -INT64_MAX, -INT64_MAX},
         {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN},
         CONV_OK,
         0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t reversed[4], y = canary;
        for (size_t k = 0; k < 4; k++) {
            reversed[k] = cases[i].h[3 - k];
        }
        const conv_status status = conv1d_i64(cases[i].x, 4, reversed, 4, CONV_VALID, &y);
        if (status != cases[i].status || y != (status == CONV_OK ? cases[i].y : canary)) {
            fail_msg("case %zu: %s, y = %lld", i, conv_status_string(status), (long long)y);
        }
    }
    /* (-2^31)^2 + (-2^31)^2 = 2^63, and less one sample's tap. */
    const int32_t lowest[2] = {INT32_MIN, INT32_MIN}, lower[2] = {INT32_MIN + 1, INT32_MIN};
    int64_t y = canary;
    assert_int_equal(conv1d_i32(lowest, 2, lowest, 2, CONV_VALID, &y), CONV_ERR_RANGE);
    assert_true(y == canary);
    assert_int_equal(conv1d_i32(lower, 2, lowest, 2, CONV_VALID, &y), CONV_OK);
    assert_true(y == INT64_MAX - INT32_MAX);
}

/* A constant c against taps that add up to S: every output of VALID is c * S, and the parts of it
 * are as large as the taps make them. Long enough for sums of pieces. */
static void many_terms_at_the_border(void **unused) {
    (void)unused;
    const struct {
        int64_t c, sum;
        int bits;
        conv_status status;
    } cases[] = {
        /* 2^63 - 1 = 7^2 * 73 * 127 * 337 * 92737 * 649657, 2^63 + 1 = 3^3 * 19 * 43 * 5419 *
         * 77158673929. */
        {60247241209, 153092023, 30, CONV_OK},
        {60247241209, 153092023, 50, CONV_OK},
        {188232082384791343, 49, 62, CONV_OK},
        {(int64_t)1 << 36, (int64_t)1 << 27, 30, CONV_ERR_RANGE},
        {(int64_t)1 << 36, (int64_t)1 << 27, 50, CONV_ERR_RANGE},
        {(int64_t)1 << 56, (int64_t)1 << 7, 62, CONV_ERR_RANGE},
        {(int64_t)1 << 36, -((int64_t)1 << 27), 30, CONV_OK},
        {(int64_t)1 << 36, -((int64_t)1 << 27), 50, CONV_OK},
        {(int64_t)1 << 56, -((int64_t)1 << 7), 62, CONV_OK},
        {77158673929, -119537721, 30, CONV_ERR_RANGE},
        {77158673929, -119537721, 50, CONV_ERR_RANGE},
        {17979282722913793, -513, 62, CONV_ERR_RANGE},
        /* Well inside, so that one word holds the sums of pieces whose places go beyond it. */
        {1234567890123, 1234567, 54, CONV_OK},
        {-1234567890123, 1234567, 54, CONV_OK},
    };
    enum { N = 3000, M = 2002, OUTPUTS = N - M + 1 };
    int64_t *const x = malloc(N * sizeof *x), *const h = malloc(M * sizeof *h),
                   *const y = malloc(OUTPUTS * sizeof *y);
    assert_non_null(x);
    assert_non_null(h);
    assert_non_null(y);
    state = test_seed(3);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; j < N; j++) {
            x[j] = cases[i].c;
        }
        /* By threes, so that the pieces of what cancels do not. */
        for (size_t k = 0; k + 1 < M; k += 3) {
            h[k] = (int64_t)(random_bits() >> (65 - cases[i].bits));
            h[k + 1] = (int64_t)(random_bits() >> (65 - cases[i].bits));
            h[k + 2] = -h[k] - h[k + 1];
        }
        h[M - 1] = cases[i].sum;
        for (size_t j = 0; j < OUTPUTS; j++) {
            y[j] = canary;
        }
        const conv_status status = conv1d_i64(x, N, h, M, CONV_VALID, y);
        const int64_t want =
            status == CONV_OK ? (int64_t)((uint64_t)cases[i].c * (uint64_t)cases[i].sum) : canary;
        for (size_t j = 0; j < OUTPUTS; j++) {
            if (status != cases[i].status || y[j] != want) {
                fail_msg("case %zu: %s, y[%zu] = %lld", i, conv_status_string(status), j,
                         (long long)y[j]);
            }
        }
    }
    /* 16 * 2^62 * 2^62 = 2^128, which two words take for 0. */
    for (size_t j = 0; j < N; j++) {
        x[j] = (int64_t)1 << 62;
    }
    for (size_t k = 0; k < M; k++) {
        h[k] = k % 126 == 0 ? (int64_t)1 << 62 : 0;
    }
    for (size_t j = 0; j < OUTPUTS; j++) {
        y[j] = canary;
    }
    assert_int_equal(conv1d_i64(x, N, h, M, CONV_VALID, y), CONV_ERR_RANGE);
    for (size_t j = 0; j < OUTPUTS; j++) {
        assert_true(y[j] == canary);
    }
    free(x);
    free(h);
    free(y);
}

/* ---- identities ---- */

/* (1 + z)^n, up to the last whose coefficients all fit. */
static void binomials(void **unused) {
    (void)unused;
    enum { LAST = 66 };
    const int64_t factor[2] = {1, 1};
    int64_t row[LAST + 2] = {1}, pascal[LAST + 2] = {1}, next[LAST + 2];
    for (size_t n = 1; n <= LAST; n++) {
        assert_int_equal(conv1d_i64(row, n, factor, 2, CONV_FULL, next), CONV_OK);
        for (size_t k = n; k > 0; k--) {
            pascal[k] += pascal[k - 1];
        }
        assert_memory_equal(next, pascal, (n + 1) * sizeof *next);
        memcpy(row, next, (n + 1) * sizeof *next);
    }
    assert_int_equal(conv1d_i64(row, LAST + 1, factor, 2, CONV_FULL, next), CONV_ERR_RANGE);
    assert_memory_equal(next, row, (LAST + 1) * sizeof *next);
}

static void ones(void **unused) {
    (void)unused;
    static const size_t lengths[] = {1, 2, 7, 64, 501, 5000};
    enum { LENGTHS = sizeof lengths / sizeof lengths[0], LONGEST = 5000 };
    int32_t *const one = malloc(LONGEST * sizeof *one);
    int64_t *const y = malloc(2 * LONGEST * sizeof *y);
    assert_non_null(one);
    assert_non_null(y);
    for (size_t i = 0; i < LONGEST; i++) {
        one[i] = 1;
    }
    for (size_t i = 0; i < LENGTHS * LENGTHS; i++) {
        const size_t n = lengths[i % LENGTHS], m = lengths[i / LENGTHS];
        assert_int_equal(conv1d_i32(one, n, one, m, CONV_FULL, y), CONV_OK);
        for (size_t k = 0; k < n + m - 1; k++) {
            const size_t rise = k + 1, fall = n + m - 1 - k, top = n < m ? n : m;
            const size_t side = rise < fall ? rise : fall;
            assert_int_equal(y[k], side < top ? side : top);
        }
    }
    free(one);
    free(y);
}

/* a, b < 2^61, in halves of 31 bits: 2^61 is 1, so that 2^62 is 2 and 2^31 of the middle's high
 * part are 1. */
static uint64_t times(uint64_t a, uint64_t b) {
    const uint64_t low = ((uint64_t)1 << 31) - 1, part = ((uint64_t)1 << 30) - 1;
    const uint64_t middle = (a >> 31) * (b & low) + (a & low) * (b >> 31);
    return (2 * (a >> 31) * (b >> 31) + (middle >> 30) + ((middle & part) << 31) +
            (a & low) * (b & low)) %
           prime;
}

/* The polynomial of n coefficients at a point, modulo 2^61 - 1. */
static uint64_t value_at(const int64_t *c, size_t n, uint64_t point) {
    uint64_t value = 0;
    for (size_t i = n; i > 0; i--) {
        const int64_t rest = c[i - 1] % (int64_t)prime;
        value = times(value, point) + (rest < 0 ? prime - (uint64_t)-rest : (uint64_t)rest);
        value %= prime;
    }
    return value;
}

/* y(z) = x(z) h(z) at a random point: a wrong y passes with a probability below 2n / 2^61. */
static void check_identity(kind which, size_t n, size_t m, int x_bits, int h_bits, int style) {
    const uint64_t seed = state;
    const shape s = {{1, n}, {1, m}, CONV_FULL};
    int64_t *const x = malloc(n * sizeof *x), *const h = malloc(m * sizeof *h),
                   *const y = malloc((n + m) * sizeof *y);
    assert_non_null(x);
    assert_non_null(h);
    assert_non_null(y);
    fill(x, n, x_bits, style);
    fill(h, m, h_bits, style);
    const conv_status status = run(which, &s, x, h, y);
    if (status != CONV_OK) {
        fail_at(conv_status_string(status), which, &s, seed, 0);
    }
    const uint64_t point = random_bits() % prime;
    if (value_at(y, n + m - 1, point) != times(value_at(x, n, point), value_at(h, m, point))) {
        fail_at("y(z) is not x(z) h(z)", which, &s, seed, 0);
    }
    for (int i = 0; i < 4; i++) {
        const size_t at = random_below(n + m - 1);
        int64_t want;
        assert_true(oracle(&s, x, h, 0, at, &want));
        if (want != y[at]) {
            fail_at("wrong", which, &s, seed, at);
        }
    }
    free(x);
    free(h);
    free(y);
}

/* Both fit f64 by max * max * n <= 2^52, and transforms of them are wrong all the same: 1626 of
 * scipy.signal.convolve's outputs in the first case, 27116 in the second. */
static void lengths_at_which_rounding_transforms_fails(void **unused) {
    (void)unused;
    state = test_seed(4);
    check_identity(I32, 1 << 16, 1 << 16, 18, 18, 1);
    check_identity(I32, 1 << 20, 1 << 20, 16, 16, 1);
}

static void long_lines(void **unused) {
    (void)unused;
    state = test_seed(5);
    for (int style = 0; style < STYLES; style++) {
        check_identity(I32, 20000, 30000, 23, 23, style);
        check_identity(I32, 50000, 40, 31, 24, style);
        check_identity(I64, 20000, 9000, 40, 8, style);
        check_identity(I64, 9000, 20000, 8, 40, style);
        check_identity(I64, 30000, 30, 55, 2, style);
        check_identity(I64, 5000, 5000, 25, 25, style);
    }
    /* Signs that make sums much smaller than their bound: the range has to be found out. */
    check_identity(I32, 16384, 16384, 27, 27, 0);
    check_identity(I64, 4096, 4096, 40, 14, 0);
    check_identity(I64, 16384, 16384, 35, 18, 3);
}

/* ---- errors ---- */

/* conv1d_f64 and conv2d_f64 answer the same. */
static void errors_are_those_of_f64(void **unused) {
    (void)unused;
    static const size_t extents[] = {0, 1, 2, 3, SIZE_MAX / 2, SIZE_MAX / 16 + 1, SIZE_MAX};
    enum { EXTENTS = sizeof extents / sizeof extents[0] };
    static const int tried[] = {-1, 0, 1, 2, 3, 4, 5, 99};
    enum { TRIED = sizeof tried / sizeof tried[0] };
    static const int32_t x32[9], h32[9];
    static const int64_t x64[9], h64[9];
    static const double xd[9], hd[9];
    int64_t y[25];
    double yd[25];
    unsigned refused[32] = {0};
    for (size_t i = 0; i < (size_t)EXTENTS * EXTENTS * EXTENTS * EXTENTS * TRIED; i++) {
        const size_t nr = extents[i % EXTENTS], nc = extents[i / EXTENTS % EXTENTS],
                     mr = extents[i / EXTENTS / EXTENTS % EXTENTS],
                     mc = extents[i / EXTENTS / EXTENTS / EXTENTS % EXTENTS];
        const conv_mode mode = (conv_mode)tried[i / EXTENTS / EXTENTS / EXTENTS / EXTENTS];
        const size_t *const large[4] = {&nr, &nc, &mr, &mc};
        bool small = true;
        for (int d = 0; d < 4; d++) {
            small &= *large[d] <= 3;
        }
        memset(y, 0x5a, sizeof y);
        /* Where the arrays would be there only in f64's answer. */
        const conv_status plane = conv2d_f64(xd, nr, nc, hd, mr, mc, mode, yd);
        if (plane != CONV_OK || small) {
            const conv_status status = conv2d_i32(x32, nr, nc, h32, mr, mc, mode, y);
            if (status != plane) {
                fail_msg("%zu x %zu, %zu x %zu, mode %d: %d, not %d", nr, nc, mr, mc, (int)mode,
                         (int)status, (int)plane);
            }
            refused[status] += 1;
            for (size_t k = 0; k < 25 && status != CONV_OK; k++) {
                assert_true(y[k] == canary);
            }
        }
        const conv_status line = conv1d_f64(xd, nc, hd, mc, mode, yd);
        if (line != CONV_OK || small) {
            assert_int_equal(conv1d_i32(x32, nc, h32, mc, mode, y), line);
            assert_int_equal(conv1d_i64(x64, nc, h64, mc, mode, y), line);
        }
    }
    assert_true(refused[CONV_OK] > 0);
    assert_true(refused[CONV_ERR_EXTENT] > 0);
    assert_true(refused[CONV_ERR_ENUM] > 0);
    assert_true(refused[CONV_ERR_OVERFLOW] > 0);
    assert_true(refused[CONV_ERR_MIXED_FIT] > 0);
}

static void null_and_alias(void **unused) {
    (void)unused;
    int64_t buffer[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, before[16];
    int32_t *const narrow = (int32_t *)(void *)buffer;
    int64_t other[4] = {1, 1, 1, 1};
    int32_t other32[4] = {1, 1, 1, 1};
    memcpy(before, buffer, sizeof buffer);
    assert_int_equal(conv1d_i64(NULL, 4, other, 2, CONV_SAME, buffer), CONV_ERR_NULL);
    assert_int_equal(conv1d_i64(other, 4, NULL, 2, CONV_SAME, buffer), CONV_ERR_NULL);
    assert_int_equal(conv1d_i64(other, 4, other, 2, CONV_SAME, NULL), CONV_ERR_NULL);
    assert_int_equal(conv1d_i32(NULL, 4, other32, 2, CONV_SAME, buffer), CONV_ERR_NULL);
    assert_int_equal(conv1d_i32(other32, 4, NULL, 2, CONV_SAME, buffer), CONV_ERR_NULL);
    assert_int_equal(conv1d_i32(other32, 4, other32, 2, CONV_SAME, NULL), CONV_ERR_NULL);
    assert_int_equal(conv2d_i32(NULL, 2, 2, other32, 1, 1, CONV_SAME, buffer), CONV_ERR_NULL);
    assert_int_equal(conv2d_i32(other32, 2, 2, NULL, 1, 1, CONV_SAME, buffer), CONV_ERR_NULL);
    assert_int_equal(conv2d_i32(other32, 2, 2, other32, 1, 1, CONV_SAME, NULL), CONV_ERR_NULL);
    /* In place, and by the last or the first element. */
    assert_int_equal(conv1d_i64(buffer, 4, other, 2, CONV_SAME, buffer), CONV_ERR_ALIAS);
    assert_int_equal(conv1d_i64(buffer, 4, other, 2, CONV_SAME, buffer + 3), CONV_ERR_ALIAS);
    assert_int_equal(conv1d_i64(buffer + 3, 4, other, 2, CONV_SAME, buffer), CONV_ERR_ALIAS);
    assert_int_equal(conv1d_i64(other, 4, buffer, 2, CONV_SAME, buffer + 1), CONV_ERR_ALIAS);
    assert_int_equal(conv1d_i32(narrow, 4, other32, 2, CONV_SAME, buffer + 1), CONV_ERR_ALIAS);
    assert_int_equal(conv1d_i32(narrow + 7, 4, other32, 2, CONV_SAME, buffer), CONV_ERR_ALIAS);
    assert_int_equal(conv1d_i32(other32, 4, narrow + 7, 2, CONV_SAME, buffer), CONV_ERR_ALIAS);
    assert_int_equal(conv2d_i32(narrow, 2, 2, other32, 1, 2, CONV_SAME, buffer + 1),
                     CONV_ERR_ALIAS);
    assert_int_equal(conv2d_i32(other32, 2, 2, narrow + 7, 1, 2, CONV_SAME, buffer),
                     CONV_ERR_ALIAS);
    assert_memory_equal(buffer, before, sizeof buffer);
    /* Side by side is fine. */
    assert_int_equal(conv1d_i64(buffer, 4, other, 2, CONV_SAME, buffer + 4), CONV_OK);
    assert_int_equal(conv1d_i32(narrow + 8, 4, other32, 2, CONV_SAME, buffer), CONV_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_shapes_in_every_mode),
        cmocka_unit_test(random_shapes),
        cmocka_unit_test(outer_product),
        cmocka_unit_test(few_terms_at_the_border),
        cmocka_unit_test(many_terms_at_the_border),
        cmocka_unit_test(binomials),
        cmocka_unit_test(ones),
        cmocka_unit_test(lengths_at_which_rounding_transforms_fails),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(errors_are_those_of_f64),
        cmocka_unit_test(null_and_alias),
    };
    return cmocka_run_group_tests_name("integer", tests, NULL, NULL);
}
