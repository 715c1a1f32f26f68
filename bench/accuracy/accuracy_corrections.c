/* What Gregory's rules cost in two and three dimensions, where whole planes of outputs are
 * corrected: executions and creations of plans over those of the trapezoidal rule, in one run. */
#include <math.h>
#include <stdio.h>

#include "accuracy.h"
#include "measure.h"
#include "timing.h"

/* The trapezoidal rule, orders 4, 6 and 8, AUTO. */
enum { TRAPEZOID, HIGHEST = 3, AUTO, SUBJECTS };

static const conv_rule rules[SUBJECTS] = {CONV_RULE_TRAPEZOID, CONV_RULE_GREGORY, CONV_RULE_GREGORY,
                                          CONV_RULE_GREGORY, CONV_RULE_AUTO};
static const int orders[SUBJECTS] = {0, 4, 6, 8, 0};

/* A creation may take so many times the trapezoid's, and AUTO's so many times its highest order's.
 */
#define CREATE_BAR 10
#define AUTO_BAR 2

typedef struct {
    conv_desc desc;
    const void *kernel;
} creation;

static void create(void *context) {
    const creation *job = context;
    conv_plan *plan;
    if (conv_plan_create(&plan, &job->desc, job->kernel) == CONV_OK)
        conv_plan_destroy(plan);
}

typedef struct {
    bench_execution execution[SUBJECTS];
    creation creation[SUBJECTS];
    double execute[SUBJECTS], create[SUBJECTS];
} measured;

static bool begin(measured *made, const bench_problem *problem, const bench_data *data, int first,
                  int end) {
    for (int i = first; i < end; i++) {
        conv_desc *desc = &made->creation[i].desc;
        bench_problem_desc(problem, CONV_METHOD_AUTO, desc);
        desc->rule = rules[i];
        desc->rule_order = orders[i];
        for (int d = 0; d < problem->rank; d++)
            desc->spacing[d] = 1.0 / (double)problem->signal[d];
        made->creation[i].kernel = data->h;
        if (bench_execution_begin(&made->execution[i], desc, data, 1) == CONV_OK)
            continue;
        while (i-- > first)
            bench_execution_end(&made->execution[i]);
        return false;
    }
    return true;
}

/* Subjects first..end-1, in turn. */
static bool time_some(measured *made, const bench_problem *problem, const bench_data *data,
                      double budget, int first, int end) {
    bench_subject subject[2 * SUBJECTS];
    int count = end - first;
    if (!begin(made, problem, data, first, end))
        return false;
    for (int i = 0; i < count; i++) {
        subject[i] = (bench_subject){bench_execution_call, &made->execution[first + i], 0, false};
        subject[count + i] = (bench_subject){create, &made->creation[first + i], 0, false};
    }
    bench_time(subject, 2 * count, budget);
    for (int i = 0; i < count; i++) {
        made->execute[first + i] = subject[i].seconds;
        made->create[first + i] = subject[count + i].seconds;
        bench_execution_end(&made->execution[first + i]);
    }
    return true;
}

static void print(const char *name, const measured *made) {
    printf("%-34s execute %10.1f", name, 1e6 * made->execute[TRAPEZOID]);
    for (int i = 1; i < SUBJECTS; i++)
        printf(" %8.2f", made->execute[i] / made->execute[TRAPEZOID]);
    printf("\n%-34s create  %10.1f", "", 1e6 * made->create[TRAPEZOID]);
    for (int i = 1; i < SUBJECTS; i++)
        printf(" %8.2f", made->create[i] / made->create[TRAPEZOID]);
    printf("\n");
}

static bool measure(bench_accuracy_run *run, const bench_problem *problem, double budget,
                    measured *made) {
    bench_data data;
    char name[128];
    bench_problem_text(problem, name, sizeof name);
    if (!bench_data_make(problem, &data)) {
        bar_skip(&run->bars, name, "no memory");
        return false;
    }
    /* AUTO's many plans would push the others' memory out of every cache: it comes after them. */
    bool timed = time_some(made, problem, &data, budget, 0, AUTO) &&
                 time_some(made, problem, &data, budget, AUTO, SUBJECTS);
    if (timed)
        print(name, made);
    else
        bar_skip(&run->bars, name, conv_last_error());
    bench_data_free(&data);
    return timed;
}

static void judge_auto(bench_accuracy_run *run, const measured *made) {
    bar_at_most(&run->bars, "AUTO's creation over that of order 8",
                made->create[AUTO] / made->create[HIGHEST], AUTO_BAR);
}

static void planes(bench_accuracy_run *run, double budget) {
    static const struct {
        size_t n, m;
        double most;
    } sides[] = {{64, 32, 3}, {256, 64, 2}, {1024, 256, 1.3}};
    int count = run->bars.options->grid == BENCH_GRID_SMOKE ? 1 : 3;
    for (int i = 0; i < count; i++) {
        bench_problem problem = bar_plane(BENCH_F64, sides[i].n, sides[i].m, CONV_SAME);
        measured made;
        double execute = 0, making = 0;
        if (!measure(run, &problem, budget, &made))
            continue;
        for (int k = 1; k <= HIGHEST; k++) {
            execute = fmax(execute, made.execute[k] / made.execute[TRAPEZOID]);
            making = fmax(making, made.create[k] / made.create[TRAPEZOID]);
        }
        bar_at_most(&run->bars, "the slowest order over the trapezoidal rule", execute,
                    sides[i].most);
        bar_at_most(&run->bars, "its creation over that one's", making, CREATE_BAR);
        judge_auto(run, &made);
    }
}

static void volume(bench_accuracy_run *run, double budget) {
    bench_problem problem = {.type = BENCH_F64,
                             .rank = 3,
                             .signal = {24, 24, 24},
                             .kernel = {12, 12, 12},
                             .mode = CONV_SAME,
                             .threads = 1};
    measured made;
    if (!measure(run, &problem, budget, &made))
        return;
    bar_at_most(&run->bars, "order 8 in three dimensions, ms", 1e3 * made.execute[HIGHEST], 60);
    bar_at_most(&run->bars, "its creation, ms", 1e3 * made.create[HIGHEST], 50);
    judge_auto(run, &made);
}

void accuracy_correction_cost(bench_accuracy_run *run) {
    bench_grid_size grid = run->bars.options->grid;
    double budget = grid == BENCH_GRID_SMOKE ? 1e-3 : grid == BENCH_GRID_QUICK ? 50e-3 : 0.4;
    bar_begin("Time of Gregory's rules in more dimensions over that of the trapezoidal rule");
    printf("%-34s         %10s %8s %8s %8s %8s\n", "problem", "trapez. us", "order 4", "order 6",
           "order 8", "AUTO");
    planes(run, budget);
    volume(run, budget);
}
