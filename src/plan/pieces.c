#include "plan/pieces.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "methods/bounds.h"
#include "plan/bound.h"
#include "plan/ladder.h"

/* A stretch of samples first..last, whose values at its two ends are those beside the jumps. */
typedef struct {
    size_t first, last;
    bool has_left, has_right; /* the end is a jump */
    double left[2], right[2];
} stretch;

/* The outputs first.. of the lattice that the pair of a signal's and a kernel's stretch reaches. */
typedef struct {
    size_t signal, first;
    conv_plan *plan;
} piece;

typedef struct {
    size_t stretches, pieces;
    stretch *stretch; /* of the signal */
    piece *piece;
    size_t copy_bytes, result_bytes;
    size_t room; /* of max_workspace beside these; SIZE_MAX: no limit */
} pieces;

static void release(void *parts) {
    pieces *p = parts;
    if (!p)
        return;
    for (size_t i = 0; i < p->pieces; i++)
        conv_plan_destroy(p->piece[i].plan);
    conv_free(p->piece);
    conv_free(p->stretch);
    conv_free(p);
}

static const conv_plan *lead(const void *parts) {
    const pieces *p = parts;
    const conv_plan *longest = p->piece[0].plan;
    for (size_t i = 1; i < p->pieces; i++)
        if (p->piece[i].plan->problem.outputs > longest->problem.outputs)
            longest = p->piece[i].plan;
    return longest;
}

/* The stretch's samples one after the other, the ends as the breaks have them. */
static void copy_stretch(const conv_problem *problem, const stretch *s, const char *signal,
                         char *copy) {
    const conv_element_kernels *elements = problem->elements;
    ptrdiff_t stride = problem->axis[0].signal_stride;
    size_t count = s->last - s->first + 1;
    conv_copy_row(copy, 1, signal + (ptrdiff_t)s->first * stride * (ptrdiff_t)elements->size,
                  stride, count, elements->size);
    if (s->has_left)
        elements->fill(copy, 1, s->left);
    if (s->has_right)
        elements->fill(copy + (count - 1) * elements->size, 1, s->right);
}

/* Of a sum of results that are known to an error each. */
static double total_bound(const conv_plan *plan, conv_error error, double componentwise,
                          const char *output) {
    const conv_problem *problem = &plan->problem;
    double additions = (double)((const pieces *)plan->parts)->pieces * conv_unit(problem->dtype);
    conv_magnitudes outputs;
    conv_plan_measure(problem, output, &outputs);
    error.relative += additions;
    if (problem->tolerance.kind == CONV_TOLERANCE_MAXNORM)
        return conv_bound_maxnorm(error, &outputs);
    return outputs.finite ? componentwise + additions : INFINITY;
}

static void run(const conv_plan *plan, const char *signal, char *output, char *workspace,
                double *bound) {
    const pieces *p = plan->parts;
    const conv_problem *problem = &plan->problem;
    const conv_element_kernels *elements = problem->elements;
    ptrdiff_t stride = problem->axis[0].output_stride;
    char *copy = workspace, *result = copy + p->copy_bytes, *rest = result + p->result_bytes;
    size_t copied = SIZE_MAX;
    conv_error error = {0, 0};
    double componentwise = 0;
    conv_plan_clear(plan, output);
    for (size_t i = 0; i < p->pieces; i++) {
        const piece *part = &p->piece[i];
        if (part->signal != copied)
            copy_stretch(problem, &p->stretch[part->signal], signal, copy);
        copied = part->signal;
        conv_plan_run_item(part->plan, copy, result, rest);
        elements->add(output + (ptrdiff_t)part->first * stride * (ptrdiff_t)elements->size, stride,
                      result, part->plan->problem.outputs);
        if (!bound)
            continue;
        conv_error own = conv_plan_error(part->plan, copy, rest, false);
        /* Relative to this stretch's outputs, which may be larger than those of all. */
        error.absolute +=
            own.absolute + own.relative * conv_bounds_largest(&part->plan->task, copy);
        componentwise = fmax(componentwise,
                             conv_plan_componentwise(&part->plan->problem, part->plan->method->id));
    }
    if (bound)
        *bound = total_bound(plan, error, componentwise, output);
}

static const conv_composite composite = {
    .run = run,
    .release = release,
    .lead = lead,
    .what = "the sum over the stretches between jumps; the plan of the longest one:",
};

static stretch stretch_of(const conv_break *breaks, size_t count, size_t extent, size_t index) {
    stretch s = {.first = 0, .last = extent - 1};
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

static char *copy_taps(const conv_problem *problem, const stretch *s, const char *kernel) {
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
static bool pair_problem(const conv_problem *bare, const stretch *x, const stretch *h,
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

static stretch kernel_stretch(const conv_problem *bare, const conv_desc *desc, size_t index) {
    return stretch_of(desc->kernel_breaks, desc->kernel_break_count, bare->axis[0].m, index);
}

/* Room for the copies and the results, and what that leaves for the pairs' plans. */
static void size_room(pieces *p, const conv_problem *bare, const conv_desc *desc) {
    conv_problem pair;
    size_t first, limit = bare->max_workspace;
    for (size_t s = 0; s < p->stretches; s++)
        for (size_t r = 0; r <= desc->kernel_break_count; r++) {
            stretch h = kernel_stretch(bare, desc, r);
            if (!pair_problem(bare, &p->stretch[s], &h, &pair, &first))
                continue;
            p->copy_bytes =
                conv_max(p->copy_bytes, conv_aligned_size(pair.axis[0].n * pair.elements->size));
            p->result_bytes =
                conv_max(p->result_bytes, conv_aligned_size(pair.outputs * pair.elements->size));
        }
    size_t taken = p->copy_bytes + p->result_bytes;
    p->room = limit == SIZE_MAX ? SIZE_MAX : limit > taken ? limit - taken : 0;
}

/* In the room that is left; else in as little as will do, for the whole to say how much that is. */
static conv_status build_pair(conv_plan **plan, conv_problem *pair, const conv_mending *mending,
                              const char *taps, size_t room) {
    char before[CONV_MESSAGE_SIZE];
    conv_keep_message(before);
    pair->max_workspace = room;
    conv_status status = conv_plan_build_kept(plan, pair, mending, taps);
    for (size_t more = 4 * CONV_ALIGNMENT; status == CONV_ERR_WORKSPACE; more *= 2) {
        conv_restore_message(before);
        pair->max_workspace = more <= CONV_MAX_BYTES / 2 ? more : SIZE_MAX;
        status = conv_plan_build_kept(plan, pair, mending, taps);
    }
    return status;
}

double conv_pieces_value(const conv_desc *desc) {
    double pairs = ((double)desc->signal_break_count + 1) * ((double)desc->kernel_break_count + 1);
    double value = desc->tolerance.value;
    return value > 0 ? value - pairs * conv_unit(desc->dtype) : value;
}

static conv_status add_pair(pieces *p, const conv_problem *bare, const conv_desc *desc,
                            size_t signal, const stretch *h, const char *taps, size_t *rest) {
    conv_problem pair;
    conv_mending mending[CONV_MAX_RANK];
    piece *part = &p->piece[p->pieces];
    if (!pair_problem(bare, &p->stretch[signal], h, &pair, &part->first))
        return CONV_OK;
    conv_integral_weigh(&pair, CONV_WINDOW, conv_integral_ends(desc->rule, desc->rule_order),
                        mending);
    part->signal = signal;
    pair.tolerance.value = conv_pieces_value(desc);
    conv_status status = build_pair(&part->plan, &pair, mending, taps, p->room);
    if (status != CONV_OK)
        return status;
    p->pieces++;
    *rest = conv_max(*rest, conv_plan_item_bytes(part->plan));
    return CONV_OK;
}

static conv_status add_all(pieces *p, const conv_problem *bare, const conv_desc *desc,
                           const char *kernel, size_t *rest) {
    conv_status status = CONV_OK;
    for (size_t s = 0; s < p->stretches; s++)
        p->stretch[s] =
            stretch_of(desc->signal_breaks, desc->signal_break_count, bare->axis[0].n, s);
    size_room(p, bare, desc);
    for (size_t s = 0; s < p->stretches; s++)
        for (size_t r = 0; r <= desc->kernel_break_count && status == CONV_OK; r++) {
            stretch h = kernel_stretch(bare, desc, r);
            char *taps = copy_taps(bare, &h, kernel);
            if (!taps)
                return conv_fail(CONV_ERR_MEMORY, "no memory for the kernel");
            status = add_pair(p, bare, desc, s, &h, taps, rest);
            conv_free(taps);
        }
    return status;
}

conv_status conv_plan_build_pieces(conv_plan **plan, const conv_problem *bare,
                                   const conv_desc *desc, const void *kernel) {
    size_t rest = 0, pairs;
    conv_status status;
    *plan = NULL;
    pieces *p = conv_allocate(sizeof *p);
    if (!p)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    memset(p, 0, sizeof *p);
    p->stretches = desc->signal_break_count + 1;
    if (!conv_multiply(p->stretches, desc->kernel_break_count + 1, &pairs) ||
        pairs > CONV_MAX_BYTES / sizeof *p->piece) {
        release(p);
        return conv_fail(CONV_ERR_OVERFLOW, "%zu signal breaks and %zu kernel breaks are too many",
                         desc->signal_break_count, desc->kernel_break_count);
    }
    p->stretch = conv_allocate(p->stretches * sizeof *p->stretch);
    p->piece = conv_allocate(pairs * sizeof *p->piece);
    status = p->stretch && p->piece ? add_all(p, bare, desc, kernel, &rest)
                                    : conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    if (status != CONV_OK || p->pieces == 0) {
        release(p);
        return status;
    }
    return conv_plan_compose(plan, bare, &composite, p, p->copy_bytes + p->result_bytes + rest);
}
