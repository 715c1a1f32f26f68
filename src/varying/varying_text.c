/* What a plan for kernels that vary says of itself. */
#include "plan/text.h"
#include "varying/varying.h"
#include "base/kept_errno.h"

conv_varying_engine conv_varying_chosen(const conv_varying *plan) {
    return plan ? plan->engine->id : CONV_VARYING_ENGINE_AUTO;
}

double conv_varying_bound(const conv_varying *plan) {
    CONV_KEEP_ERRNO;
    return plan ? plan->bound : 0;
}

size_t conv_varying_describe(const conv_varying *plan, char *text, size_t size) {
    CONV_KEEP_ERRNO;
    static const char *const profiles[] = {"Gaussians", "Lorentzians", "boxes"};
    conv_text out = {text, size, 0};
    if (!plan) {
        conv_text_append(&out, "no plan\n");
        return out.length;
    }
    conv_text_append(&out, "%s of %s, %zu lines of %zu, widths %g..%g samples, reach %g\n",
                     plan->scatters ? "scatter" : "gather", profiles[plan->rule.taps.profile],
                     plan->lines * plan->problem.batch, plan->n, plan->narrowest, plan->widest,
                     plan->reach);
    conv_text_append(&out, "engine: %s\n", plan->engine->name);
    if (plan->bank)
        conv_text_append(&out,
                         "  %zu sets of kernels, at most %zu terms, transforms of %zu, tiles of "
                         "%zu, left out %.3g\n",
                         plan->bank->set_count, plan->bank->most_terms, plan->bank->length,
                         plan->bank->block, plan->bank->error);
    conv_text_append(&out, "bound %.3g of the %s, workspace %zu bytes, threads %d\n", plan->bound,
                     plan->scatters ? "samples' sum" : "largest sample", plan->workspace,
                     plan->threads);
    return out.length;
}
