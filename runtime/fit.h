/* fit.h -- values against types: what comes from people, files, commands and Lua.
 *
 * Errors say what was wanted, what was found, and give an example; whoever
 * calls puts the field's name in front. All are ST_VALUE.
 */
#ifndef OPS_RUNTIME_FIT_H
#define OPS_RUNTIME_FIT_H

#include "runtime/case.h"
#include "runtime/eval.h"

/* Checks a value against a type of the unit and makes it exactly that type: a number becomes money
 * where the type fixes the currency, and a percent (0.05 is 5%); a text becomes a choice, person or
 * file, an ISO text a date or time; elements and fields likewise, fields in the type's order (others
 * than the type's are left out). none only where optional. The result borrows from in. */
Status value_fit(Arena *a, const IrUnit *u, uint32_t type, const Value *in, Value *out,
                 Error *err) MUST_CHECK;

/* Reads what a person or a command wrote, blanks around it ignored: "1500", "1,500.00", "$1500",
 * "1500 USD", yes/no/true/false, ISO dates, durations "90 s" "2 h" "1h30m", percents "5%" or "0.05",
 * list elements separated by ", ", lists also as [a, b] or JSON, records as JSON. Empty is none, or an
 * empty list or text. Datetimes without Z or offset are local to zone (NULL: nobody knows
 * whose clock, and they are refused). Borrows text. */
Status value_parse_text(Arena *a, const IrUnit *u, uint32_t type, const char *text, const Zone *zone,
                        Value *out, Error *err) MUST_CHECK;

/* JSON as `--json` prints it (docs/json.md), without tags. */
struct Json;
Status value_from_plain_json(Arena *a, const IrUnit *u, uint32_t type, const struct Json *json,
                             const Zone *zone, Value *out, Error *err) MUST_CHECK;

/* One field of a form (what is taken, asked, given, told): a text is read, any other value fitted, and
 * what comes of it must match the field's pattern. A zone that the field says goes before the one given.
 * The name stands in front of what is wrong. */
Status field_fit(Arena *a, const IrUnit *u, const IrField *field, const Value *in, const Zone *zone,
                 Value *out, Error *err) MUST_CHECK;
/* The zone of a field's moments: the one that it says, else the usual one. */
Status field_zone(const IrField *field, const Zone *usual, const Zone **zone, Error *err) MUST_CHECK;
/* Is one of these fields called so? If not: `complaint`, the name, and the nearest of them. */
Status field_known(Arena *a, const IrUnit *u, uint32_t fields, uint32_t n, const char *name, const char *complaint,
                   Error *err) MUST_CHECK;
/* The default of a field that has one, which is taken where the field is left out; moments by this zone. */
Status field_default(Arena *a, const IrUnit *u, const IrField *field, const Zone *zone, Value *out,
                     Error *err) MUST_CHECK;
/* Only the pattern; what is no text matches any. */
Status field_match(const IrField *field, const Value *v, Error *err) MUST_CHECK;
/* ST_VALUE: "n: wanted n > 3, found 1"; moments by this zone. */
Status field_unmet(const IrField *field, const Value *found, const Zone *zone, Error *err);

/* What the records in a value of this type (itself, elements, fields) say of their fields: `where` and
 * `matching`. Conditions see their record, and of the host around its moment, program, zone and tables. */
Status records_hold(const IrUnit *u, uint32_t type, const Value *v, const EvalHost *around, Arena *a,
                    Error *err) MUST_CHECK;

/* What an event tells, by name, as the variables of its conditions and its triggers'. Of the host around it has the
 * moment, program, zone and tables. */
typedef struct EventHost {
    const IrUnit *u;
    const IrEvent *event;
    const Datum *values; uint32_t n;
    const EvalHost *around;
} EventHost;
EvalHost event_host(EventHost *self);
/* What the event's declaration demands of what it tells; what is left out is held to nothing. */
Status event_holds(EventHost *self, Arena *a, Error *err) MUST_CHECK;

#endif
