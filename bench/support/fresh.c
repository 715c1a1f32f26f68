#include "fresh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "measure.h"
#include "timing.h"

/* Seconds for each figure, and the most samples of a creation in new memory. */
#define BUDGET 30e-3
enum { CREATIONS = 15 };

typedef struct {
    const bench_problem *problem;
    const bench_data *data;
    bench_execution execution;
    conv_desc desc;
} fresh_job;

static long faults(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_minflt : 0;
}

static void one_shot(void *context) {
    const fresh_job *job = context;
    const bench_data *data = job->data;
    const size_t *n = job->problem->signal, *m = job->problem->kernel;
    conv_mode mode = job->problem->mode;
    bool is_line = job->problem->rank == 1;
    switch (job->problem->type) {
    case BENCH_F32:
        is_line ? conv1d_f32(data->x, n[0], data->h, m[0], mode, data->y)
                : conv2d_f32(data->x, n[0], n[1], data->h, m[0], m[1], mode, data->y);
        break;
    case BENCH_F64:
        is_line ? conv1d_f64(data->x, n[0], data->h, m[0], mode, data->y)
                : conv2d_f64(data->x, n[0], n[1], data->h, m[0], m[1], mode, data->y);
        break;
    case BENCH_C32:
        is_line ? conv1d_c32(data->x, n[0], data->h, m[0], mode, data->y)
                : conv2d_c32(data->x, n[0], n[1], data->h, m[0], m[1], mode, data->y);
        break;
    default:
        is_line ? conv1d_c64(data->x, n[0], data->h, m[0], mode, data->y)
                : conv2d_c64(data->x, n[0], n[1], data->h, m[0], m[1], mode, data->y);
        break;
    }
}

static bool has_one_shot(const bench_problem *problem, conv_method method) {
    return method == CONV_METHOD_AUTO && problem->rank <= 2 && problem->type <= BENCH_C64 &&
           problem->edge == CONV_ZERO && problem->rule == CONV_RULE_SUM;
}

static void create(void *context) {
    fresh_job *job = context;
    conv_plan *plan = NULL;
    conv_plan_create(&plan, &job->desc, job->data->h);
    conv_plan_destroy(plan);
}

/* Page faults of a call, once the first few have shown malloc what is asked for. */
static double faults_of(void (*call)(void *context), void *context) {
    enum { CALLS = 10 };
    for (int i = 0; i < 3; i++)
        call(context);
    long before = faults();
    for (int i = 0; i < CALLS; i++)
        call(context);
    return (double)(faults() - before) / CALLS;
}

static double seconds_of(void (*call)(void *context), void *context) {
    bench_subject subject = {call, context, 0, false};
    bench_time(&subject, 1, BUDGET);
    return subject.seconds;
}

/* The median creation in memory that malloc has given back to the system before. */
static double fresh_creation(const fresh_job *job) {
    double seconds[CREATIONS], end = bench_now() + 10 * BUDGET;
    size_t taken = 0;
    while (taken < 3 || (taken < CREATIONS && bench_now() < end)) {
        conv_plan *plan = NULL;
#ifdef __GLIBC__
        malloc_trim(0);
#endif
        double start = bench_now();
        conv_plan_create(&plan, &job->desc, job->data->h);
        seconds[taken++] = bench_now() - start;
        conv_plan_destroy(plan);
    }
    return bench_median(seconds, taken);
}

static void read_model(const conv_plan *plan, bench_fresh *fresh) {
    char text[2048];
    bench_model model = bench_model_of(plan);
    conv_plan_describe(plan, text, sizeof text);
    snprintf(fresh->method, sizeof fresh->method, "%.*s", (int)strcspn(text, "\n"), text);
    fresh->creation_model = model.prepare;
    fresh->fresh_model = model.prepare + model.fresh;
}

static void print(const bench_fresh *fresh) {
    printf("%.4g %.4g %.4g %.4g %.4g %.4g %.4g %.4g %.4g %.4g %s\n", fresh->planned, fresh->null,
           fresh->once, fresh->first, fresh->null_faults, fresh->once_faults, fresh->creation,
           fresh->fresh_creation, fresh->creation_model, fresh->fresh_model, fresh->method);
}

static bool scan(const char *line, bench_fresh *fresh) {
    return sscanf(line, "%lf %lf %lf %lf %lf %lf %lf %lf %lf %lf %159[^\n]", &fresh->planned,
                  &fresh->null, &fresh->once, &fresh->first, &fresh->null_faults,
                  &fresh->once_faults, &fresh->creation, &fresh->fresh_creation,
                  &fresh->creation_model, &fresh->fresh_model, fresh->method) == 11;
}

int bench_fresh_run(const bench_options *options) {
    const bench_problem *problem = &options->problem;
    conv_method method = options->effort.only;
    bench_fresh fresh = {0};
    bench_data data;
    fresh_job job = {.problem = problem, .data = &data};
    if (!bench_data_make(problem, &data)) {
        fprintf(stderr, "convbench: --fresh is for one problem: --shape and --kernel\n");
        return 2;
    }
    bench_problem_desc(problem, method, &job.desc);
    memset(data.y, 0, data.outputs * bench_type_size(problem->type)); /* the caller's, not new */
    if (has_one_shot(problem, method)) {
        double start = bench_now();
        one_shot(&job);
        fresh.first = bench_now() - start;
        fresh.once_faults = faults_of(one_shot, &job);
        fresh.once = seconds_of(one_shot, &job);
    }
    fresh.creation = seconds_of(create, &job);
    if (bench_execution_begin(&job.execution, &job.desc, &data, 1) != CONV_OK) {
        fprintf(stderr, "convbench: %s\n", conv_last_error());
        return 2;
    }
    read_model(job.execution.plan, &fresh);
    fresh.planned = seconds_of(bench_execution_call, &job.execution);
    free(job.execution.workspace);
    job.execution.workspace = NULL;
    fresh.null_faults = faults_of(bench_execution_call, &job.execution);
    fresh.null = seconds_of(bench_execution_call, &job.execution);
    bench_execution_end(&job.execution);
    fresh.fresh_creation = fresh_creation(&job);
    bench_data_free(&data);
    print(&fresh);
    return 0;
}

/* ---- in a process of its own ---- */

static void set_malloc(bool keeps) {
    static const char *const settings[][2] = {
        {"MALLOC_MMAP_MAX_", "0"},
        {"MALLOC_TRIM_THRESHOLD_", "1099511627776"},
        {"MALLOC_TOP_PAD_", "67108864"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (keeps)
            setenv(settings[i][0], settings[i][1], 1);
        else
            unsetenv(settings[i][0]);
}

static void run_child(const bench_problem *problem, conv_method method, bool keeps, int out) {
    char program[] = "convbench", fresh[] = "fresh", option[] = "--method", name[32], text[512];
    char *arguments[32] = {program, fresh, option, name};
    int count = 4;
    snprintf(name, sizeof name, "%s",
             method == CONV_METHOD_AUTO ? "all" : bench_method_name(method));
    bench_problem_arguments(problem, text, sizeof text);
    for (char *at = strtok(text, " "); at && count < 31; at = strtok(NULL, " "))
        arguments[count++] = at;
    set_malloc(keeps);
    dup2(out, STDOUT_FILENO);
    close(out);
    execv("/proc/self/exe", arguments);
    _exit(127);
}

bool bench_fresh_measure(bench_fresh *fresh, const bench_problem *problem, conv_method method,
                         bool keeps) {
    int ends[2], status = 0;
    char line[512] = "";
    if (pipe(ends) != 0)
        return false;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(problem, method, keeps, ends[1]);
    }
    close(ends[1]);
    FILE *from = child > 0 ? fdopen(ends[0], "r") : NULL;
    bool got = from && fgets(line, sizeof line, from) != NULL;
    if (from)
        fclose(from);
    else
        close(ends[0]);
    return child > 0 && waitpid(child, &status, 0) == child && got && scan(line, fresh);
}
