/* Calibration of gathering, and of what a call and a plan cost beside their work. */
#include <stdio.h>
#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "calibrate.h"
#include "measure.h"
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

void calibrate_gather(void) {
    printf("const double conv_calibrated_gather[4][3] = {\n");
    for (int dtype = CONV_F32; dtype <= CONV_C64; dtype++) {
        static const size_t n = TILE, m = 3;
        size_t bytes = TILE * sizeof(double) * 2;
        conv_desc desc;
        gather_job job = {.stride = {1}};
        double ns[3];
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
        printf("    ");
        calibrate_print_row(ns, 3);
        printf(",\n");
        free(signal);
        free(job.tile);
    }
    printf("};\n");
}

typedef struct {
    conv_desc desc;
    const void *kernel;
} create_job;

static void create(void *context) {
    const create_job *job = context;
    conv_plan *plan;
    conv_plan_create(&plan, &job->desc, job->kernel);
    conv_plan_destroy(plan);
}

static double create_ns(conv_method method, size_t n, size_t m, const void *kernel) {
    create_job job = {.kernel = kernel};
    conv_desc_init(&job.desc, CONV_F32, 1, &n, &m, CONV_SAME);
    job.desc.method = method;
    return calibrate_ns(create, &job);
}

static void one_shot(void *context) {
    const bench_data *data = context;
    conv1d_f32(data->x, data->samples, data->h, data->taps, CONV_SAME, data->y);
}

void calibrate_calls(void) {
    bench_problem problem = {
        .rank = 1, .signal = {8}, .kernel = {1}, .mode = CONV_SAME, .threads = 1};
    bench_data data;
    bench_execution execution;
    conv_desc desc;
    double ns[5];
    if (!bench_data_make(&problem, &data))
        return;
    bench_problem_desc(&problem, CONV_METHOD_DIRECT, &desc);
    if (bench_execution_begin(&execution, &desc, &data, 1) == CONV_OK) {
        ns[0] = calibrate_ns(bench_execution_call, &execution);
        ns[1] = calibrate_ns(one_shot, &data);
        void *kernel = calibrate_memory(1024, 0);
        ns[2] = create_ns(CONV_METHOD_DIRECT, 64, 5, kernel);
        ns[3] = create_ns(CONV_METHOD_BLOCKS, 4096, 5, kernel);
        ns[4] = create_ns(CONV_METHOD_FFT, 64, 5, kernel);
        free(kernel);
        printf("const double conv_calibrated_call[5] = ");
        calibrate_print_row(ns, 5);
        printf(";\n");
        bench_execution_end(&execution);
    }
    bench_data_free(&data);
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

void calibrate_new_memory(void) {
    double ns[2] = {touch_ns(MADV_NOHUGEPAGE), touch_ns(MADV_HUGEPAGE)};
    printf("const double conv_calibrated_new_memory[2] = ");
    calibrate_print_row(ns, 2);
    printf(";\n");
}
#else
void calibrate_new_memory(void) {
    printf("const double conv_calibrated_new_memory[2] = {0, 0};\n");
}
#endif
