/* Typed odds and ends that everything above the leaf loops needs: one const table per pair of
 * element types. Counts and strides in elements. */
#ifndef CONV_BASE_ELEMENTS_H
#define CONV_BASE_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dtype.h"

/* Where a sum that is fed sample by sample is, see `feed` below. */
typedef struct {
    const char *pending; /* what is summed up already of a leaf's outputs */
    char *kept;          /* where its samples are kept */
    char *recent;        /* where they are kept once more, latest first, before this */
    const char *taps;    /* the first ones */
    size_t most;         /* products of an output: 1 to 8 */
    size_t next;         /* sample and output of the leaf: all that changes from one to the next */
} conv_feed;

/* What a sum has of products that are not finite: two Infs of different signs, or NaN, are BOTH.
 * Marks of sums are the marks of their parts, joined by |. */
enum { CONV_MARK_PLUS = 1, CONV_MARK_MINUS = 2, CONV_MARK_BOTH = 3 };

typedef struct {
    size_t size, tap_size; /* bytes of a sample, of a tap */

    /* sum += x * c in the widest type, one product. */
    void (*multiply_add)(long double sum[2], const void *x, const void *c);
    void (*add_sample)(long double sum[2], const void *x); /* sum += x */
    void (*round_sum)(const long double sum[2], void *y);

    void (*add_product)(void *y, const void *x, const void *c); /* y += x * c */
    /* y[i] += x * c[i]: one sample under many taps. Two roundings, as add_product. */
    void (*add_products)(void *y, const void *x, const void *c, size_t count);
    /* y[i] += x * c[-i]: the same of taps in sliding order, from the last one. */
    void (*add_products_back)(void *y, const void *x, const void *c, size_t count);

    /* y += x[i] * c[i], one after the other, the last one first: each as add_product. */
    void (*add_all)(void *y, const void *x, const void *c, size_t count);

    /* Takes sample x, keeps it, and puts it before the latest ones; y, if not NULL, is what is
     * pending, and then the products added as by add_all. Steps to the next output. y may be x. */
    void (*feed)(conv_feed *feed, const void *x, void *y);

    /* y += sum x[i] c[i], c as re, im; in double, rounded once. replaces: y = the sum. */
    void (*dot)(void *y, const void *x, ptrdiff_t x_stride, double (*c)[2], size_t count,
                bool replaces);
    void (*widen)(double (*to)[2], const void *x, ptrdiff_t x_stride, size_t count);

    void (*scale)(void *x, size_t count, double factor);
    void (*fill)(void *x, size_t count, const double value[2]);
    void (*add)(void *y, ptrdiff_t y_stride, const void *x, size_t count); /* y += x */
    double (*largest)(const void *x, size_t count); /* real or imaginary part, all finite */
    double (*largest_tap)(const void *c, size_t count);
    double (*smallest_tap)(const void *c, size_t count); /* but 0; 0: there is no other */
    bool (*is_finite)(const void *x, size_t count);
    bool (*poisons)(const void *x); /* x times any tap is NaN in every component */
    bool (*is_nan)(const void *y);  /* in every component */

    /* Patterns, see methods/nonfinite_pattern.h. Every real part becomes its sign, 0 of a NaN, or
     * with only_infinite 0 of what is finite. */
    void (*mark_signs)(void *x, size_t count, bool only_infinite);
    /* The same of taps, added: to[i * step] += signs of c[i]. */
    void (*add_tap_signs)(void *to, ptrdiff_t step, const void *c, size_t count,
                          bool only_infinite);
    size_t (*bad_elements)(const void *x, size_t count); /* how many are not finite */
    void (*clear_bad)(void *x, size_t count);            /* parts that are not finite become 0 */
    /* How many real products are not finite that x[i] makes with one finite tap, in either part of
     * the output; under real taps in this part. */
    void (*count_bad)(uint32_t *to, const void *x, size_t count, int part);
    /* The same of taps with one finite sample, added to to[i * step]. */
    void (*count_bad_taps)(uint32_t *to, ptrdiff_t step, const void *c, size_t count);
    /* A part's mark, CONV_MARK_*: of samples that are Inf or NaN, of all taps. */
    void (*mark_samples)(uint8_t *to, const void *x, size_t count, int part);
    void (*mark_taps)(uint8_t *to, const void *c, size_t count, int part);
    /* Adds to either part of y the sum of products that are marked so. */
    void (*add_marks)(void *y, const uint8_t *const marks[2], size_t count);
    /* Whether every part is within 1/4 of an integer; y += x, every part to the nearest. All are
     * below 2^31. */
    bool (*near_integers)(const void *x, size_t count);
    void (*add_rounded)(void *y, const void *x, size_t count);
    /* Adds to y the sum of so many products, for either part, none of them finite; balance: how
     * many more of them are Inf than are -Inf, off by less than 1/2; NULL: 0. */
    void (*add_nonfinite)(void *y, const uint32_t *const products[2], const void *balance,
                          size_t count);

    /* The largest real or imaginary part among the finite elements. */
    double (*peak)(const void *x, ptrdiff_t stride, size_t count);
    double (*peak_tap)(const void *c, size_t count);
    /* The same and whether all are finite, joined to what is there; NULL for complex samples. */
    void (*reach)(const void *x, ptrdiff_t stride, size_t count, double *peak, bool *finite);
    /* Of the moduli, times scale, of what is finite: the largest, the sum (of complex ones up to 8
     * per cent more) and the sum of squares, each joined to what is there. False where something is
     * not finite. */
    bool (*measure)(const void *x, ptrdiff_t stride, size_t count, double scale, double sums[3]);
    bool (*measure_taps)(const void *c, size_t count, double scale, double sums[3]);

    void (*round)(void *y, ptrdiff_t stride, size_t count); /* every part to the nearest integer */
    bool (*is_integer)(const void *x);                      /* every part is a finite integer */
    bool (*tap_is_integer)(const void *c);

    /* Taps: c[i] = factor * h[i], conjugated where asked. */
    void (*scale_taps)(void *c, const void *h, size_t count, double factor, bool conjugate);
    /* The same, the last one first. */
    void (*reverse_taps)(void *c, const void *h, size_t count, double factor, bool conjugate);
    bool (*taps_are_finite)(const void *c, size_t count);
    void (*add_tap)(long double sum[2], const void *c); /* sum += c */
    void (*round_tap)(const long double sum[2], void *c);
    void (*widen_taps)(double (*to)[2], const void *c, size_t count);
} conv_element_kernels;

const conv_element_kernels *conv_element_table(conv_leaf_type type);

/* Copies between strided rows of elements of any of the library's sizes (4, 8, 16 bytes). */
void conv_copy_row(void *to, ptrdiff_t to_stride, const void *from, ptrdiff_t from_stride,
                   size_t count, size_t size);

#endif
