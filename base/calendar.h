/* calendar.h -- when a business is open.
 *
 * A working calendar is a zone, spans of opening hours on weekdays, and days on
 * which it is closed. A span that ends at or before its begin goes on into the
 * next day and belongs to the day on which it begins (22:00..06:00). Business
 * days are days with at least one open span; business time is open time.
 * A business day later is the same wall-clock time on the next open day, moved
 * into opening hours: after closing it becomes that day's closing.
 */
#ifndef OPS_BASE_CALENDAR_H
#define OPS_BASE_CALENDAR_H

#include "base/time.h"

typedef struct OpenSpan {
    uint8_t weekdays;                 /* bit 0 is Monday */
    int32_t from, to;                 /* minutes of the day; to <= from: ends the next day; to may be 1440 */
} OpenSpan;

typedef struct ClosedDays {
    bool yearly;                      /* from and to are month * 100 + day (0101..1231; may wrap the year) */
    int64_t from, to;                 /* inclusive dates otherwise */
} ClosedDays;

typedef struct Calendar {
    const char *name;
    const Zone *zone;
    const OpenSpan *open;   uint32_t opens;       /* none: open around the clock on every day */
    const ClosedDays *closed; uint32_t closeds;
    const int64_t *holidays; uint32_t holidays_n; /* dates, closed as well, in order */
} Calendar;

bool calendar_open_day(const Calendar *c, int64_t date);
bool calendar_open_at(const Calendar *c, Instant t);
/* The next open day at or after date (searches 10 years; false when there is none). */
bool calendar_next_open(const Calendar *c, int64_t date, int64_t *out);
bool calendar_prev_open(const Calendar *c, int64_t date, int64_t *out);
/* t plus business time or business days (n may be negative; a closed day counts as the closing before it, and
 * backwards as the opening behind). False when the calendar
 * has not so much open time within 10 years per 1000 days asked. */
bool calendar_add_time(const Calendar *c, Instant t, int64_t micros, Instant *out);
bool calendar_add_days(const Calendar *c, Instant t, int64_t n, Instant *out);
/* Open microseconds between two instants (negative when to < from). */
int64_t calendar_time_between(const Calendar *c, Instant from, Instant to);
/* Open days d with from < d <= to (negative the other way). */
int64_t calendar_days_between(const Calendar *c, int64_t from, int64_t to);

/* ---- recurrences: `every ...` -------------------------------------------------- */

typedef enum RecurKind { RECUR_SPAN, RECUR_DAY, RECUR_WEEK, RECUR_MONTH, RECUR_YEAR } RecurKind;

typedef enum RecurDay {
    RECUR_ANY,                        /* every day of the period (DAY), or the start day's (others) */
    RECUR_WEEKDAYS,                   /* days in .weekdays */
    RECUR_MONTHDAY,                   /* day .n of the month; a shorter month's last day when there is none */
    RECUR_NTH_WEEKDAY,                /* the .n-th (1..5) of .weekdays in the month; n = -1: the last */
    RECUR_LAST_DAY,
    RECUR_LAST_BUSINESS_DAY,
    RECUR_NTH_BUSINESS_DAY,           /* .n-th business day of the month */
    RECUR_YEARDAY                     /* .month .n */
} RecurDay;

typedef struct Recurrence {
    RecurKind kind;
    int64_t step;                     /* every step days, weeks, months, years; microseconds for SPAN */
    RecurDay day;
    uint8_t weekdays;
    int n, month;
    int64_t from;                     /* a date to count from (and not before), INT64_MIN for none */
    Instant from_instant;             /* for SPAN: phase; INT64_MIN: midnight of the zone's day */
    int32_t at;                       /* minutes of the day; SPAN ignores it */
    bool skip_closed;                 /* a closed day is skipped */
    bool move_to_open;                /* ... or moved to the next open day */
    const Calendar *calendar;         /* closed days; NULL: none are */
    const Zone *zone;
} Recurrence;

/* The first occurrence strictly after t; false when there is none within 100 years. */
bool recurrence_next(const Recurrence *r, Instant t, Instant *out);
/* The latest occurrence behind last and not after now, and how many before it were passed over; false: none. */
bool recurrence_latest(const Recurrence *r, Instant last, Instant now, Instant *at, uint64_t *missed);

#endif
