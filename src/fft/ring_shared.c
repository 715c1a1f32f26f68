/* One line on several threads. Reading with the first split, and writing with the last join, are
 * shared by ranges of positions; the subtrees between them are independent of each other. */
#include "fft/ring_shared.h"

#include "base/parallel.h"

enum {
    /* Below this many complex coefficients a line takes less time than its threads need to meet
     * after every part of it. */
    SHARED_LENGTH = 1 << 13,
    /* So many items for each thread at least, where their number is no multiple: the thread with
     * one more than the others then keeps them waiting little. */
    ITEMS_EACH = 4
};

typedef struct {
    const conv_ring_leaf *leaf;
    const conv_ring_axis *axis;
    conv_ring_mode mode;
    int complex_data;
    const conv_ring_io *io;
    void *work;
    const void *spectrum;
    int step; /* which the loop does, or the first of the subtrees */
} line_job;

static void load(void *context, size_t begin, size_t end, int thread) {
    const line_job *job = context;
    (void)thread;
    job->leaf->load(job->axis, job->complex_data, job->io, job->work, begin, end);
}

static void split(void *context, size_t begin, size_t end, int thread) {
    const line_job *job = context;
    (void)thread;
    job->leaf->pass(job->axis, CONV_RING_FORWARD, job->step, job->work, begin, end);
}

static void subtrees(void *context, size_t begin, size_t end, int thread) {
    const line_job *job = context;
    (void)thread;
    job->leaf->subtrees(job->axis, job->mode, job->step, job->work, job->spectrum, begin, end);
}

static void join(void *context, size_t begin, size_t end, int thread) {
    const line_job *job = context;
    (void)thread;
    job->leaf->pass(job->axis, CONV_RING_INVERSE, job->step, job->work, begin, end);
}

static void store(void *context, size_t begin, size_t end, int thread) {
    const line_job *job = context;
    (void)thread;
    job->leaf->store(job->axis, job->complex_data, job->io, job->work, begin, end);
}

bool conv_ring_shares(size_t items, int threads) {
    return items % (size_t)threads == 0 || items >= ITEMS_EACH * (size_t)threads;
}

bool conv_ring_is_shared(const conv_ring_axis *axis, int threads) {
    return threads > 1 && axis->length >= SHARED_LENGTH;
}

/* The step before which there are enough nodes for all threads. */
static int balanced_step(const conv_ring_axis *axis, int threads) {
    int step = conv_ring_fused_steps(axis);
    while (step + 1 < axis->steps && !conv_ring_shares(conv_ring_subtrees(axis, step), threads)) {
        step++;
    }
    return step;
}

/* Vector pairs of one child of every node, before a step. */
static size_t pass_pairs(const line_job *job) {
    size_t pairs = (size_t)job->axis->branches * job->axis->branch / job->leaf->lanes;
    return pairs >> job->axis->log_radix[job->step];
}

void conv_ring_shared_line(const conv_ring_leaf *leaf, const conv_ring_axis *axis,
                           conv_ring_mode mode, int complex_data, const conv_ring_io *io,
                           void *work, const void *spectrum, int threads) {
    if (!conv_ring_is_shared(axis, threads)) {
        leaf->line(axis, mode, complex_data, io, work, spectrum);
        return;
    }
    line_job job = {leaf, axis, mode, complex_data, io, work, spectrum, 0};
    size_t part = axis->length / conv_ring_first_ways(axis) / leaf->lanes;
    int fused = conv_ring_fused_steps(axis), step = balanced_step(axis, threads);
    if (mode != CONV_RING_INVERSE) {
        conv_parallel_for(part, threads, load, &job);
        for (job.step = fused; job.step < step; job.step++) {
            conv_parallel_for(pass_pairs(&job), threads, split, &job);
        }
    }
    job.step = step;
    conv_parallel_for(conv_ring_subtrees(axis, step), threads, subtrees, &job);
    if (mode != CONV_RING_FORWARD) {
        for (job.step = step - 1; job.step >= fused; job.step--) {
            conv_parallel_for(pass_pairs(&job), threads, join, &job);
        }
        conv_parallel_for(part, threads, store, &job);
    }
}
