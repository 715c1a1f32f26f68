/* guard.c - guard pages by mmap. */
#include "guard.h"

#include <sys/mman.h>
#include <unistd.h>

bool guard_make(guarded *g, size_t bytes) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t inside = (bytes + page - 1) / page * page + (bytes == 0 ? page : 0);
    g->mapped = inside + 2 * page;
    g->map = mmap(NULL, g->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g->map == MAP_FAILED) {
        return false;
    }
    g->start = g->map + page;
    g->end = g->start + inside;
    return mprotect(g->map, page, PROT_NONE) == 0 && mprotect(g->end, page, PROT_NONE) == 0;
}

void guard_free(guarded *g) {
    munmap(g->map, g->mapped);
}
