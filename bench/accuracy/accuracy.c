#include "accuracy.h"

#include <stdio.h>

#include "output.h"

char bench_accuracy_judge(bench_accuracy_run *run, double error, double limit) {
    bool right = error <= limit;
    run->errors++;
    run->wrong += !right;
    return right ? ' ' : '!';
}

int bench_accuracy(const bench_options *options, const bench_limits *limits) {
    bench_accuracy_run run = {.bars = {.options = options, .limits = limits}};
    bench_limits_print(limits);
    accuracy_rules(&run);
    accuracy_product(&run);
    accuracy_rule_cost(&run);
    accuracy_correction_cost(&run);
    accuracy_tolerance(&run);
    bench_progress(0, 0, NULL);
    bench_print_disturbance();
    printf("\n%d errors judged, %d above what they may be; of the time that rules take %d bars "
           "passed, %d failed\n",
           run.errors, run.wrong, run.bars.passed, run.bars.failed);
    return run.wrong ? 1 : 0;
}
