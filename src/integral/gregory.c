#include "integral/gregory.h"

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

/* Nodes and weights of Gauss-Legendre on (0, 1), ascending up to the middle: zeros of Legendre's
 * polynomials by Newton's iteration in 50 digits. Node count-1-p is 1 less node p, of the same
 * weight. */
enum { FEWEST_NODES = 3 };
static const long double gauss_legendre[][5][2] = {
    {{0.112701665379258311482073L, 0.277777777777777777777778L},
     {0.500000000000000000000000L, 0.444444444444444444444444L}},
    {{0.069431844202973712388027L, 0.173927422568726928686532L},
     {0.330009478207571867598667L, 0.326072577431273071313468L}},
    {{0.046910077030668003601187L, 0.118463442528094543757132L},
     {0.230765344947158454481843L, 0.239314335249683234020646L},
     {0.500000000000000000000000L, 0.284444444444444444444444L}},
    {{0.033765242898423986093849L, 0.085662246189585172520148L},
     {0.169395306766867743169300L, 0.180380786524069303784917L},
     {0.380690406958401545684749L, 0.233956967286345523694935L}},
    {{0.025446043828620737736905L, 0.064742483084434846635306L},
     {0.129234407200302780068068L, 0.139852695744638333950734L},
     {0.297077424311301416546697L, 0.190915025252559472475185L},
     {0.500000000000000000000000L, 0.208979591836734693877551L}},
    {{0.019855071751231884158220L, 0.050614268145188129576266L},
     {0.101666761293186630204223L, 0.111190517226687235272178L},
     {0.237233795041835507091130L, 0.156853322938943643668981L},
     {0.408282678752175097530262L, 0.181341891689180991482575L}},
    {{0.015919880246186955082212L, 0.040637194180787205985946L},
     {0.081984446336682102850285L, 0.090324080347428702029236L},
     {0.193314283649704801345649L, 0.130305348201467731159371L},
     {0.337873288298095535480731L, 0.156173538520001420034315L},
     {0.500000000000000000000000L, 0.165119677500629881582263L}},
    {{0.013046735741414139961018L, 0.033335672154344068796784L},
     {0.067468316655507744633952L, 0.074725674575290296572888L},
     {0.160295215850487796882836L, 0.109543181257991021997767L},
     {0.283302302935376404600367L, 0.134633359654998177545613L},
     {0.425562830509184394557587L, 0.147762112357376435086946L}},
};

static bool is_first_half(int count, int p) {
    return p < count - p;
}

/* {node, weight}; of the second half those of the first. */
static const long double *gauss_node(int count, int p) {
    return gauss_legendre[count - FEWEST_NODES][is_first_half(count, p) ? p : count - 1 - p];
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
 * taps, the latter backwards from t: exact by Gauss-Legendre with as many points. Sample j with tap
 * l has the weight of sample l with tap j. */
static void polynomial_form(int q, size_t n, size_t m, ptrdiff_t t, bool mirrored,
                            conv_gregory_row *row) {
    enum { MOST = CONV_GREGORY_MOST + 3 };
    int points = q + 2;
    long double value[MOST][MOST];
    row->count = 0;
    row->replaces = true;
    if (t == 0)
        return;
    for (int p = 0; p < points; p++) {
        long double first = gauss_node(points, p)[0];
        lagrange(points, (long double)t * (is_first_half(points, p) ? first : 1 - first), value[p]);
    }
    for (int j = 0; j < points; j++) {
        long double scaled[MOST];
        for (int p = 0; p < points; p++)
            scaled[p] = (long double)t * value[p][j] * gauss_node(points, p)[1];
        for (int l = 0; l < points; l++) {
            const conv_gregory_term *same = &row->term[l * points + j];
            long double sum = 0;
            for (int p = 0; p < points && l >= j; p++)
                sum += scaled[p] * value[points - 1 - p][l];
            conv_gregory_term *term = &row->term[row->count++];
            term->sample = mirrored ? n - 1 - (size_t)j : (size_t)j;
            term->tap = mirrored ? m - 1 - (size_t)l : (size_t)l;
            term->weight = l < j ? same->weight : (double)sum;
        }
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
