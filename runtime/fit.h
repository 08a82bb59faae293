/* fit.h -- values against types: what comes from people, files, commands and Lua. */
#ifndef OPS_RUNTIME_FIT_H
#define OPS_RUNTIME_FIT_H

#include "lang/ir.h"

/* Checks a value against a type of the unit and makes it exactly that type (number into money with a
 * fixed currency, text into choice, person or file, elements and fields likewise). none only where
 * optional. ST_VALUE: "wanted money, found text \"abc\"". */
Status value_fit(Arena *a, const IrUnit *u, uint32_t type, const Value *in, Value *out, Error *err) MUST_CHECK;
/* Reads what a person or a command wrote: "1500", "$1500", "1500.00 USD", yes/no/true/false, ISO dates,
 * durations "2 h", percents "5%", list elements separated by ", "; empty is none. Errors give an example. */
Status value_parse_text(Arena *a, const IrUnit *u, uint32_t type, const char *text, const Zone *zone,
                        Value *out, Error *err) MUST_CHECK;

#endif
