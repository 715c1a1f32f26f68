/* A pair of functions on its grids, described for the library, and what theory allows its error. */
#include <math.h>
#include <stdlib.h>

#include "pairs.h"

static size_t all(size_t n, int rank) {
    return rank == 2 ? n * n : n;
}

/* Indices count from the left, so that a break at 0 is exactly at 0. */
static double point(const conv_grid *grid, size_t i) {
    return grid->x0 + (double)i * grid->dx;
}

static double *sample(const conv_grid *grid, int rank, bench_line_function *line,
                      bench_plane_function *plane) {
    double *values = malloc(all(grid->n, rank) * sizeof *values);
    if (!values)
        return NULL;
    for (size_t i = 0; i < all(grid->n, rank); i++)
        values[i] = rank == 2 ? plane(point(grid, i / grid->n), point(grid, i % grid->n))
                              : line(point(grid, i));
    return values;
}

static size_t break_of(const bench_jump *jump, const conv_grid *grid, conv_break *at) {
    if (!jump)
        return 0;
    *at =
        (conv_break){(size_t)lround((jump->at - grid->x0) / grid->dx), {jump->left}, {jump->right}};
    return 1;
}

bool bench_pair_make(bench_pair_data *data, const bench_pair *pair, size_t steps) {
    steps *= pair->finer;
    double dx = (pair->f_to - pair->f_from) / (double)steps;
    size_t g_steps = (size_t)lround((pair->g_to - pair->g_from) / dx);
    size_t last = pair->mode != CONV_CIRCULAR;
    *data = (bench_pair_data){.f_grid = {pair->f_from, dx, steps + last},
                              .g_grid = {pair->g_from, dx, g_steps + last}};
    if (conv_grid_output(&data->f_grid, &data->g_grid, pair->mode, &data->y_grid) != CONV_OK)
        return false;
    data->outputs = all(data->y_grid.n, pair->rank);
    data->f_breaks = break_of(pair->f_jump, &data->f_grid, &data->f_break);
    data->g_breaks = break_of(pair->g_jump, &data->g_grid, &data->g_break);
    data->f = sample(&data->f_grid, pair->rank, pair->f, pair->f2);
    data->g = sample(&data->g_grid, pair->rank, pair->g, pair->g2);
    data->exact = sample(&data->y_grid, pair->rank, pair->y, pair->y2);
    data->y = malloc(data->outputs * sizeof *data->y);
    if (!data->f || !data->g || !data->exact || !data->y) {
        bench_pair_free(data);
        return false;
    }
    for (size_t i = 0; i < data->outputs; i++)
        data->largest = fmax(data->largest, fabs(data->exact[i]));
    return true;
}

void bench_pair_free(bench_pair_data *data) {
    free(data->f);
    free(data->g);
    free(data->y);
    free(data->exact);
    *data = (bench_pair_data){.outputs = 0};
}

void bench_pair_desc(const bench_pair *pair, const bench_pair_data *data, conv_rule rule, int order,
                     conv_desc *desc) {
    size_t f_shape[2] = {data->f_grid.n, data->f_grid.n};
    size_t g_shape[2] = {data->g_grid.n, data->g_grid.n};
    conv_desc_init(desc, CONV_F64, pair->rank, f_shape, g_shape, pair->mode);
    desc->rule = rule;
    desc->rule_order = order;
    for (int d = 0; d < pair->rank; d++)
        desc->spacing[d] = data->f_grid.dx;
    if (rule != CONV_RULE_TRAPEZOID && rule != CONV_RULE_GREGORY)
        return;
    desc->signal_breaks = &data->f_break;
    desc->signal_break_count = data->f_breaks;
    desc->kernel_breaks = &data->g_break;
    desc->kernel_break_count = data->g_breaks;
}

/* Gregory's formula of order p leaves out the end difference of order p - 1 times the coefficient
 * of p, and all after it; the differences of order j are at most size * (h rate)^j. (Henrici,
 * Elements of Numerical Analysis, 1964, 13.3.) The coefficients fall, so the sum over j is below
 * the first term's geometric series. Two ends; on a plane two axes, each integrated over the other.
 * Rounding is that of a direct sum of so many terms, with ten more for the weights. */
double bench_pair_theory(const bench_pair *pair, const bench_pair_data *data, int order) {
    static const double coefficient[] = {1.0 / 2,       1.0 / 12,         1.0 / 24,
                                         19.0 / 720,    3.0 / 160,        863.0 / 60480,
                                         275.0 / 24192, 33953.0 / 3628800};
    double h = data->f_grid.dx, z = h * pair->rate, truncation = 0;
    double length = pair->f_to - pair->f_from, area = pow(length, pair->rank);
    double terms = (double)all(data->g_grid.n, pair->rank) + 10;
    if (pair->kind == BENCH_PAIR_ROUGH || order < 1 || z >= 1)
        return INFINITY;
    if (pair->kind == BENCH_PAIR_SMOOTH)
        truncation = 2 * pair->rank * coefficient[order - 1] * h * pow(z, order - 1) / (1 - z) *
                     pair->size * area / length;
    return (truncation + terms * 0x1p-53 * pair->size * area) / data->largest;
}
