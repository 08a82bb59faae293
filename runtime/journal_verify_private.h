/* journal_verify_private.h -- what the parts of journal_verify share.
 *
 * journal_verify.c looks at chains and cases, journal_verify_beside.c at what
 * stands beside them: messages, what began each case, and what the store's own
 * history says of notes and schedules.
 */
#ifndef OPS_RUNTIME_JOURNAL_VERIFY_PRIVATE_H
#define OPS_RUNTIME_JOURNAL_VERIFY_PRIVATE_H

#include "runtime/journal_private.h"

enum { ORDER_TEXT = 17 };

typedef struct KeptHead {
    char hash[65];                     /* over the ends of all chains */
    bool whole;                        /* it says how far each chain went; heads of older versions do not */
    int64_t ends[SHARDS];              /* 0: the chain had no link */
    unsigned marks[SHARDS];
    char order[ORDER_TEXT];            /* in which their links came; "": heads of older versions do not say it */
} KeptHead;

enum { DIGEST = 16 };

typedef struct Sent {                  /* a message as its row says it */
    uint64_t id, from;
    uint8_t kind;
    uint32_t place;                    /* the event that sent it; of WITHDRAW the activation */
    uint8_t digest[DIGEST];            /* of all that it says */
    bool told;                         /* an event says so, too */
} Sent;
typedef VEC(Sent) SentVec;

typedef struct Chain {                 /* as far as it has been followed */
    int64_t pos;                       /* 0: no link yet */
    uint8_t link[SHA256_BYTES];
    uint8_t then[SHA256_BYTES];        /* its link where the kept head saw its end */
    uint64_t last_case;                /* what its last link tells of */
    int64_t last_seq;
    int64_t had;                       /* so many links, where its end was cut off; else 0 */
    const char *says;                  /* ... who says so */
} Chain;

typedef struct Ids { uint64_t *items; size_t n, cap; } Ids;

typedef struct Verify {
    Journal *j;
    VerifyReport *report;
    Arena *arena;                      /* of one event */
    Ids unsound;                       /* cases with a wrong event, ascending when used */
    Ids cut;                           /* cases whose last events were cut off with their chain's end; the same */
    Chain chains[SHARDS];
    uint64_t doubted;                  /* cases, in all shards, that could not be folded */
    bool own_doubted;                  /* ... nor could the store's own history */
    uint64_t work;                     /* rows of work that belong to a case */
    uint64_t dues;                     /* moments that cases tell of */
    uint64_t first_telling;            /* the number of the first case that tells itself what began it */
    uint64_t causes, taken;            /* how many were told so by later ones, and found */
    Arena *told_arena;
    Map *told;                         /* those that were told by earlier ones, since they could */
    Arena *sent_arena;                 /* of one shard */
    SentVec sent;                      /* by cases of this shard; sorted */
    Arena *signals_arena;
    SentVec signals;                   /* from outside, in all shards; sorted when used */
    Buf heads;                         /* pos and hash of every chain */
    Buf ends;                          /* the same for people, of those that have links */
    const KeptHead *kept;              /* NULL: none */
    Buf then;                          /* pos and hash of every chain, where the kept head saw its end */
    uint8_t order[SHA256_BYTES];       /* over which chain came when, link by link; */
    uint8_t order_then[SHA256_BYTES];  /* ... of those that the kept head saw */
} Verify;

void verify_problem(Verify *v, const char *format, ...) PRINTF_LIKE(2, 3);
void verify_wrong(Verify *v, const EventRow *r, const char *what);
/* What a column says that the bytes do not; NULL: they agree. */
const char *wrong_column(const EventRow *r, const Event *e);
bool same_text(const char *a, const char *b);

bool ids_have(const Ids *ids, uint64_t id);           /* which are ascending */

/* Before all shards: from which case on the first event tells what began it. */
Status verify_tellers(Verify *v, Error *err) MUST_CHECK;
/* Before the cases of a shard: the messages that they sent, as their rows say. */
Status verify_sent(Verify *v, int64_t shard, Error *err) MUST_CHECK;
/* Ahead of its folding into the case: are the messages that this event sent, and the rows of what began the case,
 * as it says? */
Status verify_told(Verify *v, const EventRow *r, const Case *c, const Event *e, Error *err) MUST_CHECK;
/* Nothing can be said of what this case, of the same shard, sent: its events do not fold. */
void verify_skipped(Verify *v, uint64_t id);
/* ... nor of this one, whose last events were cut off. */
void verify_shortened(Verify *v, uint64_t id);
/* Behind the cases of a shard: messages that nobody sent. */
void verify_unsent(Verify *v);
/* Behind all shards: rows that no case tells of; then the store's own history, and what follows from it. */
Status verify_origins(Verify *v, Error *err) MUST_CHECK;
Status verify_own(Verify *v, Error *err) MUST_CHECK;

#endif
