/* Making a plan for kernels that vary: the description checked, the widths in samples, the engine.
 */
#include <math.h>
#include <string.h>

#include "api/checks.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "varying/engine_cost.h"
#include "base/cpu.h"
#include "varying/engines.h"
#include "varying/forms.h"

static const conv_engine *const engines[] = {&conv_engine_plain, &conv_engine_direct,
                                             &conv_engine_matrix, &conv_engine_bank};

enum { ENGINES = sizeof engines / sizeof *engines };

static const double usual_tolerance = 1e-6, largest_tolerance = 0.01;

void conv_varying_desc_init(conv_varying_desc *desc, conv_dtype dtype, int rank,
                            const size_t *shape, conv_varying_form form) {
    if (!desc)
        return;
    memset(desc, 0, sizeof *desc);
    desc->struct_size = sizeof *desc;
    desc->dtype = dtype;
    desc->rank = rank;
    desc->spacing = 1;
    desc->form = form;
    desc->batch = 1;
    desc->threads = 1;
    for (int d = 0; d < rank && d < CONV_MAX_RANK; d++)
        desc->shape[d] = shape ? shape[d] : 0;
}

/* ---- checks ---- */

static conv_status check_enums(const conv_varying_desc *desc) {
    const conv_enum_field fields[] = {
        {"dtype", (int)desc->dtype, CONV_C64},
        {"profile", (int)desc->profile, CONV_VARYING_BOX},
        {"kind", (int)desc->kind, CONV_VARYING_BANDLIMITED},
        {"edge", (int)desc->edge, CONV_VARYING_CLAMP},
        {"width_map", desc->width_map, 1},
        {"engine", (int)desc->engine, CONV_VARYING_ENGINE_BANK},
        {"isa", (int)desc->isa, CONV_ISA_LAST},
    };
    conv_status status = conv_varying_check_form(desc->form, "width");
    if (status == CONV_OK)
        status = conv_check_enums(fields, sizeof fields / sizeof *fields);
    if (status != CONV_OK)
        return status;
    if (desc->kind == CONV_VARYING_BANDLIMITED && desc->profile != CONV_VARYING_GAUSS)
        return conv_fail(CONV_ERR_ENUM,
                         "kind is CONV_VARYING_BANDLIMITED, which profile %d has not",
                         (int)desc->profile);
    return CONV_OK;
}

static conv_status check_numbers(const conv_varying_desc *desc) {
    double unit = conv_dtype_is_double(desc->dtype) ? 0x1p-53 : 0x1p-24;
    if (desc->axis < 0 || desc->axis >= desc->rank)
        return conv_fail(CONV_ERR_RANK, "axis is %d, must be 0..%d", desc->axis, desc->rank - 1);
    conv_status status = conv_check_spacing(desc->spacing, "spacing");
    if (status != CONV_OK)
        return status;
    if (desc->tolerance != 0 && !(desc->tolerance >= unit && desc->tolerance <= largest_tolerance))
        return conv_fail(CONV_ERR_TOLERANCE, "tolerance is %g, must be 0 (1e-6) or %.3g..%g for %s",
                         desc->tolerance, unit, largest_tolerance, conv_dtype_name(desc->dtype));
    if (desc->threads < 0)
        return conv_fail(CONV_ERR_THREADS, "threads is %d, must be 0 or more", desc->threads);
    return CONV_OK;
}

static conv_status check(const conv_varying_desc *desc, const double *widths) {
    if (!desc || !widths)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !desc ? "desc" : "widths");
    conv_status status =
        conv_check_struct_size(desc->struct_size, sizeof *desc, "conv_varying_desc_init");
    if (status != CONV_OK)
        return status;
    if (desc->rank < 1 || desc->rank > CONV_MAX_RANK)
        return conv_fail(CONV_ERR_RANK, "rank is %d, must be 1..%d", desc->rank, CONV_MAX_RANK);
    status = check_enums(desc);
    if (status == CONV_OK)
        status = check_numbers(desc);
    if (status == CONV_OK && desc->batch == 0)
        status = conv_fail(CONV_ERR_EXTENT, "batch is 0, must be at least 1");
    if (status == CONV_OK && desc->batch > CONV_MAX_BYTES)
        status = conv_fail(CONV_ERR_OVERFLOW, "batch is %zu, too large", desc->batch);
    return status;
}

/* ---- layout ---- */

/* A convolution with one tap has the layout, and the core checks it. */
static conv_status lay_out(conv_problem *problem, const conv_varying_desc *given) {
    conv_desc desc;
    size_t ones[CONV_MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
    conv_desc_init(&desc, given->dtype, given->rank, given->shape, ones, CONV_SAME);
    memcpy(desc.signal_stride, given->signal_stride, sizeof desc.signal_stride);
    memcpy(desc.output_stride, given->output_stride, sizeof desc.output_stride);
    desc.batch = given->batch;
    desc.signal_batch_stride = given->signal_batch_stride;
    desc.output_batch_stride = given->output_batch_stride;
    return conv_problem_init(problem, &desc);
}

/* ---- widths ---- */

/* Beyond these a kernel is the sample itself, or flat over all samples that can be numbered, to the
 * last bit; and up to them a width's square is a normal number. */
static const double narrowest_counted = 1e-150, widest_counted = 1e150;

/* The width of sample `at`, in samples: of a row, or where it lies in the map. */
static conv_status one_width(const conv_varying *plan, const conv_varying_desc *desc,
                             const double *widths, size_t at, double *width) {
    double given = widths[at];
    if (!(given >= 0) || !isfinite(given))
        return conv_fail(CONV_ERR_RANGE, "widths[%zu] is %g, must be finite and at least 0", at,
                         given);
    *width = given / desc->spacing;
    if (!isfinite(*width))
        return conv_fail(CONV_ERR_RANGE, "widths[%zu] is %g, too large for a spacing of %g", at,
                         given, desc->spacing);
    if (*width > 0)
        *width = fmin(fmax(*width, narrowest_counted), widest_counted);
    double reach = conv_tap_reach(&plan->rule.taps, conv_row_width(&plan->rule, *width));
    if (plan->rule.edge == CONV_VARYING_REFLECT && reach > CONV_LONGEST_REFLECTED)
        return conv_fail(CONV_ERR_RANGE,
                         "widths[%zu] is %g, whose kernel reaches %g samples far: at most %g for "
                         "CONV_VARYING_REFLECT",
                         at, given, reach, CONV_LONGEST_REFLECTED);
    return CONV_OK;
}

static void take_width(conv_varying *plan, size_t at, double width) {
    double computed = conv_row_width(&plan->rule, width);
    plan->width[at] = width;
    plan->narrowest = fmin(plan->narrowest, width);
    plan->widest = fmax(plan->widest, width);
    plan->reach = fmax(plan->reach, conv_tap_reach(&plan->rule.taps, computed));
}

/* Row-major over the axes but one: where line's sample 0 lies in a contiguous array. */
static size_t line_start(const conv_varying *plan, size_t line, size_t *step) {
    size_t at = 0, below = 1;
    for (int d = plan->problem.rank - 1; d >= 0; d--) {
        size_t extent = plan->problem.axis[d].n;
        if (d == plan->axis) {
            *step = below;
        } else {
            at += line % extent * below;
            line /= extent;
        }
        below *= extent;
    }
    return at;
}

static conv_status take_widths(conv_varying *plan, const conv_varying_desc *desc,
                               const double *widths) {
    size_t bytes;
    if (!conv_multiply(plan->rows * plan->n, sizeof(double), &bytes))
        return conv_fail(CONV_ERR_OVERFLOW, "%zu widths are too many", plan->rows * plan->n);
    plan->width = conv_allocate(bytes);
    if (!plan->width)
        return conv_fail(CONV_ERR_MEMORY, "no memory for %zu widths", plan->rows * plan->n);
    plan->narrowest = (double)INFINITY;
    for (size_t row = 0; row < plan->rows; row++) {
        size_t step = 1, start = desc->width_map ? line_start(plan, row, &step) : 0;
        for (size_t k = 0; k < plan->n; k++) {
            double width = 0;
            conv_status status = one_width(plan, desc, widths, start + k * step, &width);
            if (status != CONV_OK)
                return status;
            take_width(plan, row * plan->n + k, width);
        }
    }
    return CONV_OK;
}

enum { NARROW_REACHES = 256 };

/* What the cuts cost at worst. A sampled Gaussian's cost is a sum, and grows with the width among
 * those that have the same reach: one sum for each of these. */
static double dropped_at_most(const conv_varying *plan) {
    const conv_tap_rule *taps = &plan->rule.taps;
    double worst = 0, last = -1, widest[NARROW_REACHES] = {0};
    bool gauss = taps->profile == CONV_VARYING_GAUSS;
    for (size_t i = 0; i < plan->rows * plan->n; i++) {
        double width = plan->width[i], reach = conv_tap_reach(taps, width);
        if (width == last)
            continue;
        last = width;
        if (gauss && conv_tap_kind(taps, width) == CONV_VARYING_SAMPLED && reach < NARROW_REACHES)
            widest[(size_t)reach] = fmax(widest[(size_t)reach], width);
        else
            worst = fmax(worst, conv_tap_dropped(taps, width));
    }
    for (size_t reach = 0; reach < NARROW_REACHES; reach++)
        worst = fmax(worst, conv_tap_dropped(taps, widest[reach]));
    return worst;
}

/* And roundings: some for each tap, of its weight and of the sum. */
static double bound_of(const conv_varying *plan) {
    double unit = plan->is_double ? 0x1p-53 : 0x1p-24;
    double bank = plan->bank ? plan->bank->error : 0;
    /* Renormalised kernels have half of their sum inside at least, or are not cut there. */
    double inside = plan->rule.edge == CONV_VARYING_RENORMALISE ? 0.5 : 1;
    return (dropped_at_most(plan) + bank) / inside +
           (fmin(plan->reach, (double)plan->n) + 4) * 4 * unit;
}

/* ---- engine and memory ---- */

/* A matrix is not kept for the sake of speed alone where it is this large. */
static const double large_matrix = 1 << 28;

static conv_status take_engine(conv_varying *plan, const conv_engine *engine) {
    plan->engine = engine;
    plan->pad = plan->out_pad = plan->scratch_bytes = 0;
    plan->at_once = false;
    return engine->prepare(plan);
}

static conv_status take_asked(conv_varying *plan, conv_varying_engine wanted) {
    for (int i = 0; i < ENGINES; i++) {
        const char *reason = engines[i]->id == wanted ? engines[i]->reject(plan) : NULL;
        if (reason)
            return conv_fail(CONV_ERR_METHOD, "engine %s cannot do this: %s", engines[i]->name,
                             reason);
        if (engines[i]->id == wanted)
            return take_engine(plan, engines[i]);
    }
    return conv_fail(CONV_ERR_ENUM, "engine is %d, which is none", (int)wanted);
}

/* The bank, if it costs less than `other` once it is known how many terms it has; other NULL: there
 * is none. */
static conv_status try_bank(conv_varying *plan, const conv_engine *other, double cost) {
    char message[CONV_MESSAGE_SIZE];
    conv_keep_message(message);
    conv_status status = take_engine(plan, &conv_engine_bank);
    if (!other || (status == CONV_OK && conv_bank_cost(plan) < cost))
        return status;
    conv_engine_bank.release(plan);
    if (status != CONV_OK)
        conv_restore_message(message);
    return take_engine(plan, other);
}

static conv_status choose(conv_varying *plan, conv_varying_engine wanted) {
    if (wanted != CONV_VARYING_ENGINE_AUTO)
        return take_asked(plan, wanted);
    if (!conv_engine_plain.reject(plan))
        return take_engine(plan, &conv_engine_plain);
    bool direct = !conv_engine_direct.reject(plan);
    const char *reason = direct ? NULL : conv_engine_matrix.reject(plan);
    const char *no_bank = conv_engine_bank.reject(plan);
    const conv_engine *sums = direct ? &conv_engine_direct : reason ? NULL : &conv_engine_matrix;
    double cost = direct ? conv_direct_cost(plan) : conv_matrix_cost(plan);
    if (!direct && conv_matrix_bytes(plan) * (double)plan->rows > large_matrix)
        cost = (double)INFINITY;
    /* One width, clamped, is PLAIN's in one form alone: no bank then in the other. */
    bool single = plan->narrowest == plan->widest && plan->rule.edge == CONV_VARYING_CLAMP;
    if (!no_bank && (!sums || (!single && conv_bank_cost(plan) < cost)))
        return try_bank(plan, sums, cost);
    if (!sums)
        return conv_fail(CONV_ERR_METHOD, "no engine can do this: matrix, %s; bank, %s", reason,
                         no_bank);
    return take_engine(plan, sums);
}

/* Memory of a worker for a line: x, y, and what a NaN needs. */
static bool size_line(conv_varying *plan) {
    size_t size = conv_real_size(plan->is_double), x, y, spoil;
    size_t scratch = conv_row_scratch(&plan->rule, plan->reach);
    if (!conv_add(plan->n + CONV_GROUP_PAD, 2 * plan->pad, &x) || !conv_multiply(x, size, &x) ||
        !conv_add(plan->n + CONV_GROUP_PAD, 2 * plan->out_pad, &y) || !conv_multiply(y, size, &y) ||
        !conv_add(2 * plan->n + 1, scratch, &spoil) || !conv_multiply(spoil, 8, &spoil))
        return false;
    plan->spoil_bytes = conv_aligned_size(spoil);
    plan->scratch_bytes = conv_aligned_size(plan->scratch_bytes);
    if (plan->at_once) {
        plan->line_bytes = 0;
        return true;
    }
    return conv_add(conv_aligned_size(x) + 2 * CONV_ALIGNMENT, conv_aligned_size(y),
                    &plan->line_bytes);
}

static conv_status size_workspace(conv_varying *plan) {
    size_t lines = plan->problem.batch * plan->lines * (plan->is_complex ? 2 : 1), all, scratch;
    if (plan->plain) {
        plan->workspace = conv_plan_workspace_size(plan->plain);
        return CONV_OK;
    }
    plan->line_threads = lines >= (size_t)plan->threads ? plan->threads : 1;
    if (!size_line(plan) || !conv_add(plan->line_bytes, plan->spoil_bytes, &all) ||
        !conv_multiply(all, (size_t)plan->line_threads, &all) ||
        !conv_multiply(plan->scratch_bytes, (size_t)plan->threads, &scratch) ||
        !conv_add(all, scratch, &all) || !conv_add(all, CONV_ALIGNMENT, &plan->workspace))
        return conv_fail(CONV_ERR_OVERFLOW, "the workspace for lines of %zu is too large", plan->n);
    if (plan->max_workspace && plan->workspace > plan->max_workspace)
        return conv_fail(CONV_ERR_WORKSPACE, "max_workspace is %zu, the least is %zu",
                         plan->max_workspace, plan->workspace);
    return CONV_OK;
}

static conv_status make(conv_varying *plan, const conv_varying_desc *desc, const double *widths) {
    double tolerance = desc->tolerance != 0 ? desc->tolerance : usual_tolerance;
    conv_status status = lay_out(&plan->problem, desc);
    if (status != CONV_OK)
        return status;
    plan->level = conv_cpu_level_for(desc->isa);
    plan->axis = desc->axis;
    plan->n = desc->shape[desc->axis];
    plan->lines = plan->problem.outputs / plan->n;
    plan->rows = desc->width_map ? plan->lines : 1;
    plan->is_double = conv_dtype_is_double(desc->dtype);
    plan->is_complex = conv_dtype_is_complex(desc->dtype);
    plan->scatters = desc->form == CONV_SCATTER;
    plan->threads = conv_parallel_threads(desc->threads);
    plan->max_workspace = desc->max_workspace;
    plan->loops = conv_varying_loops_for(plan->is_double, plan->level);
    plan->rule.n = plan->n;
    plan->rule.edge = desc->edge;
    conv_tap_rule_init(&plan->rule.taps, desc->profile, desc->kind, tolerance);
    status = take_widths(plan, desc, widths);
    if (status == CONV_OK)
        status = choose(plan, desc->engine);
    if (status == CONV_OK)
        status = size_workspace(plan);
    if (status == CONV_OK)
        plan->bound = bound_of(plan);
    return status;
}

conv_status conv_varying_create(conv_varying **plan, const conv_varying_desc *desc,
                                const double *widths) {
    CONV_KEEP_ERRNO;
    if (!plan)
        return conv_fail(CONV_ERR_NULL, "plan is NULL");
    *plan = NULL;
    conv_status status = check(desc, widths);
    if (status != CONV_OK)
        return status;
    conv_varying *made = conv_allocate(sizeof *made);
    if (!made)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan of %zu bytes", sizeof *made);
    memset(made, 0, sizeof *made);
    status = make(made, desc, widths);
    if (status != CONV_OK) {
        conv_varying_destroy(made);
        made = NULL;
    }
    *plan = made;
    return status;
}

void conv_varying_destroy(conv_varying *plan) {
    CONV_KEEP_ERRNO;
    if (!plan)
        return;
    if (plan->engine)
        plan->engine->release(plan);
    conv_free(plan->width);
    conv_free(plan);
}
