#include "integral/order_probes.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "integral/gregory.h"
#include "problem/extend.h"

/* Orders that are compared: one more than can be chosen. */
enum { MOST = CONV_ORDER_PROBES_MOST, SIDE = 3 };
_Static_assert(MOST == CONV_GREGORY_MOST + 1, "one more than can be chosen");

/* A sum with the weights of q = 1..MOST, each as re, im. */
typedef struct {
    double of[MOST][2];
} order_sums;

typedef struct {
    const conv_next_order *from;
    int count; /* orders */
    bool is_complex;
    int allowed[CONV_MAX_RANK][MOST];
    /* Of one output: its overlap on each axis. */
    ptrdiff_t k[CONV_MAX_RANK], low[CONV_MAX_RANK], high[CONV_MAX_RANK];
    double (*sample)[2], (*tap)[2]; /* of a line */
} order_probe;

/* Where one of the later axes does not matter: the fill value is there. */
#define FILLED_OFFSET PTRDIFF_MIN

static ptrdiff_t sample_offset(const conv_axis *axis, ptrdiff_t before, ptrdiff_t position) {
    ptrdiff_t sample = conv_extend_index(axis, position);
    if (sample == CONV_FILLED || before == FILLED_OFFSET)
        return FILLED_OFFSET;
    return before + sample * axis->signal_stride;
}

/* ---- the last axis ---- */

static void load_samples(const order_probe *p, ptrdiff_t offset, size_t count) {
    const conv_problem *problem = p->from->problem;
    int last = problem->rank - 1;
    const conv_axis *axis = &problem->axis[last];
    ptrdiff_t size = (ptrdiff_t)problem->elements->size, n = (ptrdiff_t)axis->n;
    for (size_t i = 0, run; i < count; i += run) {
        ptrdiff_t position = p->low[last] + (ptrdiff_t)i;
        run = 1;
        if (position >= 0 && position < n && offset != FILLED_OFFSET)
            run = conv_min(count - i, (size_t)(n - position));
        ptrdiff_t at = sample_offset(axis, offset, position);
        if (at == FILLED_OFFSET)
            memcpy(p->sample[i], problem->fill, sizeof problem->fill);
        else
            problem->elements->widen(p->sample + i, (const char *)p->from->signal + at * size,
                                     axis->signal_stride, run);
    }
}

/* What a tap was multiplied by. The only tap of an axis has the weight 0, and all outputs are 0
 * whatever it counts as. */
static double weight_of(const conv_axis *axis, size_t tap) {
    double weight = conv_end_weight(axis->m, axis->tap_ends, axis->tap_end_weight, tap);
    return weight != 0 ? weight : 1;
}

/* Taps first..first+count-1 of a line in sliding order, which is that of the samples; without the
 * weights of this axis. */
static void load_taps(const order_probe *p, size_t line, size_t first, size_t count) {
    const conv_problem *problem = p->from->problem;
    const conv_axis *axis = &problem->axis[problem->rank - 1];
    size_t ends = (size_t)axis->tap_ends, last = first + count;
    const char *taps = (const char *)p->from->taps;
    problem->elements->widen_taps(
        p->tap, taps + (line * axis->m + first) * problem->elements->tap_size, count);
    for (size_t t = first; t < last; t++) {
        if (t >= ends && t + ends < axis->m)
            t = conv_min(axis->m - ends, last); /* those between have weight 1 */
        if (t == last)
            break;
        double weight = weight_of(axis, t);
        p->tap[t - first][0] /= weight;
        p->tap[t - first][1] /= weight;
    }
}

static void multiply(const double x[2], const double h[2], double product[2]) {
    product[0] = x[0] * h[0] - x[1] * h[1];
    product[1] = x[0] * h[1] + x[1] * h[0];
}

/* Without weights. */
static void add_products(const order_probe *p, size_t count, double total[2]) {
    double part[4] = {0, 0, 0, 0}; /* as many sums as one addition takes cycles */
    size_t i = 0;
    total[1] = 0;
    for (; i + 4 <= count && !p->is_complex; i += 4)
        for (size_t j = 0; j < 4; j++)
            part[j] += p->sample[i + j][0] * p->tap[i + j][0];
    total[0] = (part[0] + part[1]) + (part[2] + part[3]);
    for (; i < count; i++) {
        double product[2];
        multiply(p->sample[i], p->tap[i], product);
        total[0] += product[0];
        total[1] += product[1];
    }
}

/* End weights that an overlap of so many points can have. */
static int ends_of(const order_probe *p, int d, int order, size_t points) {
    return (int)conv_min((size_t)p->allowed[d][order], points);
}

/* w(i) = 1 + (omega_i - 1) + (omega_(from the other end) - 1): the sum, and a few products of the
 * ends for each order. */
static void sum_line(const order_probe *p, ptrdiff_t offset, size_t line, order_sums *sums) {
    const conv_problem *problem = p->from->problem;
    int last = problem->rank - 1;
    size_t points = (size_t)(p->high[last] - p->low[last]) + 1;
    double total[2], end[MOST][2] = {{0}};
    load_samples(p, offset, points);
    load_taps(p, line, (size_t)((ptrdiff_t)problem->axis[last].m - 1 - p->k[last] + p->low[last]),
              points);
    add_products(p, points, total);
    for (size_t j = 0; j < MOST && j < points; j++) {
        double first[2], other[2];
        multiply(p->sample[j], p->tap[j], first);
        multiply(p->sample[points - 1 - j], p->tap[points - 1 - j], other);
        end[j][0] = first[0] + other[0];
        end[j][1] = first[1] + other[1];
    }
    for (int o = 0; o < p->count; o++) {
        int q = ends_of(p, last, o, points);
        double re = total[0], im = total[1];
        for (int j = 0; j < q; j++) {
            double change = conv_gregory_omega(q, (size_t)j) - 1;
            re += change * end[j][0];
            im += change * end[j][1];
        }
        sums->of[o][0] = re;
        sums->of[o][1] = im;
    }
}

/* ---- all axes ---- */

/* line: the row of taps, in sliding order, of the axes before d. */
static void sum_axis(const order_probe *p, int d, ptrdiff_t offset, size_t line, order_sums *sums) {
    const conv_axis *axis = &p->from->problem->axis[d];
    size_t points = (size_t)(p->high[d] - p->low[d]) + 1;
    if (d == p->from->problem->rank - 1) {
        sum_line(p, offset, line, sums);
        return;
    }
    memset(sums, 0, sizeof *sums);
    for (size_t i = 0; i < points; i++) {
        ptrdiff_t position = p->low[d] + (ptrdiff_t)i;
        size_t tap = (size_t)((ptrdiff_t)axis->m - 1 - p->k[d] + position);
        order_sums below;
        sum_axis(p, d + 1, sample_offset(axis, offset, position), line * axis->m + tap, &below);
        double had = weight_of(axis, tap);
        for (int o = 0; o < p->count; o++) {
            int q = ends_of(p, d, o, points);
            double weight = q ? conv_gregory_weight(q, points, i) : 1;
            sums->of[o][0] += weight / had * below.of[o][0];
            sums->of[o][1] += weight / had * below.of[o][1];
        }
    }
}

/* False where no products reach the output at these lattice indices. */
static bool place_output(order_probe *p, const size_t *index) {
    const conv_problem *problem = p->from->problem;
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        p->k[d] = axis->start + (ptrdiff_t)(index[d] * axis->step);
        p->low[d] = p->k[d] - (ptrdiff_t)(axis->m - 1);
        p->high[d] = p->k[d];
        if (axis->extension == CONV_EXTEND_ZERO)
            conv_gregory_overlap(axis->n, axis->m, p->k[d], &p->low[d], &p->high[d]);
        if (p->low[d] > p->high[d])
            return false;
    }
    return true;
}

/* The lattice indices of one of the few outputs: away from the middle and the ends of the lattice,
 * where rules are corrected. */
static void find_output(const conv_problem *problem, size_t number, size_t *index) {
    size_t side = problem->rank > 3 ? 2 : SIDE;
    for (int d = 0; d < problem->rank; d++) {
        size_t count = problem->axis[d].count;
        index[d] = (size_t)(0.3 * (double)count) + number % side * (count / 4);
        number /= side;
    }
}

static size_t outputs_of(const conv_problem *problem) {
    size_t outputs = 1;
    for (int d = 0; d < problem->rank; d++)
        outputs *= problem->rank > 3 ? 2 : SIDE;
    return outputs;
}

size_t conv_order_probes_bytes(const conv_problem *problem) {
    return 2 * conv_aligned_size(problem->axis[problem->rank - 1].m * sizeof(double[2]));
}

double conv_order_probes_products(const conv_problem *problem) {
    double products = (double)outputs_of(problem);
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        bool clips = axis->extension == CONV_EXTEND_ZERO;
        products *= (double)(clips ? conv_min(axis->n, axis->m) : axis->m);
    }
    return products;
}

/* Sums of many products: each rounds a few times. */
static double rounding_of(const conv_problem *problem) {
    return 8 * (conv_dtype_is_double(problem->dtype) ? DBL_EPSILON : FLT_EPSILON);
}

static void begin(order_probe *p, const conv_next_order *from, int count, void *workspace) {
    const conv_problem *problem = from->problem;
    *p = (order_probe){.from = from,
                       .count = count,
                       .is_complex = conv_dtype_is_complex(problem->dtype),
                       .sample = workspace};
    p->tap = (double(*)[2])(void *)((char *)workspace + conv_order_probes_bytes(problem) / 2);
    for (int d = 0; d < problem->rank; d++)
        for (int q = 1; q <= count; q++)
            p->allowed[d][q - 1] = conv_next_order_allowed(&problem->axis[d], from->mode, q);
}

void conv_order_probes_output(const conv_next_order *from, int count, const size_t *index,
                              double (*output)[2], void *workspace) {
    order_probe p;
    order_sums sums = {{{0}}};
    begin(&p, from, count, workspace);
    if (place_output(&p, index))
        sum_axis(&p, 0, 0, 0, &sums);
    memcpy(output, sums.of, (size_t)count * sizeof *output);
}

int conv_order_probes_choose(const conv_next_order *from, int count, void *workspace) {
    order_probe p;
    double difference[MOST + 1] = {0}, largest = 0;
    begin(&p, from, count + 1, workspace);
    for (size_t i = 0; i < outputs_of(from->problem); i++) {
        size_t index[CONV_MAX_RANK];
        order_sums sums;
        find_output(from->problem, i, index);
        if (!place_output(&p, index))
            continue;
        sum_axis(&p, 0, 0, 0, &sums);
        for (int q = 1; q <= count; q++) {
            const double *a = sums.of[q - 1], *b = sums.of[q];
            /* a NaN says nothing: fmax passes it over */
            difference[q] = fmax(difference[q], hypot(a[0] - b[0], a[1] - b[1]));
            largest = fmax(largest, hypot(b[0], b[1]));
        }
    }
    return conv_next_order_best(difference, count, rounding_of(from->problem) * largest);
}
