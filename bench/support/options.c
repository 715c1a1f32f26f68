#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    case OPT_SIGNAL:
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
    case OPT_PLANES:
        return options->filter.planes = true;
    case OPT_BATCH:
        options->problem.batch = strtoul(value, NULL, 10);
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
    case OPT_OUTPUT:
    case 'o':
        options->output = value;
        return true;
    case OPT_C:
        return options->as_c = true;
    case OPT_LONG:
        return options->long_run = true;
    case OPT_PART:
        options->part = value;
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
    if (options->run == BENCH_RUN_CALIBRATE && !options->as_c && !options->output) {
        fprintf(stderr, "convbench: calibrate writes a profile: -o FILE\n");
        return false;
    }
    if (options->run != BENCH_RUN_ONE && options->run != BENCH_RUN_ADVISE &&
        options->run != BENCH_RUN_FRESH)
        return true;
    if (r->shape_rank == 0 || r->shape_rank != r->kernel_rank) {
        fprintf(stderr, "convbench: %s needs --signal and --kernel with as many extents each\n",
                bench_command_name(options->run));
        return false;
    }
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

/* convbench --version and the like, before a command is known. false: exit. */
static bool read_command(bench_options *options, int argc, char **argv, int *exit_status) {
    const char *name = argc > 1 ? argv[1] : "--help";
    *exit_status = 0;
    optind = 2;
    if (strcmp(name, "--version") == 0) {
        printf("convbench of libconv %s\n", conv_version_string());
        return false;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        bench_usage_print();
        return false;
    }
    /* 0.2 had options in the place of commands: --bars and the like, and --shape for one. */
    options->run = bench_command_find(name + (strncmp(name, "--", 2) == 0 ? 2 : 0));
    if (options->run != BENCH_RUNS)
        return true;
    if (name[0] == '-') {
        options->run = BENCH_RUN_GRID;
        for (int i = 1; i < argc; i++)
            if (strcmp(argv[i], "--shape") == 0)
                options->run = BENCH_RUN_ONE;
        optind = 1;
        return true;
    }
    *exit_status = 2;
    fprintf(stderr, "convbench: no command \"%s\"; convbench --help lists them\n", name);
    return false;
}

bool bench_options_read(bench_options *options, int argc, char **argv, int *exit_status) {
    struct option names[BENCH_OPTIONS_MOST];
    *options = (bench_options){.filter = {.type = -1, .mode = -1, .edge = -1}, .threads = 1};
    reading r = {.options = options};
    if (!read_command(options, argc, argv, exit_status))
        return false;
    if (options->run == BENCH_RUN_PEERS) /* its arguments are another program's */
        return true;
    bench_command_options(options->run, names);
    bool has_output = options->run == BENCH_RUN_CALIBRATE || options->run == BENCH_RUN_MAP;
    for (int option;
         (option = getopt_long(argc, argv, has_output ? "ho:" : "h", names, NULL)) != -1;) {
        *exit_status = 0;
        if (option == OPT_HELP || option == 'h') {
            bench_command_help(options->run);
            return false;
        }
        *exit_status = 2;
        if (!read_one(&r, option, optarg))
            return false;
    }
    *exit_status = 2;
    if (optind < argc) {
        fprintf(stderr, "convbench: unexpected argument \"%s\"; see convbench %s --help\n",
                argv[optind], bench_command_name(options->run));
        return false;
    }
    if (!finish(&r))
        return false;
    options->problem.threads = options->threads;
    options->problem.isa = options->isa;
    return true;
}
