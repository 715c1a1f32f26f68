/* tails.c - how likely is a sum that hardly ever happens?
 *
 * A repair takes two steps. Each takes a random time with a gamma law, of shape 3 and of shape 4,
 * in hours; so the density of their sum is the convolution of the two densities. That sum has the
 * gamma law of shape 7, which is here the judge.
 *
 * By one transform every output is off by about the same, 1e-16 of the largest. The density at 60
 * hours is 1e-18 of the largest: from there on there is no correct digit, and half of the values
 * are below zero. With the tolerance COMPONENTWISE every output has the digits asked for, 1e-10
 * here, and for these lengths still at a fraction of the time of direct sums.
 *
 * usage: tails [OUTPUT_DIRECTORY]
 */
#include <conv.h>

#include <math.h>
#include <stdlib.h>

#include "picture.h"
#include "table.h"

enum { N = 30001 };

static const double dx = 0.01; /* hours: the densities are sampled on [0, 300] */
static const double tolerance = 1e-10;

static double gamma_density(double shape, double t) {
    return t > 0 ? exp((shape - 1) * log(t) - t - lgamma(shape)) : 0;
}

/* The densities' sum at the N grid points, by the method and tolerance of the description. */
static double convolve(const conv_desc *desc, const double *f, const double *g, double *y) {
    conv_plan *plan;
    double bound;

    check(conv_plan_create(&plan, desc, g));
    check(conv_plan_execute_bound(plan, f, y, NULL, &bound));
    conv_plan_destroy(plan);
    /* The sum times the spacing is the integral: to all digits, since both densities start with
     * zeros at the left end, and nothing is left of them at the right. */
    for (size_t i = 0; i < N; i++) {
        y[i] *= dx;
    }
    return bound;
}

/* The probability of a time beyond t: the sum of the density from the far end, small terms first.
 */
static void sum_tail(const double *density, double *tail) {
    double sum = 0;

    for (size_t i = N; i > 0; i--) {
        sum += density[i - 1] * dx;
        tail[i - 1] = sum;
    }
}

int main(int argc, char **argv) {
    const char *dir = argc > 1 ? argv[1] : ".";
    double *f = new_array(N), *g = new_array(N), *exact = new_array(N);
    double *plain = new_array(N), *tilted = new_array(N);
    double *plain_tail = new_array(N), *tilted_tail = new_array(N), *exact_tail = new_array(N);
    size_t n = N, negative = 0, digits = N;
    double worst = 0, lowest = 0;
    conv_desc desc;
    FILE *csv = csv_open(dir, "tails");
    int failed = 0;

    for (size_t i = 0; i < n; i++) {
        double t = dx * (double)i;
        f[i] = gamma_density(3, t);
        g[i] = gamma_density(4, t);
        exact[i] = gamma_density(7, t);
    }
    conv_desc_init(&desc, CONV_F64, 1, &n, &n, CONV_CAUSAL);
    desc.method = CONV_METHOD_FFT;
    convolve(&desc, f, g, plain);
    desc.method = CONV_METHOD_AUTO;
    desc.tolerance.kind = CONV_TOLERANCE_COMPONENTWISE;
    desc.tolerance.value = tolerance;
    double bound = convolve(&desc, f, g, tilted);

    sum_tail(exact, exact_tail);
    sum_tail(plain, plain_tail);
    sum_tail(tilted, tilted_tail);

    fprintf(csv, "t,exact,fft,componentwise\n");
    for (size_t i = 0; i < n; i++) {
        double t = dx * (double)i;
        negative += plain[i] < 0;
        lowest = fmin(lowest, tilted[i]);
        /* At the left end the samples are too few for the integral, whatever sums them. */
        if (t >= 20) {
            worst = fmax(worst, fabs(tilted[i] / exact[i] - 1));
            if (digits == N && fabs(plain[i] / exact[i] - 1) > 0.01) {
                digits = i;
            }
        }
        if (i % 50 == 0) {
            fprintf(csv, "%.6g,%.10g,%.10g,%.10g\n", t, exact[i], plain[i], tilted[i]);
        }
    }

    printf("probability that a repair takes longer than t hours\n\n");
    printf("       t          exact  one transform  componentwise\n");
    for (size_t i = 2000; i < n; i += 2000) {
        printf("%8.0f %14.4e %14.4e %14.4e\n", dx * (double)i, exact_tail[i], plain_tail[i],
               tilted_tail[i]);
    }
    printf(
        "\ndensity, one transform: below zero at %zu of %zu points; wrong by more than 1 per cent "
        "from %.1f hours on\n",
        negative, n, dx * (double)digits);
    printf("density, componentwise: off by %.1e at most, from 20 hours on; the bound for the sums "
           "is %.1e\n\n",
           worst, bound);
    failed += expect(bound <= tolerance, "the bound is within the tolerance");
    failed += expect(worst < 1e-9, "the density's digits, to the end of the tail");
    failed += expect(lowest >= 0, "no density below zero");
    failed += expect(negative > 1000 && dx * (double)digits < 60, "a transform has no tail");
    failed += expect(fabs(tilted_tail[20000] / exact_tail[20000] - 1) < 1e-9,
                     "the probability of more than 200 hours");

    csv_close(csv, dir, "tails");
    plot(dir, "tails", 900, 600,
         "set logscale y\n"
         "set format y '10^{%L}'\n"
         "set yrange [1e-125:10]\n"
         "set xlabel 't, hours'\n"
         "set title 'density of the sum of two gamma times'\n"
         "plot csv using 1:(abs($3)) with points pt 7 ps 0.3 title 'one transform, |value|', \\\n"
         "    '' using 1:4 with lines lw 3 title 'componentwise tolerance', \\\n"
         "    '' using 1:2 with lines lc 'black' title 'exact'\n");
    free(tilted_tail);
    free(plain_tail);
    free(exact_tail);
    free(tilted);
    free(plain);
    free(exact);
    free(g);
    free(f);
    return failed != 0;
}
