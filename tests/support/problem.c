/* problem.c - problems and their lines of text. One table of fields serves printing and parsing. */
#include "problem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const mode_words[] = {"full",     "same",   "causal", "valid",
                                         "circular", "window", NULL};
static const char *const operation_words[] = {"conv", "corr", NULL};
static const char *const boundary_words[] = {"zero",    "constant", "nearest", "wrap",
                                             "reflect", "mirror",   NULL};
static const char *const preset_words[] = {"scipy",  "numpy",  "correlate2d", "ndimage",
                                           "matlab", "opencv", "torch",       NULL};
static const char *const rule_words[] = {"sum", "trapezoid", "rectangle", "gregory", "auto", NULL};
static const char *const axis_words[] = {"rule", "plain", NULL};
static const char *const method_words[] = {"auto", "direct",    "separable", "blocks",
                                           "fft",  "reference", NULL};
static const char *const isa_words[] = {"best", "baseline", "v3", "v4", NULL};
static const char *const data_words[] = {"int",      "normal", "nonneg",   "impulse", "outer",
                                         "outerint", "steps",  "stepsint", "gauss",   NULL};

const conv_dtype type_pairs[TYPE_PAIRS][2] = {{CONV_F32, CONV_F32}, {CONV_F64, CONV_F64},
                                              {CONV_C32, CONV_C32}, {CONV_C64, CONV_C64},
                                              {CONV_C32, CONV_F32}, {CONV_C64, CONV_F64}};
static const char *const type_words[] = {"f32", "f64", "c32", "c64", "c32xf32", "c64xf64"};

typedef enum field_kind { SIZE, OFFSET, REAL, SEED, NUMBER, WORD } field_kind;

typedef struct field {
    const char *name; /* "": a bare word */
    field_kind kind;
    size_t at;
    int entries; /* 0: one per axis */
    const char *const *words;
} field;

#define AT(member) offsetof(problem, member)

static const field fields[] = {
    {"n", SIZE, AT(desc.signal_shape), 0, NULL},
    {"m", SIZE, AT(desc.kernel_shape), 0, NULL},
    {"", WORD, AT(desc.mode), 1, mode_words},
    {"", WORD, AT(desc.operation), 1, operation_words},
    {"edge", WORD, AT(desc.boundary), 0, boundary_words},
    {"value", REAL, AT(desc.boundary_value), 2, NULL},
    {"period", SIZE, AT(desc.period), 0, NULL},
    {"preset", WORD, AT(desc.preset), 1, preset_words},
    {"origin", OFFSET, AT(desc.origin), 0, NULL},
    {"start", OFFSET, AT(desc.window_start), 0, NULL},
    {"count", SIZE, AT(desc.window_count), 0, NULL},
    {"step", SIZE, AT(desc.window_step), 0, NULL},
    {"xstride", OFFSET, AT(desc.signal_stride), 0, NULL},
    {"ystride", OFFSET, AT(desc.output_stride), 0, NULL},
    {"batch", SIZE, AT(desc.batch), 1, NULL},
    {"xbatch", OFFSET, AT(desc.signal_batch_stride), 1, NULL},
    {"ybatch", OFFSET, AT(desc.output_batch_stride), 1, NULL},
    {"rule", WORD, AT(desc.rule), 1, rule_words},
    {"dx", REAL, AT(desc.spacing), 0, NULL},
    {"order", NUMBER, AT(desc.rule_order), 1, NULL},
    {"axes", WORD, AT(desc.rule_axis), 0, axis_words},
    {"threads", NUMBER, AT(desc.threads), 1, NULL},
    {"maxwork", SIZE, AT(desc.max_workspace), 1, NULL},
    {"isa", WORD, AT(desc.isa), 1, isa_words},
    {"method", WORD, AT(desc.method), 1, method_words},
    {"xalign", SIZE, AT(signal_align), 1, NULL},
    {"halign", SIZE, AT(kernel_align), 1, NULL},
    {"yalign", SIZE, AT(output_align), 1, NULL},
    {"xscale", REAL, AT(signal_scale), 1, NULL},
    {"hscale", REAL, AT(kernel_scale), 1, NULL},
    {"data", WORD, AT(data), 1, data_words},
    {"seed", SEED, AT(seed), 1, NULL},
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

static const size_t kind_size[] = {
    [SIZE] = sizeof(size_t),   [OFFSET] = sizeof(ptrdiff_t), [REAL] = sizeof(double),
    [SEED] = sizeof(uint64_t), [NUMBER] = sizeof(int),       [WORD] = sizeof(int)};

bool type_is_complex(conv_dtype dtype) {
    return dtype == CONV_C32 || dtype == CONV_C64;
}

bool type_is_single(conv_dtype dtype) {
    return dtype == CONV_F32 || dtype == CONV_C32;
}

size_t type_size(conv_dtype dtype) {
    const size_t real = type_is_single(dtype) ? sizeof(float) : sizeof(double);
    return type_is_complex(dtype) ? 2 * real : real;
}

const char *method_name(conv_method method) {
    return method_words[method];
}

const char *type_name(conv_dtype dtype, conv_dtype kernel_dtype) {
    for (int i = 0; i < TYPE_PAIRS; i++) {
        if (type_pairs[i][0] == dtype && type_pairs[i][1] == kernel_dtype) {
            return type_words[i];
        }
    }
    return "?";
}

void problem_init(problem *p, conv_dtype dtype, conv_dtype kernel_dtype, int rank, const size_t *n,
                  const size_t *m, conv_mode mode) {
    memset(p, 0, sizeof *p);
    conv_desc_init(&p->desc, dtype, rank, n, m, mode);
    p->desc.kernel_dtype = kernel_dtype;
    p->seed = 1;
    p->signal_scale = 1;
    p->kernel_scale = 1;
}

void problem_add_bad(problem *p, bool kernel, bool imaginary, size_t index, double value) {
    if (p->bad_count < PROBLEM_MAX_BAD) {
        p->bad[p->bad_count++] = (bad_value){kernel, imaginary, false, index, value};
    }
}

/* ---- printing ------------------------------------------------------------------------------- */

typedef struct text_out {
    char *text;
    size_t size, used;
} text_out;

__attribute__((format(printf, 2, 3))) static void put(text_out *out, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const bool room = out->used < out->size;
    const int length = vsnprintf(room ? out->text + out->used : NULL,
                                 room ? out->size - out->used : 0, format, arguments);
    va_end(arguments);
    out->used += length > 0 ? (size_t)length : 0;
}

static void put_entry(text_out *out, const field *f, const unsigned char *at) {
    size_t size;
    ptrdiff_t offset;
    double real;
    uint64_t seed;
    int word;
    switch (f->kind) {
    case SIZE:
        memcpy(&size, at, sizeof size);
        put(out, "%zu", size);
        break;
    case OFFSET:
        memcpy(&offset, at, sizeof offset);
        put(out, "%td", offset);
        break;
    case REAL:
        memcpy(&real, at, sizeof real);
        put(out, "%.17g", real);
        break;
    case SEED:
        memcpy(&seed, at, sizeof seed);
        put(out, "%llu", (unsigned long long)seed);
        break;
    case NUMBER:
        memcpy(&word, at, sizeof word);
        put(out, "%d", word);
        break;
    case WORD:
        memcpy(&word, at, sizeof word);
        put(out, "%s", f->words[word]);
        break;
    }
}

static void put_field(text_out *out, const field *f, const problem *p) {
    const int entries = f->entries > 0 ? f->entries : p->desc.rank;
    put(out, f->name[0] != '\0' ? " %s=" : " %s", f->name);
    for (int i = 0; i < entries; i++) {
        put(out, "%s", i > 0 ? "," : "");
        put_entry(out, f, (const unsigned char *)p + f->at + (size_t)i * kind_size[f->kind]);
    }
}

static bool same_entries(const field *f, const problem *p, const problem *q) {
    const int entries = f->entries > 0 ? f->entries : p->desc.rank;
    return memcmp((const unsigned char *)p + f->at, (const unsigned char *)q + f->at,
                  (size_t)entries * kind_size[f->kind]) == 0;
}

static void put_bad(text_out *out, const problem *p) {
    for (int i = 0; i < p->bad_count; i++) {
        const bad_value *bad = &p->bad[i];
        put(out, "%s%c%s%zu%s:%s", i == 0 ? " bad=" : ",", bad->kernel ? 'k' : 's',
            bad->random ? "*" : "", bad->index, bad->imaginary ? "i" : "",
            isnan(bad->value)  ? "nan"
            : bad->value > 0.0 ? "inf"
                               : "-inf");
    }
}

size_t problem_print(const problem *p, char *text, size_t size) {
    text_out out = {text, size, 0};
    problem plain;
    problem_init(&plain, p->desc.dtype, p->desc.kernel_dtype, p->desc.rank, p->desc.signal_shape,
                 p->desc.kernel_shape, p->desc.mode);
    put(&out, "%s", type_name(p->desc.dtype, p->desc.kernel_dtype));
    for (int i = 0; i < FIELDS; i++) {
        const bool always = i < 4 || (fields[i].at == AT(desc.method) && p->one_method);
        if (always || !same_entries(&fields[i], p, &plain)) {
            put_field(&out, &fields[i], p);
        }
    }
    put_bad(&out, p);
    return out.used;
}

/* ---- parsing -------------------------------------------------------------------------------- */

static bool find_word(const char *const *words, const char *text, int *found) {
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], text) == 0) {
            *found = i;
            return true;
        }
    }
    return false;
}

static bool read_entry(const field *f, const char *text, unsigned char *at) {
    char *end = NULL;
    const size_t bytes = kind_size[f->kind];
    const size_t size = (size_t)strtoull(text, &end, 0);
    const ptrdiff_t offset = (ptrdiff_t)strtoll(text, NULL, 0);
    const uint64_t seed = (uint64_t)size;
    const double real = f->kind == REAL ? strtod(text, &end) : 0.0;
    int word = (int)offset;
    if (f->kind == WORD) {
        if (!find_word(f->words, text, &word)) {
            return false;
        }
        memcpy(at, &word, bytes);
        return true;
    }
    const void *const sources[] = {
        [SIZE] = &size, [OFFSET] = &offset, [REAL] = &real, [SEED] = &seed, [NUMBER] = &word};
    memcpy(at, sources[f->kind], bytes);
    return end != text && *end == '\0';
}

/* Cuts the list `text` at its commas; the number of parts, at most `most`. */
static int cut(char *text, char **parts, int most) {
    int count = 0;
    for (char *at = text; at != NULL && count < most; count++) {
        parts[count] = at;
        at = strchr(at, ',');
        if (at != NULL) {
            *at++ = '\0';
        }
    }
    return count;
}

static bool read_bad(problem *p, char *text) {
    char *parts[PROBLEM_MAX_BAD];
    const int count = cut(text, parts, PROBLEM_MAX_BAD);
    for (int i = 0; i < count; i++) {
        bad_value bad = {parts[i][0] == 'k', false, parts[i][1] == '*', 0, NAN};
        char *end = NULL;
        bad.index = (size_t)strtoull(parts[i] + (bad.random ? 2 : 1), &end, 10);
        bad.imaginary = *end == 'i';
        end += bad.imaginary ? 1 : 0;
        if (*end != ':') {
            return false;
        }
        bad.value = strtod(end + 1, NULL);
        p->bad[p->bad_count++] = bad;
    }
    return true;
}

static bool read_token(problem *p, char *token) {
    char *parts[CONV_MAX_RANK];
    char *value = strchr(token, '=');
    if (value != NULL) {
        *value++ = '\0';
        if (strcmp(token, "bad") == 0) {
            return read_bad(p, value);
        }
    }
    for (int i = 0; i < FIELDS; i++) {
        const field *f = &fields[i];
        if (strcmp(f->name, value != NULL ? token : "") != 0) {
            continue;
        }
        unsigned char *const at = (unsigned char *)p + f->at;
        if (value == NULL) {
            if (read_entry(f, token, at)) {
                return true;
            }
            continue;
        }
        const int count = cut(value, parts, CONV_MAX_RANK);
        for (int j = 0; j < count; j++) {
            if (!read_entry(f, parts[j], at + (size_t)j * kind_size[f->kind])) {
                return false;
            }
        }
        p->desc.rank = strcmp(f->name, "n") == 0 ? count : p->desc.rank;
        p->one_method = p->one_method || f->at == AT(desc.method);
        return true;
    }
    return false;
}

bool problem_parse(problem *p, const char *text, char *wrong) {
    static const size_t ones[CONV_MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
    char copy[PROBLEM_TEXT];
    bool first = true;
    if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy) {
        snprintf(wrong, 64, "the length of the line");
        return false;
    }
    problem_init(p, CONV_F64, CONV_F64, CONV_MAX_RANK, ones, ones, CONV_FULL);
    for (char *token = strtok(copy, " \t\n"); token != NULL; token = strtok(NULL, " \t\n")) {
        snprintf(wrong, 64, "%s", token);
        bool known = false;
        for (int i = 0; first && i < TYPE_PAIRS; i++) {
            if (strcmp(token, type_words[i]) == 0) {
                p->desc.dtype = type_pairs[i][0];
                p->desc.kernel_dtype = type_pairs[i][1];
                known = true;
            }
        }
        if (!known && (first || !read_token(p, token))) {
            return false;
        }
        first = false;
    }
    return !first;
}
