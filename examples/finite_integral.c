/* finite_integral.c - the convolution integral of two sampled functions.
 *
 *     y(t) = integral from 0 to t of f(s) g(t - s) ds,        0 <= t <= T
 *
 * The sum that convolution functions compute, times dx, is a Riemann sum of that integral: both
 * end terms of the integration count whole, and the error shrinks only as fast as the step. The
 * trapezoidal rule counts them half: the error shrinks with the square of the step. Here are both
 * beside the exact integral, for two pairs of functions.
 *
 * usage: finite_integral [OUTPUT_DIRECTORY]
 */
#include <conv.h>

#include <math.h>
#include <stdlib.h>

#include "picture.h"
#include "table.h"

enum { EXACT, RIEMANN, TRAPEZOID, COLUMNS };

typedef struct pair {
    int number; /* f = exp(-x); g = 2 exp(-2x) in pair 1, x^2 exp(-x) in pair 2 */
    const char *name;
    double end;
    double riemann, trapezoid; /* largest errors with 50 steps */
} pair;

static const pair pairs[2] = {
    {1, "exp(-x) with 2 exp(-2x)", 5, 2.0e-1, 4.2e-4},
    {2, "exp(-x) with x^2 exp(-x)", 7, 3.9e-2, 1.2e-3},
};

static double g(const pair *p, double x) {
    return p->number == 1 ? 2 * exp(-2 * x) : x * x * exp(-x);
}

static double exact_integral(const pair *p, double t) {
    return p->number == 1 ? 2 * (exp(-t) - exp(-2 * t)) : t * t * t * exp(-t) / 3;
}

/* Fills y[EXACT], y[RIEMANN] and y[TRAPEZOID], steps + 1 values each. */
static void integrate(const pair *p, size_t steps, double *const y[COLUMNS]) {
    size_t n = steps + 1; /* both ends of [0, T] are on the grid */
    double dx = p->end / (double)steps;
    double *f_samples = new_array(n), *g_samples = new_array(n);

    for (size_t i = 0; i < n; i++) {
        f_samples[i] = exp(-dx * (double)i);
        g_samples[i] = g(p, dx * (double)i);
        y[EXACT][i] = exact_integral(p, dx * (double)i);
    }

    /* CAUSAL: output i, the integral at t = i dx, uses the samples on [0, t], and all of them are
     * there. FULL goes on to t = 2T, but past T the samples end: what it gives there is the
     * integral of two functions that are cut off at T. SAME is the middle of FULL, so its first
     * output is the integral at t = T/2, not at 0. */
    check(conv1d_f64(f_samples, n, g_samples, n, CONV_CAUSAL, y[RIEMANN]));
    for (size_t i = 0; i < n; i++) {
        y[RIEMANN][i] *= dx;
    }
    check(conv1d_trapezoid_f64(f_samples, n, g_samples, n, dx, CONV_CAUSAL, y[TRAPEZOID]));
    free(g_samples);
    free(f_samples);
}

static void print_values(const pair *p, size_t steps, double *const y[COLUMNS], FILE *csv) {
    double dx = p->end / (double)steps;

    printf("\n%s, %zu steps on [0, %g]\n", p->name, steps, p->end);
    printf("       t         exact   Riemann sum     trapezoid\n");
    for (size_t i = 0; i <= steps; i++) {
        double t = dx * (double)i;
        if (i % (steps / 5) == 0) {
            printf("%8.1f %13.6f %13.6f %13.6f\n", t, y[EXACT][i], y[RIEMANN][i], y[TRAPEZOID][i]);
        }
        fprintf(csv, "%d,%.6g,%.10g,%.10g,%.10g\n", p->number, t, y[EXACT][i], y[RIEMANN][i],
                y[TRAPEZOID][i]);
    }
}

/* The largest errors of both rules as the steps double. Returns how many are not as expected. */
static int print_errors(const pair *p, FILE *csv) {
    double riemann, trapezoid, last_riemann = 0, last_trapezoid = 0;
    int failed = 0;

    for (size_t steps = 50; steps <= 12800; steps *= 2) {
        double *y[COLUMNS] = {new_array(steps + 1), new_array(steps + 1), new_array(steps + 1)};

        integrate(p, steps, y);
        riemann = max_abs_difference(y[RIEMANN], y[EXACT], steps + 1);
        trapezoid = max_abs_difference(y[TRAPEZOID], y[EXACT], steps + 1);
        if (steps == 50) {
            print_values(p, steps, y, csv);
            printf("\nlargest error\n   steps   Riemann sum  order     trapezoid  order\n");
            printf("%8zu %13.1e %6s %13.1e\n", steps, riemann, "", trapezoid);
            failed += expect(fabs(riemann / p->riemann - 1) < 0.03, "Riemann sum, 50 steps");
            failed += expect(fabs(trapezoid / p->trapezoid - 1) < 0.03, "trapezoid, 50 steps");
        } else {
            /* error ~ dx^order, and dx was halved */
            double order1 = log2(last_riemann / riemann);
            double order2 = log2(last_trapezoid / trapezoid);
            printf("%8zu %13.1e %6.2f %13.1e %6.2f\n", steps, riemann, order1, trapezoid, order2);
            failed += expect(fabs(order1 - 1) < 0.05, "order 1 of the Riemann sum");
            failed += expect(fabs(order2 - 2) < 0.05, "order 2 of the trapezoid");
        }
        last_riemann = riemann;
        last_trapezoid = trapezoid;
        free(y[EXACT]);
        free(y[RIEMANN]);
        free(y[TRAPEZOID]);
    }
    return failed;
}

int main(int argc, char **argv) {
    const char *dir = argc > 1 ? argv[1] : ".";
    FILE *csv = csv_open(dir, "finite_integral");
    int failed;

    fprintf(csv, "pair,t,exact,riemann,trapezoid\n");
    failed = print_errors(&pairs[0], csv) + print_errors(&pairs[1], csv);
    printf("\n");
    csv_close(csv, dir, "finite_integral");
    plot(dir, "finite_integral", 1000, 700,
         "set multiplot layout 2,2\n"
         "array name[2] = ['exp(-x) with 2 exp(-2x)', 'exp(-x) with x^2 exp(-x)']\n"
         "do for [p=1:2] {\n"
         "    set title name[p].', 50 steps' noenhanced\n"
         "    plot csv using ($1==p ? $2 : NaN):4 with points pt 6 title 'Riemann sum', \\\n"
         "        '' using ($1==p ? $2 : NaN):5 with points pt 7 ps 0.6 title 'trapezoid', \\\n"
         "        '' using ($1==p ? $2 : NaN):3 with lines lc 'black' title 'exact'\n"
         "}\n"
         "set logscale y\n"
         "set format y '10^{%L}'\n"
         "set title 'absolute error'\n"
         "set xlabel 't'\n"
         "do for [p=1:2] {\n"
         "    plot csv using ($1==p ? $2 : NaN):(abs($4-$3)) with points pt 6 notitle, \\\n"
         "        '' using ($1==p ? $2 : NaN):(abs($5-$3)) with points pt 7 ps 0.6 notitle\n"
         "}\n");
    return failed != 0;
}
