#include "limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "limit_leaf.h"
#include "timing.h"

static limit_peak_loop *const peak_loops[][2] = {
    {conv_limit_peak_f32_baseline, conv_limit_peak_f64_baseline},
#ifdef CONV_HAVE_X86_LEVELS
    {conv_limit_peak_f32_v3, conv_limit_peak_f64_v3},
    {conv_limit_peak_f32_v4, conv_limit_peak_f64_v4},
#endif
};

static limit_copy_loop *const copy_loops[] = {
    conv_limit_copy_f32_baseline,
#ifdef CONV_HAVE_X86_LEVELS
    conv_limit_copy_f32_v3,
    conv_limit_copy_f32_v4,
#endif
};

/* The best of many: a limit is what nothing else was in the way of. */
static double best_peak(limit_peak_loop *loop, double seconds) {
    _Alignas(64) char sink[64];
    double end = bench_now() + seconds, best = 0;
    do {
        double start = bench_now();
        double done = loop(20000, sink);
        double rate = done / (bench_now() - start);
        best = rate > best ? rate : best;
    } while (bench_now() < end);
    return best;
}

typedef struct {
    const char *from;
    char *to;
    size_t bytes;
    limit_copy_loop *loop; /* NULL: memcpy */
} copy_job;

static void copy(void *context) {
    const copy_job *job = context;
    if (job->loop)
        job->loop(job->from, job->to, job->bytes);
    else
        memcpy(job->to, job->from, job->bytes);
}

/* The faster of memcpy and the vector loop, between buffers that fill half of the cache. */
static double copy_rate(conv_level level, size_t cache, double seconds) {
    size_t bytes = cache / 4 / 4096 * 4096;
    char *from = aligned_alloc(4096, bytes), *to = aligned_alloc(4096, bytes);
    double rate = 0;
    if (from && to) {
        memset(from, 1, bytes);
        memset(to, 2, bytes);
        copy_job jobs[2] = {{from, to, bytes, copy_loops[level]}, {from, to, bytes, NULL}};
        bench_subject subject[2] = {{copy, &jobs[0], 0, false}, {copy, &jobs[1], 0, false}};
        bench_time(subject, 2, seconds / 2);
        double best =
            subject[0].seconds < subject[1].seconds ? subject[0].seconds : subject[1].seconds;
        rate = 2 * (double)bytes / best;
    }
    free(from);
    free(to);
    return rate;
}

/* Linux knows best what a guest has of a shared cache. */
static size_t cache_from_system(int level) {
    for (int index = 0; index < 8; index++) {
        char name[96], type[32] = "";
        unsigned long size = 0, is_level = 0;
        static const char *const items[] = {"level", "type", "size"};
        for (int i = 0; i < 3; i++) {
            snprintf(name, sizeof name, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index,
                     items[i]);
            FILE *file = fopen(name, "r");
            char text[32] = "";
            if (!file || !fgets(text, sizeof text, file))
                text[0] = 0;
            if (file)
                fclose(file);
            if (i == 1)
                memcpy(type, text, sizeof type);
            else
                *(i ? &size : &is_level) = strtoul(text, NULL, 10);
        }
        if (is_level == (unsigned long)level && strncmp(type, "Instruction", 11) != 0)
            return (size_t)size << 10;
    }
    return 0;
}

static size_t cache_size(int level, int name, size_t otherwise) {
    size_t bytes = cache_from_system(level);
    if (bytes)
        return bytes;
    long configured = name >= 0 ? sysconf(name) : 0;
    return configured > 0 ? (size_t)configured : otherwise;
}

#ifndef _SC_LEVEL1_DCACHE_SIZE
#define _SC_LEVEL1_DCACHE_SIZE -1
#define _SC_LEVEL2_CACHE_SIZE -1
#define _SC_LEVEL3_CACHE_SIZE -1
#endif

static void read_processor(char *name, size_t size) {
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(name, size, "unnamed processor");
    while (file && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        line[strcspn(line, "\n")] = 0;
        snprintf(name, size, "%.90s", colon + 2);
        break;
    }
    if (file)
        fclose(file);
}

void bench_limits_measure(bench_limits *limits, double seconds) {
    *limits = (bench_limits){.level = conv_cpu_level()};
    read_processor(limits->processor, sizeof limits->processor);
    for (int level = 0; level <= (int)limits->level; level++)
        for (int is_double = 0; is_double < 2; is_double++)
            limits->peak[level][is_double] = best_peak(peak_loops[level][is_double], seconds);
    limits->cache[LIMIT_L1] = cache_size(1, _SC_LEVEL1_DCACHE_SIZE, (size_t)32 << 10);
    limits->cache[LIMIT_L2] = cache_size(2, _SC_LEVEL2_CACHE_SIZE, (size_t)1 << 20);
    limits->cache[LIMIT_L3] = cache_size(3, _SC_LEVEL3_CACHE_SIZE, (size_t)16 << 20);
    size_t beyond = limits->cache[LIMIT_L3] * 8;
    if (beyond > (size_t)256 << 20)
        beyond = (size_t)256 << 20;
    for (int c = 0; c < LIMIT_CACHES; c++)
        limits->copy[c] =
            copy_rate(limits->level, c == LIMIT_MEMORY ? beyond : limits->cache[c], 4 * seconds);
}

conv_level bench_limits_level(const bench_limits *limits, conv_isa isa) {
    conv_level cap = isa == CONV_ISA_BASELINE ? CONV_LEVEL_BASELINE
                     : isa == CONV_ISA_V3     ? CONV_LEVEL_V3
                                              : CONV_LEVEL_V4;
    return cap < limits->level ? cap : limits->level;
}

double bench_limits_arithmetic(const bench_limits *limits, bool is_double, conv_isa isa,
                               double products) {
    return products / limits->peak[bench_limits_level(limits, isa)][is_double];
}

double bench_limits_traffic(const bench_limits *limits, double in, double out) {
    int c = LIMIT_L1;
    while (c < LIMIT_MEMORY && in + out > (double)limits->cache[c])
        c++;
    return (in + out) / limits->copy[c];
}

void bench_limits_print(const bench_limits *limits) {
    static const char *const caches[] = {"L1", "L2", "L3", "memory"};
    printf("limits of one core of %s\n", limits->processor);
    printf("  multiply-adds, 1e9/s    ");
    for (int level = 0; level <= (int)limits->level; level++)
        printf("  %s f32 %.1f f64 %.1f", conv_level_name((conv_level)level),
               limits->peak[level][0] / 1e9, limits->peak[level][1] / 1e9);
    printf("\n  copy, read+written GB/s ");
    for (int c = 0; c < LIMIT_CACHES; c++) {
        printf("  %s", caches[c]);
        if (limits->cache[c])
            printf(" (%zu KiB)", limits->cache[c] >> 10);
        printf(" %.1f", limits->copy[c] / 1e9);
    }
    printf("\n\n");
}
