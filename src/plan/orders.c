#include "plan/orders.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "integral/ends.h"
#include "integral/gregory.h"
#include "methods/bounds.h"
#include "plan/bound.h"
#include "plan/ladder.h"

enum { MOST = CONV_GREGORY_MOST, PROBE_SIDE = 3 };

/* In more than one dimension the orders are compared at a few outputs, by probes: plans for these
 * outputs alone, one more than there are orders. */
typedef struct {
    conv_mode mode;
    int count;              /* orders 2..count + 1 */
    conv_plan *order[MOST]; /* [q - 1] */
    conv_plan *probe[MOST + 1];
    size_t probe_bytes; /* of the outputs of one */
} orders;

static void release(void *parts) {
    orders *o = parts;
    if (!o)
        return;
    for (int q = 0; q < MOST; q++)
        conv_plan_destroy(o->order[q]);
    for (int q = 0; q <= MOST; q++)
        conv_plan_destroy(o->probe[q]);
    conv_free(o);
}

static const conv_plan *lead(const void *parts) {
    const orders *o = parts;
    return o->order[o->count - 1];
}

static int choose_by_probes(const orders *o, const char *signal, char *workspace) {
    const conv_problem *probe = &o->probe[0]->problem;
    char *before = workspace, *after = before + o->probe_bytes, *rest = after + o->probe_bytes;
    double difference[MOST + 1] = {0}, largest = 0, unit = conv_unit(probe->dtype);
    conv_plan_run_item(o->probe[0], signal, before, rest);
    for (int q = 1; q <= o->count; q++) {
        conv_plan_run_item(o->probe[q], signal, after, rest);
        for (size_t i = 0; i < probe->outputs; i++) {
            double a[1][2], b[1][2];
            probe->elements->widen(a, before + i * probe->elements->size, 1, 1);
            probe->elements->widen(b, after + i * probe->elements->size, 1, 1);
            difference[q] = fmax(difference[q], hypot(a[0][0] - b[0][0], a[0][1] - b[0][1]));
            largest = fmax(largest, hypot(a[0][0], a[0][1]));
        }
        char *swap = before;
        before = after;
        after = swap;
    }
    return conv_ends_best(difference, o->count, 16 * unit * largest); /* sums round more often */
}

const conv_plan *conv_plan_order_for(const conv_plan *plan, const char *signal, char *workspace,
                                     int *q) {
    const orders *o = plan->parts;
    *q = 1;
    if (plan->problem.rank > 1 && o->count > 1) {
        *q = choose_by_probes(o, signal, workspace);
    } else if (o->count > 1) {
        const conv_plan *first = conv_ladder_first(o->order[0]);
        conv_ends ends = {&first->problem, first->taps, signal, o->mode};
        *q = conv_ends_choose(&ends);
    }
    return o->order[*q - 1];
}

static void run(const conv_plan *plan, const char *signal, char *output, char *workspace,
                double *bound) {
    int q;
    const conv_plan *order = conv_plan_order_for(plan, signal, workspace, &q);
    (void)conv_plan_run_bound(order, signal, output, workspace, bound);
}

static const conv_composite composite = {
    .run = run,
    .release = release,
    .lead = lead,
    .what = "the order is chosen for each signal; the plan of the highest one:",
};

/* A few outputs away from the middle and the ends of the lattice, where rules are mended. */
static void restrict_to_probe(conv_problem *problem) {
    size_t count[CONV_MAX_RANK];
    ptrdiff_t stride[CONV_MAX_RANK];
    size_t side = problem->rank > 3 ? 2 : PROBE_SIDE;
    problem->outputs = 1;
    for (int d = 0; d < problem->rank; d++) {
        conv_axis *axis = &problem->axis[d];
        size_t first = (size_t)(0.3 * (double)axis->count), step = axis->count / 4;
        axis->start += (ptrdiff_t)(first * axis->step);
        axis->count = step ? side : 1;
        axis->step *= conv_max(step, 1);
        count[d] = axis->count;
        problem->outputs *= axis->count;
    }
    conv_contiguous_strides(problem->rank, count, stride);
    for (int d = 0; d < problem->rank; d++)
        problem->axis[d].output_stride = stride[d];
    problem->method = CONV_METHOD_DIRECT;
    problem->threads = 1;
    problem->max_workspace = SIZE_MAX;
    problem->tolerance = (conv_tolerance){CONV_TOLERANCE_MAXNORM, 0};
}

static conv_status build(conv_plan **plan, const conv_problem *bare, conv_mode mode, int q,
                         const void *kernel) {
    conv_problem problem = *bare;
    conv_mending mending[CONV_MAX_RANK];
    conv_integral_weigh(&problem, mode, q, mending);
    return conv_plan_build_kept(plan, &problem, mending, kernel);
}

conv_status conv_plan_build_orders(conv_plan **plan, const conv_problem *bare, conv_mode mode,
                                   const void *kernel) {
    orders *o = conv_allocate(sizeof *o);
    conv_problem problem = *bare, probe;
    size_t bytes = 0, probe_bytes = 0;
    conv_status status = CONV_OK;
    if (!o)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    memset(o, 0, sizeof *o);
    o->mode = mode;
    problem.batch = 1;
    probe = problem;
    restrict_to_probe(&probe);
    /* Orders above those that any axis allows would be the same plan again. */
    for (int d = 0; d < bare->rank; d++) {
        int allowed = conv_ends_allowed(&bare->axis[d], mode, MOST);
        o->count = allowed > o->count ? allowed : o->count;
    }
    o->count = o->count < 1 ? 1 : o->count;
    for (int q = 1; q <= o->count && status == CONV_OK; q++) {
        status = build(&o->order[q - 1], &problem, mode, q, kernel);
        if (status == CONV_OK)
            bytes = conv_max(bytes, conv_plan_item_bytes(o->order[q - 1]));
    }
    o->probe_bytes = conv_aligned_size(probe.outputs * probe.elements->size);
    for (int q = 1; q <= o->count + 1 && o->count > 1 && bare->rank > 1 && status == CONV_OK; q++) {
        status = build(&o->probe[q - 1], &probe, mode, q, kernel);
        if (status == CONV_OK)
            probe_bytes =
                conv_max(probe_bytes, 2 * o->probe_bytes + conv_plan_item_bytes(o->probe[q - 1]));
    }
    if (status != CONV_OK) {
        release(o);
        return status;
    }
    return conv_plan_compose(plan, bare, &composite, o, conv_max(bytes, probe_bytes));
}
