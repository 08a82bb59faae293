/* zone_file.h -- a zone's changes, read from a TZif file. For zone.c alone.
 *
 * A table says which offset (seconds east of UTC) holds from which second on.
 * Where the file ends in a rule for later years, the rule is written out for
 * more than 400 years and the table cycles: from its last entry on, everything
 * is as it was 400 years before.
 */
#ifndef OPS_BASE_ZONE_FILE_H
#define OPS_BASE_ZONE_FILE_H

#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct ZoneTable {
    const int64_t *at;                 /* strictly ascending */
    const int32_t *offset;             /* in force from at[i] on */
    uint32_t n;
    int32_t first;                     /* in force before at[0] */
    bool cycles;
} ZoneTable;

/* False where the bytes are no sound TZif file; *why says it, to follow "the file ... ". */
bool zone_file_read(Arena *a, const unsigned char *bytes, size_t n, ZoneTable *out, const char **why);
/* A copy that lives as long as the process. */
ZoneTable zone_table_keep(const ZoneTable *t);
/* The name in the database that was probably meant, or NULL: other case, a slip, or only the city. */
const char *zone_file_nearest(Arena *a, const char *folder, const char *name);

#endif
