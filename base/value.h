/* value.h -- what a variable can hold.
 *
 * A Value is 16 bytes and borrows what it points to: copy with value_copy
 * into an arena that lives long enough. Values compare, print and travel as
 * values; only the journal, commands and files turn them into text.
 */
#ifndef OPS_BASE_VALUE_H
#define OPS_BASE_VALUE_H

#include "base/arena.h"
#include "base/decimal.h"
#include "base/manner.h"
#include "base/text.h"
#include "base/time.h"

typedef enum ValueType {
    V_NONE,
    V_BOOLEAN,    /* i: 0 or 1 */
    V_NUMBER,     /* i: millionths */
    V_PERCENT,    /* i: millionths of the fraction; 5% is 50000 */
    V_MONEY,      /* i: millionths, unit: currency (0: not yet known, takes the other side's) */
    V_DURATION,   /* i: microseconds; aux = DUR_CLOCK, or see below */
    V_DATE,       /* i: days since 1970-01-01 */
    V_TIME,       /* i: microseconds since midnight */
    V_DATETIME,   /* i: Instant */
    V_TEXT,       /* text, len bytes; a choice (`one of`) is a text too */
    V_FILE,       /* text: a path */
    V_PERSON,     /* text: the person's id */
    V_LIST,       /* list, len elements */
    V_RECORD,     /* record */
    V_COUNT
} ValueType;

/* V_DURATION's aux. Business spans name their calendar and need it to mean anything. */
typedef enum DurationKind {
    DUR_CLOCK,          /* i: microseconds of real time; days of 24 h */
    DUR_MONTHS,         /* i: months; only for date arithmetic */
    DUR_BUSINESS_TIME,  /* business->amount: microseconds of open time */
    DUR_BUSINESS_DAYS   /* business->amount: days */
} DurationKind;

typedef struct Business {
    int64_t amount;
    const char *calendar;              /* a calendar's name; never NULL once checked */
} Business;

typedef struct Shape {                 /* a record's name and fields, in order */
    const char *name;
    const char *const *fields;
    uint32_t n;
} Shape;

typedef struct Value Value;
typedef struct Record Record;

struct Value {
    uint8_t type, aux;
    uint16_t unit;
    uint32_t len;
    union {
        int64_t i;
        const char *text;
        const Value *list;
        const Record *record;
        const Business *business;
    };
};

struct Record {
    const Shape *shape;
    Value fields[];                    /* shape->n of them */
};

#define VALUE_NONE ((Value){0})
Value value_boolean(bool b);
Value value_number(int64_t millionths);
Value value_integer(int64_t n);                          /* asserts that n fits */
Value value_money(int64_t millionths, uint16_t currency);
Value value_percent(int64_t millionths);
Value value_duration(int64_t micros);
Value value_date(int64_t date);
Value value_time(int64_t micros);
Value value_datetime(Instant t);
Value value_text(const char *text);                      /* borrows; measures */
/* The same as a person typed it: where there may be no value, nothing is none. Only fitting to a type asks. */
Value value_typed(const char *text);
bool value_typed_nothing(const Value *v);
Value value_text_n(const char *text, size_t n);          /* text[n] must be NUL */
Value value_person(const char *id);
Value value_list(const Value *items, uint32_t n);
Value value_record(const Record *r);
Record *record_new(Arena *a, const Shape *shape);        /* all fields none */
/* The field's place, or UINT32_MAX. */
uint32_t shape_find(const Shape *s, const char *field);
const Value *record_get(const Record *r, const char *field);   /* NULL where it has no such field */

const char *value_type_name(const Value *v);             /* "money", "list" ... as the language says it */
Value value_copy(Arena *a, const Value *v);              /* deep */
size_t value_bytes(const Value *v);                      /* memory behind it, for limits */

/* Equality as `is`: same type and content (text with text; person with person or text;
 * file with text; money needs the same currency unless an amount is zero; none is none). */
bool value_equal(const Value *a, const Value *b);
/* Order as `<`: -1, 0, 1, or 2 where the two cannot be ordered (types, currencies, none). */
int value_compare(const Value *a, const Value *b);
/* A stable total order over everything, for sorting rows. */
int value_order(const Value *a, const Value *b);
uint64_t value_hash(const Value *v);                     /* equal values, equal hashes */

/* How a value reads. MACHINE is for shell, Lua and files: "1500.00", ISO dates, "yes"/"no",
 * none is "". HUMAN is for people: "$1,500.00", "2 h 30 min", "25 Dec 2026 09:30", none is
 * "none"; zone may be NULL (UTC, said so). LANGUAGE is what one would write in a .ops file
 * ($1500, "text" quoted, 2026-12-25, [a, b]). */
typedef enum ValueStyle { STYLE_MACHINE, STYLE_HUMAN, STYLE_LANGUAGE } ValueStyle;
void value_print(Buf *b, const Value *v, ValueStyle style, const Zone *zone);
/* HUMAN in the reader's manner: "1.500,00 €"; NULL: English, as value_print. */
void value_print_for(Buf *b, const Value *v, const Manner *reader, const Zone *zone);
/* The same of what was measured, like a metric: of a span the two largest units. */
void value_print_measured(Buf *b, const Value *v, const Manner *reader, const Zone *zone);
/* As value_print_for, but a text that reads as if there were no value, empty or "none", stands in quotes. */
void value_print_told(Buf *b, const Value *v, const Manner *reader, const Zone *zone);

/* Canonical JSON that reads back as exactly the same value: none null, booleans, texts and
 * numbers as themselves, all else tagged: {"$money":"1500 USD"} {"$percent":"5"}
 * {"$duration":"90000000"} (microseconds; "3 months", "7200000000 business Office",
 * "2 business days Office") {"$date":..} {"$time":..} {"$datetime":..Z} {"$file":..}
 * {"$person":..}, lists as arrays, records {"$":"Lead","name":..}. The same value always
 * gives the same bytes. */
void value_write(Buf *b, const Value *v);
/* Reads value_write's output (n bytes, all of it). Shapes are made in the arena. */
Status value_read(Arena *a, const char *json, size_t n, Value *out, Error *err) MUST_CHECK;
/* The same from a tree that was already read (base/json.h). */
struct Json;
Status value_from_json(Arena *a, const struct Json *json, Value *out, Error *err) MUST_CHECK;

/* For --json: plain JSON without tags. money {"amount":"1500.00","currency":"USD"}, percent
 * and number as JSON numbers (5% is 0.05), duration in seconds (number) or
 * {"business_days":2,"calendar":".."} / {"business_seconds":..}, dates and instants as ISO
 * strings, person and file as strings, records as objects. */
void value_json(Buf *b, const Value *v);

#endif
