/* data.h - the arrays of a problem: made from its seed, laid out by its strides, guarded. */
#ifndef TESTS_DATA_H
#define TESTS_DATA_H

#include "problem.h"

/* A strided, batched array inside a larger block. */
typedef struct array {
    unsigned char *block;  /* from malloc */
    unsigned char *first;  /* element 0 */
    unsigned char *lowest; /* the element with the lowest address */
    size_t span;           /* bytes from there to the end of the highest */
    size_t bytes;          /* of the block */
    size_t element;        /* bytes */
    int rank;
    size_t shape[CONV_MAX_RANK], batch;
    ptrdiff_t stride[CONV_MAX_RANK], batch_stride; /* in elements, never "0: default" */
} array;

typedef struct problem_data {
    array signal, kernel, output;
    size_t signal_count, kernel_count, output_count; /* elements, without the batch */
    size_t output_shape[CONV_MAX_RANK];
    long double *x; /* batch * signal_count pairs re, im: the very values in `signal` */
    long double *h; /* kernel_count pairs */
} problem_data;

/* Fills what strides of zero stand for. */
void fill_strides(int rank, const size_t *shape, const ptrdiff_t *given, ptrdiff_t *stride);

/* False where the problem has no output or memory is short. */
bool data_make(problem_data *data, const problem *p);
void data_free(problem_data *data);

/* Writes the guard pattern over the whole block of the output. */
void data_reset_output(problem_data *data);

/* The number of bytes outside the output's elements that are no longer the guard pattern. */
size_t data_damaged_bytes(const problem_data *data);

/* True where the whole output block is the guard pattern still. */
bool data_output_untouched(const problem_data *data);

/* Element `index` (row-major) of one batch. */
void *array_at(const array *a, size_t batch, size_t index);
void array_read(const array *a, conv_dtype dtype, size_t batch, size_t index, double value[2]);

/* The next number of a generator: splitmix64. */
uint64_t next_random(uint64_t *state);
double next_uniform(uint64_t *state);             /* 0 <= . < 1 */
size_t next_below(uint64_t *state, size_t bound); /* 0 .. bound-1 */

#endif
