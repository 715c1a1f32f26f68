/* Executing a plan for kernels that vary: line by line, each through memory of its own, where it is
 * contiguous and padded. */
#include <stdint.h>
#include <string.h>

#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "varying/varying.h"

typedef struct {
    const conv_varying *plan;
    const char *signal;
    char *output, *workspace;
} execution;

/* Where a line's first real number lies in the signal and in the output, and which line it is. */
typedef struct {
    const char *x;
    char *y;
    size_t number;
} place;

/* Items are lines of real numbers: of a complex signal, two for each. */
static place place_of(const execution *job, size_t item) {
    const conv_varying *plan = job->plan;
    const conv_problem *problem = &plan->problem;
    size_t components = plan->is_complex ? 2 : 1, real = conv_real_size(plan->is_double);
    size_t component = item % components, line = item / components % plan->lines;
    ptrdiff_t batch = (ptrdiff_t)(item / components / plan->lines);
    ptrdiff_t x = batch * problem->signal_batch_stride, y = batch * problem->output_batch_stride;
    size_t rest = line;
    for (int d = problem->rank - 1; d >= 0; d--) {
        const conv_axis *axis = &problem->axis[d];
        if (d == plan->axis)
            continue;
        x += (ptrdiff_t)(rest % axis->n) * axis->signal_stride;
        y += (ptrdiff_t)(rest % axis->n) * axis->output_stride;
        rest /= axis->n;
    }
    ptrdiff_t size = (ptrdiff_t)(components * real), skip = (ptrdiff_t)(component * real);
    return (place){job->signal + x * size + skip, job->output + y * size + skip, line};
}

static ptrdiff_t signal_step(const conv_varying *plan) {
    return plan->problem.axis[plan->axis].signal_stride * (plan->is_complex ? 2 : 1);
}

static ptrdiff_t output_step(const conv_varying *plan) {
    return plan->problem.axis[plan->axis].output_stride * (plan->is_complex ? 2 : 1);
}

/* ---- what is not finite ---- */

/* The sample as it is; the line has a zero there. */
static double sample(const conv_varying *plan, const char *x, size_t j) {
    return conv_real_get(x, (ptrdiff_t)j * signal_step(plan), plan->is_double);
}

static bool is_bad(double value) {
    return !(value - value == 0);
}

static void add_to(const conv_varying *plan, const conv_varying_line *line, size_t k,
                   double value) {
    ptrdiff_t at = (ptrdiff_t)k * line->y_step;
    conv_real_set(line->y, at, conv_real_get(line->y, at, plan->is_double) + value,
                  plan->is_double);
}

/* Each source that is not finite, times its kernel. */
static void spoil_targets(const conv_varying *plan, const conv_varying_line *line, const char *x,
                          double *weights, double *scratch) {
    const double *width = plan->width + line->row * plan->n;
    for (size_t j = 0; j < plan->n; j++) {
        size_t first, last;
        double value = sample(plan, x, j);
        if (!is_bad(value))
            continue;
        conv_row_extent(&plan->rule, width[j], j, &first, &last);
        conv_row_fill(&plan->rule, width[j], j, weights, scratch);
        for (size_t k = first; k <= last; k++)
            add_to(plan, line, k, weights[k - first] * value);
    }
}

/* Each output that has one within its reach; count[j]: of those before sample j. */
static void spoil_outputs(const conv_varying *plan, const conv_varying_line *line, const char *x,
                          double *weights, double *scratch, size_t *count) {
    const double *width = plan->width + line->row * plan->n;
    count[0] = 0;
    for (size_t j = 0; j < plan->n; j++)
        count[j + 1] = count[j] + is_bad(sample(plan, x, j));
    for (size_t k = 0; k < plan->n; k++) {
        size_t first, last;
        conv_row_extent(&plan->rule, width[k], k, &first, &last);
        if (count[last + 1] == count[first])
            continue;
        conv_row_fill(&plan->rule, width[k], k, weights, scratch);
        for (size_t j = first; j <= last; j++) {
            double value = sample(plan, x, j);
            if (is_bad(value))
                add_to(plan, line, k, weights[j - first] * value);
        }
    }
}

static void spoil(const conv_varying *plan, const conv_varying_line *line, const char *x,
                  char *memory) {
    double *weights = (double *)(void *)memory;
    size_t *count = (size_t *)(void *)(memory + plan->n * sizeof *weights);
    double *scratch = (double *)(void *)(count + plan->n + 1);
    if (plan->scatters)
        spoil_targets(plan, line, x, weights, scratch);
    else
        spoil_outputs(plan, line, x, weights, scratch, count);
}

/* ---- lines ---- */

typedef struct {
    const conv_varying *plan;
    const conv_varying_line *line;
    char *scratch;
} tile_execution;

static void run_tiles(void *context, size_t begin, size_t end, int thread) {
    const tile_execution *job = context;
    job->plan->engine->tiles(job->plan, job->line, begin, end,
                             job->scratch + (size_t)thread * job->plan->scratch_bytes);
}

/* Loads, computes and stores one line. memory: line_bytes and spoil_bytes. */
static void run_line(const execution *job, size_t item, char *memory, char *scratch, int threads) {
    const conv_varying *plan = job->plan;
    place at = place_of(job, item);
    size_t real = conv_real_size(plan->is_double), pad = conv_aligned_size(plan->pad * real);
    size_t behind = (plan->pad + CONV_GROUP_PAD) * real, bytes = plan->n * real;
    char *x = memory + pad;
    char *y = x + conv_aligned_size(bytes + behind) + conv_aligned_size(plan->out_pad * real);
    conv_varying_line line = {plan->rows > 1 ? at.number : 0, x, y, 1, 1};
    memset(memory, 0, pad);
    memset(x + bytes, 0, behind);
    bool finite = plan->loops->load(at.x, signal_step(plan), plan->n, x);
    if (plan->engine->begin)
        plan->engine->begin(plan, &line);
    tile_execution tiles = {plan, &line, scratch};
    conv_parallel_for(plan->tiles, threads, run_tiles, &tiles);
    plan->engine->end(plan, &line);
    if (!finite)
        spoil(plan, &line, at.x, memory + plan->line_bytes);
    plan->loops->store(y, plan->n, at.y, output_step(plan));
}

/* A thread's scratch memory begins with whether all that it read was finite. */
static void run_through(void *context, size_t begin, size_t end, int thread) {
    const tile_execution *job = context;
    char *scratch = job->scratch + (size_t)thread * job->plan->scratch_bytes;
    bool finite =
        job->plan->engine->through(job->plan, job->line, begin, end, scratch + CONV_ALIGNMENT);
    *scratch = (char)(*scratch && finite);
}

/* The same in one pass over the line, tile by tile. */
static void run_at_once(const execution *job, size_t item, char *memory, char *scratch,
                        int threads) {
    const conv_varying *plan = job->plan;
    place at = place_of(job, item);
    conv_varying_line line = {plan->rows > 1 ? at.number : 0, (void *)(uintptr_t)at.x, at.y,
                              signal_step(plan), output_step(plan)};
    tile_execution tiles = {plan, &line, scratch};
    bool finite = true;
    for (int t = 0; t < threads; t++)
        scratch[(size_t)t * plan->scratch_bytes] = 1;
    conv_parallel_for(plan->tiles, threads, run_through, &tiles);
    for (int t = 0; t < threads; t++)
        finite = finite && scratch[(size_t)t * plan->scratch_bytes];
    if (!finite)
        spoil(plan, &line, at.x, memory + plan->line_bytes);
}

static void run_lines(void *context, size_t begin, size_t end, int thread) {
    const execution *job = context;
    const conv_varying *plan = job->plan;
    size_t each = plan->line_bytes + plan->spoil_bytes;
    char *memory = job->workspace + (size_t)thread * each;
    char *scratch = job->workspace + (size_t)plan->line_threads * each;
    int threads = plan->line_threads == 1 ? plan->threads : 1;
    scratch += (size_t)thread * plan->scratch_bytes;
    for (size_t item = begin; item < end; item++) {
        if (plan->at_once)
            run_at_once(job, item, memory, scratch, threads);
        else
            run_line(job, item, memory, scratch, threads);
    }
}

static void run(const conv_varying *plan, const void *signal, void *output, void *workspace) {
    execution job = {plan, signal, output, conv_align_pointer(workspace)};
    size_t items = plan->problem.batch * plan->lines * (plan->is_complex ? 2 : 1);
    conv_parallel_for(items, plan->line_threads, run_lines, &job);
}

/* ---- the call ---- */

static conv_status check(const conv_varying *plan, const void *signal, const void *output,
                         const void *workspace) {
    if (!plan || !signal || !output)
        return conv_fail(CONV_ERR_NULL, "%s is NULL",
                         !plan     ? "plan"
                         : !signal ? "signal"
                                   : "output");
    const conv_problem *problem = &plan->problem;
    conv_span span = {0, (ptrdiff_t)plan->workspace};
    if (conv_spans_overlap(signal, problem->signal_span, output, problem->output_span))
        return conv_fail(CONV_ERR_ALIAS, "output at %p overlaps the signal at %p", output, signal);
    if (workspace && (conv_spans_overlap(workspace, span, output, problem->output_span) ||
                      conv_spans_overlap(workspace, span, signal, problem->signal_span)))
        return conv_fail(CONV_ERR_ALIAS, "workspace at %p overlaps the signal or the output",
                         workspace);
    return CONV_OK;
}

conv_status conv_varying_execute(const conv_varying *plan, const void *signal, void *output,
                                 void *workspace) {
    CONV_KEEP_ERRNO;
    conv_status status = check(plan, signal, output, workspace);
    if (status != CONV_OK)
        return status;
    if (plan->plain)
        return conv_plan_execute(plan->plain, signal, output, workspace);
    void *own = workspace ? NULL : conv_allocate(plan->workspace);
    if (!workspace && !own)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a workspace of %zu bytes",
                         plan->workspace);
    run(plan, signal, output, workspace ? workspace : own);
    conv_free(own);
    return CONV_OK;
}

size_t conv_varying_workspace_size(const conv_varying *plan) {
    return plan ? plan->workspace : 0;
}
