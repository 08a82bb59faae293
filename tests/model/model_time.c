/* model_time.c -- spans of time, by the clock and by the calendar. */
#include "tests/model/model_private.h"

static int64_t day_of(int64_t minutes)
{
    return minutes / DAY_MINUTES - (minutes % DAY_MINUTES < 0);
}

/* A trial begins on a Monday. */
static bool is_open_day(int64_t day)
{
    return ((day % 7) + 7) % 7 < 5 && day != PLAN_CLOSED_DAY;
}

static bool is_open(int64_t minutes)
{
    int64_t of_day = minutes - day_of(minutes) * DAY_MINUTES;
    bool morning = of_day >= PLAN_OPENS && of_day < PLAN_NOON;
    bool afternoon = of_day >= PLAN_AFTERNOON && of_day < PLAN_CLOSES;
    return is_open_day(day_of(minutes)) && (morning || afternoon);
}

/* The same time on the day that is open so many days later, moved into opening hours; from a closed day its closing. */
static int64_t days_later(int64_t from, int32_t days)
{
    int64_t day = day_of(from), of_day = is_open_day(day) ? from - day * DAY_MINUTES : PLAN_CLOSES;
    while (days > 0) days -= is_open_day(++day);
    if (of_day < PLAN_OPENS) of_day = PLAN_OPENS;
    if (of_day > PLAN_NOON && of_day < PLAN_AFTERNOON) of_day = PLAN_AFTERNOON;
    if (of_day > PLAN_CLOSES) of_day = PLAN_CLOSES;
    return day * DAY_MINUTES + of_day;
}

int64_t model_day_begins(int64_t now, int32_t ago)
{
    return (day_of(now + BEGIN_MINUTES) - ago) * DAY_MINUTES - BEGIN_MINUTES;
}

int64_t model_after(int64_t from, int32_t span)
{
    int64_t at = from + BEGIN_MINUTES;
    if (span < SPAN_BUSINESS_HOURS) return from + span * 60;
    if (span > SPAN_BUSINESS_DAYS) return days_later(at, span - SPAN_BUSINESS_DAYS) - BEGIN_MINUTES;
    for (int32_t left = (span - SPAN_BUSINESS_HOURS) * 60; left > 0; at++) left -= is_open(at);
    return at - BEGIN_MINUTES;
}
