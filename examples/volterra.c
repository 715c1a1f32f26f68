/* volterra.c - integral equations in which the convolution has to be known step by step.
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
 * usage: volterra [OUTPUT_DIRECTORY]
 */
#include <conv.h>

#include <math.h>
#include <stdlib.h>

#include "picture.h"
#include "table.h"

enum { RENEWAL, SQUARE, HEAT, EQUATIONS };

static const char *const names[EQUATIONS] = {"renewal", "nonlinear", "heated surface"};
static const double end = 4;

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
    double *taps = new_array(n);
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
    free(taps);
}

static void heat(double dx, double *y, size_t n) {
    /* scale * t^(alpha - 1) */
    conv_product_kernel abel = {.kind = CONV_PRODUCT_POWER, .alpha = 0.5};
    double *rate = new_array(n);
    conv_product *product;

    abel.scale = 1 / sqrt(acos(-1));
    for (size_t k = 0; k < n; k++) {
        rate[k] = exp(dx * (double)k);
    }
    check(conv_product_create(&product, CONV_F64, n, dx, &abel));
    check(conv_product_execute(product, rate, y));
    conv_product_destroy(product);
    free(rate);
}

/* The largest error with `steps` steps, relative to the largest value. */
static double largest_error(int equation, size_t steps) {
    size_t n = steps + 1;
    double dx = end / (double)steps, largest = 0, error;
    double *y = new_array(n), *answer = new_array(n);

    for (size_t k = 0; k < n; k++) {
        answer[k] = exact(equation, dx * (double)k);
        largest = fmax(largest, fabs(answer[k]));
    }
    if (equation == HEAT) {
        heat(dx, y, n);
    } else {
        solve(equation, dx, y, n);
    }
    error = max_abs_difference(y, answer, n);
    free(answer);
    free(y);
    return error / largest;
}

int main(int argc, char **argv) {
    const char *dir = argc > 1 ? argv[1] : ".";
    FILE *csv = csv_open(dir, "volterra");
    double last[EQUATIONS] = {0};
    int failed = 0;

    fprintf(csv, "steps,renewal,nonlinear,heated\n");
    printf("largest error on [0, %g], relative to the largest value\n   steps", end);
    for (int e = 0; e < EQUATIONS; e++) {
        printf("%17s  order", names[e]);
    }
    printf("\n");
    for (size_t steps = 64; steps <= 131072; steps *= 2) {
        printf("%8zu", steps);
        fprintf(csv, "%zu", steps);
        for (int e = 0; e < EQUATIONS; e++) {
            double error = largest_error(e, steps);
            double order = log2(last[e] / error); /* error ~ dx^order, and dx was halved */

            printf(steps > 64 ? "%17.1e %6.2f" : "%17.1e       ", error, order);
            fprintf(csv, ",%.4g", error);
            failed += expect(steps < 512 || fabs(order - 2) < 0.05, names[e]);
            last[e] = error;
        }
        printf("\n");
        fprintf(csv, "\n");
    }
    printf("\n");
    csv_close(csv, dir, "volterra");
    plot(dir, "volterra", 700, 500,
         "set logscale xy\n"
         "set format y '10^{%L}'\n"
         "set xlabel 'steps'\n"
         "set title 'largest relative error'\n"
         "plot csv using 1:2 with linespoints title 'renewal', \\\n"
         "    '' using 1:3 with linespoints title 'nonlinear', \\\n"
         "    '' using 1:4 with linespoints title 'heated surface'\n");
    return failed != 0;
}
