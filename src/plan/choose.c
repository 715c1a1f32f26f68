#include "plan/choose.h"

#include <math.h>

#include "base/status.h"
#include "cost/fitted.h"

static const char *method_name(conv_method id) {
    static const char *const names[] = {"auto",   "direct", "separable",
                                        "blocks", "fft",    "reference"};
    return names[id];
}

int conv_choose_threads(int wished, double shared_seconds) {
    double useful = shared_seconds / CONV_COST_THREAD;
    int threads = useful < (double)wished ? (int)useful : wished;
    return threads > 1 ? threads : 1;
}

double conv_choose_seconds(const conv_task *task, const conv_method_row *method,
                           const conv_cost *cost) {
    double seconds = cost->execute, shared = method->parallel ? cost->execute - cost->serial : 0;
    double threads = fmin(task->wishes->threads, shared / CONV_COST_THREAD);
    if (threads > 1)
        seconds -= shared - shared / threads;
    return seconds + cost->prepare / task->wishes->uses;
}

const conv_method_row *conv_choose(const conv_task *task, unsigned *tried, conv_cost *cost) {
    const conv_method_row *best = NULL;
    double least = INFINITY;
    int row = 0;
    for (int i = 0; conv_methods[i]; i++) {
        const conv_method_row *method = conv_methods[i];
        conv_cost floor = method->floor;
        floor.prepare += method->floor_per_tap * (double)task->problem->taps;
        if (*tried >> i & 1 || method->id == CONV_METHOD_REFERENCE ||
            conv_choose_seconds(task, method, &floor) >= least || method->reject(task))
            continue;
        conv_cost known = method->cost(task);
        double seconds = conv_choose_seconds(task, method, &known);
        if (seconds < least * (best ? CONV_COST_CLEARLY : 1)) {
            least = seconds;
            best = method;
            *cost = known;
            row = i;
        }
    }
    if (best)
        *tried |= 1u << row;
    return best;
}

conv_status conv_choose_wished(const conv_task *task, const conv_method_row **method,
                               conv_cost *cost) {
    conv_method wished = task->wishes->method;
    *method = conv_method_find(wished);
    if (!*method)
        return conv_fail(CONV_ERR_METHOD, "method is %s, which this build does not have",
                         method_name(wished));
    const char *reason = (*method)->reject(task);
    if (reason)
        return conv_fail(CONV_ERR_METHOD, "method is %s, which cannot do this problem: %s",
                         method_name(wished), reason);
    *cost = (*method)->cost(task);
    return CONV_OK;
}
