/* The canonical problem: per axis a signal extent, a kernel extent, an extension rule and an output
 * lattice. A description becomes one problem; everything below the plan sees only problems. */
#ifndef CONV_PROBLEM_PROBLEM_H
#define CONV_PROBLEM_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "conv.h"
#include "base/elements.h"
#include "base/span.h"

/* How X(j) continues outside 0..n-1: the rules of conv_boundary, and the zero-padded period. */
typedef enum {
    CONV_EXTEND_ZERO = CONV_ZERO,
    CONV_EXTEND_CONSTANT = CONV_CONSTANT,
    CONV_EXTEND_NEAREST = CONV_NEAREST,
    CONV_EXTEND_WRAP = CONV_WRAP,
    CONV_EXTEND_REFLECT = CONV_REFLECT,
    CONV_EXTEND_MIRROR = CONV_MIRROR,
    CONV_EXTEND_PERIOD /* n samples, then period - n absent ones, repeated */
} conv_extension;

typedef struct {
    size_t n, m;     /* signal and kernel extent */
    ptrdiff_t start; /* output i is output start + i*step of the full convolution */
    size_t count, step;
    conv_extension extension;
    size_t period; /* WRAP, PERIOD: X(j) = X(j + period) */
    ptrdiff_t signal_stride, output_stride;
    int ends; /* samples at each end of the signal that carry a weight: only with EXTEND_ZERO */
    const double *end_weight; /* a constant table, from the end inwards */
    int tap_ends;             /* the same for the kernel */
    const double *tap_end_weight;
    bool plain; /* a sum, whatever the rule of the others */
} conv_axis;

/* The weight of element index of extent, `ends` of which are weighted at either end. Where the ends
 * meet their departures from 1 add up, as the corrections do that they stand for. */
double conv_end_weight(size_t extent, int ends, const double *end_weight, size_t index);

/* CIRCULAR with a period below the extent: the signal is first folded to the period. The problem's
 * axes then describe the folded signal, and this the one that the caller has. */
typedef struct {
    bool needed;
    size_t extent[CONV_MAX_RANK];
    ptrdiff_t stride[CONV_MAX_RANK];
    size_t samples; /* of the folded signal */
} conv_fold;

typedef struct {
    conv_dtype dtype, kernel_dtype;
    conv_leaf_type leaf;
    const conv_element_kernels *elements;
    int rank;
    conv_axis axis[CONV_MAX_RANK];
    double fill[2];        /* EXTEND_CONSTANT */
    double factor;         /* of every tap: the product of the grid spacings */
    bool kernel_reversed;  /* correlation */
    bool kernel_conjugate; /* correlation with a complex kernel */
    size_t batch;
    ptrdiff_t signal_batch_stride, output_batch_stride; /* elements */
    size_t taps, outputs;                               /* products over the axes, without batch */
    conv_fold fold;
    conv_span signal_span, output_span; /* whole batch */
} conv_problem;

/* The place on the axis' lattice of output k of the full convolution; false where it is none. */
bool conv_lattice_index(const conv_axis *axis, ptrdiff_t k, size_t *index);

/* desc: enumerators, rank and struct_size are known to be good; sizes are checked here. */
conv_status conv_problem_init(conv_problem *problem, const conv_desc *desc);

/* The same of a description as conv_desc_init leaves it, in a mode other than WINDOW: what most
 * one-shot calls are, some of which take less time than filling a description and reading it. */
conv_status conv_problem_plain(conv_problem *problem, conv_dtype dtype, int rank,
                               const size_t *signal, const size_t *kernel, conv_mode mode);

/* The types become those in double, and nothing else changes. */
void conv_problem_widen(conv_problem *problem);

/* Row-major strides of a contiguous array. */
void conv_contiguous_strides(int rank, const size_t *extent, ptrdiff_t *stride);

#endif
