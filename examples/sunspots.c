/* sunspots.c - a long series smoothed, and what the edge rules do at its two ends.
 *
 * The classic smoothing of monthly sunspot numbers is a mean over 13 months whose first and last
 * count half: weights 1/24, 1/12 (11 times), 1/24. Beside it a Gaussian of 12 months. Both are
 * centred and of odd length, so CONV_SAME puts output i on month i. Within half a kernel of the
 * ends months are needed that the series does not have; the edge rule says what is taken instead.
 *
 * usage: sunspots [DATA_DIRECTORY [OUTPUT_DIRECTORY]]
 */
#include <conv.h>

#include <math.h>
#include <stdlib.h>

#include "picture.h"
#include "table.h"

enum { CLASSIC = 13, HALF = 48, GAUSS = 2 * HALF + 1, RULES = 6 }; /* months; 4 sigma each way */

static const struct rule {
    conv_boundary boundary;
    const char *name;
} rules[RULES] = {{CONV_ZERO, "zero"}, {CONV_CONSTANT, "constant"}, {CONV_NEAREST, "nearest"},
                  {CONV_WRAP, "wrap"}, {CONV_REFLECT, "reflect"},   {CONV_MIRROR, "mirror"}};

static double *smooth(const double *x, size_t n, const double *h, size_t m,
                      conv_boundary boundary) {
    conv_desc desc;
    conv_plan *plan;
    double *y = new_array(n);

    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_SAME);
    desc.boundary[0] = boundary;
    desc.boundary_value[0] = 52; /* CONV_CONSTANT: the mean of the series */
    check(conv_plan_create(&plan, &desc, h));
    check(conv_plan_execute(plan, x, y, NULL));
    conv_plan_destroy(plan);
    return y;
}

/* Weights that sum to 1, so that a constant series stays as it is. */
static void make_kernels(double classic[CLASSIC], double gauss[GAUSS]) {
    double sum = 0;

    for (int k = 0; k < CLASSIC; k++) {
        classic[k] = k == 0 || k == CLASSIC - 1 ? 1.0 / 24 : 1.0 / 12;
    }
    for (int k = 0; k < GAUSS; k++) {
        double t = (k - HALF) / 12.0;
        gauss[k] = exp(-t * t / 2);
        sum += gauss[k];
    }
    for (int k = 0; k < GAUSS; k++) {
        gauss[k] /= sum;
    }
}

static void print_ends(const char *title, double *const y[RULES], const double *x, size_t n) {
    const size_t shown[8] = {0, 1, 2, 6, n - 7, n - 3, n - 2, n - 1};

    printf("\n%-10s", title);
    for (int i = 0; i < 8; i++) {
        printf("%s%+5d", i == 4 ? " |" : "  ", (int)shown[i] - (i < 4 ? 0 : (int)n));
    }
    printf("\n%-10s", "months");
    for (int i = 0; i < 8; i++) {
        printf("%s%5.1f", i == 4 ? " |" : "  ", x[shown[i]]);
    }
    printf("\n");
    for (int r = 0; r < RULES; r++) {
        printf("%-10s", rules[r].name);
        for (int i = 0; i < 8; i++) {
            printf("%s%5.1f", i == 4 ? " |" : "  ", y[r][shown[i]]);
        }
        printf("\n");
    }
}

int main(int argc, char **argv) {
    const char *data = argc > 1 ? argv[1] : "examples/data", *dir = argc > 2 ? argv[2] : ".";
    double classic[CLASSIC], gauss[GAUSS], *x, *months, *y13[RULES], *yg[RULES];
    size_t n, cols, highest = 0;
    int failed = 0;
    FILE *csv;

    months = csv_read(data, "sunspots_monthly", &n, &cols); /* year, month, number */
    x = new_array(n);
    for (size_t i = 0; i < n; i++) {
        x[i] = months[i * cols + 2];
    }
    make_kernels(classic, gauss);
    for (int r = 0; r < RULES; r++) {
        y13[r] = smooth(x, n, classic, CLASSIC, rules[r].boundary);
        yg[r] = smooth(x, n, gauss, GAUSS, rules[r].boundary);
    }

    const double *mean13 = y13[2]; /* CONV_NEAREST */
    for (size_t i = 0; i < n; i++) {
        highest = mean13[i] > mean13[highest] ? i : highest;
    }
    printf("%zu months. Highest 13-month mean: %.1f in %.0f-%02.0f\n", n, mean13[highest],
           months[highest * cols], months[highest * cols + 1]);
    failed += expect(fabs(mean13[highest] - 201.3) < 0.05 && months[highest * cols] == 1958,
                     "the highest 13-month mean is 201.3, in 1958");
    print_ends("13 months", y13, x, n);
    print_ends("Gaussian", yg, x, n);
    for (int r = 0; r < RULES; r++) {
        double inside = max_abs_difference(y13[r] + 6, y13[0] + 6, n - 12);
        double inside_gauss = max_abs_difference(yg[r] + HALF, yg[0] + HALF, n - 2 * HALF);
        failed += expect(inside < 1e-10 && inside_gauss < 1e-10, "the rules agree inside");
    }

    csv = csv_open(dir, "sunspots");
    fprintf(csv, "year,monthly,mean13,gauss_zero,gauss_constant,gauss_nearest,gauss_wrap,"
                 "gauss_reflect,gauss_mirror\n");
    for (size_t i = 0; i < n; i++) {
        fprintf(csv, "%.4f,%.1f,%.3f", months[i * cols] + (months[i * cols + 1] - 0.5) / 12, x[i],
                mean13[i]);
        for (int r = 0; r < RULES; r++) {
            fprintf(csv, r < RULES - 1 ? ",%.3f" : ",%.3f\n", yg[r][i]);
        }
    }
    printf("\n");
    csv_close(csv, dir, "sunspots");
    plot(dir, "sunspots", 1200, 800,
         "set multiplot; set key horizontal\n"
         "set ylabel 'sunspot number'\n"
         "set size 1,0.5; set origin 0,0.5\n"
         "plot [1749:2014] csv using 1:2 with points pt 7 ps 0.2 lc 'gray' title 'monthly', \\\n"
         "    '' using 1:3 with lines lw 1.5 title '13 months', \\\n"
         "    '' using 1:6 with lines lw 1.5 title 'Gaussian, 12 months'\n"
         "array rule[6] = ['zero', 'constant 52', 'nearest', 'wrap', 'reflect', 'mirror']\n"
         "set size 0.5,0.5\n"
         "set key maxrows 2 font ',9'\n"
         "do for [end=0:1] {\n"
         "    set origin 0.5*end,0\n"
         "    set title 'Gaussian, by edge rule, at the '.(end ? 'end' : 'start')\n"
         "    set xrange [end ? 2005.75 : 1749 : end ? 2013.75 : 1757]\n"
         "    plot [][0:150] csv using 1:2 with points pt 7 ps 0.4 lc 'gray' notitle, \\\n"
         "        for [r=1:6] '' using 1:3+r with lines lw 1.5 title rule[r]\n"
         "}\n");
    for (int r = 0; r < RULES; r++) {
        free(y13[r]);
        free(yg[r]);
    }
    free(x);
    free(months);
    return failed != 0;
}
