/* Constants are measured with AVX-512 (AMD EPYC, one thread), on a line of 2^20: nanoseconds for an
 * output and for a tap of it. Vectors of half the length take twice as long in sums, transforms
 * less than that. */
#include "varying/engine_cost.h"

#include <math.h>

/* [double]: of an output, of a tap. */
static const double gather[2][2] = {{0.7, 0.06}, {1.4, 0.115}};
static const double scatter[2][2] = {{3.5, 0.27}, {6, 0.62}};
static const double matrix[2][2] = {{1.5, 0.17}, {2.5, 0.35}};

/* [double]: a sample's transform, with the product; a sample's weight, each for one term. */
static const double transform[2] = {0.7, 1.4};
static const double weight[2] = {0.2, 0.5};

/* By level: how much longer sums and transforms take. */
static const double sums[CONV_LEVELS] = {4, 1.8, 1};
static const double transforms[CONV_LEVELS] = {2.2, 1.2, 1};

/* With fewer terms than these there is no set of kernels at usual tolerances. */
enum { LEAST_TERMS = 4 };

/* The sum of all reaches, over all rows, for one line. */
static double reaches(const conv_varying *plan) {
    double sum = 0;
    size_t count = plan->rows * plan->n;
    for (size_t i = 0; i < count; i++)
        sum += conv_row_taps(&plan->rule, plan->width[i]);
    return sum / (double)plan->rows;
}

double conv_direct_cost(const conv_varying *plan) {
    const double *one = gather[plan->is_double], *other = scatter[plan->is_double];
    double output = (one[0] + other[0]) / 2, tap = (one[1] + other[1]) / 2;
    return sums[plan->level] * ((double)plan->n * output + reaches(plan) * tap);
}

/* Groups of rows have a few diagonals more than each of their rows. */
static double diagonals(const conv_varying *plan) {
    return 2 * reaches(plan) + (double)plan->n * CONV_GROUP;
}

double conv_matrix_cost(const conv_varying *plan) {
    const double *unit = matrix[plan->is_double];
    return (double)plan->n * unit[0] + diagonals(plan) * unit[1];
}

double conv_matrix_bytes(const conv_varying *plan) {
    return diagonals(plan) * (double)conv_real_size(plan->is_double);
}

double conv_bank_cost(const conv_varying *plan) {
    const conv_bank *bank = plan->bank;
    double each = transforms[plan->level] * transform[plan->is_double];
    double term = each + weight[plan->is_double];
    if (!bank)
        return (double)plan->n * (each + LEAST_TERMS * term);
    size_t chunks = (plan->n + bank->block - 1) / bank->block;
    double terms = (double)bank->chunk_terms / (double)plan->rows;
    return (double)bank->length * ((double)chunks * each + terms * term);
}
