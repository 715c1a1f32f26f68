/* fuzz_descriptions.c - conv_desc and its data: what a description may say, against the oracle by
 * every method that takes it and by every tolerance; and what it may not say, refused. */
#include "fuzz.h"

#include "compare.h"
#include "oracle_rule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BREAKS = 3 };

typedef struct trial {
    problem p;
    problem_data data;
    conv_break signal_breaks[BREAKS], kernel_breaks[BREAKS];
    fuzz_numbers numbers; /* of the data */
} trial;

/* ---- description ----------------------------------------------------------------------------- */

/* Products of two numbers up to 2^range, and sums of them, are finite in the type. */
static int range_of(conv_dtype dtype) {
    return type_is_single(dtype) ? 45 : 450;
}

static size_t draw_extent(fuzz_input *in, int rank) {
    static const size_t most[] = {0, 40, 9, 5};
    return rank == 1 && fuzz_one_in(in, 8) ? fuzz_from(in, 1, 400) : fuzz_from(in, 1, most[rank]);
}

static void draw_axis(fuzz_input *in, conv_desc *d, int axis) {
    const size_t n = d->signal_shape[axis], m = d->kernel_shape[axis];
    if (d->mode == CONV_CIRCULAR) {
        d->boundary[axis] = fuzz_below(in, 2) != 0 ? CONV_WRAP : CONV_ZERO;
        d->period[axis] = fuzz_below(in, n + m + 4);
    } else {
        d->boundary[axis] = (conv_boundary)fuzz_below(in, 6);
    }
    if (d->mode == CONV_SAME) {
        d->origin[axis] = (ptrdiff_t)fuzz_below(in, 9) - 4;
    }
    if (d->mode == CONV_WINDOW) {
        d->window_start[axis] = (ptrdiff_t)fuzz_below(in, n + 2 * m + 1) - (ptrdiff_t)m;
        d->window_count[axis] = fuzz_from(in, 1, n + 2);
        d->window_step[axis] = fuzz_from(in, 1, 4);
    }
}

/* The last axis innermost, or the first; gaps and signs. */
static void draw_strides(fuzz_input *in, int rank, const size_t *shape, size_t batch,
                         ptrdiff_t *stride, ptrdiff_t *batch_stride) {
    const bool reversed = fuzz_below(in, 2) != 0;
    ptrdiff_t step = 1 + (ptrdiff_t)fuzz_below(in, 3);
    for (int i = 0; i < rank; i++) {
        const int axis = reversed ? i : rank - 1 - i;
        stride[axis] = fuzz_below(in, 2) != 0 ? -step : step;
        step = step * (ptrdiff_t)shape[axis] + (ptrdiff_t)fuzz_below(in, 3);
    }
    *batch_stride = batch > 1 && fuzz_below(in, 2) != 0 ? -step : step;
}

static void draw_rule(fuzz_input *in, conv_desc *d) {
    static const double spacings[] = {1.0, 0.5, 0.3, 2.0, 1e-3, 7.0};
    d->rule = (conv_rule)fuzz_below(in, 4);
    d->rule_order = (int)fuzz_from(in, 3, 8);
    for (int axis = 0; axis < d->rank; axis++) {
        d->spacing[axis] = spacings[fuzz_below(in, 6)];
    }
}

/* Stretches of order + 1 samples and more, so that each has the order asked for. */
static size_t draw_breaks(fuzz_input *in, const conv_desc *d, conv_break *breaks, size_t extent) {
    const size_t apart = d->rule == CONV_RULE_GREGORY ? (size_t)d->rule_order + 1 : 3;
    size_t count = 0;
    size_t at = apart + fuzz_below(in, 4);
    while (count < BREAKS && at + apart < extent) {
        breaks[count].index = at;
        for (int part = 0; part < 2; part++) {
            breaks[count].left[part] = (double)fuzz_below(in, 9) - 4.0;
            breaks[count].right[part] = (double)fuzz_below(in, 9) - 4.0;
        }
        count++;
        at += apart + fuzz_below(in, 4);
    }
    return count;
}

static bool takes_breaks(const conv_desc *d) {
    const bool ruled = d->rule == CONV_RULE_TRAPEZOID || d->rule == CONV_RULE_GREGORY;
    const bool valid = d->mode == CONV_VALID && d->rule == CONV_RULE_GREGORY;
    return d->rank == 1 && ruled && d->mode != CONV_CIRCULAR && !valid &&
           d->boundary[0] == CONV_ZERO;
}

static void draw_problem(fuzz_input *in, trial *t) {
    problem *const p = &t->p;
    conv_desc *const d = &p->desc;
    size_t n[3], m[3], shape[CONV_MAX_RANK];
    const size_t pair = fuzz_below(in, TYPE_PAIRS);
    const int rank = (int)fuzz_from(in, 1, 3);
    for (int axis = 0; axis < rank; axis++) {
        n[axis] = draw_extent(in, rank);
        m[axis] = draw_extent(in, rank);
    }
    problem_init(p, type_pairs[pair][0], type_pairs[pair][1], rank, n, m,
                 (conv_mode)fuzz_below(in, 6));
    p->data = DATA_NORMAL;
    t->numbers = (fuzz_numbers){type_is_single(p->desc.dtype), range_of(p->desc.dtype),
                                fuzz_one_in(in, 4), fuzz_one_in(in, 3)};
    d->operation = (conv_operation)fuzz_below(in, 2);
    d->preset = (conv_preset)fuzz_below(in, 7);
    d->boundary_value[0] = fuzz_number(in, &t->numbers);
    d->boundary_value[1] = fuzz_number(in, &t->numbers);
    if (!isfinite(d->boundary_value[0]) || !isfinite(d->boundary_value[1])) {
        /* One part alone: GREGORY loses the other part of the constant, see tests/README.md. */
        d->boundary_value[1] = d->boundary_value[0];
    }
    d->batch = fuzz_one_in(in, 4) ? fuzz_from(in, 2, 3) : 1;
    d->threads = (int)fuzz_below(in, 3);
    d->isa = (conv_isa)fuzz_below(in, 4);
    for (int axis = 0; axis < rank; axis++) {
        draw_axis(in, d, axis);
    }
    draw_rule(in, d);
    if (fuzz_one_in(in, 3) && oracle_shape(d, shape)) {
        draw_strides(in, rank, n, d->batch, d->signal_stride, &d->signal_batch_stride);
        draw_strides(in, rank, shape, d->batch, d->output_stride, &d->output_batch_stride);
    }
    if (fuzz_one_in(in, 4) && takes_breaks(d)) {
        d->signal_breaks = t->signal_breaks;
        d->signal_break_count = draw_breaks(in, d, t->signal_breaks, n[0]);
        d->kernel_breaks = t->kernel_breaks;
        d->kernel_break_count = draw_breaks(in, d, t->kernel_breaks, m[0]);
    }
}

/* ---- data ------------------------------------------------------------------------------------ */

/* A number of the type, its very value kept for the oracle. */
static double put(void *at, bool single, double value) {
    const float narrow = (float)value;
    if (single) {
        memcpy(at, &narrow, sizeof narrow);
        return (double)narrow;
    }
    memcpy(at, &value, sizeof value);
    return value;
}

/* From the input while it lasts; what is left stays as data_make made it, normal numbers. */
static void draw_array(fuzz_input *in, array *a, conv_dtype dtype, size_t count,
                       const fuzz_numbers *numbers, long double *kept) {
    const size_t parts = type_is_complex(dtype) ? 2 : 1;
    for (size_t i = 0; i < count * a->batch && in->left > 0; i++) {
        unsigned char *const at = array_at(a, i / count, i % count);
        for (size_t part = 0; part < parts; part++) {
            const double value = fuzz_number(in, numbers);
            kept[2 * i + part] = put(at + part * (a->element / parts), numbers->single, value);
        }
    }
}

static bool make_data(fuzz_input *in, trial *t) {
    const conv_desc *const d = &t->p.desc;
    if (!data_make(&t->data, &t->p)) {
        return false;
    }
    draw_array(in, &t->data.kernel, d->kernel_dtype, t->data.kernel_count, &t->numbers, t->data.h);
    draw_array(in, &t->data.signal, d->dtype, t->data.signal_count, &t->numbers, t->data.x);
    return true;
}

/* ---- checks ---------------------------------------------------------------------------------- */

static void check_refusal(const conv_desc *d, const void *kernel, conv_status shape_status) {
    conv_plan *plan = (conv_plan *)(uintptr_t)8;
    const conv_status status = conv_plan_create(&plan, d, kernel);
    if (status != shape_status || plan != NULL || conv_last_error()[0] == '\0') {
        fuzz_fail("conv_output_shape answers %d, conv_plan_create %d, plan %p: %s",
                  (int)shape_status, (int)status, (void *)plan, conv_last_error());
    }
}

/* What a sum of outer products promises: relative to the largest tap. With M the output's sum of
 * magnitudes where every tap is that one: (T + 8) u M for the sums of up to three products, each
 * of which may be as large, and 2 for complex parts. */
static void check_separable(trial *t, const oracle_result *expected) {
    const conv_desc *const d = &t->p.desc;
    const double unit = type_is_single(d->dtype) ? 0x1p-24 : 0x1p-53;
    const double step = type_is_single(d->dtype) ? 0x1p-149 : 0x1p-1074;
    const int parts = type_is_complex(d->dtype) ? 2 : 1;
    const double terms = (double)expected->taps + 8.0 + rule_extra(d);
    long double largest = 0.0L;
    oracle_result flat;
    for (size_t i = 0; i < 2 * t->data.kernel_count; i++) {
        largest = isfinite(t->data.h[i]) ? fmaxl(largest, fabsl(t->data.h[i])) : largest;
    }
    for (size_t i = 0; i < 2 * t->data.kernel_count; i++) {
        t->data.h[i] = largest;
    }
    if (!rule_run(&flat, d, t->data.x, t->data.h)) {
        fuzz_fail("the oracle could not run");
    }
    for (size_t i = 0; i < d->batch * expected->count; i++) {
        double got[2];
        const double allowed =
            6.0 * terms *
            (unit * rule_growth(d) * flat.magnitude[i] + step * (1.0 + (double)largest));
        array_read(&t->data.output, d->dtype, i / expected->count, i % expected->count, got);
        for (int part = 0; part < parts; part++) {
            const long double want = expected->value[2 * i + (size_t)part];
            const bool right = isfinite(want) ? fabsl((long double)got[part] - want) <= allowed
                               : isnan(want)  ? isnan(got[part])
                                              : (long double)got[part] == want;
            if (!right) {
                char line[PROBLEM_TEXT];
                problem_print(&t->p, line, sizeof line);
                fuzz_fail("separable, output %zu is %.17g, must be %.17Lg, allowed %g: %s", i,
                          got[part], want, allowed, line);
            }
        }
    }
    oracle_free(&flat);
}

/* Every method by compare.h's bounds, but for sums of outer products. */
static void every_method(trial *t, const oracle_result *expected) {
    bool separable = false;
    t->p.one_method = true;
    for (int method = CONV_METHOD_AUTO; method <= CONV_METHOD_REFERENCE; method++) {
        conv_plan *plan = NULL;
        t->p.desc.method = (conv_method)method;
        const conv_status status = conv_plan_create(&plan, &t->p.desc, t->data.kernel.first);
        const bool outer = status == CONV_OK && conv_plan_method(plan) == CONV_METHOD_SEPARABLE &&
                           t->p.desc.rank > 1;
        conv_plan_destroy(plan);
        separable = separable || outer;
        if (!outer && compare_made(&t->p, &t->data, expected) != 0) {
            fuzz_fail("a method's answer");
        }
    }
    if (separable) {
        conv_method chosen;
        t->p.desc.method = CONV_METHOD_SEPARABLE;
        if (compare_execute(&t->p.desc, &t->data, &chosen) != CONV_OK) {
            fuzz_fail("%s", conv_last_error());
        }
        check_separable(t, expected);
    }
}

/* What a line of text does not say. */
static void print_trial(const trial *t) {
    const conv_desc *const d = &t->p.desc;
    char line[PROBLEM_TEXT];
    problem named = t->p;
    named.one_method = true;
    problem_print(&named, line, sizeof line);
    fprintf(stderr, "%s, tolerance %d %g, precision %d\n", line, (int)d->tolerance.kind,
            d->tolerance.value, (int)d->precision);
    for (size_t i = 0; i < d->signal_break_count; i++) {
        fprintf(stderr, "  jump of the signal at %zu\n", d->signal_breaks[i].index);
    }
    for (size_t i = 0; i < d->kernel_break_count; i++) {
        fprintf(stderr, "  jump of the kernel at %zu\n", d->kernel_breaks[i].index);
    }
}

/* The bound that was reported holds, see test_tolerance. */
static void check_bound(const trial *t, const oracle_result *expected, size_t b, double bound) {
    const conv_desc *const d = &t->p.desc;
    const double parts = type_is_complex(d->kernel_dtype) ? 3.0 : 1.0;
    const double own = parts * ((double)expected->taps + 2.0) * 0x1p-64;
    const double step = type_is_single(d->dtype) ? 0x1p-149 : 0x1p-1074;
    double largest = 0.0;
    for (size_t i = 0; i < expected->count; i++) {
        double got[2];
        array_read(&t->data.output, d->dtype, b, i, got);
        largest = fmax(largest, hypot(got[0], got[1]));
    }
    for (size_t i = 0; i < expected->count && isfinite(bound); i++) {
        double got[2];
        const size_t at = b * expected->count + i;
        const long double *const want = expected->value + 2 * at;
        array_read(&t->data.output, d->dtype, b, i, got);
        /* Jumps of real data have imaginary parts that nobody reads. */
        const long double other = type_is_complex(d->dtype) ? got[1] - want[1] : 0.0L;
        const double error = (double)hypotl(got[0] - want[0], other);
        const double magnitude = expected->magnitude[at];
        const double measure = d->tolerance.kind == CONV_TOLERANCE_MAXNORM ? largest : magnitude;
        const double tiny = 2.0 * ((double)expected->taps + 2.0) * step;
        if (!(error <= bound * measure * (1.0 + 1e-9) + own * magnitude + tiny)) {
            print_trial(t);
            fuzz_fail("batch %zu, output %zu: error %g, bound %g of %g", b, i, error, bound,
                      measure);
        }
    }
}

/* One tolerance, method and precision; whether its bound holds. */
static void try_tolerance(fuzz_input *in, trial *t, const oracle_result *expected) {
    static const conv_tolerance_kind kinds[] = {
        CONV_TOLERANCE_MAXNORM, CONV_TOLERANCE_COMPONENTWISE, CONV_TOLERANCE_STRICT};
    static const double values[] = {0.0, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1.0};
    conv_desc *const d = &t->p.desc;
    double bound[3] = {-1.0, -1.0, -1.0};
    conv_plan *plan = NULL;
    d->tolerance.kind = kinds[fuzz_below(in, 3)];
    d->tolerance.value = values[fuzz_below(in, 7)];
    d->precision = (conv_precision)fuzz_below(in, 2);
    d->method = (conv_method)fuzz_below(in, 6);
    conv_status status = conv_plan_create(&plan, d, t->data.kernel.first);
    data_reset_output(&t->data);
    if (status == CONV_OK) {
        void *const workspace = malloc(conv_plan_workspace_size(plan) + 1);
        status = conv_plan_execute_bound(plan, t->data.signal.first, t->data.output.first,
                                         workspace, bound);
        free(workspace);
        for (size_t b = 0; b < d->batch && status == CONV_OK; b++) {
            if (!(bound[b] >= 0.0)) {
                fuzz_fail("bound %g", bound[b]);
            }
            check_bound(t, expected, b, bound[b]);
        }
    } else if (status != CONV_ERR_METHOD && status != CONV_ERR_TOLERANCE &&
               status != CONV_ERR_RULE) {
        fuzz_fail("status %d: %s", (int)status, conv_last_error());
    }
    if (status != CONV_OK && !data_output_untouched(&t->data)) {
        fuzz_fail("status %d, and the output is written", (int)status);
    }
    conv_plan_destroy(plan);
}

static void sound(fuzz_input *in) {
    trial t;
    oracle_result expected;
    size_t shape[CONV_MAX_RANK];
    draw_problem(in, &t);
    const bool tolerance = fuzz_one_in(in, 3);
    if (getenv("FUZZ_PRINT") != NULL) {
        print_trial(&t);
    }
    /* Taps below the normal numbers lose digits to the weights of a rule; what transforms lose to
     * samples there is not in the bounds that they report. */
    t.numbers.tiny = t.numbers.tiny && !tolerance && t.p.desc.rule == CONV_RULE_SUM;
    const conv_status status = conv_output_shape(&t.p.desc, shape);
    if (status != CONV_OK) {
        const double zeros[2 * 400] = {0};
        check_refusal(&t.p.desc, zeros, status);
        return;
    }
    if (!make_data(in, &t)) {
        fuzz_fail("the library has a shape, the oracle none");
    }
    if (!rule_run(&expected, &t.p.desc, t.data.x, t.data.h)) {
        fuzz_fail("the oracle could not run");
    }
    if (memcmp(shape, expected.shape, (size_t)t.p.desc.rank * sizeof *shape) != 0) {
        fuzz_fail("another shape than the oracle's");
    }
    if (tolerance) {
        try_tolerance(in, &t, &expected);
    } else {
        every_method(&t, &expected);
    }
    oracle_free(&expected);
    data_free(&t.data);
}

/* ---- hostile descriptions -------------------------------------------------------------------- */

static ptrdiff_t hostile_offset(fuzz_input *in) {
    return (ptrdiff_t)(fuzz_hostile_size(in) - fuzz_below(in, 2) * fuzz_hostile_size(in));
}

static int hostile_enum(fuzz_input *in) {
    const int value = fuzz_byte(in);
    return value < 240 ? value % 8 : value - 250;
}

static void draw_hostile(fuzz_input *in, conv_desc *d) {
    size_t n[CONV_MAX_RANK], m[CONV_MAX_RANK];
    const int rank = (int)fuzz_from(in, 1, 4);
    for (int axis = 0; axis < CONV_MAX_RANK; axis++) {
        n[axis] = axis < rank ? fuzz_hostile_size(in) : 1;
        m[axis] = axis < rank ? fuzz_hostile_size(in) : 1;
    }
    conv_desc_init(d, (conv_dtype)hostile_enum(in), rank, n, m, (conv_mode)hostile_enum(in));
    d->kernel_dtype = fuzz_below(in, 2) != 0 ? (conv_dtype)hostile_enum(in) : d->dtype;
    for (int axis = 0; axis < rank; axis++) {
        d->boundary[axis] = (conv_boundary)hostile_enum(in);
        d->period[axis] = fuzz_hostile_size(in);
        d->origin[axis] = hostile_offset(in);
        d->window_start[axis] = hostile_offset(in);
        d->window_count[axis] = fuzz_hostile_size(in);
        d->window_step[axis] = fuzz_hostile_size(in);
        if (fuzz_one_in(in, 4)) {
            d->signal_stride[axis] = hostile_offset(in);
            d->output_stride[axis] = hostile_offset(in);
        }
        d->spacing[axis] = fuzz_one_in(in, 4) ? fuzz_bits(in) : 1.0;
    }
    if (fuzz_below(in, 2) != 0) {
        d->batch = fuzz_hostile_size(in);
        d->signal_batch_stride = hostile_offset(in);
        d->output_batch_stride = hostile_offset(in);
        d->threads = hostile_enum(in) - 2;
    }
    if (fuzz_below(in, 2) != 0) {
        d->rule = (conv_rule)hostile_enum(in);
        d->rule_order = hostile_enum(in);
        d->tolerance.kind = (conv_tolerance_kind)hostile_enum(in);
        d->tolerance.value = fuzz_one_in(in, 2) ? fuzz_bits(in) : 1e-6;
        d->precision = (conv_precision)hostile_enum(in);
    }
    if (fuzz_one_in(in, 4)) {
        d->operation = (conv_operation)hostile_enum(in);
        d->preset = (conv_preset)hostile_enum(in);
        d->method = (conv_method)hostile_enum(in);
        d->isa = (conv_isa)hostile_enum(in);
        d->max_workspace = fuzz_hostile_size(in);
    }
    if (fuzz_one_in(in, 16)) {
        d->rank = hostile_enum(in);
        d->struct_size = fuzz_hostile_size(in);
    }
}

/* The same product, or more than `most`. */
static size_t volume(int rank, const size_t *shape, size_t most) {
    size_t all = 1;
    for (int axis = 0; axis < rank; axis++) {
        if (shape[axis] > most || all * shape[axis] > most) {
            return most + 1;
        }
        all *= shape[axis];
    }
    return all;
}

/* Either refused, with the same answer by both functions; or, where that is small, a plan. Plans
 * are not executed: where strides lie is checked with the small ones. */
static void hostile(fuzz_input *in) {
    enum { MOST = 4096 };
    static const double kernel[2 * MOST];
    conv_break jump = {fuzz_hostile_size(in), {fuzz_bits(in), 0.0}, {1.0, fuzz_bits(in)}};
    conv_desc d;
    size_t shape[CONV_MAX_RANK];
    memset(shape, 0x5A, sizeof shape);
    draw_hostile(in, &d);
    if (fuzz_one_in(in, 8)) {
        d.signal_breaks = &jump;
        d.signal_break_count = 1;
    }
    const conv_status status = conv_output_shape(&d, shape);
    if (status != CONV_OK) {
        check_refusal(&d, kernel, status);
        return;
    }
    if (volume(d.rank, d.kernel_shape, 300) > 300 || volume(d.rank, d.signal_shape, 2000) > 2000 ||
        volume(d.rank, shape, 2000) > 2000) {
        return;
    }
    conv_plan *plan = NULL;
    const conv_status made = conv_plan_create(&plan, &d, kernel);
    if (made != CONV_OK && made != CONV_ERR_METHOD && made != CONV_ERR_WORKSPACE &&
        made != CONV_ERR_MEMORY && made != CONV_ERR_RANGE && made != CONV_ERR_RULE) {
        fuzz_fail("conv_output_shape takes what conv_plan_create answers with %d: %s", (int)made,
                  conv_last_error());
    }
    char text[64];
    conv_plan_describe(plan, text, sizeof text);
    conv_plan_destroy(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    fuzz_input in = {bytes, size};
    if (fuzz_one_in(&in, 4)) {
        hostile(&in);
    } else {
        sound(&in);
    }
    return 0;
}
