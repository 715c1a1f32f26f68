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

static void run_rung(const conv_node *rung, const char *signal, char *output, char *workspace,
                     conv_error error, progress *p, conv_magnitudes *outputs) {
    conv_node_run(rung, signal, output, workspace, NULL);
    conv_bound_measure(&rung->problem, output, outputs);
    p->kept = conv_bound_maxnorm(error, outputs);
    if (outputs->finite)
        p->most =
            fmin(p->most, outputs->largest + error.absolute + error.relative * outputs->largest);
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

/* Runs one rung after the other until the error of one is known to keep the value. A rung is passed
 * over where its error, known before it runs, is too large for the largest outputs that there can
 * be: before the first those of |x| and |h|, then those that the last rung found. Where the last
 * one is passed over as well, the outputs are those of the most accurate. */
static void run(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound) {
    double value = ((const ladder *)node)->value;
    progress p = {.least = INFINITY, .kept = INFINITY};
    p.most = most_of((const ladder *)node, signal);
    for (size_t i = 0; i < node->children; i++) {
        const conv_node *rung = node->child[i];
        conv_magnitudes outputs;
        conv_node_complete(node->child[i]);
        conv_error error = conv_node_error(rung, signal, workspace, false);
        bool passes = is_hopeless(error, p.most, value), is_last = i + 1 == node->children;
        double all = error.absolute + error.relative * p.most;
        if (i == 0 || all < p.least) {
            p.best = i;
            p.least = all;
            p.is_done = false;
        }
        if (passes && is_last && !p.is_done) {
            rung = node->child[p.best];
            error = conv_node_error(rung, signal, workspace, false);
        } else if (passes) {
            continue;
        }
        run_rung(rung, signal, output, workspace, error, &p, &outputs);
        p.is_done = p.best == i;
        bool all_finite = outputs.finite;
        outputs.finite = true;
        if (conv_bound_maxnorm(error, &outputs) <= value)
            break;
        if (outputs.largest <= error.absolute && conv_bound_all_zero(node->task, signal)) {
            conv_outputs_clear(&node->problem, output);
            p.kept = all_finite ? 0 : INFINITY;
            break;
        }
    }
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
