/* Prints what the cost model needs to know of this machine, as the source file
 * src/cost/calibrated.c; src/cost/costs.h says what each table means. A level that this
 * processor lacks has zeros. */
#include "calibrate.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/cpu.h"
#include "kernels/kernels.h"
#include "limits.h"
#include "timing.h"

static const size_t line_taps[] = {1,  2,  3,  4,  5,  6,  8,   9,   12,  15,  16,  24,
                                   31, 32, 48, 63, 64, 96, 127, 128, 255, 512, 1024};
static const size_t row_taps[] = {2, 3, 5, 7, 9, 11, 15, 21, 31, 63};
static const size_t column_taps[] = {3, 5, 9, 15, 31, 63};
static const size_t step_taps[] = {3, 9, 31, 127};

#define COUNT(list) (sizeof(list) / sizeof *(list))

double calibrate_ns(void (*call)(void *context), void *context) {
    bench_subject subject = {call, context, 0, false};
    bench_time(&subject, 1, 2e-3);
    return 1e9 * subject.seconds;
}

void calibrate_print_list(const char *name, const size_t *list, size_t count) {
    printf("const unsigned conv_calibrated_%s[] = {", name);
    for (size_t i = 0; i < count; i++)
        printf(i ? ", %zu" : "%zu", list[i]);
    printf("};\n");
}

void calibrate_print_row(const double *values, size_t count) {
    printf("{");
    for (size_t i = 0; i < count; i++)
        printf("%s%.4g", i == 0 ? "" : i % 12 ? ", " : ",\n         ", values[i]);
    printf("}");
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

static void slide_table(const char *name, slide_kind kind, const size_t *taps, size_t count) {
    static const size_t sizes[CONV_LEAF_TYPES] = {4, 8, 8, 16, 8, 16};
    const size_t room = (size_t)1 << 20;
    double ns[COUNT(line_taps)];
    printf("const double conv_calibrated_%s[CONV_LEAF_TYPES][CONV_LEVELS][%zu] = {\n", name, count);
    for (int type = 0; type < CONV_LEAF_TYPES; type++) {
        int is_double = type == CONV_LEAF_F64 || type == CONV_LEAF_C64 || type == CONV_LEAF_C64R;
        void *x = calibrate_memory(room, is_double), *c = calibrate_memory(room, is_double);
        void *y = calibrate_memory(room, is_double);
        printf("    {");
        for (int level = 0; level < CONV_LEVELS; level++) {
            for (size_t i = 0; i < count; i++) {
                ns[i] = 0;
                if (level > (int)conv_cpu_level())
                    continue;
                slide_job job = {conv_slide_table((conv_leaf_type)type, (conv_level)level),
                                 kind,
                                 x,
                                 c,
                                 y,
                                 taps[i],
                                 0,
                                 0,
                                 0};
                shape_job(&job, sizes[type]);
                ns[i] = calibrate_ns(slide_once, &job) / (double)(job.rows * job.cols);
            }
            printf("%s", level ? ",\n     " : "");
            calibrate_print_row(ns, count);
        }
        printf("},\n");
        free(x);
        free(c);
        free(y);
    }
    printf("};\n");
    fflush(stdout);
}

void calibrate_slides(void) {
    calibrate_print_list("taps", line_taps, COUNT(line_taps));
    slide_table("slide", SLIDE, line_taps, COUNT(line_taps));
    calibrate_print_list("row_taps", row_taps, COUNT(row_taps));
    slide_table("slide_rows", SLIDE_ROWS, row_taps, COUNT(row_taps));
    calibrate_print_list("column_taps", column_taps, COUNT(column_taps));
    slide_table("slide_columns", SLIDE_COLUMNS, column_taps, COUNT(column_taps));
    calibrate_print_list("step_taps", step_taps, COUNT(step_taps));
    slide_table("slide_step", SLIDE_STEP, step_taps, COUNT(step_taps));
}

/* Creations are measured in memory that is there; what new memory takes is told apart. */
static void keep_memory(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 64 << 20);
#endif
}

int bench_calibrate(void) {
    bench_limits limits;
    keep_memory();
    bench_limits_measure(&limits, 10e-3);
    printf("/* The cost model's constants: the output of convbench --calibrate, libconv %s, on\n"
           " * %s. Nanoseconds; cost/costs.h says what each table means.\n"
           " * Multiply-adds per nanosecond at the peak:\n *",
           conv_version_string(), limits.processor);
    for (int level = 0; level <= (int)limits.level; level++)
        printf(" %s f32 %.1f f64 %.1f%s", conv_level_name((conv_level)level),
               1e-9 * limits.peak[level][0], 1e-9 * limits.peak[level][1],
               level == (int)limits.level ? ".\n" : ",");
    printf(" * Copying, bytes read and written per nanosecond: L1 %.0f, L2 %.0f, L3 %.0f, memory "
           "%.0f. */\n",
           1e-9 * limits.copy[0], 1e-9 * limits.copy[1], 1e-9 * limits.copy[2],
           1e-9 * limits.copy[3]);
    printf("#include \"cost/costs.h\"\n\n/* clang-format off */\n");
    calibrate_slides();
    calibrate_transforms();
    calibrate_gather();
    calibrate_new_memory();
    return 0;
}
