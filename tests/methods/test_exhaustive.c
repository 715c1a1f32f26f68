/* test_exhaustive.c - every small problem: 1-D with n <= 24 and m <= 12, 2-D up to 7x7 with kernels
 * up to 4x4, in every mode, edge rule, operation and quadrature rule, by every method.
 *
 * With CONV_TEST_BUDGET=4 or more every extent goes twice as far.
 *
 * The six type pairs are dealt out over the sizes by a fixed hash, so that a run takes minutes and
 * not hours; the last test asks that each combination met each type on many sizes. */
#include "suite.h"

enum { MODES = 6, EDGES = 6, MOST_N = 24, MOST_M = 12, MOST_N2 = 7, MOST_M2 = 4 };

/* How often a combination was met, in 1-D: mode, edge, type, operation, rule. */
static unsigned met[MODES][EDGES][TYPE_PAIRS][2][2];

static uint64_t hash(uint64_t a, uint64_t b, uint64_t c) {
    uint64_t state = a * 0x9E3779B1u + b * 0x85EBCA77u + c * 0xC2B2AE3Du;
    return next_random(&state);
}

/* What is drawn for one size: type, data, preset, window, spacing. */
static void deal(problem *p, int rank, const size_t *n, const size_t *m, conv_mode mode,
                 unsigned variant) {
    uint64_t state = hash(n[0] * 64 + (rank > 1 ? n[1] : 0), m[0] * 64 + (rank > 1 ? m[1] : 0),
                          (uint64_t)mode * 1024 + variant);
    const size_t pair = next_below(&state, TYPE_PAIRS);
    problem_init(p, type_pairs[pair][0], type_pairs[pair][1], rank, n, m, mode);
    p->data = next_below(&state, 4) == 0 ? DATA_NORMAL : DATA_INT;
    p->seed = 1 + next_below(&state, 1000);
    p->desc.operation = (variant & 1) != 0 ? CONV_CORRELATE : CONV_CONVOLVE;
    p->desc.rule = (variant & 2) != 0 ? CONV_RULE_TRAPEZOID : CONV_RULE_SUM;
    p->desc.boundary_value[0] = 3.0;
    p->desc.boundary_value[1] = -2.0;
    if (mode == CONV_SAME) {
        p->desc.preset = (conv_preset)next_below(&state, 7);
    }
    for (int d = 0; d < rank; d++) {
        p->desc.spacing[d] = next_below(&state, 2) == 0 ? 0.5 : 2.0;
        if (mode == CONV_SAME && next_below(&state, 3) == 0) {
            p->desc.origin[d] = (ptrdiff_t)next_below(&state, 7) - 3;
        }
        if (mode == CONV_WINDOW) {
            const ptrdiff_t reach = (ptrdiff_t)(n[d] + 3 * m[d]);
            p->desc.window_start[d] =
                (ptrdiff_t)next_below(&state, (size_t)reach) - (ptrdiff_t)m[d];
            p->desc.window_count[d] = 1 + next_below(&state, n[d] + 3);
            p->desc.window_step[d] = 1 + next_below(&state, 4);
        }
    }
}

static unsigned run_1d(conv_mode mode, const size_t *n, const size_t *m) {
    unsigned wrong = 0;
    for (unsigned variant = 0; variant < 4 * EDGES; variant++) {
        problem p;
        deal(&p, 1, n, m, mode, variant);
        p.desc.boundary[0] = (conv_boundary)(variant / 4);
        for (int i = 0; i < TYPE_PAIRS; i++) {
            if (type_pairs[i][0] == p.desc.dtype && type_pairs[i][1] == p.desc.kernel_dtype) {
                met[mode][p.desc.boundary[0]][i][p.desc.operation][p.desc.rule]++;
            }
        }
        wrong += compare_all(&p);
    }
    return wrong;
}

static unsigned run_1d_circular(const size_t *n, const size_t *m) {
    unsigned wrong = 0;
    for (size_t period = 1; period <= *n + *m; period++) {
        for (unsigned variant = 0; variant < 4; variant++) {
            problem p;
            deal(&p, 1, n, m, CONV_CIRCULAR, variant + 4 * (unsigned)period);
            p.desc.period[0] = period;
            p.desc.boundary[0] = period % 2 == 0 ? CONV_ZERO : CONV_WRAP;
            wrong += compare_all(&p);
        }
    }
    return wrong;
}

/* How far an extent goes. */
static size_t up_to(size_t usual) {
    return test_budget() < 4.0 ? usual : 2 * usual;
}

static void all_1d(void **state) {
    const conv_mode mode = *(const conv_mode *)*state;
    const size_t most_n = up_to(MOST_N);
    const size_t most_m = up_to(MOST_M);
    unsigned wrong = 0;
    for (size_t n = 1; n <= most_n; n++) {
        for (size_t m = 1; m <= most_m; m++) {
            wrong += mode == CONV_CIRCULAR ? run_1d_circular(&n, &m) : run_1d(mode, &n, &m);
        }
    }
    assert_int_equal(wrong, 0);
}

static bool mixed_fit(const size_t n[2], const size_t m[2]) {
    return (n[0] > m[0] && n[1] < m[1]) || (n[0] < m[0] && n[1] > m[1]);
}

static unsigned run_2d(conv_mode mode, const size_t n[2], const size_t m[2]) {
    unsigned wrong = 0;
    if (mode == CONV_VALID && mixed_fit(n, m)) {
        return 0;
    }
    for (unsigned variant = 0; variant < 4; variant++) {
        problem p;
        deal(&p, 2, n, m, mode, variant);
        uint64_t state = hash(n[0] + 10 * n[1], m[0] + 10 * m[1], 77 + variant + 5 * mode);
        for (int d = 0; d < 2; d++) {
            p.desc.boundary[d] = (conv_boundary)next_below(&state, EDGES);
            if (mode == CONV_CIRCULAR) {
                p.desc.boundary[d] = next_below(&state, 2) == 0 ? CONV_ZERO : CONV_WRAP;
                p.desc.period[d] = next_below(&state, n[d] + m[d] + 1);
            }
        }
        p.data = p.data == DATA_INT && next_below(&state, 4) == 0 ? DATA_OUTER_INT : p.data;
        wrong += compare_all(&p);
    }
    return wrong;
}

static void all_2d(void **state) {
    const conv_mode mode = *(const conv_mode *)*state;
    const size_t most_n = up_to(MOST_N2);
    const size_t most_m = up_to(MOST_M2);
    unsigned wrong = 0;
    for (size_t i = 0; i < most_n * most_n; i++) {
        for (size_t j = 0; j < most_m * most_m; j++) {
            const size_t n[2] = {1 + i / most_n, 1 + i % most_n};
            const size_t m[2] = {1 + j / most_m, 1 + j % most_m};
            wrong += run_2d(mode, n, m);
        }
    }
    assert_int_equal(wrong, 0);
}

static void every_combination_was_met(void **state) {
    (void)state;
    unsigned least = ~0u;
    for (size_t i = 0; i < sizeof met / sizeof(unsigned); i++) {
        const size_t mode = i / (EDGES * TYPE_PAIRS * 4);
        const unsigned times = ((const unsigned *)met)[i];
        least = mode != CONV_CIRCULAR && times < least ? times : least;
    }
    printf("# each mode, edge, type, operation and rule on at least %u sizes\n", least);
    assert_true(least >= 20);
}

int main(void) {
    static conv_mode modes[MODES] = {CONV_FULL,  CONV_SAME,     CONV_CAUSAL,
                                     CONV_VALID, CONV_CIRCULAR, CONV_WINDOW};
    const struct CMUnitTest tests[] = {
        {"1-D full", all_1d, NULL, NULL, &modes[0]},
        {"1-D same", all_1d, NULL, NULL, &modes[1]},
        {"1-D causal", all_1d, NULL, NULL, &modes[2]},
        {"1-D valid", all_1d, NULL, NULL, &modes[3]},
        {"1-D circular", all_1d, NULL, NULL, &modes[4]},
        {"1-D window", all_1d, NULL, NULL, &modes[5]},
        {"1-D: every combination was met", every_combination_was_met, NULL, NULL, NULL},
        {"2-D full", all_2d, NULL, NULL, &modes[0]},
        {"2-D same", all_2d, NULL, NULL, &modes[1]},
        {"2-D causal", all_2d, NULL, NULL, &modes[2]},
        {"2-D valid", all_2d, NULL, NULL, &modes[3]},
        {"2-D circular", all_2d, NULL, NULL, &modes[4]},
        {"2-D window", all_2d, NULL, NULL, &modes[5]},
    };
    return cmocka_run_group_tests_name("exhaustive", tests, NULL, suite_report);
}
