#include "output.h"

#include <math.h>
#include <unistd.h>

#include "timing.h"

static void add_model(bench_summary *summary, const bench_row *row) {
    if (row->reason[0] || row->model <= 0)
        return;
    double ratio = log(row->model / row->seconds);
    summary->modelled[row->method]++;
    summary->model_log[row->method] += ratio;
    summary->model_squares[row->method] += ratio * ratio;
}

void bench_print_model(const bench_summary *summary) {
    printf("the model's time over the measured one, geometric mean and deviation:");
    for (int method = 0; method <= CONV_METHOD_REFERENCE; method++) {
        double count = summary->modelled[method];
        if (count == 0)
            continue;
        double mean = summary->model_log[method] / count;
        double square = summary->model_squares[method] / count - mean * mean;
        printf(" %s %.2f (%.2f)", bench_method_name((conv_method)method), exp(mean),
               exp(sqrt(fmax(square, 0))));
    }
    printf("\n");
}

void bench_summary_add(bench_summary *summary, const bench_result *result) {
    for (int i = 0; i < result->rows; i++) {
        const bench_row *row = &result->row[i];
        summary->wrong += bench_row_is_wrong(row);
        double *worst = result->problem.rule == CONV_RULE_SUM ? &summary->worst_error[row->method]
                                                              : &summary->worst_integral;
        if (!row->reason[0] && row->error.ratio > *worst)
            *worst = row->error.ratio;
        add_model(summary, row);
    }
    if (result->pick_ratio <= 0)
        return;
    summary->problems++;
    summary->fastest += result->picked == result->fastest;
    summary->within += result->pick_ratio <= 1.10;
    summary->log_sum += log(result->pick_ratio);
    if (result->pick_ratio >= summary->worst) {
        summary->worst = result->pick_ratio;
        summary->worst_problem = result->problem;
        summary->worst_pick = result->row[result->picked].method;
        summary->worst_fastest = result->row[result->fastest].method;
    }
}

static void bytes_text(size_t bytes, char text[24]) {
    if (bytes < 10000)
        snprintf(text, 24, "%zu B", bytes);
    else if (bytes < (size_t)10000 << 10)
        snprintf(text, 24, "%zu KiB", bytes >> 10);
    else
        snprintf(text, 24, "%zu MiB", bytes >> 20);
}

static void seconds_text(double seconds, char text[16]) {
    static const char *const units[] = {"s", "ms", "us", "ns"};
    int unit = 0;
    while (unit < 3 && seconds < 1) {
        seconds *= 1e3;
        unit++;
    }
    snprintf(text, 16, "%.3g %s", seconds, units[unit]);
}

/* Columns after the problem's own line. */
void bench_print_head(void) {
    printf("  %-10s %9s %7s %9s %10s %9s %8s %6s %6s\n", "method", "ns/output", "ratio", "plan",
           "workspace", "error", "of bound", "% peak", "% copy");
}

static void print_row(const bench_result *result, int index) {
    const bench_row *row = &result->row[index];
    char bytes[24], plan[16], peak[16] = "-";
    bytes_text(row->workspace, bytes);
    seconds_text(row->create_seconds, plan);
    if (row->peak_share > 0)
        snprintf(peak, sizeof peak, "%.1f", 100 * row->peak_share);
    double fastest = result->fastest < 0 ? row->seconds : result->row[result->fastest].seconds;
    printf(" %c%-10s %9.4g %7.2f %9s %10s %9.1e %8.3f %6s %6.1f%s\n",
           index == result->picked ? '*' : ' ', bench_method_name(row->method),
           1e9 * row->seconds / (double)result->outputs, row->seconds / fastest, plan, bytes,
           row->error.relative, row->error.ratio, peak, 100 * row->copy_share,
           bench_row_is_wrong(row) ? " !" : "");
}

void bench_print_result(const bench_result *result, bool refused) {
    char name[128];
    bench_problem_text(&result->problem, name, sizeof name);
    printf("%s\n", name);
    for (int i = 0; i < result->rows; i++) {
        const bench_row *row = &result->row[i];
        if (!row->reason[0])
            print_row(result, i);
        else if (refused)
            printf("  %-10s %s\n", bench_method_name(row->method), row->reason);
    }
    fflush(stdout);
}

void bench_print_summary(const bench_summary *summary) {
    char name[256];
    if (summary->problems > 1) {
        double all = summary->problems;
        bench_problem_arguments(&summary->worst_problem, name, sizeof name);
        printf("\nthe pick: fastest on %d of %d problems (%.1f %%), within 1.10 of the fastest on "
               "%.1f %%, geometric mean %.3f\n",
               summary->fastest, summary->problems, 100 * summary->fastest / all,
               100 * summary->within / all, exp(summary->log_sum / all));
        printf("worst pick: %.2f times the fastest (%s instead of %s): convbench one %s\n",
               summary->worst, bench_method_name(summary->worst_pick),
               bench_method_name(summary->worst_fastest), name);
    }
    printf("rows with an error above its bound: %d; worst error over bound", summary->wrong);
    for (int m = CONV_METHOD_DIRECT; m <= CONV_METHOD_REFERENCE; m++)
        if (summary->worst_error[m] > 0)
            printf(" %s %.3f", bench_method_name((conv_method)m), summary->worst_error[m]);
    if (summary->worst_integral > 0)
        printf(" integrals %.3f", summary->worst_integral);
    printf("\n");
}

void bench_print_disturbance(void) {
    double share = bench_processor_share();
    if (share < 0.9)
        printf("note: other processes left this one %.0f %% of a processor: times and ratios are "
               "rough\n",
               100 * share);
}

/* " 12 s left", by what the steps before this one took. */
static void time_left(size_t done, size_t all, char text[32]) {
    static double started;
    text[0] = 0;
    if (done <= 1)
        started = bench_now();
    else
        snprintf(text, 32, ", %.0f s left",
                 (bench_now() - started) / (double)(done - 1) * (double)(all - done + 1));
}

void bench_progress(size_t done, size_t all, const char *text) {
    char left[32];
    if (!isatty(STDERR_FILENO))
        return;
    if (text && all) {
        time_left(done, all, left);
        fprintf(stderr, "\r\033[K%zu/%zu%s: %s", done, all, left, text);
    } else if (text) {
        fprintf(stderr, "\r\033[K%s", text);
    } else {
        fprintf(stderr, "\r\033[K");
    }
    fflush(stderr);
}
