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
    /* Between this and the power of two before it lie others, in this order. */
    static const struct {
        size_t ways, part; /* of the power */
    } odd[] = {{9, 16}, {5, 8}, {3, 4}, {7, 8}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        size_t branch = power / odd[i].part;
        if (branch >= unit && branch * odd[i].ways >= at_least) {
            return branch * odd[i].ways;
        }
    }
    return power;
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
        needed[depth + 1] = needed[depth + 1] || n == 8;
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

/* Powers 1 .. count of exp(2 pi i turns). */
static void set_powers(double *powers, long double turns, int count) {
    const long double pi = 3.141592653589793238462643383279502884L;
    for (int power = 1; power <= count; power++) {
        powers[2 * power - 2] = (double)cosl(2 * pi * turns * power);
        powers[2 * power - 1] = (double)sinl(2 * pi * turns * power);
    }
}

/* The odd factor of a length. */
static int odd_part(size_t length) {
    while (length % 2 == 0) {
        length /= 2;
    }
    return (int)length;
}

/* angle: of the whole axis, in 1/CONV_RING_TURN turns. Thirds of a third are those of an angle that
 * is a third itself: of nine branches one comes after the third behind it. */
static void split_in_branches(conv_ring_axis *axis, int ways, int angle) {
    long double turns = (long double)angle / CONV_RING_TURN / ways;
    axis->branches = ways;
    axis->branch = axis->length / (size_t)ways;
    for (int b = 0; b < ways; b++) {
        int turn = ways == 9 ? b / 3 + b % 3 * 3 : b;
        axis->angle[b] = (angle + turn * CONV_RING_TURN) / ways;
    }
    if (ways < 9) {
        set_powers(axis->odd, turns, ways - 1);
        return;
    }
    set_powers(axis->odd, 3 * turns, 2);
    for (int third = 0; third < 3; third++) {
        set_powers(axis->odd + 4 + 4 * third, turns + third / 9.0L, 2);
    }
}

static void start(conv_ring_axis *axis, size_t length, bool is_double, int angle) {
    memset(axis, 0, sizeof *axis);
    axis->length = axis->branch = length;
    axis->branches = 1;
    axis->is_double = is_double;
    axis->angle[0] = angle;
    if (length > 1 && odd_part(length) > 1) {
        split_in_branches(axis, odd_part(length), angle);
    }
}

bool conv_ring_axis_line(conv_ring_axis *axis, size_t length, bool is_double, bool is_complex,
                         size_t lanes) {
    start(axis, length, is_double, is_complex ? 0 : CONV_RING_TURN / 4);
    size_t group = lanes > 4 ? 4 * lanes : CONV_RING_END;
    bool is_short = axis->branch < 4 * CONV_RING_END;
    plan_steps(axis, is_short ? CONV_RING_END : 4 * CONV_RING_END, axis->branches == 1);
    axis->stride = axis->branch < group ? group : axis->branch;
    axis->row = (size_t)axis->branches * axis->stride;
    return acquire_levels(axis);
}

/* Branches of 8 end as they are: a step by two would be a pass more over the panel. */
static size_t column_end(const conv_ring_axis *axis) {
    return axis->branch == 2 * CONV_RING_COLUMN_END ? axis->branch : CONV_RING_COLUMN_END;
}

bool conv_ring_axis_across(conv_ring_axis *axis, size_t length, bool is_double, bool is_complex,
                           size_t lanes) {
    start(axis, length, is_double, is_complex ? 0 : CONV_RING_TURN / 4);
    plan_steps(axis, column_end(axis), false);
    axis->stride = axis->branch;
    axis->row = (length + lanes - 1) / lanes * lanes;
    axis->across = true;
    return acquire_levels(axis);
}

bool conv_ring_axis_column(conv_ring_axis *axis, size_t length, bool is_double) {
    start(axis, length, is_double, 0);
    axis->stride = axis->branch;
    if (length > 1) {
        plan_steps(axis, column_end(axis), false);
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
