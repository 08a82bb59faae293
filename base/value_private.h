/* value_private.h -- what value_print.c and value_json.c share. For no one else. */
#ifndef OPS_BASE_VALUE_PRIVATE_H
#define OPS_BASE_VALUE_PRIVATE_H

#include "base/value.h"

/* The first and last day of the years 1..9999, as date_from_civil counts. */
#define FIRST_DAY INT64_C(-719162)
#define LAST_DAY INT64_C(2932896)

/* 50000 as "5", exactly: a percent has four decimals at most. 24 bytes suffice. */
size_t percent_print(char *out, int64_t millionths);

#endif
