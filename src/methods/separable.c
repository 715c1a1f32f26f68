/* Kernels that are outer products, or sums of two or three: one pass per axis. How a pass runs is
 * one of the ways of methods/passes.h. */
#include <math.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "cost/costs.h"
#include "cost/fitted.h"
#include "methods/passes.h"

/* The first one that accepts is taken: never the one that is faster by estimate, which depends on
 * the instruction set, as the bits would then. */
static const conv_passes *const ways[] = {&conv_running_passes, &conv_coarse_passes,
                                          &conv_plane_passes, &conv_tile_passes};
enum { WAYS = sizeof ways / sizeof *ways };

typedef struct {
    conv_factors factors;
    const conv_passes *passes;
    void *state;
} separable_state;

/* NULL: none accepts; *reason: the last one's. */
static const conv_passes *choose(const conv_task *task, const conv_factors *factors,
                                 const char **reason) {
    *reason = "the kernel is no sum of few outer products";
    for (int i = 0; i < WAYS && factors->terms; i++) {
        *reason = ways[i]->reject(task, factors);
        if (!*reason)
            return ways[i];
    }
    return NULL;
}

static const char *reject(const conv_task *task) {
    conv_factors factors;
    const char *reason = NULL;
    if (!task->finite_taps)
        return "a tap is NaN or Inf";
    /* Out of memory is no property of the kernel: prepare says it. */
    if (!conv_factors_find(task, &factors))
        return NULL;
    choose(task, &factors, &reason);
    conv_factors_end(&factors);
    return reason;
}

static conv_cost cost(const conv_task *task) {
    const conv_problem *problem = task->problem;
    const conv_cost unknown = {INFINITY, INFINITY, 0, 0};
    conv_factors factors;
    const char *reason;
    if (!conv_factors_find(task, &factors))
        return unknown;
    const conv_passes *passes = choose(task, &factors, &reason);
    bool is_complex = conv_dtype_is_complex(problem->kernel_dtype);
    bool is_outer = factors.terms == 1 && problem->rank == 2 && !is_complex;
    double execute = passes ? passes->seconds(task, &factors) : INFINITY;
    conv_factors_end(&factors);
    double taps = (double)problem->taps, bytes = is_outer ? 0 : CONV_COST_SEARCH_BYTES;
    double search = is_outer     ? CONV_COST_SEARCH_OUTER_TAP
                    : is_complex ? CONV_COST_SEARCH_COMPLEX_TAP
                                 : CONV_COST_SEARCH_REAL_TAP;
    return (conv_cost){.execute = execute,
                       .prepare = CONV_COST_SEARCH_LEAST + search * taps,
                       .fresh = 1e-9 * conv_cost_new_memory(bytes * taps)};
}

static void release(void *state) {
    separable_state *separable = state;
    if (!separable)
        return;
    if (separable->passes)
        separable->passes->release(separable->state);
    conv_factors_end(&separable->factors);
    conv_free(separable);
}

static conv_status prepare(const conv_task *task, void **state) {
    separable_state *separable = conv_allocate(sizeof *separable);
    const char *reason;
    *state = NULL;
    if (!separable)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    *separable = (separable_state){.passes = NULL};
    if (!conv_factors_find(task, &separable->factors)) {
        release(separable);
        return conv_fail(CONV_ERR_MEMORY, "no memory for the kernel's factors");
    }
    separable->passes = choose(task, &separable->factors, &reason);
    if (!separable->passes) {
        release(separable);
        return conv_fail(CONV_ERR_METHOD, "no passes for this kernel: %s", reason);
    }
    conv_status status = separable->passes->prepare(task, &separable->factors, &separable->state);
    if (status != CONV_OK) {
        release(separable);
        return status;
    }
    *state = separable;
    return CONV_OK;
}

static size_t workspace(const conv_task *task, const void *state, int threads) {
    const separable_state *separable = state;
    return separable->passes->workspace(task, separable->state, threads);
}

static void execute(const conv_task *task, const void *state, const void *signal, void *output,
                    void *workspace, int threads) {
    const separable_state *separable = state;
    separable->passes->execute(task, separable->state, signal, output, workspace, threads);
}

static conv_measured execute_measured(const conv_task *task, const void *state, const void *signal,
                                      void *output, void *workspace, conv_error *error,
                                      conv_magnitudes *outputs) {
    const separable_state *separable = state;
    if (!separable->passes->execute_measured)
        return CONV_NOT_RUN;
    return separable->passes->execute_measured(task, separable->state, signal, output, workspace,
                                               error, outputs);
}

static int describe(const conv_task *task, const void *state, char *text, size_t size) {
    const separable_state *separable = state;
    return separable->passes->describe(task, separable->state, text, size);
}

static conv_error error(const conv_task *task, const void *state, const void *signal,
                        void *workspace, bool proved) {
    const separable_state *separable = state;
    return separable->passes->error(task, separable->state, signal, workspace, proved);
}

const conv_method_row conv_separable_method = {
    .id = CONV_METHOD_SEPARABLE,
    .name = "separable",
    .reject = reject,
    .cost = cost,
    .floor = {60e-9, CONV_COST_SEARCH_LEAST, 0, 0},
    .floor_per_tap = CONV_COST_SEARCH_TAP,
    .prepare = prepare,
    .release = release,
    .parallel = true,
    .workspace = workspace,
    .execute = execute,
    .execute_measured = execute_measured,
    .error = error,
    .describe = describe,
};
