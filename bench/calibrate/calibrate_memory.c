/* Calibration of memory: of gathering, and of what is new to the process. */
#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "calibrate.h"
#include "problem/extend.h"
#include "problem/problem.h"
#include "timing.h"

typedef struct {
    conv_problem problem;
    const void *signal;
    void *tile;
    ptrdiff_t origin[1], stride[1];
    size_t extent[1];
} gather_job;

static void gather(void *context) {
    const gather_job *job = context;
    conv_extend_gather(&job->problem, job->signal, job->origin, job->extent, job->tile,
                       job->stride);
}

enum { TILE = 2048 };

static double gather_ns(gather_job *job, ptrdiff_t origin, size_t extent) {
    job->origin[0] = origin;
    job->extent[0] = extent;
    return calibrate_ns(gather, job);
}

void calibrate_gather(conv_calibrated *tables) {
    for (int dtype = CONV_F32; dtype <= CONV_C64; dtype++) {
        static const size_t n = TILE, m = 3;
        size_t bytes = TILE * sizeof(double) * 2;
        conv_desc desc;
        gather_job job = {.stride = {1}};
        double *ns = tables->gather[dtype];
        conv_desc_init(&desc, (conv_dtype)dtype, 1, &n, &m, CONV_SAME);
        desc.boundary[0] = CONV_REFLECT;
        if (conv_problem_init(&job.problem, &desc) != CONV_OK)
            return;
        void *signal = calibrate_memory(bytes, dtype == CONV_F64 || dtype == CONV_C64);
        job.signal = signal;
        job.tile = calibrate_memory(bytes, 1);
        ns[0] = gather_ns(&job, 0, TILE) / TILE;
        ns[1] = gather_ns(&job, -TILE, TILE) / TILE;
        ns[2] = gather_ns(&job, 0, 1);
        free(signal);
        free(job.tile);
    }
}

#if defined(__linux__) && defined(MADV_HUGEPAGE)
/* Nanoseconds per byte: one byte of each page written; of large pages all is made at once. */
static double touch_ns(int advice) {
    enum { ROUNDS = 5, PAGE = 4096 };
    const size_t bytes = (size_t)16 << 20;
    double ns[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        char *memory =
            mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            return 0;
        (void)madvise(memory, bytes, advice);
        double start = bench_now();
        for (size_t at = 0; at < bytes; at += PAGE)
            ((volatile char *)memory)[at] = 1;
        ns[i] = 1e9 * (bench_now() - start) / (double)bytes;
        munmap(memory, bytes);
    }
    return bench_median(ns, ROUNDS);
}

void calibrate_new_memory(conv_calibrated *tables) {
    tables->new_memory[0] = touch_ns(MADV_NOHUGEPAGE);
    tables->new_memory[1] = touch_ns(MADV_HUGEPAGE);
}
#else
void calibrate_new_memory(conv_calibrated *tables) {
    tables->new_memory[0] = tables->new_memory[1] = 0;
}
#endif
