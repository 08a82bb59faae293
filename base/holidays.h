/* holidays.h -- the public holidays of countries and regions, reckoned from rules (holidays.def).
 *
 * Regions are named as ISO 3166 does: "PL", "DE-BE". Known are days that are
 * holidays in all of the region, from HOLIDAYS_FIRST to HOLIDAYS_LAST, by the
 * law as far as it is written today.
 */
#ifndef OPS_BASE_HOLIDAYS_H
#define OPS_BASE_HOLIDAYS_H

#include "base/time.h"

enum { HOLIDAYS_FIRST = 2000, HOLIDAYS_LAST = 2100 };

typedef VEC(int64_t) HolidayVec;       /* dates */

bool holidays_known(const char *region);
/* All that are known: "AT, BE, CH, CZ, DE, DE-BB ...". Lies in the arena. */
const char *holidays_regions(Arena *a);
/* Adds all holidays of a known region. */
void holidays_add(Arena *a, const char *region, HolidayVec *out);
/* What the date is called there; NULL: it is none. */
const char *holiday_name(const char *region, int64_t date);
/* Sorts, and leaves doubles out: as a Calendar wants them. */
void holidays_sort(HolidayVec *dates);

#endif
