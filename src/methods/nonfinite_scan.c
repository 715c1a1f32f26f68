#include "methods/nonfinite_scan.h"

#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"

/* Outputs that are looked up at once, and lookups between two looks at whether all are NaN. */
enum { BLOCK = 64, WORDS = BLOCK / 8, LOOKS = 8 };
#define ALL_BOTH (UINT64_MAX / 255 * CONV_MARK_BOTH)

/* A tap that makes products: how far before the output its sample is, and its mark. */
typedef struct {
    uint32_t before;
    uint8_t mark;
} marked_tap;

typedef struct {
    const conv_scan *scan;
    const conv_problem *problem;
    size_t extent[CONV_MAX_RANK], stride[CONV_MAX_RANK]; /* of marks, with zeros all around */
    size_t tap_stride[CONV_MAX_RANK];
    size_t places;
    uint8_t *marks[2], *turned[2]; /* of a part of the samples; under a tap that is negative */
    uint8_t *tap[2];               /* marks of a part of the taps, in convolution order */
    marked_tap *list[2];           /* those that are not 0, in an order that is spread over all */
    size_t listed[2];
    double looked, blocks, all_blocks; /* done, and all of them */
} lookup;

static int parts_of(conv_dtype dtype) {
    return conv_dtype_is_complex(dtype) ? 2 : 1;
}

/* ---- memory ---- */

static size_t places_of(const conv_problem *problem, const size_t *outputs) {
    size_t places = 1;
    for (int d = 0; d < problem->rank; d++)
        places = conv_times(places, conv_plus(outputs[d], problem->axis[d].m - 1));
    return conv_plus(places, BLOCK);
}

size_t conv_scan_bytes(const conv_problem *problem, const size_t *outputs) {
    size_t marks = conv_aligned_size(places_of(problem, outputs));
    size_t list = conv_aligned_size(conv_times(problem->taps, sizeof(marked_tap)));
    size_t taps = conv_plus(list, conv_aligned_size(problem->taps));
    return conv_plus(conv_times(2 * (size_t)parts_of(problem->dtype), marks),
                     conv_times((size_t)parts_of(problem->kernel_dtype), taps));
}

static void place_parts(lookup *l, char *memory) {
    size_t marks = conv_aligned_size(l->places);
    for (int part = 0; part < parts_of(l->problem->dtype); part++, memory += 2 * marks) {
        l->marks[part] = (uint8_t *)memory;
        l->turned[part] = (uint8_t *)memory + marks;
    }
    for (int part = 0; part < parts_of(l->problem->kernel_dtype); part++) {
        l->tap[part] = (uint8_t *)memory;
        memory += conv_aligned_size(l->problem->taps);
        l->list[part] = (marked_tap *)(void *)memory;
        memory += conv_aligned_size(l->problem->taps * sizeof(marked_tap));
    }
}

/* ---- marks ---- */

static uint8_t turn(uint8_t mark) {
    return (uint8_t)((mark & 1) << 1 | mark >> 1);
}

/* Rows of samples that some output meets; place: of the output that meets the first one last. */
static void mark_rows(const lookup *l, int d, size_t sample, size_t place) {
    const conv_nonfinite_box *box = l->scan->box;
    size_t before = box->out_first[d], m = l->problem->axis[d].m, first = 0;
    if (before > m - 1)
        first = before - (m - 1);
    size_t skip = m - 1 > before ? m - 1 - before : 0;
    size_t end = conv_min(box->extent[d], first + l->extent[d] - conv_min(skip, l->extent[d]));
    sample *= box->extent[d];
    if (d < l->problem->rank - 1) {
        for (size_t i = first; i < end; i++)
            mark_rows(l, d + 1, sample + i, place + (skip + i - first) * l->stride[d]);
        return;
    }
    if (first >= end)
        return;
    const conv_element_kernels *elements = l->problem->elements;
    const char *from = (const char *)l->scan->samples + (sample + first) * elements->size;
    for (int part = 0; part < parts_of(l->problem->dtype); part++)
        elements->mark_samples(l->marks[part] + place + skip, from, end - first, part,
                               l->scan->of_taps);
}

static void mark_samples(const lookup *l) {
    for (int part = 0; part < parts_of(l->problem->dtype); part++)
        memset(l->marks[part], 0, l->places);
    mark_rows(l, 0, 0, 0);
    for (int part = 0; part < parts_of(l->problem->dtype); part++) {
        const uint8_t *restrict marks = l->marks[part];
        uint8_t *restrict turned = l->turned[part];
        for (size_t i = 0; i < l->places; i++)
            turned[i] = (uint8_t)((marks[i] & 1) << 1 | marks[i] >> 1);
    }
}

static size_t greatest_divisor(size_t a, size_t b) {
    while (b > 0) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Numbers of taps in this step, modulo their number, are spread over all of them. */
static size_t spread_step(size_t taps) {
    size_t step = (size_t)((double)taps * 0.6180339887498949);
    while (step > 1 && greatest_divisor(taps, step) != 1)
        step--;
    return step > 0 ? step : 1;
}

/* How far before an output the sample of tap q is: in convolution order. */
static size_t before_output(const lookup *l, size_t q) {
    size_t before = 0;
    for (int d = l->problem->rank - 1; d >= 0; d--) {
        before += q % l->problem->axis[d].m * l->stride[d];
        q /= l->problem->axis[d].m;
    }
    return before;
}

static void mark_taps(lookup *l) {
    const conv_problem *problem = l->problem;
    size_t taps = problem->taps, step = spread_step(taps);
    for (int part = 0; part < parts_of(problem->kernel_dtype); part++) {
        uint8_t *marks = l->tap[part];
        problem->elements->mark_taps(marks, l->scan->box->task->taps, taps, part,
                                     !l->scan->of_taps);
        for (size_t i = 0; i < taps / 2; i++) { /* sliding order is the other way round */
            uint8_t mark = marks[i];
            marks[i] = marks[taps - 1 - i];
            marks[taps - 1 - i] = mark;
        }
        l->listed[part] = 0;
        for (size_t i = 0, q = 0; i < taps; i++, q = (q + step) % taps)
            if (marks[q])
                l->list[part][l->listed[part]++] =
                    (marked_tap){(uint32_t)before_output(l, q), marks[q]};
    }
}

/* ---- lookups ---- */

/* A block of outputs of one part, and where its marks and its samples' marks are. */
typedef struct {
    uint64_t sum[WORDS]; /* what is beyond the width is BOTH */
    size_t width, place;
    size_t first[CONV_MAX_RANK], last[CONV_MAX_RANK]; /* taps that meet a sample, on each axis */
    bool whole;     /* of the last axis each output has all taps */
    bool backwards; /* all outputs have its last taps, else its first ones */
} block;

static void join(const lookup *l, block *b, int part, uint8_t mark, size_t before) {
    const uint8_t *plus = l->marks[part] + b->place - before;
    const uint8_t *minus = l->turned[part] + b->place - before;
    uint64_t from[WORDS];
    memcpy(from, mark == CONV_MARK_MINUS ? minus : plus, sizeof from);
    for (int i = 0; i < WORDS; i++)
        b->sum[i] |= from[i];
    if (mark != CONV_MARK_BOTH)
        return;
    memcpy(from, minus, sizeof from);
    for (int i = 0; i < WORDS; i++)
        b->sum[i] |= from[i];
}

static bool is_done(const block *b) {
    uint64_t all = ALL_BOTH;
    for (int i = 0; i < WORDS; i++)
        all &= b->sum[i];
    return all == ALL_BOTH;
}

/* One of the sums of real products that a part of an output is: of a part of the samples with one
 * of the taps, or less it. */
typedef struct {
    int part, tap_part;
    bool minus;
} factor;

static void join_tap(lookup *l, block *b, const factor *f, uint8_t mark, size_t before) {
    join(l, b, f->part, f->minus ? turn(mark) : mark, before);
    l->looked++;
}

/* By the list of taps. */
static void join_listed(lookup *l, block *b, const factor *factors, int count) {
    size_t most = 0;
    for (int f = 0; f < count; f++)
        most = conv_max(most, l->listed[factors[f].tap_part]);
    for (size_t i = 0; i < most; i++) {
        for (int f = 0; f < count; f++) {
            int part = factors[f].tap_part;
            if (i < l->listed[part])
                join_tap(l, b, &factors[f], l->list[part][i].mark, l->list[part][i].before);
        }
        if (i % LOOKS == LOOKS - 1 && is_done(b))
            return;
    }
}

/* By the taps that meet a sample. Those come first along the last axis that all of the block meet:
 * then a few of them are enough. */
static bool join_box(lookup *l, block *b, const factor *factors, int count, int step, size_t tap,
                     size_t before) {
    int rank = l->problem->rank, d = step == 0 ? rank - 1 : step - 1;
    size_t taps = b->last[d] - b->first[d];
    for (size_t i = 0; i < taps; i++) {
        size_t k = step == 0 && b->backwards ? b->last[d] - 1 - i : b->first[d] + i;
        size_t q = tap + k * l->tap_stride[d], far = before + k * l->stride[d];
        if (step < rank - 1) {
            if (join_box(l, b, factors, count, step + 1, q, far))
                return true;
            continue;
        }
        for (int f = 0; f < count; f++)
            if (l->tap[factors[f].tap_part][q])
                join_tap(l, b, &factors[f], l->tap[factors[f].tap_part][q], far);
        if (i % LOOKS == LOOKS - 1 && is_done(b))
            return true;
    }
    return step == rank - 1 && taps < LOOKS && is_done(b);
}

/* The products that a part of an output is made of. */
static void join_output(lookup *l, block *b, int part) {
    bool is_real = parts_of(l->problem->kernel_dtype) == 1;
    const factor factors[2] = {{is_real ? part : 0, is_real ? 0 : part, false},
                               {1, is_real ? 0 : 1 - part, part == 0}};
    int last = l->problem->rank - 1, count = is_real ? 1 : 2;
    size_t meeting = 1, listed = 0;
    for (int d = 0; d <= last; d++)
        meeting *= b->last[d] - b->first[d];
    for (int f = 0; f < count; f++)
        listed += l->listed[factors[f].tap_part];
    memset(b->sum, 0, sizeof b->sum);
    memset((char *)b->sum + b->width, CONV_MARK_BOTH, BLOCK - b->width);
    if (listed <= meeting / LOOKS || (b->whole && l->problem->taps <= 4 * meeting))
        join_listed(l, b, factors, count);
    else
        join_box(l, b, factors, count, 0, 0, 0);
}

/* Blocks at the ends of the output, which have few products, may take so much of all lookups. */
#define HEAD_START 0.125

/* Of axis d: which taps of outputs i and up to `width` - 1 after it meet a sample. */
static void find_taps(const lookup *l, block *b, int d, size_t i, size_t width) {
    const conv_nonfinite_box *box = l->scan->box;
    size_t o = box->out_first[d] + i, extent = box->extent[d], m = l->problem->axis[d].m;
    b->last[d] = conv_min(m, o + width);
    b->first[d] = conv_min(o >= extent ? o - extent + 1 : 0, b->last[d]);
    b->whole = o + 1 >= m && o + width <= extent;
    b->backwards = o + 1 >= m;
}

static bool look_at_lines(lookup *l, block *b, int d, size_t output, size_t place) {
    const conv_nonfinite_box *box = l->scan->box;
    size_t count = box->out_count[d], m = l->problem->axis[d].m;
    output *= count;
    place += (m - 1) * l->stride[d];
    if (d < l->problem->rank - 1) {
        for (size_t i = 0; i < count; i++) {
            find_taps(l, b, d, i, 1);
            if (!look_at_lines(l, b, d + 1, output + i, place + i * l->stride[d]))
                return false;
        }
        return true;
    }
    for (size_t i = 0; i < count; i += BLOCK) {
        b->width = conv_min(BLOCK, count - i);
        b->place = place + i;
        find_taps(l, b, d, i, b->width);
        for (int part = 0; part < parts_of(l->problem->dtype); part++) {
            join_output(l, b, part);
            memcpy(l->scan->marks[part] + output + i, b->sum, b->width);
        }
        l->blocks++;
        if (l->looked > l->scan->most * (l->blocks / l->all_blocks + HEAD_START))
            return false;
    }
    return true;
}

/* ---- all ---- */

/* Of random signs, a block is all NaN after so many products for each of its outputs: all but 2^-10
 * of 64 outputs have both signs after 17. */
#define PRODUCTS_OF_BLOCK 17

static double expected_lookups(const lookup *l) {
    double lookups = 0;
    for (int part = 0; part < parts_of(l->problem->dtype); part++) {
        double share = l->scan->of_taps ? 1 : fmax(l->scan->density, 1e-9);
        size_t listed = l->listed[parts_of(l->problem->kernel_dtype) == 1 ? 0 : part];
        lookups += fmin((double)listed, PRODUCTS_OF_BLOCK / share);
    }
    return lookups * l->all_blocks;
}

static double count_blocks(const conv_nonfinite_box *box) {
    size_t line = box->out_count[box->problem->rank - 1];
    double blocks = (double)((line + BLOCK - 1) / BLOCK);
    for (int d = 0; d < box->problem->rank - 1; d++)
        blocks *= (double)box->out_count[d];
    return blocks;
}

/* Along an axis that wraps, or whose samples repeat with gaps, other samples are met. */
static bool is_for(const conv_nonfinite_box *box) {
    for (int d = 0; d < box->problem->rank; d++)
        if (box->wrap[d] || box->problem->axis[d].extension == CONV_EXTEND_PERIOD)
            return false;
    return true;
}

static uint8_t all_marks(const uint8_t *marks, size_t count) {
    uint8_t all = 0;
    for (size_t i = 0; i < count; i++)
        all |= marks[i];
    return all;
}

/* The mark of all products, of real numbers, where that is one; else 0. */
static uint8_t same_mark(const lookup *l) {
    if (parts_of(l->problem->dtype) > 1)
        return 0;
    uint8_t sample = all_marks(l->marks[0], l->places);
    uint8_t tap = all_marks(l->tap[0], l->problem->taps);
    if (sample == 0 || tap == 0 || sample == CONV_MARK_BOTH || tap == CONV_MARK_BOTH)
        return 0;
    return tap == CONV_MARK_PLUS ? sample : turn(sample);
}

bool conv_scan_run(conv_scan *scan) {
    const conv_nonfinite_box *box = scan->box;
    lookup l = {.scan = scan, .problem = box->problem};
    block b;
    l.places = places_of(box->problem, box->out_count);
    if (!is_for(box) || l.places > UINT32_MAX)
        return false;
    size_t stride = 1, tap_stride = 1;
    for (int d = box->problem->rank - 1; d >= 0; d--) {
        l.extent[d] = box->out_count[d] + box->problem->axis[d].m - 1;
        l.stride[d] = stride;
        l.tap_stride[d] = tap_stride;
        stride *= l.extent[d];
        tap_stride *= box->problem->axis[d].m;
    }
    l.all_blocks = count_blocks(box);
    place_parts(&l, scan->memory);
    mark_samples(&l);
    mark_taps(&l);
    scan->same = same_mark(&l);
    return !scan->same && expected_lookups(&l) <= scan->most && look_at_lines(&l, &b, 0, 0, 0);
}
