/* test_unload.c - the library is loaded, used on threads, and unloaded; its threads are gone, and a
 * fork afterwards calls nothing of it. The argument: its file. Speaks TAP. */
#include <conv.h>

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef void init_function(conv_desc *desc, conv_dtype dtype, int rank, const size_t *signal_shape,
                           const size_t *kernel_shape, conv_mode mode);
typedef conv_status create_function(conv_plan **plan, const conv_desc *desc, const void *kernel);
typedef conv_status execute_function(const conv_plan *plan, const void *signal, void *output,
                                     void *workspace);
typedef void destroy_function(conv_plan *plan);

enum { SAMPLES = 300000, TAPS = 50 };
static float samples[SAMPLES], kernel[TAPS], output[SAMPLES];

static bool find(void *library, const char *name, void *function, size_t size) {
    void *const found = dlsym(library, name);
    memcpy(function, &found, size);
    return found != NULL;
}

static bool use(void *library) {
    init_function *init;
    create_function *create;
    execute_function *execute;
    destroy_function *destroy;
    const size_t n = SAMPLES, m = TAPS;
    conv_desc desc;
    conv_plan *plan = NULL;
    if (!find(library, "conv_desc_init_2", &init, sizeof init) ||
        !find(library, "conv_plan_create", &create, sizeof create) ||
        !find(library, "conv_plan_execute", &execute, sizeof execute) ||
        !find(library, "conv_plan_destroy", &destroy, sizeof destroy)) {
        return false;
    }
    init(&desc, CONV_F32, 1, &n, &m, CONV_SAME);
    desc.threads = 4;
    desc.method = CONV_METHOD_DIRECT;
    const bool right = create(&plan, &desc, kernel) == CONV_OK &&
                       execute(plan, samples, output, NULL) == CONV_OK &&
                       output[SAMPLES / 2] == TAPS;
    destroy(plan);
    return right;
}

static bool fork_works(void) {
    int status = 1;
    const pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    return waitpid(child, &status, 0) == child && status == 0;
}

int main(int count, char **arguments) {
    bool right = count == 2;
    for (size_t i = 0; i < SAMPLES; i++) {
        samples[i] = 1;
    }
    for (size_t i = 0; i < TAPS; i++) {
        kernel[i] = 1;
    }
    alarm(60);
    puts("1..1");
    for (int round = 0; round < 20 && right; round++) {
        void *const library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
        right = library != NULL && use(library) && (round % 2 || fork_works()) &&
                dlclose(library) == 0 && dlopen(arguments[1], RTLD_NOW | RTLD_NOLOAD) == NULL &&
                fork_works();
    }
    usleep(20000); /* for a thread that was left behind, to go on where nothing is left */
    puts(right ? "ok 1 - loaded, used and unloaded" : "not ok 1 - loaded, used and unloaded");
    return right ? 0 : 1;
}
