/* Every rule on every pair of functions with a known integral: the largest error. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "accuracy.h"
#include "pairs.h"

enum { HIGHEST = 8 };

/* Below this all errors are rounding, and none is better than another. */
#define NOISE 1e-14

static conv_rule rule_of(int order) {
    return order == 1 ? CONV_RULE_RECTANGLE : order == 2 ? CONV_RULE_TRAPEZOID : CONV_RULE_GREGORY;
}

static double largest_of(const double *values, size_t count) {
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = values[i] <= largest ? largest : values[i]; /* a NaN is the largest */
    return largest;
}

static double error_of(const bench_pair_data *data) {
    double worst = 0;
    for (size_t i = 0; i < data->outputs; i++) {
        double error = fabs(data->y[i] - data->exact[i]);
        worst = error <= worst ? worst : error;
    }
    return worst / data->largest;
}

/* The error and its verdict; NaN where there is no plan. */
static double print_rule(bench_accuracy_run *run, const bench_pair *pair, bench_pair_data *data,
                         int order) {
    conv_desc desc;
    conv_plan *plan = NULL;
    bench_pair_desc(pair, data, rule_of(order), order, &desc);
    conv_status status = conv_plan_create(&plan, &desc, data->g);
    if (status == CONV_OK)
        status = conv_plan_execute(plan, data->f, data->y, NULL);
    /* The order may be less than asked for, where there are too few samples, or in CIRCULAR. */
    int used = conv_plan_rule_order(plan, data->f);
    conv_plan_destroy(plan);
    double error = status == CONV_OK ? error_of(data) : NAN;
    double limit = BENCH_ACCURACY_SLACK * bench_pair_theory(pair, data, used);
    printf(" %7.1e%c", error, bench_accuracy_judge(run, error, limit));
    return error;
}

/* AUTO's error, the order that it chose, and the estimate, all relative to the largest value; and
 * how many times the best order's error. */
static void print_auto(bench_accuracy_run *run, const bench_pair *pair, bench_pair_data *data,
                       double best) {
    conv_desc desc;
    conv_plan *plan = NULL;
    double *estimate = malloc(data->outputs * sizeof *estimate);
    if (data->f_breaks + data->g_breaks > 0 || !estimate) {
        printf("  %s\n", estimate ? "no breaks" : "no memory");
        free(estimate);
        return;
    }
    bench_pair_desc(pair, data, CONV_RULE_AUTO, 0, &desc);
    conv_status status = conv_plan_create(&plan, &desc, data->g);
    if (status == CONV_OK)
        status = conv_plan_execute(plan, data->f, data->y, NULL);
    if (status == CONV_OK)
        status = conv_plan_estimate(plan, CONV_ESTIMATE_ENDS, data->f, estimate);
    int order = conv_plan_rule_order(plan, data->f);
    conv_plan_destroy(plan);
    double error = status == CONV_OK ? error_of(data) : NAN;
    double limit = BENCH_ACCURACY_SLACK * bench_pair_theory(pair, data, order);
    printf(" %7.1e%c %5d %8.1e %9.3g\n", error, bench_accuracy_judge(run, error, limit), order,
           status == CONV_OK ? largest_of(estimate, data->outputs) / data->largest : NAN,
           fmax(error, NOISE) / fmax(best, NOISE));
    free(estimate);
}

static void print_pair(bench_accuracy_run *run, const bench_pair *pair, size_t steps,
                       const char *name) {
    bench_pair_data data;
    if (!bench_pair_make(&data, pair, steps)) {
        printf("%-29s not measured: %s\n", name, conv_last_error());
        return;
    }
    printf("%-29s %5zu", name, data.f_grid.n);
    double best = INFINITY;
    for (int order = 1; order <= HIGHEST; order++)
        best = fmin(best, print_rule(run, pair, &data, order));
    print_auto(run, pair, &data, best);
    bench_pair_free(&data);
    fflush(stdout);
}

static void print_set(bench_accuracy_run *run, const bench_pair_set *set, size_t coarse,
                      size_t fine) {
    for (size_t i = 0; i < set->count; i++) {
        print_pair(run, &set->pair[i], coarse, set->pair[i].name);
        print_pair(run, &set->pair[i], fine, "");
    }
}

void accuracy_rules(bench_accuracy_run *run) {
    bar_begin("Integrals by every rule, f64: largest error over largest value\n"
              "n: samples of f on each axis; ! more than ten times what theory allows (functions "
              "that start\nroughly are not judged); estimate: CONV_ESTIMATE_ENDS of AUTO; over "
              "best:\nAUTO's error over that of "
              "the best order");
    printf("%-29s %5s %8s %8s", "f, g", "n", "rectngl ", "trapez. ");
    for (int order = 3; order <= HIGHEST; order++)
        printf("  order %d", order);
    printf(" %8s %5s %8s %9s\n", "AUTO  ", "order", "estimate", "over best");
    print_set(run, &bench_pairs_causal, 64, 256);
    print_set(run, &bench_pairs_line, 64, 256);
    print_set(run, &bench_pairs_plane, 24, 64);
}
