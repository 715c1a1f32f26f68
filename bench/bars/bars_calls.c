/* Bars of single calls, of threads, and of the cost per output against the length. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "base/parallel.h"
#include "home.h"
#include "timing.h"

typedef struct {
    const bench_problem *problem;
    const bench_data *data;
} one_shot_job;

static void one_shot(void *context) {
    const one_shot_job *job = context;
    const bench_data *data = job->data;
    size_t n = job->problem->signal[0], m = job->problem->kernel[0];
    conv_mode mode = job->problem->mode;
    switch (job->problem->type) {
    case BENCH_F32:
        conv1d_f32(data->x, n, data->h, m, mode, data->y);
        break;
    case BENCH_F64:
        conv1d_f64(data->x, n, data->h, m, mode, data->y);
        break;
    case BENCH_C32:
        conv1d_c32(data->x, n, data->h, m, mode, data->y);
        break;
    default:
        conv1d_c64(data->x, n, data->h, m, mode, data->y);
        break;
    }
}

enum { LOOP_TAPS = 3, LOOP_MOST = 1024 };

typedef struct {
    const float *x, *h;
    float *y;
    size_t count;
} loop_job;

static void loop(void *context) {
    const loop_job *job = context;
    home_direct_float(job->x, job->h, LOOP_TAPS, job->y, job->count);
}

/* The loop finds its samples between zeros already, in the modes that have ends. */
static void bar_loop(bench_bars_run *run, size_t n, conv_mode mode) {
    static float between[LOOP_MOST + 2 * (LOOP_TAPS - 1)];
    bench_problem problem = bar_line(BENCH_F32, n, LOOP_TAPS, mode);
    bench_data data;
    bench_execution execution;
    char text[64];
    if (!bar_prepare(run, &problem, CONV_METHOD_AUTO, &data, &execution))
        return;
    memcpy(between + LOOP_TAPS - 1, data.x, n * sizeof *between);
    one_shot_job once = {&problem, &data};
    loop_job home = {between, data.h, data.y, conv_output_extent(n, LOOP_TAPS, mode)};
    bench_subject subject[2] = {{one_shot, &once, 0, false}, {loop, &home, 0, false}};
    bench_time(subject, 2, 20e-3);
    snprintf(text, sizeof text, "f32, %zu x %d, %s: one-shot - (tiled C loop = %.1f ns)", n,
             LOOP_TAPS, bench_mode_name(mode), 1e9 * subject[1].seconds);
    bar_at_most(run, text, 1e9 * (subject[0].seconds - subject[1].seconds), 10);
    bar_release(&data, &execution);
}

void bars_calls(bench_bars_run *run) {
    static const conv_mode modes[] = {CONV_FULL, CONV_SAME, CONV_VALID};
    bar_begin("64 x 5: nanoseconds of a call");
    for (bench_type type = BENCH_F32; type <= BENCH_C64; type++) {
        double planned = 0, once = 0;
        for (int i = 0; i < 3; i++) {
            bench_problem problem = bar_line(type, 64, 5, modes[i]);
            bench_data data;
            bench_execution execution;
            if (!bar_prepare(run, &problem, CONV_METHOD_AUTO, &data, &execution))
                return;
            one_shot_job job = {&problem, &data};
            bench_subject subject[2] = {{bench_execution_call, &execution, 0, false},
                                        {one_shot, &job, 0, false}};
            bench_time(subject, 2, 20e-3);
            bar_figure("%s %-5s planned %.1f ns, one-shot %.1f ns", bench_type_name(type),
                       bench_mode_name(modes[i]), 1e9 * subject[0].seconds,
                       1e9 * subject[1].seconds);
            planned = subject[0].seconds > planned ? subject[0].seconds : planned;
            once = subject[1].seconds > once ? subject[1].seconds : once;
            bar_release(&data, &execution);
        }
        if (type != BENCH_F32) /* the bar is for f32 */
            continue;
        bar_at_most(run, "f32, planned, the slowest mode", 1e9 * planned, 30);
        bar_at_most(run, "f32, one-shot, the slowest mode", 1e9 * once, 60);
    }
    for (size_t n = 256; n <= LOOP_MOST; n *= 4)
        for (int i = 0; i < 3; i++)
            bar_loop(run, n, modes[i]);
}

/* One thread's time over two threads'; 0 where there is none. */
static double speedup(bench_bars_run *run, const bench_problem *problem) {
    bench_problem twice = *problem;
    bench_data data[2];
    bench_execution execution[2];
    char name[128];
    twice.threads = 2;
    if (!bar_prepare(run, problem, CONV_METHOD_AUTO, &data[0], &execution[0]))
        return 0;
    if (!bar_prepare(run, &twice, CONV_METHOD_AUTO, &data[1], &execution[1])) {
        bar_release(&data[0], &execution[0]);
        return 0;
    }
    bench_subject subject[2] = {{bench_execution_call, &execution[0], 0, true},
                                {bench_execution_call, &execution[1], 0, true}};
    bench_time(subject, 2, 0.1);
    double ratio = subject[0].seconds / subject[1].seconds;
    bench_problem_text(problem, name, sizeof name);
    bar_figure("%-40s %s %.3f ms, two threads (%s) %.3f ms, ratio %.2f", name,
               bench_method_name(conv_plan_method(execution[0].plan)), 1e3 * subject[0].seconds,
               bench_method_name(conv_plan_method(execution[1].plan)), 1e3 * subject[1].seconds,
               ratio);
    for (int i = 0; i < 2; i++)
        bar_release(&data[i], &execution[i]);
    return ratio;
}

void bars_threads(bench_bars_run *run) {
    const bench_problem problems[] = {
        bar_line(BENCH_F32, (size_t)1 << 20, 9, CONV_SAME),
        bar_line(BENCH_F32, (size_t)1 << 20, 63, CONV_SAME),
        bar_line(BENCH_F32, (size_t)1 << 20, 255, CONV_SAME),
        bar_line(BENCH_F32, (size_t)1 << 20, 4095, CONV_SAME),
        bar_line(BENCH_F64, (size_t)1 << 22, 1023, CONV_SAME),
        bar_line(BENCH_F32, (size_t)1 << 20, (size_t)1 << 20, CONV_SAME),
        bar_plane(BENCH_F32, 1024, 5, CONV_SAME),
        bar_plane(BENCH_F32, 1024, 15, CONV_SAME),
        bar_plane(BENCH_F32, 1024, 63, CONV_SAME),
    };
    double least = 1e9;
    bar_begin("two threads against one, 1M outputs and more");
    if (conv_parallel_threads(0) < 2) {
        bar_skip(run, "threads", "this process may use one processor, or the build has no threads");
        return;
    }
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        double ratio = speedup(run, &problems[i]);
        least = ratio < least ? ratio : least;
    }
    bar_at_least(run, "least ratio", least, 1.8);
}

/* The extremes of ns per output, over lengths that one kind of memory holds. */
typedef struct {
    double least, most;
} extremes;

static void widen(extremes *of, double value) {
    of->least = value < of->least ? value : of->least;
    of->most = value > of->most ? value : of->most;
}

void bars_growth(bench_bars_run *run) {
    extremes cached = {1e9, 0}, streamed = {1e9, 0};
    size_t at_first = 0, largest = 0;
    int lengths_streamed = 0;
    bar_begin("f32, 255 taps, AUTO: cost per output against the length (--long: to 10^8)");
    for (size_t n = 10000; n <= (run->options->long_run ? 100000000u : 10000000u); n *= 10) {
        bench_problem problem = bar_line(BENCH_F32, n, 255, CONV_SAME);
        bench_data data;
        bench_execution execution;
        if (!bar_prepare(run, &problem, CONV_METHOD_AUTO, &data, &execution))
            return;
        bench_subject subject = {bench_execution_call, &execution, 0, false};
        bench_time(&subject, 1, 0.1);
        double bytes = 4 * (double)n, each = 1e9 * subject.seconds / (double)n;
        double copy = 1e9 * bench_limits_traffic(run->limits, bytes, bytes) / (double)n;
        bar_figure("%9zu samples: %s %.3f ns per output, copying alone %.3f, workspace %zu bytes",
                   n, bench_method_name(conv_plan_method(execution.plan)), each, copy,
                   execution.workspace_bytes);
        bool fits = 2 * bytes <= (double)run->limits->cache[LIMIT_L3];
        lengths_streamed += !fits;
        widen(fits ? &cached : &streamed, each);
        if (n == 100000)
            at_first = execution.workspace_bytes;
        largest = execution.workspace_bytes > largest ? execution.workspace_bytes : largest;
        bar_release(&data, &execution);
    }
    bar_at_most(run, "dearest over cheapest, lengths that fit the caches",
                cached.most / cached.least, 1.25);
    if (lengths_streamed > 1)
        bar_at_most(run, "dearest over cheapest, lengths beyond the caches",
                    streamed.most / streamed.least, 1.25);
    else
        bar_skip(run, "lengths beyond the caches", "needs --long");
    bar_at_most(run, "largest workspace over that at 10^5 samples",
                (double)largest / (double)at_first, 1.0);
    bar_at_most(run, "workspace, MiB", (double)largest / 1048576, 2.0);
}
