/* Sums in f64 of digits of the operands, each the exact integer once rounded, added up at their
 * places: in one word where no output can overflow, else in two, which then say whether it does. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "integer/integer.h"
#include "integer/wide.h"

/* Below this many sums of digits it is not worth a sum more to see early that outputs overflow. */
#define DIGITS_WORTH_A_LOOK 4

typedef struct {
    const conv_integer_shape *shape;
    const conv_operand *x, *h;
    conv_split split;
    bool wide;
    void *memory, *workspace;
    size_t workspace_bytes;
    double *x_digit, *h_digit, *partial;
    uint64_t *narrow_sum;
    conv_wide *wide_sum;
} digit_run;

static conv_status fail_range(size_t output) {
    return conv_fail(CONV_ERR_RANGE,
                     "output %zu is outside the range of int64_t: x and h too large", output);
}

/* One array after another; false where they do not fit the address space. */
static bool reserve(size_t *bytes, size_t count, size_t size, size_t *offset) {
    size_t array;
    *offset = *bytes;
    return conv_multiply(count, size, &array) && conv_add(array, CONV_ALIGNMENT, &array) &&
           conv_add(*bytes, conv_aligned_size(array - CONV_ALIGNMENT), bytes);
}

static conv_status allocate(digit_run *run) {
    const conv_integer_shape *shape = run->shape;
    bool several = run->split.x_digits * run->split.h_digits > 1;
    size_t bytes = 0, x_at, h_at, partial_at, sum_at;
    size_t sum_size = run->wide ? sizeof *run->wide_sum : sizeof *run->narrow_sum;
    if (!reserve(&bytes, shape->samples, sizeof(double), &x_at) ||
        !reserve(&bytes, shape->taps, sizeof(double), &h_at) ||
        !reserve(&bytes, shape->outputs, sizeof(double), &partial_at) ||
        !reserve(&bytes, several || run->wide ? shape->outputs : 0, sum_size, &sum_at))
        return conv_fail(CONV_ERR_OVERFLOW, "x, h and y together exceed the address space");
    run->memory = conv_allocate(bytes);
    if (!run->memory)
        return conv_fail(CONV_ERR_MEMORY, "no memory for %zu bytes of digits", bytes);
    char *base = run->memory;
    run->x_digit = (double *)(base + x_at);
    run->h_digit = (double *)(base + h_at);
    run->partial = (double *)(base + partial_at);
    run->narrow_sum = (uint64_t *)(base + sum_at);
    run->wide_sum = (conv_wide *)(void *)(base + sum_at);
    return CONV_OK;
}

static conv_status make_plan(const digit_run *run, conv_method method, conv_plan **plan) {
    const conv_integer_shape *shape = run->shape;
    conv_desc desc;
    int first = 2 - shape->rank;
    conv_desc_init(&desc, CONV_F64, shape->rank, shape->nx + first, shape->nh + first, shape->mode);
    desc.method = method;
    return conv_plan_create(plan, &desc, run->h_digit);
}

/* A plan for the kernel's digit whose result, rounded, is exact. */
static conv_status make_exact_plan(const digit_run *run, conv_plan **plan) {
    const conv_split *split = &run->split;
    if (!split->any_method)
        return make_plan(run, CONV_METHOD_DIRECT, plan);
    conv_status status = make_plan(run, CONV_METHOD_AUTO, plan);
    if (status != CONV_OK || split->separable || conv_plan_method(*plan) != CONV_METHOD_SEPARABLE)
        return status;
    conv_plan_destroy(*plan);
    return make_plan(run, split->by_direct ? CONV_METHOD_DIRECT : CONV_METHOD_FFT, plan);
}

/* One convolution of what the digits hold, by a call that makes no plan where that is faster. */
static conv_status convolve_once(const digit_run *run) {
    const conv_integer_shape *shape = run->shape;
    if (shape->rank == 1)
        return conv1d_f64(run->x_digit, shape->nx[1], run->h_digit, shape->nh[1], shape->mode,
                          run->partial);
    return conv2d_f64(run->x_digit, shape->nx[0], shape->nx[1], run->h_digit, shape->nh[0],
                      shape->nh[1], shape->mode, run->partial);
}

static void add_narrow(const double *partial, size_t count, int shift, uint64_t *sum) {
    for (size_t i = 0; i < count; i++)
        sum[i] += (uint64_t)llrint(partial[i]) << shift;
}

static void add_wide(const double *partial, size_t count, int shift, conv_wide *sum) {
    for (size_t i = 0; i < count; i++)
        sum[i] = conv_wide_sum(sum[i], conv_wide_shifted(conv_wide_of(llrint(partial[i])), shift));
}

/* What lies above one word does not change it. */
static bool is_needed(const digit_run *run, int x_digit, int h_digit) {
    return run->wide || x_digit * run->split.x_bits + h_digit * run->split.h_bits < 64;
}

/* One for all plans: they are of one kind, and mapping memory anew costs as much as using it. */
static conv_status find_workspace(digit_run *run, const conv_plan *plan) {
    size_t bytes = conv_plan_workspace_size(plan);
    if (run->workspace && bytes <= run->workspace_bytes)
        return CONV_OK;
    conv_free(run->workspace);
    run->workspace = conv_allocate(bytes);
    run->workspace_bytes = bytes;
    return run->workspace
               ? CONV_OK
               : conv_fail(CONV_ERR_MEMORY, "no memory for a workspace of %zu bytes", bytes);
}

static conv_status add_kernel_digit(digit_run *run, int h_digit) {
    const conv_split *split = &run->split;
    conv_plan *plan = NULL;
    conv_operand_digit(run->h, split->h_digits, split->h_bits, h_digit, run->h_digit);
    conv_status status = make_exact_plan(run, &plan);
    if (status == CONV_OK)
        status = find_workspace(run, plan);
    for (int i = 0; i < split->x_digits && status == CONV_OK; i++) {
        int shift = i * split->x_bits + h_digit * split->h_bits;
        if (!is_needed(run, i, h_digit))
            break;
        if (split->x_digits > 1 || h_digit == 0)
            conv_operand_digit(run->x, split->x_digits, split->x_bits, i, run->x_digit);
        status = conv_plan_execute(plan, run->x_digit, run->partial, run->workspace);
        if (status != CONV_OK)
            break;
        if (run->wide)
            add_wide(run->partial, run->shape->outputs, shift, run->wide_sum);
        else
            add_narrow(run->partial, run->shape->outputs, shift, run->narrow_sum);
    }
    conv_plan_destroy(plan);
    return status;
}

static conv_status write_sums(const digit_run *run, int64_t *y) {
    size_t outputs = run->shape->outputs;
    if (!run->wide) {
        memcpy(y, run->narrow_sum, outputs * sizeof *y);
        return CONV_OK;
    }
    for (size_t i = 0; i < outputs; i++)
        if (!conv_wide_is_narrow(run->wide_sum[i]))
            return fail_range(i);
    for (size_t i = 0; i < outputs; i++)
        y[i] = (int64_t)conv_wide_low(run->wide_sum[i]);
    return CONV_OK;
}

static conv_status run_digits(digit_run *run, int64_t *y) {
    conv_status status = CONV_OK;
    size_t size = run->wide ? sizeof *run->wide_sum : sizeof *run->narrow_sum;
    memset(run->narrow_sum, 0, run->shape->outputs * size);
    for (int j = 0; j < run->split.h_digits && status == CONV_OK; j++)
        if (is_needed(run, 0, j))
            status = add_kernel_digit(run, j);
    return status == CONV_OK ? write_sums(run, y) : status;
}

/* The numbers as they are, not split. */
static conv_status run_whole(digit_run *run, int64_t *y) {
    const conv_split *split = &run->split;
    conv_plan *plan = NULL;
    conv_status status;
    conv_operand_digit(run->x, 1, 0, 0, run->x_digit);
    conv_operand_digit(run->h, 1, 0, 0, run->h_digit);
    if (split->any_method && split->separable)
        status = convolve_once(run);
    else {
        status = make_exact_plan(run, &plan);
        if (status == CONV_OK)
            status = conv_plan_execute(plan, run->x_digit, run->partial, NULL);
        conv_plan_destroy(plan);
    }
    for (size_t i = 0; i < run->shape->outputs && status == CONV_OK; i++)
        y[i] = llrint(run->partial[i]);
    return status;
}

/* One sum of the numbers rounded to f64, good to `error`: it shows most overflows, and that there
 * can be none, at the price of one of many digits. */
static conv_status look_ahead(digit_run *run, double error, bool *fits) {
    conv_status status;
    *fits = true;
    conv_operand_digit(run->x, 1, 0, 0, run->x_digit);
    conv_operand_digit(run->h, 1, 0, 0, run->h_digit);
    status = convolve_once(run);
    for (size_t i = 0; i < run->shape->outputs && status == CONV_OK; i++) {
        double size = fabs(run->partial[i]);
        if (size > (0x1p63 + error) * (1 + 0x1p-50))
            status = fail_range(i);
        if (!(size < (0x1p63 - error) * (1 - 0x1p-50)))
            *fits = false;
    }
    return status;
}

conv_status conv_integer_digits(const conv_integer_shape *shape, const conv_operand *x,
                                const conv_operand *h, const conv_split *split, int64_t *y) {
    int sums = split->x_digits * split->h_digits;
    digit_run run = {.shape = shape, .x = x, .h = h, .split = *split, .wide = split->sum >= 0x1p63};
    bool fits;
    /* Two words hold every sum below 2^127. Where a sum could be larger, the look ahead answers
     * RANGE or leaves |output| <= 2^63 + 2 * error. */
    double error = conv_split_rounded_error(shape, x, h);
    bool must_look = split->sum >= 0x1p126;
    if (must_look && error >= 0x1p125)
        return conv_integer_loop(shape, x, h, split->sum, y);
    conv_status status = allocate(&run);
    if (status == CONV_OK && shape->rank == 1 &&
        (must_look || (run.wide && sums >= DIGITS_WORTH_A_LOOK))) {
        status = look_ahead(&run, error, &fits);
        run.wide = !fits;
    }
    if (status == CONV_OK)
        status = sums == 1 && !run.wide ? run_whole(&run, y) : run_digits(&run, y);
    conv_free(run.workspace);
    conv_free(run.memory);
    return status;
}
