/* Gaussians with any axes as rows of weights. Completing the square,
 *
 *     Q = along (dx - lean dy)^2 + down dy^2,
 *
 * each row is the same Gaussian in dx, moved to its centre lean dy and scaled. With m the column
 * next to the centre, e = lean dy - m and t = dx - m,
 *
 *     exp(-along (t - e)^2 / 2) = exp(-along t^2 / 2) exp(along e)^t exp(-along e^2 / 2):
 *
 * one table for all rows, a power that goes by products, and a factor. */
#include "varying/spread_kernel.h"

#include <math.h>

#include "base/memory.h"

/* Narrower rows (along above this) have few columns, and powers that leave the range of floats. */
static const double narrow = 4;

/* Every so many entries a recurrence is restarted by exponentials: its error grows with the square
 * of the steps, to 16^2 / 2 u. */
enum { RESTART = 16 };

conv_spread_pixel conv_spread_shape(const conv_spread_rule *rule, double major, double minor,
                                    double angle) {
    double dy = rule->spacing[0], dx = rule->spacing[1];
    double u = fmax(major, rule->least), v = fmax(minor, rule->least);
    if (u == v || angle == 0)
        return (conv_spread_pixel){(dx / u) * (dx / u), 0, (dy / v) * (dy / v), 1};
    double c = cos(angle), s = sin(angle);
    /* 1 / down is the variance by rows: no difference of large numbers. */
    double along = (dx * c / u) * (dx * c / u) + (dx * s / v) * (dx * s / v);
    double rows = hypot(u * s, v * c) / dy;
    double mixed = dx * dy * c * s * (1 / v + 1 / u) * (1 / v - 1 / u);
    return (conv_spread_pixel){along, mixed / along, 1 / (rows * rows), 1};
}

/* A pixel whose edge the ellipse touches is in, for cells. */
static double beyond(const conv_spread_rule *rule) {
    return rule->cells ? 0.5 : 0;
}

void conv_spread_reach(const conv_spread_rule *rule, const conv_spread_pixel *pixel,
                       double reach[2]) {
    double columns = hypot(1 / sqrt(pixel->along), pixel->lean / sqrt(pixel->down));
    reach[0] = floor(rule->cut / sqrt(pixel->down) + beyond(rule));
    reach[1] = floor(rule->cut * columns + beyond(rule));
}

/* Rows whose weights are written out one by one. */
static bool is_narrow(const conv_spread_pixel *pixel) {
    return pixel->lean != 0 && pixel->along > narrow;
}

/* Columns from a row's middle column to its ends at most. */
static double half_row(const conv_spread_rule *rule, const conv_spread_pixel *pixel) {
    double half = rule->cut / sqrt(pixel->along) + beyond(rule);
    return floor(pixel->lean != 0 ? half + 0.5 : half) + 1;
}

conv_spread_room conv_spread_needs(const conv_spread_rule *rule, const conv_spread_pixel *pixel) {
    double reach[2];
    conv_spread_reach(rule, pixel, reach);
    conv_spread_room room;
    room.rows = 2 * (size_t)reach[0] + 1;
    room.columns = 2 * (size_t)half_row(rule, pixel) + 1;
    room.table = is_narrow(pixel) ? room.rows * room.columns : room.columns;
    return room;
}

size_t conv_spread_kernel_bytes(conv_spread_room room, size_t real) {
    size_t table = room.table + CONV_SPREAD_PAD;
    return conv_aligned_size(room.rows * sizeof(conv_spread_row)) +
           conv_aligned_size(table * sizeof(double)) +
           conv_aligned_size(room.rows * sizeof(double)) + conv_aligned_size(table * real);
}

void conv_spread_kernel_place(conv_spread_kernel *kernel, conv_spread_room room, void *memory) {
    char *at = memory;
    kernel->rows = (conv_spread_row *)(void *)at;
    at += conv_aligned_size(room.rows * sizeof(conv_spread_row));
    kernel->table = (double *)(void *)at;
    at += conv_aligned_size((room.table + CONV_SPREAD_PAD) * sizeof(double));
    kernel->decay = (double *)(void *)at;
    kernel->rounded = at + conv_aligned_size(room.rows * sizeof(double));
    kernel->count = kernel->table_count = 0;
}

/* half[d] = exp(-curve d^2 / 2), d = 0..last. */
static void decay_by_samples(double curve, size_t last, double *half) {
    double shrink = exp(-curve), weight = 1, step = 1;
    for (size_t d = 0; d <= last; d++) {
        if (d % RESTART == 0) {
            weight = exp(-curve * (double)d * (double)d / 2);
            step = exp(-curve * ((double)d + 0.5));
        }
        half[d] = weight;
        weight *= step;
        step *= shrink;
    }
}

/* half[d]: the integral over the pixel at d. */
static void decay_by_cells(double curve, size_t last, double *half) {
    double unit = sqrt(curve / 2);
    half[0] = erf(unit / 2);
    for (size_t d = 1; d <= last; d++)
        half[d] = (erfc(((double)d - 0.5) * unit) - erfc(((double)d + 0.5) * unit)) / 2;
}

static void fill_decay(const conv_spread_rule *rule, double curve, size_t last, double *half) {
    if (rule->cells)
        decay_by_cells(curve, last, half);
    else
        decay_by_samples(curve, last, half);
}

/* The table around its middle, entry `last`. */
static void fill_table(const conv_spread_rule *rule, const conv_spread_pixel *pixel, size_t last,
                       double *table) {
    double *middle = table + last;
    fill_decay(rule, pixel->along, last, middle);
    for (size_t d = 0; d <= last; d++)
        middle[d] *= pixel->scale;
    for (size_t d = 1; d <= last; d++)
        *(middle - d) = middle[d];
}

void conv_spread_chord(const conv_spread_rule *rule, const conv_spread_pixel *pixel, double dy,
                       double *first, double *last) {
    double away = fmax(fabs(dy) - beyond(rule), 0), centre = pixel->lean * dy;
    double rest = rule->cut * rule->cut - pixel->down * away * away;
    double half = rest < 0 ? 0 : sqrt(rest / pixel->along) + beyond(rule);
    *last = floor(centre + half);
    *first = rest < 0 ? *last + 1 : ceil(centre - half);
}

/* Columns low..high of row dy that the ellipse and the clip have; false where there are none. */
static bool row_columns(const conv_spread_rule *rule, const conv_spread_pixel *pixel,
                        const conv_spread_clip *clip, ptrdiff_t dy, ptrdiff_t *low,
                        ptrdiff_t *high) {
    double first, last;
    conv_spread_chord(rule, pixel, (double)dy, &first, &last);
    *low = first < (double)clip->low[1] ? clip->low[1] : (ptrdiff_t)first;
    *high = last > (double)clip->high[1] ? clip->high[1] : (ptrdiff_t)last;
    return *low <= *high;
}

/* Weights of a narrow row, one by one, behind those that the table has. */
static void write_out(const conv_spread_pixel *pixel, ptrdiff_t dy, ptrdiff_t low, double down,
                      conv_spread_kernel *kernel, conv_spread_row *row) {
    row->first = kernel->table_count;
    row->start = row->ratio = 1;
    for (size_t i = 0; i < row->count; i++) {
        double away = (double)low + (double)i - pixel->lean * (double)dy;
        kernel->table[kernel->table_count++] =
            pixel->scale * exp(-(pixel->along * away * away + down) / 2);
    }
}

static void weigh_row(const conv_spread_pixel *pixel, ptrdiff_t dy, ptrdiff_t low, size_t last,
                      conv_spread_kernel *kernel, conv_spread_row *row) {
    if (pixel->lean == 0) {
        row->first = (size_t)((ptrdiff_t)last + low);
        row->start = kernel->decay[dy < 0 ? -dy : dy];
        row->ratio = 1;
        return;
    }
    double down = pixel->down * (double)dy * (double)dy;
    if (is_narrow(pixel)) {
        write_out(pixel, dy, low, down, kernel, row);
        return;
    }
    double centre = pixel->lean * (double)dy, middle = rint(centre), beside = centre - middle;
    double t = (double)low - middle, power = pixel->along * beside;
    row->first = (size_t)((ptrdiff_t)last + (ptrdiff_t)t);
    row->start = exp(power * t - (power * beside + down) / 2);
    row->ratio = exp(power);
}

void conv_spread_fill(const conv_spread_rule *rule, const conv_spread_pixel *pixel,
                      const conv_spread_clip *clip, size_t pitch, const conv_spread_loops *loops,
                      conv_spread_kernel *kernel) {
    ptrdiff_t reach = (ptrdiff_t)floor(rule->cut / sqrt(pixel->down) + beyond(rule));
    ptrdiff_t begin = clip->low[0] > -reach ? clip->low[0] : -reach;
    ptrdiff_t end = clip->high[0] < reach ? clip->high[0] : reach;
    size_t last = (size_t)half_row(rule, pixel);
    kernel->count = kernel->table_count = 0;
    if (begin > end)
        return;
    if (!is_narrow(pixel)) {
        fill_table(rule, pixel, last, kernel->table);
        kernel->table_count = 2 * last + 1;
    }
    if (pixel->lean == 0)
        fill_decay(rule, pixel->down, (size_t)reach, kernel->decay);
    for (ptrdiff_t dy = begin; dy <= end; dy++) {
        ptrdiff_t low, high;
        if (!row_columns(rule, pixel, clip, dy, &low, &high))
            continue;
        conv_spread_row *row = &kernel->rows[kernel->count++];
        row->at = dy * (ptrdiff_t)pitch + low;
        row->count = (size_t)(high - low) + 1;
        weigh_row(pixel, dy, low, last, kernel, row);
    }
    for (size_t i = 0; i < CONV_SPREAD_PAD; i++)
        kernel->table[kernel->table_count + i] = 0;
    loops->round(kernel->table, kernel->table_count + CONV_SPREAD_PAD, kernel->rounded);
}
