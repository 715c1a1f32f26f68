/* sunspots.c - how do I smooth a long series, and what do the edge rules do at its two ends?
 *
 * The classic smoothing of monthly sunspot numbers is a mean over 13 months whose first and last
 * count half: weights 1/24, 1/12 (11 times), 1/24. Beside it a Gaussian of 12 months. Both are
 * centred and of odd length, so CONV_SAME puts output i on month i. Within half a kernel of the
 * ends months are needed that the series does not have; the edge rule says what is taken instead.
 *
 * usage: sunspots [FILE] where FILE has lines of year, month and number, parted by commas.
 * Writes sunspots.csv and sunspots.gp into the current directory; `gnuplot sunspots.gp` draws
 * sunspots.png.
 */
#include <conv.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 12 * 400 }; /* months in the file */
enum {
    CLASSIC = 13,
    HALF = 48,
    GAUSS = 2 * HALF + 1,
    RULES = 6,
    NEAREST = 2
}; /* months; 4 sigma each way */

static const struct rule {
    conv_boundary boundary;
    const char *name;
} rules[RULES] = {{CONV_ZERO, "zero"}, {CONV_CONSTANT, "constant"}, {CONV_NEAREST, "nearest"},
                  {CONV_WRAP, "wrap"}, {CONV_REFLECT, "reflect"},   {CONV_MIRROR, "mirror"}};

static struct series {
    size_t n;
    double mean;
    double year[MOST], x[MOST]; /* the middle of the month, and its number */
    int month[MOST];
    double mean13[RULES][MOST], gauss[RULES][MOST]; /* smoothed */
} s;

static FILE *open_file(const char *path, const char *mode) {
    FILE *file = fopen(path, mode);

    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

static void read_series(const char *path) {
    FILE *file = open_file(path, "r");
    char line[256];
    int year;

    while (s.n < MOST && fgets(line, sizeof line, file) != NULL) {
        /* comments and names are no numbers */
        if (sscanf(line, "%d,%d,%lf", &year, &s.month[s.n], &s.x[s.n]) == 3) {
            s.year[s.n] = year + (s.month[s.n] - 0.5) / 12;
            s.n++;
        }
    }
    fclose(file);
    if (s.n < GAUSS) {
        fprintf(stderr, "%s: fewer than %d lines of year,month,number\n", path, GAUSS);
        exit(1);
    }
    for (size_t i = 0; i < s.n; i++) {
        s.mean += s.x[i] / (double)s.n;
    }
}

static void check(conv_status status) {
    if (status != CONV_OK) {
        fprintf(stderr, "%s\n", conv_last_error());
        exit(1);
    }
}

static void smooth(const double *h, size_t m, conv_boundary boundary, double *y) {
    conv_desc desc;
    conv_plan *plan;

    conv_desc_init(&desc, CONV_F64, 1, &s.n, &m, CONV_SAME);
    desc.boundary[0] = boundary;
    desc.boundary_value[0] = s.mean; /* read by CONV_CONSTANT */
    check(conv_plan_create(&plan, &desc, h));
    check(conv_plan_execute(plan, s.x, y, NULL));
    conv_plan_destroy(plan);
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

static void print_row(const char *name, const double *y, const size_t shown[8]) {
    printf("%-10s", name);
    for (int i = 0; i < 8; i++) {
        printf("%s%5.1f", i == 4 ? " |" : "  ", y[shown[i]]);
    }
    printf("\n");
}

static void print_ends(const char *title, double y[RULES][MOST]) {
    const size_t n = s.n, shown[8] = {0, 1, 2, 6, n - 7, n - 3, n - 2, n - 1};

    printf("\n%-10s", title);
    for (int i = 0; i < 8; i++) {
        printf("%s%+5d", i == 4 ? " |" : "  ", (int)shown[i] - (i < 4 ? 0 : (int)n));
    }
    printf("\n");
    print_row("months", s.x, shown);
    for (int r = 0; r < RULES; r++) {
        print_row(rules[r].name, y[r], shown);
    }
}

/* The largest difference between rules, `margin` months and more from both ends. */
static double difference(double y[RULES][MOST], size_t margin) {
    double worst = 0;

    for (int r = 1; r < RULES; r++) {
        for (size_t i = margin; i < s.n - margin; i++) {
            worst = fmax(worst, fabs(y[r][i] - y[0][i]));
        }
    }
    return worst;
}

static void write_picture(void) {
    FILE *csv = open_file("sunspots.csv", "w"), *gp = open_file("sunspots.gp", "w");

    fprintf(csv, "# year, monthly, 13 months (nearest), then Gaussian by edge rule");
    for (size_t i = 0; i < s.n; i++) {
        fprintf(csv, "\n%.4f,%.1f,%.3f", s.year[i], s.x[i], s.mean13[NEAREST][i]);
        for (int r = 0; r < RULES; r++) {
            fprintf(csv, ",%.3f", s.gauss[r][i]);
        }
    }
    fprintf(csv, "\n");
    fclose(csv);
    fprintf(gp,
            "set terminal png size 1300,900\n"
            "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) set terminal pngcairo size 1300,900\n"
            "set output 'sunspots.png'\n"
            "set datafile separator ','\n"
            "set grid lt 1 lc rgb '#dddddd'\n"
            "array rule[6] = ['zero', 'constant %.0f', 'nearest', 'wrap', 'reflect', 'mirror']\n"
            "array colour[6] = ['#d62728', '#ff9020', '#1f77b4', '#9467bd', '#2ca02c', '#8c564b']\n"
            "set key below samplen 2\n"
            "set xlabel 'year'\n"
            "set ylabel 'sunspot number'\n"
            "set multiplot title 'Monthly sunspot numbers, smoothed' font ',14'\n"
            "set size 1,0.48\n"
            "set origin 0,0.47\n"
            "set title 'the series'\n"
            "first = %.4f\n"
            "last = %.4f\n"
            "plot [first:last] 'sunspots.csv' using 1:2 with points pt 7 ps 0.2 lc rgb '#aaaaaa' "
            "title 'monthly', \\\n"
            "    '' using 1:3 with lines lw 1.5 lc rgb '#d62728' title '13 months', \\\n"
            "    '' using 1:6 with lines lw 2 lc rgb '#1f77b4' title 'Gaussian, 12 months'\n"
            "set size 0.5,0.47\n"
            "do for [end=0:1] {\n"
            "    set origin 0.5*end,0\n"
            "    set title 'Gaussian at the '.(end ? 'end' : 'start').', by edge rule'\n"
            "    set xrange [end ? last-8 : first : end ? last : first+8]\n"
            "    plot 'sunspots.csv' using 1:2 with points pt 7 ps 0.4 lc rgb '#aaaaaa' \\\n"
            "        title 'monthly', \\\n"
            "        for [r=1:6] '' using 1:3+r with lines lw 2 lc rgb colour[r] title rule[r]\n"
            "}\n",
            s.mean, s.year[0], s.year[s.n - 1]);
    fclose(gp);
}

int main(int argc, char **argv) {
    double classic[CLASSIC], gauss[GAUSS];
    size_t highest = 0;

    read_series(argc > 1 ? argv[1] : "examples/data/sunspots_monthly.csv");
    make_kernels(classic, gauss);
    for (int r = 0; r < RULES; r++) {
        smooth(classic, CLASSIC, rules[r].boundary, s.mean13[r]);
        smooth(gauss, GAUSS, rules[r].boundary, s.gauss[r]);
    }
    for (size_t i = 0; i < s.n; i++) {
        highest = s.mean13[NEAREST][i] > s.mean13[NEAREST][highest] ? i : highest;
    }
    printf("%zu months. Highest 13-month mean: %.1f in %.0f-%02d\n", s.n,
           s.mean13[NEAREST][highest], floor(s.year[highest]), s.month[highest]);
    print_ends("13 months", s.mean13);
    print_ends("Gaussian", s.gauss);
    printf("\nlargest difference between edge rules, half a kernel and more from the ends:\n"
           "%.1e (13 months), %.1e (Gaussian)\n",
           difference(s.mean13, CLASSIC / 2), difference(s.gauss, HALF));
    write_picture();
    printf("\nWrote sunspots.csv and sunspots.gp.\n");
    return 0;
}
