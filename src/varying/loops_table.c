/* Banded sums, loads and stores of lines, and the table of a type and level. */
#include "varying/loops_parts.h"

static void band_group(const conv_band_group *group, const R *values, const R *x, R *y) {
    enum { BAND_VECTORS = CONV_GROUP / LANES };
    vec sum[BAND_VECTORS];
    const R *weights = values + group->at;
    UNROLL
    for (int v = 0; v < BAND_VECTORS; v++)
        sum[v] = vec_splat(0);
    for (size_t t = 0; t < group->count; t++, weights += CONV_GROUP) {
        const R *samples = x + group->low + (ptrdiff_t)t;
        UNROLL
        for (int v = 0; v < BAND_VECTORS; v++)
            sum[v] = vec_fma(vec_load(weights + v * LANES), vec_load(samples + v * LANES), sum[v]);
    }
    UNROLL
    for (int v = 0; v < BAND_VECTORS; v++)
        vec_store(y + v * LANES, sum[v]);
}

static void band(const conv_band_group *groups, const void *values, const void *x, void *y,
                 size_t begin, size_t end) {
    for (size_t g = begin; g < end; g++)
        band_group(&groups[g], values, (const R *)x + g * CONV_GROUP, (R *)y + g * CONV_GROUP);
}

static bool load_line(const void *x, ptrdiff_t stride, size_t count, void *out) {
    const R *from = x;
    R *line = out, test = 0;
    if (stride == 1)
        memcpy(line, from, count * sizeof *line);
    else
        for (size_t i = 0; i < count; i++)
            line[i] = from[(ptrdiff_t)i * stride];
    vec tests = vec_splat(0);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        tests = vec_fma(vec_load(line + i), vec_splat(0), tests);
    for (; i < count; i++)
        test += line[i] * 0;
    for (int v = 0; v < LANES; v++)
        test += tests[v];
    if (test == 0)
        return true;
    for (i = 0; i < count; i++)
        if (!(line[i] - line[i] == 0))
            line[i] = 0;
    return false;
}

static void store_line(const void *from, size_t count, void *to, ptrdiff_t stride) {
    const R *line = from;
    R *x = to;
    if (stride == 1)
        memcpy(x, line, count * sizeof *x);
    else
        for (size_t i = 0; i < count; i++)
            x[(ptrdiff_t)i * stride] = line[i];
}

extern const conv_varying_loops FN(varying_loops);
const conv_varying_loops FN(varying_loops) = {
    FN(gauss_gather), FN(gauss_scatter), band,         load_line,        store_line,
    FN(bank_start),   FN(bank_step),     FN(bank_add), FN(bank_multiply)};
