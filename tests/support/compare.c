/* compare.c - the library's answer against the oracle's. */
#include "compare.h"

#include "oracle_rule.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { METHODS = 6, MODES = 6, MOST_PRINTED = 4, MOST_REASON = 256 };

static struct {
    double worst[METHODS][TYPE_PAIRS];
    unsigned long compared[METHODS][TYPE_PAIRS];
    unsigned long refused[METHODS];
    unsigned long picked[METHODS];
    unsigned wrong;
    unsigned printed[MODES][2][2]; /* by mode, rule, and rank 1 or more */
    unsigned misnamed;             /* forced methods that were not the ones that ran */
} seen;

static int pair_index(const problem *p) {
    for (int i = 0; i < TYPE_PAIRS; i++) {
        if (type_pairs[i][0] == p->desc.dtype && type_pairs[i][1] == p->desc.kernel_dtype) {
            return i;
        }
    }
    return 0;
}

static bool is_transform(conv_method method) {
    return method == CONV_METHOD_BLOCKS || method == CONV_METHOD_FFT;
}

/* Whether a transform may have had a part in an answer. With jumps AUTO chooses for every pair of
 * stretches, and a plan's method is that of one of them. */
static bool may_transform(const problem *p, conv_method method) {
    const conv_desc *const d = &p->desc;
    const bool jumps = d->signal_break_count > 0 || d->kernel_break_count > 0;
    return is_transform(method) || (jumps && d->method == CONV_METHOD_AUTO);
}

/* Integers all through, so that every partial sum is exact in the type. */
static bool is_exact(const problem *p, const oracle_result *expected) {
    const conv_desc *const d = &p->desc;
    const bool integers = p->data == DATA_INT || p->data == DATA_IMPULSE;
    double most = 0.0;
    int exponent = 0;
    bool exact = integers && p->signal_scale == 1.0 && p->kernel_scale == 1.0;
    exact = exact && d->rule != CONV_RULE_GREGORY;
    exact = exact && d->boundary_value[0] == rint(d->boundary_value[0]);
    exact = exact && d->boundary_value[1] == rint(d->boundary_value[1]);
    for (int a = 0; a < d->rank && d->rule != CONV_RULE_SUM; a++) {
        const bool read = d->rule_axis[a] == CONV_AXIS_RULE;
        exact = exact && (!read || (frexp(d->spacing[a], &exponent) == 0.5 && abs(exponent) < 4));
    }
    for (size_t i = 0; i < expected->count * d->batch; i++) {
        most = fmax(most, expected->magnitude[i]);
    }
    return exact && most < 0x1p18;
}

double compare_bound(const problem *p, const oracle_result *expected, conv_method method,
                     size_t batch, size_t index) {
    const bool single = type_is_single(p->desc.dtype);
    const double unit = single ? (double)FLT_EPSILON / 2 : DBL_EPSILON / 2;
    const double step = single ? 0x1p-149 : 0x1p-1074;
    const double taps = (double)expected->taps;
    const double tiny = 2.0 * (taps + 2.0) * step;
    const double extra = p->desc.rule == CONV_RULE_SUM ? 0.0 : rule_extra(&p->desc);
    const double folds = (double)(expected->folds - 1);
    const double magnitude = expected->magnitude[batch * expected->count + index];
    const double sum = tiny + (taps + 2.0 + extra + folds) * unit * magnitude;
    if (!may_transform(p, method)) {
        return sum;
    }
    const double mended = p->desc.rule == CONV_RULE_GREGORY ? sum / COMPARE_SAFETY : tiny;
    /* In long double: a tiny norm times the unit may be no double, but for the other norm. */
    const long double norms = (long double)expected->signal_norm[batch] * expected->kernel_norm;
    return mended + (double)(0.5L * unit * expected->transform_log * rule_growth(&p->desc) * norms);
}

/* ---- one output ----------------------------------------------------------------------------- */

static bool same_not_finite(long double expected, double got) {
    if (isnan(expected)) {
        return isnan(got);
    }
    return isinf(got) && (signbit(expected) != 0) == (signbit(got) != 0);
}

typedef struct checker {
    const problem *p;
    const oracle_result *expected;
    conv_method method; /* that ran */
    bool exact;
    double ratio; /* worst so far */
    char why[MOST_REASON];
} checker;

static bool number_is_right(checker *c, long double expected, double got, double bound) {
    if (!isfinite(expected)) {
        return same_not_finite(expected, got);
    }
    const double error = (double)fabsl((long double)got - expected);
    if (!isfinite(got)) {
        return false;
    }
    if (error > 0.0) {
        c->ratio = fmax(c->ratio, error / bound);
    }
    if (may_transform(c->p, c->method)) {
        const bool round = c->exact && c->p->desc.rule == CONV_RULE_SUM && bound < 0.25;
        return error <= COMPARE_SAFETY * bound && (!round || rintl((long double)got) == expected);
    }
    return c->exact && c->method != CONV_METHOD_SEPARABLE ? error == 0.0 : error <= bound;
}

static bool output_is_right(checker *c, const problem_data *data, size_t batch, size_t index) {
    const oracle_result *const r = c->expected;
    const int parts = type_is_complex(c->p->desc.dtype) ? 2 : 1;
    const double bound = compare_bound(c->p, r, c->method, batch, index);
    double got[2];
    array_read(&data->output, c->p->desc.dtype, batch, index, got);
    for (int i = 0; i < parts; i++) {
        const long double want = r->value[2 * (batch * r->count + index) + (size_t)i];
        if (!number_is_right(c, want, got[i], bound)) {
            snprintf(c->why, sizeof c->why,
                     "batch %zu, output %zu, %s part: %.17g instead of %.17Lg; bound %.3g%s", batch,
                     index, i == 0 ? "real" : "imaginary", got[i], want, bound,
                     c->exact ? " (integer data)" : "");
            return false;
        }
    }
    return true;
}

static bool answer_is_right(checker *c, const problem_data *data) {
    for (size_t b = 0; b < c->p->desc.batch; b++) {
        for (size_t i = 0; i < c->expected->count; i++) {
            if (!output_is_right(c, data, b, i)) {
                return false;
            }
        }
    }
    const size_t damaged = data_damaged_bytes(data);
    snprintf(c->why, sizeof c->why, "%zu bytes written outside the outputs", damaged);
    return damaged == 0;
}

/* ---- one method ----------------------------------------------------------------------------- */

conv_status compare_execute(const conv_desc *desc, problem_data *data, conv_method *chosen) {
    conv_plan *plan = NULL;
    conv_status status = conv_plan_create(&plan, desc, data->kernel.first);
    if (status == CONV_OK) {
        *chosen = conv_plan_method(plan);
        data_reset_output(data);
        status = conv_plan_execute(plan, data->signal.first, data->output.first, NULL);
    }
    conv_plan_destroy(plan);
    return status;
}

static bool may_refuse(conv_method method) {
    return method == CONV_METHOD_SEPARABLE || is_transform(method);
}

/* Prints the first few of each mode, rule and rank: one error must not hide another. */
static void complain(const problem *p, const char *why) {
    char line[PROBLEM_TEXT];
    problem named = *p;
    const conv_desc *const d = &p->desc;
    named.one_method = d->method != CONV_METHOD_AUTO || p->one_method;
    unsigned *const printed = &seen.printed[d->mode][d->rule != CONV_RULE_SUM][d->rank > 1];
    seen.wrong++;
    if (*printed < MOST_PRINTED) {
        ++*printed;
        problem_print(&named, line, sizeof line);
        printf("# WRONG: %s\n#   %s\n", why, line);
        fflush(stdout);
    }
}

static verdict run_method(const problem *p, problem_data *data, const oracle_result *expected) {
    checker c = {p, expected, CONV_METHOD_AUTO, is_exact(p, expected), 0.0, ""};
    const conv_method asked = p->desc.method;
    const conv_status status = compare_execute(&p->desc, data, &c.method);
    if (status == CONV_ERR_METHOD && may_refuse(asked) &&
        strstr(conv_last_error(), method_name(asked)) != NULL) {
        seen.refused[asked]++;
        return VERDICT_REFUSED;
    }
    if (status != CONV_OK) {
        snprintf(c.why, sizeof c.why, "%s: %.180s", conv_status_string(status), conv_last_error());
        complain(p, c.why);
        return VERDICT_WRONG;
    }
    if (c.method < CONV_METHOD_DIRECT || c.method > CONV_METHOD_REFERENCE) {
        complain(p, "conv_plan_method names no method");
        return VERDICT_WRONG;
    }
    const bool honest =
        asked == CONV_METHOD_AUTO ? c.method != CONV_METHOD_REFERENCE : c.method == asked;
    if (!honest) {
        snprintf(c.why, sizeof c.why, "conv_plan_method says %s", method_name(c.method));
        if (seen.misnamed++ < 2) {
            complain(p, c.why);
        } else {
            seen.wrong++;
        }
    }
    const bool right = answer_is_right(&c, data);
    const int pair = pair_index(p);
    seen.compared[c.method][pair]++;
    seen.picked[c.method] += asked == CONV_METHOD_AUTO;
    seen.worst[c.method][pair] = fmax(seen.worst[c.method][pair], c.ratio);
    if (!right) {
        complain(p, c.why);
    }
    return right && honest ? VERDICT_RIGHT : VERDICT_WRONG;
}

bool compare_takes(const problem *p, conv_method method) {
    size_t shape[CONV_MAX_RANK];
    double products = 1;
    if (method != CONV_METHOD_REFERENCE || p->one_method || !oracle_shape(&p->desc, shape)) {
        return true;
    }
    for (int d = 0; d < p->desc.rank; d++) {
        products *= (double)shape[d] * (double)p->desc.kernel_shape[d];
    }
    return products <= COMPARE_REFERENCE_PRODUCTS;
}

unsigned compare_made(const problem *p, problem_data *data, const oracle_result *expected) {
    unsigned wrong = 0;
    for (int method = CONV_METHOD_AUTO; method <= CONV_METHOD_REFERENCE; method++) {
        problem named = *p;
        if (!compare_takes(p, (conv_method)method)) {
            continue;
        }
        named.desc.method = p->one_method ? p->desc.method : (conv_method)method;
        wrong += run_method(&named, data, expected) == VERDICT_WRONG;
        if (p->one_method) {
            break;
        }
    }
    return wrong;
}

unsigned compare_all(const problem *p) {
    problem_data data;
    oracle_result expected;
    if (!data_make(&data, p)) {
        complain(p, "the test could not make this problem's data");
        return 1;
    }
    if (!rule_run(&expected, &p->desc, data.x, data.h)) {
        complain(p, "the oracle could not run");
        data_free(&data);
        return 1;
    }
    const unsigned wrong = compare_made(p, &data, &expected);
    oracle_free(&expected);
    data_free(&data);
    return wrong;
}

verdict compare_one(const problem *p) {
    problem one = *p;
    const unsigned long refused = seen.refused[p->desc.method];
    one.one_method = true;
    if (compare_all(&one) > 0) {
        return VERDICT_WRONG;
    }
    return seen.refused[p->desc.method] > refused ? VERDICT_REFUSED : VERDICT_RIGHT;
}

unsigned compare_report(void) {
    printf("# %-10s %9s %9s %9s   worst error/bound (its limit) per type\n", "method", "compared",
           "refused", "by auto");
    for (int method = CONV_METHOD_DIRECT; method <= CONV_METHOD_REFERENCE; method++) {
        unsigned long compared = 0;
        for (int i = 0; i < TYPE_PAIRS; i++) {
            compared += seen.compared[method][i];
        }
        printf("# %-10s %9lu %9lu %9lu   (%g)", method_name((conv_method)method), compared,
               seen.refused[method], seen.picked[method],
               is_transform((conv_method)method) ? COMPARE_SAFETY : 1.0);
        for (int i = 0; i < TYPE_PAIRS; i++) {
            printf(" %s %.3f", type_name(type_pairs[i][0], type_pairs[i][1]),
                   seen.worst[method][i]);
        }
        printf("\n");
    }
    printf("# wrong answers: %u\n", seen.wrong);
    fflush(stdout);
    return seen.wrong;
}
