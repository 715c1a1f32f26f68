#include "problem/wishes.h"

#include <math.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"

void conv_wishes_init(conv_wishes *wishes) {
    *wishes = (conv_wishes){.method = CONV_METHOD_AUTO,
                            .threads = 1,
                            .max_workspace = SIZE_MAX,
                            .uses = INFINITY,
                            .level = conv_cpu_level()};
}

void conv_wishes_read(conv_wishes *wishes, const conv_desc *desc) {
    conv_wishes_init(wishes);
    wishes->method = desc->method;
    if (desc->threads != 1)
        wishes->threads = conv_parallel_threads(desc->threads);
    if (desc->max_workspace)
        wishes->max_workspace = desc->max_workspace;
    wishes->tolerance = desc->tolerance;
    wishes->level = conv_cpu_level_for(desc->isa);
    wishes->in_double = desc->precision == CONV_PRECISION_DOUBLE;
}

size_t conv_wishes_total(const conv_wishes *wishes, size_t bytes) {
    size_t total = wishes->taken + conv_aligned_size(bytes);
    return total ? total + CONV_ALIGNMENT - 1 : 0;
}

size_t conv_wishes_room(const conv_wishes *wishes) {
    size_t taken = wishes->taken + CONV_ALIGNMENT - 1;
    if (wishes->max_workspace == SIZE_MAX)
        return SIZE_MAX;
    return wishes->max_workspace > taken ? wishes->max_workspace - taken : 0;
}

bool conv_wishes_any_accuracy(const conv_wishes *wishes) {
    return wishes->tolerance.kind == CONV_TOLERANCE_MAXNORM && wishes->tolerance.value == 0;
}

conv_status conv_wishes_refuse(const conv_wishes *wishes, size_t least) {
    return conv_fail(CONV_ERR_WORKSPACE,
                     "max_workspace is %zu bytes; the least that does this problem is %zu",
                     wishes->max_workspace, conv_wishes_total(wishes, least));
}
