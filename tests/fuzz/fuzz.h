/* fuzz.h - what every fuzzed area shares: numbers drawn from an input's bytes, and how it fails.
 *
 * An area is one program. Its entry, LLVMFuzzerTestOneInput, makes a problem out of the bytes,
 * runs the library and checks it; what is wrong ends the process by abort, as fuzzers want it. An
 * input that has ended gives zeros, so that every input is a problem. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

typedef struct fuzz_input {
    const uint8_t *at;
    size_t left;
} fuzz_input;

uint8_t fuzz_byte(fuzz_input *in);
uint64_t fuzz_word(fuzz_input *in);                          /* eight bytes */
size_t fuzz_below(fuzz_input *in, size_t bound);             /* 0..bound-1, bound <= 65536 */
size_t fuzz_from(fuzz_input *in, size_t least, size_t most); /* least..most */
bool fuzz_one_in(fuzz_input *in, size_t bound);

/* A size that is most often small, else near the ends of what size_t and ptrdiff_t hold. */
size_t fuzz_hostile_size(fuzz_input *in);

/* Which numbers fuzz_real gives besides zero, small integers, fractions, and powers of two up to
 * 2^range both ways. */
typedef struct fuzz_numbers {
    bool single; /* of float's */
    int range;
    bool tiny; /* numbers below the normal ones */
    bool bad;  /* NaN and Inf */
} fuzz_numbers;

double fuzz_number(fuzz_input *in, const fuzz_numbers *numbers);

/* Doubles without those below the normal ones. */
double fuzz_real(fuzz_input *in, int range, bool bad);

/* Any double: every pattern of bits. */
double fuzz_bits(fuzz_input *in);

/* Prints the sentence and ends the process. */
__attribute__((noreturn, format(printf, 1, 2))) void fuzz_fail(const char *format, ...);

#endif
