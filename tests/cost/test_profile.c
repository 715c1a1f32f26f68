/* Profiles: what a good one does, that a bad one changes nothing and is refused in words. */
#include "suite.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cost/profile.h"

static char path[] = "/tmp/libconv_profile_XXXXXX";

/* A file to write to in the place of the one before. */
static FILE *anew(void) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

static void write_head(FILE *file) {
    char name[CONV_CPU_NAME];
    conv_cpu_name(name);
    fprintf(file, "libconv profile %s\nprocessor %s\n", conv_version_string(), name);
}

/* One table of the built-in figures, times a factor. */
static void write_table(FILE *file, size_t t, double factor) {
    const conv_profile_table *table = &conv_profile_tables[t];
    const double *values = (const double *)&conv_calibrated_builtin + table->offset;
    fprintf(file, "%s %zu", table->name, table->count);
    for (size_t i = 0; i < table->count; i++)
        fprintf(file, " %.0f", 1e6 * factor * values[i]);
    fprintf(file, "\n");
}

/* The tables from `first` on, those of direct sums `factor` times as slow. */
static void write_tables(FILE *file, size_t first, double factor) {
    for (size_t t = first; t < CONV_PROFILE_TABLES; t++)
        write_table(file, t, strncmp(conv_profile_tables[t].name, "slide", 5) == 0 ? factor : 1);
    fprintf(file, "end\n");
    assert_int_equal(fclose(file), 0);
}

static void write_profile(double factor) {
    FILE *file = anew();
    write_head(file);
    write_tables(file, 0, factor);
}

/* What AUTO takes for 4096 samples by 5 taps: direct by the built-in figures. */
static conv_method choice(char *text, size_t size) {
    static const size_t n = 4096, m = 5;
    float taps[5] = {1, 2, 3};
    conv_desc desc;
    conv_plan *plan;
    conv_desc_init(&desc, CONV_F32, 1, &n, &m, CONV_SAME);
    assert_int_equal(conv_plan_create(&plan, &desc, taps), CONV_OK);
    conv_method method = conv_plan_method(plan);
    conv_plan_describe(plan, text, size);
    conv_plan_destroy(plan);
    return method;
}

static void refused(const char *word) {
    assert_int_equal(conv_profile_load(path), CONV_ERR_FILE);
    if (!strstr(conv_last_error(), word))
        fail_msg("\"%s\" does not say \"%s\"", conv_last_error(), word);
    assert_int_equal(choice(NULL, 0), CONV_METHOD_DIRECT);
}

static void test_in_force(void **state) {
    (void)state;
    assert_int_equal(choice(NULL, 0), CONV_METHOD_DIRECT);
    write_profile(1);
    assert_int_equal(conv_profile_load(path), CONV_OK);
    assert_int_equal(choice(NULL, 0), CONV_METHOD_DIRECT);
    write_profile(100);
    assert_int_equal(conv_profile_load(path), CONV_OK);
    assert_int_not_equal(choice(NULL, 0), CONV_METHOD_DIRECT);
    assert_int_equal(conv_profile_load(NULL), CONV_OK);
    assert_int_equal(choice(NULL, 0), CONV_METHOD_DIRECT);
}

/* Femtoseconds are read back as they were written: to a billionth of what a table holds. */
static void test_values(void **state) {
    (void)state;
    write_profile(1);
    assert_int_equal(conv_profile_load(path), CONV_OK);
    const double *got = (const double *)conv_calibrated_now();
    const double *wanted = (const double *)&conv_calibrated_builtin;
    assert_ptr_not_equal(got, wanted);
    for (size_t i = 0; i < sizeof(conv_calibrated) / sizeof(double); i++) {
        double difference = got[i] > wanted[i] ? got[i] - wanted[i] : wanted[i] - got[i];
        assert_true(difference <= 0.51e-6);
    }
    assert_int_equal(conv_profile_load(NULL), CONV_OK);
    assert_ptr_equal(conv_calibrated_now(), &conv_calibrated_builtin);
}

static void test_refused(void **state) {
    (void)state;
    FILE *file = anew();
    fclose(file);
    refused("no profile");
    file = anew();
    fprintf(file, "sunspots\n");
    fclose(file);
    refused("no profile");
    file = anew();
    fprintf(file, "libconv profile 0.0.1\nprocessor any\n");
    fclose(file);
    refused("of libconv 0.0.1");
    file = anew();
    fprintf(file, "libconv profile %s\nprocessor Abacus\n", conv_version_string());
    write_tables(file, 0, 1);
    refused("\"Abacus\"");
    file = anew();
    write_head(file);
    write_tables(file, 1, 1); /* a table is missing */
    refused("slide of");
    file = anew();
    write_head(file);
    write_tables(file, CONV_PROFILE_TABLES, 1); /* all of them */
    refused("slide of");
    file = anew();
    write_head(file);
    write_table(file, 0, 0);
    write_tables(file, 1, 1);
    refused("not measured");
    assert_int_equal(truncate(path, 5000), 0);
    refused("not measured");
    write_profile(1);
    assert_int_equal(truncate(path, 3000), 0);
    refused("whole number");
    file = anew();
    write_head(file);
    for (size_t t = 0; t < CONV_PROFILE_TABLES; t++)
        write_table(file, t, 1);
    fclose(file);
    refused("end");
    assert_int_equal(unlink(path), 0);
    refused("cannot be read");
}

static void test_bad_numbers(void **state) {
    static const char *const values[] = {"x", "1.5", "1e3", "nan", "inf", "9999999999999999999999"};
    (void)state;
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        FILE *file = anew();
        write_head(file);
        fprintf(file, "slide %zu", conv_profile_tables[0].count);
        for (size_t i = 0; i < conv_profile_tables[0].count; i++)
            fprintf(file, " %s", i == 7 ? values[v] : "1000");
        fprintf(file, "\n");
        write_tables(file, 1, 1);
        refused("slide");
    }
}

/* The environment is read once: in a process of its own, which is this program with an argument. */
static void run_self(const char *profile, const char *how) {
    pid_t child = fork();
    if (child == 0) {
        char program[64], argument[16], *arguments[] = {program, argument, NULL};
        snprintf(program, sizeof program, "/proc/self/exe");
        snprintf(argument, sizeof argument, "%s", how);
        setenv("LIBCONV_PROFILE", profile, 1);
        execv(program, arguments);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_environment(void **state) {
    (void)state;
    write_profile(100);
    run_self(path, "used");
    run_self("/none/such", "refused");
    run_self("", "ignored");
}

/* 0: as it should be. */
static int child(const char *how) {
    char text[4096];
    conv_method method = choice(text, sizeof text);
    const char *said = strstr(text, "LIBCONV_PROFILE is not used: /none/such cannot be read");
    if (conv_last_error()[0])
        return 2; /* nobody's call has failed */
    if (strcmp(how, "used") == 0)
        return method == CONV_METHOD_DIRECT || said;
    return method != CONV_METHOD_DIRECT || (strcmp(how, "refused") == 0) != (said != NULL);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_force),    cmocka_unit_test(test_values),
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_bad_numbers),
        cmocka_unit_test(test_environment),
    };
    if (argc > 1)
        return child(argv[1]);
    int made = mkstemp(path);
    if (made < 0) {
        perror(path);
        return 1;
    }
    close(made);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
