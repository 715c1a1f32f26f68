/* Bars of kernels whose time does not grow with their size: boxes by running sums, and Gaussians
 * over a coarse grid under a tolerance. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bars.h"
#include "timing.h"

#define BUDGET 60e-3

typedef struct {
    conv_plan *plan;
    float *x, *y, *h;
    void *workspace;
} smooth_job;

static void execute(void *context) {
    const smooth_job *job = context;
    conv_plan_execute(job->plan, job->x, job->y, job->workspace);
}

static void end_job(smooth_job *job) {
    conv_plan_destroy(job->plan);
    free(job->x);
    free(job->y);
    free(job->h);
    free(job->workspace);
}

/* Samples of 0 to 1, the same in every run. */
static void fill_samples(float *x, size_t count) {
    unsigned state = 1;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = (float)(state >> 8) * 0x1p-24f;
    }
}

/* sigma 0: a box. False: no memory, or no plan. */
static bool make_job(smooth_job *job, size_t n, size_t m, double sigma, double tolerance) {
    const size_t shape[2] = {n, n}, kernel[2] = {m, m};
    const double sigmas[2] = {sigma, sigma};
    conv_desc desc;
    *job = (smooth_job){.x = malloc(n * n * sizeof(float)),
                        .y = malloc(n * n * sizeof(float)),
                        .h = malloc(m * m * sizeof(float))};
    if (!job->x || !job->y || !job->h)
        return false;
    fill_samples(job->x, n * n);
    if ((sigma > 0 ? conv_kernel_gauss(CONV_F32, 2, kernel, sigmas, CONV_KERNEL_SAMPLED, job->h)
                   : conv_kernel_box(CONV_F32, 2, kernel, NULL, job->h)) != CONV_OK)
        return false;
    conv_desc_init(&desc, CONV_F32, 2, shape, kernel, CONV_SAME);
    desc.boundary[0] = desc.boundary[1] = CONV_MIRROR;
    desc.tolerance.value = tolerance;
    if (conv_plan_create(&job->plan, &desc, job->h) != CONV_OK)
        return false;
    job->workspace = malloc(conv_plan_workspace_size(job->plan));
    return job->workspace != NULL;
}

/* Nanoseconds of an output; *made: seconds of the plan. */
static double measure(bench_bars_run *run, const char *name, size_t n, size_t m, double sigma,
                      double tolerance, double *made) {
    smooth_job job;
    double begin = bench_now(), found = 0;
    if (make_job(&job, n, m, sigma, tolerance)) {
        *made = bench_now() - begin;
        bench_subject subject = {execute, &job, 0, false};
        bench_time(&subject, 1, BUDGET);
        found = 1e9 * subject.seconds / (double)(n * n);
    } else {
        bar_skip(run, name, conv_last_error());
    }
    end_job(&job);
    return found;
}

static void boxes(bench_bars_run *run) {
    static const size_t sizes[] = {256, 1024}, widths[] = {3, 5, 9, 15, 31, 63, 127, 255};
    bar_begin("boxes of 3 to 255, f32, SAME, mirror: nanoseconds of an output");
    for (size_t s = 0; s < 2; s++) {
        char text[256], name[64];
        int length = 0;
        double worst = 0, made = 0;
        snprintf(name, sizeof name, "%zu^2, the worst", sizes[s]);
        for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
            double each = measure(run, name, sizes[s], widths[i], 0, 0, &made);
            if (each == 0)
                return;
            worst = each > worst ? each : worst;
            length +=
                snprintf(text + length, sizeof text - (size_t)length, " %zu:%.2f", widths[i], each);
        }
        bar_figure("%zu^2%s", sizes[s], text);
        bar_at_most(run, name, worst, 0.6);
    }
}

static void gaussians(bench_bars_run *run) {
    /* The reach in sigma: what the cut leaves as a jump is to be below the tolerance. */
    static const struct {
        double tolerance, reach, most;
    } bars[] = {{1e-4, 5, 1.5}, {1e-6, 6, 2.5}};
    bar_begin("Gaussians of sigma 4 to 256, 1024^2, f32, SAME, mirror: nanoseconds of an output");
    for (size_t b = 0; b < 2; b++) {
        char text[256], name[64];
        int length = 0;
        double worst = 0, made = 0;
        snprintf(name, sizeof name, "tolerance %g, the worst", bars[b].tolerance);
        for (double sigma = 4; sigma <= 256; sigma *= 4) {
            size_t m = 2 * (size_t)ceil(bars[b].reach * sigma) + 1;
            double each = measure(run, name, 1024, m, sigma, bars[b].tolerance, &made);
            if (each == 0)
                return;
            worst = each > worst ? each : worst;
            length += snprintf(text + length, sizeof text - (size_t)length,
                               " %.0f:%.2f (made in %.0f ms)", sigma, each, 1e3 * made);
        }
        bar_figure("tolerance %g, sigma:%s", bars[b].tolerance, text);
        bar_at_most(run, name, worst, bars[b].most);
    }
}

void bars_smooth(bench_bars_run *run) {
    boxes(run);
    gaussians(run);
}
