/* journal.h -- the append-only history of every case.
 *
 * A case is never changed in place: it is what folding its events yields.
 * One advance of a case is kept whole: its events, its row, rows of work,
 * messages, the row or message it came from, in one transaction. Many cases
 * that advance together share one commit.
 *
 * Promise    what journal_commit returned OK for survives power loss; what it
 *            failed for may or may not be there: read again before you retry.
 * Threads    one at a time per handle. Several processes may open one store;
 *            writers take turns at a file lock, fairly.
 * Store      one SQLite file (WAL, synchronous FULL), created 0600 in a folder
 *            0700. docs/journal.md tells its tables.
 */
#ifndef OPS_RUNTIME_JOURNAL_H
#define OPS_RUNTIME_JOURNAL_H

#include "runtime/engine.h"

typedef struct Journal Journal;

typedef enum JournalMode { JOURNAL_READ, JOURNAL_WRITE, JOURNAL_CREATE } JournalMode;

/* Opens a store. READ needs an existing one; CREATE makes folder and file where missing.
 * Refused with a clear message and left byte for byte untouched: damaged files, other programs'
 * databases, stores of a newer version (WRITE and READ), unwritable ones (WRITE). ":memory:" is a
 * store of this process alone. */
Status journal_open(const char *path, JournalMode mode, Journal **out, Error *err) MUST_CHECK;
void journal_close(Journal *j);                            /* NULL is fine */
const char *journal_path(const Journal *j);
/* Empties a store of this process alone, as if it had just been opened; its flows stay. */
Status journal_reset(Journal *j, Error *err) MUST_CHECK;
/* What `recorded` of its events says, where it is not the machine's clock. */
void journal_clock(Journal *j, Instant (*now)(void *self), void *self);

/* ---- writing -------------------------------------------------------------------- */

typedef struct TakenRow {          /* a row of an input file that begins a case */
    const char *process, *key;     /* key: the row's, or its content's hash in hex */
    uint64_t content;              /* hash of its cells */
    const char *file; uint32_t line;
} TakenRow;

typedef struct Claim {             /* a step with outside effects is under way; fences it against a second start */
    uint32_t act, attempt;
    int64_t pid; uint64_t pid_start;   /* of the process that runs it; start time in clock ticks since boot */
    char boot[40];                 /* the boot it runs in */
} Claim;

typedef struct Advance {
    Case *of;                      /* as it is afterwards; id 0: a new case, gets its id here */
    uint32_t seq_before;           /* 0 for a new case */
    Out *out;                      /* events, messages, touched acts; ids, case ids and recorded are filled in */
    uint64_t consumes;             /* a message of kind START, CALL, RETURN that this answers; 0: none */
    const char *cause_key;         /* a new case's unique cause ("message 12 Qualify"), or NULL */
    const TakenRow *taken;         /* or NULL */
    const char *schedule; Instant ran;   /* a schedule's name and the occurrence that this case is; or NULL */
    const char *one, *one_before;  /* of a new case that is to be the only open one: the note that holds its number, and
                                      what that note says now (NULL: nothing); or NULL */
    const Claim *claims; uint32_t claims_n;   /* of steps begun in this advance with outside effects */
    Status status;                 /* out: ST_OK, or ST_CONFLICT: another was first, nothing of this one was kept */
    bool message_gone;             /* out: what it consumes was delivered by another */
    bool turn_lost;                /* out: that was only a turn of `by turn`, which another case took first */
} Advance;

/* Commits n advances, of n different cases, in order, in one transaction. Those that meet a
 * conflict (case changed meanwhile, message or row already taken, cause known) are left out and
 * say so in .status. Any other trouble (disk full, I/O) keeps nothing and returns it. */
Status journal_commit(Journal *j, Advance *advances, size_t n, Error *err) MUST_CHECK;

/* An event from outside (`ops signal`): a message without a case. Fills m->id. */
Status journal_signal(Journal *j, Message *m, Error *err) MUST_CHECK;
/* A message of kind EMIT has reached everyone. */
Status journal_delivered(Journal *j, const uint64_t *messages, size_t n, Error *err) MUST_CHECK;
/* A wait has seen all messages that were there before it. */
Status journal_wait_caught_up(Journal *j, uint64_t case_id, uint32_t act, Error *err) MUST_CHECK;
/* Keeps a copy of a file that a person gave, once for each content; hash: its SHA-256. Do it before the event that
 * names it. journal_file reads it back: ST_NOTFOUND; ST_IO where the copy was changed. */
Status journal_keep_file(Journal *j, const char *bytes, size_t n, uint8_t hash[SHA256_BYTES], Error *err) MUST_CHECK;
Status journal_file(Journal *j, const uint8_t hash[SHA256_BYTES], Buf *out, Error *err) MUST_CHECK;
/* Stores a flow once; known ones (by hash) cost a look-up. Needed before a case of it is committed. */
Status journal_keep_flow(Journal *j, const IrFlow *flow, Error *err) MUST_CHECK;

typedef struct RejectedRow {
    const char *process, *file; uint32_t line;
    const char *key;               /* "" where it has none that can be read */
    uint64_t content;
    const char *header, *raw;      /* the file's header line and the row, as written */
    const char *problem;
    Instant at;
} RejectedRow;
/* Sets rows aside (same process, file and content: kept once), or clears those of a key or
 * content that came in well later. */
Status journal_reject(Journal *j, const RejectedRow *rows, size_t n, Error *err) MUST_CHECK;
Status journal_unreject(Journal *j, const char *process, const char *key, uint64_t content, Error *err) MUST_CHECK;
/* A file was read to its end, and these of its rows do not fit: what else was set aside of it before was mended
 * or taken out, and is not any more. process: whose rows; NULL: of all. *fresh: how many are new. If any are, the
 * store's own history says so: KEPT under JOURNAL_SET_ASIDE and the file, not later than the new rows' `at`. */
#define JOURNAL_SET_ASIDE "set aside "
Status journal_reject_file(Journal *j, const char *process, const char *file, const RejectedRow *rows, size_t n,
                           uint64_t *fresh, Error *err) MUST_CHECK;
/* Takes rows off the list whose mended versions came in from elsewhere. Of each, process, content and file count. */
Status journal_settle(Journal *j, const RejectedRow *rows, size_t n, Error *err) MUST_CHECK;
/* Marks a schedule's occurrence as done without a case (audits, missed runs). */
Status journal_ran(Journal *j, const char *schedule, Instant at, Error *err) MUST_CHECK;
/* Which occurrence of a schedule was seen to last. Of one that is new, or was at rest, that is now: it is kept, and
 * what was before is not missed. */
Status journal_counted(Journal *j, const char *schedule, Instant now, Instant *last, Error *err) MUST_CHECK;
/* A schedule whose process is not live is at rest until it is counted again. One that was never counted, or of a store
 * of this process alone, whose file never changes, is not. */
Status journal_rest(Journal *j, const char *schedule, Error *err) MUST_CHECK;
/* Values beside the cases, by key: input files' marks (size, time), whose turn it was, who confirmed a waiver. Each
 * change is an event of the store's own history. */
Status journal_note(Journal *j, const char *key, const char *value, Error *err) MUST_CHECK;
/* Adds a line, a JSON object, to a list of them, where that still is what was read (before; NULL: nothing); else
 * ST_CONFLICT. */
Status journal_say(Journal *j, const char *key, const char *before, const char *line, Error *err) MUST_CHECK;
/* *value: NULL when there is none. */
Status journal_noted(Journal *j, Arena *a, const char *key, const char **value, Error *err) MUST_CHECK;

typedef struct Accepted {          /* a version of a process that a person put in force */
    const char *process;
    const uint8_t *flow;           /* its hash */
    const char *file; const uint8_t *text;   /* where it was written, and the SHA-256 of that file */
    const char *person, *login, *because;
    Instant at;
} Accepted;
Status journal_accept(Journal *j, const Accepted *versions, size_t n, Error *err) MUST_CHECK;

/* ---- reading ------------------------------------------------------------------------ */

/* Reads one case, with the flow it began with: its snapshot, and the events after it. ST_NOTFOUND. Yours to free. */
Status journal_case(Journal *j, uint64_t id, Case **out, Error *err) MUST_CHECK;

/* Calls visit for each event of the case, oldest first. The event is borrowed. */
typedef Status JournalVisit(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err);
Status journal_replay(Journal *j, uint64_t id, JournalVisit *visit, void *self, Error *err) MUST_CHECK;

/* The same for the history of the store itself: what was said and done beside any case. */
Status journal_own(Journal *j, JournalVisit *visit, void *self, Error *err) MUST_CHECK;

/* The same for all that was recorded behind an event of a number (0: all), of whatever case and of the store itself,
 * as far as it is of these kinds. Of what the event tells, the place (node) is left out. *last: the number of the last
 * event, of whatever kind. Costs what was recorded since, not what is stored. */
Status journal_since(Journal *j, uint64_t behind, const uint16_t *kinds, size_t n, JournalVisit *visit, void *self,
                     uint64_t *last, Error *err) MUST_CHECK;
Status journal_last(Journal *j, uint64_t *last, Error *err) MUST_CHECK;     /* 0: nothing was recorded yet */

/* Which versions of processes there are cases of, in order of process. */
typedef struct VersionRow {
    const char *process;
    uint8_t flow[SHA256_BYTES];
    uint64_t cases, running;
    Instant first;                 /* when the first of them began */
} VersionRow;
typedef Status VersionVisit(void *self, const VersionRow *row, Error *err);
Status journal_versions(Journal *j, VersionVisit *visit, void *self, Error *err) MUST_CHECK;

typedef struct CaseFilter {        /* zeroed: all cases */
    const char *process, *key;
    uint8_t status;                /* 0: any */
    Instant ended_from, ended_to;  /* both 0: any; half-open; running cases count as ended at ended_to - 1
                                      when with_running */
    Instant started_from, started_to;
    bool with_running;
    bool incidents;                /* only those with an open incident */
    bool open;                     /* only those that run, or have an open incident; with process at most */
    uint64_t most, *left;          /* visit so many, 0: all; how many more there are, or NULL */
} CaseFilter;
typedef struct CaseRow {           /* what the table says without reading the snapshot */
    uint64_t id;
    const char *process, *key, *outcome;
    uint8_t status;
    bool late;
    Instant started, ended;
    Instant due;                   /* its deadline, or a reminder or escalation behind it; INSTANT_NEVER: none */
    uint32_t incidents;            /* open ones */
} CaseRow;
/* In order of id. of is NULL unless whole is set; then *of is the case, freed after the visit: who keeps it
 * takes it out, and leaves NULL. */
typedef Status CaseVisit(void *self, const CaseRow *row, Case **of, Error *err);
Status journal_cases(Journal *j, const CaseFilter *filter, bool whole, CaseVisit *visit, void *self,
                     Error *err) MUST_CHECK;

typedef struct WorkRow {           /* one open activation that waits for somebody or something */
    uint64_t number;               /* of a task: what people call it by */
    uint64_t case_id; uint32_t act;
    uint8_t state;                 /* ACT_OFFERED, ACT_PAUSED, ACT_WAITING, ACT_INCIDENT */
    const char *process, *key, *step, *event;
    Instant since, deadline;
    const char *lock;              /* that it waits for (ACT_WAITING) or holds (ACT_BLOCK); or NULL */
} WorkRow;
typedef struct WorkFilter {
    uint8_t state;                 /* 0: any */
    uint64_t case_id, number;      /* 0: any */
    const char *event;             /* waits for this event */
    bool fresh;                    /* waits that have not caught up yet */
    const char *lock;              /* of this lock: those that hold it, then those that wait, in order of coming */
    uint32_t limit;                /* 0: no limit */
} WorkFilter;
/* Without any of these, case by case, as they lie. */
typedef Status WorkVisit(void *self, const WorkRow *row, Error *err);
Status journal_work(Journal *j, const WorkFilter *filter, WorkVisit *visit, void *self, Error *err) MUST_CHECK;

/* The locks that somebody waits for. */
Status journal_locks(Journal *j, Arena *a, const char *const **names, uint32_t *n, Error *err) MUST_CHECK;
/* The case that this cause began; ST_NOTFOUND. */
Status journal_caused(Journal *j, const char *cause, uint64_t *id, Error *err) MUST_CHECK;
/* The call of this act that has begun no case yet, as a message; 0: there is none. */
Status journal_open_call(Journal *j, uint64_t case_id, uint32_t act, uint64_t *message, Error *err) MUST_CHECK;
/* Is a called case not wanted any more, and was not told so yet? */
Status journal_calls_back(Journal *j, bool *any, Error *err) MUST_CHECK;

/* The earliest due instant of any open work or case deadline; INSTANT_NEVER: none. Costs an index look-up. */
Status journal_next_due(Journal *j, Instant *out, Error *err) MUST_CHECK;
/* Cases with something due (work or the case's own deadline) at or before an instant, each once, earliest first. */
Status journal_due(Journal *j, Instant at, uint32_t limit, Arena *a, uint64_t **ids, Instant **dues, uint32_t *n,
                   Error *err) MUST_CHECK;
/* Cases with machine steps that have begun (after a crash: whose work was lost, or never let loose). */
Status journal_todo(Journal *j, Arena *a, uint64_t **ids, uint32_t *n, Error *err) MUST_CHECK;
Status journal_claim(Journal *j, uint64_t case_id, uint32_t act, Claim *out, Error *err) MUST_CHECK;   /* ST_NOTFOUND */
/* Commands whose step was withdrawn, by an advance with EFFECT_KILL: their claims stay until journal_ended says that
 * nothing of them runs any more. */
typedef void ClaimVisit(void *self, uint64_t case_id, const Claim *c);
Status journal_ending(Journal *j, ClaimVisit *visit, void *self, Error *err) MUST_CHECK;
Status journal_ended(Journal *j, uint64_t case_id, uint32_t act, Error *err) MUST_CHECK;
/* What this process (of which act and attempt say nothing) ran is interrupted, though it lives on. */
Status journal_let_go(Journal *j, const Claim *by, Error *err) MUST_CHECK;

/* Messages not yet delivered, in order, behind the one of a number (0: all); or (with event set) all EMITs of that
 * event from an instant on. */
typedef Status MessageVisit(void *self, const Message *m, Error *err);
Status journal_messages(Journal *j, const char *event, Instant since, uint64_t behind, uint32_t limit,
                        MessageVisit *visit, void *self, Error *err) MUST_CHECK;

/* Is the row known? *same: with the same content. */
Status journal_taken(Journal *j, const char *process, const char *key, uint64_t content, bool *known, bool *same,
                     Error *err) MUST_CHECK;
typedef Status RejectedVisit(void *self, const RejectedRow *r, Error *err);
Status journal_rejected(Journal *j, const char *process, RejectedVisit *visit, void *self, Error *err) MUST_CHECK;
Status journal_last_run(Journal *j, const char *schedule, Instant *at, Error *err) MUST_CHECK;   /* INT64_MIN: never */
/* Every flow that is kept, whether a case still goes by it or not. */
typedef Status FlowVisit(void *self, const uint8_t hash[SHA256_BYTES], Error *err);
Status journal_flows(Journal *j, FlowVisit *visit, void *self, Error *err) MUST_CHECK;
Status journal_known_flow(Journal *j, const uint8_t hash[SHA256_BYTES], const IrFlow **out, Error *err) MUST_CHECK;

/* Has another process written since the last call (or since opening)? Cheap. */
bool journal_changed(Journal *j);

/* ---- trust ------------------------------------------------------------------------------ */
enum { HEAD_TEXT = 2048 };            /* bytes of the longest head */
typedef struct VerifyReport {
    uint64_t cases, events, chains;
    uint64_t own;                  /* events of the store itself, which are among them */
    uint64_t problems;             /* 0: all is well */
    Buf text;                      /* each problem on a line: what, which case, which event; free with buf_free */
    char head[HEAD_TEXT];          /* hash over the ends of all chains, where these were, and in which order all links
                                      came: keep it outside to notice a cut end, a chain that was written anew, and
                                      events that change places */
    uint64_t since;                /* events behind the head that was kept */
    bool other_head;               /* the head that was kept is another, and does not say where it was */
} VerifyReport;
/* Recomputes every chain from the stored bytes, compares the columns derived from them, folds every
 * case anew and compares it with its snapshot; SQLite's own integrity check too. head: one that was kept outside
 * (ST_USAGE: it is none), or NULL. */
Status journal_verify(Journal *j, const char *head, VerifyReport *out, Error *err) MUST_CHECK;

/* ---- the archive ----------------------------------------------------------------------- */

typedef struct ArchiveReport { uint64_t cases, events; } ArchiveReport;    /* what was moved */
/* Moves the events and snapshots of cases that ended before an instant to a file beside the store, PATH.archive,
 * where every call of this header still finds them. Each is there, on the disk, before it is gone from here: who is
 * stopped in between has them twice for a while, which changes nothing. The last link of each chain stays here.
 * go_on is asked between the parts of the work; NULL: it goes on. */
Status journal_archive(Journal *j, Instant before, bool (*go_on)(void *self), void *self, ArchiveReport *out,
                       Error *err) MUST_CHECK;

/* ---- copies ------------------------------------------------------------------------------ */

/* Copies the store as it is now to a new file (0600), while others go on writing, and verifies the copy: report
 * says how it is. What lies in its archive is in the copy itself. The file is whole or not there; where report has
 * problems, it is not made. */
Status journal_backup(Journal *j, const char *to, VerifyReport *report, Error *err) MUST_CHECK;

/* The whole store as lines of JSON, without their ends; docs/journal.md tells what they say. */
typedef Status LineVisit(void *self, const char *line, size_t n, Error *err);
Status journal_export(Journal *j, LineVisit *visit, void *self, Error *err) MUST_CHECK;
/* Makes a new store of what journal_export told, and verifies it. next: the next line, borrowed until the one after
 * it; ST_END. A wrong line is ST_DATA and named. The store is whole or not there. */
typedef Status LineNext(void *self, const char **line, size_t *n, Error *err);
Status journal_import(const char *path, LineNext *next, void *self, VerifyReport *report, Error *err) MUST_CHECK;

#endif
