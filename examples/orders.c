/* orders.c - one convolution integral by every rule, its error against the number of samples.
 *
 *     y(t) = integral from 0 to t of sin(3s) sin(5(t - s)) ds = (5 sin 3t - 3 sin 5t) / 16
 *
 * Each rule is the same convolution with other weights on a few samples at the ends, so that all
 * cost the same; what differs is how fast the error shrinks with the step. AUTO picks the order by
 * what the next one would change, and conv_plan_estimate says how large the error is.
 *
 * usage: orders [OUTPUT_DIRECTORY]
 */
#include <conv.h>

#include <math.h>
#include <stdlib.h>

#include "picture.h"
#include "table.h"

enum { RECTANGLE = 1, TRAPEZOID = 2, HIGHEST = 8, AUTO = 9, RULES = 10 };

static const double end = 4;

static double exact(double t) {
    return (5 * sin(3 * t) - 3 * sin(5 * t)) / 16;
}

typedef struct result {
    double error;    /* the largest, over the largest output */
    double estimate; /* the same of what conv_plan_estimate says */
    int order;       /* that the plan used */
} result;

static conv_plan *make_plan(int rule, size_t n, const double *kernel) {
    conv_desc desc;
    conv_plan *plan;

    conv_desc_init(&desc, CONV_F64, 1, &n, &n, CONV_CAUSAL);
    desc.spacing[0] = end / (double)(n - 1);
    desc.rule_order = rule;
    desc.rule = rule == RECTANGLE   ? CONV_RULE_RECTANGLE
                : rule == TRAPEZOID ? CONV_RULE_TRAPEZOID
                : rule == AUTO      ? CONV_RULE_AUTO
                                    : CONV_RULE_GREGORY;
    check(conv_plan_create(&plan, &desc, kernel));
    return plan;
}

static result integrate(int rule, size_t n) {
    double *f = new_array(n), *g = new_array(n), *y = new_array(n), *estimate = new_array(n);
    result r = {0, 0, 0};
    double largest = 0;

    for (size_t i = 0; i < n; i++) {
        double t = end * (double)i / (double)(n - 1);
        f[i] = sin(3 * t);
        g[i] = sin(5 * t);
    }
    conv_plan *plan = make_plan(rule, n, g);
    check(conv_plan_execute(plan, f, y, NULL));
    check(conv_plan_estimate(plan, CONV_ESTIMATE_ENDS, f, estimate));
    r.order = conv_plan_rule_order(plan, f);
    conv_plan_destroy(plan);
    for (size_t i = 0; i < n; i++) {
        double t = end * (double)i / (double)(n - 1);
        largest = fmax(largest, fabs(exact(t)));
        r.error = fmax(r.error, fabs(y[i] - exact(t)));
        r.estimate = fmax(r.estimate, estimate[i]);
    }
    r.error /= largest;
    r.estimate /= largest;
    free(estimate);
    free(y);
    free(g);
    free(f);
    return r;
}

/* One row of the table; last: the row before, with half as many steps. */
static int print_row(size_t steps, result *last, FILE *csv) {
    int failed = 0;

    printf("%6zu", steps);
    fprintf(csv, "%zu", steps);
    for (int rule = TRAPEZOID; rule <= AUTO; rule++) {
        result r = integrate(rule, steps + 1);
        double order = log2(last[rule].error / r.error);

        fprintf(csv, ",%.3g,%.3g", r.error, r.estimate);
        if (rule == AUTO) {
            printf("   %7.0e  by order %d, estimated %7.0e", r.error, r.order, r.estimate);
        } else {
            printf(" %7.0e", r.error);
        }
        /* Rounding is about 1e-16 times the number of steps; few steps are not yet few enough. */
        if (rule < AUTO && steps >= 256 && r.error > 1e-12) {
            failed += expect(fabs(order - rule) < 0.1, "the order of the rule");
            failed += expect(fabs(r.estimate / r.error - 1) < 0.3, "the estimate");
        }
        last[rule] = r;
    }
    printf("\n");
    fprintf(csv, "\n");
    return failed;
}

int main(int argc, char **argv) {
    const char *dir = argc > 1 ? argv[1] : ".";
    FILE *csv = csv_open(dir, "orders");
    result last[RULES] = {{0, 0, 0}};
    int failed = 0;

    printf("largest error of the integral of sin(3s) sin(5(t-s)) ds on [0, 4], relative to its "
           "largest value\n steps");
    fprintf(csv, "steps");
    for (int rule = TRAPEZOID; rule <= HIGHEST; rule++) {
        printf(" order %d", rule);
        fprintf(csv, ",order%d,estimate%d", rule, rule);
    }
    printf("      AUTO\n");
    fprintf(csv, ",auto,estimate\n");
    for (size_t steps = 16; steps <= 4096; steps *= 2) {
        failed += print_row(steps, last, csv);
    }
    failed += expect(last[AUTO].error < 1e-13, "AUTO with 4096 steps");
    printf("\n");
    csv_close(csv, dir, "orders");
    plot(dir, "orders", 900, 700,
         "set logscale xy\n"
         "set format y '10^{%L}'\n"
         "set xlabel 'steps'\n"
         "set ylabel 'largest error over largest value'\n"
         "set key outside\n"
         "set title 'sin 3t with sin 5t on [0, 4]'\n"
         "plot for [o=2:8] csv using 1:(column(2*o-2)) with linespoints pt 7 ps 0.7 \\\n"
         "    title 'order '.o, \\\n"
         "    csv using 1:16 with lines dt 2 lw 2 lc 'black' title 'AUTO'\n");
    return failed != 0;
}
