/* Functions whose convolution integral is known in closed form, and how large a rule's error on
 * them may be. The numbers in their names are only labels. */
#ifndef BENCH_PAIRS_H
#define BENCH_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

#include "conv.h"

typedef double bench_line_function(double t);
typedef double bench_plane_function(double x, double y);

typedef enum {
    BENCH_PAIR_SMOOTH, /* from end to end of the grids and between breaks */
    BENCH_PAIR_FADES,  /* gone at the ends, or periodic: every rule is right to rounding */
    BENCH_PAIR_ROUGH   /* starts like a fraction of a power, or flat: nothing is expected */
} bench_pair_kind;

typedef struct {
    double at, left, right; /* at: a grid point */
} bench_jump;

typedef struct {
    const char *name;
    bench_pair_kind kind;
    conv_mode mode;
    int rank;
    bench_line_function *f, *g, *y;     /* rank 1 */
    bench_plane_function *f2, *g2, *y2; /* rank 2 */
    double f_from, f_to, g_from, g_to;  /* on every axis; CIRCULAR: without the last point */
    const bench_jump *f_jump, *g_jump;  /* or where a derivative jumps; NULL: nowhere */
    size_t finer;                       /* so many times the steps of the others */
    /* |f| |g| <= size, and the j-th derivative of f(s) g(t-s) is at most size * rate^j: k for
     * exp(kt) and sin(kt), m/end for t^m on [0, end], 2/s for a Gauss function of deviation s by
     * Cramer's inequality; a product has the sum of both rates. */
    double size, rate;
} bench_pair;

typedef struct {
    const bench_pair *pair;
    size_t count;
} bench_pair_set;

extern const bench_pair_set bench_pairs_causal, bench_pairs_line, bench_pairs_plane;

/* A pair on its grids. */
typedef struct {
    conv_grid f_grid, g_grid, y_grid; /* of every axis */
    size_t outputs;
    double *f, *g, *y, *exact;
    double largest; /* |exact| */
    size_t f_breaks, g_breaks;
    conv_break f_break, g_break;
} bench_pair_data;

/* Samples for so many steps over f's interval; false without memory. */
bool bench_pair_make(bench_pair_data *data, const bench_pair *pair, size_t steps);
void bench_pair_free(bench_pair_data *data);

/* order 1 to 8; the fields that the rule needs, breaks included where the rule knows them. */
void bench_pair_desc(const bench_pair *pair, const bench_pair_data *data, conv_rule rule, int order,
                     conv_desc *desc);

/* The largest error over the largest value that theory allows the rule: the first end correction
 * that it leaves out, and the rounding of the sum. Infinite where theory says nothing. */
double bench_pair_theory(const bench_pair *pair, const bench_pair_data *data, int order);

#endif
