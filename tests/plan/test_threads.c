/* test_threads.c - create, execute and destroy from many threads at once, of different plans and of
 * the same, and one execution on many threads; every answer has the bits of the answer given
 * alone. Up to eight threads are had for the asking, however few processors there are. */
#include "suite.h"

#include <fenv.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { THREADS = 8, ROUNDS = 6 };
static int rounds;

static const char *const lines[] = {
    "f32 n=2000 m=100 full data=normal",
    "f64 n=500 m=500 same edge=reflect data=normal",
    "c32 n=300 m=40 circular period=337 data=normal",
    "c64xf64 n=60,50 m=5,7 full data=normal",
    "f64 n=64,64 m=9,9 same edge=wrap,mirror data=outer",
    "f32 n=1000 m=33 full rule=trapezoid dx=0.1 data=normal",
    "f64 n=900 m=70 full data=normal bad=s40:nan,k3:inf",
    "f32 n=300 m=20 valid batch=5 threads=2 data=normal",
};
enum { LINES = sizeof lines / sizeof lines[0] };

/* One problem by one method: its data, its plan, and the bytes of its answer. */
typedef struct job {
    conv_desc desc;
    problem_data data;
    conv_plan *plan;
    unsigned char *answer;
} job;

enum { MOST_JOBS = LINES * 6 };
static job jobs[MOST_JOBS];
static int job_count;
static atomic_int wrong;

static int make_jobs(void **state) {
    (void)state;
    rounds = (int)test_count(ROUNDS);
    for (int i = 0; i < LINES * 6; i++) {
        job *const j = &jobs[job_count];
        problem p;
        char unknown[64];
        if (!problem_parse(&p, lines[i / 6], unknown)) {
            return -1;
        }
        p.desc.method = (conv_method)(i % 6);
        j->desc = p.desc;
        if (!data_make(&j->data, &p)) {
            return -1;
        }
        const conv_status status = conv_plan_create(&j->plan, &j->desc, j->data.kernel.first);
        if (status == CONV_ERR_METHOD) {
            data_free(&j->data);
            continue;
        }
        j->answer = malloc(j->data.output.span);
        if (status != CONV_OK || j->answer == NULL ||
            conv_plan_execute(j->plan, j->data.signal.first, j->answer, NULL) != CONV_OK) {
            return -1;
        }
        job_count++;
    }
    return 0;
}

static int free_jobs(void **state) {
    (void)state;
    for (int i = 0; i < job_count; i++) {
        conv_plan_destroy(jobs[i].plan);
        data_free(&jobs[i].data);
        free(jobs[i].answer);
    }
    return 0;
}

static bool answers_alike(const job *j, const conv_plan *plan, bool own_workspace) {
    unsigned char *const output = malloc(j->data.output.span);
    void *const workspace = own_workspace ? malloc(conv_plan_workspace_size(plan) + 1) : NULL;
    const bool alike =
        output != NULL &&
        conv_plan_execute(plan, j->data.signal.first, output, workspace) == CONV_OK &&
        memcmp(output, j->answer, j->data.output.span) == 0;
    free(workspace);
    free(output);
    return alike;
}

/* Each thread goes through the jobs in its own order with plans of its own. */
static void *with_own_plans(void *argument) {
    const int start = *(const int *)argument;
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < job_count; i++) {
            const job *const j =
                &jobs[(start * 5 + i * (start % 2 == 0 ? 1 : job_count - 1)) % job_count];
            conv_plan *plan = NULL;
            if (conv_plan_create(&plan, &j->desc, j->data.kernel.first) != CONV_OK ||
                !answers_alike(j, plan, i % 2 == 0)) {
                wrong++;
            }
            conv_plan_destroy(plan);
        }
    }
    return NULL;
}

static void *with_shared_plans(void *argument) {
    const int start = *(const int *)argument;
    for (int round = 0; round < 2 * rounds; round++) {
        for (int i = 0; i < job_count; i++) {
            const job *const j = &jobs[(start * 3 + i) % job_count];
            if (!answers_alike(j, j->plan, (i + start) % 2 == 0)) {
                wrong++;
            }
        }
    }
    return NULL;
}

/* Outputs that cancel, which the first method does not keep the tolerance of: whichever thread
 * comes first prepares the transforms behind it, and allocates nothing. */
enum { LATE = 4, LATE_SAMPLES = 3000, LATE_TAPS = 64 };
static conv_plan *late_plan[LATE];
static float late_signal[LATE_SAMPLES], late_answer[LATE][LATE_SAMPLES + LATE_TAPS - 1];

static void *with_late_plans(void *argument) {
    const int start = *(const int *)argument;
    float *const output = malloc(sizeof late_answer[0]);
    for (int i = 0; i < LATE && output != NULL; i++) {
        const int which = (start / 2 + i) % LATE;
        void *const workspace = malloc(conv_plan_workspace_size(late_plan[which]) + 1);
        const conv_status status =
            conv_plan_execute(late_plan[which], late_signal, output, workspace);
        if (workspace == NULL || status != CONV_OK ||
            memcmp(output, late_answer[which], sizeof late_answer[0]) != 0) {
            wrong++;
        }
        free(workspace);
    }
    wrong += output == NULL;
    free(output);
    return NULL;
}

/* Each thread's last error is its own. */
static void *with_errors(void *argument) {
    const int start = *(const int *)argument;
    for (int round = 0; round < 2000; round++) {
        char value[32];
        conv_desc desc = jobs[0].desc;
        conv_plan *plan = NULL;
        desc.rank = 100 + start;
        snprintf(value, sizeof value, "%d", desc.rank);
        if (conv_plan_create(&plan, &desc, jobs[0].data.kernel.first) != CONV_ERR_RANK ||
            strstr(conv_last_error(), value) == NULL) {
            wrong++;
        }
    }
    return NULL;
}

static void run_threads(void *(*body)(void *)) {
    pthread_t threads[THREADS];
    int starts[THREADS];
    wrong = 0;
    for (int i = 0; i < THREADS; i++) {
        starts[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, body, &starts[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(wrong, 0);
}

static void different_plans(void **state) {
    (void)state;
    run_threads(with_own_plans);
}

static void the_same_plans(void **state) {
    (void)state;
    run_threads(with_shared_plans);
}

/* The same plans answer twice: alone for what is expected, and anew for all threads. */
static void preparing_at_first_need(void **state) {
    (void)state;
    const size_t n = LATE_SAMPLES, m = LATE_TAPS;
    float taps[LATE_TAPS];
    for (size_t i = 0; i < n; i++) {
        late_signal[i] = i % 2 == 0 ? 1.0F : -1.0F;
    }
    for (size_t i = 0; i < m; i++) {
        taps[i] = 1.0F + 1e-6F * (float)(i % 2);
    }
    for (int round = 0; round < 2 * LATE; round++) {
        conv_desc desc;
        conv_plan *plan = NULL;
        char text[4096];
        double bound = 0.0;
        conv_desc_init(&desc, CONV_F32, 1, &n, &m, CONV_FULL);
        desc.boundary[0] = CONV_WRAP;
        desc.tolerance.value = round % 2 == 0 ? 1e-3 : 1e-7;
        desc.method = round % LATE < 2 ? CONV_METHOD_DIRECT : CONV_METHOD_BLOCKS;
        assert_int_equal(conv_plan_create(&plan, &desc, taps), CONV_OK);
        conv_plan_describe(plan, text, sizeof text);
        assert_non_null(strstr(text, "prepared when first needed"));
        if (round < LATE) {
            assert_int_equal(
                conv_plan_execute_bound(plan, late_signal, late_answer[round], NULL, &bound),
                CONV_OK);
            assert_true(bound <= desc.tolerance.value);
            conv_plan_destroy(plan);
        } else {
            late_plan[round % LATE] = plan;
        }
    }
    run_threads(with_late_plans);
    for (int i = 0; i < LATE; i++) {
        conv_plan_destroy(late_plan[i]);
    }
}

static void errors_are_per_thread(void **state) {
    (void)state;
    run_threads(with_errors);
}

/* Long enough for two threads. */
static const char *const large[] = {
    "f32 n=261000 m=25 full",          "f32 n=392000 m=16 full",
    "f64 n=130000 m=83 full",          "f64 n=196000 m=28 same edge=reflect",
    "c32 n=130500 m=33 full",          "c32 n=195000 m=20 circular",
    "c64 n=65000 m=50 full",           "c64 n=98000 m=33 full",
    "c32xf32 n=131000 m=11 full corr", "c32xf32 n=196000 m=10 causal",
    "c64xf64 n=65000 m=33 full",       "c64xf64 n=98000 m=25 same edge=nearest",
    "f32 n=500,505 m=9,8 full",        "f64 n=380,250 m=5,7 same edge=wrap,mirror",
    "c32xf32 n=250,300 m=6,5 full",    "f64 n=3,60000 m=2,9 full",
    "f32 n=60,70,80 m=4,3,4 full",     "c64 n=30,40,50 m=3,3,3 same edge=reflect,reflect,reflect",
};

enum { GUARD = 96 };

/* Executes with a workspace of just the size that the plan asks for, at an odd address, with as
 * much before it and behind it: a thread may not take another's for its own, nor one that is not
 * there.
 */
static void execute_guarded(const conv_plan *plan, const problem_data *data, void *output) {
    const size_t bytes = conv_plan_workspace_size(plan), guard = bytes + GUARD;
    unsigned char *const memory = malloc(bytes + 2 * guard + 1);
    assert_non_null(memory);
    memset(memory, 0x5a, bytes + 2 * guard + 1);
    assert_int_equal(conv_plan_execute(plan, data->signal.first, output, memory + guard + 1),
                     CONV_OK);
    for (size_t i = 0; i < guard; i++) {
        if (memory[i] != 0x5a || memory[bytes + guard + 1 + i] != 0x5a) {
            fail_msg("written outside the workspace");
        }
    }
    free(memory);
}

/* The answers on so many threads, held against the first one's bits. */
static unsigned on_many_threads(problem *p, const problem_data *data, const char *line) {
    static const int threads[] = {1, 2, 3, 8, 0};
    unsigned char *alone = NULL;
    unsigned wrong_answers = 0;
    for (size_t t = 0; t < sizeof threads / sizeof threads[0]; t++) {
        conv_plan *plan = NULL;
        p->desc.threads = threads[t];
        const conv_status status = conv_plan_create(&plan, &p->desc, data->kernel.first);
        if (status == CONV_ERR_METHOD) {
            break;
        }
        unsigned char *const output = calloc(1, data->output.span);
        assert_non_null(output);
        assert_int_equal(status, CONV_OK);
        execute_guarded(plan, data, output);
        conv_plan_destroy(plan);
        if (alone == NULL) {
            alone = output;
            continue;
        }
        if (memcmp(output, alone, data->output.span) != 0) {
            printf("# other bits on %d threads: %s method %d\n", threads[t], line,
                   (int)p->desc.method);
            wrong_answers++;
        }
        free(output);
    }
    free(alone);
    return wrong_answers;
}

static void one_large_execution(void **state) {
    const size_t lines_there = sizeof large / sizeof large[0];
    const size_t wanted = test_count((unsigned)lines_there);
    const size_t step = wanted < lines_there ? lines_there / wanted : 1;
    unsigned wrong_answers = 0;
    (void)state;
    for (size_t i = 0; i < lines_there; i += step) {
        problem p = suite_problem(large[i]);
        problem_data data;
        p.data = DATA_NORMAL;
        assert_true(data_make(&data, &p));
        for (int method = CONV_METHOD_DIRECT; method <= CONV_METHOD_FFT; method++) {
            p.desc.method = (conv_method)method;
            wrong_answers += on_many_threads(&p, &data, large[i]);
        }
        data_free(&data);
        p.desc.threads = 2;
        wrong_answers += compare_one(&p) != VERDICT_RIGHT;
    }
    assert_int_equal(wrong_answers, 0);
}

/* Threads that were started under another rounding mode, too, round as their caller wants it. */
static void the_rounding_is_the_callers(void **state) {
    static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO, FE_TONEAREST};
    unsigned wrong_answers = 0;
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        problem p = suite_problem("f64 n=130000 m=83 full");
        problem_data data;
        p.data = DATA_NORMAL;
        p.desc.method = CONV_METHOD_DIRECT;
        assert_true(data_make(&data, &p));
        fesetround(modes[i]);
        wrong_answers += on_many_threads(&p, &data, "rounded another way");
        assert_int_equal(fegetround(), modes[i]);
        fesetround(FE_TONEAREST);
        data_free(&data);
    }
    assert_int_equal(wrong_answers, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(different_plans),         cmocka_unit_test(the_same_plans),
        cmocka_unit_test(preparing_at_first_need), cmocka_unit_test(errors_are_per_thread),
        cmocka_unit_test(one_large_execution),     cmocka_unit_test(the_rounding_is_the_callers),
    };
    return cmocka_run_group_tests_name("threads", tests, make_jobs, free_jobs);
}
