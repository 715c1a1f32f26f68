/* The engine that keeps every weight, edges included. */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "varying/engine_cost.h"
#include "varying/engines.h"

enum { TILE_GROUPS = 64 };

/* Bytes. Systems that promise memory that they do not have would end the program. */
static const double most_weights = 4294967296.0;

static const char *reject(const conv_varying *plan) {
    if (conv_matrix_bytes(plan) * (double)plan->rows > most_weights)
        return "its weights would take more than 4 GiB";
    return NULL;
}

static void release(conv_varying *plan) {
    for (size_t row = 0; plan->band && row < plan->rows; row++)
        conv_band_free(&plan->band[row]);
    conv_free(plan->band);
    plan->band = NULL;
}

static conv_status prepare(conv_varying *plan) {
    conv_status status = CONV_OK;
    plan->band = conv_allocate(conv_times(plan->rows, sizeof *plan->band));
    if (!plan->band)
        return conv_fail(CONV_ERR_MEMORY, "no memory for %zu rows of widths", plan->rows);
    memset(plan->band, 0, plan->rows * sizeof *plan->band);
    for (size_t row = 0; row < plan->rows && status == CONV_OK; row++) {
        conv_band *band = &plan->band[row];
        status = conv_band_make(band, &plan->rule, plan->width + row * plan->n, plan->scatters,
                                plan->is_double);
        if (status == CONV_OK)
            plan->pad = conv_max(
                plan->pad, (size_t)(band->highest > -band->lowest ? band->highest : -band->lowest));
    }
    plan->tile = TILE_GROUPS * CONV_GROUP;
    plan->tiles = (plan->n + plan->tile - 1) / plan->tile;
    return status;
}

static void begin(const conv_varying *plan, const conv_varying_line *line) {
    (void)plan;
    (void)line;
}

static void tiles(const conv_varying *plan, const conv_varying_line *line, size_t first,
                  size_t last, void *scratch) {
    const conv_band *band = &plan->band[line->row];
    (void)scratch;
    plan->loops->band(band->groups, band->values, line->x, line->y, first * TILE_GROUPS,
                      conv_min(last * TILE_GROUPS, band->group_count));
}

const conv_engine conv_engine_matrix = {
    CONV_VARYING_ENGINE_MATRIX, "matrix", reject, prepare, begin, tiles, begin, release, NULL};
