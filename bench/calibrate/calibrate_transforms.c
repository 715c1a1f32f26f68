/* Calibration of the transforms. */
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/dtype.h"
#include "base/memory.h"
#include "calibrate.h"
#include "fft/transform.h"

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
        if (conv_transform_length(backend, dtype, shape[d], conv_axis_kind_of(d, rank)) != shape[d])
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

/* Lines, or squares, of the lengths in list. values: by type and level, made: by type. */
static void table(const char *name, conv_backend backend, int rank, const double *list,
                  size_t count, double *values, double *made) {
    for (int dtype = CONV_F32; dtype <= CONV_C64; dtype++, made += count) {
        calibrate_progress(name, dtype, CONV_C64 + 1);
        for (int level = 0; level < CONV_LEVELS; level++) {
            /* FFTW chooses its own instructions: one measurement stands for all levels. */
            bool again = level > 0 && backend == CONV_BACKEND_FFTW;
            for (size_t i = 0; i < count; i++, values++) {
                size_t n = (size_t)list[i];
                *values = 0;
                if (again)
                    *values = values[-(ptrdiff_t)count];
                else if (level <= (int)conv_cpu_level())
                    *values = measure(backend, (conv_dtype)dtype, rank, (size_t[2]){n, n},
                                      (conv_level)level, &made[i]);
            }
        }
    }
    calibrate_progress(name, 1, 1);
}

/* Squares are in the table of rows by columns: of them only what making takes. */
static void square_makes(conv_calibrated *tables) {
    for (int dtype = CONV_F32; dtype <= CONV_C64; dtype++) {
        calibrate_progress("making planes", dtype, CONV_C64 + 1);
        for (size_t i = 0; i < CONV_COST_SIDES; i++) {
            size_t n = (size_t)tables->sides[i];
            (void)measure(CONV_BACKEND_RING, (conv_dtype)dtype, 2, (size_t[2]){n, n},
                          conv_cpu_level(), &tables->ring_plane_make[dtype][i]);
        }
    }
}

/* Rows by columns: short rows cost more than short columns. */
static void plane_table(conv_calibrated *tables) {
    double ignored;
    int done = 0, all = (CONV_C64 + 1) * CONV_LEVELS * CONV_COST_SIDES;
    for (int dtype = CONV_F32; dtype <= CONV_C64; dtype++)
        for (int level = 0; level < CONV_LEVELS; level++)
            for (size_t i = 0; i < CONV_COST_SIDES; i++) {
                calibrate_progress("transforms of planes", done++, all);
                for (size_t j = 0; j < CONV_COST_SIDES; j++) {
                    size_t shape[2] = {(size_t)tables->sides[i], (size_t)tables->sides[j]};
                    tables->ring_grid[dtype][level][i][j] =
                        level > (int)conv_cpu_level()
                            ? 0
                            : measure(CONV_BACKEND_RING, (conv_dtype)dtype, 2, shape,
                                      (conv_level)level, &ignored);
                }
            }
    calibrate_progress("transforms of planes", all, all);
}

void calibrate_transforms(conv_calibrated *tables) {
    table("transforms of lines", CONV_BACKEND_RING, 1, tables->lengths, CONV_COST_LENGTHS,
          tables->ring[0][0], tables->ring_make[0]);
    square_makes(tables);
    plane_table(tables);
    if (!conv_backend_available(CONV_BACKEND_FFTW)) {
        memset(tables->fftw, 0, sizeof tables->fftw);
        memset(tables->fftw_make, 0, sizeof tables->fftw_make);
        memset(tables->fftw_plane, 0, sizeof tables->fftw_plane);
        memset(tables->fftw_plane_make, 0, sizeof tables->fftw_plane_make);
        return;
    }
    table("FFTW's of lines", CONV_BACKEND_FFTW, 1, tables->lengths, CONV_COST_LENGTHS,
          tables->fftw[0][0], tables->fftw_make[0]);
    table("FFTW's of planes", CONV_BACKEND_FFTW, 2, tables->sides, CONV_COST_SIDES,
          tables->fftw_plane[0][0], tables->fftw_plane_make[0]);
}
