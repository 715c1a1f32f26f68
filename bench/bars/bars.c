#include "bars.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

void bar_begin(const char *what) {
    printf("\n%s\n", what);
    fflush(stdout);
    if (!isatty(STDOUT_FILENO))
        bench_progress(0, 0, what);
}

void bar_figure(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("    ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    fflush(stdout);
}

static void verdict(bench_bars_run *run, const char *what, double measured, const char *relation,
                    double bar, bool passes) {
    run->passed += passes;
    run->failed += !passes;
    printf("  %s  %-66s %9.3f  (%s %.4g)\n", passes ? "PASS" : "FAIL", what, measured, relation,
           bar);
    fflush(stdout);
}

void bar_at_least(bench_bars_run *run, const char *what, double measured, double least) {
    verdict(run, what, measured, "at least", least, measured >= least);
}

void bar_at_most(bench_bars_run *run, const char *what, double measured, double most) {
    verdict(run, what, measured, "at most", most, measured <= most);
}

void bar_skip(bench_bars_run *run, const char *what, const char *why) {
    run->skipped++;
    printf("  ----  %s: not measured: %s\n", what, why);
}

bench_problem bar_line(bench_type type, size_t n, size_t m, conv_mode mode) {
    return (bench_problem){
        .type = type, .rank = 1, .signal = {n}, .kernel = {m}, .mode = mode, .threads = 1};
}

bench_problem bar_plane(bench_type type, size_t n, size_t m, conv_mode mode) {
    return (bench_problem){
        .type = type, .rank = 2, .signal = {n, n}, .kernel = {m, m}, .mode = mode, .threads = 1};
}

double bar_difference(bool is_double, const void *a, const void *b, size_t count) {
    double worst = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        double x[2], y[2];
        bench_element(is_double, false, a, i, x);
        bench_element(is_double, false, b, i, y);
        worst = fmax(worst, fabs(x[0] - y[0]));
        largest = fmax(largest, fabs(x[0]));
    }
    return worst / largest;
}

bool bar_prepare(bench_bars_run *run, const bench_problem *problem, conv_method method,
                 bench_data *data, bench_execution *execution) {
    char name[128];
    conv_desc desc;
    bench_problem_text(problem, name, sizeof name);
    if (!bench_data_make(problem, data)) {
        bar_skip(run, name, "no memory");
        return false;
    }
    bench_problem_desc(problem, method, &desc);
    if (bench_execution_begin(execution, &desc, data, 1) != CONV_OK) {
        bar_skip(run, name, conv_last_error());
        bench_data_free(data);
        return false;
    }
    return true;
}

void bar_release(bench_data *data, bench_execution *execution) {
    bench_execution_end(execution);
    bench_data_free(data);
}

int bench_bars(const bench_options *options, const bench_limits *limits) {
    static const struct {
        const char *name;
        void (*measure)(bench_bars_run *run);
    } parts[] = {
        {"line", bars_direct_line},
        {"plane", bars_direct_plane},
        {"planes", bars_planes},
        {"lines", bars_lines},
        {"home", bars_home_direct},
        {"transform", bars_transform},
        {"calls", bars_calls},
        {"pick", bars_pick},
        {"pick-planes", bars_pick_planes},
        {"overlap-save", bars_overlap_save},
        {"threads", bars_threads},
        {"growth", bars_growth},
        {"online", bars_online},
        {"varying", bars_varying},
        {"volume", bars_volume},
        {"once", bars_once},
        {"preparing", bars_preparing},
    };
    bench_bars_run run = {.options = options, .limits = limits};
    bool found = false;
    bench_limits_print(limits);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (options->part && strcmp(options->part, parts[i].name) != 0)
            continue;
        found = true;
        parts[i].measure(&run);
    }
    if (!found) {
        fprintf(stderr, "convbench: no part \"%s\"; one of", options->part);
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            fprintf(stderr, " %s", parts[i].name);
        fprintf(stderr, "\n");
        return 2;
    }
    bench_progress(0, 0, NULL);
    bench_print_disturbance();
    printf("\n%d bars passed, %d failed, %d not measured\n", run.passed, run.failed, run.skipped);
    return run.failed ? 1 : 0;
}
