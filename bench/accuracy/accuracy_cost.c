/* What the rules cost: executions of a plan for each over that of the plain sum. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "accuracy.h"
#include "timing.h"

/* SUM, RECTANGLE, TRAPEZOID, orders 3 to 8, AUTO; the number is the order where there is one. */
enum { SUM, HIGHEST = 8, AUTO, RULES };

/* Integrals at FFT speed means: what the plain sum costs, but for what no one notices. */
#define COST_BAR 1.05
#define COST_BAR_FROM 65536

static const conv_rule rules[RULES] = {
    CONV_RULE_SUM,     CONV_RULE_RECTANGLE, CONV_RULE_TRAPEZOID, CONV_RULE_GREGORY,
    CONV_RULE_GREGORY, CONV_RULE_GREGORY,   CONV_RULE_GREGORY,   CONV_RULE_GREGORY,
    CONV_RULE_GREGORY, CONV_RULE_AUTO,
};

static bool begin(bench_execution execution[RULES], const bench_problem *problem,
                  const bench_data *data) {
    for (int i = 0; i < RULES; i++) {
        conv_desc desc;
        bench_problem_desc(problem, CONV_METHOD_AUTO, &desc);
        desc.rule = rules[i];
        desc.rule_order = i;
        desc.spacing[0] = 1.0 / (double)problem->signal[0];
        if (bench_execution_begin(&execution[i], &desc, data, 1) == CONV_OK)
            continue;
        while (i-- > 0)
            bench_execution_end(&execution[i]);
        return false;
    }
    return true;
}

static void measure(bench_accuracy_run *run, const bench_problem *problem, double budget) {
    bench_execution execution[RULES];
    bench_subject subject[RULES];
    bench_data data;
    char name[128];
    double worst = 0;
    bench_problem_text(problem, name, sizeof name);
    if (!bench_data_make(problem, &data)) {
        bar_skip(&run->bars, name, "no memory");
        return;
    }
    if (!begin(execution, problem, &data)) {
        bar_skip(&run->bars, name, conv_last_error());
        bench_data_free(&data);
        return;
    }
    for (int i = 0; i < RULES; i++)
        subject[i] = (bench_subject){bench_execution_call, &execution[i], 0, false};
    bench_time(subject, RULES, budget);
    printf("%-34s %-6s %9.1f", name, bench_method_name(conv_plan_method(execution[SUM].plan)),
           1e6 * subject[SUM].seconds);
    for (int i = 1; i < RULES; i++) {
        double ratio = subject[i].seconds / subject[SUM].seconds;
        worst = i <= HIGHEST ? fmax(worst, ratio) : worst;
        printf(" %7.3f", ratio);
    }
    printf("\n");
    if (problem->signal[0] >= COST_BAR_FROM)
        bar_at_most(&run->bars, "the slowest rule but AUTO over the plain sum", worst, COST_BAR);
    for (int i = 0; i < RULES; i++)
        bench_execution_end(&execution[i]);
    bench_data_free(&data);
}

void accuracy_rule_cost(bench_accuracy_run *run) {
    static const size_t lengths[] = {(size_t)1 << 12, (size_t)1 << 16, (size_t)1 << 20};
    bench_grid_size grid = run->bars.options->grid;
    int count = grid == BENCH_GRID_SMOKE ? 1 : grid == BENCH_GRID_QUICK ? 2 : 3;
    double budget = grid == BENCH_GRID_SMOKE ? 1e-3 : grid == BENCH_GRID_QUICK ? 50e-3 : 0.4;
    bar_begin("Time of an execution over that of the plain sum");
    printf("%-34s %-6s %9s %7s %7s", "problem", "method", "sum us", "rectngl", "trapez.");
    for (int order = 3; order <= HIGHEST; order++)
        printf(" order %d", order);
    printf(" %7s\n", "AUTO");
    for (int i = 0; i < count; i++)
        for (bench_type type = BENCH_F32; type <= BENCH_F64; type++) {
            bench_problem problem = bar_line(type, lengths[i], lengths[i], CONV_CAUSAL);
            measure(run, &problem, budget);
            problem.kernel[0] = 256;
            measure(run, &problem, budget);
        }
}
