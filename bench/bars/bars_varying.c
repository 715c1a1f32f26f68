/* Bars of kernels that vary: against the plain convolution of as many samples with 255 taps, f32
 * against f64, and one width against the plain convolution with that kernel. */
#include <math.h>
#include <stdlib.h>

#include "bars.h"
#include "timing.h"

enum { SAMPLES = 1 << 20, TAPS = 255, RANGES = 3 };

static const double narrowest[RANGES] = {1, 8, 32}; /* to twice that, in samples */
static const double most[RANGES] = {12, 45, 70};

typedef struct {
    conv_varying *varying;
    conv_plan *plain;
    const void *x;
    void *y, *workspace;
} varying_job;

static void run_varying(void *context) {
    const varying_job *job = context;
    conv_varying_execute(job->varying, job->x, job->y, job->workspace);
}

static void run_plain(void *context) {
    const varying_job *job = context;
    conv_plan_execute(job->plain, job->x, job->y, job->workspace);
}

/* Samples and taps in either precision, and widths; NULL without memory. */
typedef struct {
    double *x, *y, *width;
    double h[2 * TAPS];
} varying_data;

static void fill(varying_data *data, conv_dtype dtype) {
    unsigned state = 1;
    for (size_t i = 0; i < SAMPLES; i++) {
        state = state * 1664525u + 1013904223u;
        double value = (double)(state >> 8) / (double)(1 << 24) - 0.5;
        if (dtype == CONV_F64)
            data->x[i] = value;
        else
            ((float *)(void *)data->x)[i] = (float)value;
    }
    for (int i = 0; i < TAPS; i++) {
        double tap = exp(-(i - TAPS / 2) * (i - TAPS / 2) / 2048.0);
        if (dtype == CONV_F64)
            data->h[i] = tap;
        else
            ((float *)(void *)data->h)[i] = (float)tap;
    }
}

static bool make_varying(varying_job *job, conv_dtype dtype, conv_varying_form form, double low,
                         double high, const varying_data *data) {
    const size_t n = SAMPLES;
    conv_varying_desc desc;
    for (size_t i = 0; i < n; i++)
        data->width[i] = low + (high - low) * (double)i / (double)n;
    conv_varying_desc_init(&desc, dtype, 1, &n, form);
    *job = (varying_job){.x = data->x, .y = data->y};
    if (conv_varying_create(&job->varying, &desc, data->width) != CONV_OK)
        return false;
    job->workspace = malloc(conv_varying_workspace_size(job->varying) + 1);
    return job->workspace != NULL;
}

static bool make_plain(varying_job *job, conv_dtype dtype, size_t taps, const varying_data *data) {
    const size_t n = SAMPLES;
    conv_desc desc;
    conv_desc_init(&desc, dtype, 1, &n, &taps, CONV_SAME);
    *job = (varying_job){.x = data->x, .y = data->y};
    if (conv_plan_create(&job->plain, &desc, data->h) != CONV_OK)
        return false;
    job->workspace = malloc(conv_plan_workspace_size(job->plain) + 1);
    return job->workspace != NULL;
}

static void release(varying_job *job) {
    conv_varying_destroy(job->varying);
    conv_plan_destroy(job->plain);
    free(job->workspace);
}

/* Seconds of the varying kernel and, in `plain`, of the convolution; 0 without memory. */
static double time_pair(bench_bars_run *run, varying_job *varying, varying_job *plain,
                        double *plain_seconds) {
    bench_subject subject[2] = {{run_varying, varying, 0, false}, {run_plain, plain, 0, false}};
    (void)run;
    bench_time(subject, 2, 150e-3);
    *plain_seconds = subject[1].seconds;
    return subject[0].seconds;
}

static void time_ranges(bench_bars_run *run, varying_data *data, conv_dtype dtype,
                        double seconds[2][RANGES]) {
    static const char *const engines[] = {"auto", "plain", "direct", "matrix", "bank"};
    for (int form = CONV_GATHER; form <= CONV_SCATTER; form++) {
        for (int range = 0; range < RANGES; range++) {
            varying_job varying = {0}, plain = {0};
            double base = 0, low = narrowest[range];
            const char *name = form == CONV_GATHER ? "gather" : "scatter";
            fill(data, dtype);
            if (make_varying(&varying, dtype, (conv_varying_form)form, low, 2 * low, data) &&
                make_plain(&plain, dtype, TAPS, data)) {
                double *time = &seconds[form - CONV_GATHER][range];
                *time = time_pair(run, &varying, &plain, &base);
                bar_figure("%s %s, widths %g..%g, %s: %.2f ms, plain %.2f ms",
                           dtype == CONV_F64 ? "f64" : "f32", name, low, 2 * low,
                           engines[conv_varying_chosen(varying.varying)], 1e3 * *time, 1e3 * base);
                if (dtype == CONV_F64)
                    bar_at_most(run, "over the plain convolution", *time / base, most[range]);
            } else {
                bar_skip(run, "over the plain convolution", "no memory");
            }
            release(&varying);
            release(&plain);
        }
    }
}

/* The kernel of width 32, as the plan has it: 2 floor(6 * 32) + 1 taps. */
static void time_constant(bench_bars_run *run, varying_data *data) {
    varying_job varying = {0}, plain = {0};
    double base = 0;
    fill(data, CONV_F64);
    if (make_varying(&varying, CONV_F64, CONV_GATHER, 32, 32, data) &&
        make_plain(&plain, CONV_F64, 385 < 2 * TAPS ? 385 : TAPS, data)) {
        double time = time_pair(run, &varying, &plain, &base);
        bar_figure("f64, one width of 32: %.2f ms, plain with 385 taps %.2f ms", 1e3 * time,
                   1e3 * base);
        bar_at_most(run, "one width over the plain convolution", time / base, 1.5);
    } else {
        bar_skip(run, "one width over the plain convolution", "no memory");
    }
    release(&varying);
    release(&plain);
}

void bars_varying(bench_bars_run *run) {
    double seconds[2][2][RANGES] = {{{0}}};
    varying_data data = {.x = malloc(SAMPLES * sizeof(double)),
                         .y = malloc(SAMPLES * sizeof(double)),
                         .width = malloc(SAMPLES * sizeof(double))};
    bar_begin("Gaussians whose width changes, 2^20 samples, tolerance 1e-6, over 255 taps");
    if (data.x && data.y && data.width) {
        time_ranges(run, &data, CONV_F64, seconds[0]);
        time_ranges(run, &data, CONV_F32, seconds[1]);
        for (int form = 0; form < 2; form++)
            for (int range = 0; range < RANGES && seconds[1][form][range] > 0; range++)
                bar_at_least(run, form ? "scatter, f64 over f32" : "gather, f64 over f32",
                             seconds[0][form][range] / seconds[1][form][range], 1.6);
        time_constant(run, &data);
    } else {
        bar_skip(run, "varying kernels", "no memory");
    }
    free(data.x);
    free(data.y);
    free(data.width);
}
