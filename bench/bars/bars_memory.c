/* Bars of what memory costs: one-shot calls under malloc's defaults, and creations of plans. Each
 * row is a process of its own. */
#include <math.h>
#include <stdio.h>

#include "bars.h"
#include "fresh.h"

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

static double once_row(bench_bars_run *run, const bench_problem *problem) {
    bench_fresh set[2]; /* malloc's defaults, and one that gives nothing back */
    char name[128];
    bench_problem_text(problem, name, sizeof name);
    for (int keeps = 0; keeps < 2; keeps++)
        if (!bench_fresh_measure(&set[keeps], problem, CONV_METHOD_AUTO, keeps)) {
            bar_skip(run, name, "its process failed");
            return 0;
        }
    double ratio = set[0].once / set[0].planned;
    bar_figure("%-28s %9.4g us planned; by default %6.2f times that one-shot (%.1f faults), %5.2f "
               "without a workspace (%.1f); memory kept %5.2f; the first %.4g us",
               name, 1e6 * set[0].planned, ratio, set[0].once_faults, set[0].null / set[0].planned,
               set[0].null_faults, set[1].once / set[1].planned, 1e6 * set[0].first);
    return ratio;
}

void bars_once(bench_bars_run *run) {
    static const size_t lengths[] = {16384, 58983, 65536, 262144, 1048576};
    static const size_t kernels[] = {31, 255, 1023, 6553, 65536, 1048576};
    bar_begin("One-shot calls, full, from 2^14 samples on: time over a planned call's");
    for (bench_type type = BENCH_F32; type <= BENCH_F64; type++) {
        double worst = 0;
        char what[64];
        for (int i = 0; i < COUNT(lengths); i++) {
            for (int j = 0; j < COUNT(kernels) && kernels[j] < lengths[i]; j++) {
                bench_problem problem = bar_line(type, lengths[i], kernels[j], CONV_FULL);
                worst = fmax(worst, once_row(run, &problem));
            }
            bench_problem square = bar_line(type, lengths[i], lengths[i], CONV_FULL);
            worst = fmax(worst, once_row(run, &square));
        }
        if (worst == 0)
            continue; /* each was skipped with its reason */
        snprintf(what, sizeof what, "%s, one-shot over planned, malloc's defaults",
                 bench_type_name(type));
        bar_at_most(run, what, worst, 5);
    }
}

/* The extremes of a measured creation over the model's. */
typedef struct {
    double least, most;
    int count;
} ratios;

static void join(ratios *of, double ratio) {
    of->count++;
    of->least = fmin(of->least, ratio);
    of->most = fmax(of->most, ratio);
}

static bool within_two(double ratio) {
    return ratio >= 0.5 && ratio <= 2;
}

/* New memory takes what the whole machine does at the time: a row that is off is measured again, up
 * to twice. */
static void preparing_row(bench_bars_run *run, const bench_problem *problem, conv_method method,
                          ratios *kept, ratios *fresh) {
    enum { MOST = 3 };
    bench_fresh row;
    char name[128];
    double in_kept = 0, in_fresh = 0;
    bench_problem_text(problem, name, sizeof name);
    for (int i = 0; i < MOST && !(within_two(in_kept) && within_two(in_fresh)); i++) {
        if (!bench_fresh_measure(&row, problem, method, true)) {
            bar_skip(run, name, "its process failed");
            return;
        }
        if (!within_two(in_kept))
            in_kept = row.creation / row.creation_model;
        if (!within_two(in_fresh))
            in_fresh = row.fresh_creation / row.fresh_model;
    }
    join(kept, in_kept);
    join(fresh, in_fresh);
    bar_figure("%-32s %9.4g us, %5.2f of the model's; in new memory %9.4g us, %5.2f; %.40s", name,
               1e6 * row.creation, in_kept, 1e6 * row.fresh_creation, in_fresh, row.method);
}

static void type_rows(bench_bars_run *run, bench_type type, ratios *kept, ratios *fresh) {
    static const size_t lengths[] = {1024, 16384, 262144, 4194304};
    static const size_t kernels[] = {16, 255, 4096, 65536, 1048576};
    static const size_t sides[] = {64, 256, 1024};
    static const size_t squares[] = {5, 31, 128};
    static const size_t periods[] = {1000, 100000};
    for (int i = 0; i < COUNT(lengths); i++)
        for (int j = 0; j < COUNT(kernels) && kernels[j] <= lengths[i]; j++) {
            bench_problem problem = bar_line(type, lengths[i], kernels[j], CONV_FULL);
            preparing_row(run, &problem, CONV_METHOD_BLOCKS, kept, fresh);
            if (kernels[j] * 16 >= lengths[i])
                preparing_row(run, &problem, CONV_METHOD_FFT, kept, fresh);
        }
    for (int i = 0; i < COUNT(sides); i++)
        for (int j = 0; j < COUNT(squares); j++) {
            bench_problem problem = bar_plane(type, sides[i], squares[j], CONV_SAME);
            preparing_row(run, &problem, CONV_METHOD_BLOCKS, kept, fresh);
            preparing_row(run, &problem, CONV_METHOD_FFT, kept, fresh);
        }
    for (int i = 0; i < COUNT(periods); i++) {
        bench_problem problem = bar_line(type, periods[i], periods[i], CONV_CIRCULAR);
        preparing_row(run, &problem, CONV_METHOD_FFT, kept, fresh);
    }
    bench_problem direct = bar_line(type, 4096, 16, CONV_SAME);
    preparing_row(run, &direct, CONV_METHOD_DIRECT, kept, fresh);
    direct = bar_plane(type, 256, 15, CONV_SAME);
    preparing_row(run, &direct, CONV_METHOD_DIRECT, kept, fresh);
    direct.separable = true;
    preparing_row(run, &direct, CONV_METHOD_SEPARABLE, kept, fresh);
}

void bars_preparing(bench_bars_run *run) {
    ratios kept = {INFINITY, 0, 0}, fresh = {INFINITY, 0, 0};
    bar_begin("Creations of plans: measured over what conv_plan_describe says");
    for (bench_type type = BENCH_F32; type <= BENCH_C64; type++)
        type_rows(run, type, &kept, &fresh);
    if (kept.count == 0)
        return; /* each was skipped with its reason */
    bar_at_least(run, "memory kept, least of the model", kept.least, 0.5);
    bar_at_most(run, "memory kept, most of the model", kept.most, 2);
    bar_at_least(run, "new memory, least of the model", fresh.least, 0.5);
    bar_at_most(run, "new memory, most of the model", fresh.most, 2);
}
