#include "volterra/product_weights.h"

#include <math.h>

#include "base/memory.h"
#include "base/status.h"

/* ---- functions ---- */

typedef struct {
    const double *first, *next, *end; /* next: the first that is not before the panel */
} point_range;

/* Where the point lies in the panel, in panels: below 0 and above 1 where it does not. The product
 * is formed exactly: far from 0 its rounding would be that of the point. */
static double place(const conv_panel *panel, double point) {
    return fma(-panel->origin, panel->dx, point) / panel->dx;
}

/* Between neighbours among the panel's ends and the points; from_point, to_point: which are points.
 */
static void add_piece(conv_panel *panel, double a, double b, bool from_point, bool to_point,
                      conv_moments *sum) {
    bool may_be_singular = a == 0 && panel->origin == 0;
    double middle = from_point || may_be_singular ? b : a;
    if (to_point && middle == b)
        middle = a + (b - a) / 2;
    if (may_be_singular)
        conv_panel_singular(panel, middle, sum);
    else if (from_point)
        conv_panel_towards(panel, a, middle, sum);
    else if (!to_point)
        conv_panel_smooth(panel, a, b, sum);
    if (to_point && !panel->failed)
        conv_panel_towards(panel, b, middle, sum);
}

/* A peak at a point beside the panel may reach into it: its ends then are as points. */
static conv_moments panel_moments(conv_panel *panel, point_range *points) {
    conv_moments sum = {0, 0, 0};
    double a = 0;
    bool from_point = points->next > points->first && place(panel, points->next[-1]) > -1;
    panel->unsettled = 0;
    for (bool last = false; !last && !panel->failed;) {
        double next = points->next < points->end ? place(panel, *points->next) : INFINITY;
        double b = fmin(next, 1);
        bool to_point = next < 2;
        last = next >= 1;
        if (!last)
            points->next++;
        if (b > a)
            add_piece(panel, a, b, from_point, to_point, &sum);
        from_point = to_point;
        a = fmax(a, b);
    }
    return sum;
}

static conv_status function_weights(const conv_product_kernel *kernel, size_t panels, double dx,
                                    double *hat, double *first) {
    if (!kernel->function)
        return conv_fail(CONV_ERR_NULL, "kernel->function is NULL");
    if (kernel->point_count > 0 && !kernel->points)
        return conv_fail(CONV_ERR_NULL, "kernel->points is NULL, with a point_count of %zu",
                         kernel->point_count);
    double before = 0;
    for (size_t i = 0; i < kernel->point_count; before = kernel->points[i++])
        if (!(kernel->points[i] > before) || !isfinite(kernel->points[i]))
            return conv_fail(CONV_ERR_RANGE,
                             "kernel->points[%zu] is %g, must be finite and above %g", i,
                             kernel->points[i], before);
    conv_panel panel = {.function = kernel->function, .context = kernel->context, .dx = dx};
    point_range points = {kernel->points, kernel->points, NULL};
    if (kernel->point_count > 0)
        points.end = kernel->points + kernel->point_count;
    for (size_t j = 0; j < panels && !panel.failed; j++) {
        panel.origin = (double)j;
        conv_moments moments = panel_moments(&panel, &points);
        if (!panel.failed && conv_panel_is_rough(&panel, &moments))
            return conv_fail(CONV_ERR_CALLBACK,
                             "kernel->function is too irregular between samples %zu and %zu, from "
                             "%g to %g, to be integrated in 20000 evaluations; what jumps there "
                             "belongs into kernel->points",
                             j, j + 1, (double)j * dx, (double)(j + 1) * dx);
        hat[j] = moments.fall + (j > 0 ? first[j - 1] : 0);
        first[j] = moments.rise;
    }
    if (panel.failed)
        return conv_fail(CONV_ERR_CALLBACK, "kernel->function gave %g at %.17g, must be finite",
                         panel.bad_value, panel.bad_point);
    return CONV_OK;
}

/* ---- antiderivatives ---- */

static double call(const conv_product_kernel *kernel, int which, double t, conv_status *status) {
    double value = (which == 1 ? kernel->first : kernel->second)(t, kernel->context);
    if (!isfinite(value) && *status == CONV_OK)
        *status = conv_fail(CONV_ERR_CALLBACK, "kernel->%s gave %g at %.17g, must be finite",
                            which == 1 ? "first" : "second", value, t);
    return value;
}

/* hat_j = (G2(t+dx) - 2 G2(t) + G2(t-dx)) / dx at t = j dx, and what f_0 meets in y_k is
 * G1(t) - (G2(t) - G2(t-dx)) / dx at t = k dx. Both functions are 0 at 0 by their definition. */
static conv_status antiderivative_weights(const conv_product_kernel *kernel, size_t panels,
                                          double dx, double *hat, double *first) {
    if (!kernel->first || !kernel->second)
        return conv_fail(CONV_ERR_NULL, "kernel->%s is NULL", !kernel->first ? "first" : "second");
    conv_status status = CONV_OK;
    double second = 0, difference = 0;
    for (size_t j = 0; j < panels && status == CONV_OK; j++) {
        double t = (double)(j + 1) * dx;
        double before = second, difference_before = difference;
        second = call(kernel, 2, t, &status);
        difference = (second - before) / dx;
        hat[j] = difference - difference_before;
        first[j] = call(kernel, 1, t, &status) - difference;
    }
    return status;
}

/* ---- powers ---- */

typedef struct {
    double scale, exponent;
} power;

static double evaluate_power(double t, void *context) {
    const power *p = context;
    return p->scale * pow(t, p->exponent);
}

/* The panels before this one are done by quadrature: the series below need 1/j small, beside 1 and
 * beside 1/alpha. */
static size_t series_begin(double alpha) {
    double begin = fmax(8, ceil((alpha + 1) / 4));
    double most = fmin(1e15, (double)(CONV_MAX_BYTES / 2));
    return (size_t)fmin(begin, most);
}

/* With c = alpha + 1 and x = 1/j the hat's weight is the second difference
 *     scale dx^alpha j^c ((1+x)^c - 2 + (1-x)^c) / (c (c-1)),
 * and that of f_0 in y_j
 *     scale dx^alpha j^c ((1-x)^c - 1 + c x) / (c (c-1)).
 * The brackets are what is left of numbers near 1: sums of binomial terms C(c, i) x^i from i = 2
 * on, of which the first cancels the divisor. */
static void power_series(double alpha, double x, double *hat, double *first) {
    double term = 0.5, even = 0.5, alternating = 0.5; /* C(c, i) x^(i-2) / (c (c-1)), i = 2 */
    for (int i = 3; i < 200; i++) {
        term *= (alpha + 2 - i) / i * x;
        if (i % 2 == 0)
            even += term;
        alternating += i % 2 == 0 ? term : -term;
        if (fabs(term) < 0x1p-57)
            break;
    }
    *hat = 2 * even;
    *first = alternating;
}

static conv_status power_weights(const conv_product_kernel *kernel, size_t panels, double dx,
                                 double *hat, double *first) {
    double alpha = kernel->alpha, scale = kernel->scale;
    if (!isfinite(alpha) || alpha <= 0)
        return conv_fail(CONV_ERR_RANGE, "kernel->alpha is %g, must be finite and positive", alpha);
    if (!isfinite(scale))
        return conv_fail(CONV_ERR_RANGE, "kernel->scale is %g, must be finite", scale);
    power p = {scale, alpha - 1};
    conv_panel panel = {.function = evaluate_power, .context = &p, .dx = dx};
    size_t begin = conv_min(series_begin(alpha), panels);
    first[0] = scale * pow(dx, alpha) / (alpha + 1);
    hat[0] = first[0] / alpha;
    for (size_t j = 1; j < begin; j++) {
        conv_moments moments = {0, 0, 0};
        panel.origin = (double)j;
        conv_panel_smooth(&panel, 0, 1, &moments);
        hat[j] = moments.fall + first[j - 1];
        first[j] = moments.rise;
    }
    for (size_t j = begin; j <= panels; j++) {
        double t = (double)j * dx, height = scale * dx * pow(t, alpha - 1), hat_part, first_part;
        power_series(alpha, 1 / (double)j, &hat_part, &first_part);
        if (j < panels)
            hat[j] = height * hat_part;
        if (j > begin)
            first[j - 1] = height * first_part;
    }
    return CONV_OK;
}

conv_status conv_product_weights(const conv_product_kernel *kernel, size_t panels, double dx,
                                 double *hat, double *first) {
    switch (kernel->kind) {
    case CONV_PRODUCT_POWER:
        return power_weights(kernel, panels, dx, hat, first);
    case CONV_PRODUCT_ANTIDERIVATIVES:
        return antiderivative_weights(kernel, panels, dx, hat, first);
    case CONV_PRODUCT_FUNCTION:
        return function_weights(kernel, panels, dx, hat, first);
    }
    return conv_fail(CONV_ERR_ENUM, "kernel->kind is %d, must be 0..%d", (int)kernel->kind,
                     CONV_PRODUCT_FUNCTION);
}
