/* The methods: one table, one row each, the reference last. */
#ifndef CONV_METHODS_METHODS_H
#define CONV_METHODS_METHODS_H

#include "base/measure.h"
#include "problem/task.h"

/* Seconds, estimated. */
typedef struct {
    double execute; /* one convolution, without the batch */
    double prepare;
    double serial; /* the part of execute that more threads make no shorter */
    double fresh;  /* what prepare takes more where its memory is new to the process */
} conv_cost;

/* |error of output k| <= absolute + relative * |output k|, where all data are finite. */
typedef struct {
    double absolute, relative;
} conv_error;

/* Nothing is done; the outputs are there; and what they are measured by is known. */
typedef enum { CONV_NOT_RUN, CONV_RUN, CONV_MEASURED } conv_measured;

typedef struct {
    conv_method id;
    const char *name;

    /* NULL: accepts. Else the reason, a constant text without a full stop. */
    const char *(*reject)(const conv_task *task);
    conv_cost (*cost)(const conv_task *task);
    /* No problem costs less: methods whose floor is too high are not asked. floor_per_tap: seconds
     * that each of the kernel's taps adds to floor.prepare. */
    conv_cost floor;
    double floor_per_tap;

    /* Makes what execute needs, immutable. *state may stay NULL. release takes NULL. */
    conv_status (*prepare)(const conv_task *task, void **state);
    void (*release)(void *state);

    /* The same for a problem that differs from one whose state there is in weights and taps alone:
     * what does not depend on these is not chosen again. *cost: of what is made. NULL: prepare
     * chooses nothing that takes long. */
    conv_status (*prepare_like)(const conv_task *task, const void *like, void **state,
                                conv_cost *cost);

    /* What prepare left where the wishes say that it waits; once, before execute and error.
     * Allocates nothing. NULL: nothing is left. */
    void (*complete)(const conv_task *task, void *state);

    bool parallel; /* execute can use more than one thread */

    /* Bytes for one execute on `threads` threads. */
    size_t (*workspace)(const conv_task *task, const void *state, int threads);

    /* One convolution of the batch. workspace: aligned to CONV_ALIGNMENT. Cannot fail. */
    void (*execute)(const conv_task *task, const void *state, const void *signal, void *output,
                    void *workspace, int threads);

    /* Execute of `count` signals of a batch together, on one thread, without workspace: so many
     * elements apart, as their outputs are; the same bits. False, with nothing done, where they
     * would better go one by one; NULL: always. */
    bool (*execute_many)(const conv_task *task, const void *state, const void *signal,
                         ptrdiff_t signal_apart, void *output, ptrdiff_t output_apart,
                         size_t count);

    /* Execute, and what it learns on its way: its error as below, and the largest of its outputs.
     * NULL: CONV_NOT_RUN. */
    conv_measured (*execute_measured)(const conv_task *task, const void *state, const void *signal,
                                      void *output, void *workspace, conv_error *error,
                                      conv_magnitudes *outputs);

    /* A bound that every output of execute keeps for this signal, with the same workspace. NaN and
     * Inf are left out. proved: of transforms the proved constant instead of the measured one. */
    conv_error (*error)(const conv_task *task, const void *state, const void *signal,
                        void *workspace, bool proved);

    /* A one-shot call without a plan, for problems so small that making one would cost more than
     * the sum. False where it is not small. May be NULL. */
    bool (*once)(const conv_task *task, const void *signal, void *output);

    /* Appends nothing or " with ..." to the text of conv_plan_describe; snprintf-style. */
    int (*describe)(const conv_task *task, const void *state, char *text, size_t size);
} conv_method_row;

/* Ends with NULL. */
extern const conv_method_row *const conv_methods[];

/* The row of a method; NULL: this build does not have it. */
const conv_method_row *conv_method_find(conv_method id);

#endif
