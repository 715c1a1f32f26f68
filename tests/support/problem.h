/* problem.h - a convolution problem as one line of text.
 *
 * A problem is everything in conv_desc and how the data are made. Its line looks like
 *
 *     c32xf32 n=7,5 m=3,4 same corr edge=reflect,zero preset=matlab method=blocks data=int seed=17
 *
 * that is: the signal's type (and the kernel's, where it differs), then words and key=value pairs
 * in any order. What is not said has the default of conv_desc_init, data=int and seed=1.
 *
 *     full same causal valid circular window    conv corr
 *     n= m= edge= period= origin= start= count= step= xstride= ystride= dx=    one value per axis
 *     value=re,im  preset=  batch= xbatch= ybatch=  threads=  maxwork=  isa=
 *     rule=sum|trapezoid|rectangle|gregory|auto  order=
 *     method=   only this method; without it every method is tried
 *     xalign= halign= yalign=   the buffer lies so many real elements behind a 64-byte boundary
 *     xscale= hscale=           factors on the data
 *     data=int|normal|nonneg|impulse|outer|outerint|steps|stepsint|gauss
 *     bad=s3:nan,k2i:-inf,s*20:inf
 *         sample 3 is NaN, the imaginary part of tap 2 is -Inf, 20 samples drawn by the seed are
 * Inf
 */
#ifndef TESTS_PROBLEM_H
#define TESTS_PROBLEM_H

#include <conv.h>
#include <stdbool.h>
#include <stdint.h>

enum { PROBLEM_MAX_BAD = 16, PROBLEM_TEXT = 2048 };

typedef enum data_kind {
    DATA_INT = 0,   /* integers -4..4, so that sums are exact */
    DATA_NORMAL,    /* standard normal */
    DATA_NONNEG,    /* uniform in 0..1 */
    DATA_IMPULSE,   /* zeros and a few ones */
    DATA_OUTER,     /* normal; the kernel is an outer product */
    DATA_OUTER_INT, /* integers; the kernel is an outer product of -2..2 */
    DATA_STEPS,     /* normal; the kernel is an outer product of lines of one to three steps */
    DATA_STEPS_INT, /* integers; the same of -2..2 */
    DATA_GAUSS,     /* uniform in 0..1; the kernel is a Gaussian that reaches 5 sigma */
    DATA_KINDS
} data_kind;

/* One or more non-finite numbers put into the data. */
typedef struct bad_value {
    bool kernel;    /* into the kernel, else the signal */
    bool imaginary; /* into the imaginary part */
    bool random;    /* `index` is a number of places, drawn by the seed */
    size_t index;   /* element, counted without strides, over the batch */
    double value;
} bad_value;

typedef struct problem {
    conv_desc desc;
    bool one_method; /* desc.method was asked for by name */
    data_kind data;
    uint64_t seed;
    double signal_scale, kernel_scale;
    size_t signal_align, kernel_align, output_align;
    int bad_count;
    bad_value bad[PROBLEM_MAX_BAD];
} problem;

/* Defaults of conv_desc_init, the kernel's type set. */
void problem_init(problem *p, conv_dtype dtype, conv_dtype kernel_dtype, int rank, const size_t *n,
                  const size_t *m, conv_mode mode);

/* Appends a non-finite value; ignored where the list is full. */
void problem_add_bad(problem *p, bool kernel, bool imaginary, size_t index, double value);

/* Writes the line; as snprintf. */
size_t problem_print(const problem *p, char *text, size_t size);

/* Reads a line. On failure `wrong` (at least 64 bytes) names the part that was not understood. */
bool problem_parse(problem *p, const char *text, char *wrong);

const char *method_name(conv_method method);
const char *type_name(conv_dtype dtype, conv_dtype kernel_dtype);
bool type_is_complex(conv_dtype dtype);
bool type_is_single(conv_dtype dtype);
size_t type_size(conv_dtype dtype);

/* The six pairs of a signal's and a kernel's type. */
enum { TYPE_PAIRS = 6 };
extern const conv_dtype type_pairs[TYPE_PAIRS][2];

#endif
