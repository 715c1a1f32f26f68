/* The bank: kernels of all widths as sums of few (bank_set.h), each of them a convolution by
 * transform, tile by tile. GATHER: one forward transform of a tile, an inverse for each term, whose
 * results are weighed and added. SCATTER: the samples are weighed, transformed and multiplied, all
 * terms are added up, and one inverse follows. Here: the plan; bank_run.c has the tiles. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "varying/bank_run.h"
#include "varying/engines.h"

/* Lines must be longer than what they are extended by, or nearly. */
enum { MOST_EXTENSION = 8, LEAST_LENGTH = 2048, NO_SET = -1 };

static bool extends(const conv_varying *plan) {
    return plan->rule.edge == CONV_VARYING_REFLECT || plan->rule.edge == CONV_VARYING_CLAMP;
}

static size_t reach_of(const conv_varying *plan) {
    return (size_t)(extends(plan) ? plan->reach : fmin(plan->reach, (double)(plan->n - 1)));
}

static const char *reject(const conv_varying *plan) {
    if (plan->rule.taps.profile == CONV_VARYING_BOX)
        return "boxes of different widths do not depend smoothly on the width";
    if (extends(plan) && plan->reach > MOST_EXTENSION * (double)plan->n)
        return "the kernels reach too far beyond the signal";
    if (plan->rule.edge == CONV_VARYING_RENORMALISE && plan->reach > (double)plan->n)
        return "less than half of a kernel may be inside, which makes errors larger";
    if (plan->reach > 1 << 22)
        return "the kernels are too long";
    return NULL;
}

/* ---- the transform ---- */

/* The power of two with the least cost an output, N log N / (N - 2 reach). */
static size_t choose_length(size_t n, size_t reach) {
    size_t best = 0;
    double least = (double)INFINITY;
    for (size_t length = LEAST_LENGTH; best == 0 || length <= 16 * best; length *= 2) {
        if (length <= 2 * reach)
            continue;
        double block = (double)conv_min(length - 2 * reach, n + 2 * reach);
        double cost = (double)length * log2((double)length) / block;
        if (cost < least) {
            least = cost;
            best = length;
        }
    }
    return best;
}

static conv_status make_transform(conv_varying *plan) {
    conv_bank *bank = plan->bank;
    conv_dtype dtype = plan->is_double ? CONV_F64 : CONV_F32;
    bank->reach = reach_of(plan);
    bank->length = conv_transform_length(CONV_BACKEND_RING, dtype,
                                         choose_length(plan->n, bank->reach), CONV_AXIS_LINE);
    if (bank->length <= 2 * bank->reach)
        return conv_fail(CONV_ERR_OVERFLOW, "kernels that reach %zu samples are too long",
                         bank->reach);
    bank->block = bank->length - 2 * bank->reach;
    conv_status status = conv_transform_create(&bank->transform, CONV_BACKEND_RING, dtype, 1,
                                               &bank->length, plan->level);
    if (status != CONV_OK)
        return status;
    bank->spectrum_bytes = conv_aligned_size(conv_transform_spectrum_size(bank->transform));
    bank->transform_bytes = conv_aligned_size(conv_transform_scratch_size(bank->transform, 1));
    return CONV_OK;
}

/* ---- sets ---- */

/* Room for one set more, of so many terms. */
static bool grow(conv_bank *bank, size_t terms) {
    size_t bytes = conv_plus(bank->spectra_bytes, conv_times(terms, bank->spectrum_bytes));
    if (bank->set_count == bank->set_room) {
        size_t room = 2 * bank->set_room + 8;
        conv_bank_set *sets = conv_allocate(conv_times(room, sizeof *sets));
        if (!sets)
            return false;
        if (bank->set_count)
            memcpy(sets, bank->sets, bank->set_count * sizeof *sets);
        conv_free(bank->sets);
        bank->sets = sets;
        bank->set_room = room;
    }
    if (bytes > bank->spectra_room) {
        size_t room = conv_plus(bytes, bank->spectra_room);
        char *spectra = conv_allocate(room);
        if (!spectra)
            return false;
        if (bank->spectra_bytes)
            memcpy(spectra, bank->spectra, bank->spectra_bytes);
        conv_free(bank->spectra);
        bank->spectra = spectra;
        bank->spectra_room = room;
    }
    return true;
}

/* Tap d of term p at reach + d, and at reach - d. */
static void make_spectra(const conv_varying *plan, conv_bank_set *set, const double *coefficients,
                         void *taps, void *scratch) {
    conv_bank *bank = plan->bank;
    size_t reach = bank->reach, extent = 2 * reach + 1;
    set->spectrum = bank->spectra_bytes;
    for (size_t p = 0; p < set->terms; p++) {
        for (size_t d = 0; d <= reach; d++) {
            double value = coefficients[p * (reach + 1) + d];
            conv_real_set(taps, (ptrdiff_t)(reach + d), value, plan->is_double);
            conv_real_set(taps, (ptrdiff_t)(reach - d), value, plan->is_double);
        }
        conv_transform_kernel(bank->transform, taps, plan->is_double ? CONV_F64 : CONV_F32, &extent,
                              bank->spectra + bank->spectra_bytes, scratch);
        bank->spectra_bytes += bank->spectrum_bytes;
    }
}

/* A new set. terms 0 in it: its kernels are not that smooth. */
static conv_status add_set(const conv_varying *plan, conv_bank_set *set) {
    conv_bank *bank = plan->bank;
    size_t numbers = conv_bank_nodes(set->class) * (bank->reach + 1);
    double *nodes = conv_allocate(numbers * sizeof *nodes);
    double *coefficients = conv_allocate(numbers * sizeof *coefficients);
    double *taps = conv_allocate((2 * bank->reach + 1) * sizeof *taps);
    void *scratch = conv_allocate(bank->transform_bytes);
    bool ok = nodes && coefficients && taps && scratch;
    if (ok)
        conv_bank_coefficients(set, &plan->rule.taps, bank->reach, plan->reach,
                               plan->rule.taps.tolerance / 2, nodes, coefficients);
    ok = ok && grow(bank, set->terms);
    if (ok) {
        make_spectra(plan, set, coefficients, taps, scratch);
        bank->sets[bank->set_count++] = *set;
        if (set->terms > 0)
            bank->error = fmax(bank->error, set->error);
        bank->most_terms = conv_max(bank->most_terms, set->terms);
    }
    conv_free(nodes);
    conv_free(coefficients);
    conv_free(taps);
    conv_free(scratch);
    return ok ? CONV_OK
              : conv_fail(CONV_ERR_MEMORY, "no memory for kernels of %zu taps",
                          2 * bank->reach + 1);
}

/* The number of the set, which is made where there is none. */
static conv_status find_set(const conv_varying *plan, conv_varying_kind kind, int class, int index,
                            size_t *number) {
    conv_bank *bank = plan->bank;
    for (size_t i = 0; i < bank->set_count; i++) {
        const conv_bank_set *set = &bank->sets[i];
        if (set->kind == kind && set->class == class && set->index == index) {
            *number = i;
            return CONV_OK;
        }
    }
    conv_bank_set set = {.kind = kind, .class = class, .index = index};
    *number = bank->set_count;
    return add_set(plan, &set);
}

/* ---- which sample is in which set ---- */

/* Kernels that are the sample itself, or so near to it that the tolerance does not see them: the
 * sum over d of |K_s(d)| is below 1 + 2 (pi^2 / 6) s^2 for a band-limited one. */
static bool is_sample(const conv_varying *plan, double width) {
    const conv_tap_rule *taps = &plan->rule.taps;
    if (conv_tap_kind(taps, width) == CONV_VARYING_BANDLIMITED)
        return width < 0.1 * sqrt(taps->tolerance);
    return conv_tap_reach(taps, width) < 1;
}

static void put(const conv_varying *plan, void *reals, size_t k, double value) {
    conv_real_set(reals, (ptrdiff_t)k, value, plan->is_double);
}

static double width_at(const conv_varying *plan, size_t row, size_t k) {
    return conv_row_width(&plan->rule, plan->width[row * plan->n + k]);
}

static bool takes(const conv_varying *plan, double width, conv_varying_kind kind) {
    return conv_tap_kind(&plan->rule.taps, width) == kind && !is_sample(plan, width);
}

/* Samples begin..end-1 of a kind by sets of one class, each by the last set that begins before it,
 * or all of them by the one at `index`. *good: all sets keep the tolerance. */
static conv_status assign_class(const conv_varying *plan, size_t row, size_t begin, size_t end,
                                conv_varying_kind kind, int class, const int *index, bool *good) {
    conv_bank_row *made = &plan->bank->rows[row];
    for (size_t k = begin; k < end; k++) {
        double width = width_at(plan, row, k);
        size_t number;
        if (!takes(plan, width, kind))
            continue;
        int own = index ? *index : 2 * (int)floor(conv_bank_index(class, width) / 2.0);
        conv_status status = find_set(plan, kind, class, own, &number);
        if (status != CONV_OK)
            return status;
        conv_bank_set *set = &plan->bank->sets[number];
        *good = set->terms > 0;
        if (!*good)
            return CONV_OK;
        if (set->chunk != plan->bank->chunk)
            plan->bank->chunk_terms += set->terms;
        set->chunk = plan->bank->chunk;
        put(plan, made->set, k, (double)number);
        put(plan, made->place, k, conv_bank_place(set, width));
    }
    return CONV_OK;
}

/* One set for all samples of a chunk, of the narrowest class that can; else sets of the widest
 * class that keeps the tolerance. */
static conv_status assign_kind(const conv_varying *plan, size_t row, size_t begin, size_t end,
                               conv_varying_kind kind) {
    double low = (double)INFINITY, high = 0;
    bool good = false;
    conv_status status = CONV_OK;
    for (size_t k = begin; k < end; k++) {
        double width = width_at(plan, row, k);
        if (!takes(plan, width, kind))
            continue;
        low = fmin(low, width);
        high = fmax(high, width);
    }
    if (high == 0)
        return CONV_OK;
    for (int class = 0; class < CONV_BANK_CLASSES && !good && status == CONV_OK; class ++) {
        int index = conv_bank_index(class, low);
        if (high <= conv_bank_low(class, index) * conv_bank_ratio(class))
            status = assign_class(plan, row, begin, end, kind, class, &index, &good);
    }
    for (int class = CONV_BANK_CLASSES - 1; class >= 0 && !good && status == CONV_OK; class --)
        status = assign_class(plan, row, begin, end, kind, class, NULL, &good);
    if (status == CONV_OK && !good)
        status = conv_fail(CONV_ERR_METHOD,
                           "engine bank cannot do this: no set of kernels keeps a tolerance of %g",
                           plan->rule.taps.tolerance);
    return status;
}

static conv_status assign(const conv_varying *plan, size_t row) {
    static const conv_varying_kind kinds[] = {CONV_VARYING_SAMPLED, CONV_VARYING_CELL,
                                              CONV_VARYING_BANDLIMITED};
    conv_status status = CONV_OK;
    for (size_t k = 0; k < plan->n; k++)
        put(plan, plan->bank->rows[row].set, k, NO_SET);
    for (size_t begin = 0; begin < plan->n && status == CONV_OK; begin += plan->bank->block) {
        size_t end = conv_min(plan->n, begin + plan->bank->block);
        plan->bank->chunk++;
        for (int i = 0; i < 3 && status == CONV_OK; i++)
            status = assign_kind(plan, row, begin, end, kinds[i]);
    }
    return status;
}

/* ---- which tile needs which set ---- */

static size_t sets_of_tile(const conv_varying *plan, const conv_bank_row *row, size_t tile,
                           bool *seen, size_t *sets) {
    const conv_bank *bank = plan->bank;
    ptrdiff_t halo = plan->scatters ? (ptrdiff_t)bank->reach : 0;
    ptrdiff_t begin = (ptrdiff_t)(tile * bank->block) - (ptrdiff_t)plan->out_pad - halo;
    ptrdiff_t end = begin + (ptrdiff_t)bank->block + 2 * halo;
    size_t count = 0;
    for (ptrdiff_t k = begin < 0 ? 0 : begin; k < end && k < (ptrdiff_t)plan->n; k++) {
        double number = conv_real_get(row->set, k, plan->is_double);
        if (number < 0 || seen[(size_t)number])
            continue;
        seen[(size_t)number] = true;
        sets[count++] = (size_t)number;
    }
    for (size_t i = 0; i < count; i++)
        seen[sets[i]] = false;
    return count;
}

/* Twice: to count, and to write. */
static conv_status list_sets(const conv_varying *plan, conv_bank_row *row) {
    size_t count = plan->bank->set_count + 1, total = 0;
    bool *seen = conv_allocate(count * sizeof *seen);
    size_t *sets = conv_allocate(conv_times(count, sizeof *sets));
    row->tile_start = conv_allocate(conv_times(plan->tiles + 1, sizeof *row->tile_start));
    bool ok = seen && sets && row->tile_start;
    if (ok) {
        memset(seen, 0, count * sizeof *seen);
        for (size_t t = 0; t < plan->tiles; t++) {
            row->tile_start[t] = total;
            total += sets_of_tile(plan, row, t, seen, sets);
        }
        row->tile_start[plan->tiles] = total;
        row->tile_sets = conv_allocate(conv_times(total + 1, sizeof *row->tile_sets));
        ok = row->tile_sets != NULL;
    }
    for (size_t t = 0; ok && t < plan->tiles; t++)
        sets_of_tile(plan, row, t, seen, row->tile_sets + row->tile_start[t]);
    conv_free(seen);
    conv_free(sets);
    return ok ? CONV_OK : conv_fail(CONV_ERR_MEMORY, "no memory for %zu tiles", plan->tiles);
}

/* ---- scales ---- */

/* What each kernel has inside, as the bank has it: the line of ones, gathered. */
static conv_status set_scales(const conv_varying *plan, size_t row) {
    conv_bank_row *made = &plan->bank->rows[row];
    size_t pad = plan->bank->reach, size = conv_real_size(plan->is_double);
    size_t line = conv_plus(conv_plus(plan->n, conv_times(2, pad)), CONV_GROUP_PAD);
    char *ones = conv_allocate(conv_times(line, size));
    void *scratch = conv_allocate(conv_bank_scratch(plan->bank, plan->is_double));
    bool ok = ones && scratch;
    if (ok) {
        memset(ones, 0, (plan->n + 2 * pad) * size);
        for (size_t k = 0; k < plan->n; k++)
            put(plan, ones + pad * size, k, 1);
        conv_bank_gather_all(plan, row, ones + pad * size, made->scale, scratch);
        for (size_t k = 0; k < plan->n; k++)
            put(plan, made->scale, k,
                1 / conv_real_get(made->scale, (ptrdiff_t)k, plan->is_double));
    }
    conv_free(ones);
    conv_free(scratch);
    return ok ? CONV_OK : conv_fail(CONV_ERR_MEMORY, "no memory for sums of %zu kernels", plan->n);
}

/* ---- the engine ---- */

static void release(conv_varying *plan) {
    conv_bank *bank = plan->bank;
    if (!bank)
        return;
    for (size_t row = 0; bank->rows && row < plan->rows; row++) {
        conv_free(bank->rows[row].tile_sets);
        conv_free(bank->rows[row].tile_start);
        conv_free(bank->rows[row].memory);
    }
    conv_free(bank->rows);
    conv_free(bank->sets);
    conv_free(bank->spectra);
    conv_transform_destroy(bank->transform);
    conv_free(bank);
    plan->bank = NULL;
}

static bool allocate_row(const conv_varying *plan, conv_bank_row *row) {
    size_t reals = conv_aligned_size(conv_times(plan->n, conv_real_size(plan->is_double)));
    bool scaled = plan->rule.edge == CONV_VARYING_RENORMALISE;
    size_t bytes = conv_times(scaled ? 3 : 2, reals);
    char *memory = conv_allocate(bytes);
    if (!memory)
        return false;
    memset(memory, 0, bytes);
    row->memory = row->set = memory;
    row->place = memory + reals;
    row->scale = scaled ? memory + 2 * reals : NULL;
    return true;
}

static conv_status prepare_row(conv_varying *plan, size_t row) {
    if (!allocate_row(plan, &plan->bank->rows[row]))
        return conv_fail(CONV_ERR_MEMORY, "no memory for %zu widths", plan->n);
    conv_status status = assign(plan, row);
    if (status == CONV_OK)
        status = list_sets(plan, &plan->bank->rows[row]);
    return status;
}

static conv_status prepare(conv_varying *plan) {
    conv_bank *bank = plan->bank = conv_allocate(sizeof *bank);
    if (!bank)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a bank of kernels");
    memset(bank, 0, sizeof *bank);
    conv_status status = make_transform(plan);
    if (status != CONV_OK)
        return status;
    bank->rows = conv_allocate(conv_times(plan->rows, sizeof *bank->rows));
    if (!bank->rows)
        return conv_fail(CONV_ERR_MEMORY, "no memory for %zu rows of widths", plan->rows);
    memset(bank->rows, 0, plan->rows * sizeof *bank->rows);
    plan->pad = plan->scatters ? 0 : bank->reach;
    plan->out_pad = plan->scatters && extends(plan) ? bank->reach : 0;
    plan->tile = bank->block;
    plan->tiles = (plan->n + 2 * plan->out_pad + bank->block - 1) / bank->block;
    plan->scratch_bytes = conv_bank_scratch(bank, plan->is_double);
    for (size_t row = 0; row < plan->rows && status == CONV_OK; row++)
        status = prepare_row(plan, row);
    for (size_t row = 0; row < plan->rows && status == CONV_OK && bank->rows[row].scale; row++)
        status = set_scales(plan, row);
    return status;
}

const conv_engine conv_engine_bank = {
    CONV_VARYING_ENGINE_BANK, "bank",        reject,  prepare, conv_bank_begin,
    conv_bank_tiles,          conv_bank_end, release, NULL};
