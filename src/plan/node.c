#include "plan/node.h"

#include <string.h>

#include "base/lock.h"
#include "base/memory.h"
#include "base/status.h"

conv_node *conv_node_make(const conv_node_kind *kind, size_t size, const conv_problem *problem,
                          size_t children) {
    conv_node *node = conv_allocate(size);
    conv_node **child = children ? conv_allocate(children * sizeof *child) : NULL;
    if (!node || (children && !child)) {
        conv_free(node);
        conv_free(child);
        (void)conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
        return NULL;
    }
    memset(node, 0, size);
    node->kind = kind;
    node->problem = *problem;
    node->threads = 1;
    node->child = child;
    return node;
}

void conv_node_adopt(conv_node *node, conv_node *child) {
    if (node->children == 0) {
        node->task = child->task;
        node->componentwise = child->componentwise;
    }
    node->child[node->children++] = child;
    node->preparing += child->preparing;
    node->fresh += child->fresh;
}

void conv_node_release(conv_node *node) {
    if (!node)
        return;
    for (size_t i = 0; i < node->children; i++)
        conv_node_release(node->child[i]);
    if (node->kind->release)
        node->kind->release(node);
    conv_free(node->child);
    conv_free(node);
}

static void complete(conv_node *node) {
    if (node->kind->complete)
        node->kind->complete(node);
    for (size_t i = 0; i < node->children; i++)
        complete(node->child[i]);
}

void conv_node_complete(conv_node *node) {
    if (!atomic_load_explicit(&node->waits, memory_order_acquire))
        return;
    conv_lock_take(CONV_LOCK_NODES);
    if (atomic_load_explicit(&node->waits, memory_order_relaxed)) {
        complete(node);
        atomic_store_explicit(&node->waits, false, memory_order_release);
    }
    conv_lock_give(CONV_LOCK_NODES);
}

const conv_node *conv_node_leaf(const conv_node *node) {
    while (node->children)
        node = node->child[node->lead];
    return node;
}
