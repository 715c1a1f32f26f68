/* The weights' gradient of a depthwise kernel, taps of one line: every lane is a channel of its
 * own. Some points of all channels come together, line of memory after line: with thousands of
 * channels a point is pages away from the next, and memory comes slowly the other way round. A
 * sample is loaded once for all its taps: rows + POINTS - 1 samples, POINTS points and the sums
 * twice for rows * POINTS multiply-adds. */
#include "layer/layer_leaf.h"

enum { POINTS = 4, MOST_ROWS = 8 }; /* BY_LANE_ROWS is less than twice that */

/* Points l..l+points-1 of one vector of channels. */
ALWAYS_INLINE void meet_rows(const conv_layer_tile *t, const R *x, const R *y, R *c, const int rows,
                             const int points, bool begins) {
    vec sum[MOST_ROWS], point[POINTS];
    UNROLL
    for (int i = 0; i < rows; i++)
        sum[i] = begins ? (vec){0} : vec_load(c + i * t->c_row);
    UNROLL
    for (int j = 0; j < points; j++)
        point[j] = load_shared(y + j * t->b_step);
    UNROLL
    for (int q = 0; q < rows + points - 1; q++) {
        const vec one = load_shared(x + q * t->a_step);
        UNROLL
        for (int j = 0; j < points; j++)
            if (q - j >= 0 && q - j < rows)
                sum[q - j] = vec_fma(one, point[j], sum[q - j]);
    }
    UNROLL
    for (int i = 0; i < rows; i++)
        vec_store(c + i * t->c_row, sum[i]);
}

ALWAYS_INLINE void meet_channels(const conv_layer_tile *t, const R *a, const R *b, R *c,
                                 const int rows) {
    const ptrdiff_t lanes = (ptrdiff_t)t->repeats * LANES;
    bool begins = !t->continues;
    for (size_t segment = 0; segment < t->segments; segment++) {
        const R *x = a + t->segment[segment].a, *y = b + t->segment[segment].b;
        for (size_t l = 0, points; l < t->length; l += points) {
            points = t->length - l < POINTS ? 1 : POINTS;
            for (ptrdiff_t i = 0; i < lanes && points == POINTS; i += LANES)
                meet_rows(t, x + i, y + i, c + i, rows, POINTS, begins);
            for (ptrdiff_t i = 0; i < lanes && points == 1; i += LANES)
                meet_rows(t, x + i, y + i, c + i, rows, 1, begins);
            begins = false;
            x += (ptrdiff_t)points * t->a_step;
            y += (ptrdiff_t)points * t->b_step;
        }
    }
}

static void run_tap_lanes(const conv_layer_tile *t, const R *a, const R *b, R *c, int rows) {
    switch (rows) {
    case 1:
        meet_channels(t, a, b, c, 1);
        break;
    case 2:
        meet_channels(t, a, b, c, 2);
        break;
    case 3:
        meet_channels(t, a, b, c, 3);
        break;
    case 4:
        meet_channels(t, a, b, c, 4);
        break;
    case 5:
        meet_channels(t, a, b, c, 5);
        break;
    case 6:
        meet_channels(t, a, b, c, 6);
        break;
    case 7:
        meet_channels(t, a, b, c, 7);
        break;
    default:
        meet_channels(t, a, b, c, MOST_ROWS);
    }
}

void FN(layer_tap_lanes)(const conv_layer_tile *given, const void *a, const void *b, void *c) {
    conv_layer_tile t = *given;
    const bool whole = t.lanes == LANES, empty = t.segments == 0 || t.length == 0;
    t.repeats -= whole ? 0 : 1;
    /* Sums of one vector would wait for themselves. */
    if (t.a_row != t.a_step || empty || t.repeats < 2) {
        FN(layer_by_lane)(given, a, b, c);
        return;
    }
    for (int done = 0, rows; done < t.rows; done += rows) {
        const int left = t.rows - done;
        rows = left > MOST_ROWS ? (left + 1) / 2 : left;
        run_tap_lanes(&t, (const R *)a + done * t.a_row, b, (R *)c + done * t.c_row, rows);
    }
    if (!whole) {
        const ptrdiff_t done = (ptrdiff_t)t.repeats * LANES;
        t.repeats = 1;
        FN(layer_by_lane)(&t, (const R *)a + done, (const R *)b + done, (R *)c + done);
    }
}
