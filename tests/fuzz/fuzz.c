/* fuzz.c - numbers from bytes. */
#include "fuzz.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t fuzz_byte(fuzz_input *in) {
    if (in->left == 0) {
        return 0;
    }
    in->left--;
    return *in->at++;
}

uint64_t fuzz_word(fuzz_input *in) {
    uint64_t word = 0;
    for (int i = 0; i < 8; i++) {
        word = word << 8 | fuzz_byte(in);
    }
    return word;
}

size_t fuzz_below(fuzz_input *in, size_t bound) {
    const size_t high = bound > 256 ? (size_t)fuzz_byte(in) << 8 : 0;
    return (high + fuzz_byte(in)) % bound;
}

size_t fuzz_from(fuzz_input *in, size_t least, size_t most) {
    return least + fuzz_below(in, most - least + 1);
}

bool fuzz_one_in(fuzz_input *in, size_t bound) {
    return fuzz_below(in, bound) == bound - 1;
}

size_t fuzz_hostile_size(fuzz_input *in) {
    static const size_t ends[] = {SIZE_MAX,        PTRDIFF_MAX, SIZE_MAX / 8, SIZE_MAX / 16,
                                  (size_t)1 << 32, UINT32_MAX,  INT32_MAX,    0};
    const size_t which = fuzz_byte(in);
    if (which < 160) {
        return which % 40;
    }
    const size_t by = fuzz_byte(in) % 8;
    return which % 2 != 0 ? ends[which / 2 % 8] - by : ends[which / 2 % 8] + by;
}

/* The classes of fuzz_real. */
enum { ZERO, INTEGER, FRACTION, ONE_HALF, POWER, MANTISSA, TINY, NOT_FINITE, CLASSES };

double fuzz_number(fuzz_input *in, const fuzz_numbers *numbers) {
    const int range = numbers->range;
    const uint8_t class = fuzz_byte(in);
    const double sign = class & 8 ? -1.0 : 1.0;
    const int high = class >> 4;
    switch (class % CLASSES) {
    case ZERO:
        return 0.0 * sign;
    case INTEGER:
        return sign * high;
    case FRACTION:
        return sign * fuzz_byte(in) / 256.0;
    case ONE_HALF:
        return sign * 0.5 * high;
    case POWER:
        return sign * ldexp(1.0, fuzz_byte(in) * 2 * range / 255 - range);
    case MANTISSA:
        return sign * ldexp(256.0 + fuzz_byte(in), (high - 8) * range / 8 - 8);
    case TINY:
        return sign * (numbers->tiny ? ldexp(1.0 + high, numbers->single ? -149 : -1074) : 2.0);
    default:
        return !numbers->bad ? sign : high % 3 == 0 ? (double)NAN : sign * (double)INFINITY;
    }
}

double fuzz_real(fuzz_input *in, int range, bool bad) {
    const fuzz_numbers numbers = {false, range, false, bad};
    return fuzz_number(in, &numbers);
}

double fuzz_bits(fuzz_input *in) {
    const uint64_t word = fuzz_word(in);
    double value;
    memcpy(&value, &word, sizeof value);
    return value;
}

void fuzz_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "WRONG: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    abort();
}
