#include "advise.h"

#include <stdio.h>
#include <string.h>

#include "output.h"

/* ---- where the choice changes ---- */

/* The method that AUTO takes, or AUTO where there is no plan. */
static conv_method pick_of(const bench_problem *problem, const void *kernel) {
    conv_desc desc;
    conv_plan *plan = NULL;
    bench_problem_desc(problem, CONV_METHOD_AUTO, &desc);
    conv_plan_create(&plan, &desc, kernel);
    conv_method method = conv_plan_method(plan);
    conv_plan_destroy(plan);
    return method;
}

/* The problem with kernels, or signals, of `extent` along their longest axis, the others in
 * proportion. */
static bench_problem scaled(const bench_problem *problem, bool kernel, size_t extent) {
    bench_problem other = *problem;
    size_t *shape = kernel ? other.kernel : other.signal, longest = 0;
    for (int d = 0; d < problem->rank; d++)
        longest = shape[d] > longest ? shape[d] : longest;
    for (int d = 0; d < problem->rank; d++) {
        shape[d] = (size_t)((double)shape[d] * (double)extent / (double)longest + 0.5);
        shape[d] = shape[d] ? shape[d] : 1;
    }
    return other;
}

static conv_method pick_at(const bench_problem *problem, bool kernel, size_t extent) {
    bench_problem other = scaled(problem, kernel, extent), small = other;
    bench_data data;
    /* Taps alone are wanted, of a kernel of that shape. */
    memcpy(small.signal, other.kernel, sizeof small.signal);
    if (!bench_data_make(&small, &data))
        return CONV_METHOD_AUTO;
    conv_method method = pick_of(&other, data.h);
    bench_data_free(&data);
    return method;
}

/* The first extent in low+1..high with another choice than low's, which high has. */
static size_t change_between(const bench_problem *problem, bool kernel, size_t low, size_t high,
                             conv_method before) {
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (pick_at(problem, kernel, middle) == before)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static size_t longest_of(int rank, const size_t *shape) {
    size_t longest = 0;
    for (int d = 0; d < rank; d++)
        longest = shape[d] > longest ? shape[d] : longest;
    return longest;
}

static const char *name_of(conv_method method) {
    return method == CONV_METHOD_AUTO ? "none" : bench_method_name(method);
}

/* From a 64th of the extent to 64 times, in steps of two; kernels no longer than the signal. */
static void print_changes(const bench_problem *problem, bool kernel) {
    size_t here = longest_of(problem->rank, kernel ? problem->kernel : problem->signal);
    size_t most = kernel ? longest_of(problem->rank, problem->signal) : 64 * here;
    size_t extent = here / 64 ? here / 64 : 1;
    size_t cap = 64 * here < most ? 64 * here : most;
    conv_method method = pick_at(problem, kernel, extent);
    printf("  %s of %zu", kernel ? "kernels" : "signals", extent);
    if (!kernel && problem->rank > 1)
        cap = cap < 16 * here ? cap : 16 * here;
    while (extent < cap) {
        size_t next = 2 * extent < cap ? 2 * extent : cap;
        conv_method after = pick_at(problem, kernel, next);
        if (after != method) {
            size_t at = change_between(problem, kernel, extent, next, method);
            printf(" to %zu: %s; from %zu", at - 1, name_of(method), at);
            method = after;
        }
        extent = next;
    }
    printf(" to %zu: %s\n", extent, name_of(method));
}

/* ---- the advice ---- */

static void print_sentence(const bench_result *result) {
    char name[128];
    const bench_row *pick = &result->row[result->picked], *best = &result->row[result->fastest];
    double ns = 1e9 / (double)result->outputs;
    bench_problem_text(&result->problem, name, sizeof name);
    if (result->picked == result->fastest)
        printf("%s: leave the choice to CONV_METHOD_AUTO, which takes %s, the fastest, %.3g ns an "
               "output.\n\n",
               name, bench_method_name(pick->method), ns * pick->seconds);
    else if (result->pick_ratio <= 1.1)
        printf("%s: leave the choice to CONV_METHOD_AUTO, which takes %s, %.3g ns an output; %s is "
               "as fast, %.3g ns.\n\n",
               name, bench_method_name(pick->method), ns * pick->seconds,
               bench_method_name(best->method), ns * best->seconds);
    else
        printf("%s: ask for CONV_METHOD_%s, %.3g ns an output; CONV_METHOD_AUTO would take %s, "
               "%.2f times as long. Where that happens often, convbench calibrate measures this "
               "machine.\n\n",
               name, bench_method_name(best->method), ns * best->seconds,
               bench_method_name(pick->method), result->pick_ratio);
}

int bench_advise(const bench_options *options, const bench_limits *limits) {
    bench_result result;
    bench_progress(0, 0, "timing every method");
    bool possible = bench_measure(&result, &options->problem, &options->effort, limits);
    bench_progress(0, 0, NULL);
    if (!possible || result.picked < 0 || result.fastest < 0) {
        fprintf(stderr, "convbench: %s\n", possible ? "no method was timed" : conv_last_error());
        return 2;
    }
    print_sentence(&result);
    bench_print_head();
    bench_print_result(&result, true);
    printf("\nWhat CONV_METHOD_AUTO takes around it:\n");
    print_changes(&options->problem, true);
    print_changes(&options->problem, false);
    bench_print_disturbance();
    return bench_row_is_wrong(&result.row[result.picked]) ? 1 : 0;
}
