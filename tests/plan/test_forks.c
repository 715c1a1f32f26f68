/* test_forks.c - children of a process that used threads, children born while other threads plan
 * and execute, and threads that cannot be started. Every child has a time limit, so that one that
 * waits for ever fails. */
#include "suite.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 60 }; /* of a child: a thousand times what it takes */

/* ---- pthread_create of this program and its libraries ---- */

typedef int create_function(pthread_t *thread, const pthread_attr_t *attributes,
                            void *(*body)(void *), void *argument);

static atomic_int asked;            /* for a thread */
static atomic_int can_be_had = 999; /* so many, then EAGAIN */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                   void *argument) {
    static create_function *real;
    if (real == NULL) {
        /* ISO C has no conversion from an object pointer; POSIX has. */
        void *const found = dlsym(RTLD_NEXT, "pthread_create");
        memcpy(&real, &found, sizeof real);
    }
    asked++;
    return can_be_had-- > 0 ? real(thread, attributes, body, argument) : EAGAIN;
}

/* ---- problems ---- */

/* On several threads each: transforms, blocks, sums, signals. A circular period that FFTW plans
 * where the build has it. */
static const char *const lines[] = {
    "f32 n=261000 m=25 full method=fft threads=8",
    "f64 n=130000 m=300 full method=blocks threads=3",
    "f32 n=261000 m=25 full method=direct threads=8",
    "c32 n=3000 m=40 circular period=3370 batch=9 method=fft threads=4",
};
enum { LINES = sizeof lines / sizeof lines[0] };

typedef struct job {
    conv_desc desc;
    problem_data data;
    conv_plan *plan;
    unsigned char *answer; /* on one thread */
} job;

static job jobs[LINES];

static int make_jobs(void **state) {
    (void)state;
    for (int i = 0; i < LINES; i++) {
        job *const j = &jobs[i];
        problem p = suite_problem(lines[i]);
        conv_plan *alone = NULL;
        p.data = DATA_NORMAL;
        j->desc = p.desc;
        p.desc.threads = 1;
        if (!data_make(&j->data, &p) || (j->answer = malloc(j->data.output.span)) == NULL ||
            conv_plan_create(&j->plan, &j->desc, j->data.kernel.first) != CONV_OK ||
            conv_plan_create(&alone, &p.desc, j->data.kernel.first) != CONV_OK ||
            conv_plan_execute(alone, j->data.signal.first, j->answer, NULL) != CONV_OK) {
            return -1;
        }
        conv_plan_destroy(alone);
    }
    return 0;
}

static int free_jobs(void **state) {
    (void)state;
    for (int i = 0; i < LINES; i++) {
        conv_plan_destroy(jobs[i].plan);
        data_free(&jobs[i].data);
        free(jobs[i].answer);
    }
    return 0;
}

static bool executes(const job *j, const conv_plan *plan) {
    unsigned char *const output = calloc(1, j->data.output.span);
    const bool right = output != NULL &&
                       conv_plan_execute(plan, j->data.signal.first, output, NULL) == CONV_OK &&
                       memcmp(output, j->answer, j->data.output.span) == 0;
    free(output);
    return right;
}

/* By plans that are there and by new ones. */
static bool all_right(void) {
    bool right = true;
    for (int i = 0; i < LINES; i++) {
        conv_plan *plan = NULL;
        right &= executes(&jobs[i], jobs[i].plan);
        right &= conv_plan_create(&plan, &jobs[i].desc, jobs[i].data.kernel.first) == CONV_OK &&
                 executes(&jobs[i], plan);
        conv_plan_destroy(plan);
    }
    return right;
}

/* Of a child that does `work`: 0 right, 1 wrong, else the signal that ended it. */
static int in_child(bool (*work)(void)) {
    int status;
    fflush(stdout);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(SECONDS);
        _exit(work() ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static bool grandchild_right(void) {
    return all_right() && in_child(all_right) == 0;
}

static void a_child_executes(void **state) {
    (void)state;
    assert_true(all_right());
    assert_int_equal(in_child(grandchild_right), 0);
    assert_true(all_right());
}

/* ---- children born at any moment ---- */

static atomic_bool stop;
static atomic_int wrong;

static void *plan_and_execute(void *argument) {
    const int start = *(const int *)argument;
    for (int i = start; !stop; i++) {
        const job *const j = &jobs[i % LINES];
        conv_plan *plan = NULL;
        if (conv_plan_create(&plan, &j->desc, j->data.kernel.first) != CONV_OK ||
            !executes(j, i % 2 ? plan : j->plan)) {
            wrong++;
        }
        conv_plan_destroy(plan);
    }
    return NULL;
}

/* Plans alone: most of its time is within the locks. */
static void *plan_only(void *argument) {
    const job *const j = &jobs[LINES - 1];
    (void)argument;
    while (!stop) {
        conv_plan *plan = NULL;
        wrong += conv_plan_create(&plan, &j->desc, j->data.kernel.first) != CONV_OK;
        conv_plan_destroy(plan);
    }
    return NULL;
}

static void children_of_a_busy_process(void **state) {
    enum { THREADS = 3, CHILDREN = 20 };
    pthread_t threads[THREADS];
    int starts[THREADS], ended[CHILDREN];
    (void)state;
    stop = false;
    wrong = 0;
    for (int i = 0; i < THREADS; i++) {
        starts[i] = i;
        assert_int_equal(
            pthread_create(&threads[i], NULL, i == 0 ? plan_only : plan_and_execute, &starts[i]),
            0);
    }
    for (int i = 0; i < CHILDREN; i++) {
        ended[i] = in_child(all_right);
    }
    stop = true;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < CHILDREN; i++) {
        assert_int_equal(ended[i], 0);
    }
    assert_int_equal(wrong, 0);
}

/* ---- threads that cannot be started: in children, which begin without any ---- */

static bool right_without_threads(void) {
    can_be_had = 0;
    return all_right();
}

static bool right_with_one_more(void) {
    can_be_had = 1;
    return all_right();
}

static bool right_once_there_are_more(void) {
    can_be_had = 0;
    bool right = all_right();
    can_be_had = 999;
    return right && all_right();
}

/* errno is the caller's. */
static bool errno_stays(void) {
    can_be_had = 0;
    errno = ERANGE;
    return executes(&jobs[0], jobs[0].plan) && errno == ERANGE;
}

static bool threads_are_asked_for(void) {
    const int before = asked;
    return all_right() && asked > before;
}

static void threads_that_do_not_start(void **state) {
    (void)state;
    /* What follows has to hold for a library without threads, too. */
    if (in_child(threads_are_asked_for) != 0)
        print_message("# no thread was asked for: a library without threads\n");
    assert_int_equal(in_child(right_without_threads), 0);
    assert_int_equal(in_child(right_with_one_more), 0);
    assert_int_equal(in_child(right_once_there_are_more), 0);
    assert_int_equal(in_child(errno_stays), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_executes),
        cmocka_unit_test(children_of_a_busy_process),
        cmocka_unit_test(threads_that_do_not_start),
    };
    return cmocka_run_group_tests_name("forks", tests, make_jobs, free_jobs);
}
