/* Moments of a kernel over a panel by quadrature: Gauss-Legendre where it is smooth, and the
 * double-exponential rule where it may be singular (Takahasi and Mori, Double exponential formulas
 * for numerical integration, 1974).
 *
 * Accuracy measured against closed forms, largest error of a weight relative to the largest weight:
 * t^-1/2 and log t 2e-16, t^-0.95 1e-15, exp(-12.5 t/dx) 2e-16, exp(-1e7 t/dx) 6e-16; a staircase
 * whose jumps are all among `points` 1e-15, and 2e-4 where a jump in the first panel is not. */
#include "volterra/product_weights.h"

#include <math.h>

/* Gauss-Legendre with 8 and with 16 points on [-1/2, 1/2]: each node stands for itself and for its
 * mirror image. */
static const double gauss8[4][2] = {
    {0.4801449282487681158, 0.0506142681451881295},
    {0.3983332387068133697, 0.1111905172266872352},
    {0.2627662049581644929, 0.1568533229389436436},
    {0.0917173212478249024, 0.1813418916891809914},
};
static const double gauss16[8][2] = {
    {0.4947004674958249662, 0.0135762297058770474}, {0.4722875115366162880, 0.0311267619693239464},
    {0.4328156011939158719, 0.0475792558412463924}, {0.3777022041775015169, 0.0623144856277669360},
    {0.3089381222013218742, 0.0747979944082883660}, {0.2290083888286136931, 0.0845782596975012690},
    {0.1408017753896294566, 0.0913017075224617944}, {0.0475062549188187200, 0.0947253052275342481},
};

/* Where the two rules agree to this, the finer one's error is about the square of it. */
#define AGREEMENT 1e-9
/* A jump that was not announced is closed in on by halving: 2 cells each time, 40 times or so. Each
 * cell is 24 evaluations, each that is cut two more: 19224 at most. */
#define MOST_CELLS 400
/* Beside a panel, what may be left unsettled. */
#define ROUGH 1e-6
/* Towards a point, of a cell's width and the next one's. 16 nodes see what is 1/16 as wide. */
#define CLOSER 16

/* weight * g at v, added to the moments; its size is returned. */
static double add_point(conv_panel *panel, double v, double weight, conv_moments *sum) {
    double t = (panel->origin + v) * panel->dx, value = panel->function(t, panel->context);
    if (!isfinite(value) && !panel->failed) {
        panel->failed = true;
        panel->bad_point = t;
        panel->bad_value = value;
    }
    double part = weight * value;
    sum->fall += part * (1 - v);
    sum->rise += part * v;
    sum->size += fabs(part);
    return fabs(part);
}

static void add_moments(conv_moments *sum, const conv_moments *part) {
    sum->fall += part->fall;
    sum->rise += part->rise;
    sum->size += part->size;
}

static conv_moments gauss(conv_panel *panel, const double (*rule)[2], int pairs, double a,
                          double b) {
    conv_moments sum = {0, 0, 0};
    double middle = 0.5 * (a + b), width = b - a;
    for (int i = 0; i < pairs && !panel->failed; i++) {
        double weight = rule[i][1] * width * panel->dx;
        add_point(panel, middle - rule[i][0] * width, weight, &sum);
        add_point(panel, middle + rule[i][0] * width, weight, &sum);
    }
    return sum;
}

/* Halves the cell until both rules agree. What counts is the error beside the whole panel: an
 * irregular function then ends the halving, too, since the cells' shares become small. */
static void refine(conv_panel *panel, double a, double b, double whole, conv_moments *sum) {
    conv_moments coarse = gauss(panel, gauss8, 4, a, b), fine = gauss(panel, gauss16, 8, a, b);
    double middle = 0.5 * (a + b);
    whole = fmax(whole, fine.size);
    if (panel->failed)
        return;
    double error = fabs(fine.fall - coarse.fall) + fabs(fine.rise - coarse.rise);
    bool settled = error <= AGREEMENT * whole || middle <= a || middle >= b;
    if (settled || panel->cells == 0) {
        panel->unsettled += settled ? 0 : error;
        add_moments(sum, &fine);
        return;
    }
    panel->cells--;
    refine(panel, a, middle, whole, sum);
    refine(panel, middle, b, whole, sum);
}

void conv_panel_smooth(conv_panel *panel, double a, double b, conv_moments *sum) {
    panel->cells = MOST_CELLS;
    refine(panel, a, b, sum->size, sum);
}

bool conv_panel_is_rough(const conv_panel *panel, const conv_moments *sum) {
    return panel->unsettled > ROUGH * sum->size;
}

static void add_between(conv_panel *panel, double a, double b, conv_moments *sum) {
    if (!panel->failed && a != b)
        refine(panel, fmin(a, b), fmax(a, b), sum->size, sum);
}

/* From the point outwards, so that the tails of a peak count beside the peak; from so far that the
 * nodes next to the point are on its right side, as t = (origin + v) dx rounds. */
void conv_panel_towards(conv_panel *panel, double point, double far, conv_moments *sum) {
    double least = 1024 * 0x1p-52 * (panel->origin + 1), width = far - point, from = point;
    panel->cells = MOST_CELLS;
    while (fabs(width / CLOSER) > least)
        width /= CLOSER;
    for (; fabs(width * CLOSER) <= fabs(far - point); width *= CLOSER) {
        add_between(panel, from, point + width, sum);
        from = point + width;
    }
    add_between(panel, from, far, sum);
}

/* The node at u of v = b / (1 + exp(-pi sinh u)), which is small without cancellation on the left.
 * False where v or its weight has become 0. */
static bool add_node(conv_panel *panel, double b, double u, conv_moments *sum, double *size) {
    static const double pi = 3.14159265358979323846;
    double e = exp(pi * sinh(u)), q = e / (1 + e);
    double v = b * q, weight = v / (1 + e) * pi * cosh(u);
    if (v * panel->dx == 0 || v >= b || weight * panel->dx == 0)
        return false;
    *size = add_point(panel, v, weight * panel->dx, sum);
    return true;
}

/* Nodes u0, u0 + step, ... until they no longer count; as long as all are 0, a kernel much narrower
 * than the panel may still be to come. */
static void add_nodes(conv_panel *panel, double b, double u0, double step, conv_moments *sum) {
    double size;
    for (int small = 0; small < 4 && !panel->failed; u0 += step) {
        if (!add_node(panel, b, u0, sum, &size))
            return;
        small = sum->size > 0 && size <= 0x1p-60 * sum->size ? small + 1 : 0;
    }
}

void conv_panel_singular(conv_panel *panel, double b, conv_moments *sum) {
    conv_moments total = {0, 0, 0};
    double size, step = 0.25;
    (void)add_node(panel, b, 0, &total, &size);
    add_nodes(panel, b, step, step, &total);
    add_nodes(panel, b, -step, -step, &total);
    /* The nodes in between halve the step, and so square the error. */
    for (int halvings = 0; halvings < 5 && !panel->failed; halvings++) {
        conv_moments between = {0, 0, 0};
        add_nodes(panel, b, step / 2, step, &between);
        add_nodes(panel, b, -step / 2, -step, &between);
        double change = fabs(between.fall - total.fall) + fabs(between.rise - total.rise);
        bool settled = change <= AGREEMENT * (between.size + total.size);
        add_moments(&total, &between);
        step /= 2;
        if (settled && halvings > 0)
            break;
    }
    total.fall *= step;
    total.rise *= step;
    total.size *= step;
    add_moments(sum, &total);
}
