/* The one notion of a plan: a node computes the outputs of one signal, alone or by its children.
 * Kinds of nodes, a file each, reach their children through the functions below and name no other
 * kind; recipes (build_*.c) put nodes together. */
#ifndef CONV_PLAN_NODE_H
#define CONV_PLAN_NODE_H

#include <stdatomic.h>

#include "methods/methods.h"
#include "plan/text.h"

typedef struct conv_node conv_node;

typedef struct {
    /* Computes all outputs. workspace: aligned, node->bytes. *bound: see conv_plan_execute_bound;
     * NULL: not asked for. Of a batch, signal after signal. */
    void (*run)(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound);

    /* Run of one signal, with what is learnt on its way, see conv_method_row. NULL: CONV_NOT_RUN.
     */
    conv_measured (*run_measured)(const conv_node *node, const char *signal, char *output,
                                  char *workspace, conv_error *error, conv_magnitudes *outputs);

    /* Runs `count` signals of a batch one after the other or together, so many elements apart, as
     * their outputs are. NULL: by run. */
    void (*run_many)(const conv_node *node, const char *signal, ptrdiff_t signal_apart,
                     char *output, ptrdiff_t output_apart, size_t count, char *workspace);

    /* Whether signal number `item` of a batch may be run at all; NULL: any may. */
    conv_status (*check)(const conv_node *node, const char *signal, size_t item, char *workspace);

    /* A bound that the outputs keep for this signal, known without running. NaN and Inf are left
     * out. proved: with the proved constants of transforms instead of the measured ones. NULL: none
     * is known before the outputs are. */
    conv_error (*error)(const conv_node *node, const char *signal, char *workspace, bool proved);

    /* Its lines, without its children's. */
    void (*describe)(const conv_node *node, conv_text *text, int depth);

    /* Fills what its making left, before its children fill theirs. Allocates nothing. NULL: nothing
     * is left. */
    void (*complete)(conv_node *node);

    void (*release)(conv_node *node); /* what is beside the children; NULL: nothing is */
} conv_node_kind;

/* The head of every kind's own structure. */
struct conv_node {
    const conv_node_kind *kind;
    conv_problem problem;  /* of one signal, whose fold, if any, is done before */
    const conv_task *task; /* of the leaf that stands for all: for bounds */
    double componentwise;  /* where bounds are relative to (|x|*|h|)_k, that bound; 0: they are
                              relative to the largest output */
    size_t bytes;          /* of workspace, children's included */
    double seconds;        /* estimates, with the children's: of one run */
    double preparing;
    double fresh; /* that preparing takes more where its memory is new to the process */
    int threads;  /* that a run uses */
    size_t children;
    conv_node **child;
    size_t lead;       /* the child that stands for all where one is to be named */
    atomic_bool waits; /* for conv_node_complete, as a parent says that asks for it */
};

/* A node of so many bytes, cleared but for kind and problem, with room for children. NULL, with a
 * sentence for CONV_ERR_MEMORY, where there is no memory. */
conv_node *conv_node_make(const conv_node_kind *kind, size_t size, const conv_problem *problem,
                          size_t children);

/* The child belongs to the node from now on; its preparing is added, in new memory too. The first
 * one's task and accuracy are the node's, until its maker says otherwise. */
void conv_node_adopt(conv_node *node, conv_node *child);

/* The node and all below it; NULL is fine, and so is a node that is half made. */
void conv_node_release(conv_node *node);

/* Fills what waits in the node and all below it, once, whichever thread comes first; to be called
 * before it is run or asked for its error where its parent has set `waits`. */
void conv_node_complete(conv_node *node);

/* The node without children that stands for all. */
const conv_node *conv_node_leaf(const conv_node *node);

static inline void conv_node_run(const conv_node *node, const char *signal, char *output,
                                 char *workspace, double *bound) {
    node->kind->run(node, signal, output, workspace, bound);
}

static inline conv_error conv_node_error(const conv_node *node, const char *signal, char *workspace,
                                         bool proved) {
    return node->kind->error(node, signal, workspace, proved);
}

#endif
