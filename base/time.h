/* time.h -- instants, civil dates, and zones.
 *
 * An instant is microseconds since 1970-01-01 UTC. A date is days since
 * 1970-01-01 in the proleptic Gregorian calendar; years 0001..9999 only.
 * Zones come from the system's tz database (TZif files, RFC 8536, with their
 * footer rule for years past the table); "UTC" always exists.
 *
 * A local time in a gap becomes the next valid instant; one that happens
 * twice means its first.
 */
#ifndef OPS_BASE_TIME_H
#define OPS_BASE_TIME_H

#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

typedef int64_t Instant;

#define US_SECOND INT64_C(1000000)
#define US_MINUTE (60 * US_SECOND)
#define US_HOUR (60 * US_MINUTE)
#define US_DAY (24 * US_HOUR)
#define INSTANT_NEVER INT64_MAX

typedef struct Civil {
    int year, month, day;              /* month 1..12 */
    int hour, minute, second, micros;
} Civil;

/* Howard Hinnant's days_from_civil and its inverse. */
int64_t date_from_civil(int year, int month, int day);
void date_to_civil(int64_t date, int *year, int *month, int *day);
bool date_valid(int year, int month, int day);
int date_weekday(int64_t date);                   /* 0 is Monday */
int month_days(int year, int month);
/* Month arithmetic keeps the day, or takes the month's last. False outside years 1..9999. */
bool date_add_months(int64_t date, int64_t months, int64_t *out);

typedef struct Zone Zone;
/* Borrowed, for the process's life; each zone is read once. NULL with err where the
 * name is unknown or the tz database is missing (the message names the package). */
const Zone *zone_find(const char *name, Error *err);
const Zone *zone_utc(void);
const char *zone_name(const Zone *z);
/* The zone as bytes, for a process that cannot read the database; and there, kept as by zone_find. NULL: they are no
 * such bytes. */
const void *zone_bytes(const Zone *z, Arena *a, size_t *n);
const Zone *zone_keep(const char *name, const void *bytes, size_t n);
int32_t zone_offset(const Zone *z, Instant t);    /* seconds east of UTC at t */
/* Local wall clock to instant. *shifted (may be NULL): 0 unique, 1 gap, 2 fold. */
Instant zone_instant(const Zone *z, const Civil *local, int *shifted);
void zone_civil(const Zone *z, Instant t, Civil *out);
int64_t zone_date(const Zone *z, Instant t);      /* the local date at t */
Instant zone_start_of(const Zone *z, int64_t date);   /* first instant of that local day */
Instant zone_end_of(const Zone *z, int64_t date);     /* first instant of the next local day */
/* The first instant strictly behind `after` at which the clock shows this time (microseconds of a day). */
Instant zone_next_time(const Zone *z, Instant after, int64_t time);

/* The wall clock now. When $OPS_NOW holds an instant ("2026-10-01T09:00:00Z"), that one:
 * for tests and demonstrations. clock_real ignores it. */
Instant clock_now(void);
Instant clock_real(void);
/* Microseconds since some moment, for measuring: they never go back, whatever is done to the wall clock. */
int64_t clock_ticks(void);
/* False, with what is wrong, when $OPS_NOW is set and is no instant. */
bool clock_now_valid(Error *err);

/* "2026-12-25", "09:30" or "09:30:15", "2026-12-25T09:30:00Z". Exactly as many bytes as
 * given must be read; datetimes without Z or offset are local to zone. */
bool date_parse(const char *text, size_t n, int64_t *date);
bool time_parse(const char *text, size_t n, int64_t *micros);
bool instant_parse(const char *text, size_t n, const Zone *zone, Instant *out);
/* Each writes NUL-terminated; 40 bytes suffice. Seconds and micros only where not zero. */
size_t date_print(char *out, int64_t date);
size_t time_print(char *out, int64_t micros);
size_t instant_print(char *out, Instant t);                       /* UTC, "2026-12-25T08:30:00Z" */
/* "2026-12-25 09:30"; z may be NULL: "2026-12-25 08:30 UTC" */
size_t instant_print_local(char *out, const Zone *z, Instant t);
/* "2 h 30 min", "3 d", "45 s": the two largest units, for people. 40 bytes suffice. */
size_t span_print(char *out, int64_t micros);
/* The same with another word for days. */
size_t span_print_as(char *out, int64_t micros, const char *day);
/* All of it, "1 d 9 h 30 min": every unit that is not zero. 60 bytes and the word for days suffice. */
size_t span_print_exact(char *out, int64_t micros, const char *day);

#endif
