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
 * Writes tails.csv and tails.gp into the current directory; `gnuplot tails.gp` draws tails.png.
 */
#include <conv.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 30001 };

static const double dx = 0.01; /* hours: the densities are sampled on [0, 300] */
static const double tolerance = 1e-10;

static double gamma_density(double shape, double t) {
    return t > 0 ? exp((shape - 1) * log(t) - t - lgamma(shape)) : 0;
}

enum { EXACT, PLAIN, TILTED, WAYS };

/* At the N grid points; both by each way. */
static double density[WAYS][N], tail[WAYS][N];

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

/* The density of the sum by the method and tolerance of the description; returns the bound. */
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

/* Fills all densities and tails; returns the bound that the tolerant way keeps. */
static double compute(void) {
    static double f[N], g[N];
    const size_t n = N;
    conv_desc desc;
    double bound;

    for (size_t i = 0; i < n; i++) {
        double t = dx * (double)i;
        f[i] = gamma_density(3, t);
        g[i] = gamma_density(4, t);
        density[EXACT][i] = gamma_density(7, t);
    }
    conv_desc_init(&desc, CONV_F64, 1, &n, &n, CONV_CAUSAL);
    desc.method = CONV_METHOD_FFT;
    convolve(&desc, f, g, density[PLAIN]);
    desc.method = CONV_METHOD_AUTO;
    desc.tolerance.kind = CONV_TOLERANCE_COMPONENTWISE;
    desc.tolerance.value = tolerance;
    bound = convolve(&desc, f, g, density[TILTED]);

    /* The probability of a time beyond t: the sum from the far end, small terms first. */
    for (int way = 0; way < WAYS; way++) {
        double sum = 0;
        for (size_t i = n; i > 0; i--) {
            sum += density[way][i - 1] * dx;
            tail[way][i - 1] = sum;
        }
    }
    return bound;
}

static void print_table(double bound) {
    size_t negative[WAYS] = {0}, digits = N;
    double worst = 0;

    printf("probability that a repair takes longer than t hours\n\n");
    printf("       t          exact  one transform  componentwise\n");
    for (size_t i = 2000; i < N; i += 2000) {
        printf("%8.0f %14.4e %14.4e %14.4e\n", dx * (double)i, tail[EXACT][i], tail[PLAIN][i],
               tail[TILTED][i]);
    }
    for (size_t i = 0; i < N; i++) {
        negative[PLAIN] += density[PLAIN][i] < 0;
        negative[TILTED] += density[TILTED][i] < 0;
        /* At the left end the samples are too few for the integral, whatever sums them. */
        if (dx * (double)i >= 20) {
            worst = fmax(worst, fabs(density[TILTED][i] / density[EXACT][i] - 1));
            if (digits == N && fabs(density[PLAIN][i] / density[EXACT][i] - 1) > 0.01) {
                digits = i;
            }
        }
    }
    printf(
        "\ndensity, one transform: below zero at %zu of %d points; wrong by more than 1 per cent "
        "from %.1f hours on\n",
        negative[PLAIN], N, dx * (double)digits);
    printf("density, componentwise: below zero at %zu points; off by %.1e at most, from 20 hours "
           "on; the bound for the sums is %.1e\n",
           negative[TILTED], worst, bound);
}

static void write_picture(void) {
    FILE *csv = create_file("tails.csv"), *gp = create_file("tails.gp");

    fprintf(csv, "t,exact,fft,componentwise\n");
    for (size_t i = 0; i < N; i += 50) {
        fprintf(csv, "%.6g,%.10g,%.10g,%.10g\n", dx * (double)i, density[EXACT][i],
                density[PLAIN][i], density[TILTED][i]);
    }
    fclose(csv);
    fprintf(gp,
            "set terminal png size 1000,640\n"
            "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) set terminal pngcairo size 1000,640\n"
            "set output 'tails.png'\n"
            "set datafile separator ','\n"
            "set grid lt 1 lc rgb '#dddddd'\n"
            "set key below samplen 2\n"
            "set logscale y\n"
            "set format y '10^{%%L}'\n"
            "set yrange [1e-125:10]\n"
            "set title 'Density of the sum of two gamma times, %d samples' font ',14'\n"
            "set xlabel 't, hours'\n"
            "set ylabel 'density, 1 / hour'\n"
            "plot 'tails.csv' using 1:($3 > 0 ? $3 : NaN) with points pt 7 ps 0.4 "
            "lc rgb '#d62728' title 'one transform', \\\n"
            "    '' using 1:($3 < 0 ? -$3 : NaN) with points pt 6 ps 0.4 "
            "lc rgb '#ff9020' title 'one transform, below zero (minus it)', \\\n"
            "    '' using 1:4 with lines lw 5 lc rgb '#8fbce6' title 'tolerance COMPONENTWISE', "
            "\\\n"
            "    '' using 1:2 with lines lc 'black' title 'exact'\n",
            N);
    fclose(gp);
}

int main(void) {
    double bound = compute();

    print_table(bound);
    write_picture();
    printf("\nWrote tails.csv and tails.gp.\n");
    return 0;
}
