/* The sum itself, over int64_t: wrapping where no output and no part of one can overflow, else in
 * three words. */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "integer/integer.h"

/* Numbers that need no allocation: operands to widen, and outputs. */
#define STACK_NUMBERS 256

/* Products are below 2^127 in magnitude and fewer than 2^64: 192 bits, two's complement. */
typedef struct {
    conv_uint128 low;
    int64_t high;
} wide_sum;

/* Taps k, k+1, ... meet samples j, j-1, ... */
typedef struct {
    size_t k, j, length;
} tap_run;

typedef struct {
    const conv_integer_shape *shape;
    const int64_t *x, *h;
} loop_task;

static tap_run first_run(const conv_integer_shape *shape, int axis, size_t at) {
    size_t n = shape->nx[axis], m = shape->nh[axis];
    bool circular = shape->mode == CONV_CIRCULAR;
    tap_run run = {!circular && at >= n ? at - (n - 1) : 0, 0, 0};
    run.j = at - run.k;
    run.length = conv_min(m - run.k, run.j + 1);
    return run;
}

/* In CIRCULAR the taps that are left go on at the signal's other end. */
static bool next_run(const conv_integer_shape *shape, int axis, tap_run *run) {
    run->k += run->length;
    run->j = shape->nx[axis] - 1;
    run->length = conv_min(shape->nh[axis] - run->k, run->j + 1);
    return shape->mode == CONV_CIRCULAR && run->length > 0;
}

static inline uint64_t dot(const int64_t *x, const int64_t *h, tap_run run) {
    uint64_t sum = 0;
    x += run.j;
    h += run.k;
    for (size_t i = 0; i < run.length; i++)
        sum += (uint64_t)x[-(ptrdiff_t)i] * (uint64_t)h[i];
    return sum;
}

static void add_wide_dot(const int64_t *x, const int64_t *h, tap_run run, wide_sum *sum) {
    wide_sum s = *sum;
    x += run.j;
    h += run.k;
    for (size_t i = 0; i < run.length; i++) {
        conv_int128 product = (conv_int128)x[-(ptrdiff_t)i] * h[i];
        s.low += (conv_uint128)product;
        s.high += (int64_t)(s.low < (conv_uint128)product) - (product < 0);
    }
    *sum = s;
}

static bool fits(const wide_sum *sum) {
    int64_t value = (int64_t)(uint64_t)sum->low;
    return sum->low == (conv_uint128)value && sum->high == (value < 0 ? -1 : 0);
}

static wide_sum output_sum(const loop_task *task, size_t row, size_t col, bool narrow) {
    const conv_integer_shape *shape = task->shape;
    wide_sum sum = {0, 0};
    tap_run rows = first_run(shape, 0, row);
    do {
        for (size_t i = 0; i < rows.length; i++) {
            const int64_t *x = task->x + (rows.j - i) * shape->nx[1];
            const int64_t *h = task->h + (rows.k + i) * shape->nh[1];
            tap_run cols = first_run(shape, 1, col);
            do {
                if (narrow)
                    sum.low += dot(x, h, cols);
                else
                    add_wide_dot(x, h, cols, &sum);
            } while (next_run(shape, 1, &cols));
        }
    } while (next_run(shape, 0, &rows));
    return sum;
}

/* One dimension but CIRCULAR: one run for each output. */
static void run_line(const loop_task *task, int64_t *y) {
    const conv_integer_shape *shape = task->shape;
    for (size_t i = 0; i < shape->count[1]; i++)
        y[i] = (int64_t)dot(task->x, task->h, first_run(shape, 1, shape->start[1] + i));
}

static conv_status run_loop(const loop_task *task, bool narrow, int64_t *y) {
    const conv_integer_shape *shape = task->shape;
    if (narrow && shape->rank == 1 && shape->mode != CONV_CIRCULAR) {
        run_line(task, y);
        return CONV_OK;
    }
    for (size_t r = 0; r < shape->count[0]; r++)
        for (size_t c = 0; c < shape->count[1]; c++) {
            size_t i = r * shape->count[1] + c;
            wide_sum sum = output_sum(task, shape->start[0] + r, shape->start[1] + c, narrow);
            if (!narrow && !fits(&sum))
                return conv_fail(CONV_ERR_RANGE,
                                 "output %zu is outside the range of int64_t: x and h too large",
                                 i);
            y[i] = (int64_t)(uint64_t)sum.low;
        }
    return CONV_OK;
}

conv_status conv_integer_loop(const conv_integer_shape *shape, const conv_operand *x,
                              const conv_operand *h, bool narrow, int64_t *y) {
    int64_t stack[STACK_NUMBERS], *own = NULL, *next = stack, *result = y;
    size_t x_count = x->is_32 ? x->count : 0, h_count = h->is_32 ? h->count : 0;
    size_t numbers, bytes;
    loop_task task = {shape, x->data, h->data};
    conv_status status;
    if (!conv_add(x_count, h_count, &numbers) ||
        !conv_add(numbers, narrow ? 0 : shape->outputs, &numbers) ||
        !conv_multiply(numbers, sizeof *own, &bytes))
        return conv_fail(CONV_ERR_OVERFLOW, "x, h and y together exceed the address space");
    if (numbers > STACK_NUMBERS) {
        next = own = conv_allocate(bytes);
        if (!own)
            return conv_fail(CONV_ERR_MEMORY, "no memory for %zu bytes of integers", bytes);
    }
    if (x->is_32) {
        conv_operand_widen(x, next);
        task.x = next;
        next += x_count;
    }
    if (h->is_32) {
        conv_operand_widen(h, next);
        task.h = next;
        next += h_count;
    }
    if (!narrow)
        result = next;
    status = run_loop(&task, narrow, result);
    if (status == CONV_OK && result != y)
        memcpy(y, result, shape->outputs * sizeof *y);
    conv_free(own);
    return status;
}
