#include "timing.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

/* A sample is long against the clock's own 30 ns, and short against a scheduler's slice. */
#define SAMPLE_SECONDS 40e-6
#define MAX_ROUNDS 301
#define MAX_SUBJECTS 16

double bench_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double processor_seconds(void) {
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + 1e-9 * (double)used.tv_nsec;
}

double bench_processor_share(void) {
    static double begin;
    if (begin == 0) {
        begin = bench_now();
        return 1;
    }
    return processor_seconds() / (bench_now() - begin);
}

/* How often another process got the processor while this one wanted it. */
static long interruptions(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_nivcsw : 0;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, size_t count) {
    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, ascending);
    return count % 2 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

static double sample(const bench_subject *subject, size_t calls) {
    double start = bench_now();
    for (size_t i = 0; i < calls; i++)
        subject->call(subject->context);
    return (bench_now() - start) / (double)calls;
}

typedef struct {
    size_t calls; /* per sample */
    int rounds, clean, disturbed;
    double values[MAX_ROUNDS], disturbed_values[MAX_ROUNDS];
} series;

/* Finds the number of calls that make a sample, which also warms caches and clocks. */
static void prepare(const bench_subject *subject, double budget, series *one) {
    double seconds = sample(subject, 1);
    one->calls = 1;
    if (seconds < 0.2 * budget)
        seconds = sample(subject, 1);
    while (seconds * (double)one->calls < SAMPLE_SECONDS) {
        one->calls *= 2;
        seconds = sample(subject, one->calls);
    }
    double rounds = budget / (seconds * (double)one->calls);
    int least = seconds > budget ? 3 : 5;
    one->rounds = rounds > MAX_ROUNDS ? MAX_ROUNDS : rounds < least ? least : (int)rounds;
    one->clean = one->disturbed = 0;
}

static void take(const bench_subject *subject, series *one, bool warm) {
    /* A first call that does not count, as another subject had the caches; what runs for
     * milliseconds does not need it. */
    if (warm && one->rounds > 5)
        subject->call(subject->context);
    long before = interruptions();
    double used = processor_seconds();
    double seconds = sample(subject, one->calls);
    used = (processor_seconds() - used) / (double)one->calls;
    if (interruptions() == before)
        one->values[one->clean++] = seconds;
    else
        one->disturbed_values[one->disturbed++] = subject->parallel ? seconds : used;
}

static double median_of(series *one) {
    for (int i = 0; one->clean < 3 && i < one->disturbed; i++)
        one->values[one->clean++] = one->disturbed_values[i];
    return bench_median(one->values, (size_t)one->clean);
}

void bench_time(bench_subject *subject, int count, double budget) {
    series *all = calloc(MAX_SUBJECTS, sizeof *all);
    int longest = 0;
    if (!all || count > MAX_SUBJECTS)
        abort();
    for (int i = 0; i < count; i++) {
        prepare(&subject[i], budget, &all[i]);
        longest = all[i].rounds > longest ? all[i].rounds : longest;
    }
    /* A subject with fewer rounds than the longest has them spread evenly. */
    for (int round = 1; round <= longest; round++)
        for (int i = 0; i < count; i++)
            if (all[i].clean + all[i].disturbed < (round * all[i].rounds + longest - 1) / longest)
                take(&subject[i], &all[i], count > 1);
    for (int i = 0; i < count; i++)
        subject[i].seconds = median_of(&all[i]);
    free(all);
}
