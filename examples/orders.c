/* orders.c - which rule for my convolution integral, and how large is its error?
 *
 *     y(t) = integral from 0 to t of sin(3s) sin(5(t - s)) ds = (5 sin 3t - 3 sin 5t) / 16
 *
 * Each rule is the same convolution with other weights on a few samples at the ends, so that all
 * cost the same; what differs is how fast the error shrinks with the step. AUTO picks the order by
 * what the next one would change, and conv_plan_estimate says how large the error is.
 *
 * Writes orders.csv and orders.gp into the current directory; `gnuplot orders.gp` draws orders.png.
 */
#include <conv.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { RECTANGLE = 1, TRAPEZOID = 2, HIGHEST = 8, AUTO = 9, RULES = 10 };
enum { FEWEST = 16, MOST = 4096 }; /* steps */

#define TITLE "integral of sin(3s) sin(5(t-s)) ds on [0, 4]"

static const double end = 4;

static void check(conv_status status) {
    if (status != CONV_OK) {
        fprintf(stderr, "%s\n", conv_last_error());
        exit(1);
    }
}

static FILE *create_file(const char *path) {
    FILE *file = fopen(path, "w");

    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

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
    static double f[MOST + 1], g[MOST + 1], y[MOST + 1], estimate[MOST + 1];
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
    return r;
}

static void print_row(size_t steps, FILE *csv) {
    printf("%6zu", steps);
    fprintf(csv, "%zu", steps);
    for (int rule = TRAPEZOID; rule <= AUTO; rule++) {
        result r = integrate(rule, steps + 1);

        fprintf(csv, ",%.3g,%.3g", r.error, r.estimate);
        if (rule == AUTO) {
            printf("   %7.0e  by order %d, estimated %7.0e", r.error, r.order, r.estimate);
        } else {
            printf(" %7.0e", r.error);
        }
    }
    printf("\n");
    fprintf(csv, "\n");
}

static void write_picture(void) {
    FILE *gp = create_file("orders.gp");

    fprintf(
        gp,
        "set terminal png size 1300,600\n"
        "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) set terminal pngcairo size 1300,600\n"
        "set output 'orders.png'\n"
        "set datafile separator ','\n"
        "set grid lt 1 lc rgb '#dddddd'\n"
        "set logscale xy\n"
        "set format xy '10^{%%L}'\n"
        "set xrange [10:%d]\n"
        "set yrange [1e-16:10]\n"
        "set xlabel 'steps'\n"
        "set key below samplen 2\n"
        "set palette defined (2 '#440154', 4 '#31688e', 6 '#35b779', 8 '#e8c000')\n"
        "set cbrange [2:8]\n"
        "unset colorbox\n"
        "set multiplot layout 1,2 title '%s' font ',14'\n"
        "set ylabel 'largest error over largest value'\n"
        "set title 'error, by the order of the rule'\n"
        "plot for [o=2:8] 'orders.csv' using 1:(column(2*o-2)) with linespoints pt 7 ps 0.7 \\\n"
        "    lc palette cb o title 'order '.o, \\\n"
        "    '' using 1:16 with lines dt 2 lw 3 lc 'black' title 'AUTO'\n"
        "set title 'what conv_plan_estimate says of it (lines: the error)' noenhanced\n"
        "plot for [o=2:8] 'orders.csv' using 1:(column(2*o-2)) with lines \\\n"
        "    lc palette cb o notitle, \\\n"
        "    for [o=2:8] '' using 1:(column(2*o-1)) with points pt 6 ps 1 \\\n"
        "    lc palette cb o title 'estimate '.o\n",
        2 * MOST, TITLE);
    fclose(gp);
}

int main(void) {
    FILE *csv = create_file("orders.csv");

    printf("largest error, relative to the largest value: %s\n\n steps", TITLE);
    fprintf(csv, "steps");
    for (int rule = TRAPEZOID; rule <= HIGHEST; rule++) {
        printf(" order %d", rule);
        fprintf(csv, ",order%d,estimate%d", rule, rule);
    }
    printf("      AUTO\n");
    fprintf(csv, ",auto,estimate\n");
    for (size_t steps = FEWEST; steps <= MOST; steps *= 2) {
        print_row(steps, csv);
    }
    fclose(csv);
    write_picture();
    printf("\nWrote orders.csv and orders.gp.\n");
    return 0;
}
