/* A plan for kernels that vary: lines along one axis, each under the same rule, by an engine. */
#ifndef CONV_VARYING_VARYING_H
#define CONV_VARYING_VARYING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cpu.h"
#include "problem/problem.h"
#include "varying/band.h"
#include "varying/bank.h"
#include "varying/gauss_direct.h"
#include "varying/loops.h"
#include "varying/reals.h"
#include "varying/rows.h"

typedef struct conv_engine conv_engine;

struct conv_varying {
    conv_problem problem; /* the layout: kernels of one sample */
    conv_level level;
    conv_row_rule rule;
    const conv_varying_loops *loops;
    const conv_engine *engine;
    bool is_double, is_complex, scatters;
    size_t n;
    int axis, threads;
    size_t lines;                    /* of one signal */
    size_t rows;                     /* of widths: 1, or lines */
    double *width;                   /* rows * n, in samples */
    double narrowest, widest, reach; /* over all of them; reach of the widest kernel */
    double bound;

    /* What a line's memory needs, in reals: x has pad of them before and behind, y out_pad. */
    size_t pad, out_pad;
    size_t tile, tiles; /* outputs of a tile; how many tiles a line has */
    bool at_once;       /* by `through` */
    size_t line_bytes, scratch_bytes, spoil_bytes, workspace;
    size_t max_workspace; /* 0: no limit */
    int line_threads;     /* lines at a time; each of them may have tiles on threads, else */

    conv_gauss_direct *direct; /* rows of them */
    conv_band *band;
    conv_bank *bank;
    conv_plan *plain;
};

/* x and y point to sample and output 0. */
typedef struct {
    size_t row; /* of widths */
    void *x, *y;
    ptrdiff_t x_step, y_step; /* in reals; of a line in memory of its own: 1 */
} conv_varying_line;

/* prepare sets pad, out_pad, tile, tiles, scratch_bytes. begin: before the tiles of a line, where x
 * is loaded and its pads are zero; NULL: nothing. tiles: may run on several threads. end: after
 * them. */
struct conv_engine {
    conv_varying_engine id;
    const char *name;
    const char *(*reject)(const conv_varying *plan); /* why not; NULL: it can */
    conv_status (*prepare)(conv_varying *plan);
    void (*begin)(const conv_varying *plan, const conv_varying_line *line);
    void (*tiles)(const conv_varying *plan, const conv_varying_line *line, size_t begin, size_t end,
                  void *scratch);
    void (*end)(const conv_varying *plan, const conv_varying_line *line);
    void (*release)(conv_varying *plan);
    /* Where plan->at_once: in place of begin, tiles and end, for a line as it lies in signal and
     * output, which is not copied as a whole then. False: some samples were not finite, and were
     * taken as 0. */
    bool (*through)(const conv_varying *plan, const conv_varying_line *line, size_t begin,
                    size_t end, void *scratch);
};

#endif
