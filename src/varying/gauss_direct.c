/* The direct engine: sampled Gaussians by a recurrence, which the leaf loops run. Here: its arrays,
 * and the edges. REFLECT extends the line, or folds what was scattered outside; CLAMP adds what the
 * kernels have outside, times the end sample. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "varying/engines.h"

/* Reaches are kept as R, and are summed up in it. */
static const double longest = 1048576;

static bool reflects(const conv_varying *plan) {
    return plan->rule.edge == CONV_VARYING_REFLECT;
}

static double clipped_reach(const conv_varying *plan, double reach) {
    return reflects(plan) ? reach : fmin(reach, (double)(plan->n - 1));
}

static const char *reject(const conv_varying *plan) {
    if (plan->rule.taps.profile != CONV_VARYING_GAUSS)
        return "it makes Gaussians alone";
    for (size_t i = 0; i < plan->rows * plan->n; i++)
        if (conv_tap_kind(&plan->rule.taps, plan->width[i]) != CONV_VARYING_SAMPLED)
            return "it makes sampled Gaussians alone";
    if (clipped_reach(plan, plan->reach) > (plan->is_double ? longest : longest / 64))
        return "the kernels are too long for its recurrence";
    return NULL;
}

/* ---- preparing ---- */

enum { ARRAYS = 6 };

static size_t padded(size_t n) {
    return (n + CONV_GROUP_PAD - 1) / CONV_GROUP_PAD * CONV_GROUP_PAD + CONV_GROUP_PAD;
}

static bool allocate(const conv_varying *plan, conv_gauss_direct *made) {
    size_t room = padded(plan->n), size = conv_real_size(plan->is_double);
    size_t groups = room / CONV_GROUP, edge = conv_gauss_ends(plan);
    size_t reals = conv_times(room, size), ints = conv_aligned_size(groups * sizeof(int32_t));
    size_t all = conv_plus(conv_times(ARRAYS, reals), 2 * ints);
    size_t bytes = conv_plus(all, conv_times(2 * edge, sizeof(double)));
    char *memory = conv_allocate(bytes);
    if (!memory)
        return false;
    memset(memory, 0, bytes);
    made->memory = memory;
    made->arrays = (conv_gauss_row){.reach = memory,
                                    .step = memory + reals,
                                    .shrink = memory + 2 * reals,
                                    .block_step = memory + 3 * reals,
                                    .step_shrink = memory + 4 * reals,
                                    .scale = memory + 5 * reals};
    memory += ARRAYS * reals;
    made->arrays.least = (int32_t *)(void *)memory;
    made->arrays.most = (int32_t *)(void *)(memory + ints);
    made->before = (double *)(void *)(memory + 2 * ints);
    made->behind = made->before + edge;
    return true;
}

/* In samples: narrower ones, 0 among them, have the same weights, 1 and zeros. */
#define NARROWEST 1e-3

/* The arrays are ours to write, although the loops have them const. */
static void set(const conv_varying *plan, const void *array, size_t i, double value) {
    conv_real_set((void *)(uintptr_t)array, (ptrdiff_t)i, value, plan->is_double);
}

static void set_steps(const conv_varying *plan, conv_gauss_direct *made, const double *width) {
    const conv_gauss_row *a = &made->arrays;
    int32_t *least = (int32_t *)(uintptr_t)a->least, *most = (int32_t *)(uintptr_t)a->most;
    const double block = CONV_GAUSS_BLOCK;
    for (size_t k = 0; k < plan->n; k++) {
        double s = conv_row_width(&plan->rule, width[k]);
        double square = s > NARROWEST ? 1 / s / s : 1 / NARROWEST / NARROWEST;
        double reach = clipped_reach(plan, conv_tap_reach(&plan->rule.taps, s));
        size_t g = k / CONV_GROUP;
        set(plan, a->reach, k, reach);
        set(plan, a->step, k, exp(-square / 2));
        set(plan, a->shrink, k, -expm1(-square));
        set(plan, a->block_step, k, exp(-block * block * square / 2));
        set(plan, a->step_shrink, k, exp(-block * square));
        set(plan, a->scale, k, 1);
        least[g] = k % CONV_GROUP == 0 || (int32_t)reach < least[g] ? (int32_t)reach : least[g];
        most[g] = (int32_t)reach > most[g] ? (int32_t)reach : most[g];
    }
}

/* The weights' sums as the loops have them, so that constants stay constants: the line of ones. */
static conv_status set_scales(const conv_varying *plan, conv_gauss_direct *made,
                              const double *width) {
    size_t n = plan->n, size = conv_real_size(plan->is_double), edge = conv_gauss_ends(plan);
    size_t pad = (size_t)clipped_reach(plan, plan->reach) + CONV_GROUP_PAD;
    char *ones = conv_allocate(conv_times(conv_plus(n, 2 * pad), size));
    char *sums = conv_allocate(conv_times(padded(n), size));
    if (ones && sums) {
        memset(ones, 0, (n + 2 * pad) * size);
        for (size_t i = reflects(plan) ? 0 : pad; i < (reflects(plan) ? n + 2 * pad : pad + n); i++)
            conv_real_set(ones, (ptrdiff_t)i, 1, plan->is_double);
        plan->loops->gauss_gather(&made->arrays, ones + pad * size, sums, 0, n);
        for (size_t k = 0; k < n; k++) {
            double outside[2] = {0, 0}, sum = conv_real_get(sums, (ptrdiff_t)k, plan->is_double);
            if ((k < edge || n - 1 - k < edge) && !reflects(plan) &&
                plan->rule.edge != CONV_VARYING_RENORMALISE)
                conv_row_outside(&plan->rule, width[k], k, outside);
            if (k < edge)
                made->before[k] = outside[0];
            if (n - 1 - k < edge)
                made->behind[n - 1 - k] = outside[1];
            set(plan, made->arrays.scale, k, 1 / (sum + outside[0] + outside[1]));
        }
    }
    conv_status status =
        ones && sums ? CONV_OK : conv_fail(CONV_ERR_MEMORY, "no memory for sums of %zu kernels", n);
    conv_free(ones);
    conv_free(sums);
    return status;
}

static void release(conv_varying *plan) {
    for (size_t row = 0; plan->direct && row < plan->rows; row++)
        conv_free(plan->direct[row].memory);
    conv_free(plan->direct);
    plan->direct = NULL;
}

static conv_status prepare(conv_varying *plan) {
    size_t most = (size_t)clipped_reach(plan, plan->reach), size = conv_real_size(plan->is_double);
    conv_status status = CONV_OK;
    plan->direct = conv_allocate(conv_times(plan->rows, sizeof *plan->direct));
    if (!plan->direct)
        return conv_fail(CONV_ERR_MEMORY, "no memory for %zu rows of widths", plan->rows);
    memset(plan->direct, 0, plan->rows * sizeof *plan->direct);
    plan->pad = plan->scatters ? 0 : most;
    plan->out_pad = plan->scatters && reflects(plan) ? most : 0;
    plan->at_once = !plan->scatters;
    plan->tile = plan->scatters ? conv_gauss_tile(most) : conv_gauss_through_tile(most);
    plan->tiles = (plan->n + 2 * plan->out_pad + plan->tile - 1) / plan->tile;
    plan->scratch_bytes = plan->scatters ? conv_gauss_scratch(plan->tile, most) * size
                                         : conv_gauss_through_scratch(plan);
    for (size_t row = 0; row < plan->rows && status == CONV_OK; row++) {
        conv_gauss_direct *made = &plan->direct[row];
        const double *width = plan->width + row * plan->n;
        if (!allocate(plan, made))
            return conv_fail(CONV_ERR_MEMORY, "no memory for %zu widths", plan->n);
        set_steps(plan, made, width);
        status = set_scales(plan, made, width);
    }
    return status;
}

/* ---- running: SCATTER ---- */

static double get(const conv_varying *plan, const void *reals, ptrdiff_t i) {
    return conv_real_get(reals, i, plan->is_double);
}

static ptrdiff_t reflected(ptrdiff_t j, size_t n) {
    return conv_row_inside(CONV_VARYING_REFLECT, j, n);
}

static void tiles(const conv_varying *plan, const conv_varying_line *line, size_t first,
                  size_t last, void *scratch) {
    const conv_gauss_row *arrays = &plan->direct[line->row].arrays;
    size_t outputs = plan->n + 2 * plan->out_pad;
    for (size_t t = first; t < last; t++) {
        size_t low = t * plan->tile, high = conv_min(outputs, low + plan->tile);
        plan->loops->gauss_scatter(arrays, plan->n, line->x, line->y,
                                   (ptrdiff_t)low - (ptrdiff_t)plan->out_pad,
                                   (ptrdiff_t)high - (ptrdiff_t)plan->out_pad,
                                   (size_t)clipped_reach(plan, plan->reach), scratch);
    }
}

static void add(const conv_varying *plan, void *y, ptrdiff_t i, double value) {
    conv_real_set(y, i, get(plan, y, i) + value, plan->is_double);
}

static void fold(const conv_varying *plan, void *y) {
    for (ptrdiff_t j = 1; j <= (ptrdiff_t)plan->out_pad; j++) {
        ptrdiff_t behind = (ptrdiff_t)plan->n - 1 + j;
        add(plan, y, reflected(-j, plan->n), get(plan, y, -j));
        add(plan, y, reflected(behind, plan->n), get(plan, y, behind));
    }
}

/* Sample k has `before` of its kernel before sample 0, and behind[n-1-k] of it behind n-1. */
static void clamp(const conv_varying *plan, const conv_gauss_direct *direct, const void *x,
                  void *y) {
    ptrdiff_t last = (ptrdiff_t)plan->n - 1;
    double low = 0, high = 0;
    for (ptrdiff_t k = 0; k < (ptrdiff_t)conv_gauss_ends(plan); k++) {
        low += direct->before[k] * get(plan, direct->arrays.scale, k) * get(plan, x, k);
        high +=
            direct->behind[k] * get(plan, direct->arrays.scale, last - k) * get(plan, x, last - k);
    }
    add(plan, y, 0, low);
    add(plan, y, last, high);
}

static void end(const conv_varying *plan, const conv_varying_line *line) {
    if (plan->out_pad)
        fold(plan, line->y);
    if (plan->rule.edge == CONV_VARYING_CLAMP)
        clamp(plan, &plan->direct[line->row], line->x, line->y);
}

const conv_engine conv_engine_direct = {
    CONV_VARYING_ENGINE_DIRECT, "direct", reject, prepare, NULL, tiles, end, release,
    conv_gauss_through};
