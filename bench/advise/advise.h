/* The command advise: one problem in a sentence, a table, and where the choice changes. */
#ifndef BENCH_ADVISE_H
#define BENCH_ADVISE_H

#include "options.h"

/* Returns the exit status. */
int bench_advise(const bench_options *options, const bench_limits *limits);

#endif
