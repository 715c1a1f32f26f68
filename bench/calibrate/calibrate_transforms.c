/* Calibration of the transforms. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cpu.h"
#include "base/dtype.h"
#include "base/memory.h"
#include "calibrate.h"
#include "fft/transform.h"

/* 3 * 2^a lies halfway between powers of two. */
static const size_t lengths[] = {32,    48,    64,    96,     128,    192,    256,
                                 384,   512,   768,   1024,   1536,   2048,   3072,
                                 4096,  6144,  8192,  12288,  16384,  24576,  32768,
                                 49152, 65536, 98304, 131072, 262144, 524288, 1048576};
static const size_t sides[] = {16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024};

#define COUNT(list) (sizeof(list) / sizeof *(list))

typedef struct {
    conv_backend backend;
    conv_dtype dtype;
    conv_level level;
    int rank;
    size_t shape[2];
    conv_transform *transform;
    conv_tile tile;
    void *in, *out, *spectrum, *scratch;
} transform_job;

static void convolve(void *context) {
    transform_job *job = context;
    conv_transform_convolve(job->transform, &job->tile, job->spectrum, job->scratch, 1);
}

static void end(transform_job *job) {
    conv_transform_destroy(job->transform);
    conv_free(job->spectrum);
    conv_free(job->scratch);
    free(job->in);
    free(job->out);
}

/* Creation and the kernel's transform, in place of what the job had. */
static void make(void *context) {
    static const size_t unit[2] = {1, 1};
    transform_job *job = context;
    conv_transform_destroy(job->transform);
    conv_free(job->spectrum);
    conv_free(job->scratch);
    job->transform = NULL;
    job->spectrum = job->scratch = NULL;
    if (conv_transform_create(&job->transform, job->backend, job->dtype, job->rank, job->shape,
                              job->level) != CONV_OK)
        abort();
    job->spectrum = conv_allocate(conv_transform_spectrum_size(job->transform));
    job->scratch = conv_allocate(conv_transform_scratch_size(job->transform, 1));
    if (!job->spectrum || !job->scratch)
        abort();
    conv_transform_kernel(job->transform, job->in, job->dtype, unit, job->spectrum, job->scratch);
}

/* ns per sample, or 0 where the backend has no such length. */
static double measure(conv_backend backend, conv_dtype dtype, int rank, const size_t *shape,
                      conv_level level, double *make_ns) {
    size_t samples = rank == 1 ? shape[0] : shape[0] * shape[1];
    size_t bytes = samples * conv_dtype_size(dtype);
    transform_job job = {backend, dtype, level, rank, {shape[0], shape[1]}, .transform = NULL};
    *make_ns = 0;
    for (int d = 0; d < rank; d++)
        if (conv_transform_length(backend, dtype, shape[d], d == rank - 1) != shape[d])
            return 0;
    job.in = calibrate_memory(bytes, conv_dtype_is_double(dtype));
    job.out = calibrate_memory(bytes, conv_dtype_is_double(dtype));
    *make_ns = calibrate_ns(make, &job);
    job.tile = (conv_tile){.in = job.in, .out = job.out};
    for (int d = 0; d < rank; d++) {
        job.tile.in_extent[d] = job.tile.out_count[d] = shape[d];
        job.tile.in_stride[d] = job.tile.out_stride[d] =
            d == rank - 1 ? 1 : (ptrdiff_t)shape[rank - 1];
    }
    double ns = calibrate_ns(convolve, &job) / (double)samples;
    end(&job);
    return ns;
}

static void make_table(const char *name, double (*made)[COUNT(lengths)], size_t count) {
    printf("const double conv_calibrated_%s_make[4][%zu] = {\n", name, count);
    for (int dtype = CONV_F32; dtype <= CONV_C64; dtype++) {
        printf("    ");
        calibrate_print_row(made[dtype], count);
        printf(",\n");
    }
    printf("};\n");
    fflush(stdout);
}

static void table(const char *name, conv_backend backend, int rank, const size_t *list,
                  size_t count) {
    double ns[COUNT(lengths)], made[CONV_C64 + 1][COUNT(lengths)] = {{0}};
    printf("const double conv_calibrated_%s[4][CONV_LEVELS][%zu] = {\n", name, count);
    for (int dtype = CONV_F32; dtype <= CONV_C64; dtype++) {
        printf("    {");
        for (int level = 0; level < CONV_LEVELS; level++) {
            /* FFTW chooses its own instructions: one measurement stands for all levels. */
            bool again = level > 0 && backend == CONV_BACKEND_FFTW;
            for (size_t i = 0; i < count && !again; i++)
                ns[i] = level > (int)conv_cpu_level() ? 0
                                                      : measure(backend, (conv_dtype)dtype, rank,
                                                                (size_t[2]){list[i], list[i]},
                                                                (conv_level)level, &made[dtype][i]);
            printf("%s", level ? ",\n     " : "");
            calibrate_print_row(ns, count);
        }
        printf("},\n");
    }
    printf("};\n");
    make_table(name, made, count);
}

/* Squares are in the table of rows by columns: of them only what making takes. */
static void square_makes(void) {
    double made[CONV_C64 + 1][COUNT(lengths)] = {{0}};
    for (int dtype = CONV_F32; dtype <= CONV_C64; dtype++)
        for (size_t i = 0; i < COUNT(sides); i++)
            (void)measure(CONV_BACKEND_RING, (conv_dtype)dtype, 2, (size_t[2]){sides[i], sides[i]},
                          conv_cpu_level(), &made[dtype][i]);
    make_table("ring_plane", made, COUNT(sides));
}

/* Rows by columns: short rows cost more than short columns. */
static void plane_table(void) {
    double ignored;
    printf("const double conv_calibrated_ring_grid[4][CONV_LEVELS][%zu][%zu] = {\n", COUNT(sides),
           COUNT(sides));
    for (int dtype = CONV_F32; dtype <= CONV_C64; dtype++) {
        printf("    {");
        for (int level = 0; level < CONV_LEVELS; level++) {
            printf("%s{", level ? ",\n     " : "");
            for (size_t rows = 0; rows < COUNT(sides); rows++) {
                double ns[COUNT(sides)] = {0};
                for (size_t cols = 0; cols < COUNT(sides); cols++)
                    if (level <= (int)conv_cpu_level())
                        ns[cols] = measure(CONV_BACKEND_RING, (conv_dtype)dtype, 2,
                                           (size_t[2]){sides[rows], sides[cols]}, (conv_level)level,
                                           &ignored);
                printf("%s", rows ? ",\n      " : "");
                calibrate_print_row(ns, COUNT(sides));
            }
            printf("}");
        }
        printf("},\n");
    }
    printf("};\n");
    fflush(stdout);
}

void calibrate_transforms(void) {
    calibrate_print_list("lengths", lengths, COUNT(lengths));
    calibrate_print_list("sides", sides, COUNT(sides));
    table("ring", CONV_BACKEND_RING, 1, lengths, COUNT(lengths));
    square_makes();
    plane_table();
    if (!conv_backend_available(CONV_BACKEND_FFTW))
        return;
    table("fftw", CONV_BACKEND_FFTW, 1, lengths, COUNT(lengths));
    table("fftw_plane", CONV_BACKEND_FFTW, 2, sides, COUNT(sides));
}
