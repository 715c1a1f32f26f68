/* Which sums in f64 are exact, and which of those are the cheapest. */
#include <math.h>

#include "integer/integer.h"

/* Numbers up to 2^53 are f64's own, and so are all parts of a sum whose magnitudes add up to that:
 * nothing rounds, whatever the order. */
#define EXACT_SUM 0x1p53
#define UNIT_ROUNDOFF 0x1p-53

/* |error| <= ((1+u)^3n (1+u sqrt 5)^(3n+1) (1+u/sqrt 2)^3n - 1) |x|_2 |h|_2 for 2^n points: about
 * 11.8 n u, and 2.3 u. (Percival, Rapid multiplication modulo the sum and difference of highly
 * composite numbers, 2003.) The twists of a negacyclic transform, and lengths 3 * 2^a that are
 * built from a step of three, count as one step more each. */
#define TRANSFORM_FACTOR 12.0
#define EXTRA_STEPS 2

#define MAX_PIECES 8
#define MIN_BITS 4

/* Costs in products of a direct sum in f64. A loop over int64_t, and one in three words; a number's
 * way into f64, out of it, and its place in a sum of several; a call. Measured, on the middle level
 * of instruction sets. */
#define LOOP_COST 8.0
#define WIDE_LOOP_COST 24.0
#define NUMBER_COST 24.0
#define CALL_COST 10000.0

typedef struct {
    double max, sum, norm;
} sizes;

static sizes sizes_of(const conv_operand *operand, int pieces, int bits) {
    if (pieces == 1)
        return (sizes){(double)operand->max, operand->sum, operand->norm};
    double half = ldexp(1, bits - 1);
    return (sizes){half, half * operand->nonzero, half * sqrt(operand->nonzero)};
}

/* The largest sum of |x||h| over one output, by Hoelder's inequality in its three forms. */
static double sum_bound(const conv_integer_shape *shape, sizes x, sizes h) {
    double bound = fmin(x.max * h.sum, h.max * x.sum * shape->repeats);
    return fmin(bound, x.norm * h.norm * sqrt(shape->repeats));
}

/* log2 of the linear transform's length, rounded up, and the extra steps. */
static double transform_steps(const conv_integer_shape *shape) {
    double steps = EXTRA_STEPS;
    for (int d = 0; d < 2; d++)
        steps += ceil(log2((double)shape->nx[d] + (double)shape->nh[d] - 1));
    return steps;
}

static double transform_error(const conv_integer_shape *shape, sizes x, sizes h) {
    return TRANSFORM_FACTOR * UNIT_ROUNDOFF * transform_steps(shape) * x.norm * h.norm *
           sqrt(shape->repeats);
}

/* One product of lines, or up to three of lines found by full pivoting: each within 6 u of the
 * largest tap, each term's entries at most twice those of the one before (1 + 2 + 4 = 7), and one
 * pass along the columns and one along the rows. */
static double separable_error(const conv_integer_shape *shape, sizes x, sizes h) {
    double roundings = (double)shape->nh[0] + (double)shape->nh[1] + 16;
    double met = fmin(x.sum * shape->repeats, x.max * (double)shape->taps);
    return 7 * roundings * UNIT_ROUNDOFF * h.max * met;
}

/* One transform of the blocks that the shorter operand asks for. */
static double transform_cost(const conv_integer_shape *shape) {
    double outputs = 1, points = 2;
    for (int d = 0; d < 2; d++) {
        outputs *= (double)shape->nx[d] + (double)shape->nh[d] - 1;
        points *= fmin((double)shape->nx[d], (double)shape->nh[d]);
    }
    return 5 * log2(points) * outputs;
}

static void try_pieces(const conv_integer_shape *shape, const conv_operand *x,
                       const conv_operand *h, int x_pieces, int h_pieces, conv_split *best) {
    conv_split split = {.x_pieces = x_pieces, .h_pieces = h_pieces, .sum = best->sum};
    split.x_bits = conv_operand_bits(x, x_pieces);
    split.h_bits = conv_operand_bits(h, h_pieces);
    if ((x_pieces > 1 && split.x_bits < MIN_BITS) || (h_pieces > 1 && split.h_bits < MIN_BITS))
        return;
    sizes xs = sizes_of(x, x_pieces, split.x_bits), hs = sizes_of(h, h_pieces, split.h_bits);
    bool direct = sum_bound(shape, xs, hs) <= EXACT_SUM;
    split.any_method = transform_error(shape, xs, hs) < 0.5;
    split.separable = shape->rank == 1 || separable_error(shape, xs, hs) < 0.5;
    if (!direct && !split.any_method)
        return;
    double by_transform = transform_cost(shape);
    double numbers = (double)shape->samples + (double)shape->outputs;
    split.by_direct = direct && shape->products < by_transform;
    split.cost = split.by_direct || !split.any_method ? shape->products : by_transform;
    split.cost = (split.cost + NUMBER_COST * numbers + CALL_COST) * x_pieces * h_pieces;
    if (split.cost < best->cost)
        *best = split;
}

conv_split conv_split_choose(const conv_integer_shape *shape, const conv_operand *x,
                             const conv_operand *h) {
    conv_split best = {.loop = true, .x_pieces = 1, .h_pieces = 1};
    best.sum = sum_bound(shape, sizes_of(x, 1, 0), sizes_of(h, 1, 0));
    best.cost = shape->products * (best.sum < 0x1p63 ? LOOP_COST : WIDE_LOOP_COST);
    for (int i = 1; i <= MAX_PIECES; i++)
        for (int j = 1; j <= MAX_PIECES && (double)(i * j) * CALL_COST < best.cost; j++)
            try_pieces(shape, x, h, i, j, &best);
    return best;
}

double conv_split_rounded_error(const conv_integer_shape *shape, const conv_operand *x,
                                const conv_operand *h) {
    double steps = fmax(TRANSFORM_FACTOR * transform_steps(shape), (double)shape->taps + 2);
    return (steps + 4) * UNIT_ROUNDOFF * x->norm * h->norm * sqrt(shape->repeats);
}
