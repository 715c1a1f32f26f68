#include "methods/nonfinite_scan.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "methods/nonfinite_marks.h"

/* Outputs that are looked up at once, and lookups that are joined together, before the next look at
 * whether all are NaN. */
enum { BLOCK = CONV_MARK_BLOCK, WORDS = BLOCK / 8, LOOKS = 8 };
#define ALL_BOTH (UINT64_MAX / 255 * CONV_MARK_BOTH)

typedef struct {
    conv_marks marks;
    const conv_scan *scan;
    const conv_problem *problem;
    double looked, blocks, all_blocks; /* lookups; blocks that are done, and all of them */
} lookup;

size_t conv_scan_bytes(const conv_problem *problem, const size_t *outputs) {
    return conv_marks_bytes(problem, outputs);
}

/* ---- lookups ---- */

/* A block of outputs of one part, and where its marks and its samples' marks are. */
typedef struct {
    uint64_t sum[WORDS]; /* what is beyond the width is BOTH */
    size_t width, place, looked;
    size_t first[CONV_MAX_RANK], last[CONV_MAX_RANK]; /* taps that meet a sample, on each axis */
    bool whole;                    /* of the last axis each output has all taps */
    const uint8_t *waiting[LOOKS]; /* marks that are to be joined */
    int count;
} block;

static bool is_done(const block *b) {
    uint64_t all = ALL_BOTH;
    for (int i = 0; i < WORDS; i++)
        all &= b->sum[i];
    return all == ALL_BOTH;
}

/* One of the sums of real products that a part of an output is: of a part of the samples with one
 * of the taps, or less it. */
typedef struct {
    const uint8_t *plus, *minus; /* the samples' marks, under a tap of either sign */
    const uint8_t *tap;
    const conv_marked_tap *list;
    size_t listed;
} factor;

static factor factor_of(const lookup *l, int part, int tap_part, bool minus) {
    return (factor){minus ? l->marks.turned[part] : l->marks.marks[part],
                    minus ? l->marks.marks[part] : l->marks.turned[part], l->marks.tap[tap_part],
                    l->marks.list[tap_part], l->marks.listed[tap_part]};
}

/* True: all is NaN. So are the results of all functions that join. */
static bool join_waiting(block *b) {
    uint64_t sum[WORDS];
    memcpy(sum, b->sum, sizeof sum);
    for (int t = 0; t < LOOKS; t++)
        for (int i = 0; i < WORDS; i++) {
            uint64_t from;
            memcpy(&from, b->waiting[t] + 8 * i, sizeof from);
            sum[i] |= from;
        }
    memcpy(b->sum, sum, sizeof sum);
    b->count = 0;
    return is_done(b);
}

/* Those that still wait; the first one again in place of others. */
static bool join_rest(block *b) {
    if (b->count == 0)
        return is_done(b);
    for (int t = b->count; t < LOOKS; t++)
        b->waiting[t] = b->waiting[0];
    return join_waiting(b);
}

static inline bool join(block *b, const uint8_t *marks) {
    b->waiting[b->count++] = marks;
    return b->count == LOOKS && join_waiting(b);
}

static inline bool join_tap(block *b, const factor *f, uint8_t mark, size_t before) {
    bool done = false;
    if (mark & CONV_MARK_PLUS)
        done = join(b, f->plus + b->place - before);
    if (mark & CONV_MARK_MINUS)
        done = join(b, f->minus + b->place - before) || done;
    b->looked++;
    return done;
}

/* By the list of taps. */
static bool join_listed(block *b, const factor *factors, int count) {
    size_t most = 0;
    for (int f = 0; f < count; f++)
        most = conv_max(most, factors[f].listed);
    for (size_t i = 0; i < most; i++) {
        for (int f = 0; f < count; f++)
            if (i < factors[f].listed &&
                join_tap(b, &factors[f], factors[f].list[i].mark, factors[f].list[i].before))
                return true;
    }
    return join_rest(b);
}

/* Under one or two taps of the last axis, all taps of axis d and those before the last that meet a
 * sample. */
static bool join_axis(const lookup *l, block *b, const factor *factors, int count, int d,
                      const size_t *ends, size_t tap, size_t before) {
    if (d < l->problem->rank - 1) {
        for (size_t k = b->first[d]; k < b->last[d]; k++)
            if (join_axis(l, b, factors, count, d + 1, ends, tap + k * l->marks.tap_stride[d],
                          before + k * l->marks.stride[d]))
                return true;
        return false;
    }
    for (int e = 0; e < 2 - (ends[0] == ends[1]); e++)
        for (int f = 0; f < count; f++)
            if (factors[f].tap[tap + ends[e]] &&
                join_tap(b, &factors[f], factors[f].tap[tap + ends[e]], before + ends[e]))
                return true;
    return false;
}

/* By the taps that meet a sample. Along the last axis from both ends: of a block at an edge of the
 * output some have the first taps alone, and some the last ones. */
static void join_box(const lookup *l, block *b, const factor *factors, int count) {
    int last = l->problem->rank - 1;
    size_t taps = b->last[last] - b->first[last];
    for (size_t i = 0; i < (taps + 1) / 2; i++) {
        const size_t ends[2] = {b->first[last] + i, b->last[last] - 1 - i};
        if (join_axis(l, b, factors, count, 0, ends, 0, 0))
            break;
    }
    (void)join_rest(b);
}

/* The products that a part of an output is made of. */
static void join_output(lookup *l, block *b, int part) {
    bool is_real = conv_mark_parts(l->problem->kernel_dtype) == 1, complete = true;
    const factor factors[2] = {factor_of(l, is_real ? part : 0, is_real ? 0 : part, false),
                               is_real ? (factor){0} : factor_of(l, 1, 1 - part, part == 0)};
    int count = is_real ? 1 : 2;
    size_t meeting = 1, listed = 0;
    for (int d = 0; d < l->problem->rank; d++)
        meeting *= b->last[d] - b->first[d];
    for (int f = 0; f < count; f++) {
        listed += factors[f].listed;
        complete = complete && l->marks.complete[is_real ? 0 : f];
    }
    memset(b->sum, 0, sizeof b->sum);
    memset((char *)b->sum + b->width, CONV_MARK_BOTH, BLOCK - b->width);
    b->looked = 0;
    b->count = 0;
    bool by_list = complete ? listed <= meeting : b->whole && l->problem->taps <= 4 * meeting;
    bool done = by_list && join_listed(b, factors, count);
    if (!done && !(by_list && complete))
        join_box(l, b, factors, count);
    l->looked += (double)b->looked;
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
}

static bool look_at_lines(lookup *l, block *b, int d, size_t output, size_t place) {
    const conv_nonfinite_box *box = l->scan->box;
    size_t count = box->out_count[d], m = l->problem->axis[d].m;
    output *= count;
    place += (m - 1) * l->marks.stride[d];
    if (d < l->problem->rank - 1) {
        for (size_t i = 0; i < count; i++) {
            find_taps(l, b, d, i, 1);
            if (!look_at_lines(l, b, d + 1, output + i, place + i * l->marks.stride[d]))
                return false;
        }
        return true;
    }
    for (size_t i = 0; i < count; i += BLOCK) {
        b->width = conv_min(BLOCK, count - i);
        b->place = place + i;
        find_taps(l, b, d, i, b->width);
        for (int part = 0; part < conv_mark_parts(l->problem->dtype); part++) {
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
    for (int part = 0; part < conv_mark_parts(l->problem->dtype); part++) {
        double share = fmax(l->scan->density, 1e-9);
        size_t listed = l->marks.listed[conv_mark_parts(l->problem->kernel_dtype) == 1 ? 0 : part];
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

bool conv_scan_run(conv_scan *scan) {
    const conv_nonfinite_box *box = scan->box;
    lookup l = {.scan = scan, .problem = box->problem};
    block b;
    if (!is_for(box) || !conv_marks_make(&l.marks, box, scan->samples, scan->memory))
        return false;
    l.all_blocks = count_blocks(box);
    return expected_lookups(&l) <= scan->most && look_at_lines(&l, &b, 0, 0, 0);
}
