/* The weights' gradient of a depthwise kernel of one line, whose sums stay in registers while a
 * line goes by: lanes are neighbours on the line. TAPS_TOGETHER + 1 loads for as many multiply-adds
 * but one; nothing is turned. */
#include "layer/layer_leaf.h"

enum { TAPS_TOGETHER = 8 };

/* Points j.. of the line, a vector or what there is of one. checked: samples or points may not be
 * there. */
ALWAYS_INLINE void meet_points(const conv_layer_line *t, vec *sum, const R *x, const R *y,
                               ptrdiff_t j, const int taps, const bool checked) {
    const int count = between((ptrdiff_t)t->count - j, LANES);
    const vec one = checked ? load_masked(y + j, mask_between(0, count)) : load_shared(y + j);
    ptrdiff_t column = j + t->first;
    UNROLL
    for (int l = 0; l < taps; l++, column += t->dilation) {
        if (!checked) {
            sum[l] = vec_fma(vec_load(x + column), one, sum[l]);
            continue;
        }
        const int low = between(-column, LANES);
        const int high = between((ptrdiff_t)t->columns - column, count);
        if (low >= high)
            continue;
        /* What meets no sample is not multiplied: it may be infinite. */
        const lane_mask lanes = mask_between(low, high);
        sum[l] = vec_fma(load_masked(x + column, lanes), load_masked(y + j, lanes), sum[l]);
    }
}

ALWAYS_INLINE void meet_taps(const conv_layer_line *t, const R *x, const R *y, R *to,
                             const int taps) {
    const ptrdiff_t count = (ptrdiff_t)t->count, columns = (ptrdiff_t)t->columns;
    const ptrdiff_t reach = (taps - 1) * t->dilation + LANES;
    vec sum[TAPS_TOGETHER];
    UNROLL
    for (int l = 0; l < taps; l++)
        sum[l] = t->continues ? vec_load(to + l * t->b_tap) : (vec){0};
    for (ptrdiff_t j = 0; j < count; j += LANES) {
        const ptrdiff_t column = j + t->first;
        if (column >= 0 && column + reach <= columns && j + LANES <= count)
            meet_points(t, sum, x, y, j, taps, false);
        else
            meet_points(t, sum, x, y, j, taps, true);
    }
    UNROLL
    for (int l = 0; l < taps; l++)
        vec_store(to + l * t->b_tap, sum[l]);
}

static void meet_some(const conv_layer_line *t, const R *x, const R *y, R *to, size_t taps) {
    switch (taps) {
    case 1:
        meet_taps(t, x, y, to, 1);
        break;
    case 2:
        meet_taps(t, x, y, to, 2);
        break;
    case 3:
        meet_taps(t, x, y, to, 3);
        break;
    case 4:
        meet_taps(t, x, y, to, 4);
        break;
    case 5:
        meet_taps(t, x, y, to, 5);
        break;
    case 6:
        meet_taps(t, x, y, to, 6);
        break;
    case 7:
        meet_taps(t, x, y, to, 7);
        break;
    default:
        meet_taps(t, x, y, to, TAPS_TOGETHER);
    }
}

/* In parts of about as many taps. */
void FN(layer_tap_dots)(const conv_layer_line *taps_line, const void *a, const void *c, void *b) {
    conv_layer_line t = *taps_line;
    R *to = b;
    size_t parts = (t.taps + TAPS_TOGETHER - 1) / TAPS_TOGETHER;
    for (size_t left = t.taps, taps; parts > 0; parts--, left -= taps) {
        taps = (left + parts - 1) / parts;
        meet_some(&t, a, c, to, taps);
        t.first += (ptrdiff_t)taps * t.dilation;
        to += (ptrdiff_t)taps * t.b_tap;
    }
}
