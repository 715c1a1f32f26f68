#include "sums.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What one operation in long double rounds by. */
#define ROUNDING ((double)LDBL_EPSILON / 2)

/* Every product and sum in long double. */
static void sum_all(bench_sums *sums) {
    for (size_t k = 0; k < sums->outputs; k++) {
        size_t first = k + 1 > sums->m ? k + 1 - sums->m : 0;
        size_t last = k < sums->n ? k : sums->n - 1;
        long double value = 0, magnitude = 0;
        for (size_t i = first; i <= last; i++) {
            long double product = (long double)sums->x[i] * sums->h[k - i];
            value += product;
            magnitude += fabsl(product);
        }
        sums->exact[k] = value;
        sums->magnitude[k] = magnitude;
    }
    sums->rounding = (double)(sums->n < sums->m ? sums->n : sums->m) * ROUNDING;
}

void bench_sums_to_single(bench_sums *sums) {
    for (size_t i = 0; i < sums->n; i++)
        sums->x[i] = (float)sums->x[i];
    for (size_t i = 0; i < sums->m; i++)
        sums->h[i] = (float)sums->h[i];
    sum_all(sums);
}

/* The probabilities p_k of a law, each from the one before: p_0 and p_{k+1} / p_k. */
typedef struct {
    long double first;
    long double (*ratio)(long double k, long double a, long double b);
    long double a, b;
} law;

static long double poisson_ratio(long double k, long double mean, long double unused) {
    (void)unused;
    return mean / (k + 1);
}

static long double binomial_ratio(long double k, long double trials, long double odds) {
    return (trials - k) / (k + 1) * odds;
}

static long double geometric_ratio(long double k, long double repeats, long double fail) {
    return (k + repeats) / (k + 1) * fail;
}

static law poisson(long double mean) {
    return (law){expl(-mean), poisson_ratio, mean, 0};
}

static law binomial(long double trials) {
    return (law){powl(0.7L, trials), binomial_ratio, trials, 3.0L / 7};
}

/* Failures before so many successes. */
static law geometric(long double repeats) {
    return (law){powl(0.02L, repeats), geometric_ratio, repeats, 0.98L};
}

static void fill_law(bench_sums *sums, law x, law h, law y) {
    long double p = x.first, q = h.first, r = y.first;
    for (size_t k = 0; k < sums->outputs; k++) {
        if (k < sums->n)
            sums->x[k] = (double)p;
        if (k < sums->m)
            sums->h[k] = (double)q;
        sums->exact[k] = sums->magnitude[k] = r;
        p *= x.ratio((long double)k, x.a, x.b);
        q *= h.ratio((long double)k, h.a, h.b);
        r *= y.ratio((long double)k, y.a, y.b);
    }
    /* Two roundings to double, and the long ones of the recurrence. */
    sums->rounding = 2 * 0x1p-53 + 6 * (double)sums->outputs * ROUNDING;
}

static void fill_normal(bench_sums *sums) {
    for (size_t i = 0; i < sums->n; i++) {
        double z = ((double)i - 1000) / 50;
        sums->x[i] = sums->h[i] = exp(-z * z / 2) * 0.3989422804014327;
    }
    sum_all(sums);
}

static uint64_t next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Uniform, in -2^(bits-1) .. 2^(bits-1); unless integers, over that to be in -1 .. 1. */
static void fill_noise(bench_sums *sums, int bits) {
    uint64_t state = 0x9E3779B97F4A7C15u;
    double half = ldexp(1, bits - 1), unit = sums->integers ? 1 : half;
    for (size_t i = 0; i < sums->n; i++)
        sums->x[i] = ((double)(next(&state) >> (64 - bits)) - half) / unit;
    for (size_t i = 0; i < sums->m; i++)
        sums->h[i] = ((double)(next(&state) >> (64 - bits)) - half) / unit;
    sum_all(sums);
}

static void fill_ones(bench_sums *sums) {
    for (size_t i = 0; i < sums->n; i++)
        sums->x[i] = 1;
    for (size_t i = 0; i < sums->m; i++)
        sums->h[i] = 1;
    for (size_t k = 0; k < sums->outputs; k++) {
        size_t rise = k + 1, fall = sums->outputs - k, flat = sums->m;
        size_t count = rise < fall ? rise : fall;
        sums->exact[k] = sums->magnitude[k] = (long double)(count < flat ? count : flat);
    }
    sums->rounding = 0;
}

static void fill(bench_sums *sums, int which) {
    switch (which) {
    case 0:
        fill_law(sums, poisson(40), poisson(60), poisson(100));
        break;
    case 1:
        fill_law(sums, binomial(200), binomial(300), binomial(500));
        break;
    case 2:
        fill_law(sums, geometric(1), geometric(1), geometric(2));
        break;
    case 3:
        fill_normal(sums);
        break;
    case 4:
        fill_noise(sums, 40);
        break;
    case 5:
        fill_ones(sums);
        break;
    default:
        fill_noise(sums, 18);
        break;
    }
}

bool bench_sums_make(bench_sums *sums, int which) {
    static const bench_sums sets[BENCH_SUMS] = {
        {.name = "Poisson(40) * Poisson(60)", .mode = CONV_CAUSAL, .n = 400, .m = 400},
        {.name = "binomial(200) * binomial(300), 0.3", .mode = CONV_FULL, .n = 201, .m = 301},
        {.name = "geometric(0.02) * the same", .mode = CONV_CAUSAL, .n = 8000, .m = 8000},
        {.name = "N(0,1) * N(0,1) on [-20,20]", .mode = CONV_FULL, .n = 2001, .m = 2001},
        {.name = "white noise", .mode = CONV_FULL, .n = 4096, .m = 1024},
        {.name = "ones * ones", .mode = CONV_FULL, .n = 3000, .m = 2000, .integers = true},
        {.name = "integers of 18 bits", .mode = CONV_FULL, .n = 4096, .m = 4096, .integers = true},
    };
    *sums = sets[which];
    sums->outputs = conv_output_extent(sums->n, sums->m, sums->mode);
    sums->x = malloc(sums->n * sizeof *sums->x);
    sums->h = malloc(sums->m * sizeof *sums->h);
    sums->exact = malloc(sums->outputs * sizeof *sums->exact);
    sums->magnitude = malloc(sums->outputs * sizeof *sums->magnitude);
    if (!sums->x || !sums->h || !sums->exact || !sums->magnitude) {
        bench_sums_free(sums);
        return false;
    }
    fill(sums, which);
    return true;
}

void bench_sums_free(bench_sums *sums) {
    free(sums->x);
    free(sums->h);
    free(sums->exact);
    free(sums->magnitude);
    memset(sums, 0, sizeof *sums);
}
