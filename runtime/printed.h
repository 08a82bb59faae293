/* printed.h -- what a command printed, as the event that ends its attempt keeps it.
 *
 * Two notes among the event's values, `$out` and `$err`: of each stream on which anything came its text, or, where that
 * is long, a list of its head, how many bytes behind that were left out, and its tail. Secrets are taken out ahead of
 * all else; what acts on a terminal, or is no UTF-8, is written as \xNN.
 */
#ifndef OPS_RUNTIME_PRINTED_H
#define OPS_RUNTIME_PRINTED_H

#include "runtime/case.h"
#include "runtime/secrets.h"

enum { PRINTED_MOST = 4096 };          /* bytes of the head of a stream, and as many of its tail */

#define PRINTED_OUT "$out"
#define PRINTED_ERR "$err"

typedef struct Stream {                /* of a command, without secrets */
    const char *head; size_t head_n;   /* all of it, where nothing is lost */
    const char *tail; size_t tail_n;
    uint64_t lost;                     /* bytes between both */
} Stream;

/* As runtime/exec.h hands it over. cut: the command was ended, so it may have meant to go on. What is left of a secret
 * that was cut, there or where the middle was lost, goes, too. Borrows the text where it holds no secret. */
Stream printed_stream(const Secrets *s, Arena *a, const char *text, size_t n, uint64_t lost, bool cut);
/* Adds the stream's note to the n that are there; nothing of one on which nothing came. scratch: to make texts in. */
void printed_note(Buf *scratch, Arena *a, const char *name, const Stream *stream, Datum *notes, uint32_t *n);

typedef struct Printed {               /* borrowed from the event */
    const char *head, *tail;           /* tail NULL: head is all of it */
    int64_t left_out;
} Printed;

/* What an event keeps of a stream; false: nothing came on it, or what stands there is no such thing. */
bool printed_of(const Event *e, const char *name, Printed *out);

#endif
