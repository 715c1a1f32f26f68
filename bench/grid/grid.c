#include "grid.h"

#include <stdlib.h>

/* A part of the grid: all signals with all kernels (extents on every axis) and all types. */
typedef struct {
    int rank;
    const char *types; /* letters of the table below */
    conv_mode mode;
    conv_boundary edge;
    bool separable;
    conv_rule rule;
    size_t signals[10], kernels[14]; /* ends with 0 */
} grid_part;

/* s: f32, d: f64, c: c32, z: c64, r: c32 with a real kernel, q: c64 with a real kernel. */
static bench_type type_of(char letter) {
    switch (letter) {
    case 'd':
        return BENCH_F64;
    case 'c':
        return BENCH_C32;
    case 'z':
        return BENCH_C64;
    case 'r':
        return BENCH_C32R;
    case 'q':
        return BENCH_C64R;
    default:
        return BENCH_F32;
    }
}

#define SUM CONV_RULE_SUM
#define TRAPEZOID CONV_RULE_TRAPEZOID

static const grid_part full[] = {
    {1,
     "sd",
     CONV_SAME,
     CONV_ZERO,
     false,
     SUM,
     {64, 256, 1024, 4096, 16384, 65536, 262144, 1048576},
     {3, 5, 9, 15, 31, 63, 127, 255, 511, 1023, 2047, 4095}},
    {1,
     "sdczrq",
     CONV_FULL,
     CONV_ZERO,
     false,
     SUM,
     {100, 1000, 10000, 100000, 1000000},
     {4, 16, 50, 200, 1000}},
    {1, "sz", CONV_SAME, CONV_REFLECT, false, SUM, {64, 1000, 65536, 1048576}, {5, 31, 255, 2047}},
    {1, "sd", CONV_VALID, CONV_ZERO, false, SUM, {64, 1024, 65536, 1048576}, {5, 31, 127, 1023}},
    {1,
     "sdc",
     CONV_CIRCULAR,
     CONV_ZERO,
     false,
     SUM,
     {64, 1000, 1021, 65536, 1000000},
     {5, 63, 1000}},
    {1, "sd", CONV_FULL, CONV_ZERO, false, SUM, {65536, 1048576}, {65535, 1048576}},
    {2,
     "sd",
     CONV_SAME,
     CONV_ZERO,
     false,
     SUM,
     {32, 64, 256, 1024},
     {2, 3, 5, 7, 9, 11, 15, 21, 31, 63}},
    {2, "sdczrq", CONV_FULL, CONV_ZERO, false, SUM, {50, 200, 1000}, {4, 8, 25}},
    {2, "sd", CONV_SAME, CONV_MIRROR, false, SUM, {100, 1024}, {3, 7, 15, 31}},
    {2, "sd", CONV_SAME, CONV_REFLECT, true, SUM, {256, 1024, 2048}, {3, 7, 15, 31, 63}},
    {2, "sc", CONV_VALID, CONV_ZERO, false, SUM, {128, 1024}, {3, 7, 31}},
    {2, "sc", CONV_CIRCULAR, CONV_ZERO, false, SUM, {100, 512}, {5, 21, 100}},
    {2, "s", CONV_FULL, CONV_ZERO, false, SUM, {512, 1024}, {512}},
    {3, "sd", CONV_SAME, CONV_ZERO, false, SUM, {16, 32, 64, 128}, {3, 5, 7, 11}},
    {3, "cr", CONV_FULL, CONV_ZERO, false, SUM, {32, 64}, {3, 7}},
    {3, "s", CONV_SAME, CONV_NEAREST, true, SUM, {64, 128}, {5, 11}},
    {1, "sdc", CONV_FULL, CONV_ZERO, false, TRAPEZOID, {50, 1000, 100000}, {50, 1000}},
    {2, "sd", CONV_FULL, CONV_ZERO, false, TRAPEZOID, {40, 200}, {40, 100}},
};

static const grid_part quick[] = {
    {1,
     "s",
     CONV_SAME,
     CONV_ZERO,
     false,
     SUM,
     {64, 1024, 16384, 262144, 1048576},
     {5, 31, 127, 511, 2047}},
    {1, "d", CONV_SAME, CONV_ZERO, false, SUM, {256, 4096, 65536}, {3, 15, 63, 255, 1023}},
    {1, "czrq", CONV_FULL, CONV_ZERO, false, SUM, {1000, 100000}, {16, 200}},
    {1, "sz", CONV_SAME, CONV_REFLECT, false, SUM, {1000, 65536}, {31, 255}},
    {1, "sd", CONV_VALID, CONV_ZERO, false, SUM, {1024, 65536}, {31, 1023}},
    {1, "sc", CONV_CIRCULAR, CONV_ZERO, false, SUM, {1000, 65536}, {63, 1000}},
    {2, "sd", CONV_SAME, CONV_ZERO, false, SUM, {64, 256, 1024}, {3, 7, 15, 31}},
    {2, "czrq", CONV_FULL, CONV_ZERO, false, SUM, {200}, {4, 25}},
    {2, "s", CONV_SAME, CONV_MIRROR, false, SUM, {100, 1024}, {3, 31}},
    {2, "sd", CONV_SAME, CONV_REFLECT, true, SUM, {512}, {7, 31}},
    {2, "c", CONV_CIRCULAR, CONV_ZERO, false, SUM, {100, 512}, {21}},
    {3, "s", CONV_SAME, CONV_ZERO, false, SUM, {16, 64}, {3, 7}},
    {3, "d", CONV_FULL, CONV_ZERO, false, SUM, {32}, {3, 11}},
    {1, "sd", CONV_FULL, CONV_ZERO, false, TRAPEZOID, {50, 1000, 100000}, {50}},
    {2, "d", CONV_FULL, CONV_ZERO, false, TRAPEZOID, {100}, {40}},
};

static const grid_part smoke[] = {
    {1, "sdczrq", CONV_SAME, CONV_ZERO, false, SUM, {64, 2000}, {5, 63}},
    {1, "sc", CONV_FULL, CONV_REFLECT, false, SUM, {500}, {31}},
    {1, "dz", CONV_CIRCULAR, CONV_ZERO, false, SUM, {101}, {7}},
    {2, "sq", CONV_VALID, CONV_ZERO, false, SUM, {60}, {7}},
    {2, "d", CONV_SAME, CONV_MIRROR, true, SUM, {60}, {9}},
    {3, "s", CONV_SAME, CONV_NEAREST, false, SUM, {16}, {5}},
    {1, "sd", CONV_FULL, CONV_ZERO, false, TRAPEZOID, {500}, {50}},
    {2, "d", CONV_FULL, CONV_ZERO, false, TRAPEZOID, {40}, {30}},
};

bool bench_filter_keeps(const bench_filter *filter, const bench_problem *problem) {
    return (filter->type < 0 || filter->type == (int)problem->type) &&
           (filter->mode < 0 || filter->mode == (int)problem->mode) &&
           (filter->edge < 0 || filter->edge == (int)problem->edge) &&
           (filter->rank <= 0 || filter->rank == problem->rank);
}

/* Kernels longer than a signal make rows that say little; equal ones stay. */
static size_t add_part(const grid_part *part, const bench_filter *filter, bench_problem *problems) {
    size_t added = 0;
    for (const char *type = part->types; *type; type++)
        for (const size_t *n = part->signals; *n; n++)
            for (const size_t *m = part->kernels; *m; m++) {
                bench_problem problem = {.type = type_of(*type),
                                         .rank = part->rank,
                                         .mode = part->mode,
                                         .edge = part->edge,
                                         .separable = part->separable,
                                         .rule = part->rule,
                                         .threads = 1};
                for (int d = 0; d < part->rank; d++) {
                    problem.signal[d] = *n;
                    problem.kernel[d] = *m;
                }
                if (*m > *n || !bench_filter_keeps(filter, &problem))
                    continue;
                if (problems)
                    problems[added] = problem;
                added++;
            }
    return added;
}

size_t bench_grid_make(bench_grid_size size, const bench_filter *filter, bench_problem **problems) {
    static const grid_part *const grids[] = {full, quick, smoke};
    static const size_t parts[] = {sizeof full / sizeof *full, sizeof quick / sizeof *quick,
                                   sizeof smoke / sizeof *smoke};
    size_t count = 0, at = 0;
    if (filter->planes)
        return bench_grid_planes(size != BENCH_GRID_FULL, filter, problems);
    for (size_t i = 0; i < parts[size]; i++)
        count += add_part(&grids[size][i], filter, NULL);
    *problems = malloc((count + 1) * sizeof **problems);
    if (!*problems)
        return 0;
    for (size_t i = 0; i < parts[size]; i++)
        at += add_part(&grids[size][i], filter, *problems + at);
    return count;
}
