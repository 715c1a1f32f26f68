/* GATHER of the direct engine in one pass over a line: a tile of outputs at a time, whose samples
 * and what lies around them fit the cache. So the line is read once and written once, which is what
 * narrow kernels wait for. */
#include <string.h>

#include "base/memory.h"
#include "varying/engines.h"

enum { SHORT_TILE = 1024 };

size_t conv_gauss_through_tile(size_t most) {
    size_t tile = conv_max(SHORT_TILE, 4 * most);
    return (tile + CONV_GROUP_PAD - 1) / CONV_GROUP_PAD * CONV_GROUP_PAD;
}

static size_t before_bytes(const conv_varying *plan) {
    return conv_aligned_size(plan->pad * conv_real_size(plan->is_double));
}

static size_t samples_bytes(const conv_varying *plan) {
    return conv_aligned_size((plan->tile + plan->pad + CONV_GROUP_PAD) *
                             conv_real_size(plan->is_double));
}

size_t conv_gauss_through_scratch(const conv_varying *plan) {
    return CONV_ALIGNMENT + before_bytes(plan) + samples_bytes(plan) +
           conv_aligned_size(plan->tile * conv_real_size(plan->is_double));
}

/* What is not finite counts elsewhere. */
static double sample(const conv_varying *plan, const conv_varying_line *line, ptrdiff_t j) {
    double value = conv_real_get(line->x, j * line->x_step, plan->is_double);
    return value - value == 0 ? value : 0;
}

/* to[j - low] = sample j, for all j that outputs low..high-1 reach. */
static bool take(const conv_varying *plan, const conv_varying_line *line, size_t low, size_t high,
                 char *to) {
    ptrdiff_t size = (ptrdiff_t)conv_real_size(plan->is_double), n = (ptrdiff_t)plan->n;
    ptrdiff_t first = (ptrdiff_t)low - (ptrdiff_t)plan->pad;
    ptrdiff_t last = (ptrdiff_t)(high + plan->pad);
    ptrdiff_t from = first > 0 ? first : 0, end = last < n ? last : n;
    memset(to + (first - (ptrdiff_t)low) * size, 0, (size_t)((from - first) * size));
    memset(to + (end - (ptrdiff_t)low) * size, 0, (size_t)((last - end + CONV_GROUP_PAD) * size));
    for (ptrdiff_t j = first; j < last && plan->rule.edge == CONV_VARYING_REFLECT; j++)
        if (j < from || j >= end)
            conv_real_set(to, j - (ptrdiff_t)low,
                          sample(plan, line, conv_row_inside(CONV_VARYING_REFLECT, j, plan->n)),
                          plan->is_double);
    return plan->loops->load((const char *)line->x + from * line->x_step * size, line->x_step,
                             (size_t)(end - from), to + (from - (ptrdiff_t)low) * size);
}

/* CLAMP: output k has `before` of its kernel before sample 0, and behind[n-1-k] behind n-1. */
static void add_ends(const conv_varying *plan, const conv_varying_line *line, size_t low,
                     size_t high, char *y) {
    const conv_gauss_direct *direct = &plan->direct[line->row];
    size_t ends = conv_gauss_ends(plan), last = plan->n - 1;
    double first_x = sample(plan, line, 0), last_x = sample(plan, line, (ptrdiff_t)last);
    for (size_t k = low; k < high; k++) {
        double outside = 0;
        if (k >= ends && last - k >= ends) {
            k = conv_max(k, conv_min(high, plan->n - ends) - 1);
            continue;
        }
        if (k < ends)
            outside += direct->before[k] * first_x;
        if (last - k < ends)
            outside += direct->behind[last - k] * last_x;
        outside *= conv_real_get(direct->arrays.scale, (ptrdiff_t)k, plan->is_double);
        ptrdiff_t at = (ptrdiff_t)(k - low);
        conv_real_set(y, at, conv_real_get(y, at, plan->is_double) + outside, plan->is_double);
    }
}

/* Tiles whose samples and surroundings lie as the loops want them are read and written where they
 * are. Outputs that are finite say that samples were. False: the tile has to be done again. */
static bool go_through(const conv_varying *plan, const conv_varying_line *line, size_t low,
                       size_t high, char *scratch) {
    size_t size = conv_real_size(plan->is_double);
    const char *x = (const char *)line->x + low * size;
    char *y = (char *)line->y + low * size;
    if (line->x_step != 1 || line->y_step != 1 || low < plan->pad ||
        high + plan->pad + CONV_GROUP_PAD > plan->n)
        return false;
    plan->loops->gauss_gather(&plan->direct[line->row].arrays, x, y, low, high);
    return plan->loops->load(y, 1, high - low, scratch);
}

bool conv_gauss_through(const conv_varying *plan, const conv_varying_line *line, size_t begin,
                        size_t end, void *scratch) {
    size_t size = conv_real_size(plan->is_double);
    char *x = (char *)scratch + before_bytes(plan), *y = x + samples_bytes(plan);
    bool finite = true;
    for (size_t t = begin; t < end; t++) {
        size_t low = t * plan->tile, high = conv_min(plan->n, low + plan->tile);
        ptrdiff_t to = (ptrdiff_t)low * line->y_step * (ptrdiff_t)size;
        if (go_through(plan, line, low, high, y))
            continue;
        finite = take(plan, line, low, high, x) && finite;
        plan->loops->gauss_gather(&plan->direct[line->row].arrays, x, y, low, high);
        if (plan->rule.edge == CONV_VARYING_CLAMP)
            add_ends(plan, line, low, high, y);
        plan->loops->store(y, high - low, (char *)line->y + to, line->y_step);
    }
    return finite;
}
