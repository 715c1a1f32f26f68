/* The choice of a method: one loop over the table. */
#ifndef CONV_PLAN_CHOOSE_H
#define CONV_PLAN_CHOOSE_H

#include "methods/methods.h"

/* What one execution by the method costs on the threads that it may use, and its share of the
 * preparation: the measure of the choice. */
double conv_choose_seconds(const conv_task *task, const conv_method_row *method,
                           const conv_cost *cost);

/* How many of the threads that are wished for so many seconds of shared work are worth. */
int conv_choose_threads(int wished, double shared_seconds);

/* The cheapest method that is not in the set `tried`, a bit for each row of the table, to which it
 * is added, and its cost; NULL: none is left. */
const conv_method_row *conv_choose(const conv_task *task, unsigned *tried, conv_cost *cost);

/* The method that is wished for; CONV_ERR_METHOD where this build or this method cannot do it. */
conv_status conv_choose_wished(const conv_task *task, const conv_method_row **method,
                               conv_cost *cost);

#endif
