/* volterra.c - how do I solve an equation whose next value depends on the convolution so far?
 *
 * Machines fail and are replaced. With f(t) the density of a machine's lifetime, the rate u(t) at
 * which replacements fall due is that of the first failures plus that of the failures of
 * replacements: the renewal equation
 *
 *     u(t) = f(t) + integral from 0 to t of f(t - s) u(s) ds.
 *
 * The integral at t needs u up to t, so it cannot be a convolution of two arrays; conv_online takes
 * one sample at a time and still has the speed of transforms. For lifetimes with the density
 * 4 t exp(-2t) the rate is known: 1 - exp(-4t). Beside it an equation that is not linear,
 *
 *     y(t) = exp(-2t) + integral from 0 to t of exp(-(t - s)) y(s)^2 ds,     y(t) = exp(-t),
 *
 * and a kernel that has no value at 0: the temperature of a surface that is heated at the rate
 * exp(t), which conv_product integrates exactly in the kernel:
 *
 *     T(t) = integral from 0 to t of exp(s) / sqrt(pi (t - s)) ds = exp(t) erf(sqrt(t)).
 *
 * Writes volterra.csv and volterra.gp into the current directory; `gnuplot volterra.gp` draws
 * volterra.png.
 */
#include <conv.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { RENEWAL, SQUARE, HEAT, EQUATIONS };
enum { FEWEST = 64, MOST = 131072 }; /* steps */

static const char *const names[EQUATIONS] = {"renewal", "nonlinear", "heated surface"};
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

static double kernel(int equation, double t) {
    return equation == RENEWAL ? 4 * t * exp(-2 * t) : exp(-t);
}

static double exact(int equation, double t) {
    return equation == RENEWAL  ? 1 - exp(-4 * t)
           : equation == SQUARE ? exp(-t)
                                : exp(t) * erf(sqrt(t));
}

/* One equation, step by step. At every step the integral is history + weight * (what is pushed),
 * and what is pushed depends on the unknown at this very step. */
static void solve(int equation, double dx, double *y, size_t n) {
    static double taps[MOST + 1];
    conv_online *online;

    for (size_t k = 0; k < n; k++) {
        taps[k] = kernel(equation, dx * (double)k);
    }
    check(conv_online_create(&online, CONV_F64, taps, n, CONV_RULE_TRAPEZOID, dx));
    for (size_t k = 0; k < n; k++) {
        double t = dx * (double)k, history, weight, pushed;

        check(conv_online_history(online, &history, &weight));
        if (equation == RENEWAL) {
            /* u = f(t) + history + weight u */
            y[k] = (taps[k] + history) / (1 - weight);
            pushed = y[k];
        } else {
            /* y = known + weight y^2: the root that is near `known` */
            double known = exp(-2 * t) + history;
            y[k] = 2 * known / (1 + sqrt(1 - 4 * weight * known));
            pushed = y[k] * y[k];
        }
        check(conv_online_push(online, &pushed, NULL));
    }
    conv_online_destroy(online);
}

static void heat(double dx, double *y, size_t n) {
    /* scale * t^(alpha - 1) */
    conv_product_kernel abel = {.kind = CONV_PRODUCT_POWER, .alpha = 0.5};
    static double rate[MOST + 1];
    conv_product *product;

    abel.scale = 1 / sqrt(acos(-1));
    for (size_t k = 0; k < n; k++) {
        rate[k] = exp(dx * (double)k);
    }
    check(conv_product_create(&product, CONV_F64, n, dx, &abel));
    check(conv_product_execute(product, rate, y));
    conv_product_destroy(product);
}

/* The largest error with `steps` steps, relative to the largest value. csv: where the values go. */
static double largest_error(int equation, size_t steps, FILE *csv) {
    static double y[MOST + 1];
    double dx = end / (double)steps, largest = 0, error = 0;

    if (equation == HEAT) {
        heat(dx, y, steps + 1);
    } else {
        solve(equation, dx, y, steps + 1);
    }
    for (size_t k = 0; k <= steps; k++) {
        double t = dx * (double)k, answer = exact(equation, t);

        largest = fmax(largest, fabs(answer));
        error = fmax(error, fabs(y[k] - answer));
        if (csv != NULL) {
            fprintf(csv, "%.6g,%.10g,%.10g\n", t, y[k], answer);
        }
    }
    return error / largest;
}

/* The csv has blocks, which gnuplot calls index 0, 1, ..: an equation each, then the errors. */
static void write_picture(void) {
    FILE *gp = create_file("volterra.gp");

    fprintf(gp,
            "set terminal png size 1400,520\n"
            "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) set terminal pngcairo size 1400,520\n"
            "set output 'volterra.png'\n"
            "set datafile separator ','\n"
            "set grid lt 1 lc rgb '#dddddd'\n"
            "set key below samplen 2 width -1\n"
            "array name[%d] = ['%s', '%s', '%s']\n"
            "array colour[3] = ['#d62728', '#1f77b4', '#2ca02c']\n"
            "set multiplot layout 1,2 title 'Three integral equations, solved on [0, %g]' \\\n"
            "    font ',14'\n",
            EQUATIONS, names[RENEWAL], names[SQUARE], names[HEAT], end);
    fprintf(gp,
            "set title '%d steps, and the known solutions (lines)'\n"
            "set xlabel 't'\n"
            "set ylabel 'solution'\n"
            "set logscale y\n"
            "plot for [e=1:3] 'volterra.csv' index e-1 using 1:3 with lines \\\n"
            "    lc rgb colour[e] notitle, \\\n"
            "    for [e=1:3] '' index e-1 using 1:2 with points pt 4+e ps 0.8 \\\n"
            "    lc rgb colour[e] title name[e]\n"
            "set title 'largest error over largest value'\n"
            "set xlabel 'steps'\n"
            "set ylabel 'error'\n"
            "set logscale x\n"
            "set xrange [50:200000]\n"
            "set format xy '10^{%%L}'\n"
            "plot for [e=1:3] 'volterra.csv' index 3 using 1:e+1 with linespoints \\\n"
            "    pt 4+e ps 0.8 lc rgb colour[e] title name[e], \\\n"
            "    '' index 3 using 1:(1000/$1**2) with lines dt 2 lc 'black' title 'order 2'\n",
            FEWEST);
    fclose(gp);
}

int main(void) {
    FILE *csv = create_file("volterra.csv");
    double last[EQUATIONS] = {0};

    for (int e = 0; e < EQUATIONS; e++) {
        fprintf(csv, "# %s: t, solution, known solution\n", names[e]);
        largest_error(e, FEWEST, csv);
        fprintf(csv, "\n\n");
    }
    fprintf(csv, "# steps, largest errors: renewal, nonlinear, heated surface\n");
    printf("largest error on [0, %g], relative to the largest value\n   steps", end);
    for (int e = 0; e < EQUATIONS; e++) {
        printf("%17s  order", names[e]);
    }
    printf("\n");
    for (size_t steps = FEWEST; steps <= MOST; steps *= 2) {
        printf("%8zu", steps);
        fprintf(csv, "%zu", steps);
        for (int e = 0; e < EQUATIONS; e++) {
            double error = largest_error(e, steps, NULL);

            printf("%17.1e", error);
            if (steps > FEWEST) { /* error ~ dx^order, and dx was halved */
                printf("%7.2f", log2(last[e] / error));
            } else {
                printf("%7s", "");
            }
            fprintf(csv, ",%.4g", error);
            last[e] = error;
        }
        printf("\n");
        fprintf(csv, "\n");
    }
    fclose(csv);
    write_picture();
    printf("\nWrote volterra.csv and volterra.gp.\n");
    return 0;
}
