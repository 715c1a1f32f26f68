/* test_describe.c - what conv_plan_describe says of each kind of a plan's nodes, and how it is laid
 * out: a line to a node or method, two spaces for each floor of the tree. */
#include "suite.h"

#include <stdlib.h>

enum { TEXT = 16384 };

static char text[TEXT];

/* Every line lies at most one floor below the one before; only the reference, where it is not
 * refused or chosen, runs "only on request". */
static void check_layout(const char *what) {
    size_t depth = 0;
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        char one[512];
        const size_t indent = strspn(line, " ");
        assert_non_null(strchr(line, '\n'));
        snprintf(one, sizeof one, "%.*s", (int)strcspn(line, "\n"), line);
        if (indent % 2 != 0 || indent / 2 > depth + 1) {
            fail_msg("%s: a line in the wrong place: %s", what, one);
        }
        depth = indent / 2;
        const bool priced = strstr(one, ": refused") == NULL && strstr(one, "chosen") == NULL &&
                            strncmp(one + indent, "reference: ", 11) == 0;
        if (priced != (strstr(one, "only on request") != NULL)) {
            fail_msg("%s: who runs only on request: %s", what, one);
        }
    }
}

static void describe(const conv_desc *desc, const char *what) {
    conv_plan *plan = NULL;
    void *const kernel = calloc(4096, 16);
    assert_non_null(kernel);
    for (size_t i = 0; i < 4096; i++) {
        if (desc->kernel_dtype == CONV_F32 || desc->kernel_dtype == CONV_C32) {
            ((float *)kernel)[i] = 1.0F / (float)(i + 1);
        } else {
            ((double *)kernel)[i] = 1.0 / (double)(i + 1);
        }
    }
    if (conv_plan_create(&plan, desc, kernel) != CONV_OK) {
        fail_msg("%s: %s", what, conv_last_error());
    }
    free(kernel);
    assert_in_range(conv_plan_describe(plan, text, sizeof text), 1, sizeof text - 1);
    conv_plan_destroy(plan);
    check_layout(what);
}

static void expect(const char *phrase, const char *what) {
    if (strstr(text, phrase) == NULL) {
        fail_msg("%s: not said: %s\n%s", what, phrase, text);
    }
}

static void kinds(void **state) {
    static const struct {
        const char *line, *phrase;
    } said[] = {
        {"f64 n=300 m=20 same", "direct: "},
        {"f64 n=300 m=20 same batch=3", "3 signals, 1 at once"},
        {"f64 n=300 m=20 circular period=200", "the signal folded to its period"},
        {"f64 n=300 m=20 circular period=200 batch=3", "each folded to its period"},
        {"f32 n=50 m=20 same rule=trapezoid dx=1e39", "outputs times "},
        {"f64 n=300 m=200 full rule=gregory order=5 dx=0.1", "near the ends of the overlap"},
        {"f64 n=300 m=200 full rule=auto dx=0.1", "order"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        const problem p = suite_problem(said[i].line);
        describe(&p.desc, said[i].line);
        expect(said[i].phrase, said[i].line);
    }
}

/* One child of many is shown, for all. */
static void stretches(void **state) {
    static const conv_break breaks[] = {
        {20, {0, 0}, {1, 0}}, {50, {0, 0}, {1, 0}}, {90, {0, 0}, {1, 0}}};
    const size_t n = 200, m = 70;
    conv_desc desc;
    (void)state;
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_FULL);
    desc.rule = CONV_RULE_TRAPEZOID;
    desc.signal_breaks = desc.kernel_breaks = breaks;
    desc.signal_break_count = 3;
    desc.kernel_break_count = 2;
    describe(&desc, "breaks");
    expect("12 pairs of stretches between jumps", "breaks");
    expect(" more\n", "breaks");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(kinds), cmocka_unit_test(stretches)};
    return cmocka_run_group_tests_name("describe", tests, NULL, NULL);
}
