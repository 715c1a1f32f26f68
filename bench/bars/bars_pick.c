/* Bars of the choice: AUTO's pick against the fastest method, over grids of problems. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bars.h"
#include "output.h"

/* Every problem whose pick is slower than 1.10 of the fastest is named. */
static void add_pick(bench_bars_run *run, const bench_problem *problem, double budget,
                     double slowest, bench_summary *summary) {
    bench_effort effort = run->options->effort;
    bench_result result;
    char name[256];
    effort.only = CONV_METHOD_AUTO;
    effort.budget = budget;
    effort.reference = 1e5;
    effort.slowest = slowest;
    if (!bench_measure(&result, problem, &effort, run->limits))
        return;
    bench_progress(0, 0, NULL);
    bench_summary_add(summary, &result);
    if (result.pick_ratio <= 1.10)
        return;
    bench_problem_arguments(problem, name, sizeof name);
    bar_figure("%.2f  %s, %s is faster: %s", result.pick_ratio,
               bench_method_name(result.row[result.picked].method),
               bench_method_name(result.row[result.fastest].method), name);
}

void bar_picks(bench_bars_run *run, const bench_problem *grid, size_t count, double budget,
               double slowest) {
    bench_summary summary = {0};
    char name[256];
    for (size_t i = 0; i < count; i++) {
        bench_problem_text(&grid[i], name, sizeof name);
        bench_progress(i + 1, count, name);
        add_pick(run, &grid[i], budget, slowest, &summary);
    }
    if (!summary.problems) {
        bar_skip(run, "the pick", "no problem that two methods do");
        return;
    }
    bar_figure("%d problems, the pick is the fastest on %d, geometric mean %.3f", summary.problems,
               summary.fastest, exp(summary.log_sum / summary.problems));
    bench_print_model(&summary);
    bar_at_least(run, "share of the grid with the pick within 1.10 of the fastest",
                 (double)summary.within / summary.problems, 0.95);
    bar_at_most(run, "worst pick over the fastest", summary.worst, 1.3);
}

static void picks_of_grid(bench_bars_run *run, const bench_filter *filter) {
    bench_problem *grid;
    size_t count =
        bench_grid_make(run->options->long_run ? BENCH_GRID_FULL : BENCH_GRID_QUICK, filter, &grid);
    bar_picks(run, grid, count, 12e-3, 1);
    free(grid);
}

void bars_pick(bench_bars_run *run) {
    bar_begin("AUTO against the fastest method, over the grid (--long: the full one)");
    picks_of_grid(run, &run->options->filter);
}

void bars_pick_planes(bench_bars_run *run) {
    bench_filter filter = run->options->filter;
    filter.planes = true;
    bar_begin(
        "AUTO against the fastest method, planes and batches (--long: all edge rules of each)");
    picks_of_grid(run, &filter);
}
