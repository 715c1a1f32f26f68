/* finite_integral.c - what is the convolution integral of my two functions, and how accurate is it?
 *
 *     y(t) = integral from 0 to t of f(s) g(t - s) ds,        0 <= t <= end
 *
 * The sum that convolution functions compute, times dx, counts both end terms of the integration
 * whole: its error shrinks only as fast as the step. The trapezoidal rule counts them half: second
 * order. Gregory's rules have other weights at a few more samples: order 3 to 8. All cost the same.
 *
 * For functions of your own change the lines down to "end of yours"; then
 *
 *     cc -std=c11 finite_integral.c $(pkg-config --cflags --libs libconv) -lm
 *
 * Writes NAME.csv and NAME.gp into the current directory; `gnuplot NAME.gp` draws NAME.png.
 */
#include <conv.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- yours ---------------------------------------------------------------------------------- */

static double f(double x) {
    return exp(-x);
}

static double g(double x) {
    return 2 * exp(-2 * x);
}

static const double end = 5; /* the integral is wanted on [0, end] */
#define TITLE "exp(-x) with 2 exp(-2x)"
#define NAME "finite_integral" /* of the files that are written */

/* ---- end of yours --------------------------------------------------------------------------- */

enum { STEPS = 50, DOUBLINGS = 8, MOST = (STEPS << DOUBLINGS) + 1, RULES = 3 };

static const struct {
    const char *name;
    conv_rule rule;
    int order; /* read by GREGORY alone */
} rules[RULES] = {
    {"sum times dx", CONV_RULE_RECTANGLE, 0},
    {"trapezoid", CONV_RULE_TRAPEZOID, 0},
    {"Gregory 4", CONV_RULE_GREGORY, 4},
};

static double sample(double (*function)(double), const char *name, double x) {
    double value = function(x);

    if (!isfinite(value)) {
        fprintf(stderr, "%s(%g) is %g. conv_product_create integrates kernels singular at 0.\n",
                name, x, value);
        exit(1);
    }
    return value;
}

/* The integral at t, to judge the others by: Simpson's rule on the functions themselves, the step
 * halved until that changes nothing. Adds the last change to *doubt where it is larger. */
static double by_simpson(double t, double *doubt) {
    double trapezoid = t / 2 * (f(0) * g(t) + f(t) * g(0)), simpson = trapezoid, change = 0;

    for (int intervals = 1; intervals <= 1 << 17; intervals *= 2) {
        double h = t / intervals, middle = 0, finer, next;

        for (int i = 0; i < intervals; i++) {
            double s = h * (i + 0.5);
            middle += f(s) * g(t - s);
        }
        finer = (trapezoid + h * middle) / 2;
        next = (4 * finer - trapezoid) / 3;
        change = fabs(next - simpson);
        trapezoid = finer;
        simpson = next;
        if (intervals >= 1 << 12 && change <= 1e-13 * fabs(simpson)) {
            break;
        }
    }
    *doubt = fmax(*doubt, change);
    return simpson;
}

/* The integral at STEPS + 1 times by one rule, from steps + 1 samples of each function. */
static void integrate(int rule, size_t steps, double y[STEPS + 1]) {
    static double f_samples[MOST], g_samples[MOST], all[MOST];
    conv_grid grid = {0, end / (double)steps, steps + 1}; /* both ends of [0, end] are on it */

    for (size_t i = 0; i <= steps; i++) {
        double x = end * (double)i / (double)steps;
        f_samples[i] = sample(f, "f", x);
        g_samples[i] = sample(g, "g", x);
    }
    /* CAUSAL: output i is the integral at t = i dx and uses the samples on [0, t]. FULL goes on to
     * t = 2 end, but what it gives past end is the integral of two functions that are cut off
     * there. SAME is the middle of FULL: its first output is the integral at t = end / 2. */
    if (conv1d_integral_f64(f_samples, &grid, g_samples, &grid, CONV_CAUSAL, rules[rule].rule,
                            rules[rule].order, all, NULL) != CONV_OK) {
        fprintf(stderr, "%s\n", conv_last_error());
        exit(1);
    }
    for (size_t i = 0; i <= STEPS; i++) {
        y[i] = all[i * (steps / STEPS)];
    }
}

static void write_values(const double *exact, double y[RULES][STEPS + 1]) {
    FILE *csv = fopen(NAME ".csv", "w");

    printf("%s, %d steps on [0, %g]\n\n         t       integral", TITLE, STEPS, end);
    for (int r = 0; r < RULES; r++) {
        printf("%15s", rules[r].name);
    }
    printf("\n");
    if (csv == NULL) {
        perror(NAME ".csv");
        exit(1);
    }
    fprintf(csv, "t,integral,sum,trapezoid,gregory\n");
    for (int i = 0; i <= STEPS; i++) {
        double t = end * i / STEPS;

        fprintf(csv, "%.6g,%.12g,%.12g,%.12g,%.12g\n", t, exact[i], y[0][i], y[1][i], y[2][i]);
        if (i % (STEPS / 10) == 0) {
            printf("%10.4g%15.7g%15.7g%15.7g%15.7g\n", t, exact[i], y[0][i], y[1][i], y[2][i]);
        }
    }
    fclose(csv);
}

/* The largest errors as the steps double: error ~ dx^order, where it is not yet rounding. */
static void print_errors(const double *exact, double doubt) {
    double largest = 0, last[RULES] = {0}, y[STEPS + 1];

    for (int i = 0; i <= STEPS; i++) {
        largest = fmax(largest, fabs(exact[i]));
    }
    printf("\nlargest error at %d times\n\n     steps", STEPS + 1);
    for (int r = 0; r < RULES; r++) {
        printf("%15s  order", rules[r].name);
    }
    for (size_t steps = STEPS; steps < MOST; steps *= 2) {
        printf("\n%10zu", steps);
        for (int r = 0; r < RULES; r++) {
            double error = 0;

            integrate(r, steps, y);
            for (int i = 0; i <= STEPS; i++) {
                error = fmax(error, fabs(y[i] - exact[i]));
            }
            printf("%15.1e", error);
            if (last[r] > 0 && error > 10 * doubt + 100 * DBL_EPSILON * largest) {
                printf("%7.2f", log2(last[r] / error));
            } else {
                printf("%7s", steps > STEPS ? "-" : "");
            }
            last[r] = error;
        }
    }
    printf(
        "\n\nThe integral is Simpson's rule on the functions themselves, correct to about %.0e.\n",
        doubt);
}

/* Titles, axes, and where the legend is clear of the curves. */
static void write_picture(void) {
    FILE *gp = fopen(NAME ".gp", "w");

    if (gp == NULL) {
        perror(NAME ".gp");
        exit(1);
    }
    fprintf(gp,
            "set terminal png size 1100,520\n"
            "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) set terminal pngcairo size 1100,520\n"
            "set output '%s.png'\n"
            "set datafile separator ','\n"
            "set grid lt 1 lc rgb '#dddddd'\n"
            "set key below samplen 2 width -1\n"
            "set xlabel 't'\n"
            "set multiplot layout 1,2 title \"%s, %d steps\" noenhanced font ',14'\n"
            "set title 'integral from 0 to t of f(s) g(t - s) ds'\n"
            "set ylabel 'y(t)'\n"
            "data = '%s.csv'\n"
            "array name[3] = ['%s', '%s', '%s']\n"
            "array colour[3] = ['#d62728', '#1f77b4', '#2ca02c']\n"
            "array symbol[3] = [6, 7, 4]\n"
            "plot data using 1:2 with lines lw 2 lc 'black' title 'integral', \\\n"
            "    for [r=1:2] '' using 1:r+2 with points pt symbol[r] ps 0.9-0.3*(r-1) \\\n"
            "    lc rgb colour[r] title name[r]\n"
            "set title 'its error'\n"
            "set ylabel '|error|'\n"
            "set logscale y\n"
            "set format y '10^{%%L}'\n"
            "plot for [r=1:3] data using 1:(abs(column(r+2)-$2)) with linespoints \\\n"
            "    pt symbol[r] ps 0.6 lc rgb colour[r] title name[r]\n",
            NAME, TITLE, STEPS, NAME, rules[0].name, rules[1].name, rules[2].name);
    fclose(gp);
}

int main(void) {
    double exact[STEPS + 1], y[RULES][STEPS + 1], doubt = 0;

    for (int r = 0; r < RULES; r++) {
        integrate(r, STEPS, y[r]);
    }
    for (int i = 0; i <= STEPS; i++) {
        exact[i] = by_simpson(end * i / STEPS, &doubt);
    }
    write_values(exact, y);
    print_errors(exact, doubt);
    write_picture();
    printf("Wrote %s.csv and %s.gp.\n", NAME, NAME);
    return 0;
}
