/* gives.h -- what a command's output means to the step that ran it.
 *
 * A JSON object, lines of name=value, or (where the step gives one thing) the
 * whole text without its last line end.
 */
#ifndef OPS_RUNTIME_GIVES_H
#define OPS_RUNTIME_GIVES_H

#include "runtime/case.h"

typedef struct GivesOutput {
    const char *text; size_t n;        /* ended by NUL behind its n bytes */
    uint64_t lost;                     /* bytes of it that were not kept */
    const Zone *zone;                  /* of moments that say none */
} GivesOutput;

/* Values by name, as texts or JSON's own kinds; the engine fits them to their types. Names that the step
 * does not give are ignored. */
Status gives_read(Arena *a, const IrFlow *f, const IrStep *s, const GivesOutput *out, const Datum **values,
                  uint32_t *values_n, Error *err) MUST_CHECK;
/* Adds the last line a command wrote to its standard error, made fit to be shown: ": no such file". */
void gives_complaint(Buf *text, const char *err, size_t n);

#endif
