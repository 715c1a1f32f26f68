/* What the cost model needs to know of this machine: the loops, and the whole run. */
#include "calibrate.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/cpu.h"
#include "kernels/kernels.h"
#include "limits.h"
#include "output.h"
#include "timing.h"

double calibrate_ns(void (*call)(void *context), void *context) {
    bench_subject subject = {call, context, 0, false};
    bench_time(&subject, 1, 2e-3);
    return 1e9 * subject.seconds;
}

void calibrate_progress(const char *table, int done, int all) {
    char text[64];
    snprintf(text, sizeof text, "%s: %d of %d", table, done, all);
    bench_progress(0, 0, done == all ? NULL : text);
}

void *calibrate_memory(size_t bytes, int is_double) {
    char *memory = aligned_alloc(64, (bytes + 127) & ~(size_t)63);
    if (!memory)
        abort();
    if (is_double)
        for (size_t i = 0; i < bytes / sizeof(double); i++)
            ((double *)memory)[i] = 1 + (double)(i % 7) / 8;
    else
        for (size_t i = 0; i < bytes / sizeof(float); i++)
            ((float *)memory)[i] = 1 + (float)(i % 7) / 8;
    return memory;
}

typedef enum { SLIDE, SLIDE_ROWS, SLIDE_COLUMNS, SLIDE_STEP } slide_kind;

typedef struct {
    const conv_slide_kernels *slide;
    slide_kind kind;
    const void *x, *c;
    void *y;
    size_t taps, rows, cols, width;
} slide_job;

static void slide_once(void *context) {
    const slide_job *job = context;
    ptrdiff_t width = (ptrdiff_t)job->width, cols = (ptrdiff_t)job->cols;
    if (job->kind == SLIDE)
        job->slide->slide(job->x, job->c, job->taps, job->y, job->cols, false);
    else if (job->kind == SLIDE_ROWS)
        job->slide->slide_rows(job->x, width, job->c, job->taps, job->taps, job->y, cols, job->rows,
                               job->cols, false);
    else if (job->kind == SLIDE_COLUMNS)
        job->slide->slide_columns(job->x, width, job->c, job->taps, job->y, cols, job->rows,
                                  job->cols, false);
    else
        job->slide->slide_step(job->x, job->c, job->taps, 2, job->y, job->cols, false);
}

/* Extents such that samples and outputs share 24 KiB, or, under many taps, are twice the kernel. */
static void shape_job(slide_job *job, size_t size) {
    size_t samples = 12288 / size;
    job->rows = 1;
    job->cols = samples;
    job->width = job->cols + job->taps - 1;
    if (job->kind == SLIDE_STEP)
        job->cols = samples / 2;
    if (job->kind == SLIDE_ROWS || job->kind == SLIDE_COLUMNS) {
        job->rows = 32;
        job->cols = 4 * samples / job->rows;
        job->width = job->cols + (job->kind == SLIDE_ROWS ? job->taps - 1 : 0);
    }
}

/* values: by type and level, rows of count. */
static void slide_table(const char *name, slide_kind kind, const double *taps, size_t count,
                        double *values) {
    static const size_t sizes[CONV_LEAF_TYPES] = {4, 8, 8, 16, 8, 16};
    const size_t room = (size_t)1 << 20;
    for (int type = 0; type < CONV_LEAF_TYPES; type++) {
        int is_double = type == CONV_LEAF_F64 || type == CONV_LEAF_C64 || type == CONV_LEAF_C64R;
        void *x = calibrate_memory(room, is_double), *c = calibrate_memory(room, is_double);
        void *y = calibrate_memory(room, is_double);
        calibrate_progress(name, type, CONV_LEAF_TYPES);
        for (int level = 0; level < CONV_LEVELS; level++) {
            for (size_t i = 0; i < count; i++, values++) {
                *values = 0;
                if (level > (int)conv_cpu_level())
                    continue;
                slide_job job = {.slide = conv_slide_table((conv_leaf_type)type, (conv_level)level),
                                 .kind = kind,
                                 .x = x,
                                 .c = c,
                                 .y = y,
                                 .taps = (size_t)taps[i]};
                shape_job(&job, sizes[type]);
                *values = calibrate_ns(slide_once, &job) / (double)(job.rows * job.cols);
            }
        }
        free(x);
        free(c);
        free(y);
    }
    calibrate_progress(name, CONV_LEAF_TYPES, CONV_LEAF_TYPES);
}

void calibrate_slides(conv_calibrated *tables) {
    slide_table("loops along a line", SLIDE, tables->taps, CONV_COST_TAPS, tables->slide[0][0]);
    slide_table("loops over rows", SLIDE_ROWS, tables->row_taps, CONV_COST_ROW_TAPS,
                tables->slide_rows[0][0]);
    slide_table("loops over columns", SLIDE_COLUMNS, tables->column_taps, CONV_COST_COLUMN_TAPS,
                tables->slide_columns[0][0]);
    slide_table("loops with steps", SLIDE_STEP, tables->step_taps, CONV_COST_STEP_TAPS,
                tables->slide_step[0][0]);
}

/* Creations are measured in memory that is there; what new memory takes is told apart. */
static void keep_memory(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 64 << 20);
#endif
}

int bench_calibrate(const char *path, bool as_c) {
    /* The axes are those of the tables that are built in. */
    conv_calibrated tables = conv_calibrated_builtin;
    bench_limits limits;
    FILE *file = as_c ? stdout : fopen(path, "w");
    if (!file) {
        perror(path);
        return 2;
    }
    keep_memory();
    bench_limits_measure(&limits, 10e-3);
    calibrate_slides(&tables);
    calibrate_transforms(&tables);
    calibrate_gather(&tables);
    calibrate_new_memory(&tables);
    if (as_c) {
        calibrate_write_c(file, &tables, &limits);
        return 0;
    }
    calibrate_write_profile(file, &tables);
    if (fclose(file) != 0) {
        perror(path);
        return 2;
    }
    printf("%s is written. To use it: LIBCONV_PROFILE=%s in the environment, or\n"
           "conv_profile_load(\"%s\") in the program.\n",
           path, path, path);
    bench_print_disturbance();
    return 0;
}
