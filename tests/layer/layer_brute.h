/* layer_brute.h - layers by one enumeration of the relation between the two sides, in long double,
 * and the runs of the library that are held against it. Knows nothing of the library but its
 * header.
 */
#ifndef TESTS_LAYER_BRUTE_H
#define TESTS_LAYER_BRUTE_H

#include <conv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the description says, worked out by the test's own formulas. */
typedef struct layer_facts {
    size_t y_shape[4], x_points, y_points, x_count, y_count, w_count, taps;
    ptrdiff_t before[4];
} layer_facts;

/* False where the layer has no output. */
bool layer_facts_make(layer_facts *facts, const conv_layer_desc *desc);

/* Places in the arrays, row-major indices of rank entries. */
size_t layer_x_place(const conv_layer_desc *desc, size_t b, size_t c, const size_t *at);
size_t layer_y_place(const conv_layer_desc *desc, const layer_facts *facts, size_t b, size_t c,
                     const size_t *at);
size_t layer_w_place(const conv_layer_desc *desc, size_t out, size_t in, const size_t *k);

/* x, y, w as long doubles: y of x and w, dx of dy and w, dw and dbias of x and dy. Those that are
 * NULL are not computed. terms: the largest number of products in one output; may be NULL. */
typedef struct layer_arrays {
    const long double *x, *w, *dy;
    long double *y, *dx, *dw, *dbias;
} layer_arrays;

void layer_brute(const conv_layer_desc *desc, const layer_facts *facts, const layer_arrays *a);

/* One line that reproduces the case. */
void layer_print(const conv_layer_desc *desc);

/* Runs all four results by every one of the methods, with bias and beta, small integer data from
 * the seed, and holds them against the enumeration. Sums have to be exact; FFT within its bound.
 * nonfinite: with a few NaN and Inf, which have to reach what the sums give them to and no others.
 * wrong: for each method how many results are wrong, each printed; -1 where it refused. */
void layer_compare(conv_layer_desc *desc, uint64_t seed, double beta, bool nonfinite,
                   const conv_method *methods, int count, int *wrong);

/* <forward(x, w), dy> = <x, grad_input(dy, w)> = <w, grad_weights(x, dy)> on real data, within
 * (terms + 3) u times the sum of magnitudes. The ratio of the difference to that; above 1: wrong.
 */
double layer_adjoint(const conv_layer_desc *desc, uint64_t seed);

uint64_t layer_random(uint64_t *state);

/* A random description: of any rank, layout, padding; channels and extents small, but now and then
 * wider than a vector. Always one that the library takes. */
void layer_random_desc(conv_layer_desc *desc, uint64_t *state);

#endif
