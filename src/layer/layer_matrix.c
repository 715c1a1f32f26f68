/* The three sums as products with the matrix of the weights: along its rows (dots), down its
 * columns (tiles, some rows at a time, so that the matrix is read in few streams), and of two
 * vectors (tiles whose results are the matrix). */
#include "layer/layer_matrix.h"

#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"

/* Images that share a reading of the matrix; rows that are added at a time; bytes of rows up to
 * which the next ones are fetched ahead: processors do that for long rows by themselves. */
enum { MOST_IMAGES = 64, ROWS_AT_A_TIME = 16, FETCHED = 1 << 17 };

/* Nanoseconds to read a byte of the matrix, and of a vector's multiply-add. */
#define BYTE 0.025
#define VECTOR 0.4

/* ---- the order of the weights ---- */

static ptrdiff_t magnitude(ptrdiff_t step) {
    return step < 0 ? -step : step;
}

/* The smallest step between wide elements in w, and the largest difference. */
static void wide_steps(const conv_layer_shape *shape, ptrdiff_t *least, ptrdiff_t *span) {
    *least = PTRDIFF_MAX;
    *span = 0;
    for (int d = -1; d < CONV_LAYER_AXES; d++) {
        size_t count = d < 0 ? shape->wide_channels : shape->kernel[d];
        ptrdiff_t step = magnitude(d < 0 ? shape->weights.wide : shape->weights.axis[d]);
        *least = count > 1 && step < *least ? step : *least;
        *span += (ptrdiff_t)(count - 1) * step;
    }
}

/* Sets what concerns the order; false where it is no matrix's. With one wide element its rows are
 * single numbers either way. */
static bool read_order(conv_layer_matrix *m) {
    const conv_layer_shape *shape = m->shape;
    ptrdiff_t wide = (ptrdiff_t)m->wide, narrow = (ptrdiff_t)m->narrow, least, span;
    wide_steps(shape, &least, &span);
    if (wide > 1 && span == wide - 1 && (narrow == 1 || shape->weights.narrow >= wide)) {
        m->narrow_last = false;
        m->unit = 1;
        m->pitch = narrow > 1 ? shape->weights.narrow : wide;
    } else if (narrow > 1 && shape->weights.narrow == 1 &&
               (wide == 1 || (least >= narrow && span == (wide - 1) * least))) {
        m->narrow_last = true;
        m->unit = m->pitch = wide > 1 ? least : narrow;
    } else {
        return false;
    }
    m->rows = m->narrow_last ? m->wide : m->narrow;
    m->columns = m->narrow_last ? m->narrow : m->wide;
    return true;
}

/* Every tap meets a sample, which the first and the last tell, and every sample a tap. */
static bool all_meet(const conv_layer_shape *shape) {
    if (shape->narrow.points != 1 || shape->wide.points != shape->taps)
        return false;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        for (int side = 0; side < 2; side++) {
            size_t first, last;
            conv_layer_meeting(shape, d, side ? shape->kernel[d] - 1 : 0, &first, &last);
            if (first == last)
                return false;
        }
    return true;
}

static bool read_job(conv_layer_matrix *m, const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    memset(m, 0, sizeof *m);
    m->shape = shape;
    m->sum = job->sum;
    m->threads = job->threads;
    m->wide = shape->wide_channels * shape->taps;
    m->narrow = shape->narrow_channels;
    /* Longer sums of products are added up in blocks, elsewhere. */
    if (job->sum == CONV_LAYER_PRODUCTS && shape->batch > 4096)
        return false;
    bool depthwise = shape->wide_channels == 1 && shape->narrow_channels == 1;
    return !depthwise && all_meet(shape) && read_order(m);
}

bool conv_layer_matrix_fits(const conv_layer_job *job) {
    conv_layer_matrix m;
    return read_job(&m, job);
}

double conv_layer_matrix_cost(const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    double count = (double)shape->weights.count, batch = (double)shape->batch;
    double lanes = conv_layer_loops_of(shape->dtype, job->level)->lanes;
    return count * (BYTE * (double)shape->size + VECTOR * batch / lanes);
}

/* ---- made ---- */

static size_t whole_vectors(const conv_layer_matrix *m, size_t count) {
    size_t lanes = (size_t)m->loops->lanes;
    return (count + lanes - 1) / lanes * lanes;
}

conv_status conv_layer_matrix_make(conv_layer_matrix **matrix, const conv_layer_job *job) {
    conv_layer_matrix *m = *matrix = conv_allocate(sizeof *m);
    if (!m)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a layer");
    (void)read_job(m, job);
    m->loops = conv_layer_loops_of(job->shape->dtype, job->level);
    m->images = conv_min(job->shape->batch, MOST_IMAGES);
    m->room = conv_max(whole_vectors(m, m->wide), whole_vectors(m, m->narrow));
    size_t beyond = whole_vectors(m, m->columns) - m->columns;
    m->spare_rows = conv_min(m->rows, (beyond + (size_t)m->pitch - 1) / (size_t)m->pitch);
    return CONV_OK;
}

void conv_layer_matrix_free(conv_layer_matrix *matrix) {
    conv_free(matrix);
}

static size_t spare_bytes(const conv_layer_matrix *m) {
    return conv_aligned_size(m->spare_rows * whole_vectors(m, m->columns) * m->shape->size);
}

size_t conv_layer_matrix_workspace(const conv_layer_matrix *m) {
    return 2 * conv_aligned_size(m->images * m->room * m->shape->size) + spare_bytes(m);
}

/* ---- run ---- */

/* One group of some images. Rows of `from` and `sums` are m->room apart, or from_row. */
typedef struct {
    const conv_layer_matrix *m;
    size_t images;
    const char *w, *from;
    ptrdiff_t from_row;
    const char *narrow; /* PRODUCTS: its rows, m->room apart; the wide ones are in `from` */
    char *spare, *sums, *dw;
    double beta;
    bool continues;
} group_call;

static bool fetches(const conv_layer_matrix *m, size_t rows) {
    return rows * m->columns * m->shape->size <= FETCHED;
}

/* count elements of so many rows, not into the first cache: rows that are a power of two apart
 * would drive each other out. */
static void fetch(const conv_layer_matrix *m, const char *from, ptrdiff_t pitch, size_t rows,
                  size_t count) {
    size_t size = m->shape->size, bytes = count * size;
    for (size_t i = 0; i < rows; i++)
        for (size_t at = 0; at < bytes; at += 64)
            __builtin_prefetch(from + (ptrdiff_t)i * pitch * (ptrdiff_t)size + at, 0, 2);
}

static const char *offset(const char *base, size_t elements, const conv_layer_matrix *m) {
    return base + elements * m->shape->size;
}

/* Rows of the matrix times `from`. */
static void along_rows(void *context, size_t begin, size_t end, int thread) {
    const group_call *g = context;
    const conv_layer_matrix *m = g->m;
    size_t first = begin * CONV_LAYER_DOT_ROWS, last = conv_min(end * CONV_LAYER_DOT_ROWS, m->rows);
    conv_layer_dots dots = {.rows = last - first,
                            .points = g->images,
                            .length = m->columns,
                            .a_row = m->pitch,
                            .b_row = g->from_row,
                            .c_row = (ptrdiff_t)m->room,
                            .ahead = fetches(m, CONV_LAYER_DOT_ROWS)};
    (void)thread;
    m->loops->dots(&dots, offset(g->w, first * (size_t)m->pitch, m), g->from,
                   g->sums + first * m->shape->size);
}

/* Columns first..last-1 of `count` rows from `row` on, whose matrix begins at w. */
static void add_rows(const group_call *g, const char *w, ptrdiff_t pitch, size_t row, size_t count,
                     size_t first, size_t last) {
    const conv_layer_matrix *m = g->m;
    size_t lanes = (size_t)m->loops->lanes, width = lanes * (size_t)m->loops->vectors;
    static const conv_layer_segment all = {0, 0};
    for (size_t c = first; c < last; c += width) {
        size_t here = conv_min(width, last - c);
        if (fetches(m, count))
            fetch(m, offset(w, c, m) + (ptrdiff_t)count * pitch * (ptrdiff_t)m->shape->size, pitch,
                  conv_min(count, m->rows - row - count), here);
        for (size_t i = 0; i < g->images; i += (size_t)m->loops->rows) {
            int vectors = (int)((here + lanes - 1) / lanes);
            conv_layer_tile tile = {.segment = &all,
                                    .segments = 1,
                                    .length = count,
                                    .a_row = g->from_row,
                                    .a_step = 1,
                                    .b_step = pitch,
                                    .c_row = (ptrdiff_t)m->room,
                                    .rows = (int)conv_min((size_t)m->loops->rows, g->images - i),
                                    .vectors = vectors,
                                    .lanes = (int)(here - (size_t)(vectors - 1) * lanes),
                                    .continues = row > 0};
            m->loops->tile(&tile, offset(g->from, i * (size_t)g->from_row + row, m),
                           offset(w, c, m), g->sums + (i * m->room + c) * m->shape->size);
        }
    }
}

/* Items are tiles' widths of columns. */
static void down_columns(void *context, size_t begin, size_t end, int thread) {
    const group_call *g = context;
    const conv_layer_matrix *m = g->m;
    size_t width = (size_t)(m->loops->lanes * m->loops->vectors);
    size_t first = begin * width, last = conv_min(end * width, m->columns);
    size_t rows = m->rows - m->spare_rows;
    size_t step = last - first <= width ? conv_max(rows, 1) : ROWS_AT_A_TIME;
    (void)thread;
    for (size_t row = 0; row < rows; row += step)
        add_rows(g, offset(g->w, row * (size_t)m->pitch, m), m->pitch, row,
                 conv_min(step, rows - row), first, last);
    if (m->spare_rows > 0)
        add_rows(g, g->spare, (ptrdiff_t)whole_vectors(m, m->columns), rows, m->spare_rows, first,
                 last);
}

/* Items are tiles' rows of the matrix; each has the sum over the images. */
static void make_rows(void *context, size_t begin, size_t end, int thread) {
    const group_call *g = context;
    const conv_layer_matrix *m = g->m;
    static const conv_layer_segment all = {0, 0};
    size_t lanes = (size_t)m->loops->lanes, width = lanes * (size_t)m->loops->vectors;
    const char *a = m->narrow_last ? g->from : g->narrow, *b = m->narrow_last ? g->narrow : g->from;
    (void)thread;
    for (size_t item = begin; item < end; item++) {
        size_t row = item * (size_t)m->loops->rows;
        for (size_t c = 0; c < m->columns; c += width) {
            size_t here = conv_min(width, m->columns - c), rows = (size_t)m->loops->rows;
            char *to =
                g->dw + ((ptrdiff_t)row * m->pitch + (ptrdiff_t)c) * (ptrdiff_t)m->shape->size;
            if (fetches(m, rows) && row + rows < m->rows)
                fetch(m, to + (ptrdiff_t)rows * m->pitch * (ptrdiff_t)m->shape->size, m->pitch,
                      conv_min(rows, m->rows - row - rows), here);
            int vectors = (int)((here + lanes - 1) / lanes);
            conv_layer_tile tile = {.segment = &all,
                                    .segments = 1,
                                    .length = g->images,
                                    .a_row = 1,
                                    .a_step = (ptrdiff_t)m->room,
                                    .b_step = (ptrdiff_t)m->room,
                                    .c_row = m->pitch,
                                    .rows = (int)conv_min((size_t)m->loops->rows, m->rows - row),
                                    .vectors = vectors,
                                    .lanes = (int)(here - (size_t)(vectors - 1) * lanes),
                                    .beta = g->continues ? 0 : g->beta,
                                    .continues = g->continues};
            m->loops->tile(&tile, offset(a, row, m), offset(b, c, m), to);
        }
    }
}

static size_t parts(size_t count, size_t each) {
    return (count + each - 1) / each;
}

/* Rows that end less than a vector before w does. */
static void copy_spare(const group_call *g) {
    const conv_layer_matrix *m = g->m;
    size_t size = m->shape->size, row = whole_vectors(m, m->columns) * size;
    size_t first = m->rows - m->spare_rows;
    for (size_t i = 0; i < m->spare_rows; i++) {
        memset(g->spare + i * row, 0, row);
        memcpy(g->spare + i * row, offset(g->w, (first + i) * (size_t)m->pitch, m),
               m->columns * size);
    }
}

static void multiply(group_call *g) {
    const conv_layer_matrix *m = g->m;
    size_t width = (size_t)(m->loops->lanes * m->loops->vectors);
    if (m->sum == CONV_LAYER_PRODUCTS) {
        conv_parallel_for(parts(m->rows, (size_t)m->loops->rows), m->threads, make_rows, g);
    } else if ((m->sum == CONV_LAYER_GATHER) != m->narrow_last) {
        conv_parallel_for(parts(m->rows, CONV_LAYER_DOT_ROWS), m->threads, along_rows, g);
    } else {
        copy_spare(g);
        conv_parallel_for(parts(m->columns, width), m->threads, down_columns, g);
    }
}

/* The narrow channels of an image: they lie one after the other. */
static void put_narrow(const conv_layer_matrix *m, const char *sums, const char *bias, double beta,
                       char *to) {
    m->loops->put(sums, 1, m->narrow, NULL, beta, to, 1);
    if (bias)
        m->loops->put(bias, 1, m->narrow, NULL, 1, to, 1);
}

static void run_group(const conv_layer_matrix *m, const conv_layer_call *call, size_t group,
                      size_t first, size_t images) {
    const conv_layer_shape *shape = m->shape;
    ptrdiff_t size = (ptrdiff_t)shape->size, row = (ptrdiff_t)m->room * size;
    ptrdiff_t wide = (ptrdiff_t)(group * shape->wide_channels) * shape->wide.channel;
    ptrdiff_t narrow = (ptrdiff_t)(group * shape->narrow_channels), of_w = (ptrdiff_t)group;
    char *taken = call->workspace;
    char *sums = taken + conv_aligned_size(m->images * m->room * shape->size);
    group_call g = {.m = m,
                    .images = images,
                    .from = taken,
                    .from_row = (ptrdiff_t)m->room,
                    .narrow = sums,
                    .spare = sums + conv_aligned_size(m->images * m->room * shape->size),
                    .sums = sums,
                    .beta = call->beta,
                    .continues = first > 0};
    of_w *= shape->weights.group * size;
    if (call->w)
        g.w = (const char *)call->w + of_w;
    else
        g.dw = (char *)call->to + of_w;
    for (size_t i = 0; i < images; i++) {
        ptrdiff_t image = (ptrdiff_t)(first + i), at = (ptrdiff_t)i * row;
        ptrdiff_t of_wide = (image * shape->wide.batch + wide) * size;
        ptrdiff_t of_narrow = (image * shape->narrow.batch + narrow) * size;
        if (call->wide)
            conv_layer_matrix_take(m, (const char *)call->wide + of_wide, taken + at);
        if (call->narrow)
            memcpy((call->wide ? sums : taken) + at, (const char *)call->narrow + of_narrow,
                   m->narrow * shape->size);
    }
    multiply(&g);
    for (size_t i = 0; i < images && call->w; i++) {
        ptrdiff_t image = (ptrdiff_t)(first + i), at = (ptrdiff_t)i * row;
        const char *bias = call->bias;
        if (call->wide)
            put_narrow(m, sums + at, bias ? bias + narrow * size : NULL, call->beta,
                       (char *)call->to + (image * shape->narrow.batch + narrow) * size);
        else
            conv_layer_matrix_put(
                m, sums + at, bias ? offset(bias, group * shape->wide_channels, m) : NULL,
                call->beta, (char *)call->to + (image * shape->wide.batch + wide) * size);
    }
}

void conv_layer_matrix_run(const conv_layer_matrix *m, const conv_layer_call *call) {
    for (size_t first = 0; first < m->shape->batch; first += m->images)
        for (size_t group = 0; group < m->shape->groups; group++)
            run_group(m, call, group, first, conv_min(m->images, m->shape->batch - first));
}
