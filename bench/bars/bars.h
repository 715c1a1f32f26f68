/* The figures that the library is held to: each with what was measured, pass or fail. */
#ifndef BENCH_BARS_H
#define BENCH_BARS_H

#include "options.h"

typedef struct {
    const bench_options *options;
    const bench_limits *limits;
    int passed, failed, skipped;
} bench_bars_run;

/* Every bar; the exit status is 1 where one fails. */
int bench_bars(const bench_options *options, const bench_limits *limits);

/* A headline, and lines of figures under it. */
void bar_begin(const char *what);
void bar_figure(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A verdict: what must be at least, or at most, the given. */
void bar_at_least(bench_bars_run *run, const char *what, double measured, double least);
void bar_at_most(bench_bars_run *run, const char *what, double measured, double most);
void bar_skip(bench_bars_run *run, const char *what, const char *why);

/* The parts. */
void bars_direct_line(bench_bars_run *run);  /* 1-D direct, long and short kernels */
void bars_direct_plane(bench_bars_run *run); /* 2-D direct */
void bars_planes(bench_bars_run *run);       /* small kernels, edges, small planes */
void bars_smooth(bench_bars_run *run);       /* boxes and Gaussians of any size, called by planes */
void bars_lines(bench_bars_run *run);        /* the shortest kernels on lines */
void bars_home_direct(bench_bars_run *run);  /* against a tiled double loop */
void bars_transform(bench_bars_run *run);    /* the transform against FFTW3 */
void bars_overlap_save(bench_bars_run *run); /* 1M samples against overlap-save on FFTW3 */
void bars_calls(bench_bars_run *run);        /* 64 x 5, planned and one-shot */
void bars_pick(bench_bars_run *run);         /* AUTO against the fastest method */
void bars_pick_planes(bench_bars_run *run);  /* the same on planes and batches of small ones */
void bars_threads(bench_bars_run *run);      /* two threads against one */
void bars_once(bench_bars_run *run);         /* one-shot over planned, as malloc is by default */
void bars_preparing(bench_bars_run *run);    /* creations against conv_plan_describe */
void bars_growth(bench_bars_run *run);       /* cost per output against length */
void bars_online(bench_bars_run *run);       /* sample by sample against all at once */
void bars_volume(bench_bars_run *run);       /* three axes: FFTW3 by hand, the peak, the pick */
void bars_varying(bench_bars_run *run);      /* kernels that vary, against 255 taps */

/* A problem planned and ready: fills data and execution; false after a skip was printed. */
bool bar_prepare(bench_bars_run *run, const bench_problem *problem, conv_method method,
                 bench_data *data, bench_execution *execution);
void bar_release(bench_data *data, bench_execution *execution);

/* AUTO's pick on each problem against the fastest method, with two verdicts. Seconds: to time each
 * method, and of an execution beyond which one is left out. */
void bar_picks(bench_bars_run *run, const bench_problem *grid, size_t count, double budget,
               double slowest);

/* The largest difference of two real outputs, relative to the first's largest value. */
double bar_difference(bool is_double, const void *a, const void *b, size_t count);

bench_problem bar_line(bench_type type, size_t n, size_t m, conv_mode mode);
bench_problem bar_plane(bench_type type, size_t n, size_t m, conv_mode mode);

#endif
