/* What this machine can do at most, measured in the same run as the rows. */
#ifndef BENCH_LIMITS_H
#define BENCH_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cpu.h"
#include "problem.h"

enum { LIMIT_L1, LIMIT_L2, LIMIT_L3, LIMIT_MEMORY, LIMIT_CACHES };

typedef struct {
    char processor[96];
    conv_level level;            /* the best that the library uses here */
    double peak[CONV_LEVELS][2]; /* real multiply-adds per second, f32 and f64 */
    size_t cache[LIMIT_CACHES];  /* bytes; memory: 0 */
    double copy[LIMIT_CACHES];   /* bytes read and written per second */
} bench_limits;

/* seconds: to spend on each figure. */
void bench_limits_measure(bench_limits *limits, double seconds);
void bench_limits_print(const bench_limits *limits);

/* The level that a cap leaves. */
conv_level bench_limits_level(const bench_limits *limits, conv_isa isa);

/* Seconds that `products` real multiply-adds take at the peak of that type and cap. */
double bench_limits_arithmetic(const bench_limits *limits, bool is_double, conv_isa isa,
                               double products);

/* Seconds that reading `in` bytes and writing `out` takes at the speed of the cache they fit. */
double bench_limits_traffic(const bench_limits *limits, double in, double out);

#endif
