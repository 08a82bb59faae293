/* receivers.h -- to whom a mail goes. */
#ifndef OPS_RUNTIME_RECEIVERS_H
#define OPS_RUNTIME_RECEIVERS_H

#include "base/value.h"
#include "lang/ir.h"

typedef struct Receivers {
    const char *const *items; uint32_t n;          /* addresses, each once */
} Receivers;

/* Of values that are addresses, persons of the program, or lists of either. ST_FAILED: nobody, or one of whom no
 * address is known. */
Status receivers_of(const IrProgram *p, const Value *values, uint32_t n, Arena *a, Receivers *out,
                    Error *err) MUST_CHECK;

#endif
