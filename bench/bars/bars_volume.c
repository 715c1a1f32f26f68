/* Bars of volumes: against one transform of FFTW3 by hand, the direct method against the peak, and
 * AUTO against the fastest method on a grid of cubes, thin and flat volumes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "home.h"
#include "output.h"
#include "timing.h"

typedef struct {
    size_t signal[3], kernel[3];
} volume;

static bench_problem problem_of(bench_type type, const volume *v) {
    bench_problem problem = {.type = type, .rank = 3, .mode = CONV_SAME, .threads = 1};
    memcpy(problem.signal, v->signal, sizeof v->signal);
    memcpy(problem.kernel, v->kernel, sizeof v->kernel);
    return problem;
}

#ifdef CONV_HAVE_FFTW

typedef struct {
    home_volume *plan;
    bool is_double;
    const void *x;
    void *y;
} home_job;

static void home_call(void *context) {
    const home_job *job = context;
    if (job->is_double)
        home_volume_double(job->plan, job->x, job->y);
    else
        home_volume_float(job->plan, job->x, job->y);
}

/* FFTW's time over AUTO's; 0: no result. */
static double against_home(bench_bars_run *run, bench_type type, const volume *v) {
    bench_problem problem = problem_of(type, v);
    bench_data data;
    bench_execution execution;
    char name[128];
    double ratio = 0;
    if (!bar_prepare(run, &problem, CONV_METHOD_AUTO, &data, &execution))
        return 0;
    home_job job = {.is_double = type == BENCH_F64, .x = data.x};
    job.y = malloc(data.outputs * bench_type_size(type));
    job.plan = job.is_double ? home_volume_double_begin(data.h, v->kernel, v->signal)
                             : home_volume_float_begin(data.h, v->kernel, v->signal);
    bench_problem_text(&problem, name, sizeof name);
    if (job.y && job.plan) {
        bench_subject subject[2] = {{bench_execution_call, &execution, 0, false},
                                    {home_call, &job, 0, false}};
        bench_time(subject, 2, 0.15);
        ratio = subject[1].seconds / subject[0].seconds;
        bar_figure("%s: AUTO (%s) %.2f ns per output, by hand %.2f, ratio %.2f, results apart %.1e",
                   name, bench_method_name(conv_plan_method(execution.plan)),
                   1e9 * subject[0].seconds / (double)data.outputs,
                   1e9 * subject[1].seconds / (double)data.outputs, ratio,
                   bar_difference(job.is_double, data.y, job.y, data.outputs));
    } else {
        bar_skip(run, name, "no memory");
    }
    if (job.is_double)
        home_volume_double_end(job.plan);
    else
        home_volume_float_end(job.plan);
    free(job.y);
    bar_release(&data, &execution);
    return ratio;
}

static void by_hand(bench_bars_run *run) {
    static const volume volumes[] = {{{64, 64, 64}, {3, 3, 3}},    {{64, 64, 64}, {5, 5, 5}},
                                     {{64, 64, 64}, {9, 9, 9}},    {{128, 128, 128}, {3, 3, 3}},
                                     {{128, 128, 128}, {5, 5, 5}}, {{128, 128, 128}, {9, 9, 9}},
                                     {{96, 96, 96}, {17, 17, 17}}};
    bar_begin("volumes, AUTO against one transform of FFTW3 (MEASURE) by hand");
    for (bench_type type = BENCH_F32; type <= BENCH_F64; type++) {
        double least = 1e9;
        for (size_t i = 0; i < sizeof volumes / sizeof *volumes; i++)
            least = fmin(least, against_home(run, type, &volumes[i]));
        bar_at_least(run, type == BENCH_F32 ? "f32, least ratio" : "f64, least ratio", least, 2);
    }
}

#else

static void by_hand(bench_bars_run *run) {
    bar_begin("volumes, AUTO against one transform of FFTW3 by hand");
    bar_skip(run, "volumes", "built without FFTW3");
}

#endif

static void against_peak(bench_bars_run *run) {
    static const volume volumes[] = {{{64, 64, 64}, {3, 3, 3}},
                                     {{64, 64, 64}, {5, 5, 5}},
                                     {{128, 128, 128}, {3, 3, 3}},
                                     {{128, 128, 128}, {5, 5, 5}}};
    bar_begin("volumes, direct: share of the peak");
    for (bench_type type = BENCH_F32; type <= BENCH_F64; type++) {
        double least = 1e9;
        for (size_t i = 0; i < sizeof volumes / sizeof *volumes; i++) {
            bench_problem problem = problem_of(type, &volumes[i]);
            bench_effort effort = run->options->effort;
            bench_result result;
            char name[128];
            effort.only = CONV_METHOD_DIRECT;
            effort.budget = 60e-3;
            effort.reference = 1e5;
            bench_problem_text(&problem, name, sizeof name);
            if (!bench_measure(&result, &problem, &effort, run->limits)) {
                bar_skip(run, name, conv_last_error());
                continue;
            }
            for (int r = 0; r < result.rows; r++)
                if (result.row[r].method == CONV_METHOD_DIRECT) {
                    bar_figure("%s: %.3f ns per output, %.0f %%", name,
                               1e9 * result.row[r].seconds / (double)result.outputs,
                               100 * result.row[r].peak_share);
                    least = fmin(least, result.row[r].peak_share);
                }
        }
        bar_at_least(run, type == BENCH_F32 ? "f32, least share" : "f64, least share", least, 0.5);
    }
}

static bool fits(const volume *v) {
    return v->kernel[0] <= v->signal[0] && v->kernel[1] <= v->signal[1] &&
           v->kernel[2] <= v->signal[2];
}

/* f64: every other problem, or all with --long. */
static void pick(bench_bars_run *run) {
    static const size_t signals[][3] = {{16, 16, 16},    {32, 32, 32},    {64, 64, 64},
                                        {100, 100, 100}, {160, 160, 160}, {8, 128, 128},
                                        {128, 128, 8},   {200, 20, 60}};
    static const size_t kernels[][3] = {{1, 1, 1}, {3, 3, 3},    {5, 5, 5},    {7, 7, 7},
                                        {9, 9, 9}, {13, 13, 13}, {17, 17, 17}, {31, 31, 31},
                                        {1, 9, 9}, {9, 1, 1},    {3, 15, 15},  {15, 3, 3}};
    const size_t each = sizeof kernels / sizeof *kernels;
    bench_problem grid[2 * sizeof signals / sizeof *signals * sizeof kernels / sizeof *kernels];
    size_t count = 0;
    bar_begin("volumes, AUTO against the fastest method");
    for (size_t i = 0; i < 2 * each * sizeof signals / sizeof *signals; i++) {
        bench_type type = i % 2 ? BENCH_F64 : BENCH_F32;
        size_t s = i / 2 / each, k = i / 2 % each;
        volume v;
        memcpy(v.signal, signals[s], sizeof v.signal);
        memcpy(v.kernel, kernels[k], sizeof v.kernel);
        bench_problem problem = problem_of(type, &v);
        if (fits(&v) && (type == BENCH_F32 || (s + k) % 2 == 0 || run->options->long_run))
            grid[count++] = problem;
    }
    bar_picks(run, grid, count, 30e-3, 0.5);
}

void bars_volume(bench_bars_run *run) {
    by_hand(run);
    against_peak(run);
    pick(run);
}
