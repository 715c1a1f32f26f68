#include "cost/costs.h"

#include <math.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "cost/calibrated.h"
#include "cost/fitted.h"

/* Bytes of a core's second-level cache, about. */
#define SECOND_CACHE (1 << 20)

/* A row of a table at x, linear between its entries and in proportion to x beyond the last. 0 marks
 * an entry that was not measured. */
static double at(const double *axis, const double *row, int count, double x) {
    int below = -1;
    for (int i = 0; i < count; i++) {
        if (row[i] == 0)
            continue;
        if (axis[i] >= x) {
            if (below < 0 || axis[i] == x)
                return row[i];
            double share = (x - axis[below]) / (axis[i] - axis[below]);
            return row[below] + share * (row[i] - row[below]);
        }
        below = i;
    }
    return below < 0 ? 1 : row[below] * x / axis[below];
}

double conv_cost_vector(const conv_task *task) {
    static const double bytes[CONV_LEVELS] = {16, 32, 64};
    return bytes[task->wishes->level] / (double)task->problem->elements->size;
}

double conv_cost_slide(const conv_task *task, double taps) {
    return at(conv_calibrated_now()->taps,
              conv_calibrated_now()->slide[task->problem->leaf][task->wishes->level],
              CONV_COST_TAPS, taps);
}

double conv_cost_slide_step(const conv_task *task, double taps) {
    return at(conv_calibrated_now()->step_taps,
              conv_calibrated_now()->slide_step[task->problem->leaf][task->wishes->level],
              CONV_COST_STEP_TAPS, taps);
}

/* Measured on squares: any other plane of taps costs what a square of as many does. */
double conv_cost_slide_rows(const conv_task *task, double rows, double cols) {
    double side = sqrt(rows * cols);
    const double *row = conv_calibrated_now()->slide_rows[task->problem->leaf][task->wishes->level];
    double last = conv_calibrated_now()->row_taps[CONV_COST_ROW_TAPS - 1];
    if (side > last)
        return row[CONV_COST_ROW_TAPS - 1] * (side / last) * (side / last);
    return at(conv_calibrated_now()->row_taps, row, CONV_COST_ROW_TAPS, side);
}

double conv_cost_slide_columns(const conv_task *task, double taps) {
    return at(conv_calibrated_now()->column_taps,
              conv_calibrated_now()->slide_columns[task->problem->leaf][task->wishes->level],
              CONV_COST_COLUMN_TAPS, taps);
}

typedef struct {
    double samples, side;
    bool is_line;
} tile_size;

static tile_size size_of(const conv_problem *problem, const size_t *shape) {
    tile_size size = {1, 1, false};
    int axes = 0;
    for (int d = 0; d < problem->rank; d++) {
        size.samples *= (double)shape[d];
        axes += shape[d] > 1;
    }
    size.is_line = axes <= 1;
    size.side = sqrt(size.samples);
    return size;
}

/* Seconds per sample grow with the logarithm of the length: beyond the tables, by the last step. */
static double sample_cost(const double *axis, const double *row, int count, double x) {
    double last = axis[count - 1];
    return at(axis, row, count, x < last ? x : last) * (x > last ? log2(x) / log2(last) : 1);
}

/* Which block length is best must not depend on the level among those whose results have equal
 * bits: v3 and v4 share one table. */
static conv_level table_level(const conv_task *task) {
    return task->wishes->level == CONV_LEVEL_BASELINE ? CONV_LEVEL_BASELINE : CONV_LEVEL_V4;
}

/* The longest rows that lie across lanes, in coefficients. */
#define ACROSS 144

static double whole_vectors(double coefficients, double lanes) {
    return ceil(coefficients / lanes) * lanes;
}

/* Elements that a row of a tile is carried as: whole vectors, narrower ones where these leave less
 * empty. By the levels that choose alike, as above. */
static double carried(const conv_task *task, conv_level level, double length) {
    double parts = conv_dtype_is_complex(conv_task_compute(task)) ? 1 : 2,
           coefficients = length / parts;
    double lanes = conv_dtype_is_double(conv_task_compute(task)) ? 8 : 16;
    if (coefficients > ACROSS)
        return length;
    if (level == CONV_LEVEL_BASELINE)
        return parts * whole_vectors(coefficients, lanes / 4);
    double wide = whole_vectors(coefficients, lanes);
    double narrow = whole_vectors(coefficients, lanes / 2);
    return parts * (4 * wide > 5 * narrow ? narrow : wide);
}

/* A plane by its rows and columns: along each by the nearest sides that were measured. */
static double plane_cost(const conv_task *task, conv_level level, double rows, double cols) {
    const conv_calibrated *tables = conv_calibrated_now();
    const double(*grid)[CONV_COST_SIDES] = tables->ring_grid[conv_task_compute(task)][level];
    double along[CONV_COST_SIDES] = {0}, whole = carried(task, level, cols);
    int above = 0;
    while (above < CONV_COST_SIDES - 1 && tables->sides[above] < rows)
        above++;
    for (int i = above ? above - 1 : 0; i <= above; i++)
        along[i] = sample_cost(tables->sides, grid[i], CONV_COST_SIDES, whole);
    return sample_cost(tables->sides, along, CONV_COST_SIDES, rows) * whole / cols;
}

/* What a split by 5, 7 or 9 costs more than the lengths beside it, which are 2^a and 3 * 2^a. */
static double odd_cost(size_t length, double five, double seven, double nine) {
    while (length && length % 2 == 0)
        length /= 2;
    return length == 5 ? five : length == 7 ? seven : length == 9 ? nine : 1;
}

static double line_cost(const conv_task *task, conv_level level, double length) {
    return sample_cost(conv_calibrated_now()->lengths,
                       conv_calibrated_now()->ring[conv_task_compute(task)][level],
                       CONV_COST_LENGTHS, length);
}

/* Short rows of a plane are a share of what it costs. */
static double row_cost(const conv_task *task, conv_level level, size_t length) {
    double cols = (double)length;
    if (task->problem->rank == 1 ||
        cols > (conv_dtype_is_complex(conv_task_compute(task)) ? 1 : 2) * ACROSS)
        return line_cost(task, level, cols);
    return CONV_COST_ROW_SHARE * plane_cost(task, level, CONV_COST_ROW_SIDE, cols) *
           odd_cost(length, CONV_COST_ROW_5, CONV_COST_ROW_7, CONV_COST_ROW_9);
}

/* What columns along axis d cost per sample: what a plane of them costs more than its rows. */
static double column_cost(const conv_task *task, conv_level level, const size_t *shape, int d,
                          double row) {
    double cols = (double)shape[task->problem->rank - 1];
    if (shape[d] == 1)
        return 0;
    row /=
        odd_cost(shape[task->problem->rank - 1], CONV_COST_ROW_5, CONV_COST_ROW_7, CONV_COST_ROW_9);
    return fmax(0.2 * row, plane_cost(task, level, (double)shape[d], cols) - row) *
           odd_cost(shape[d], CONV_COST_COLUMN_5, CONV_COST_COLUMN_7, CONV_COST_COLUMN_9);
}

/* Per sample, of rows and of the columns along each other axis. */
static double ring_cost(const conv_task *task, conv_level level, const size_t *shape) {
    int last = task->problem->rank - 1;
    double row = row_cost(task, level, shape[last]), sum = row;
    for (int d = 0; d < last; d++)
        sum += column_cost(task, level, shape, d, row);
    return sum;
}

static double tile_cost(const conv_task *task, conv_backend backend, const size_t *shape,
                        conv_level level) {
    tile_size size = size_of(task->problem, shape);
    conv_dtype type = conv_task_compute(task);
    if (backend == CONV_BACKEND_RING)
        return ring_cost(task, level, shape) * size.samples;
    if (size.is_line)
        return size.samples * sample_cost(conv_calibrated_now()->lengths,
                                          conv_calibrated_now()->fftw[type][level],
                                          CONV_COST_LENGTHS, size.samples);
    /* Measured on planes; beyond the second-level cache every further axis is one more pass. */
    double bytes = size.samples * (double)conv_dtype_size(type);
    double passes = bytes > SECOND_CACHE && task->problem->rank > 2 ? task->problem->rank / 2.0 : 1;
    return passes * size.samples *
           sample_cost(conv_calibrated_now()->sides, conv_calibrated_now()->fftw_plane[type][level],
                       CONV_COST_SIDES, size.side);
}

double conv_cost_transform(const conv_task *task, conv_backend backend, const size_t *shape) {
    return tile_cost(task, backend, shape, task->wishes->level);
}

static double summed_cost(const conv_task *task, size_t taps) {
    double tap = conv_dtype_is_double(conv_task_compute(task)) ? CONV_COST_SUMMED_TAP_F64
                                                               : CONV_COST_SUMMED_TAP_F32;
    return CONV_COST_SUMMED + tap * (double)taps;
}

/* What a sample of a volume costs more than one of planes, which stay where they are. */
static double volume_cost(const conv_task *task, conv_level level, const conv_cost_tile *tile) {
    double cols = (double)tile->shape[task->problem->rank - 1];
    double padding = carried(task, level, cols) / cols;
    double size = (double)conv_dtype_size(conv_task_compute(task)), bytes = size;
    int axes = 0;
    for (int d = 0; d < task->problem->rank; d++) {
        axes += tile->shape[d] > 1;
        bytes *= (double)tile->shape[d];
    }
    size *= padding;
    bytes *= padding;
    bytes += tile->taps ? bytes * (double)tile->taps / (double)tile->shape[0] : bytes;
    double far = fmin(fmax((bytes - CONV_COST_VOLUME_NEAR) / CONV_COST_VOLUME_NEAR / 2, 0), 1);
    return axes < 3 ? 0 : size * far * CONV_COST_VOLUME_FAR;
}

/* Rows and columns are those that some sample lies in, on the way there, and some result, on the
 * way back; the first axis is there and back at once. */
double conv_cost_tile_transform(const conv_task *task, const conv_cost_tile *tile, bool by_bits) {
    conv_level level = by_bits ? table_level(task) : task->wishes->level;
    int last = task->problem->rank - 1;
    double there = 1, back = 1, sum = 0;
    if (tile->backend != CONV_BACKEND_RING || last == 0)
        return tile_cost(task, tile->backend, tile->shape, level);
    double row = row_cost(task, level, tile->shape[last]);
    double cols = (double)tile->shape[last];
    for (int d = 0; d < last; d++) {
        double each = d == 0 && tile->taps ? summed_cost(task, tile->taps) * tile->wanted[0] *
                                                 carried(task, level, cols) / cols
                                           : column_cost(task, level, tile->shape, d, row);
        sum += each * (there + back) / 2;
        there *= tile->present[d];
        back *= tile->wanted[d];
    }
    sum += row * (there + back) / 2;
    sum += volume_cost(task, level, tile) * (1 + (there + back) / 2) / 2;
    return sum * size_of(task->problem, tile->shape).samples;
}

double conv_cost_transform_choice(const conv_task *task, conv_backend backend,
                                  const size_t *shape) {
    return tile_cost(task, backend, shape, table_level(task));
}

static bool is_power_of_two(const conv_problem *problem, const size_t *shape) {
    for (int d = 0; d < problem->rank; d++)
        if (shape[d] & (shape[d] - 1))
            return false;
    return true;
}

/* Beyond the tables a creation waits for memory: 1.3 to 1.7 of what its length would have it take.
 */
#define MAKE_BEYOND 1.5

/* FFTW plans powers of two much faster than other lengths: each kind is measured by its own. */
static double make_cost(const double *axis, const double *row, int count, double x, bool by_kind,
                        bool power) {
    double kind[CONV_COST_LENGTHS], least = 0;
    for (int i = 0; i < count; i++) {
        size_t length = (size_t)axis[i];
        kind[i] = by_kind && power != !(length & (length - 1)) ? 0 : row[i];
        least = least == 0 && kind[i] > 0 ? axis[i] : least;
    }
    double beyond = x > axis[count - 1] ? MAKE_BEYOND : 1;
    return at(axis, kind, count, x) * (x < least ? x / least : 1) * beyond;
}

double conv_cost_transform_make(const conv_task *task, conv_backend backend, const size_t *shape) {
    tile_size size = size_of(task->problem, shape);
    bool is_ring = backend == CONV_BACKEND_RING, power = is_power_of_two(task->problem, shape);
    conv_dtype type = conv_task_compute(task);
    if (size.is_line)
        return make_cost(conv_calibrated_now()->lengths,
                         is_ring ? conv_calibrated_now()->ring_make[type]
                                 : conv_calibrated_now()->fftw_make[type],
                         CONV_COST_LENGTHS, size.samples, !is_ring, power);
    return make_cost(conv_calibrated_now()->sides,
                     is_ring ? conv_calibrated_now()->ring_plane_make[type]
                             : conv_calibrated_now()->fftw_plane_make[type],
                     CONV_COST_SIDES, size.side, !is_ring, power) *
           fmax(1, size.side / conv_calibrated_now()->sides[CONV_COST_SIDES - 1]);
}

double conv_cost_gather(const conv_problem *problem, double inside, double outside) {
    const double *row = conv_calibrated_now()->gather[problem->dtype];
    return row[2] + row[0] * inside + row[1] * outside;
}

/* What lies before the first large page and after the last one is half of one each, about. */
double conv_cost_new_memory(double bytes) {
    double ordinary = bytes;
    if (bytes >= CONV_HUGE_BYTES)
        ordinary = bytes < CONV_KEPT_BYTES ? CONV_HUGE_PAGE : 0;
    return conv_calibrated_now()->new_memory[0] * ordinary +
           conv_calibrated_now()->new_memory[1] * (bytes - ordinary);
}

/* Of lines of 16 to 256 f64 samples that are widened, multiplied and added up, 1.2 to 1.9. */
double conv_cost_products(double count) {
    return 1.5 * count;
}
