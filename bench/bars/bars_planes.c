/* Bars of the direct method on planes: small kernels at the limit of loads and bytes, edges that
 * cost what pixels cost, small planes beside large ones; and short kernels on lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "home.h"
#include "timing.h"

#define BUDGET 15e-3

/* Nanoseconds of an output; 0 where there is no plan. */
static double each(bench_bars_run *run, const bench_problem *problem, conv_method method) {
    bench_data data;
    bench_execution execution;
    if (!bar_prepare(run, problem, method, &data, &execution))
        return 0;
    bench_subject subject = {bench_execution_call, &execution, 0, false};
    bench_time(&subject, 1, BUDGET);
    double found = 1e9 * subject.seconds / (double)data.outputs;
    bar_release(&data, &execution);
    return found;
}

static double plane(bench_bars_run *run, size_t n, size_t m, conv_mode mode, conv_boundary edge) {
    bench_problem problem = bar_plane(BENCH_F32, n, m, mode);
    problem.edge = edge;
    return each(run, &problem, CONV_METHOD_DIRECT);
}

static void smallest_kernels(bench_bars_run *run) {
    static const struct {
        size_t n, m;
        double most;
    } bars[] = {{256, 3, 0.12}, {1024, 3, 0.16}, {256, 5, 0.25}, {1024, 5, 0.25}};
    static const conv_boundary edges[] = {CONV_ZERO, CONV_MIRROR};
    bar_begin("2-D direct, f32, SAME: nanoseconds of an output");
    for (size_t i = 0; i < sizeof bars / sizeof *bars; i++)
        for (size_t e = 0; e < 2; e++) {
            char name[64];
            snprintf(name, sizeof name, "%zux%zu, %zu^2, %s", bars[i].m, bars[i].m, bars[i].n,
                     bench_edge_name(edges[e]));
            bar_at_most(run, name, plane(run, bars[i].n, bars[i].m, CONV_SAME, edges[e]),
                        bars[i].most);
        }
}

static void edges_beside_pixels(bench_bars_run *run) {
    static const struct {
        size_t n;
        double most;
    } sizes[] = {{64, 1.30}, {256, 1.10}, {1024, 1.05}};
    static const size_t taps[] = {3, 5, 7, 11, 15};
    bar_begin("2-D direct, f32: an output of SAME over one of VALID, the dearest edge rule");
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        char text[256], name[64];
        int length = 0;
        double worst = 0;
        for (size_t i = 0; i < sizeof taps / sizeof *taps; i++) {
            double valid = plane(run, sizes[s].n, taps[i], CONV_VALID, CONV_ZERO), most = 0;
            for (conv_boundary edge = CONV_ZERO; edge <= CONV_MIRROR; edge++) {
                double same = plane(run, sizes[s].n, taps[i], CONV_SAME, edge);
                most = same > most ? same : most;
            }
            if (valid == 0)
                return;
            worst = most / valid > worst ? most / valid : worst;
            length += snprintf(text + length, sizeof text - (size_t)length, " %zu:%.3f/%.3f",
                               taps[i], most, valid);
        }
        bar_figure("%zu^2, side:same/valid %s", sizes[s].n, text);
        snprintf(name, sizeof name, "%zu^2, the worst", sizes[s].n);
        bar_at_most(run, name, worst, sizes[s].most);
    }
}

static double passes(bench_bars_run *run, bench_type type, size_t n, size_t m) {
    bench_problem problem = bar_plane(type, n, m, CONV_SAME);
    problem.edge = CONV_REFLECT;
    problem.separable = true;
    return each(run, &problem, CONV_METHOD_SEPARABLE);
}

/* method: "direct", or "separable" of a type. */
static void small_beside_large(bench_bars_run *run, const char *method, bench_type type) {
    static const size_t taps[] = {3, 5, 7, 9, 11, 15};
    bool direct = strcmp(method, "direct") == 0;
    char text[256], name[96];
    int length = 0;
    double worst[2] = {0, 0};
    snprintf(name, sizeof name, "2-D %s, %s, SAME: an output of 64^2 and 128^2 over one of 1024^2",
             method, type == BENCH_F32 ? "f32" : "f64");
    bar_begin(name);
    for (size_t i = 0; i < sizeof taps / sizeof *taps; i++) {
        double each_of[3];
        for (int s = 0; s < 3; s++) {
            size_t n = s == 2 ? 1024 : s ? 128 : 64;
            each_of[s] = direct ? plane(run, n, taps[i], CONV_SAME, CONV_ZERO)
                                : passes(run, type, n, taps[i]);
        }
        if (each_of[2] == 0)
            return;
        for (int s = 0; s < 2; s++) {
            double ratio = each_of[s] / each_of[2];
            worst[s] = ratio > worst[s] ? ratio : worst[s];
            length += snprintf(text + length, sizeof text - (size_t)length, "%s%.2f", s ? "/" : " ",
                               ratio);
        }
    }
    bar_figure("3x3 to 15x15:%s", text);
    bar_at_most(run, "64^2, the worst", worst[0], 1.6);
    bar_at_most(run, "128^2, the worst", worst[1], 1.3);
}

void bars_planes(bench_bars_run *run) {
    smallest_kernels(run);
    edges_beside_pixels(run);
    small_beside_large(run, "direct", BENCH_F32);
    small_beside_large(run, "separable", BENCH_F32);
    small_beside_large(run, "separable", BENCH_F64);
    bars_smooth(run);
}

/* The loop at home, a line of VALID outputs, beside a one-shot call that computes the same. */
typedef struct {
    const bench_data *data;
    const float *reversed;
    size_t n, m;
} line_job;

static void home_line(void *context) {
    const line_job *job = context;
    home_direct_float(job->data->x, job->reversed, job->m, job->data->y, job->n - job->m + 1);
}

static void one_shot_line(void *context) {
    const line_job *job = context;
    conv1d_f32(job->data->x, job->n, job->data->h, job->m, CONV_VALID, job->data->y);
}

static void shortest_line(bench_bars_run *run, size_t n, size_t m) {
    bench_problem problem = bar_line(BENCH_F32, n, m, CONV_VALID);
    bench_data data;
    bench_execution execution;
    float reversed[8];
    char name[64];
    if (!bar_prepare(run, &problem, CONV_METHOD_DIRECT, &data, &execution))
        return;
    for (size_t k = 0; k < m; k++)
        memcpy(reversed + k, (const float *)data.h + (m - 1 - k), sizeof *reversed);
    line_job job = {&data, reversed, n, m};
    bench_subject subject[3] = {{bench_execution_call, &execution, 0, false},
                                {one_shot_line, &job, 0, false},
                                {home_line, &job, 0, false}};
    bench_time(subject, 3, BUDGET);
    bar_figure("%zu x %zu: planned %.1f ns, one-shot %.1f ns, at home %.1f ns", n, m,
               1e9 * subject[0].seconds, 1e9 * subject[1].seconds, 1e9 * subject[2].seconds);
    snprintf(name, sizeof name, "%zu x %zu, one-shot over the loop at home, ns", n, m);
    if (n < 65536) {
        bar_at_most(run, name, 1e9 * (subject[1].seconds - subject[2].seconds), 10);
    } else {
        snprintf(name, sizeof name, "%zu x %zu, planned over the loop at home", n, m);
        bar_at_most(run, name, subject[0].seconds / subject[2].seconds, 1.0);
    }
    bar_release(&data, &execution);
}

void bars_lines(bench_bars_run *run) {
    static const size_t lengths[] = {256, 1024, 65536, 1048576}, taps[] = {3, 4, 5};
    bar_begin("1-D direct, f32, 3 to 5 taps beside a tiled loop at -O3 -march=native");
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (size_t k = 0; k < sizeof taps / sizeof *taps; k++)
            shortest_line(run, lengths[i], taps[k]);
}
