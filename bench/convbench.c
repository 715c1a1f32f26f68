/* convbench: what libconv's methods cost, how right they are, and how well the library chooses. */
#include "accuracy.h"
#include "advise.h"
#include "bars.h"
#include "calibrate.h"
#include "fresh.h"
#include "interrupt.h"
#include "layer_bars.h"
#include "map.h"
#include "options.h"
#include "peers.h"
#include "run_grid.h"
#include "timing.h"

static int run_measured(const bench_options *options) {
    bench_limits limits;
    bench_limits_measure(&limits, options->grid == BENCH_GRID_SMOKE ? 2e-3 : 20e-3);
    switch (options->run) {
    case BENCH_RUN_BARS:
        return bench_bars(options, &limits);
    case BENCH_RUN_LAYER:
        return bench_layer_bars(options, &limits);
    case BENCH_RUN_ACCURACY:
        return bench_accuracy(options, &limits);
    case BENCH_RUN_ADVISE:
        return bench_advise(options, &limits);
    case BENCH_RUN_MAP:
        return bench_map(options, &limits);
    case BENCH_RUN_LIMITS:
        bench_limits_print(&limits);
        return 0;
    default:
        return bench_run_grid(options, &limits);
    }
}

int main(int argc, char **argv) {
    bench_options options;
    int exit_status;
    bench_processor_share();
    if (!bench_options_read(&options, argc, argv, &exit_status))
        return exit_status;
    bench_interrupt_listen();
    switch (options.run) {
    case BENCH_RUN_CALIBRATE:
        return bench_calibrate(options.output, options.as_c);
    case BENCH_RUN_FRESH:
        return bench_fresh_run(&options);
    case BENCH_RUN_PEERS:
        return bench_peers(argc, argv);
    default:
        return run_measured(&options);
    }
}
