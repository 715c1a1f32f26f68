#include "problem.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool bench_is_double(bench_type type) {
    return type == BENCH_F64 || type == BENCH_C64 || type == BENCH_C64R;
}

bool bench_is_complex(bench_type type) {
    return type >= BENCH_C32;
}

bool bench_has_complex_kernel(bench_type type) {
    return type == BENCH_C32 || type == BENCH_C64;
}

size_t bench_type_size(bench_type type) {
    return (bench_is_double(type) ? sizeof(double) : sizeof(float)) *
           (bench_is_complex(type) ? 2 : 1);
}

int bench_type_products(bench_type type) {
    return bench_has_complex_kernel(type) ? 4 : bench_is_complex(type) ? 2 : 1;
}

const char *bench_type_name(bench_type type) {
    static const char *const names[] = {"f32", "f64", "c32", "c64", "c32r", "c64r"};
    return names[type];
}

const char *bench_mode_name(conv_mode mode) {
    static const char *const names[] = {"full", "same", "causal", "valid", "circular", "window"};
    return names[mode];
}

const char *bench_edge_name(conv_boundary edge) {
    static const char *const names[] = {"zero", "constant", "nearest", "wrap", "reflect", "mirror"};
    return names[edge];
}

const char *bench_method_name(conv_method method) {
    static const char *const names[] = {"auto",   "direct", "separable",
                                        "blocks", "fft",    "reference"};
    return names[method];
}

static void shape_text(int rank, const size_t *shape, char text[64]) {
    int length = 0;
    text[0] = 0;
    for (int d = 0; d < rank && length < 60; d++)
        length += snprintf(text + length, 64 - (size_t)length, d ? "x%zu" : "%zu", shape[d]);
}

void bench_problem_text(const bench_problem *problem, char *text, size_t size) {
    char signal[64], kernel[64], batch[32] = "";
    shape_text(problem->rank, problem->signal, signal);
    shape_text(problem->rank, problem->kernel, kernel);
    if (problem->batch > 1)
        snprintf(batch, sizeof batch, "%zu of ", problem->batch);
    snprintf(text, size, "%s%s * %s%s %s %s%s%s%s", batch, signal, kernel,
             problem->separable ? " sep" : "", bench_type_name(problem->type),
             bench_mode_name(problem->mode), problem->edge == CONV_ZERO ? "" : " ",
             problem->edge == CONV_ZERO ? "" : bench_edge_name(problem->edge),
             problem->rule == CONV_RULE_TRAPEZOID ? " trapezoid" : "");
}

void bench_problem_arguments(const bench_problem *problem, char *text, size_t size) {
    static const char *const levels[] = {"", " --isa baseline", " --isa v3", " --isa v4"};
    char signal[64], kernel[64], edge[32] = "", threads[32] = "", batch[32] = "";
    shape_text(problem->rank, problem->signal, signal);
    shape_text(problem->rank, problem->kernel, kernel);
    if (problem->edge != CONV_ZERO)
        snprintf(edge, sizeof edge, " --edge %s", bench_edge_name(problem->edge));
    if (problem->threads != 1)
        snprintf(threads, sizeof threads, " --threads %d", problem->threads);
    if (problem->batch > 1)
        snprintf(batch, sizeof batch, " --batch %zu", problem->batch);
    snprintf(text, size, "--signal %s --kernel %s --type %s --mode %s%s%s%s%s%s%s", signal, kernel,
             bench_type_name(problem->type), bench_mode_name(problem->mode), edge,
             problem->separable ? " --separable" : "",
             problem->rule == CONV_RULE_TRAPEZOID ? " --trapezoid" : "", batch, threads,
             levels[problem->isa]);
}

/* The trapezoidal rows cover [0, 5] with the longer of the two. */
static double spacing_of(const bench_problem *problem) {
    size_t longest = 2;
    if (problem->rule != CONV_RULE_TRAPEZOID)
        return 1;
    for (int d = 0; d < problem->rank; d++) {
        longest = problem->signal[d] > longest ? problem->signal[d] : longest;
        longest = problem->kernel[d] > longest ? problem->kernel[d] : longest;
    }
    /* A short number in binary, so that float and double mean the same grid. */
    return ldexp(rint(ldexp(5.0 / (double)(longest - 1), 30)), -30);
}

void bench_problem_desc(const bench_problem *problem, conv_method method, conv_desc *desc) {
    static const conv_dtype types[] = {CONV_F32, CONV_F64, CONV_C32, CONV_C64, CONV_C32, CONV_C64};
    conv_desc_init(desc, types[problem->type], problem->rank, problem->signal, problem->kernel,
                   problem->mode);
    if (problem->type == BENCH_C32R)
        desc->kernel_dtype = CONV_F32;
    if (problem->type == BENCH_C64R)
        desc->kernel_dtype = CONV_F64;
    desc->rule = problem->rule;
    for (int d = 0; d < problem->rank; d++) {
        desc->boundary[d] = problem->edge;
        if (problem->rule != CONV_RULE_SUM)
            desc->spacing[d] = spacing_of(problem);
    }
    desc->boundary_value[0] = 0.75;
    desc->method = method;
    desc->batch = problem->batch ? problem->batch : 1;
    desc->threads = problem->threads;
    desc->isa = problem->isa;
}

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A random sign and a magnitude in [1/2, 3/2). */
static double random_value(uint64_t *state) {
    uint64_t bits = next_random(state);
    double magnitude = 0.5 + (double)(bits >> 11) * 0x1p-53;
    return bits & 1 ? magnitude : -magnitude;
}

static void put(bool is_double, void *array, size_t i, double value) {
    if (is_double)
        ((double *)array)[i] = value;
    else
        ((float *)array)[i] = (float)value;
}

static void fill_random(bool is_double, void *array, size_t reals, uint64_t seed) {
    for (size_t i = 0; i < reals; i++)
        put(is_double, array, i, random_value(&seed));
}

/* Samples of scale^rank exp(-rate (x + y + ...)) on the grid, imaginary parts 0. */
static void fill_exponential(bool is_double, bool is_complex, void *array, int rank,
                             const size_t *shape, double rate, double spacing) {
    size_t count = 1;
    for (int d = 0; d < rank; d++)
        count *= shape[d];
    for (size_t i = 0; i < count; i++) {
        size_t rest = i, sum = 0;
        for (int d = rank - 1; d >= 0; d--) {
            sum += rest % shape[d];
            rest /= shape[d];
        }
        double value = pow(rate, rank) * exp(-rate * spacing * (double)sum);
        put(is_double, array, is_complex ? 2 * i : i, value);
        if (is_complex)
            put(is_double, array, 2 * i + 1, 0);
    }
}

/* Real factors, one per axis; a complex kernel has the product in both parts. */
static void fill_separable(bool is_double, bool is_complex, void *array, int rank,
                           const size_t *shape) {
    size_t count = 1;
    for (int d = 0; d < rank; d++)
        count *= shape[d];
    for (size_t i = 0; i < count; i++) {
        size_t rest = i;
        double value = 1;
        for (int d = rank - 1; d >= 0; d--) {
            uint64_t seed = 0x9E3779B97F4A7C15u * (1 + rest % shape[d]) + (uint64_t)d;
            next_random(&seed);
            value *= random_value(&seed);
            rest /= shape[d];
        }
        put(is_double, array, is_complex ? 2 * i : i, value);
        if (is_complex)
            put(is_double, array, 2 * i + 1, -0.5 * value);
    }
}

void bench_element(bool is_double, bool is_complex, const void *array, size_t i, double value[2]) {
    size_t at = is_complex ? 2 * i : i;
    value[0] = is_double ? ((const double *)array)[at] : (double)((const float *)array)[at];
    value[1] = 0;
    if (is_complex)
        value[1] =
            is_double ? ((const double *)array)[at + 1] : (double)((const float *)array)[at + 1];
}

static double norm_of(bool is_double, const void *array, size_t reals) {
    double sum = 0, value[2];
    for (size_t i = 0; i < reals; i++) {
        bench_element(is_double, false, array, i, value);
        sum += value[0] * value[0];
    }
    return sqrt(sum);
}

static void *allocate(size_t bytes) {
    void *memory = aligned_alloc(64, (bytes + 127) & ~(size_t)63);
    if (memory)
        memset(memory, 0, bytes);
    return memory;
}

static void fill(const bench_problem *problem, bench_data *data) {
    bool is_double = bench_is_double(problem->type), is_complex = bench_is_complex(problem->type);
    bool complex_kernel = bench_has_complex_kernel(problem->type);
    size_t reals = data->samples * (is_complex ? 2 : 1);
    size_t tap_reals = data->taps * (complex_kernel ? 2 : 1);
    if (problem->rule == CONV_RULE_TRAPEZOID) {
        fill_exponential(is_double, is_complex, data->x, problem->rank, problem->signal, 1,
                         data->spacing);
        fill_exponential(is_double, complex_kernel, data->h, problem->rank, problem->kernel, 2,
                         data->spacing);
    } else {
        fill_random(is_double, data->x, data->batch * reals, 88172645463325252u);
        if (problem->separable)
            fill_separable(is_double, complex_kernel, data->h, problem->rank, problem->kernel);
        else
            fill_random(is_double, data->h, tap_reals, 362436069362436069u);
    }
    data->signal_norm = norm_of(is_double, data->x, reals);
    data->kernel_norm = norm_of(is_double, data->h, tap_reals);
}

bool bench_data_make(const bench_problem *problem, bench_data *data) {
    size_t shape[CONV_MAX_RANK];
    conv_desc desc;
    *data = (bench_data){.samples = 1,
                         .taps = 1,
                         .outputs = 1,
                         .batch = problem->batch ? problem->batch : 1,
                         .spacing = spacing_of(problem)};
    bench_problem_desc(problem, CONV_METHOD_AUTO, &desc);
    if (conv_output_shape(&desc, shape) != CONV_OK)
        return false;
    for (int d = 0; d < problem->rank; d++) {
        data->samples *= problem->signal[d];
        data->taps *= problem->kernel[d];
        data->outputs *= data->output[d] = shape[d];
    }
    size_t size = bench_type_size(problem->type);
    data->x = allocate(data->batch * data->samples * size);
    data->h = allocate(data->taps * size);
    data->y = allocate(data->batch * data->outputs * size);
    if (!data->x || !data->h || !data->y) {
        bench_data_free(data);
        return false;
    }
    fill(problem, data);
    return true;
}

void bench_data_free(bench_data *data) {
    free(data->x);
    free(data->h);
    free(data->y);
    data->x = data->h = data->y = NULL;
}
