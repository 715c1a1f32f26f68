/* test_failures.c - random descriptions through all functions of a plan, where every allocation
 * fails in turn, once or from then on, be it the library's own, FFTW's or the C library's, each
 * description in a process of its own: no crash, no leak, outputs untouched, the right status. Of
 * plans by FFTW, which the header excepts, the library's own allocations fail. */
#include "suite.h"

#include "allocations.h"
#include "draw.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_FAILURES = 500 };

/* What a life ended with: the last status that was not OK, and whether something was written on the
 * way to it. */
typedef struct life {
    conv_status status;
    bool written;
} life;

static void note(life *l, conv_status status, bool untouched) {
    l->written = l->written || (status != CONV_OK && !untouched);
    l->status = status != CONV_OK && status != CONV_ERR_RULE ? status : l->status;
}

static bool all_are(const unsigned char *bytes, size_t count, unsigned char value) {
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != value) {
            return false;
        }
    }
    return true;
}

/* Every function that may allocate, each after the failure of those before it. */
static life live(const problem *p, problem_data *data, double *error, size_t bytes) {
    life l = {CONV_OK, false};
    conv_plan *plan = (conv_plan *)(uintptr_t)8;
    double bound[8];
    note(&l, conv_plan_create(&plan, &p->desc, data->kernel.first), true);
    l.written = l.written || (l.status != CONV_OK && plan != NULL);
    if (l.status != CONV_OK) {
        return l;
    }
    data_reset_output(data);
    conv_status status = conv_plan_execute(plan, data->signal.first, data->output.first, NULL);
    note(&l, status, data_output_untouched(data));
    data_reset_output(data);
    status = conv_plan_execute_bound(plan, data->signal.first, data->output.first, NULL, bound);
    note(&l, status, data_output_untouched(data));
    for (int kind = CONV_ESTIMATE_ENDS; kind <= CONV_ESTIMATE_RICHARDSON; kind++) {
        memset(error, 0x5A, bytes);
        status = conv_plan_estimate(plan, (conv_estimate)kind, data->signal.first, error);
        note(&l, status, all_are((const unsigned char *)error, bytes, 0x5A));
    }
    conv_plan_rule_order(plan, data->signal.first);
    char text[100];
    conv_plan_describe(plan, text, sizeof text);
    conv_plan_destroy(plan);
    return l;
}

/* FFTW ends the process where it finds no memory for a plan, and keeps what it has learned. */
static bool is_by_fftw(const problem *p, const problem_data *data) {
    conv_plan *plan = NULL;
    static char text[1 << 14];
    if (conv_plan_create(&plan, &p->desc, data->kernel.first) != CONV_OK) {
        return false;
    }
    conv_plan_describe(plan, text, sizeof text);
    conv_plan_destroy(plan);
    return strstr(text, "by FFTW") != NULL;
}

enum { WELL, WRONG, UNFIT };

/* UNFIT: the description is refused with all memory there is. The first pass meets caches that are
 * empty; a cache that stays is no leak, and the second pass counts. */
static int fail_in_turn(const problem *p, bool lasting) {
    problem_data data;
    char line[PROBLEM_TEXT];
    problem_print(p, line, sizeof line);
    if (!data_make(&data, p)) {
        return WRONG;
    }
    const size_t bytes = data.output_count * p->desc.batch * 2 * sizeof(double);
    double *const error = malloc(bytes);
    const bool by_fftw = is_by_fftw(p, &data);
    void (*const fail_at)(long k) = by_fftw ? allocations_fail : allocations_fail_anywhere;
    allocations_fail_lastingly(lasting);
    for (int pass = 0; pass < 2 && error != NULL; pass++) {
        bool failed = true;
        if (pass > 0 && live(p, &data, error, bytes).status != CONV_OK) {
            return UNFIT;
        }
        for (long k = 0; failed && k < MOST_FAILURES; k++) {
            const long before = allocations_alive();
            fail_at(k);
            const life l = live(p, &data, error, bytes);
            failed = allocations_failed();
            allocations_fail(-1);
            const long leaked = by_fftw ? 0 : allocations_alive() - before;
            const bool right =
                l.status == CONV_OK || (failed && l.status == CONV_ERR_MEMORY) || pass == 0;
            if (l.written || !right || (pass > 0 && leaked != 0)) {
                printf("# allocation %ld fails%s: status %d, %ld blocks leaked, written %d: %s\n",
                       k, lasting ? " and all after it" : "", (int)l.status, leaked, l.written,
                       line);
                fflush(stdout);
                return WRONG;
            }
        }
    }
    free(error);
    data_free(&data);
    return error == NULL ? WRONG : WELL;
}

static void draw_ruled(problem *p, uint64_t *stream) {
    static const conv_rule rules[] = {CONV_RULE_SUM, CONV_RULE_TRAPEZOID, CONV_RULE_GREGORY,
                                      CONV_RULE_AUTO};
    static const conv_tolerance tolerances[] = {{CONV_TOLERANCE_MAXNORM, 0},
                                                {CONV_TOLERANCE_MAXNORM, 1e-6},
                                                {CONV_TOLERANCE_COMPONENTWISE, 1e-4},
                                                {CONV_TOLERANCE_STRICT, 0}};
    draw_problem(p, &(draw_limits){1, 3, 200, 5e3, false}, stream);
    p->desc.threads = 1; /* a process that was forked */
    p->desc.rule = rules[next_below(stream, 4)];
    p->desc.rule_order = 3 + (int)next_below(stream, p->desc.rank > 1 ? 2 : 6);
    p->desc.tolerance = tolerances[next_below(stream, 4)];
    p->desc.method = (conv_method)next_below(stream, CONV_METHOD_REFERENCE + 1);
}

static void every_allocation(void **state) {
    const unsigned count = test_count(60);
    uint64_t stream = test_seed(61);
    unsigned wrong = 0;
    (void)state;
    for (unsigned i = 0; i < 2 * count;) {
        static problem p;
        if (i % 2 == 0) {
            draw_ruled(&p, &stream);
        }
        fflush(stdout);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            _exit(fail_in_turn(&p, i % 2 == 1));
        }
        int ended = -1;
        assert_int_equal(waitpid(child, &ended, 0), child);
        if (WIFEXITED(ended) && WEXITSTATUS(ended) == UNFIT) {
            i += i % 2; /* another one, from the start */
            continue;
        }
        i++;
        if (!WIFEXITED(ended) || WEXITSTATUS(ended) != WELL) {
            char line[PROBLEM_TEXT];
            problem_print(&p, line, sizeof line);
            printf("# the process ended with %d: tolerance %d %g: %s\n", ended,
                   (int)p.desc.tolerance.kind, p.desc.tolerance.value, line);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation)};
    return cmocka_run_group_tests_name("failures", tests, NULL, NULL);
}
