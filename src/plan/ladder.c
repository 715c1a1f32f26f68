#include "plan/ladder.h"

#include <math.h>

#include "base/memory.h"
#include "methods/rounding.h"
#include "plan/bound.h"
#include "plan/outputs.h"

typedef struct {
    conv_node node;
    double value;
    bool waits;           /* some rungs did when they were added */
    conv_magnitudes taps; /* of the first rung, which do not change from one run to the next */
} ladder;

/* Whether no outputs of at most this size make the error keep the value. */
static bool is_hopeless(conv_error error, double largest, double value) {
    return error.absolute + error.relative * largest > value * largest;
}

/* What is known of the rungs so far. */
typedef struct {
    size_t best; /* the rung of the least error, whether it ran or not */
    double least;
    bool is_done; /* its outputs are there */
    double kept;  /* what those keep that are there */
    double most;  /* outputs are at most so large */
} progress;

/* Whether the outputs that are there now are the plan's. */
static bool settles(const ladder *l, const conv_node *rung, const char *signal, char *output,
                    conv_error error, conv_magnitudes *outputs, progress *p) {
    bool all_finite = outputs->finite;
    p->kept = conv_bound_maxnorm(error, outputs);
    if (all_finite)
        p->most =
            fmin(p->most, outputs->largest + error.absolute + error.relative * outputs->largest);
    outputs->finite = true;
    if (conv_bound_maxnorm(error, outputs) <= l->value)
        return true;
    if (outputs->largest > error.absolute || !conv_bound_all_zero(l->node.task, signal))
        return false;
    conv_outputs_clear(&rung->problem, output);
    p->kept = all_finite ? 0 : INFINITY;
    return true;
}

/* At least every output of the signal. */
static double most_of(const ladder *l, const char *signal) {
    conv_magnitudes samples;
    conv_bounds_signal(l->node.task->problem, signal, &samples);
    if (samples.largest == 0 || l->taps.largest == 0)
        return 0;
    /* Not 0 where the product itself is below the smallest number. */
    return fmax(conv_bounds_product(&samples, &l->taps), conv_step(CONV_F64));
}

/* The first rung where it measures on its way what tells whether it keeps the value: mostly it
 * does, and neither samples nor outputs are read once more. */
static conv_measured run_first(const ladder *l, const char *signal, char *output, char *workspace,
                               conv_error *error, progress *p, bool *is_settled) {
    const conv_node *rung = l->node.child[0];
    conv_magnitudes outputs;
    if (!rung->kind->run_measured)
        return CONV_NOT_RUN;
    conv_measured done = rung->kind->run_measured(rung, signal, output, workspace, error, &outputs);
    if (done == CONV_RUN) {
        *error = conv_node_error(rung, signal, workspace, false);
        conv_bound_measure(&rung->problem, output, &outputs);
    }
    *is_settled = done != CONV_NOT_RUN && settles(l, rung, signal, output, *error, &outputs, p);
    return done;
}

/* What is known of this rung's error, and whether it is the best so far. */
static bool is_passed_over(const ladder *l, size_t i, conv_error error, progress *p) {
    double all = error.absolute + error.relative * p->most;
    if (i == 0 || all < p->least) {
        p->best = i;
        p->least = all;
        p->is_done = false;
    }
    return is_hopeless(error, p->most, l->value);
}

/* Runs one rung after the other until the error of one is known to keep the value. A rung is passed
 * over where its error, known before it runs, is too large for the largest outputs that there can
 * be: before the first those of |x| and |h|, then those that the last rung found. Where the last
 * one is passed over as well, the outputs are those of the most accurate. */
static void run_all(const ladder *l, const char *signal, char *output, char *workspace,
                    progress *p) {
    const conv_node *node = &l->node;
    bool is_settled = false;
    conv_error error;
    bool has_run = run_first(l, signal, output, workspace, &error, p, &is_settled) != CONV_NOT_RUN;
    if (is_settled)
        return;
    p->most = fmin(p->most, most_of(l, signal));
    if (has_run) {
        is_passed_over(l, 0, error, p);
        p->is_done = true;
    }
    for (size_t i = has_run; i < node->children && !is_settled; i++) {
        const conv_node *rung = node->child[i];
        conv_magnitudes outputs;
        conv_node_complete(node->child[i]);
        error = conv_node_error(rung, signal, workspace, false);
        bool passes = is_passed_over(l, i, error, p);
        if (passes && i + 1 == node->children && !p->is_done) {
            rung = node->child[p->best];
            error = conv_node_error(rung, signal, workspace, false);
        } else if (passes) {
            continue;
        }
        conv_node_run(rung, signal, output, workspace, NULL);
        p->is_done = p->best == i;
        conv_bound_measure(&rung->problem, output, &outputs);
        is_settled = settles(l, rung, signal, output, error, &outputs, p);
    }
}

static void run(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound) {
    progress p = {.least = INFINITY, .kept = INFINITY, .most = INFINITY};
    run_all((const ladder *)node, signal, output, workspace, &p);
    if (bound)
        *bound = p.kept;
}

static void describe(const conv_node *node, conv_text *text, int depth) {
    conv_text_indent(text, depth);
    conv_text_append(text,
                     "errors up to %g of the largest output, %.3g us if the first keeps it, "
                     "preparing %.3g us; first of these that keeps it%s:\n",
                     ((const ladder *)node)->value, 1e6 * node->seconds, 1e6 * node->preparing,
                     ((const ladder *)node)->waits
                         ? ", transforms behind the first prepared when first needed"
                         : "");
}

static const conv_node_kind kind = {.run = run, .describe = describe};

conv_status conv_ladder_make(conv_node **made, const conv_problem *problem, double value,
                             size_t rungs) {
    conv_node *node = conv_node_make(&kind, sizeof(ladder), problem, rungs);
    *made = node;
    if (!node)
        return CONV_ERR_MEMORY;
    ((ladder *)node)->value = value;
    return CONV_OK;
}

void conv_ladder_add(conv_node *node, conv_node *rung, bool waits) {
    double preparing = node->preparing, fresh = node->fresh;
    if (node->children == 0) {
        node->seconds = rung->seconds;
        conv_measure_taps(rung->task->problem->elements, rung->task->taps,
                          rung->task->problem->taps, &((ladder *)node)->taps);
    }
    node->threads = rung->threads > node->threads ? rung->threads : node->threads;
    node->bytes = conv_max(node->bytes, rung->bytes);
    conv_node_adopt(node, rung);
    atomic_init(&rung->waits, waits);
    if (waits) {
        ((ladder *)node)->waits = true;
        node->preparing = preparing;
        node->fresh = fresh;
    }
}
