/* Magnitudes and digits of the operands. */
#include <float.h>
#include <math.h>

#include "integer/integer.h"

/* Without the branch that negating INT64_MIN would need. */
static inline uint64_t magnitude(int64_t value) {
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static uint64_t max_of_32(const int32_t *x, size_t count) {
    int32_t low = 0, high = 0;
    for (size_t i = 0; i < count; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    return magnitude(low) > magnitude(high) ? magnitude(low) : magnitude(high);
}

static uint64_t max_of_64(const int64_t *x, size_t count) {
    int64_t low = 0, high = 0;
    for (size_t i = 0; i < count; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    return magnitude(low) > magnitude(high) ? magnitude(low) : magnitude(high);
}

/* A sum of `count` numbers >= 0 in f64 is short by less than count + 3 roundings. */
static double at_least(double sum, size_t count) {
    return sum * (1 + ((double)count + 4) * DBL_EPSILON);
}

void conv_operand_scan_max(conv_operand *operand) {
    double count = (double)operand->count;
    operand->max = operand->is_32 ? max_of_32(operand->data, operand->count)
                                  : max_of_64(operand->data, operand->count);
    operand->sum = at_least(count * (double)operand->max, 0);
    operand->norm = at_least(sqrt(count) * (double)operand->max, 0);
    operand->nonzero = operand->max ? count : 0;
}

static int64_t sample(const conv_operand *operand, size_t i) {
    return operand->is_32 ? ((const int32_t *)operand->data)[i]
                          : ((const int64_t *)operand->data)[i];
}

/* Two of each sum, so that one addition need not wait for the one before. */
void conv_operand_scan_norms(conv_operand *operand) {
    double sum[2] = {0, 0}, square[2] = {0, 0};
    size_t nonzero = 0;
    for (size_t i = 0; i < operand->count; i++) {
        double value = fabs((double)sample(operand, i));
        nonzero += value != 0;
        sum[i % 2] += value;
        square[i % 2] += value * value;
    }
    operand->sum = at_least(sum[0] + sum[1], operand->count);
    operand->norm = at_least(sqrt(square[0] + square[1]), operand->count);
    operand->nonzero = (double)nonzero;
}

void conv_operand_widen(const conv_operand *operand, int64_t *wide) {
    const int32_t *x = operand->data;
    for (size_t i = 0; i < operand->count; i++)
        wide[i] = x[i];
}

int conv_operand_bits(const conv_operand *operand, int digits) {
    int bits = 1; /* the sign */
    for (uint64_t rest = operand->max; rest; rest >>= 1)
        bits++;
    return (bits + digits - 1) / digits;
}

typedef struct {
    int shift, bits;
    bool last;
    uint64_t below, halves; /* the bits under the digit; half of every digit under it */
} digit_place;

/* Digits that reach from -half to half - 1 are those of x + halves, less half each. What lies above
 * a place is therefore the shifted number, and a carry where the bits below reach one half. */
static inline double digit_of(int64_t value, const digit_place *place) {
    uint64_t carry = (((uint64_t)value & place->below) + place->halves) >> place->shift;
    int64_t rest = (value >> place->shift) + (int64_t)carry;
    if (place->last)
        return (double)rest;
    int64_t half = (int64_t)1 << (place->bits - 1);
    int64_t low = rest & (2 * half - 1);
    return (double)(low - 2 * (low & half));
}

void conv_operand_digit(const conv_operand *operand, int digits, int bits, int digit, double *out) {
    digit_place place = {digit * bits, bits, digit == digits - 1, 0, 0};
    place.below = ((uint64_t)1 << place.shift) - 1;
    for (int i = 0; i < digit; i++)
        place.halves += (uint64_t)1 << (i * bits + bits - 1);
    if (operand->is_32) {
        const int32_t *x = operand->data;
        for (size_t i = 0; i < operand->count; i++)
            out[i] = digits == 1 ? (double)x[i] : digit_of(x[i], &place);
    } else {
        const int64_t *x = operand->data;
        for (size_t i = 0; i < operand->count; i++)
            out[i] = digits == 1 ? (double)x[i] : digit_of(x[i], &place);
    }
}
