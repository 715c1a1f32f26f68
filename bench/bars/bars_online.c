/* Bar of a convolution that is fed sample by sample, over the same convolution at once. */
#include <stdio.h>

#include "bars.h"
#include "timing.h"

typedef struct {
    conv_online *online;
    const double *f;
    double *y;
    size_t n;
} online_job;

static void push_all(void *context) {
    const online_job *job = context;
    conv_online_reset(job->online);
    for (size_t i = 0; i < job->n; i++)
        conv_online_push(job->online, job->f + i, job->y + i);
}

void bars_online(bench_bars_run *run) {
    bar_begin(
        "2^17 samples one at a time under as many taps, f64, against one execution of a plan");
    size_t n = (size_t)1 << 17;
    bench_problem problem = bar_line(BENCH_F64, n, n, CONV_CAUSAL);
    bench_data data;
    bench_execution execution;
    if (!bar_prepare(run, &problem, CONV_METHOD_AUTO, &data, &execution))
        return;
    online_job job = {.f = data.x, .y = data.y, .n = n};
    if (conv_online_create(&job.online, CONV_F64, data.h, n, CONV_RULE_SUM, 1) == CONV_OK) {
        bench_subject subject[2] = {{push_all, &job, 0, false},
                                    {bench_execution_call, &execution, 0, false}};
        bench_time(subject, 2, 100e-3);
        bar_figure("a push %.2f ns, a sample of the execution %.2f ns",
                   1e9 * subject[0].seconds / (double)n, 1e9 * subject[1].seconds / (double)n);
        bar_at_most(run, "pushes over an execution", subject[0].seconds / subject[1].seconds, 5);
        conv_online_destroy(job.online);
    } else {
        bar_skip(run, "pushes over an execution", "no memory");
    }
    bar_release(&data, &execution);
}
