/* Bars of the transform: alone against FFTW3, and overlap-save written by hand on FFTW3 against
 * what the library makes of the same problem. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "base/memory.h"
#include "fft/transform.h"
#include "home.h"
#include "timing.h"

#ifdef CONV_HAVE_FFTW

static home_overlap_save *home_begin(bool is_double, const void *h, size_t taps, size_t length) {
    return is_double ? home_overlap_save_double_begin(h, taps, length)
                     : home_overlap_save_float_begin(h, taps, length);
}

static void home_end(bool is_double, home_overlap_save *plan) {
    if (is_double)
        home_overlap_save_double_end(plan);
    else
        home_overlap_save_float_end(plan);
}

typedef struct {
    const home_overlap_save *plan;
    bool is_double;
    const void *x;
    void *y;
    size_t n;
} home_job;

static void round_trip(void *context) {
    const home_job *job = context;
    if (job->is_double)
        home_round_trip_double(job->plan);
    else
        home_round_trip_float(job->plan);
}

static void overlap_save(void *context) {
    const home_job *job = context;
    if (job->is_double)
        home_overlap_save_double(job->plan, job->x, job->n, job->y);
    else
        home_overlap_save_float(job->plan, job->x, job->n, job->y);
}

/* The library's transform of N real samples there, times a spectrum, and back. */
typedef struct {
    conv_transform *transform;
    conv_tile tile;
    void *in, *out, *spectrum, *scratch;
} own_job;

static void own_end(own_job *job) {
    conv_transform_destroy(job->transform);
    conv_free(job->in);
    conv_free(job->out);
    conv_free(job->spectrum);
    conv_free(job->scratch);
}

static bool own_begin(own_job *job, conv_dtype dtype, size_t length, conv_level level) {
    size_t size = dtype == CONV_F64 ? sizeof(double) : sizeof(float), one = 1;
    *job = (own_job){0};
    if (conv_transform_create(&job->transform, CONV_BACKEND_RING, dtype, 1, &length, level) !=
        CONV_OK)
        return false;
    job->in = conv_allocate(length * size);
    job->out = conv_allocate(length * size);
    job->spectrum = conv_allocate(conv_transform_spectrum_size(job->transform));
    job->scratch = conv_allocate(conv_transform_scratch_size(job->transform, 1));
    if (!job->in || !job->out || !job->spectrum || !job->scratch) {
        own_end(job);
        return false;
    }
    for (size_t i = 0; i < length; i++)
        if (dtype == CONV_F64)
            ((double *)job->in)[i] = 1 + (double)(i % 7) / 8;
        else
            ((float *)job->in)[i] = 1 + (float)(i % 7) / 8;
    conv_transform_kernel(job->transform, job->in, dtype, &one, job->spectrum, job->scratch);
    job->tile = (conv_tile){.in = job->in,
                            .in_extent = {length},
                            .in_stride = {1},
                            .out = job->out,
                            .out_count = {length},
                            .out_stride = {1}};
    return true;
}

static void own_call(void *context) {
    own_job *job = context;
    conv_transform_convolve(job->transform, &job->tile, job->spectrum, job->scratch, 1);
}

void bars_transform(bench_bars_run *run) {
    bar_begin("own transform there, times a spectrum, and back, against FFTW3 (MEASURE) r2c "
              "and c2r without the product: ns per real sample");
    for (int is_double = 0; is_double < 2; is_double++) {
        double least = 1e9;
        for (size_t length = 256; length <= 16384; length *= 2) {
            static const double unit[1] = {1};
            own_job own;
            home_overlap_save *plan = home_begin(is_double, unit, 1, length);
            if (!plan ||
                !own_begin(&own, is_double ? CONV_F64 : CONV_F32, length, run->limits->level)) {
                home_end(is_double, plan);
                bar_skip(run, "transform", "no memory");
                return;
            }
            home_job home = {.plan = plan, .is_double = is_double};
            bench_subject subject[2] = {{own_call, &own, 0, false}, {round_trip, &home, 0, false}};
            bench_time(subject, 2, 15e-3);
            double ratio = subject[1].seconds / subject[0].seconds;
            bar_figure("%s %5zu: own %.3f, FFTW3 %.3f, ratio %.2f", is_double ? "f64" : "f32",
                       length, 1e9 * subject[0].seconds / (double)length,
                       1e9 * subject[1].seconds / (double)length, ratio);
            least = ratio < least ? ratio : least;
            own_end(&own);
            home_end(is_double, plan);
        }
        bar_at_least(run, is_double ? "f64, least ratio" : "f32, least ratio", least,
                     is_double ? 1.8 : 2.5);
    }
}

enum { TRIED = 4 };

/* The best of four block lengths by hand, beside AUTO in the same interleaved run; 0: no result. */
static double against_overlap_save(bench_bars_run *run, bench_type type, size_t n, size_t taps) {
    bench_problem problem = bar_line(type, n, taps, CONV_CAUSAL);
    bench_data data;
    bench_execution execution;
    bool is_double = type == BENCH_F64;
    double ratio = 0, best = 1e9, apart = 0;
    if (!bar_prepare(run, &problem, CONV_METHOD_AUTO, &data, &execution))
        return 0;
    size_t length = 64, best_length = 0;
    while (length < 2 * taps)
        length *= 2;
    if (length < 256)
        length = 256;
    void *y = malloc(n * bench_type_size(type));
    home_job job[TRIED];
    bench_subject subject[TRIED + 1] = {{bench_execution_call, &execution, 0, false}};
    bool made = y != NULL;
    for (int i = 0; i < TRIED; i++) {
        job[i] =
            (home_job){home_begin(is_double, data.h, taps, length << i), is_double, data.x, y, n};
        made = made && job[i].plan;
        subject[i + 1] = (bench_subject){overlap_save, &job[i], 0, false};
    }
    if (made) {
        bench_time(subject, TRIED + 1, 60e-3);
        apart = bar_difference(is_double, data.y, y, n);
        for (int i = 0; i < TRIED; i++)
            if (subject[i + 1].seconds < best) {
                best = subject[i + 1].seconds;
                best_length = length << i;
            }
        ratio = best / subject[0].seconds;
        bar_figure("%s %4zu taps: AUTO (%s) %.3f ns per output, by hand (blocks of %zu) %.3f, "
                   "ratio %.2f, results apart %.1e",
                   bench_type_name(type), taps, bench_method_name(conv_plan_method(execution.plan)),
                   1e9 * subject[0].seconds / (double)n, best_length, 1e9 * best / (double)n, ratio,
                   apart);
    }
    for (int i = 0; i < TRIED; i++)
        home_end(is_double, (home_overlap_save *)job[i].plan);
    free(y);
    bar_release(&data, &execution);
    return ratio;
}

void bars_overlap_save(bench_bars_run *run) {
    bar_begin("1M samples, AUTO against overlap-save by hand on FFTW3 (MEASURE)");
    for (bench_type type = BENCH_F32; type <= BENCH_F64; type++) {
        double least = 1e9;
        for (size_t taps = 31; taps <= 4095; taps = 2 * taps + 1) {
            double ratio = against_overlap_save(run, type, (size_t)1 << 20, taps);
            least = ratio < least ? ratio : least;
        }
        bar_at_least(run, type == BENCH_F32 ? "f32, least ratio" : "f64, least ratio", least,
                     type == BENCH_F32 ? 2.0 : 1.7);
    }
}

#else

void bars_transform(bench_bars_run *run) {
    bar_begin("own transform against FFTW3");
    bar_skip(run, "transform", "built without FFTW3");
}

void bars_overlap_save(bench_bars_run *run) {
    bar_begin("1M samples, AUTO against overlap-save by hand on FFTW3");
    bar_skip(run, "overlap-save", "built without FFTW3");
}

#endif
