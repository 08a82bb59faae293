/* like.h -- formats given by example: "31-12-2017 23:59", "1.234,56", "TRUE/FALSE".
 *
 * An example must be unambiguous: 31-12-2017 is, 01-02-2017 is not (its day
 * could be a month). Months may be names: "31 Dec 2017", "December 31, 2017".
 */
#ifndef OPS_BASE_LIKE_H
#define OPS_BASE_LIKE_H

#include "base/value.h"

typedef enum LikeKind { LIKE_DATE, LIKE_TIME, LIKE_DATETIME, LIKE_NUMBER, LIKE_BOOLEAN } LikeKind;

typedef struct Like Like;

/* Understands an example. Errors say what is ambiguous or not understood and give a better
 * example. The result lies in the arena. */
Status like_compile(Arena *a, const char *example, Like **out, Error *err) MUST_CHECK;
LikeKind like_kind(const Like *l);
/* Reads text by the example (blanks around it are ignored). Datetimes are local to zone. A
 * number comes back as V_NUMBER, a date as V_DATE, ... err: what was found, what was wanted. */
Status like_read(const Like *l, const char *text, const Zone *zone, Value *out, Error *err) MUST_CHECK;
/* Writes a value by the example: date, time, datetime (in zone), number, money (amount only), boolean. */
bool like_print(Buf *b, const Like *l, const Value *v, const Zone *zone);

#endif
