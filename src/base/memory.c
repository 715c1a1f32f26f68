#include "base/memory.h"

#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

_Alignas(CONV_ALIGNMENT) const char conv_nothing[CONV_ALIGNMENT];

/* Only whole pages inside the memory: no byte beside it changes its kind. */
static void use_huge_pages(void *memory, size_t bytes) {
#ifdef MADV_HUGEPAGE
    uintptr_t begin = ((uintptr_t)memory + CONV_HUGE_PAGE - 1) & ~(uintptr_t)(CONV_HUGE_PAGE - 1);
    uintptr_t end = ((uintptr_t)memory + bytes) & ~(uintptr_t)(CONV_HUGE_PAGE - 1);
    if (end > begin)
        (void)madvise((char *)memory + (begin - (uintptr_t)memory), end - begin, MADV_HUGEPAGE);
#else
    (void)memory;
    (void)bytes;
#endif
}

void *conv_allocate(size_t bytes) {
    size_t alignment = bytes < CONV_KEPT_BYTES ? CONV_ALIGNMENT : CONV_HUGE_PAGE;
    if (bytes > CONV_MAX_BYTES - alignment)
        return NULL;
    bytes = bytes ? (bytes + alignment - 1) & ~(alignment - 1) : alignment;
    void *memory = aligned_alloc(alignment, bytes);
    if (memory && bytes >= CONV_HUGE_BYTES)
        use_huge_pages(memory, bytes);
    return memory;
}

void conv_free(void *memory) {
    free(memory);
}
