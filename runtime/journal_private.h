/* journal_private.h -- what the journal's parts share.
 *
 * journal.c writes advances (what rows follow from one: journal_columns.c; its
 * events become links: journal_chain.c, and are listed: journal_traces.c), journal_own.c the store's own history,
 * journal_beside.c what stands beside both, journal_claims.c who runs what; journal_read.c and journal_work.c read,
 * journal_verify.c mistrusts, journal_copy.c copies, exports and imports, journal_open.c and
 * journal_schema.c open and make stores, journal_sql.c runs statements and
 * transactions, journal_turn.c lets writers take turns, journal_archive.c
 * moves what has ended to a file of its own.
 */
#ifndef OPS_RUNTIME_JOURNAL_PRIVATE_H
#define OPS_RUNTIME_JOURNAL_PRIVATE_H

#include "base/map.h"
#include "runtime/journal.h"

#include <sqlite3.h>

enum {
    SHARDS = 64,
    JOURNAL_APPLICATION = 0x4f70734a,  /* "OpsJ", at byte 68 of the file */
    ARCHIVE_APPLICATION = 0x4f707341,  /* "OpsA" */
    JOURNAL_VERSION = 8,               /* of the schema, at byte 60 */
    ARCHIVE_VERSION = 2,
    BUSY_MS = 10000,                   /* how long one waits for another program's lock */
    FIRST_ROOM = 4096,                 /* bytes of events before a case's first snapshot */
    OWN = 0                            /* the number under which the store's own history is kept; no case has it */
};

typedef enum SqlId {
#define SQL(NAME, text) SQL_##NAME,
#include "runtime/journal_sql.def"
#undef SQL
    SQL_COUNT
} SqlId;

typedef enum Counter { COUNTER_CASE, COUNTER_MESSAGE, COUNTER_TASK, COUNTER_COUNT } Counter;

typedef struct Head {                  /* the last link of a shard's chain */
    bool known, moved;                 /* moved: the table does not say so yet */
    int64_t pos;                       /* 0: the chain is empty, and hash all zeros */
    uint8_t hash[SHA256_BYTES];
} Head;

typedef struct KnownFlow {
    uint8_t hash[SHA256_BYTES];
    const IrFlow *flow;                /* NULL: stored, not read yet */
} KnownFlow;

struct Journal {
    sqlite3 *db;
    char *path;                        /* as given */
    char *file;                        /* the real one; NULL in memory */
    JournalMode mode;
    int turn;                          /* descriptor of the writers' lock; -1: none */
    bool writing;                      /* inside a transaction that writes */
    bool relaxed;                      /* ... one that need not wait for the disk */
    uint32_t reading;                  /* nested reads that share a snapshot */
    bool damaged;                      /* SQLite met damage in the file */
    bool verifiable;                   /* `ops verify` would tell more of it: it is open, and nobody verifies it now */
    bool frozen;                       /* on a medium where nothing can be written */
    size_t replayed;                   /* bytes of events that were read */
    bool archive;                      /* the archive's tables can be asked too */
    sqlite3_stmt *statements[SQL_COUNT];   /* NULL: not prepared, or in use */
    Arena *arena;                      /* flows */
    VEC(KnownFlow) flows;
    int64_t version_written;           /* SQLite's data_version at our last writing */
    int64_t version_seen;              /* ... and at the last journal_changed */
    Head heads[SHARDS];
    int64_t own_seq;                   /* of the last event of the store's own history; -1: not known */
    bool counters_known;
    int64_t counters[COUNTER_COUNT], stored[COUNTER_COUNT];
    Buf bytes;
    Instant (*now)(void *self);        /* NULL: the machine's clock */
    void *now_self;
};

/* ---- statements (journal_sql.c) ---------------------------------------------------- */

typedef enum BindKind { BIND_NULL, BIND_INT, BIND_TEXT, BIND_BLOB } BindKind;
typedef struct Bind { BindKind kind; int64_t i; const void *p; size_t n; } Bind;

Bind bind_int(int64_t n);
Bind bind_id(uint64_t n);
Bind bind_instant(Instant t);                          /* INSTANT_NEVER is NULL */
Bind bind_text(const char *text);                      /* NULL is NULL */
Bind bind_text_n(const char *text, size_t n);
Bind bind_blob(const void *p, size_t n);
/* Two arguments: the values, and how many. */
#define BINDS(...) (const Bind[]){__VA_ARGS__}, sizeof((const Bind[]){__VA_ARGS__}) / sizeof(Bind)
/* Two values each: the shard, and what it is the hash of. */
#define KEY_OF_CASE(id) bind_int(shard_of_case(id)), bind_id(id)
#define KEY_OF_TEXT(text) bind_int(shard_of_text(text)), bind_text(text)
#define KEY_OF_HASH(hash) bind_int(shard_of_hash(hash)), bind_blob(hash, SHA256_BYTES)

/* A prepared statement with its values. Kept from call to call; one that is in use meanwhile
 * (a visit that asks the same) is prepared a second time. */
Status sql_open(Journal *j, SqlId id, const Bind *binds, size_t n, sqlite3_stmt **out, Error *err) MUST_CHECK;
/* ST_OK: a row; ST_END: none left. */
Status sql_next(Journal *j, sqlite3_stmt *s, Error *err) MUST_CHECK;
void sql_close(Journal *j, SqlId id, sqlite3_stmt *s);                  /* NULL is fine */
Status sql_run(Journal *j, SqlId id, const Bind *binds, size_t n, Error *err) MUST_CHECK;
Status sql_script(Journal *j, const char *text, Error *err) MUST_CHECK;
/* Of a statement with a second text: the one to ask, as things are now. Close it by the same. */
SqlId sql_both(const Journal *j, SqlId id);
/* The first column of the first row; ST_END where there is none. NULL counts as `otherwise`. */
Status sql_int(Journal *j, SqlId id, const Bind *binds, size_t n, int64_t otherwise, int64_t *out,
               Error *err) MUST_CHECK;

const char *col_text(sqlite3_stmt *s, int column);                      /* NULL where NULL */
const char *col_name(sqlite3_stmt *s, int column);                      /* "" where NULL */
Instant col_instant(sqlite3_stmt *s, int column);                       /* INSTANT_NEVER where NULL */
bool col_hash(sqlite3_stmt *s, int column, uint8_t out[SHA256_BYTES]);  /* false: not as long as a hash */

/* Opens a database as sqlite3_open_v2 does, which says what flags are, and what is to be closed where it fails. A
 * signal that interrupts a call of the system costs it nothing. (journal_open.c) */
int sql_connect(const char *name, int flags, sqlite3 **out);

/* What SQLite just said, as a Status and a sentence for people. */
Status sql_fail(Journal *j, int rc, Error *err);
Status sql_damaged(Journal *j, Error *err, const char *format, ...) PRINTF_LIKE(3, 4);

/* A transaction that writes: takes the writers' turn; what other processes wrote is seen inside.
 * Relaxed ones may be undone by a power loss, but never reordered behind later ones. */
Status write_begin(Journal *j, bool relaxed, Error *err) MUST_CHECK;
/* Commits when st is ST_OK, else rolls back; hands st on, or what became of the commit. */
Status write_end(Journal *j, Status st, Error *err) MUST_CHECK;
/* Reads between these see one snapshot. They nest; writing between them is a mistake of ours. */
Status read_begin(Journal *j, Error *err) MUST_CHECK;
void read_end(Journal *j);

Instant journal_now(const Journal *j);                                  /* what `recorded` is to say */
Status counters_load(Journal *j, Error *err) MUST_CHECK;
Status counters_save(Journal *j, Error *err) MUST_CHECK;
Status heads_save(Journal *j, Error *err) MUST_CHECK;                   /* (journal_chain.c) */

/* ---- links (journal_chain.c) ---------------------------------------------------------- */

/* Adds the event to its shard's chain; flow NULL: it is the store's own. *n: how many bytes that took. */
Status event_keep(Journal *j, const Event *e, const IrFlow *flow, size_t *n, Error *err) MUST_CHECK;

/* ---- which events a case has (journal_traces.c) ---------------------------------------- */

/* Lists the event that was just added, inside the same transaction. */
Status trace_keep(Journal *j, const Event *e, Error *err) MUST_CHECK;
/* Lists all events of a store or a copy of one anew; two that claim one place are left to verify. Returns what SQLite
 * says. */
int traces_anew(sqlite3 *db);

/* ---- the store's own history (journal_own.c), inside a transaction that writes ---------- */

Status own_keep(Journal *j, Event *e, Error *err) MUST_CHECK;           /* fills case, seq, recorded */
Status note_keep(Journal *j, const char *key, const char *value, Error *err) MUST_CHECK;
/* As if it had happened then. */
Status note_keep_at(Journal *j, Instant at, const char *key, const char *value, Error *err) MUST_CHECK;
Status ran_keep(Journal *j, const char *schedule, Instant at, Error *err) MUST_CHECK;
Status signal_keep(Journal *j, Message *m, Error *err) MUST_CHECK;      /* fills from_seq */
/* A list of lines with one more: what SAID does to its note. kept: NULL where there is none yet. */
void said_append(Buf *out, const char *kept, const char *line);
/* What stood beside the history of a store of an older version becomes part of it. */
Status own_begin(Journal *j, int64_t version, Error *err) MUST_CHECK;
/* SHA-256 over the rows of what began the cases up to this one, as far as no event tells of them: told has the others
 * (origin_name); NULL: there are none. */
Status origins_hash(Journal *j, int64_t last_case, const Map *told, char hex[65], Error *err) MUST_CHECK;
/* What tells a row of causes (process NULL) or taken from all others. */
const char *origin_name(Arena *a, const char *process, const char *key);

/* In the first event of a case, or in NOTED: the key of what began it; the row of a file that did, as a list of
 * texts. */
#define ORIGIN_CAUSE "$cause"
#define ORIGIN_ROW "$row"
enum { ROW_KEY, ROW_CONTENT, ROW_FILE, ROW_LINE, ROW_PARTS };

/* ---- the archive (journal_archive.c) ----------------------------------------------------- */

/* Attaches it where there is one, so that statements with a second text see it. */
Status archive_find(Journal *j, Error *err) MUST_CHECK;
/* An error where there is one, of a store that is to be made: it belongs to another, which was lost. */
Status archive_alone(Journal *j, Error *err) MUST_CHECK;
/* Is there none where one must be? */
Status archive_missed(Journal *j, bool *missed, Error *err) MUST_CHECK;
/* ... then that is an error: beside one that was taken away another would be lost when it comes back, and a copy would
 * be half a store. */
Status archive_is_not_missed(Journal *j, Error *err) MUST_CHECK;
/* ... where events of this case are not in the store itself. */
Status archive_find_for(Journal *j, uint64_t id, Error *err) MUST_CHECK;
/* Attaches it, and makes it where there is none. Only outside of transactions. */
Status archive_make(Journal *j, Error *err) MUST_CHECK;
/* Puts what the attached archive holds into a copy of the store, as far as the store knows of it. */
Status archive_put_back(Journal *j, const char *copy, Error *err) MUST_CHECK;
/* Makes a whole archive at file, or nothing, as schema_create does a store. */
Status schema_create_archive(Journal *j, const char *file, Error *err) MUST_CHECK;
/* The name by which SQLite opens a file that nobody writes. */
void name_frozen(Buf *uri, const char *file);

/* ---- turns (journal_turn.c) ---------------------------------------------------------- */

Status turn_open(const char *file, int *turn, Error *err) MUST_CHECK;   /* file: the store's */
Status turn_take(int turn, Error *err) MUST_CHECK;
void turn_end(int turn);

/* ---- journal_kept.c: before a store in memory is opened ---- */
void keep_memory(void);

/* ---- stores (journal_schema.c) --------------------------------------------------------- */

/* Makes a whole store at file, or nothing. An empty file is replaced, any other is left. The
 * caller has the turn. */
Status schema_create(Journal *j, const char *file, Error *err) MUST_CHECK;
/* A store is made beside its name and then renamed. begin: an empty file of that name, what one who died left
 * is cleared away; path is for messages. end: where st is ST_OK the draft gets its name, unless something is
 * there (over_empty: but an empty file); it is gone from its own afterwards. Hands st on. */
Status draft_begin(const char *draft, const char *path, Error *err) MUST_CHECK;
Status draft_end(const char *draft, const char *file, bool over_empty, Status st, Error *err) MUST_CHECK;
Status schema_apply(Journal *j, Error *err) MUST_CHECK;                 /* to j->db, which is empty */
Status schema_version(Journal *j, int64_t *out, Error *err) MUST_CHECK;
/* Brings a store of an older version up to this one, whole or not at all. */
Status schema_migrate(Journal *j, Error *err) MUST_CHECK;
/* ... an archive of an older version that is attached nowhere. */
Status schema_migrate_archive(Journal *j, const char *file, Error *err) MUST_CHECK;

/* ---- what rows follow from a case (journal_columns.c) ------------------------------------ */

int64_t shard_of_case(uint64_t id);
int64_t shard_of_text(const char *key);
int64_t shard_of_hash(const uint8_t hash[SHA256_BYTES]);

int64_t shard_of_message(const Message *m);
void message_write(Buf *b, const Datum *values, uint32_t n);           /* what its column data holds */

typedef struct CaseColumns {
    uint8_t status;
    bool late, todo;
    uint32_t incidents;
    Instant started, ended, deadline;
} CaseColumns;
CaseColumns columns_of(const Case *c);
/* Does an act in this state wait for somebody or something? Those have a row of work. */
bool state_waits(uint8_t state);
/* Has an act in this state a row of work? */
bool act_listed(uint8_t state, bool of_lock);
/* The row of work of an open act, without its number, and when it is due (INSTANT_NEVER: not at all); false when
 * nobody and nothing is waited for. */
bool work_of(const Case *c, const Act *a, WorkRow *out, Instant *due);

/* ---- reading ----------------------------------------------------------------------------- */

typedef struct EventRow {              /* as stored */
    int64_t shard, pos;
    uint64_t case_id;
    int64_t seq;
    Instant at, recorded;
    int64_t kind;
    const uint8_t *hash; int hash_n;
    const char *bytes; size_t n;
} EventRow;
EventRow event_row(sqlite3_stmt *s);   /* of one that selects EVENT_COLUMNS; borrowed until its next step */
/* Reads an event of a case whose flow is *flow up to then, and becomes another where the event moves the case. */
Status event_of_row(Journal *j, const EventRow *r, const IrFlow **flow, Arena *a, Event *out, Error *err) MUST_CHECK;
/* *flow is that which a case has now (or the column tells); then it is that with which it began. */
Status flow_at_first(Journal *j, uint64_t id, const IrFlow **flow, Error *err) MUST_CHECK;

/* A row that selects MESSAGE_COLUMNS: its values lie in the arena, its texts are borrowed until the next step. */
Status message_row(Journal *j, sqlite3_stmt *s, Arena *a, Message *out, Error *err) MUST_CHECK;

#define EVENT_COLUMNS "shard, pos, case_id, seq, at, recorded, kind, hash, bytes"
#define LINK_COLUMNS EVENT_COLUMNS ", n"       /* with its place among all */
#define WORK_COLUMNS "number, case_id, act, state, process, key, step, event, since, deadline, lock"
WorkRow work_row(sqlite3_stmt *s);     /* of one that selects WORK_COLUMNS */

#endif
