/* allocations.c - the allocation functions of a test program. */
#include "allocations.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void *memalign(size_t alignment, size_t size);

typedef void *malloc_function(size_t size);
typedef void *calloc_function(size_t count, size_t size);
typedef void *realloc_function(void *block, size_t size);
typedef void *aligned_function(size_t alignment, size_t size);
typedef int posix_function(void **block, size_t alignment, size_t size);
typedef void free_function(void *block);

static atomic_ulong made;
static atomic_long alive;
static atomic_long left = -1;
static atomic_bool failed;
static atomic_int lasting = -1; /* not said yet */
static atomic_bool anywhere;

/* What dlsym itself allocates before the real functions are known. */
static _Alignas(64) unsigned char early[16384];
static size_t early_used;

static void *early_block(size_t size) {
    void *const block = early + early_used;
    early_used += (size + 63) / 64 * 64;
    return early_used <= sizeof early ? block : NULL;
}

static bool is_early(const void *block) {
    const unsigned char *const at = block;
    return at >= early && at < early + sizeof early;
}

/* ISO C has no conversion from dlsym's object pointer to a function pointer; POSIX has. */
static void find(const char *name, void *function, size_t size) {
    void *const found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, size);
}

unsigned long allocations_made(void) {
    return made;
}

long allocations_alive(void) {
    return alive;
}

void allocations_fail_lastingly(bool whether) {
    lasting = whether;
}

static void begin(long k, bool of_all) {
    if (lasting < 0) {
        lasting = getenv("CONV_TEST_LASTING") != NULL;
    }
    failed = false;
    anywhere = of_all;
    left = k;
}

void allocations_fail(long k) {
    begin(k, false);
}

void allocations_fail_anywhere(long k) {
    begin(k, true);
}

bool allocations_failed(void) {
    return failed;
}

static bool is_counted(const void *caller) {
    static const char *const others[] = {"libfftw", "libc.so", "ld-linux"};
    Dl_info info;
    if (dladdr(caller, &info) == 0) {
        return false;
    }
    bool counted = strstr(info.dli_fname, "libconv") != NULL;
    for (size_t i = 0; anywhere && i < sizeof others / sizeof others[0]; i++) {
        counted |= strstr(info.dli_fname, others[i]) != NULL;
    }
    return counted;
}

/* Counts one allocation; true where it has to fail. */
static bool fails(const void *caller) {
    made++;
    if (left < 0 || !is_counted(caller)) {
        return false;
    }
    if (left > 0 || !lasting) {
        if (left-- > 0) {
            return false;
        }
    }
    failed = true;
    errno = ENOMEM;
    return true;
}

static void *counted(void *block) {
    alive += block != NULL;
    return block;
}

void *malloc(size_t size) {
    static malloc_function *real;
    static bool searching;
    if (real == NULL) {
        if (searching) {
            return early_block(size);
        }
        searching = true;
        find("malloc", &real, sizeof real);
    }
    return fails(__builtin_return_address(0)) ? NULL : counted(real(size));
}

void *calloc(size_t count, size_t size) {
    static calloc_function *real;
    static bool searching;
    if (real == NULL) {
        if (searching) {
            return early_block(count * size);
        }
        searching = true;
        find("calloc", &real, sizeof real);
    }
    return fails(__builtin_return_address(0)) ? NULL : counted(real(count, size));
}

void *realloc(void *block, size_t size) {
    static realloc_function *real;
    if (real == NULL) {
        find("realloc", &real, sizeof real);
    }
    if (fails(__builtin_return_address(0))) {
        return NULL;
    }
    void *const moved = real(block, size);
    alive += block == NULL && moved != NULL;
    return moved;
}

void *aligned_alloc(size_t alignment, size_t size) {
    static aligned_function *real;
    if (real == NULL) {
        find("aligned_alloc", &real, sizeof real);
    }
    return fails(__builtin_return_address(0)) ? NULL : counted(real(alignment, size));
}

void *memalign(size_t alignment, size_t size) {
    static aligned_function *real;
    if (real == NULL) {
        find("memalign", &real, sizeof real);
    }
    return fails(__builtin_return_address(0)) ? NULL : counted(real(alignment, size));
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    static posix_function *real;
    if (real == NULL) {
        find("posix_memalign", &real, sizeof real);
    }
    if (fails(__builtin_return_address(0))) {
        return ENOMEM;
    }
    const int status = real(block, alignment, size);
    alive += status == 0;
    return status;
}

void free(void *block) {
    static free_function *real;
    if (real == NULL) {
        find("free", &real, sizeof real);
    }
    if (block != NULL && !is_early(block)) {
        alive--;
        real(block);
    }
}
