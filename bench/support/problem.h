/* A problem to time: what a row of the grid or the command line describes, and its data. */
#ifndef BENCH_PROBLEM_H
#define BENCH_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "conv.h"

#define BENCH_MAX_RANK 3

/* Element types of signal and kernel; the last two are complex signals with real kernels. */
typedef enum {
    BENCH_F32,
    BENCH_F64,
    BENCH_C32,
    BENCH_C64,
    BENCH_C32R,
    BENCH_C64R,
    BENCH_TYPES
} bench_type;

typedef struct {
    bench_type type;
    int rank;
    size_t signal[BENCH_MAX_RANK], kernel[BENCH_MAX_RANK];
    conv_mode mode;
    conv_boundary edge;
    bool separable; /* the kernel is an outer product, to rounding */
    conv_rule rule; /* TRAPEZOID: samples of exp(-x) and 2 exp(-2x), judged by the integral */
    size_t batch;   /* signals of one execution; 0 means 1 */
    int threads;
    conv_isa isa;
} bench_problem;

/* The arrays of a problem, of magnitudes near 1 so that nothing is zero or denormal. Samples and
 * outputs are one signal's; x and y hold the batch. */
typedef struct {
    size_t samples, taps, outputs, batch;
    size_t output[BENCH_MAX_RANK];
    double spacing;
    void *x, *h, *y;
    double signal_norm, kernel_norm; /* of the values, 2-norms */
} bench_data;

bool bench_is_double(bench_type type);
bool bench_is_complex(bench_type type);
bool bench_has_complex_kernel(bench_type type);
size_t bench_type_size(bench_type type);
/* Real multiply-adds of one tap on one sample: 1, 2 or 4. */
int bench_type_products(bench_type type);

const char *bench_type_name(bench_type type);
const char *bench_mode_name(conv_mode mode);
const char *bench_edge_name(conv_boundary edge);
const char *bench_method_name(conv_method method);

/* "1024x1024 * 7x7 f32 same reflect" */
void bench_problem_text(const bench_problem *problem, char *text, size_t size);

/* The arguments that make convbench run this problem alone. */
void bench_problem_arguments(const bench_problem *problem, char *text, size_t size);

void bench_problem_desc(const bench_problem *problem, conv_method method, conv_desc *desc);

/* false where there is no such output or no memory. */
bool bench_data_make(const bench_problem *problem, bench_data *data);
void bench_data_free(bench_data *data);

/* Element i of an array of that type, re and im. */
void bench_element(bool is_double, bool is_complex, const void *array, size_t i, double value[2]);

#endif
