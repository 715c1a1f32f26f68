/* The sum itself, over int64_t, in as many words as no part of a sum can overflow. */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "integer/integer.h"
#include "integer/wide.h"

/* Numbers that need no allocation: operands to widen, and outputs. */
#define STACK_NUMBERS 256

/* Products are below 2^127 in magnitude and fewer than 2^64: 192 bits, two's complement. */
typedef struct {
    conv_wide low;
    int64_t high;
} wide_sum;

/* Taps k, k+1, ... meet samples j, j-1, ... */
typedef struct {
    size_t k, j, length;
} tap_run;

typedef struct {
    const conv_integer_shape *shape;
    const int64_t *x, *h;
    int words;
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

static void add_dot_2(const int64_t *x, const int64_t *h, tap_run run, wide_sum *sum) {
    conv_wide s = sum->low;
    x += run.j;
    h += run.k;
    for (size_t i = 0; i < run.length; i++)
        s = conv_wide_sum(s, conv_wide_product(x[-(ptrdiff_t)i], h[i]));
    sum->low = s;
    sum->high = conv_wide_is_negative(s) ? -1 : 0;
}

static void add_dot_3(const int64_t *x, const int64_t *h, tap_run run, wide_sum *sum) {
    wide_sum s = *sum;
    x += run.j;
    h += run.k;
    for (size_t i = 0; i < run.length; i++) {
        conv_wide product = conv_wide_product(x[-(ptrdiff_t)i], h[i]);
        s.low = conv_wide_sum(s.low, product);
        s.high += (int64_t)conv_wide_below(s.low, product) - conv_wide_is_negative(product);
    }
    *sum = s;
}

static bool fits(const wide_sum *sum) {
    return conv_wide_is_narrow(sum->low) && sum->high == (conv_wide_is_negative(sum->low) ? -1 : 0);
}

static void add_dot(const loop_task *task, const int64_t *x, const int64_t *h, tap_run run,
                    wide_sum *sum) {
    if (task->words == 1)
        sum->low = conv_wide_sum(sum->low, conv_wide_of((int64_t)dot(x, h, run)));
    else if (task->words == 2)
        add_dot_2(x, h, run, sum);
    else
        add_dot_3(x, h, run, sum);
}

static wide_sum output_sum(const loop_task *task, size_t row, size_t col) {
    const conv_integer_shape *shape = task->shape;
    wide_sum sum = {conv_wide_of(0), 0};
    tap_run rows = first_run(shape, 0, row);
    do {
        for (size_t i = 0; i < rows.length; i++) {
            tap_run cols = first_run(shape, 1, col);
            do {
                add_dot(task, task->x + (rows.j - i) * shape->nx[1],
                        task->h + (rows.k + i) * shape->nh[1], cols, &sum);
            } while (next_run(shape, 1, &cols));
        }
    } while (next_run(shape, 0, &rows));
    return sum;
}

static conv_status take(const loop_task *task, const wide_sum *sum, size_t output, int64_t *y) {
    if (task->words > 1 && !fits(sum))
        return conv_fail(CONV_ERR_RANGE,
                         "output %zu is outside the range of int64_t: x and h too large", output);
    y[output] = (int64_t)conv_wide_low(sum->low);
    return CONV_OK;
}

/* Outputs in one word that meet all m taps, four at a time, whose sums need not wait for each
 * other. Apart from its caller, which leaves it no registers. */
__attribute__((noinline)) static size_t run_inside(const int64_t *x, const int64_t *h, size_t m,
                                                   size_t count, int64_t *y) {
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        uint64_t a = 0, b = 0, c = 0, d = 0;
        const int64_t *at = x + i;
        for (size_t k = 0; k < m; k++, at--) {
            uint64_t tap = (uint64_t)h[k];
            a += tap * (uint64_t)at[0];
            b += tap * (uint64_t)at[1];
            c += tap * (uint64_t)at[2];
            d += tap * (uint64_t)at[3];
        }
        y[i] = (int64_t)a;
        y[i + 1] = (int64_t)b;
        y[i + 2] = (int64_t)c;
        y[i + 3] = (int64_t)d;
    }
    return i;
}

/* One dimension but CIRCULAR, where x and h may change places: one run for each output. */
static conv_status run_line(const loop_task *task, int64_t *y) {
    conv_integer_shape line = *task->shape;
    const int64_t *x = task->x, *h = task->h;
    size_t start = line.start[1], count = line.count[1], i = 0;
    conv_status status = CONV_OK;
    if (line.nx[1] < line.nh[1]) {
        x = task->h;
        h = task->x;
        line.nx[1] = task->shape->nh[1];
        line.nh[1] = task->shape->nx[1];
    }
    while (i < count && status == CONV_OK) {
        size_t at = start + i;
        if (task->words == 1 && at + 1 == line.nh[1])
            i += run_inside(x + at, h, line.nh[1], conv_min(count - i, line.nx[1] - at), y + i);
        if (i < count) {
            wide_sum sum = {conv_wide_of(0), 0};
            add_dot(task, x, h, first_run(&line, 1, start + i), &sum);
            status = take(task, &sum, i++, y);
        }
    }
    return status;
}

static conv_status run_loop(const loop_task *task, int64_t *y) {
    const conv_integer_shape *shape = task->shape;
    conv_status status = CONV_OK;
    if (shape->rank == 1 && shape->mode != CONV_CIRCULAR)
        return run_line(task, y);
    for (size_t r = 0; r < shape->count[0]; r++)
        for (size_t c = 0; c < shape->count[1] && status == CONV_OK; c++) {
            wide_sum sum = output_sum(task, shape->start[0] + r, shape->start[1] + c);
            status = take(task, &sum, r * shape->count[1] + c, y);
        }
    return status;
}

conv_status conv_integer_loop(const conv_integer_shape *shape, const conv_operand *x,
                              const conv_operand *h, double sum, int64_t *y) {
    int64_t stack[STACK_NUMBERS], *own = NULL, *next = stack, *result = y;
    size_t x_count = x->is_32 ? x->count : 0, h_count = h->is_32 ? h->count : 0;
    size_t numbers, bytes;
    bool narrow = sum < 0x1p63; /* so that y is sure to be written */
    loop_task task = {shape, x->data, h->data, narrow ? 1 : sum < 0x1p127 ? 2 : 3};
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
    status = run_loop(&task, result);
    if (status == CONV_OK && result != y)
        memcpy(y, result, shape->outputs * sizeof *y);
    conv_free(own);
    return status;
}
