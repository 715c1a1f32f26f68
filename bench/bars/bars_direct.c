/* Bars of the direct method: its share of the measured peak, and the home-made loop beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "home.h"
#include "timing.h"

#define BUDGET 15e-3

static double time_one(bench_execution *execution) {
    bench_subject subject = {bench_execution_call, execution, 0, false};
    bench_time(&subject, 1, BUDGET);
    return subject.seconds;
}

typedef struct {
    double seconds, peak_share, copy_share;
} share;

static bool measure_share(bench_bars_run *run, const bench_problem *problem, share *found) {
    bench_data data;
    bench_execution execution;
    if (!bar_prepare(run, problem, CONV_METHOD_DIRECT, &data, &execution))
        return false;
    double size = (double)bench_type_size(problem->type);
    double products = (double)data.outputs * (double)data.taps * bench_type_products(problem->type);
    found->seconds = time_one(&execution);
    found->peak_share = bench_limits_arithmetic(run->limits, bench_is_double(problem->type),
                                                problem->isa, products) /
                        found->seconds;
    found->copy_share = bench_limits_traffic(run->limits, size * (double)data.samples,
                                             size * (double)data.outputs) /
                        found->seconds;
    bar_release(&data, &execution);
    return true;
}

/* Signal and output together fill a quarter of the L2 cache. */
static size_t samples_in_l2(const bench_bars_run *run, bench_type type) {
    return run->limits->cache[LIMIT_L2] / 8 / bench_type_size(type);
}

static void long_kernels(bench_bars_run *run) {
    static const size_t taps[] = {64, 65, 96, 127, 128, 200, 255, 256, 511, 512};
    bar_begin("1-D direct, 64 to 512 taps, signal in L2: share of the multiply-add peak");
    for (bench_type type = BENCH_F32; type < BENCH_TYPES; type++) {
        char line[256], name[64];
        int length = 0;
        double least = 1e9;
        for (size_t i = 0; i < sizeof taps / sizeof *taps; i++) {
            bench_problem problem = bar_line(type, samples_in_l2(run, type), taps[i], CONV_VALID);
            share found;
            if (!measure_share(run, &problem, &found))
                return;
            least = found.peak_share < least ? found.peak_share : least;
            length += snprintf(line + length, sizeof line - (size_t)length, " %zu:%.0f%%", taps[i],
                               100 * found.peak_share);
        }
        bar_figure("%-4s taps:share %s", bench_type_name(type), line);
        snprintf(name, sizeof name, "%s, least share of the peak", bench_type_name(type));
        bar_at_least(run, name, least, 0.80);
    }
}

/* Allowed is the slower of 45 % of the peak and 80 % of the copy bandwidth. */
static void short_kernels(bench_bars_run *run) {
    static const size_t taps[] = {3, 4, 5, 7, 8, 9, 13, 15, 16, 21, 31};
    bar_begin("1-D direct, 3 to 31 taps, signal in L2: 45 % of the peak, or 80 % of the copy "
              "bandwidth");
    for (bench_type type = BENCH_F32; type < BENCH_TYPES; type++) {
        char line[512], name[64];
        int length = 0;
        double least = 1e9;
        for (size_t i = 0; i < sizeof taps / sizeof *taps; i++) {
            bench_problem problem = bar_line(type, samples_in_l2(run, type), taps[i], CONV_VALID);
            share found;
            if (!measure_share(run, &problem, &found))
                return;
            double by_peak = found.peak_share / 0.45, by_copy = found.copy_share / 0.80;
            double reached = by_peak > by_copy ? by_peak : by_copy;
            least = reached < least ? reached : least;
            length += snprintf(line + length, sizeof line - (size_t)length, " %zu:%.0f/%.0f%%",
                               taps[i], 100 * found.peak_share, 100 * found.copy_share);
        }
        bar_figure("%-4s taps:peak/copy %s", bench_type_name(type), line);
        snprintf(name, sizeof name, "%s, speed over what the bar allows", bench_type_name(type));
        bar_at_least(run, name, least, 1.0);
    }
}

void bars_direct_line(bench_bars_run *run) {
    long_kernels(run);
    short_kernels(run);
}

void bars_direct_plane(bench_bars_run *run) {
    static const size_t taps[] = {5, 6, 7, 8, 9, 11, 15, 21, 31}, sizes[] = {256, 1024};
    static const bench_type types[] = {BENCH_F32, BENCH_F64, BENCH_C32};
    bar_begin("2-D direct: share of the peak");
    for (size_t t = 0; t < 3; t++) {
        char name[64];
        double small = 1e9, large = 1e9;
        for (size_t s = 0; s < 2; s++) {
            char line[256];
            int length = 0;
            for (size_t i = 0; i < sizeof taps / sizeof *taps; i++) {
                bench_problem problem = bar_plane(types[t], sizes[s], taps[i], CONV_SAME);
                share found;
                if (!measure_share(run, &problem, &found))
                    return;
                small = found.peak_share < small ? found.peak_share : small;
                if (taps[i] >= 11)
                    large = found.peak_share < large ? found.peak_share : large;
                length += snprintf(line + length, sizeof line - (size_t)length, " %zu:%.0f%%",
                                   taps[i], 100 * found.peak_share);
            }
            bar_figure("%-4s %4zu^2 same, side:share %s", bench_type_name(types[t]), sizes[s],
                       line);
        }
        snprintf(name, sizeof name, "%s, 5x5 and up", bench_type_name(types[t]));
        bar_at_least(run, name, small, 0.60);
        snprintf(name, sizeof name, "%s, 11x11 and up", bench_type_name(types[t]));
        bar_at_least(run, name, large, 0.80);
    }
}

/* The loop at home, on a convolution's VALID part: the taps reversed. */
typedef struct {
    bench_type type;
    int rank;
    const void *x, *taps;
    void *y;
    size_t m, rows, cols;
} home_job;

static void home_call(void *context) {
    const home_job *job = context;
    if (job->rank == 1 && job->type == BENCH_F32)
        home_direct_float(job->x, job->taps, job->m, job->y, job->cols);
    else if (job->rank == 1)
        home_direct_double(job->x, job->taps, job->m, job->y, job->cols);
    else if (job->type == BENCH_F32)
        home_direct_2d_float(job->x, job->taps, job->m, job->y, job->rows, job->cols);
    else
        home_direct_2d_double(job->x, job->taps, job->m, job->y, job->rows, job->cols);
}

/* home's time over the library's; 0 where there is none. */
static double against_home(bench_bars_run *run, const bench_problem *problem) {
    bench_data data;
    bench_execution execution;
    if (!bar_prepare(run, problem, CONV_METHOD_AUTO, &data, &execution))
        return 0;
    size_t size = bench_type_size(problem->type);
    char *taps = malloc(data.taps * size), *y = malloc(data.outputs * size);
    double ratio = 0;
    if (taps && y) {
        for (size_t k = 0; k < data.taps; k++)
            memcpy(taps + k * size, (const char *)data.h + (data.taps - 1 - k) * size, size);
        home_job job = {problem->type,
                        problem->rank,
                        data.x,
                        taps,
                        y,
                        problem->kernel[0],
                        problem->rank == 2 ? data.output[0] : 1,
                        data.output[problem->rank - 1]};
        bench_subject subject[2] = {{bench_execution_call, &execution, 0, false},
                                    {home_call, &job, 0, false}};
        bench_time(subject, 2, BUDGET);
        ratio = subject[1].seconds / subject[0].seconds;
        double apart = bar_difference(problem->type == BENCH_F64, data.y, y, data.outputs);
        if (!(apart < 1e-4))
            bar_figure("the two results differ by %.1e", apart);
    }
    free(taps);
    free(y);
    bar_release(&data, &execution);
    return ratio;
}

void bars_home_direct(bench_bars_run *run) {
    static const size_t line[] = {3, 5, 9, 31, 127, 512}, plane[] = {3, 5, 7, 11, 15, 31};
    static const size_t lengths[] = {64, 1000, 65536, 1048576}, sides[] = {40, 256, 1024};
    bar_begin("AUTO against a tiled double loop at -O3 -march=native (its time over AUTO's)");
    for (bench_type type = BENCH_F32; type <= BENCH_F64; type++) {
        char name[64];
        double least = 1e9;
        for (int rank = 1; rank <= 2; rank++)
            for (size_t s = 0; s < (rank == 1 ? 4 : 3); s++) {
                char text[256];
                int length = 0;
                for (size_t i = 0; i < 6; i++) {
                    bench_problem problem = rank == 1
                                                ? bar_line(type, lengths[s], line[i], CONV_VALID)
                                                : bar_plane(type, sides[s], plane[i], CONV_VALID);
                    if (problem.kernel[0] > problem.signal[0])
                        continue;
                    double ratio = against_home(run, &problem);
                    least = ratio < least ? ratio : least;
                    length += snprintf(text + length, sizeof text - (size_t)length, " %zu:%.2f",
                                       problem.kernel[0], ratio);
                }
                bar_figure("%s %zu%s, taps:ratio %s", bench_type_name(type),
                           rank == 1 ? lengths[s] : sides[s], rank == 1 ? "" : "^2", text);
            }
        snprintf(name, sizeof name, "%s, least ratio", bench_type_name(type));
        bar_at_least(run, name, least, 1.0);
    }
}
