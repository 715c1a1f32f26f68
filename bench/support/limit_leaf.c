/* The machine's limits, as loops: multiply-adds that touch no memory, and copies that do nothing
 * else. Compiled like the library's leaf files, once per real type and instruction-set level. */
#include "base/leaf.h"

#include "limit_leaf.h"

/* Twelve sums in registers hide the latency of any core so far, and leave four of the sixteen
 * registers that the older levels have. s -> s/2 + 1/2 stays at 1. Returns multiply-adds done. */
double FN(limit_peak)(size_t rounds, void *sink) {
    enum { SUMS = 12 };
    vec sum[SUMS], half = vec_splat((R)0.5);
    for (int i = 0; i < SUMS; i++)
        sum[i] = vec_splat(1);
    __asm__ volatile("" : "+m"(half)); /* a value that the compiler does not know */
    for (size_t r = 0; r < rounds; r++) {
        for (int i = 0; i < SUMS; i++)
            sum[i] = vec_fma(sum[i], half, half);
    }
    for (int i = 1; i < SUMS; i++)
        sum[0] += sum[i];
    vec_store(sink, sum[0]);
    return (double)rounds * SUMS * LANES;
}

/* count: a multiple of 8 vectors. */
void FN(limit_copy)(const void *from, void *to, size_t bytes) {
    const R *x = from;
    R *y = to;
    size_t count = bytes / sizeof(R), step = (size_t)(8 * LANES);
    for (size_t i = 0; i + step <= count; i += step) {
        vec v[8];
        for (int j = 0; j < 8; j++)
            v[j] = vec_load(x + i + (size_t)(j * LANES));
        for (int j = 0; j < 8; j++)
            vec_store(y + i + (size_t)(j * LANES), v[j]);
        __asm__ volatile(""); /* keeps the loop a loop, not a call of memcpy */
    }
}
