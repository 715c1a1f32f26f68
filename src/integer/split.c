/* Which sums in f64 are exact, and which of those are the cheapest. */
#include <math.h>

#include "cost/fitted.h"
#include "integer/integer.h"

/* Numbers up to 2^53 are f64's own, and so are all parts of a sum whose magnitudes add up to that:
 * nothing rounds, whatever the order. */
#define EXACT_SUM 0x1p53
#define UNIT_ROUNDOFF 0x1p-53

/* |error| <= ((1+u)^3n (1+u sqrt 5)^(3n+1) (1+u/sqrt 2)^3n - 1) |x|_2 |h|_2 for 2^n points: about
 * 11.8 n u, and 2.3 u. (Percival, Rapid multiplication modulo the sum and difference of highly
 * composite numbers, 2003.) Lengths 3, 5, 7 and 9 * 2^a begin with a split whose own bound
 * (methods/rounding.c) exceeds that of the steps up to the next power of two by 2.4, 6, 23.5
 * and 4.7 u: at most two steps more for each of two axes. */
#define TRANSFORM_FACTOR 12.0
#define EXTRA_STEPS 4

#define MAX_DIGITS 8
#define MIN_BITS 4

/* A loop over so few in one word is faster than to ask what is. */
#define SMALL_PRODUCTS 512

static const double loop_cost[3] = {CONV_COST_INTEGER_LOOP1, CONV_COST_INTEGER_LOOP2,
                                    CONV_COST_INTEGER_LOOP3};

typedef struct {
    double max, sum, norm;
} sizes;

/* What does not depend on the digits. */
typedef struct {
    const conv_integer_shape *shape;
    double root_of_repeats;
    double transform_error; /* over |x|_2 |h|_2 */
    double by_transform;    /* costs of one sum: of its products, */
    double numbers;         /* and of its numbers' ways */
    int x_bits[MAX_DIGITS + 1], h_bits[MAX_DIGITS + 1];
} search;

static sizes sizes_of(const conv_operand *operand, int digits, int bits) {
    if (digits == 1)
        return (sizes){(double)operand->max, operand->sum, operand->norm};
    double half = (double)((uint64_t)1 << (bits - 1));
    return (sizes){half, half * operand->nonzero, half * sqrt(operand->nonzero)};
}

/* The largest sum of |x||h| over one output, by Hoelder's inequality in its three forms. */
static double sum_bound(const search *costs, sizes x, sizes h) {
    double bound = fmin(x.max * h.sum, h.max * x.sum * costs->shape->repeats);
    return fmin(bound, x.norm * h.norm * costs->root_of_repeats);
}

/* log2 of the linear transform's length, rounded up, and the extra steps. */
static double transform_steps(const conv_integer_shape *shape) {
    double steps = EXTRA_STEPS;
    for (int d = 0; d < 2; d++)
        steps += ceil(log2((double)shape->nx[d] + (double)shape->nh[d] - 1));
    return steps;
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

static search start(const conv_integer_shape *shape, const conv_operand *x, const conv_operand *h) {
    search costs = {.shape = shape};
    costs.root_of_repeats = shape->repeats > 1 ? sqrt(shape->repeats) : 1;
    costs.by_transform = transform_cost(shape);
    costs.transform_error =
        TRANSFORM_FACTOR * UNIT_ROUNDOFF * transform_steps(shape) * costs.root_of_repeats;
    costs.numbers = CONV_COST_INTEGER_NUMBER * ((double)shape->samples + (double)shape->outputs) +
                    CONV_COST_INTEGER_CALL;
    for (int i = 1; i <= MAX_DIGITS; i++) {
        costs.x_bits[i] = conv_operand_bits(x, i);
        costs.h_bits[i] = conv_operand_bits(h, i);
    }
    return costs;
}

static void try_digits(const search *costs, const conv_operand *x, const conv_operand *h,
                       int x_digits, int h_digits, conv_split *best) {
    const conv_integer_shape *shape = costs->shape;
    conv_split split = {.x_digits = x_digits, .h_digits = h_digits, .sum = best->sum};
    split.x_bits = costs->x_bits[x_digits];
    split.h_bits = costs->h_bits[h_digits];
    if ((x_digits > 1 && split.x_bits < MIN_BITS) || (h_digits > 1 && split.h_bits < MIN_BITS))
        return;
    sizes xs = sizes_of(x, x_digits, split.x_bits), hs = sizes_of(h, h_digits, split.h_bits);
    bool direct = sum_bound(costs, xs, hs) <= EXACT_SUM;
    split.any_method = costs->transform_error * xs.norm * hs.norm < 0.5;
    split.separable = shape->rank == 1 || separable_error(shape, xs, hs) < 0.5;
    if (!direct && !split.any_method)
        return;
    split.by_direct = direct && shape->products < costs->by_transform;
    bool transforms = !split.by_direct && split.any_method;
    split.cost = (transforms ? costs->by_transform : shape->products) + costs->numbers;
    split.cost *= x_digits * h_digits;
    if (x_digits * h_digits > 1 || !split.any_method)
        split.cost +=
            h_digits * (CONV_COST_INTEGER_PLAN +
                        (transforms ? CONV_COST_INTEGER_MAKING * costs->by_transform : 0));
    if (split.cost < best->cost)
        *best = split;
}

conv_split conv_split_choose(const conv_integer_shape *shape, const conv_operand *x,
                             const conv_operand *h) {
    conv_split best = {.loop = true, .x_digits = 1, .h_digits = 1};
    search costs = start(shape, x, h);
    best.sum = sum_bound(&costs, sizes_of(x, 1, 0), sizes_of(h, 1, 0));
    best.cost = shape->products * loop_cost[best.sum < 0x1p63 ? 0 : best.sum < 0x1p127 ? 1 : 2];
    double least = costs.numbers + fmin(shape->products, costs.by_transform);
    for (int i = 1; i <= MAX_DIGITS && i * least < best.cost; i++)
        for (int j = 1; j <= MAX_DIGITS && i * j * least < best.cost; j++)
            try_digits(&costs, x, h, i, j, &best);
    return best;
}

bool conv_split_is_small(const conv_integer_shape *shape, const conv_operand *x,
                         const conv_operand *h) {
    double terms = (double)(x->count < h->count ? x->count : h->count) * shape->repeats;
    return shape->products <= SMALL_PRODUCTS &&
           (double)x->max * (double)h->max * terms * (1 + 0x1p-50) < 0x1p63;
}

double conv_split_rounded_error(const conv_integer_shape *shape, const conv_operand *x,
                                const conv_operand *h) {
    double steps = fmax(TRANSFORM_FACTOR * transform_steps(shape), (double)shape->taps + 2);
    return (steps + 4) * UNIT_ROUNDOFF * x->norm * h->norm * sqrt(shape->repeats);
}
