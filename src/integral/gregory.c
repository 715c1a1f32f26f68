#include "integral/gregory.h"

#include <math.h>

/* omega_i for q = 0..8: they make the end correction exact for polynomials of degree below q.
 * (Solutions of sum_i u_i i^p = -zeta(-p), p = 0..q-1, with omega_i = u_i + [i >= 1].) */
static const double omega[9][8] = {
    {0},
    {1. / 2},
    {5. / 12, 13. / 12},
    {9. / 24, 28. / 24, 23. / 24},
    {251. / 720, 897. / 720, 633. / 720, 739. / 720},
    {475. / 1440, 1902. / 1440, 1104. / 1440, 1586. / 1440, 1413. / 1440},
    {19087. / 60480, 84199. / 60480, 37738. / 60480, 75242. / 60480, 55031. / 60480,
     61343. / 60480},
    {36799. / 120960, 176648. / 120960, 54851. / 120960, 177984. / 120960, 89437. / 120960,
     130936. / 120960, 119585. / 120960},
    {1070017. / 3628800, 5537111. / 3628800, 932517. / 3628800, 6527875. / 3628800,
     1494755. / 3628800, 4641093. / 3628800, 3349879. / 3628800, 3662753. / 3628800},
};

const double *conv_gregory_omegas(int q) {
    return omega[q];
}

double conv_gregory_omega(int q, size_t i) {
    return i < (size_t)q ? omega[q][i] : 1;
}

double conv_gregory_weight(int q, size_t points, size_t i) {
    size_t from_end = points - 1 - i;
    /* Not by way of 1 + (omega - 1), which rounds: outputs would be corrected by an ulp. */
    if (i >= (size_t)q)
        return conv_gregory_omega(q, from_end);
    double weight = conv_gregory_omega(q, i);
    return from_end < (size_t)q ? weight + (conv_gregory_omega(q, from_end) - 1) : weight;
}

int conv_gregory_overlap_ends(int q, size_t n, size_t m) {
    size_t shorter = n < m ? n : m;
    if (shorter == 1 || q == 0)
        return 0;
    if (q == 1 || shorter < 4)
        return 1;
    return shorter - 2 < (size_t)q ? (int)shorter - 2 : q;
}

void conv_gregory_overlap(size_t n, size_t m, ptrdiff_t k, ptrdiff_t *low, ptrdiff_t *high) {
    *low = k - (ptrdiff_t)(m - 1) > 0 ? k - (ptrdiff_t)(m - 1) : 0;
    *high = k < (ptrdiff_t)(n - 1) ? k : (ptrdiff_t)(n - 1);
}

/* The outputs 0..short_reach from either end of the lattice are short. */
static ptrdiff_t short_reach(int q) {
    return q < 2 ? 0 : q + 1;
}

bool conv_gregory_is_short(int q, size_t n, size_t m, ptrdiff_t k, bool *mirrored) {
    ptrdiff_t last = (ptrdiff_t)(n + m - 2), reach = short_reach(q);
    *mirrored = k > reach;
    return q > 0 && (k <= reach || last - k <= reach);
}

ptrdiff_t conv_gregory_next(int q, size_t n, size_t m, ptrdiff_t k) {
    ptrdiff_t last = (ptrdiff_t)(n + m - 2), next = last + 1, corner_reach = 2 * (ptrdiff_t)q - 2;
    ptrdiff_t end_reach = corner_reach > short_reach(q) ? corner_reach : short_reach(q);
    const ptrdiff_t corner[] = {0, (ptrdiff_t)m - 1, (ptrdiff_t)n - 1, last};
    if (q == 0)
        return next;
    for (int c = 0; c < 4; c++) {
        ptrdiff_t reach = c == 0 || c == 3 ? end_reach : corner_reach;
        ptrdiff_t first = corner[c] - reach > k ? corner[c] - reach : k;
        if (first <= corner[c] + reach && first <= last && first < next)
            next = first;
    }
    return next;
}

/* Nodes on (0, 1), ascending, and weights of Gauss-Legendre with `count` points. */
static void gauss_legendre(int count, long double *node, long double *weight) {
    const long double pi = 3.14159265358979323846264338327950288L;
    for (int p = 0; p < count; p++) {
        long double x = cosl(pi * ((long double)(count - p) - 0.25L) / ((long double)count + 0.5L));
        long double slope = 1;
        for (int step = 0; step < 6; step++) {
            long double before = 0, here = 1; /* Legendre polynomials by their recurrence */
            for (int d = 1; d <= count; d++) {
                long double next = ((2 * d - 1) * x * here - (d - 1) * before) / d;
                before = here;
                here = next;
            }
            slope = count * (x * here - before) / (x * x - 1);
            x -= here / slope;
        }
        node[p] = (1 + x) / 2;
        weight[p] = 1 / ((1 - x * x) * slope * slope);
    }
}

/* Lagrange's polynomials of the nodes 0..count-1 at x: products of x - i over the i before j, and
 * over those after it, over (-1)^(count-1-j) j! (count-1-j)!. */
static void lagrange(int count, long double x, long double *value) {
    long double product = 1, scale = 1;
    for (int j = 0; j < count; j++) {
        value[j] = product;
        product *= x - j;
    }
    product = 1;
    for (int j = 1; j < count; j++)
        scale *= -j;
    for (int j = count - 1; j >= 0; j--) {
        value[j] *= product;
        product *= x - j;
    }
    for (int j = 0; j < count; j++) {
        value[j] /= scale;
        if (j + 1 < count)
            scale *= (long double)(j + 1) / (j + 1 - count);
    }
}

/* The integral over 0..t of the product of the polynomials through the first points samples and
 * taps, the latter backwards from t: exact by Gauss-Legendre with as many points. */
static void polynomial_form(int q, size_t n, size_t m, ptrdiff_t t, bool mirrored,
                            conv_gregory_row *row) {
    enum { MOST = CONV_GREGORY_MOST + 3 };
    int points = q + 2;
    long double node[MOST], weight[MOST], value[MOST][MOST];
    row->count = 0;
    row->replaces = true;
    if (t == 0)
        return;
    gauss_legendre(points, node, weight);
    for (int p = 0; p < points; p++)
        lagrange(points, (long double)t * node[p], value[p]);
    for (int j = 0; j < points; j++)
        for (int l = 0; l < points; l++) {
            long double sum = 0;
            for (int p = 0; p < points; p++)
                sum += weight[p] * value[p][j] * value[points - 1 - p][l];
            conv_gregory_term *term = &row->term[row->count++];
            term->sample = mirrored ? n - 1 - (size_t)j : (size_t)j;
            term->tap = mirrored ? m - 1 - (size_t)l : (size_t)l;
            term->weight = (double)((long double)t * sum);
        }
}

static bool short_form(int q, size_t n, size_t m, ptrdiff_t k, conv_gregory_row *row) {
    bool mirrored;
    if (!conv_gregory_is_short(q, n, m, k, &mirrored))
        return false;
    polynomial_form(q, n, m, mirrored ? (ptrdiff_t)(n + m - 2) - k : k, mirrored, row);
    return true;
}

void conv_gregory_correct(int q, size_t n, size_t m, ptrdiff_t k, conv_gregory_row *row) {
    ptrdiff_t low, high;
    if (short_form(q, n, m, k, row))
        return;
    row->count = 0;
    row->replaces = false;
    conv_gregory_overlap(n, m, k, &low, &high);
    for (ptrdiff_t i = low; i <= high; i++) {
        if (i == low + q && i < high - q + 1)
            i = high - q + 1; /* between the ends nothing is weighted */
        size_t sample = (size_t)i, tap = (size_t)(k - i);
        double wanted = conv_gregory_weight(q, (size_t)(high - low + 1), (size_t)(i - low));
        double got = conv_gregory_weight(q, n, sample) * conv_gregory_weight(q, m, tap);
        if (wanted != got)
            row->term[row->count++] = (conv_gregory_term){sample, tap, wanted - got};
    }
}

void conv_gregory_form(int q, size_t n, size_t m, ptrdiff_t k, conv_gregory_row *row) {
    ptrdiff_t low, high;
    if (short_form(q, n, m, k, row))
        return;
    row->count = 0;
    row->replaces = true;
    conv_gregory_overlap(n, m, k, &low, &high);
    for (ptrdiff_t i = low; i <= high; i++)
        row->term[row->count++] = (conv_gregory_term){
            (size_t)i, (size_t)(k - i),
            conv_gregory_weight(q, (size_t)(high - low + 1), (size_t)(i - low))};
}
