/* One width for all: a convolution of the core, with its edge rules. */
#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "base/status.h"
#include "varying/engines.h"
#include "varying/folded.h"

static const char *reject(const conv_varying *plan) {
    if (plan->narrowest != plan->widest)
        return "the widths are not all the same";
    if (plan->rule.edge == CONV_VARYING_RENORMALISE)
        return "kernels at the edge are others than inside";
    if (plan->rule.edge == CONV_VARYING_CLAMP && plan->scatters)
        return "what is put back at the edge is no convolution";
    return NULL;
}

static bool is_folded(const conv_varying *plan, double width) {
    return plan->rule.edge == CONV_VARYING_REFLECT &&
           conv_tap_reach(&plan->rule.taps, width) >= conv_folded_from(&plan->rule.taps, plan->n);
}

/* Taps of -reach..reach; beyond the signal's length they meet nothing, unless it is extended. Of a
 * folded kernel one period of the extended signal meets all. */
static size_t reach_of(const conv_varying *plan, double width) {
    double reach = conv_tap_reach(&plan->rule.taps, width);
    if (is_folded(plan, width))
        return plan->n;
    bool extended = plan->rule.edge != CONV_VARYING_LOSE;
    return (size_t)(extended || reach < (double)plan->n ? reach : (double)(plan->n - 1));
}

static void fill(const conv_varying *plan, double width, size_t reach, double *half, void *taps) {
    if (is_folded(plan, width)) {
        conv_folded_fill(&plan->rule.taps, width, plan->n, half);
        half[reach] /= 2; /* there at both ends */
    } else {
        conv_tap_fill(&plan->rule.taps, width, reach + 1, half);
    }
    double whole = conv_tap_reach(&plan->rule.taps, width);
    double total = conv_tap_sum(&plan->rule.taps, width, 0, 0) +
                   2 * conv_tap_sum(&plan->rule.taps, width, 1, whole);
    for (size_t d = 0; d <= reach; d++) {
        conv_real_set(taps, (ptrdiff_t)(reach + d), half[d] / total, plan->is_double);
        conv_real_set(taps, (ptrdiff_t)(reach - d), half[d] / total, plan->is_double);
    }
}

static conv_status make_plan(conv_varying *plan, const conv_desc *layout, size_t reach,
                             const void *taps) {
    static const conv_boundary boundary[] = {[CONV_VARYING_LOSE] = CONV_ZERO,
                                             [CONV_VARYING_REFLECT] = CONV_REFLECT,
                                             [CONV_VARYING_CLAMP] = CONV_NEAREST};
    conv_desc desc = *layout;
    desc.kernel_shape[plan->axis] = 2 * reach + 1;
    desc.kernel_dtype = plan->is_double ? CONV_F64 : CONV_F32;
    desc.mode = CONV_SAME;
    desc.boundary[plan->axis] = boundary[plan->rule.edge];
    return conv_plan_create(&plan->plain, &desc, taps);
}

/* The description again, of the problem that was made of it. */
static void describe_layout(const conv_varying *plan, conv_desc *desc) {
    const conv_problem *problem = &plan->problem;
    size_t shape[CONV_MAX_RANK], ones[CONV_MAX_RANK];
    for (int d = 0; d < problem->rank; d++) {
        shape[d] = problem->axis[d].n;
        ones[d] = 1;
    }
    conv_desc_init(desc, problem->dtype, problem->rank, shape, ones, CONV_SAME);
    for (int d = 0; d < problem->rank; d++) {
        desc->signal_stride[d] = problem->axis[d].signal_stride;
        desc->output_stride[d] = problem->axis[d].output_stride;
    }
    desc->batch = problem->batch;
    desc->signal_batch_stride = problem->signal_batch_stride;
    desc->output_batch_stride = problem->output_batch_stride;
    desc->threads = plan->threads;
    desc->max_workspace = plan->max_workspace;
    desc->isa = conv_level_isa(plan->level);
}

static conv_status prepare(conv_varying *plan) {
    conv_desc layout;
    double width = conv_row_width(&plan->rule, plan->widest);
    size_t reach = reach_of(plan, width);
    double *half = conv_allocate(conv_times(conv_plus(reach, 1), sizeof *half));
    void *taps = conv_allocate(conv_times(conv_plus(conv_times(2, reach), 1), sizeof(double)));
    conv_status status = CONV_OK;
    if (!half || !taps) {
        status = conv_fail(CONV_ERR_MEMORY, "no memory for %zu taps", 2 * reach + 1);
    } else {
        fill(plan, width, reach, half, taps);
        describe_layout(plan, &layout);
        status = make_plan(plan, &layout, reach, taps);
    }
    conv_free(half);
    conv_free(taps);
    return status;
}

static void release(conv_varying *plan) {
    conv_plan_destroy(plan->plain);
    plan->plain = NULL;
}

const conv_engine conv_engine_plain = {CONV_VARYING_ENGINE_PLAIN,
                                       "plain convolution",
                                       reject,
                                       prepare,
                                       NULL,
                                       NULL,
                                       NULL,
                                       release,
                                       NULL};
