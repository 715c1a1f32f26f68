/* The error bound of an online convolution's latest output. */
#include <math.h>

#include "base/memory.h"
#include "base/status.h"
#include "methods/rounding.h"
#include "volterra/online.h"

enum { CHUNK = 64 };

/* Sums of moduli: products under the taps, squares of all samples kept and of the taps. */
typedef struct {
    double products, samples, taps;
} magnitudes;

/* Moduli of count elements. */
static void take_moduli(const conv_online *online, const char *from, size_t count, double *to) {
    double wide[CHUNK][2];
    online->elements->widen(wide, from, 1, count);
    for (size_t i = 0; i < count; i++)
        to[i] = wide[i][1] == 0 ? fabs(wide[i][0]) : hypot(wide[i][0], wide[i][1]);
}

/* From the latest sample on, which meets tap 0. */
static void measure(const conv_online *online, magnitudes *sums) {
    size_t size = online->elements->size, kept = conv_min(online->kept, online->count);
    double taps[CHUNK], samples[CHUNK];
    for (size_t at = 0; at < conv_max(kept, online->m);) {
        /* Samples up to this one, as far as they lie in order. */
        size_t place = at < kept ? ((online->count - 1 - at) & (online->kept - 1)) + 1 : CHUNK;
        size_t count = conv_min(CHUNK, place);
        size_t given = at < kept ? conv_min(count, kept - at) : 0;
        size_t met = at < online->m ? conv_min(count, online->m - at) : 0;
        if (given)
            take_moduli(online, conv_online_sample(online, online->count - at - given), given,
                        samples);
        if (met)
            take_moduli(online, online->taps + at * size, met, taps);
        for (size_t i = 0; i < given; i++)
            sums->samples += samples[i] * samples[i];
        for (size_t i = 0; i < met; i++)
            sums->taps += taps[i] * taps[i];
        for (size_t i = 0; i < conv_min(given, met); i++)
            sums->products += samples[given - 1 - i] * taps[i];
        at += count;
    }
}

/* A level's block at distance d errs by (log2 + 2) u |x_d|_2 |h_d|_2, and every tap is in at most
 * two of the h_d: by Cauchy's inequality the sum is below sqrt(2) times that of the whole norms. */
static double transform_units(const conv_online *online) {
    double units = 0;
    for (int i = 0; i < online->levels; i++)
        units += 1.4143 *
                 conv_bounds_transform(online->dtype, 2 * (double)online->level[i].block, false);
    return units;
}

/* What is lost below the normal numbers: a step for every product; in a transform for every number
 * of every pass, on the way there and back. Where a kernel enlarges them online_mend.c steps in. */
static double lost_steps(const conv_online *online) {
    double steps = (double)conv_min(online->m, online->count) + ROUNDINGS;
    for (int i = 0; i < online->levels && !online->componentwise; i++) {
        double length = 2 * (double)online->level[i].block;
        steps += 4 * length * (log2(length) + 1);
    }
    return steps * conv_step(online->dtype);
}

conv_status conv_online_bound(const conv_online *online, double *bound) {
    if (!online || !bound)
        return conv_fail(CONV_ERR_NULL, "%s is NULL", !online ? "online" : "bound");
    magnitudes sums = {0, 0, 0};
    double unit = conv_unit(online->dtype), terms = ROUNDINGS + online->levels, error;
    *bound = 0;
    if (online->count == 0)
        return CONV_OK;
    measure(online, &sums);
    if (online->componentwise || !online->levels)
        terms += online->levels ? (double)online->m : DIRECT;
    if (conv_dtype_is_complex(online->dtype))
        terms = 1.4143 * (2 * terms + 2);
    error = terms * unit;
    if (online->componentwise && online->value > 0)
        error = online->value;
    error *= sums.products;
    if (!online->componentwise && online->levels)
        error += transform_units(online) * unit * sqrt(sums.samples) * sqrt(sums.taps);
    /* These sums round, too. */
    error *= 1 + ((double)online->kept + (double)online->m) * 0x1p-52;
    error = (error + lost_steps(online)) * fmax(fabs(online->factor), 1e-300);
    *bound = isfinite(error) ? error : INFINITY;
    return CONV_OK;
}
