#include "commands.h"

#include <stdio.h>
#include <string.h>

#define IN(run) (1u << BENCH_RUN_##run)
#define OF_PROBLEM (IN(ONE) | IN(ADVISE) | IN(FRESH))
#define MEASURING (OF_PROBLEM | IN(GRID))

/* `start`: how the command is called. `text`: what it does, what it prints, what it ends with. */
static const struct {
    const char *name, *summary, *start, *text;
} commands[BENCH_RUNS] = {
    [BENCH_RUN_GRID] = {"grid", "every method on a grid of problems, with errors", "",
                        "Times every method that accepts a problem, judges every result, and tells "
                        "how often\nCONV_METHOD_AUTO takes the fastest. Ends with 1 where an error "
                        "is above its bound.\n"},
    [BENCH_RUN_ONE] =
        {"one", "every method on one problem", "--signal N[xN[xN]] --kernel M[xM[xM]]",
         "As grid, for one problem, with the reasons of the methods that refuse it.\n"},
    [BENCH_RUN_ADVISE] = {"advise", "one problem: what to take, and from where on something else",
                          "--signal N[xN[xN]] --kernel M[xM[xM]]",
                          "One sentence, a table of the methods, and at which sizes of kernel and "
                          "signal\nCONV_METHOD_AUTO changes its choice.\n"},
    [BENCH_RUN_MAP] = {"map", "which method wins over signal and kernel size, speed, error", "",
                       "Lines of 64 to 2^20 samples by kernels of 3 to 2^14 taps, measured. Draws "
                       "NAME.svg and\nNAME.png by gnuplot from NAME.csv and NAME.gp, which stay; "
                       "where gnuplot is not there,\nprints maps of characters.\n"},
    [BENCH_RUN_BARS] = {"bars", "the figures that the library is held to, with pass or fail", "",
                        "Ends with 1 where a figure fails.\n"},
    [BENCH_RUN_LAYER] =
        {"layer", "layers against the limits of the machine, with pass or fail", "",
         "Microseconds, share of the multiply-add peak and of the copy bandwidth.\n"},
    [BENCH_RUN_ACCURACY] =
        {"accuracy", "every rule and tolerance where the result is known", "",
         "Error, bound and time of integrals by every rule and of sums under every "
         "tolerance, on\nfunctions and data whose results are known. Ends with 1 "
         "where an error is above the bound\nthat was reported, a bound above the "
         "tolerance, or a rule's error above ten times what\ntheory allows; a bar "
         "of time that fails does not count.\n"},
    [BENCH_RUN_CALIBRATE] =
        {"calibrate", "measures this machine for CONV_METHOD_AUTO", "-o FILE | --c",
         "Some minutes on an otherwise idle machine. FILE is a profile, which "
         "LIBCONV_PROFILE or\nconv_profile_load puts in the place of the figures "
         "that are built in.\n"},
    [BENCH_RUN_LIMITS] = {"limits", "multiply-adds and bytes a second at most", "", ""},
    [BENCH_RUN_PEERS] = {"peers", "beside NumPy, SciPy, OpenCV, torch and FFTW, by Python",
                         "[--bars]",
                         "Runs bench/compare.py of the sources with the arguments that follow.\n"},
    [BENCH_RUN_FRESH] =
        {"fresh", NULL, "--signal N[xN[xN]] --kernel M[xM[xM]]",
         "One problem's calls and creations as this process' malloc has them, as a "
         "line for the\nbars once and preparing: seconds planned, planned without a "
         "workspace, one-shot, the first\none-shot; faults of the second and third; "
         "seconds of a creation, of one in new memory, and\nof both as "
         "conv_plan_describe has them.\n"},
};

/* The commands that take an option, and what it means there. */
static const struct {
    const char *name, *argument;
    int number;
    unsigned commands;
    const char *help;
} known[] = {
    {"signal", "N[xN[xN]]", OPT_SIGNAL, OF_PROBLEM, "extents of the signal (also --shape)"},
    {"shape", "N[xN[xN]]", OPT_SIGNAL, OF_PROBLEM, NULL},
    {"kernel", "M[xM[xM]]", OPT_KERNEL, OF_PROBLEM, "extents of the kernel"},
    {"type", "T", OPT_TYPE, MEASURING | IN(MAP),
     "f32 f64 c32 c64, c32r c64r (complex signal, real kernel); f32"},
    {"mode", "MODE", OPT_MODE, MEASURING, "full same causal valid circular; same"},
    {"edge", "RULE", OPT_EDGE, MEASURING, "zero constant nearest wrap reflect mirror; zero"},
    {"separable", NULL, OPT_SEPARABLE, OF_PROBLEM, "a kernel that is an outer product"},
    {"batch", "B", OPT_BATCH, IN(ONE), "signals of one execution; 1"},
    {"trapezoid", NULL, OPT_TRAPEZOID, OF_PROBLEM,
     "the integral of exp(-x) and 2exp(-2x), judged by the analytic one;\n"
     "                        mode full unless given"},
    {"rank", "R", OPT_RANK, IN(GRID), "only problems of R axes"},
    {"quick", NULL, OPT_QUICK, IN(GRID) | IN(ACCURACY) | IN(MAP), "less of it, under a minute"},
    {"smoke", NULL, OPT_SMOKE, IN(GRID) | IN(ACCURACY) | IN(MAP), "a few seconds"},
    {"planes", NULL, OPT_PLANES, IN(GRID),
     "planes of 16^2 to 2048^2 under 1x1 to 127x127 taps; with --quick some minutes"},
    {"method", "M", OPT_METHOD, IN(GRID) | IN(ONE) | IN(FRESH),
     "all direct separable blocks fft reference; all (without reference)"},
    {"threads", "T", OPT_THREADS, MEASURING | IN(LAYER), "threads of a plan, 0 for all cores; 1"},
    {"isa", "LEVEL", OPT_ISA, MEASURING | IN(LAYER) | IN(MAP), "at most baseline, v3, v4; best"},
    {"budget", "MS", OPT_BUDGET, MEASURING | IN(MAP), "milliseconds to time each method"},
    {"refused", NULL, OPT_REFUSED, IN(GRID), "also show which methods refuse a problem, and why"},
    {"part", "NAME", OPT_PART, IN(BARS) | IN(LAYER),
     "only these: of bars one of line plane home transform overlap-save\n"
     "                        calls pick threads growth once preparing online varying planes\n"
     "                        lines volume pick-planes; of layer those whose name has these words"},
    {"long", NULL, OPT_LONG, IN(BARS), "also 10^8 samples (1 GB of memory) and the full grid"},
    {"json", "FILE", OPT_JSON, IN(GRID) | IN(ONE) | IN(LAYER),
     "everything as JSON, - for standard output"},
    {"csv", "FILE", OPT_CSV, IN(GRID) | IN(ONE), "a line per row, - for standard output"},
    {"output", "FILE", OPT_OUTPUT, IN(CALIBRATE) | IN(MAP),
     "also -o: the profile; of map NAME, without an ending"},
    {"c", NULL, OPT_C, IN(CALIBRATE), "the built-in figures as src/cost/calibrated.c has them"},
    {"help", NULL, OPT_HELP, ~0u, NULL},
};

enum { KNOWN = sizeof known / sizeof *known };

bench_run bench_command_find(const char *name) {
    int run = 0;
    while (run < BENCH_RUNS && strcmp(name, commands[run].name) != 0)
        run++;
    return (bench_run)run;
}

const char *bench_command_name(bench_run run) {
    return commands[run].name;
}

void bench_command_options(bench_run run, struct option options[BENCH_OPTIONS_MOST]) {
    int count = 0;
    for (int i = 0; i < KNOWN && count < BENCH_OPTIONS_MOST - 1; i++)
        if (known[i].commands & 1u << run)
            options[count++] =
                (struct option){known[i].name, known[i].argument ? required_argument : no_argument,
                                NULL, known[i].number};
    options[count] = (struct option){0};
}

void bench_usage_print(void) {
    printf("Usage: convbench COMMAND [OPTION...]\n\n");
    for (int run = 0; run < BENCH_RUNS; run++)
        if (commands[run].summary)
            printf("  %-10s %s\n", commands[run].name, commands[run].summary);
    printf("\nconvbench COMMAND --help says what a command takes and prints. First:\n\n"
           "  convbench advise --signal 1048576 --kernel 255 --type f32\n\n"
           "convbench --version. Ctrl-C ends after the problem that is being timed; what was\n"
           "finished is written.\n");
}

/* What the columns of the long tables are. */
static const char columns[] =
    "\nColumns: ns per output (median of many interleaved samples, on a plan with given\n"
    "workspace), time over the fastest method's, plan creation, workspace, error relative to the\n"
    "largest output, error over its bound, multiply-adds as a share of the measured peak "
    "(direct),\n"
    "and reading the signal and writing the output once as a share of the copy bandwidth of the\n"
    "cache that holds them. * is CONV_METHOD_AUTO's pick, ! an error above its bound. --csv and\n"
    "--json have more.\n";

void bench_command_help(bench_run run) {
    printf("Usage: convbench %s %s%s[OPTION...]\n%s%s\n", commands[run].name, commands[run].start,
           commands[run].start[0] ? " " : "", commands[run].summary ? commands[run].summary : "",
           commands[run].summary ? "\n" : "");
    printf("%s%s", commands[run].text, commands[run].text[0] ? "\n" : "");
    for (int i = 0; i < KNOWN; i++) {
        char start[64];
        if (!(known[i].commands & 1u << run) || !known[i].help)
            continue;
        snprintf(start, sizeof start, "--%s %s", known[i].name,
                 known[i].argument ? known[i].argument : "");
        printf("  %-21s %s\n", start, known[i].help);
    }
    if (run == BENCH_RUN_GRID || run == BENCH_RUN_ONE)
        fputs(columns, stdout);
}
