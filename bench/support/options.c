#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_SHAPE = 256,
    OPT_KERNEL,
    OPT_TYPE,
    OPT_MODE,
    OPT_EDGE,
    OPT_SEPARABLE,
    OPT_TRAPEZOID,
    OPT_QUICK,
    OPT_SMOKE,
    OPT_RANK,
    OPT_METHOD,
    OPT_THREADS,
    OPT_ISA,
    OPT_BUDGET,
    OPT_REFUSED,
    OPT_JSON,
    OPT_CSV,
    OPT_LIMITS,
    OPT_BARS,
    OPT_LONG,
    OPT_PART,
    OPT_VARYING,
    OPT_ACCURACY,
    OPT_CALIBRATE,
    OPT_FRESH,
    OPT_LAYER,
    OPT_HELP
};

static const struct option names[] = {
    {"shape", required_argument, NULL, OPT_SHAPE},
    {"kernel", required_argument, NULL, OPT_KERNEL},
    {"type", required_argument, NULL, OPT_TYPE},
    {"mode", required_argument, NULL, OPT_MODE},
    {"edge", required_argument, NULL, OPT_EDGE},
    {"separable", no_argument, NULL, OPT_SEPARABLE},
    {"trapezoid", no_argument, NULL, OPT_TRAPEZOID},
    {"quick", no_argument, NULL, OPT_QUICK},
    {"smoke", no_argument, NULL, OPT_SMOKE},
    {"rank", required_argument, NULL, OPT_RANK},
    {"method", required_argument, NULL, OPT_METHOD},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"isa", required_argument, NULL, OPT_ISA},
    {"budget", required_argument, NULL, OPT_BUDGET},
    {"refused", no_argument, NULL, OPT_REFUSED},
    {"json", required_argument, NULL, OPT_JSON},
    {"csv", required_argument, NULL, OPT_CSV},
    {"limits", no_argument, NULL, OPT_LIMITS},
    {"bars", no_argument, NULL, OPT_BARS},
    {"long", no_argument, NULL, OPT_LONG},
    {"part", required_argument, NULL, OPT_PART},
    {"varying", no_argument, NULL, OPT_VARYING},
    {"accuracy", no_argument, NULL, OPT_ACCURACY},
    {"calibrate", no_argument, NULL, OPT_CALIBRATE},
    {"fresh", no_argument, NULL, OPT_FRESH},
    {"layer", no_argument, NULL, OPT_LAYER},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static const char *isa_name(int isa) {
    static const char *const isas[] = {"best", "baseline", "v3", "v4"};
    return isas[isa];
}

static const char *type_name(int i) {
    return bench_type_name((bench_type)i);
}

static const char *mode_name(int i) {
    return bench_mode_name((conv_mode)i);
}

static const char *edge_name(int i) {
    return bench_edge_name((conv_boundary)i);
}

static const char *method_name(int i) {
    return i == 0 ? "all" : bench_method_name((conv_method)i);
}

/* The index of the name, or -1 with a complaint. */
static int find(const char *what, const char *text, const char *(*name)(int), int count) {
    for (int i = 0; i < count; i++)
        if (strcmp(text, name(i)) == 0)
            return i;
    fprintf(stderr, "convbench: unknown %s \"%s\"; one of", what, text);
    for (int i = 0; i < count; i++)
        fprintf(stderr, " %s", name(i));
    fprintf(stderr, "\n");
    return -1;
}

/* "1024x1024"; the number of axes, or 0 with a complaint. */
static int read_shape(const char *text, size_t shape[BENCH_MAX_RANK]) {
    const char *at = text;
    for (int rank = 0; rank < BENCH_MAX_RANK;) {
        char *end;
        unsigned long long extent = strtoull(at, &end, 10);
        if (end == at || *at == '-' || extent == 0)
            break;
        shape[rank++] = (size_t)extent;
        if (*end == 0)
            return rank;
        if (*end != 'x')
            break;
        at = end + 1;
    }
    fprintf(stderr, "convbench: \"%s\" is no shape like 1000 or 512x512 or 64x64x64\n", text);
    return 0;
}

typedef struct {
    bench_options *options;
    int shape_rank, kernel_rank, budget;
    bool trapezoid;
} reading;

static bool read_choice(reading *r, int option, const char *value) {
    bench_options *options = r->options;
    int found = 0;
    switch (option) {
    case OPT_TYPE:
        found = options->filter.type = find("type", value, type_name, BENCH_TYPES);
        break;
    case OPT_MODE:
        found = options->filter.mode = find("mode", value, mode_name, CONV_WINDOW);
        break;
    case OPT_EDGE:
        found = options->filter.edge = find("edge rule", value, edge_name, CONV_MIRROR + 1);
        break;
    case OPT_METHOD:
        found = find("method", value, method_name, CONV_METHOD_REFERENCE + 1);
        options->effort.only = found < 0 ? CONV_METHOD_AUTO : (conv_method)found;
        break;
    default:
        found = find("level", value, isa_name, CONV_ISA_V4 + 1);
        options->isa = found < 0 ? CONV_ISA_BEST : (conv_isa)found;
        break;
    }
    return found >= 0;
}

/* false: exit. */
static bool read_one(reading *r, int option, const char *value) {
    bench_options *options = r->options;
    switch (option) {
    case OPT_SHAPE:
        return (r->shape_rank = read_shape(value, options->problem.signal)) > 0;
    case OPT_KERNEL:
        return (r->kernel_rank = read_shape(value, options->problem.kernel)) > 0;
    case OPT_SEPARABLE:
        return options->problem.separable = true;
    case OPT_TRAPEZOID:
        options->problem.rule = CONV_RULE_TRAPEZOID;
        return r->trapezoid = true;
    case OPT_QUICK:
        options->grid = BENCH_GRID_QUICK;
        return true;
    case OPT_SMOKE:
        options->grid = BENCH_GRID_SMOKE;
        return true;
    case OPT_RANK:
        options->filter.rank = atoi(value);
        return true;
    case OPT_THREADS:
        options->threads = atoi(value);
        return true;
    case OPT_BUDGET:
        r->budget = atoi(value);
        return true;
    case OPT_REFUSED:
        return options->refused = true;
    case OPT_JSON:
        options->json = value;
        return true;
    case OPT_CSV:
        options->csv = value;
        return true;
    case OPT_LIMITS:
        options->run = BENCH_RUN_LIMITS;
        return true;
    case OPT_BARS:
        options->run = BENCH_RUN_BARS;
        return true;
    case OPT_VARYING:
        options->run = BENCH_RUN_BARS;
        options->part = "varying";
        return true;
    case OPT_LONG:
        return options->long_run = true;
    case OPT_PART:
        options->part = value;
        if (options->run != BENCH_RUN_LAYER)
            options->run = BENCH_RUN_BARS;
        return true;
    case OPT_ACCURACY:
        options->run = BENCH_RUN_ACCURACY;
        return true;
    case OPT_CALIBRATE:
        options->run = BENCH_RUN_CALIBRATE;
        return true;
    case OPT_LAYER:
        options->run = BENCH_RUN_LAYER;
        return true;
    case OPT_FRESH:
        options->run = BENCH_RUN_FRESH;
        return true;
    case '?':
    case ':':
        return false;
    default:
        return read_choice(r, option, value);
    }
}

static bool finish(reading *r) {
    static const bench_effort efforts[BENCH_GRIDS] = {
        {30e-3, 2e7, 3.0, CONV_METHOD_AUTO},
        {8e-3, 2e6, 0.15, CONV_METHOD_AUTO},
        {1e-3, 4e5, 0.05, CONV_METHOD_AUTO},
    };
    bench_options *options = r->options;
    bench_problem *problem = &options->problem;
    conv_method only = options->effort.only;
    options->effort = efforts[options->grid];
    options->effort.only = only;
    if (r->budget > 0)
        options->effort.budget = 1e-3 * r->budget;
    if (r->shape_rank != r->kernel_rank || (r->trapezoid && r->shape_rank == 0)) {
        fprintf(stderr, "convbench: a single problem needs --shape and --kernel of equal rank\n");
        return false;
    }
    if (r->shape_rank == 0)
        return true;
    options->one = true;
    problem->rank = r->shape_rank;
    problem->type = options->filter.type < 0 ? BENCH_F32 : (bench_type)options->filter.type;
    problem->edge = options->filter.edge < 0 ? CONV_ZERO : (conv_boundary)options->filter.edge;
    problem->mode = options->filter.mode >= 0 ? (conv_mode)options->filter.mode
                    : r->trapezoid            ? CONV_FULL
                                              : CONV_SAME;
    if (r->trapezoid && (problem->edge != CONV_ZERO || problem->mode == CONV_VALID ||
                         problem->mode == CONV_CIRCULAR)) {
        fprintf(stderr, "convbench: --trapezoid has an analytic integral with the modes full, same "
                        "and causal and the edge rule zero\n");
        return false;
    }
    return true;
}

bool bench_options_read(bench_options *options, int argc, char **argv, int *exit_status) {
    *options = (bench_options){.filter = {-1, -1, -1, 0}, .threads = 1};
    reading r = {.options = options};
    for (int option; (option = getopt_long(argc, argv, "h", names, NULL)) != -1;) {
        *exit_status = 0;
        if (option == OPT_HELP || option == 'h') {
            fputs(bench_usage, stdout);
            return false;
        }
        *exit_status = 2;
        if (!read_one(&r, option, optarg))
            return false;
    }
    *exit_status = 2;
    if (optind < argc) {
        fprintf(stderr, "convbench: unexpected argument \"%s\"; see --help\n", argv[optind]);
        return false;
    }
    if (!finish(&r))
        return false;
    options->problem.threads = options->threads;
    options->problem.isa = options->isa;
    return true;
}
