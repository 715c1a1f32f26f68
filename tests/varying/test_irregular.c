/* test_irregular.c - samples on any grid: against quadrature in long double, constants, masses,
 * what is not finite, types, threads, and every error. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include <conv.h>

#include "data.h"
#include "suite.h"

enum { MOST = 14 };

typedef struct {
    conv_irregular_desc desc;
    double x[MOST], t[MOST], widths[MOST], f[MOST];
} example;

/* ---- the oracle ---- */

static const long double pi_l = 3.14159265358979323846264338327950288L;

static long double kernel(conv_varying_shape profile, long double d, long double width) {
    const long double v = d / width;
    if (profile == CONV_VARYING_GAUSS) {
        return expl(-v * v / 2) / (width * sqrtl(2 * pi_l));
    }
    if (profile == CONV_VARYING_LORENTZ) {
        return 1 / (pi_l * width * (1 + v * v));
    }
    return fabsl(v) <= 1 ? 1 / (2 * width) : 0;
}

/* The kernel's integral from -infinity to d. */
static long double cumulative(conv_varying_shape profile, long double d, long double width) {
    const long double v = d / width;
    if (profile == CONV_VARYING_GAUSS) {
        return erfcl(-v / sqrtl(2)) / 2;
    }
    if (profile == CONV_VARYING_LORENTZ) {
        return v < 0 ? atan2l(1, -v) / pi_l : 1 - atan2l(1, v) / pi_l;
    }
    return fminl(fmaxl((v + 1) / 2, 0), 1);
}

typedef struct {
    conv_varying_shape profile;
    long double a, b, left, right; /* a line from (a, left) to (b, right) */
    long double t, width, end;     /* end: with `inside`, of the grid */
    bool inside;                   /* the integrand has the kernel's integral in place of it */
} line;

static long double integrand(const line *l, long double u) {
    const long double value = l->left + (l->right - l->left) * (u - l->a) / (l->b - l->a);
    if (l->inside) {
        return value * (cumulative(l->profile, l->end - u, l->width) -
                        cumulative(l->profile, l->t - u, l->width));
    }
    return value * kernel(l->profile, l->t - u, l->width);
}

/* Gauss-Legendre of ten points, halved until that changes nothing. */
static long double points(const line *l, long double a, long double b) {
    static const long double nodes[5] = {
        0.148874338981631210884826001129719985L, 0.433395394129247190799265943165784162L,
        0.679409568299024406234327365114873576L, 0.865063366688984510732096688423493049L,
        0.973906528517171720077964012084452053L};
    static const long double weights[5] = {
        0.295524224714752870173815619188769015L, 0.269266719309996355091226921569469353L,
        0.219086362515982043995534934228163192L, 0.149451349150580593145863396957697573L,
        0.066671344308688137593568809893331793L};
    long double sum = 0;
    for (int i = 0; i < 5; i++) {
        for (int side = -1; side <= 1; side += 2) {
            const long double u = (a + b) / 2 + (long double)side * (b - a) / 2 * nodes[i];
            sum += weights[i] * integrand(l, u);
        }
    }
    return sum * (b - a) / 2;
}

static long double adaptive(const line *l, long double a, long double b, int depth) {
    const long double whole = points(l, a, b), middle = (a + b) / 2;
    const long double halves = points(l, a, middle) + points(l, middle, b);
    if (depth == 0 || fabsl(whole - halves) <= 1e-18L * (fabsl(l->left) + fabsl(l->right))) {
        return halves;
    }
    return adaptive(l, a, middle, depth - 1) + adaptive(l, middle, b, depth - 1);
}

/* In pieces that end where the kernel has its features. */
static long double quadrature(const line *l) {
    static const long double at[] = {-1e4L, -100, -12, -4, -1, 0, 1, 4, 12, 100, 1e4L};
    const long double centers[2] = {l->t, l->inside ? l->end : l->t};
    long double cuts[24] = {l->a, l->b};
    int count = 2;
    for (int c = 0; c < 1 + l->inside; c++) {
        for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
            const long double u = centers[c] + at[i] * l->width;
            if (u > l->a && u < l->b) {
                cuts[count++] = u;
            }
        }
    }
    for (int i = 1; i < count; i++) { /* sorted */
        for (int j = i; j > 0 && cuts[j - 1] > cuts[j]; j--) {
            const long double swap = cuts[j];
            cuts[j] = cuts[j - 1];
            cuts[j - 1] = swap;
        }
    }
    long double sum = 0;
    for (int i = 1; i < count; i++) {
        sum += adaptive(l, cuts[i - 1], cuts[i], 30);
    }
    return sum;
}

static long double against_line(const example *e, size_t j, long double left, long double right,
                                long double t, long double width) {
    const line l = {e->desc.profile, e->x[j], e->x[j + 1], left, right, t, width, 0, false};
    return left == 0 && right == 0 ? 0 : quadrature(&l);
}

/* The interpolant of g against a kernel at t, reflected too if it is that. */
static long double against_all(const example *e, const double *g, long double t,
                               long double width) {
    const size_t n = e->desc.n;
    const bool reflects = e->desc.edge == CONV_VARYING_REFLECT;
    const long double first = e->x[0], span = e->x[n - 1] - first;
    const long images =
        reflects
            ? (long)ceill(((e->desc.profile == CONV_VARYING_BOX ? 1 : 10) * width + span) / span)
            : 0;
    long double sum = 0;
    for (long m = -images; m <= images; m++) {
        for (int mirrored = 0; mirrored <= reflects; mirrored++) {
            const long double image = (mirrored ? 2 * first - t : t) + 2 * (long double)m * span;
            for (size_t j = 0; j + 1 < n; j++) {
                sum += against_line(e, j, g[j], g[j + 1], image, width);
            }
        }
    }
    if (e->desc.edge == CONV_VARYING_CLAMP) {
        sum += g[0] * cumulative(e->desc.profile, first - t, width);
        sum += g[n - 1] * cumulative(e->desc.profile, t - e->x[n - 1], width);
    }
    return sum;
}

static long double interpolant(const example *e, const double *g, double t) {
    const size_t n = e->desc.n;
    if (t < e->x[0] || t > e->x[n - 1]) {
        return e->desc.edge == CONV_VARYING_CLAMP ? g[t < e->x[0] ? 0 : n - 1] : 0;
    }
    size_t j = 0;
    while (j + 2 < n && e->x[j + 1] < t) {
        j++;
    }
    const long double share = ((long double)t - e->x[j]) / ((long double)e->x[j + 1] - e->x[j]);
    return g[j] + share * ((long double)g[j + 1] - g[j]);
}

/* What of output k's kernel lies on the grid. */
static long double part_inside(const example *e, size_t k) {
    const long double t = e->desc.t != NULL ? e->t[k] : e->x[k], width = e->widths[k];
    return width == 0 ? 1
                      : cumulative(e->desc.profile, e->x[e->desc.n - 1] - t, width) -
                            cumulative(e->desc.profile, e->x[0] - t, width);
}

static long double expected_gather(const example *e, size_t k) {
    const double t = e->desc.t != NULL ? e->t[k] : e->x[k], width = e->widths[k];
    if (width == 0) {
        return interpolant(e, e->f, t);
    }
    long double y = against_all(e, e->f, t, width);
    if (e->desc.edge == CONV_VARYING_RENORMALISE) {
        y /= part_inside(e, k);
    }
    return y;
}

/* The share of a hat's mass that its kernel leaves between the ends. */
static long double share_inside(const example *e, size_t j, double width) {
    const size_t n = e->desc.n;
    long double inside = 0, all = 0;
    for (size_t s = j > 0 ? j - 1 : 0; s < (j + 1 < n ? j + 1 : n - 1); s++) {
        const line l = {e->desc.profile, e->x[s], e->x[s + 1], s == j, s != j,
                        e->x[0],         width,   e->x[n - 1], true};
        inside += quadrature(&l);
        all += ((long double)e->x[s + 1] - e->x[s]) / 2;
    }
    return width == 0 ? 1 : inside / all;
}

static long double expected_scatter(const example *e, size_t k) {
    const double t = e->desc.t != NULL ? e->t[k] : e->x[k];
    long double sum = 0;
    for (size_t j = 0; j < e->desc.n; j++) {
        double hat[MOST] = {0};
        hat[j] = 1;
        const long double width = e->widths[j];
        const long double share = e->desc.edge == CONV_VARYING_RENORMALISE && width > 0
                                      ? share_inside(e, j, e->widths[j])
                                      : 1;
        sum +=
            e->f[j] / share * (width == 0 ? interpolant(e, hat, t) : against_all(e, hat, t, width));
    }
    return sum;
}

/* ---- examples ---- */

static double between(uint64_t *seed, double low, double high) {
    return low + (high - low) * next_uniform(seed);
}

static void draw(example *e, uint64_t *seed, conv_varying_shape profile, conv_varying_form form,
                 conv_varying_edge edge) {
    const size_t n = 2 + next_below(seed, MOST - 3), count = 1 + next_below(seed, MOST - 1);
    const bool own_points = next_below(seed, 2) == 0;
    const bool may_leave = edge != CONV_VARYING_REFLECT;
    e->x[0] = between(seed, -3, 3);
    for (size_t j = 1; j < n; j++) {
        e->x[j] = e->x[j - 1] + pow(10, between(seed, -2, 0.5));
    }
    const double low = e->x[0] - (may_leave ? 1 : 0), high = e->x[n - 1] + (may_leave ? 1 : 0);
    for (size_t k = 0; k < count; k++) {
        e->t[k] = low + (high - low) * ((double)k + next_uniform(seed)) / (double)count;
    }
    for (size_t i = 0; i < MOST; i++) {
        const double exponent = between(seed, -4, edge == CONV_VARYING_REFLECT ? 0.5 : 1.5);
        e->widths[i] = next_below(seed, 8) == 0 ? 0 : pow(10, exponent);
        e->f[i] = between(seed, -1, 1);
    }
    conv_irregular_desc_init(&e->desc, CONV_F64, e->x, n, e->widths, form);
    e->desc.profile = profile;
    e->desc.edge = edge;
    e->desc.tolerance = 0x1p-53;
    if (own_points) {
        e->desc.t = e->t;
        e->desc.t_count = count;
    }
}

static void execute(const conv_irregular_desc *desc, const void *f, void *y) {
    conv_irregular *plan = NULL;
    if (conv_irregular_create(&plan, desc) != CONV_OK) {
        fail_msg("%s", conv_last_error());
    }
    assert_int_equal(conv_irregular_execute(plan, f, y, NULL), CONV_OK);
    conv_irregular_destroy(plan);
}

/* Each weight carries some 40 roundings of numbers of at most 1 (arguments of exp and erfc, the two
 * differences of by_parts, whose terms are at most v and divided by d >= 1/2), and the kernel ends
 * where it is u of its peak; a Lorentzian then has 0.64 sqrt(u) outside, which its own sum takes
 * back under RENORMALISE, not fully: 1e-8. A share that is divided by enlarges both. */
static double allowed(const example *e) {
    double roundings = 40 * DBL_EPSILON * (double)e->desc.n;
    return e->desc.profile == CONV_VARYING_LORENTZ ? roundings + 1e-8 : roundings;
}

/* SCATTER: hats narrower than a width keep their height, n of them at worst. What is divided by,
 * and how often the grid is mirrored within a kernel's reach of 8.6 widths; the place of a mirrored
 * point is rounded, which counts in widths. */
static double growth(const example *e, size_t k) {
    const size_t n = e->desc.n;
    const bool gathers = e->desc.form == CONV_GATHER;
    double scale = gathers ? 1 : (double)n, widest = gathers ? e->widths[k] : 0, least = 1;
    double narrowest = gathers && widest > 0 ? widest : (double)INFINITY;
    for (size_t j = 0; j < n && !gathers; j++) {
        widest = fmax(widest, e->widths[j]);
        narrowest = e->widths[j] > 0 ? fmin(narrowest, e->widths[j]) : narrowest;
        if (e->desc.edge == CONV_VARYING_RENORMALISE && e->widths[j] > 0) {
            least = fmin(least, (double)share_inside(e, j, e->widths[j]));
        }
    }
    if (e->desc.edge == CONV_VARYING_RENORMALISE && gathers) {
        least = (double)part_inside(e, k);
    }
    if (e->desc.edge == CONV_VARYING_REFLECT) {
        scale *= 2 + 2 * ceil(8.6 * widest / (e->x[n - 1] - e->x[0]));
        scale *= 1 + (fabs(e->x[0]) + fabs(e->x[n - 1])) / narrowest;
    }
    return scale / least;
}

static void against_quadrature(void **state) {
    double worst[3] = {0};
    uint64_t first = test_seed(20273);
    (void)state;
    for (unsigned i = 0; i < test_count(360); i++) {
        uint64_t seed = first + i;
        const conv_varying_shape profile = (conv_varying_shape)(i % 3);
        const conv_varying_form form = i / 3 % 2 ? CONV_GATHER : CONV_SCATTER;
        const conv_varying_edge edge = (conv_varying_edge)(i / 6 % 4);
        example e;
        double y[MOST];
        if ((edge == CONV_VARYING_CLAMP && form == CONV_SCATTER) ||
            (edge == CONV_VARYING_REFLECT && profile == CONV_VARYING_LORENTZ)) {
            continue;
        }
        draw(&e, &seed, profile, form, edge);
        execute(&e.desc, e.f, y);
        const size_t count = e.desc.t != NULL ? e.desc.t_count : e.desc.n;
        for (size_t k = 0; k < count; k++) {
            long double want =
                form == CONV_GATHER ? expected_gather(&e, k) : expected_scatter(&e, k);
            const double scale = growth(&e, k);
            if (!(scale < 1e8)) { /* next to nothing, by itself */
                continue;
            }
            const double error = (double)fabsl(y[k] - want), bound = allowed(&e) * scale;
            worst[profile] = fmax(worst[profile], error / bound);
            if (!(error <= bound)) {
                fail_msg("CONV_TEST_SEED=%llu, example %u (profile %d form %d edge %d n %zu), "
                         "output %zu: %.17g, not %.17Lg; %.3g of the bound",
                         (unsigned long long)first, i, (int)profile, (int)form, (int)edge, e.desc.n,
                         k, y[k], want, error / bound);
            }
        }
    }
    printf("# against quadrature, worst error / bound (limit 1): Gauss %.3f, Lorentz %.3f, box "
           "%.3f\n",
           worst[0], worst[1], worst[2]);
}

/* What conv_irregular_bound allows, at tolerances whose cut shows. A Gaussian's tails are all there
 * is to a sum of ones, so that the cut alone brings an error close to it. */
static void bounds(void **state) {
    static const double tolerances[] = {0.01, 1e-3, 1e-6, 0};
    double worst[2][3] = {{0}};
    uint64_t first = test_seed(20274);
    (void)state;
    const unsigned count = test_count(480);
    for (unsigned i = 0; i < count; i++) {
        uint64_t seed = first + i;
        const conv_varying_shape profile = (conv_varying_shape)(i % 3);
        const conv_varying_form form = i / 3 % 2 ? CONV_GATHER : CONV_SCATTER;
        const conv_varying_edge edge = (conv_varying_edge)(i / 6 % 4);
        example e;
        double y[MOST];
        conv_irregular *plan = NULL;
        if ((edge == CONV_VARYING_CLAMP && form == CONV_SCATTER) ||
            (edge == CONV_VARYING_REFLECT && profile == CONV_VARYING_LORENTZ)) {
            continue;
        }
        draw(&e, &seed, profile, form, edge);
        e.desc.tolerance = tolerances[i / 24 % 4];
        double largest = 0;
        for (size_t j = 0; j < MOST; j++) {
            e.f[j] = i / 96 % 2 ? e.f[j] : 1;
            largest = fmax(largest, fabs(e.f[j]));
        }
        assert_int_equal(conv_irregular_create(&plan, &e.desc), CONV_OK);
        assert_int_equal(conv_irregular_execute(plan, e.f, y, NULL), CONV_OK);
        const double bound = conv_irregular_bound(plan);
        conv_irregular_destroy(plan);
        for (size_t k = 0; k < (e.desc.t != NULL ? e.desc.t_count : e.desc.n); k++) {
            if (edge == CONV_VARYING_RENORMALISE && form == CONV_GATHER &&
                !(part_inside(&e, k) > 1e-300L)) { /* an average of nothing */
                continue;
            }
            const long double want =
                form == CONV_GATHER ? expected_gather(&e, k) : expected_scatter(&e, k);
            const double error = (double)fabsl(y[k] - want), most = bound * largest;
            double *ratio = &worst[form == CONV_GATHER][profile];
            *ratio = most > 0 ? fmax(*ratio, error / most) : *ratio;
            if (!(error <= most)) {
                fail_msg("CONV_TEST_SEED=%llu, example %u (profile %d form %d edge %d tolerance "
                         "%g), output %zu: %.17g, not %.17Lg, bound %g",
                         (unsigned long long)first, i, (int)profile, (int)form, (int)edge,
                         e.desc.tolerance, k, y[k], want, bound);
            }
        }
    }
    for (int form = 0; form < 2; form++) {
        printf("# %s, worst error / bound (limit 1): Gauss %.3f, Lorentz %.3f, box %.3f\n",
               form ? "gather" : "scatter", worst[form][0], worst[form][1], worst[form][2]);
        /* The bound says something, where all of the examples are there. */
        assert_true(count < 480 || (worst[form][0] > 0.2 && worst[form][1] > 0.2));
    }
    assert_true(conv_irregular_bound(NULL) == 0);
}

/* Samples that are equally far apart under one width are a convolution but for the ends. The same
 * points given once more, as t, are not taken for that: both keep their bounds, and bad numbers
 * reach the same results. */
static void even_grids(void **state) {
    enum { N = 1200 };
    static double x[N], t[N], widths[N], f[2 * N], y[2][2 * N];
    static const double wide[] = {0.02, 0.3, 2, 11};
    static const double tolerances[] = {0, 0.01, 1e-6};
    double worst = 0;
    (void)state;
    for (unsigned i = 0; i < test_count(144); i++) {
        uint64_t seed = test_seed(40) + i;
        conv_irregular_desc desc;
        double bounds[2];
        const conv_varying_form form = i % 2 ? CONV_GATHER : CONV_SCATTER;
        const double width = wide[i / 24 % 4];
        for (size_t j = 0; j < N; j++) {
            x[j] = t[j] = -3 + 0.125 * (double)j;
            widths[j] = width;
            f[2 * j] = between(&seed, -1, 1);
            f[2 * j + 1] = i % 7 == 0 && j % 400 == 77 ? (double)NAN : between(&seed, -1, 1);
        }
        conv_irregular_desc_init(&desc, i % 5 < 3 ? CONV_F64 : CONV_C64, x, N, widths, form);
        desc.profile = (conv_varying_shape)(i / 2 % 3);
        desc.edge = (conv_varying_edge)(i / 6 % 4);
        desc.tolerance = tolerances[i % 3];
        if (desc.profile == CONV_VARYING_LORENTZ) { /* long tails: 0.02 and 0.3 are inside */
            desc.tolerance = fmax(desc.tolerance, 1e-3);
        }
        if ((desc.edge == CONV_VARYING_CLAMP && form == CONV_SCATTER) ||
            (desc.edge == CONV_VARYING_REFLECT && desc.profile == CONV_VARYING_LORENTZ)) {
            continue;
        }
        for (int copy = 0; copy < 2; copy++) {
            conv_irregular *plan = NULL;
            desc.t = copy ? t : NULL;
            desc.t_count = copy ? N : 0;
            assert_int_equal(conv_irregular_create(&plan, &desc), CONV_OK);
            assert_int_equal(conv_irregular_execute(plan, f, y[copy], NULL), CONV_OK);
            bounds[copy] = conv_irregular_bound(plan);
            conv_irregular_destroy(plan);
        }
        const size_t parts = desc.dtype == CONV_C64 ? 2 : 1;
        for (size_t k = 0; k < parts * N; k++) {
            if (isnan(y[1][k])) {
                assert_true(isnan(y[0][k]));
                continue;
            }
            const double error = fabs(y[0][k] - y[1][k]), most = bounds[0] + bounds[1];
            worst = most > 0 ? fmax(worst, error / most) : worst;
            if (!(error <= most)) {
                fail_msg("example %u (profile %d form %d edge %d width %g tolerance %g), output "
                         "%zu: %.17g and %.17g, bounds %g and %g",
                         i, (int)desc.profile, (int)form, (int)desc.edge, width, desc.tolerance, k,
                         y[0][k], y[1][k], bounds[0], bounds[1]);
            }
        }
    }
    printf("# even grids: worst difference over both bounds %.3f (limit 1)\n", worst);
}

/* The operator of an even grid is the same matrix. */
static void even_matrix(void **state) {
    enum { N = 90 };
    static double x[N], t[N], widths[N], values[2][N * N];
    static size_t start[2][N + 1], first[2][N];
    (void)state;
    for (size_t j = 0; j < N; j++) {
        x[j] = t[j] = 0.5 * (double)j;
        widths[j] = 0.7;
    }
    for (int form = 1; form <= 2; form++) {
        for (int copy = 0; copy < 2; copy++) {
            conv_irregular_desc desc;
            conv_irregular *plan = NULL;
            conv_irregular_desc_init(&desc, CONV_F64, x, N, widths, (conv_varying_form)form);
            desc.tolerance = 1e-4;
            desc.t = copy ? t : NULL;
            desc.t_count = copy ? N : 0;
            assert_int_equal(conv_irregular_create(&plan, &desc), CONV_OK);
            assert_int_equal(conv_irregular_matrix(plan, start[copy], first[copy], NULL), CONV_OK);
            assert_true(start[copy][N] <= N * N);
            assert_int_equal(conv_irregular_matrix(plan, start[copy], first[copy], values[copy]),
                             CONV_OK);
            conv_irregular_destroy(plan);
        }
        assert_memory_equal(start[0], start[1], sizeof start[0]);
        assert_memory_equal(first[0], first[1], sizeof first[0]);
        for (size_t i = 0; i < start[0][N]; i++) {
            assert_true(fabs(values[0][i] - values[1][i]) <= 100 * DBL_EPSILON);
        }
    }
}

/* ---- what must be kept ---- */

static void constants(void **state) {
    uint64_t seed = test_seed(5);
    double worst = 0;
    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        example e;
        double y[MOST];
        const conv_varying_edge edge = (conv_varying_edge)(1 + i % 3);
        const conv_varying_shape profile =
            edge == CONV_VARYING_REFLECT ? CONV_VARYING_GAUSS : (conv_varying_shape)(i / 3 % 3);
        draw(&e, &seed, profile, CONV_GATHER, edge);
        e.desc.t = NULL; /* inside */
        e.desc.tolerance = i % 2 ? 0 : 1e-3;
        for (size_t j = 0; j < MOST; j++) {
            e.f[j] = 0.7;
        }
        execute(&e.desc, e.f, y);
        for (size_t k = 0; k < e.desc.n; k++) {
            worst = fmax(worst, fabs(y[k] / 0.7 - 1));
        }
    }
    printf("# constants: %.2g (limit 1e-14)\n", worst);
    assert_true(worst <= 1e-14);
}

/* The results' integral by the trapezoidal rule on a fine grid is the samples'. Its own error, of
 * what is smooth on the scale of the widths: step^2 / 12 times the difference of slopes at the
 * ends, at most 2 max|f| / (width^2). */
static void masses(void **state) {
    enum { FINE = 40001 };
    static double t[FINE], y[FINE];
    uint64_t seed = test_seed(6);
    double worst = 0;
    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        example e;
        draw(&e, &seed, CONV_VARYING_GAUSS, CONV_SCATTER,
             i % 2 ? CONV_VARYING_RENORMALISE : CONV_VARYING_REFLECT);
        const size_t n = e.desc.n;
        const double step = (e.x[n - 1] - e.x[0]) / (FINE - 1);
        double mass = 0, sum = 0, size = 0, narrowest = 1e9;
        for (size_t k = 0; k < FINE; k++) {
            t[k] = k + 1 < FINE ? e.x[0] + (double)k * step : e.x[n - 1];
        }
        for (size_t j = 0; j < n; j++) {
            e.widths[j] = fmax(e.widths[j], 0.05);
            narrowest = fmin(narrowest, e.widths[j]);
            const double weight = (e.x[j + 1 < n ? j + 1 : j] - e.x[j > 0 ? j - 1 : 0]) / 2;
            mass += weight * e.f[j];
            size += weight * fabs(e.f[j]);
        }
        e.desc.t = t;
        e.desc.t_count = FINE;
        execute(&e.desc, e.f, y);
        for (size_t k = 0; k < FINE; k++) {
            sum += step * y[k] * (k == 0 || k == FINE - 1 ? 0.5 : 1);
        }
        const double bound =
            step * step / 12 * 2 * size / pow(narrowest, 3) + FINE * DBL_EPSILON * size;
        worst = fmax(worst, fabs(sum - mass) / bound);
    }
    printf("# masses: worst error / bound %.3f (limit 1)\n", worst);
    assert_true(worst <= 1);
}

/* What CLAMP gives an end sample more than LOSE is what of the kernel lies beyond it, also where
 * that end is some widths away: 1 in 4 million at half the grid. Weights of at most 1, each with
 * some 40 roundings, as above; and the same cut off of both. */
static void distant_ends(void **state) {
    enum { N = 120 };
    double x[N], f[N] = {0}, widths[N], y[2][N], worst = 0;
    (void)state;
    for (int j = 0; j < N; j++) {
        x[j] = j + (j % 3 == 1 ? 0.3 : 0);
        widths[j] = j % 2 == 0 ? 10 : 12;
    }
    conv_irregular_desc desc;
    conv_irregular_desc_init(&desc, CONV_F64, x, N, widths, CONV_GATHER);
    desc.tolerance = 0x1p-53;
    for (int end = 0; end < N; end += N - 1) {
        f[end] = 1;
        desc.edge = CONV_VARYING_CLAMP;
        execute(&desc, f, y[0]);
        desc.edge = CONV_VARYING_LOSE;
        execute(&desc, f, y[1]);
        for (int k = 0; k < N; k++) {
            const double beyond = 0.5 * erfc(fabs(x[k] - x[end]) / widths[k] / sqrt(2.0));
            worst = fmax(worst, fabs(y[0][k] - y[1][k] - beyond) / (80 * DBL_EPSILON));
        }
        f[end] = 0;
    }
    printf("# distant ends: worst error / bound %.3f (limit 1)\n", worst);
    assert_true(worst <= 1);
}

/* Weights that add up to 1, times numbers up to 7: 6 products and sums, a rounding of FLT_EPSILON /
 * 2 each. */
static void floats(void **state) {
    (void)state;
    const double x[6] = {0, 1, 2, 4, 8, 16}, widths[6] = {0.5, 2, 1, 3, 4, 6};
    const double f[6] = {1, -2, 3, 0.5, 7, -1};
    float narrow[6], y[6];
    double wide[6];
    for (int k = 0; k < 6; k++) {
        narrow[k] = (float)f[k];
    }
    assert_int_equal(conv1d_irregular_f32(x, narrow, 6, widths, CONV_GATHER, CONV_VARYING_CLAMP, y),
                     CONV_OK);
    assert_int_equal(conv1d_irregular_f64(x, f, 6, widths, CONV_GATHER, CONV_VARYING_CLAMP, wide),
                     CONV_OK);
    for (int k = 0; k < 6; k++) {
        assert_true(fabs((double)y[k] - wide[k]) <= 6.0 * 7.0 * FLT_EPSILON);
    }
}

static void bad_numbers(void **state) {
    (void)state;
    const double x[6] = {0, 1, 2, 4, 8, 16}, widths[6] = {0, 0.1, 0.1, 0.1, 0.1, 0};
    double f[6] = {1, 1, (double)NAN, 1, (double)INFINITY, 1}, y[6];
    /* Width 0 and narrow ones: at a sample only its own lines, on both sides, are in reach. */
    assert_int_equal(conv1d_irregular_f64(x, f, 6, widths, CONV_GATHER, CONV_VARYING_LOSE, y),
                     CONV_OK);
    assert_true(y[0] == 1);
    assert_true(isnan(y[1]) && isnan(y[2]) && isnan(y[3]));
    assert_true(isinf(y[4]) && y[4] > 0);
    assert_true(y[5] == 1);
    f[2] = 1;
    f[4] = -(double)INFINITY;
    assert_int_equal(conv1d_irregular_f64(x, f, 6, widths, CONV_SCATTER, CONV_VARYING_LOSE, y),
                     CONV_OK);
    assert_true(isfinite(y[0]) && isfinite(y[1]) && isfinite(y[2]));
    assert_true(isinf(y[4]) && y[4] < 0);
}

/* Complex types, floats, batches and threads: each part as it is alone, to the bit. */
static void types_and_threads(void **state) {
    enum { N = 300, BATCH = 3 };
    static double x[N], widths[N], re[BATCH * N], im[BATCH * N], y[2][BATCH * N];
    static double both[2 * BATCH * N], result[2 * BATCH * N];
    static float single[2 * BATCH * N], single_result[2 * BATCH * N];
    uint64_t seed = test_seed(7);
    (void)state;
    for (size_t j = 0; j < N; j++) {
        x[j] = (j > 0 ? x[j - 1] : 0) + between(&seed, 0.1, 2);
        widths[j] = between(&seed, 0, 20);
    }
    for (size_t i = 0; i < BATCH * N; i++) {
        re[i] = both[2 * i] = single[2 * i] = (float)between(&seed, -1, 1);
        im[i] = both[2 * i + 1] = single[2 * i + 1] = (float)between(&seed, -1, 1);
    }
    conv_irregular_desc desc;
    conv_irregular_desc_init(&desc, CONV_F64, x, N, widths, CONV_SCATTER);
    for (size_t b = 0; b < BATCH; b++) {
        execute(&desc, re + b * N, y[0] + b * N);
        execute(&desc, im + b * N, y[1] + b * N);
    }
    desc.batch = BATCH;
    desc.threads = 2;
    desc.dtype = CONV_C64;
    execute(&desc, both, result);
    desc.dtype = CONV_C32;
    execute(&desc, single, single_result);
    for (size_t i = 0; i < BATCH * N; i++) {
        assert_true(result[2 * i] == y[0][i] && result[2 * i + 1] == y[1][i]);
        assert_true(single_result[2 * i] == (float)y[0][i]);
        assert_true(single_result[2 * i + 1] == (float)y[1][i]);
    }
}

static void matrix_and_workspace(void **state) {
    const double x[4] = {0, 1, 3, 4}, t[3] = {-1, 2, 2}, widths[3] = {0.5, 2, 0};
    const double f[4] = {1, -2, 3, 0.5};
    size_t start[4], first[3];
    double values[12], y[3];
    conv_irregular_desc desc;
    conv_irregular *plan = NULL;
    (void)state;
    conv_irregular_desc_init(&desc, CONV_F64, x, 4, widths, CONV_GATHER);
    desc.t = t;
    desc.t_count = 3;
    assert_int_equal(conv_irregular_create(&plan, &desc), CONV_OK);
    assert_int_equal(conv_irregular_matrix(plan, start, first, NULL), CONV_OK);
    assert_true(start[3] <= 12);
    assert_int_equal(conv_irregular_matrix(plan, start, first, values), CONV_OK);
    char *memory = malloc(conv_irregular_workspace_size(plan) + 3);
    assert_non_null(memory);
    assert_int_equal(conv_irregular_execute(plan, f, y, memory + 3), CONV_OK);
    for (size_t k = 0; k < 3; k++) {
        double sum = 0;
        for (size_t i = start[k]; i < start[k + 1]; i++) {
            sum += values[i] * f[first[k] + i - start[k]];
        }
        assert_true(fabs(sum - y[k]) <= 8 * DBL_EPSILON);
    }
    assert_true(y[2] == 0.5); /* width 0: the interpolant */
    free(memory);
    conv_irregular_destroy(plan);
    conv_irregular_destroy(NULL);
    assert_int_equal(conv_irregular_workspace_size(NULL), 0);
}

/* ---- errors ---- */

static double grid[4] = {0, 1, 3, 4}, some_widths[4] = {1, 1, 1, 1}, points_at[2] = {1, 2};

static conv_irregular_desc good(void) {
    conv_irregular_desc desc;
    conv_irregular_desc_init(&desc, CONV_F64, grid, 4, some_widths, CONV_GATHER);
    return desc;
}

static void fails(const conv_irregular_desc *desc, conv_status wanted, const char *a,
                  const char *b) {
    conv_irregular *plan = (conv_irregular *)(void *)grid;
    assert_int_equal(conv_irregular_create(&plan, desc), wanted);
    assert_null(plan);
    if (strstr(conv_last_error(), a) == NULL || strstr(conv_last_error(), b) == NULL) {
        fail_msg("\"%s\" does not name %s and %s", conv_last_error(), a, b);
    }
}

static void errors_of_fields(void **state) {
    (void)state;
    conv_irregular_desc d = good();
    assert_int_equal(conv_irregular_create(NULL, &d), CONV_ERR_NULL);
    fails(NULL, CONV_ERR_NULL, "desc", "");
    d.x = NULL;
    fails(&d, CONV_ERR_NULL, "x", "");
    d = good(), d.widths = NULL;
    fails(&d, CONV_ERR_NULL, "widths", "");
    d = good(), d.struct_size = 3;
    fails(&d, CONV_ERR_STRUCT_SIZE, "struct_size", "3");
    d = good(), d.form = (conv_varying_form)0;
    fails(&d, CONV_ERR_ENUM, "form", "no default");
    d = good(), d.dtype = (conv_dtype)9;
    fails(&d, CONV_ERR_ENUM, "dtype", "9");
    d = good(), d.profile = (conv_varying_shape)9;
    fails(&d, CONV_ERR_ENUM, "profile", "9");
    d = good(), d.edge = (conv_varying_edge)9;
    fails(&d, CONV_ERR_ENUM, "edge", "9");
    d = good(), d.edge = CONV_VARYING_CLAMP, d.form = CONV_SCATTER;
    fails(&d, CONV_ERR_ENUM, "CLAMP", "GATHER");
    d = good(), d.n = 1;
    fails(&d, CONV_ERR_EXTENT, "n is 1", "2");
    d = good(), d.t = points_at;
    fails(&d, CONV_ERR_EXTENT, "t_count", "0");
    d = good(), d.batch = 0;
    fails(&d, CONV_ERR_EXTENT, "batch", "0");
    d = good(), d.batch = SIZE_MAX / 2;
    fails(&d, CONV_ERR_OVERFLOW, "signals", "");
    d = good(), d.tolerance = -1;
    fails(&d, CONV_ERR_TOLERANCE, "tolerance", "-1");
    d = good(), d.threads = -2;
    fails(&d, CONV_ERR_THREADS, "threads", "-2");
}

static void errors_of_numbers(void **state) {
    (void)state;
    conv_irregular_desc d = good();
    grid[2] = 1;
    fails(&d, CONV_ERR_RANGE, "x[2]", "above x[1]");
    grid[2] = (double)NAN;
    fails(&d, CONV_ERR_RANGE, "x[2]", "finite");
    grid[2] = 3;
    some_widths[3] = -0.5;
    fails(&d, CONV_ERR_RANGE, "widths[3]", "-0.5");
    some_widths[3] = (double)INFINITY;
    fails(&d, CONV_ERR_RANGE, "widths[3]", "inf");
    some_widths[3] = 1;
    d.t = points_at, d.t_count = 2;
    points_at[0] = 3;
    fails(&d, CONV_ERR_RANGE, "t[1]", "at least t[0]");
    points_at[0] = -1;
    d.edge = CONV_VARYING_REFLECT;
    fails(&d, CONV_ERR_RANGE, "t[0]", "-1");
    points_at[0] = 1;
    d.profile = CONV_VARYING_LORENTZ;
    fails(&d, CONV_ERR_RANGE, "widths[0]", "REFLECT");
}

static void errors_of_execute(void **state) {
    (void)state;
    double f[8] = {1, 2, 3, 4}, y[4] = {7, 7, 7, 7};
    conv_irregular_desc d = good();
    conv_irregular *plan = NULL;
    assert_int_equal(conv_irregular_create(&plan, &d), CONV_OK);
    assert_int_equal(conv_irregular_execute(NULL, f, y, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_irregular_execute(plan, NULL, y, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_irregular_execute(plan, f, NULL, NULL), CONV_ERR_NULL);
    assert_int_equal(conv_irregular_execute(plan, f, f + 3, NULL), CONV_ERR_ALIAS);
    assert_int_equal(conv_irregular_execute(plan, f, y, y), CONV_ERR_ALIAS);
    assert_int_equal(conv_irregular_execute(plan, f, y, f), CONV_ERR_ALIAS);
    assert_int_equal(conv_irregular_matrix(plan, NULL, NULL, NULL), CONV_ERR_NULL);
    assert_true(y[0] == 7 && y[3] == 7);
    conv_irregular_destroy(plan);
    assert_int_equal(
        conv1d_irregular_f64(grid, NULL, 4, some_widths, CONV_GATHER, CONV_VARYING_LOSE, y),
        CONV_ERR_NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_quadrature),
        cmocka_unit_test(bounds),
        cmocka_unit_test(even_grids),
        cmocka_unit_test(even_matrix),
        cmocka_unit_test(constants),
        cmocka_unit_test(masses),
        cmocka_unit_test(distant_ends),
        cmocka_unit_test(floats),
        cmocka_unit_test(bad_numbers),
        cmocka_unit_test(types_and_threads),
        cmocka_unit_test(matrix_and_workspace),
        cmocka_unit_test(errors_of_fields),
        cmocka_unit_test(errors_of_numbers),
        cmocka_unit_test(errors_of_execute),
    };
    return cmocka_run_group_tests_name("irregular grids", tests, NULL, NULL);
}
