/* Which splits an axis goes through, and the tables of roots they need. */
#include "fft/ring_axis.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "fft/ring_tables.h"

size_t conv_ring_axis_length(size_t unit, size_t at_least) {
    /* Beyond memory; its depth fits CONV_RING_DEPTHS. */
    const size_t limit = SIZE_MAX >> (sizeof(size_t) > 4 ? 20 : 5);
    size_t power = unit;
    if (at_least > limit) {
        return 0;
    }
    while (power < at_least) {
        power *= 2;
    }
    /* Between this and the power of two before it lies one times three. */
    return power / 4 >= unit && power / 4 * 3 >= at_least ? power / 4 * 3 : power;
}

/* Splits by 8 are the fewest passes over memory; splits by 4 before them make up the rest. The
 * split that is fused with reading and writing a line, of twice as many streams, is by 4 at most:
 * more streams at distances of a power of two than a cache has ways get in each other's way. The
 * order of the additions, and with it every bit of the result, follows from the length alone. */
static void plan_steps(conv_ring_axis *axis, size_t end, bool fused) {
    int left = 0;
    for (size_t n = axis->branch; n > end; n /= 2) {
        left++;
    }
    int fours = left % 3 ? 3 - left % 3 : fused ? 3 : 0;
    while (left) {
        int step = fours > 0 ? 2 : 3;
        if (left == 1 || (left == 3 && fused && axis->steps == 0)) {
            step = 1; /* what is left of 2, or 8 as 2 and 4 */
            fours = 2;
        }
        axis->log_radix[axis->steps++] = (unsigned char)step;
        left -= step;
        fours--;
    }
}

/* Marks the levels that a branch uses. */
static void mark_levels(const conv_ring_axis *axis, bool *needed) {
    int depth = 0;
    for (int s = 0; s < axis->steps; s++) {
        needed[depth] = true;
        if (axis->log_radix[s] == 3) {
            needed[depth + 1] = true;
        }
        depth += axis->log_radix[s];
    }
    for (size_t n = axis->branch >> depth; n >= 4; n /= 4) {
        needed[depth] = true;
        depth += 2;
    }
}

static bool acquire_levels(conv_ring_axis *axis) {
    bool needed[CONV_RING_DEPTHS] = {false};
    mark_levels(axis, needed);
    for (int b = 0; b < axis->branches; b++) {
        for (int d = 0; d < CONV_RING_DEPTHS; d++) {
            if (!needed[d]) {
                continue;
            }
            axis->level[b][d] = conv_ring_level_acquire(axis->is_double, axis->angle[b], d);
            if (!axis->level[b][d]) {
                conv_ring_axis_release(axis);
                return false;
            }
        }
    }
    return true;
}

/* angle: of the whole axis, in 1/CONV_RING_TURN turns */
static void split_in_three(conv_ring_axis *axis, int angle) {
    const double pi = 3.14159265358979323846;
    double turns = (double)angle / CONV_RING_TURN / 3;
    axis->branches = 3;
    axis->branch = axis->length / 3;
    for (int b = 0; b < 3; b++) {
        axis->angle[b] = (angle + b * CONV_RING_TURN) / 3;
    }
    for (int power = 1; power <= 2; power++) {
        axis->cube[2 * power - 2] = cos(2 * pi * turns * power);
        axis->cube[2 * power - 1] = sin(2 * pi * turns * power);
    }
}

static void start(conv_ring_axis *axis, size_t length, bool is_double, int angle) {
    memset(axis, 0, sizeof *axis);
    axis->length = axis->branch = length;
    axis->branches = 1;
    axis->is_double = is_double;
    axis->angle[0] = angle;
    if (length % 3 == 0) {
        split_in_three(axis, angle);
    }
}

bool conv_ring_axis_line(conv_ring_axis *axis, size_t length, bool is_double, bool is_complex,
                         size_t lanes) {
    start(axis, length, is_double, is_complex ? 0 : CONV_RING_TURN / 4);
    size_t group = lanes > 4 ? 4 * lanes : CONV_RING_END;
    bool is_short = axis->branch < 4 * CONV_RING_END;
    plan_steps(axis, is_short ? CONV_RING_END : 4 * CONV_RING_END, axis->branches == 1);
    axis->stride = axis->branch < group ? group : axis->branch;
    return acquire_levels(axis);
}

bool conv_ring_axis_column(conv_ring_axis *axis, size_t length, bool is_double) {
    start(axis, length, is_double, 0);
    axis->stride = axis->branch;
    if (length > 1) {
        plan_steps(axis, CONV_RING_COLUMN_END, false);
    }
    return length == 1 || acquire_levels(axis);
}

void conv_ring_axis_summed(conv_ring_axis *axis, size_t length, size_t taps) {
    memset(axis, 0, sizeof *axis);
    axis->length = length;
    axis->taps = taps;
}

void conv_ring_axis_release(conv_ring_axis *axis) {
    for (int b = 0; b < axis->branches; b++) {
        for (int d = 0; d < CONV_RING_DEPTHS; d++) {
            if (axis->level[b][d]) {
                conv_ring_level_release(axis->is_double, axis->angle[b], d);
                axis->level[b][d] = NULL;
            }
        }
    }
}
