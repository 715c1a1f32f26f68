#include <stdlib.h>

#include "grid.h"

enum { EDGES = CONV_MIRROR + 1 };

static const size_t sides[] = {16, 32, 64, 128, 256, 512, 1024, 2048};
static const size_t kernels[] = {1, 2, 3, 5, 7, 9, 11, 15, 21, 31, 63, 95, 127};
enum { SIDES = sizeof sides / sizeof *sides, KERNELS = sizeof kernels / sizeof *kernels };

static const struct {
    size_t side, signals;
} batches[] = {{16, 256}, {32, 64}, {64, 64}, {128, 16}};
enum { BATCHES = sizeof batches / sizeof *batches };

typedef struct {
    const bench_filter *filter;
    bench_problem *problems; /* NULL: they are only counted */
    size_t count;
} adding;

static void add(adding *to, bench_problem problem) {
    if (!bench_filter_keeps(to->filter, &problem))
        return;
    if (to->problems)
        to->problems[to->count] = problem;
    to->count++;
}

static bench_problem plane_of(size_t side, size_t taps, bool separable) {
    return (bench_problem){.type = BENCH_F32,
                           .rank = 2,
                           .signal = {side, side},
                           .kernel = {taps, taps},
                           .mode = CONV_SAME,
                           .separable = separable,
                           .threads = 1};
}

/* Thinned, a problem has one edge rule, another for its neighbours, and every other one is there in
 * f64, too. */
static void add_planes(adding *to, bool thinned) {
    for (size_t i = 0; i < SIDES * KERNELS * 2 * EDGES * 2; i++) {
        size_t is_double = i % 2, edge = i / 2 % EDGES, kernel = i / 2 / EDGES;
        size_t separable = kernel % 2, m = kernel / 2 % KERNELS, n = kernel / 2 / KERNELS;
        bench_problem problem = plane_of(sides[n], kernels[m], separable);
        problem.type = is_double ? BENCH_F64 : BENCH_F32;
        problem.edge = (conv_boundary)edge;
        bool is_kept = edge == (n + 2 * m + 3 * separable + is_double) % EDGES &&
                       (!is_double || (n + m) % 2 == 0);
        if (kernels[m] <= sides[n] && (is_kept || !thinned))
            add(to, problem);
    }
}

static void add_batches(adding *to) {
    for (size_t i = 0; i < BATCHES * KERNELS * 2; i++) {
        size_t m = i / 2 % KERNELS, b = i / 2 / KERNELS;
        bench_problem problem = plane_of(batches[b].side, kernels[m], i % 2);
        problem.batch = batches[b].signals;
        if (kernels[m] <= batches[b].side && m % 2 == b % 2)
            add(to, problem);
    }
}

size_t bench_grid_planes(bool thinned, const bench_filter *filter, bench_problem **problems) {
    adding counted = {filter, NULL, 0}, added = {filter, NULL, 0};
    add_planes(&counted, thinned);
    add_batches(&counted);
    *problems = added.problems = malloc((counted.count + 1) * sizeof **problems);
    if (!*problems)
        return 0;
    add_planes(&added, thinned);
    add_batches(&added);
    return added.count;
}
