/* compare.h - runs a problem through the library and holds the answer against the oracle.
 *
 * The bounds, with u the unit roundoff, T the taps of the kernel over all axes:
 *
 * Sums (direct, separable, reference):
 *     |e| <= (T + 2 + extra) u sum|x||h|     per component, sum|x||h| per output
 *   extra = 4 for the trapezoid (halving is exact; the product of the spacings, the product with
 * it, and one mended output each in two axes round once each), and folds-1 for a circular signal
 * that is longer than its period, which may be added up before it meets the kernel. For GREGORY
 * extra is that of rule_extra, and sum|x||h| has the magnitudes of rule_term as factors.
 *
 * Transforms (blocks, fft):
 *     |e| <= SAFETY * 0.5 u log2(N) |x|_2 |h|_2
 *   N is the next power of two of the linear extents' product, |x| counts the samples once and once
 *   more as often as the edge rule repeats them. 0.5 is the measured constant of long real
 *   transforms of power-of-two length. It is exceeded by short ones (measured 0.16 log2 N + 0.1 at
 *   N = 64 and below), by complex data (two independent parts: sqrt 2) and by lengths with large
 *   prime factors (about 2); hence SAFETY = 4, which is still six times below what is proven
 *   (11.8 u log2 N). GREGORY weighs the arrays by up to 1.6 before the transform and mends outputs
 *   by sums after it: |x|_2 |h|_2 times rule_growth, plus the bound for sums.
 *
 * Both: plus what one subnormal step per term can add. Where an output of the oracle is NaN or Inf
 * the library's is the same (Inf with the same sign). Integer data make the sums exact: tolerance
 * 0; and transforms exact after rounding. Bytes around and between the outputs stay as they were.
 */
#ifndef TESTS_COMPARE_H
#define TESTS_COMPARE_H

#include "data.h"
#include "oracle.h"

#define COMPARE_SAFETY 4.0

typedef enum verdict { VERDICT_RIGHT, VERDICT_REFUSED, VERDICT_WRONG } verdict;

/* Runs the problem by the method it names. Where the answer is wrong, prints why and the line. */
verdict compare_one(const problem *p);

/* Whether suites run the problem by a method that it does not name. The reference is one loop over
 * the taps of one output after the other, at 20 ns a product: what is larger than this shows
 * nothing of it that smaller problems do not. */
#define COMPARE_REFERENCE_PRODUCTS 3e5
bool compare_takes(const problem *p, conv_method method);

/* Runs the problem by every method in turn, or by its one method. The number of wrong ones. */
unsigned compare_all(const problem *p);

/* The same with data and oracle already made; for tests that change the data by hand. */
unsigned compare_made(const problem *p, problem_data *data, const oracle_result *expected);

/* Creates, executes and destroys; the output is in `data`. */
conv_status compare_execute(const conv_desc *desc, problem_data *data, conv_method *chosen);

/* Prints how many answers were compared, refusals, and the worst ratio of error to bound (for
 * transforms: without the safety factor) for each method and type. Returns the number of wrong
 * answers so far. */
unsigned compare_report(void);

/* The bound for output `index` of a batch by a method, without the safety factor. */
double compare_bound(const problem *p, const oracle_result *expected, conv_method method,
                     size_t batch, size_t index);

#endif
