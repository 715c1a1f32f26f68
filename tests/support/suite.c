/* suite.c - helpers common to the suites. */
#include "suite.h"

int suite_report(void **state) {
    (void)state;
    compare_report();
    return 0;
}

problem suite_problem(const char *line) {
    problem p;
    char wrong[64];
    if (!problem_parse(&p, line, wrong)) {
        fail_msg("the line is not understood at '%s': %s", wrong, line);
    }
    return p;
}

unsigned suite_line(const char *line) {
    const problem p = suite_problem(line);
    return compare_all(&p);
}
