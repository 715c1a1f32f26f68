/* Profiles: the cost model's tables of another machine, as a file.
 *
 *     libconv profile VERSION        the version whose tables these are
 *     processor NAME                 to the end of the line
 *     TABLE COUNT VALUE...           each table, in whole femtoseconds: no locale has a say in them
 *     end
 */
#ifndef CONV_COST_PROFILE_H
#define CONV_COST_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "conv.h"
#include "cost/calibrated.h"

/* A table of conv_calibrated: where it lies, in doubles. The axes are not among them: they are the
 * library's. */
typedef struct {
    const char *name;
    size_t offset, count;
    size_t row;       /* values of one level, or of one type where levels do not differ */
    bool by_level;    /* rows of levels that a processor lacks may be 0 */
    bool is_optional; /* may be 0 throughout */
} conv_profile_table;

enum { CONV_PROFILE_TABLES = 14, CONV_PROFILE_REASON = 200 };
extern const conv_profile_table conv_profile_tables[CONV_PROFILE_TABLES];

/* Puts the tables of a file in force; path NULL: the built-in ones. On failure nothing changes, and
 * reason is a sentence. */
conv_status conv_profile_use(const char *path, char reason[CONV_PROFILE_REASON]);

/* Why the profile that the environment names is not in force; "" where it is, or where none is
 * named. */
const char *conv_profile_refused(void);

#endif
