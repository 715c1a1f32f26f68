/* test_guard.c - random descriptions in guarded memory: nothing outside the buffers is read or
 * written, gaps and inputs stay as they were, and the bits are those of a run in plain memory.
 * test_memory does the same with chosen ones, and every tolerance of each. */
#include "suite.h"

#include "draw.h"
#include "guard.h"

#include <stdlib.h>

static uint64_t stream;

static size_t between(size_t least, size_t most) {
    return least + next_below(&stream, most - least + 1);
}

/* `a`'s bytes flush against the end, or the start, of the readable pages; its element 0 there. */
static unsigned char *lay(const guarded *g, const array *a, bool at_end) {
    unsigned char *const lowest = at_end ? g->end - a->span : g->start;
    memcpy(lowest, a->lowest, a->span);
    return lowest + (a->first - a->lowest);
}

/* In `data` is the plain run. */
static void compare_guarded(const problem *p, problem_data *data, bool at_end, size_t shift) {
    guarded x, h, y, w;
    char line[PROBLEM_TEXT];
    conv_plan *plan = NULL;
    problem_print(p, line, sizeof line);
    assert_true(guard_make(&x, data->signal.span) && guard_make(&h, data->kernel.span) &&
                guard_make(&y, data->output.span));
    unsigned char *const signal = lay(&x, &data->signal, at_end);
    unsigned char *const kernel = lay(&h, &data->kernel, at_end);
    unsigned char *const output = lay(&y, &data->output, at_end);
    assert_int_equal(conv_plan_create(&plan, &p->desc, kernel), CONV_OK);
    if (memcmp(kernel, data->kernel.first, data->kernel.span) != 0) {
        fail_msg("the kernel is written: %s", line);
    }
    guard_free(&h); /* the plan has its own copy */
    const size_t bytes = conv_plan_workspace_size(plan);
    assert_true(guard_make(&w, bytes + shift));
    unsigned char *const workspace = at_end ? w.end - bytes - shift : w.start + shift;
    for (size_t i = 0; i < data->output_count * p->desc.batch; i++) {
        const unsigned char *const at =
            array_at(&data->output, i / data->output_count, i % data->output_count);
        memset(output + (at - data->output.first), 0x77, data->output.element);
    }
    if (conv_plan_execute(plan, signal, output, workspace) != CONV_OK) {
        fail_msg("%s: %s", conv_last_error(), line);
    }
    if (memcmp(output - (data->output.first - data->output.lowest), data->output.lowest,
               data->output.span) != 0) {
        fail_msg("other bits in guarded memory (workspace shifted by %zu): %s", shift, line);
    }
    if (memcmp(signal - (data->signal.first - data->signal.lowest), data->signal.lowest,
               data->signal.span) != 0) {
        fail_msg("the signal is written: %s", line);
    }
    conv_plan_destroy(plan);
    guard_free(&x);
    guard_free(&y);
    guard_free(&w);
}

static void random_descriptions(void **state) {
    const unsigned count = test_count(4000);
    unsigned ran[CONV_METHOD_REFERENCE + 1] = {0};
    (void)state;
    stream = test_seed(41);
    for (unsigned i = 0; i < count; i++) {
        problem p;
        problem_data data;
        conv_method chosen;
        draw_problem(&p, &(draw_limits){1, 5, 1500, 1e5, false}, &stream);
        p.data = p.data == DATA_INT ? DATA_NORMAL : p.data;
        p.desc.method = (conv_method)between(0, CONV_METHOD_REFERENCE);
        p.desc.isa = (conv_isa)between(0, 3);
        p.one_method = true;
        if (between(0, 3) == 0 && p.desc.rule == CONV_RULE_TRAPEZOID) {
            p.desc.rule = CONV_RULE_GREGORY;
            p.desc.rule_order = (int)between(3, p.desc.rank > 2 ? 4 : 8);
        }
        if (between(0, 3) == 0) {
            p.desc.tolerance.kind = (conv_tolerance_kind)between(0, 1);
            p.desc.tolerance.value = 1e-5;
        }
        assert_true(data_make(&data, &p));
        if (compare_execute(&p.desc, &data, &chosen) == CONV_OK) {
            compare_guarded(&p, &data, between(0, 1) == 0, between(0, 3));
            ran[chosen]++;
        }
        data_free(&data);
    }
    for (int method = CONV_METHOD_DIRECT; method <= CONV_METHOD_REFERENCE; method++) {
        printf("# %s: %u\n", method_name((conv_method)method), ran[method]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_descriptions)};
    return cmocka_run_group_tests_name("guard pages", tests, NULL, NULL);
}
