#include "plan/build_stretches.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "methods/rounding.h"
#include "plan/build_kept.h"
#include "plan/stretches.h"

/* Pairs at most, and of them such as have plans of their own: a second or two of making. */
#define MOST_PAIRS ((size_t)1 << 22)
#define MOST_PLANS ((size_t)1 << 16)

/* Pairs of one stretch of the kernel that have plans already: equal axes are equal plans. */
enum { KNOWN_PLANS = 4 };
typedef struct {
    size_t n, count, child;
    ptrdiff_t start;
} known_plan;

typedef struct {
    known_plan plan[KNOWN_PLANS];
    size_t plans;
} known_plans;

typedef struct {
    const conv_problem *bare;
    const conv_wishes *wishes;
    const conv_desc *desc;
    const char *kernel;
    conv_tap_set **sets;
    const conv_stretch *signal; /* stretches */
    size_t copy_bytes, result_bytes, pairs;
    conv_node *node;
    known_plans *known; /* of each of the kernel's stretches */
} builder;

static conv_stretch stretch_of(const conv_break *breaks, size_t count, size_t extent,
                               size_t index) {
    conv_stretch s = {.first = 0, .last = extent - 1};
    if (index > 0) {
        s.first = breaks[index - 1].index;
        s.has_left = true;
        memcpy(s.left, breaks[index - 1].right, sizeof s.left);
    }
    if (index < count) {
        s.last = breaks[index].index;
        s.has_right = true;
        memcpy(s.right, breaks[index].left, sizeof s.right);
    }
    return s;
}

/* Sets one tap, by way of the widest type. */
static void set_tap(const conv_problem *problem, char *tap, const double value[2]) {
    const long double wide[2] = {value[0], value[1]};
    problem->elements->round_tap(wide, tap);
}

static char *copy_taps(const conv_problem *problem, const conv_stretch *s, const char *kernel) {
    size_t size = problem->elements->tap_size, count = s->last - s->first + 1;
    char *copy = conv_allocate(count * size);
    if (!copy)
        return NULL;
    memcpy(copy, kernel + s->first * size, count * size);
    if (s->has_left)
        set_tap(problem, copy, s->left);
    if (s->has_right)
        set_tap(problem, copy + (count - 1) * size, s->right);
    return copy;
}

/* The problem of a pair, on the outputs that it reaches; false where it reaches none. */
static bool pair_problem(const conv_problem *bare, const conv_stretch *x, const conv_stretch *h,
                         conv_problem *pair, size_t *first) {
    const conv_axis *whole = &bare->axis[0];
    conv_axis *axis = &pair->axis[0];
    size_t kernel_first = bare->kernel_reversed ? whole->m - 1 - h->last : h->first;
    ptrdiff_t origin = (ptrdiff_t)(x->first + kernel_first), step = (ptrdiff_t)whole->step;
    *pair = *bare;
    axis->n = axis->period = x->last - x->first + 1;
    axis->m = pair->taps = h->last - h->first + 1;
    ptrdiff_t end = origin + (ptrdiff_t)(axis->n + axis->m - 1); /* of its full convolution */
    ptrdiff_t low = origin > whole->start ? (origin - whole->start + step - 1) / step : 0;
    ptrdiff_t high = end > whole->start ? (end - whole->start + step - 1) / step : 0;
    if (high > (ptrdiff_t)whole->count)
        high = (ptrdiff_t)whole->count;
    if (low >= high)
        return false;
    *first = (size_t)low;
    axis->start = whole->start + low * step - origin;
    axis->count = pair->outputs = (size_t)(high - low);
    axis->signal_stride = axis->output_stride = 1;
    pair->batch = 1;
    return true;
}

static conv_stretch kernel_stretch(const builder *b, size_t index) {
    return stretch_of(b->desc->kernel_breaks, b->desc->kernel_break_count, b->bare->axis[0].m,
                      index);
}

/* How many pairs reach outputs, and the room for their copies and results. */
static void measure(builder *b) {
    conv_problem pair;
    size_t first;
    for (size_t s = 0; s <= b->desc->signal_break_count; s++)
        for (size_t r = 0; r <= b->desc->kernel_break_count; r++) {
            conv_stretch h = kernel_stretch(b, r);
            if (!pair_problem(b->bare, &b->signal[s], &h, &pair, &first))
                continue;
            b->pairs++;
            b->copy_bytes =
                conv_max(b->copy_bytes, conv_aligned_size(pair.axis[0].n * pair.elements->size));
            b->result_bytes =
                conv_max(b->result_bytes, conv_aligned_size(pair.outputs * pair.elements->size));
        }
}

/* In the room that is left; else in as little as will do, for the whole to say how much that is. */
static conv_status build_pair(conv_node **node, const conv_ingredients *from,
                              const conv_wishes *given) {
    char before[CONV_MESSAGE_SIZE];
    conv_wishes wishes = *given;
    conv_keep_message(before);
    conv_status status = conv_build_kept(node, from, &wishes);
    wishes.taken = 0;
    for (size_t more = 4 * CONV_ALIGNMENT; status == CONV_ERR_WORKSPACE; more *= 2) {
        conv_restore_message(before);
        wishes.max_workspace = more <= CONV_MAX_BYTES / 2 ? more : SIZE_MAX;
        status = conv_build_kept(node, from, &wishes);
    }
    return status;
}

/* Of the pair's problem, which is weighted here. */
static conv_status make_pair(const builder *b, conv_problem *pair, const conv_stretch *h,
                             conv_node **child) {
    conv_to_correct to_correct[CONV_MAX_RANK];
    conv_ingredients from;
    conv_wishes wishes = *b->wishes;
    char *taps = copy_taps(b->bare, h, b->kernel);
    if (!taps)
        return conv_fail(CONV_ERR_MEMORY, "no memory for the kernel");
    conv_integral_weigh(pair, CONV_WINDOW, conv_integral_ends(b->desc->rule, b->desc->rule_order),
                        to_correct);
    wishes.tolerance.value = conv_build_stretches_value(b->desc);
    wishes.taken += b->copy_bytes + b->result_bytes;
    conv_status status = conv_ingredients_make(&from, pair, to_correct, taps, b->sets);
    if (status == CONV_OK)
        status = build_pair(child, &from, &wishes);
    conv_free(taps);
    return status;
}

static conv_status add_pair(const builder *b, size_t signal, size_t kernel) {
    conv_problem pair;
    conv_stretch h = kernel_stretch(b, kernel);
    conv_node *child = NULL;
    size_t first;
    if (!pair_problem(b->bare, &b->signal[signal], &h, &pair, &first))
        return CONV_OK;
    known_plans *known = &b->known[kernel];
    const conv_axis *axis = &pair.axis[0];
    for (size_t i = 0; i < known->plans && i < KNOWN_PLANS; i++) {
        const known_plan *p = &known->plan[i];
        if (p->n == axis->n && p->count == axis->count && p->start == axis->start) {
            conv_stretches_repeat(b->node, signal, first, p->child);
            return CONV_OK;
        }
    }
    if (b->node->children == MOST_PLANS)
        return conv_fail(CONV_ERR_OVERFLOW,
                         "%zu signal breaks and %zu kernel breaks make more than %zu different "
                         "pairs of stretches",
                         b->desc->signal_break_count, b->desc->kernel_break_count, MOST_PLANS);
    known->plan[known->plans++ % KNOWN_PLANS] =
        (known_plan){axis->n, axis->count, b->node->children, axis->start};
    conv_status status = make_pair(b, &pair, &h, &child);
    if (status == CONV_OK)
        conv_stretches_add(b->node, signal, first, child);
    return status;
}

double conv_build_stretches_value(const conv_desc *desc) {
    double pairs = ((double)desc->signal_break_count + 1) * ((double)desc->kernel_break_count + 1);
    double value = desc->tolerance.value;
    return value > 0 ? value - pairs * conv_unit(desc->dtype) : value;
}

static conv_status add_pairs(const builder *b) {
    conv_status status = CONV_OK;
    for (size_t s = 0; s <= b->desc->signal_break_count; s++)
        for (size_t r = 0; r <= b->desc->kernel_break_count && status == CONV_OK; r++)
            status = add_pair(b, s, r);
    return status;
}

static conv_status make_signal(conv_stretch **signal, const conv_problem *bare,
                               const conv_desc *desc) {
    size_t count = desc->signal_break_count + 1, pairs, bytes;
    if (!conv_multiply(count, desc->kernel_break_count + 1, &pairs) || pairs > MOST_PAIRS ||
        !conv_multiply(pairs, sizeof(conv_stretch), &bytes))
        return conv_fail(CONV_ERR_OVERFLOW, "%zu signal breaks and %zu kernel breaks are too many",
                         desc->signal_break_count, desc->kernel_break_count);
    *signal = conv_allocate(count * sizeof **signal);
    if (!*signal)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    for (size_t s = 0; s < count; s++)
        (*signal)[s] =
            stretch_of(desc->signal_breaks, desc->signal_break_count, bare->axis[0].n, s);
    return CONV_OK;
}

conv_status conv_build_stretches(conv_node **node, const conv_problem *bare,
                                 const conv_wishes *wishes, const conv_desc *desc,
                                 const void *kernel, conv_tap_set **sets) {
    conv_stretch *signal;
    conv_status status = make_signal(&signal, bare, desc);
    *node = NULL;
    if (status != CONV_OK)
        return status;
    builder b = {bare, wishes, desc, kernel, sets, signal, 0, 0, 0, NULL, NULL};
    measure(&b);
    if (b.pairs == 0) {
        conv_free(signal);
        return CONV_OK;
    }
    size_t known_bytes = (desc->kernel_break_count + 1) * sizeof *b.known;
    status = conv_stretches_make(&b.node, bare, signal, b.pairs, b.copy_bytes, b.result_bytes);
    if (status == CONV_OK && (b.known = conv_allocate(known_bytes)) == NULL)
        status = conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    if (status == CONV_OK) {
        memset(b.known, 0, known_bytes);
        status = add_pairs(&b);
    }
    conv_free(b.known);
    if (status == CONV_OK && conv_wishes_total(wishes, b.node->bytes) > wishes->max_workspace)
        status = conv_wishes_refuse(wishes, b.node->bytes);
    if (status == CONV_OK)
        *node = b.node;
    else
        conv_node_release(b.node);
    return status;
}
