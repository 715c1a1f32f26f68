/* What the caller wishes of a problem's solution, beside what the problem is: any wishes give the
 * same outputs but for rounding. Copied and changed on the way down to the parts of a plan. */
#ifndef CONV_PROBLEM_WISHES_H
#define CONV_PROBLEM_WISHES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cpu.h"
#include "base/dtype.h"
#include "conv.h"

typedef struct {
    conv_method method;
    int threads;          /* at most so many; 1 and up */
    size_t max_workspace; /* of the whole plan; SIZE_MAX: no limit */
    size_t taken;         /* of it, by the parts of the plan around this one */
    conv_tolerance tolerance;
    conv_level level; /* of the loops and transforms */
    bool in_double;   /* transforms of float data, too */
    double uses;      /* executions that a preparation has to pay for; INFINITY: it need not */
    /* One execution, on one thread: a method may have its workspace in its own state, and says that
     * it needs none. */
    bool keeps_workspace;
    /* A kernel's spectrum is made in every run, in the workspace, and not kept: of those parts of a
     * plan of which a run uses one. The same bits. */
    bool late_spectrum;
    /* What takes long to prepare and may never be needed is left to conv_node_complete: its memory
     * is there, untouched. The same bits. */
    bool waits;
} conv_wishes;

/* Of a description that conv_desc_init made: any method, one thread, no limit, no tolerance. */
void conv_wishes_init(conv_wishes *wishes);
void conv_wishes_read(conv_wishes *wishes, const conv_desc *desc);

/* What the limit leaves for a part: its workspace is aligned. SIZE_MAX: no limit. */
size_t conv_wishes_room(const conv_wishes *wishes);

/* Bytes that a caller has to bring, for a part that needs so many. */
size_t conv_wishes_total(const conv_wishes *wishes, size_t bytes);

/* What transforms of data of this type compute in. */
static inline conv_dtype conv_wishes_compute(const conv_wishes *wishes, conv_dtype dtype) {
    return wishes->in_double ? conv_dtype_wide(dtype) : dtype;
}

/* Whether no tolerance is asked for. */
bool conv_wishes_any_accuracy(const conv_wishes *wishes);

/* CONV_ERR_WORKSPACE, with a sentence that ends with the bytes that are enough. */
conv_status conv_wishes_refuse(const conv_wishes *wishes, size_t least);

#endif
