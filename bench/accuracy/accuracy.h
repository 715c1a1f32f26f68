/* convbench accuracy: how right the integrals are by every rule, and sums under every tolerance,
 * and what that costs. */
#ifndef BENCH_ACCURACY_H
#define BENCH_ACCURACY_H

#include "bars.h"

/* What is printed with an exclamation mark: errors above a bound that was reported, and above a
 * multiple of what theory allows. */
typedef struct {
    bench_bars_run bars; /* of the time that rules take */
    int errors, wrong;
} bench_accuracy_run;

/* Ten times the theory: it is for the leading term, and the first few outputs of a rule come from
 * interpolation, whose error has other constants. */
#define BENCH_ACCURACY_SLACK 10

/* Everything; the exit status is 1 where an error was above what it may be, not where a bar of time
 * fails. */
int bench_accuracy(const bench_options *options, const bench_limits *limits);

/* Counts the error; '!' where it is above the limit or no number, else ' '. */
char bench_accuracy_judge(bench_accuracy_run *run, double error, double limit);

/* The parts. */
void accuracy_rules(bench_accuracy_run *run);           /* errors of the rules on the pairs */
void accuracy_rule_cost(bench_accuracy_run *run);       /* time of the rules over that of the sum */
void accuracy_correction_cost(bench_accuracy_run *run); /* the same in two and three dimensions */
void accuracy_product(bench_accuracy_run *run);         /* kernels that are no samples */
void accuracy_tolerance(bench_accuracy_run *run); /* errors, bounds and time under tolerances */

#endif
