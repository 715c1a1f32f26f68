/* What the typed loops of the ring transform offer to its driver, and the geometry both share.
 *
 * A polynomial modulo z^n - s, |s| = 1, splits by the Chinese remainder theorem: with r^2 = s into
 * one modulo z^(n/2) - r and one modulo z^(n/2) + r. Repeated down to single coefficients this is a
 * transform whose spectrum comes out in the order of the tree; a convolution does not care. Within
 * one node the roots are constants of the loop. The angle of node k of 2^L at depth L, in turns, is
 *     angle / 2^L + bit_reversal(k)
 * where angle belongs to the root and bit_reversal(1) = 1/2, bit_reversal(2) = 1/4, ... An axis
 * whose length has an odd factor p of 3, 5, 7 or 9 splits by it first, into a branch modulo z^(n/p)
 * - r for every r with r^p = s, each of which is the root of a tree of its own.
 *
 * Real data x of length N rides as v[n] = x[n] + i x[n + N/2] modulo z^(N/2) - i, which is the ring
 * of real polynomials modulo z^N + 1; complex data are taken modulo z^N - 1. */
#ifndef CONV_FFT_RING_LEAF_H
#define CONV_FFT_RING_LEAF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cpu.h"

enum {
    CONV_RING_DEPTHS = 48, /* more than any length in memory has levels */
    CONV_RING_STEPS = 24,
    CONV_RING_BRANCHES = 9, /* at most */
    /* A level is a table of ROOTS numbers for every node, in blocks of BLOCK nodes: the real and
     * imaginary part of c, c^2 and c^3, c^4 being the node's s, each BLOCK in a row. */
    CONV_RING_BLOCK = 16,
    CONV_RING_ROOTS = 6,
    CONV_RING_ROWS = 32, /* rows that are transformed across lanes together, at most */
    CONV_RING_END = 16,  /* coefficients at which a line goes over to lanes */
    CONV_RING_COLUMN_END = 4
};

typedef struct {
    size_t length; /* complex coefficients */
    size_t taps;   /* of an axis that is not transformed but summed over; 0: transformed */
    int branches;  /* 1, or 3, 5, 7, 9: the first split is by so many */
    size_t branch; /* coefficients of a branch: length / branches */
    size_t stride; /* from branch to branch, >= branch: lines are padded to whole groups */
    size_t row;    /* coefficients of a line of the tile, with what it is padded by */
    bool across;   /* of the last axis: rows lie across lanes */
    bool is_double;
    int angle[CONV_RING_BRANCHES]; /* of the branches, in 1/CONV_RING_TURN turns */
    /* c, c^2 ... of that split; by nine: of the one by three, then of its thirds' */
    double odd[2 * (CONV_RING_BRANCHES - 1)];
    int steps; /* then the splits of a branch, by 2^log_radix each */
    unsigned char log_radix[CONV_RING_STEPS];
    /* Of a branch, at a depth; NULL where not needed. */
    const void *level[CONV_RING_BRANCHES][CONV_RING_DEPTHS];
} conv_ring_axis;

/* Rows that a column of the spectrum has along the axis. */
static inline size_t conv_ring_spectrum_rows(const conv_ring_axis *axis) {
    return axis->taps ? axis->taps : axis->length;
}

typedef enum {
    CONV_RING_FORWARD,
    CONV_RING_INVERSE,
    CONV_RING_CONVOLVE /* forward, times the spectrum, inverse */
} conv_ring_mode;

/* One line of the last axis, in elements of the transform's type. */
typedef struct {
    const void *in;
    size_t in_extent;
    void *out; /* the element out_first goes here */
    size_t out_first, out_count;
    /* So many first and last elements are not those of in, but these: first ones, then last ones.
     */
    size_t ends;
    const void *end_elements;
} conv_ring_io;

/* Rows of the last axis, several at a time: of real elements, two to a coefficient; of complex
 * ones; of real ones in a complex transform. */
typedef enum { CONV_RING_REAL, CONV_RING_COMPLEX, CONV_RING_WIDENED } conv_ring_data;

typedef struct {
    size_t count, in_extent, out_first, out_count;
    const void *in[CONV_RING_ROWS];
    void *out[CONV_RING_ROWS]; /* the element out_first goes here */
    void *work[CONV_RING_ROWS];
} conv_ring_lines;

/* A bundle of columns along another axis: rows of width vectors, row_stride vectors apart. */
typedef struct {
    void *data;
    size_t width, row_stride;
    size_t panel_width;  /* vectors that are treated at a time */
    size_t present;      /* forward: rows that are there, the others are zero */
    size_t first, count; /* inverse: rows that are wanted */
} conv_ring_columns;

/* Into how many parts the first split of a line goes, which is fused with reading it. */
static inline size_t conv_ring_first_ways(const conv_ring_axis *axis) {
    return axis->branches > 1 ? (size_t)axis->branches
           : axis->steps      ? (size_t)1 << axis->log_radix[0]
                              : 1;
}

/* The steps that go with reading and writing: 1, or 0 where the split into branches does. */
static inline int conv_ring_fused_steps(const conv_ring_axis *axis) {
    return axis->branches == 1 && axis->steps;
}

/* The nodes of all branches before a step. */
static inline size_t conv_ring_subtrees(const conv_ring_axis *axis, int step) {
    size_t nodes = (size_t)axis->branches;
    for (int s = 0; s < step; s++) {
        nodes <<= axis->log_radix[s];
    }
    return nodes;
}

/* Data and spectra are vectors of real parts, each followed by its vector of imaginary parts. */
typedef struct {
    size_t lanes;
    /* mode FORWARD leaves the spectrum in work, INVERSE takes it from there. */
    void (*line)(const conv_ring_axis *axis, conv_ring_mode mode, int complex_data,
                 const conv_ring_io *io, void *work, const void *spectrum);
    /* FORWARD, from in to work, or INVERSE, from work to out, of an axis across lanes. panel: room
     * for axis->length times rows_at_once / lanes vector pairs. */
    size_t rows_at_once;
    void (*across)(const conv_ring_axis *axis, conv_ring_mode mode, conv_ring_data data,
                   const conv_ring_lines *rows, void *panel);
    /* A line of branches of 64 and more by its parts, each of which can be done range by range, in
     * any order and on any threads. load and store: the first split with reading, the last join
     * with writing; vector pairs of a part of it. pass: the splits (FORWARD) or joins of one step;
     * pairs of a child, child 0 of node after node. subtrees: all from a step on, node by node. */
    void (*load)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io, void *work,
                 size_t begin, size_t end);
    void (*pass)(const conv_ring_axis *axis, conv_ring_mode mode, int step, void *work,
                 size_t begin, size_t end);
    void (*subtrees)(const conv_ring_axis *axis, conv_ring_mode mode, int step, void *work,
                     const void *spectrum, size_t begin, size_t end);
    void (*store)(const conv_ring_axis *axis, int complex_data, const conv_ring_io *io,
                  const void *work, size_t begin, size_t end);
    /* panel: room for axis->length + 1 rows of panel_width vector pairs, for the last of these
     * alone where one panel takes all of whole rows; of a summed axis for taps - 1 rows more.
     * spectrum: CONVOLVE reads it, panel after panel. A summed axis knows CONVOLVE alone. */
    void (*columns)(const conv_ring_axis *axis, conv_ring_mode mode, const conv_ring_columns *c,
                    void *panel, const void *spectrum);
    /* FORWARD into a spectrum, panel after panel, times scale; INVERSE from it, which overwrites
     * it. */
    void (*columns_spectrum)(const conv_ring_axis *axis, conv_ring_mode mode,
                             const conv_ring_columns *c, void *spectrum, double scale);
    /* count vector pairs from -> to, times scale; in place, too */
    void (*scale)(void *to, const void *from, size_t count, double scale);
    /* to = the sum of a[p] b[p], p = 0..pairs-1, or to += that, one p after the other; count vector
     * pairs each */
    void (*multiply)(void *to, const void *const *a, const void *const *b, size_t pairs,
                     size_t count, bool accumulate);
    /* to = the sum of weight[p] a[p] b[p] */
    void (*multiply_weighted)(void *to, const void *const *a, const void *const *b,
                              const double *weight, size_t pairs, size_t count);
    /* A line of a real kernel as complex elements. */
    void (*widen)(void *to, const void *from, size_t count);
} conv_ring_leaf;

extern const conv_ring_leaf conv_ring_leaf_f32_baseline, conv_ring_leaf_f64_baseline;
extern const conv_ring_leaf conv_ring_leaf_f32_v3, conv_ring_leaf_f64_v3;
extern const conv_ring_leaf conv_ring_leaf_f32_v4, conv_ring_leaf_f64_v4;

#endif
