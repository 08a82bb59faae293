/* session.h -- what a command works on: a program, its store, and the world.
 *
 * Opened in the one order that is safe: the program is checked, the processes
 * that run commands and Lua are started, then the store is opened.
 */
#ifndef OPS_CLI_SESSION_H
#define OPS_CLI_SESSION_H

#include "analysis/query.h"
#include "cli/args.h"
#include "lang/check.h"
#include "runtime/absence.h"
#include "runtime/live.h"

typedef enum SessionNeeds {
    SESSION_PROGRAM = 1,               /* a checked .ops file */
    SESSION_STORE = 2,                 /* its store, to read (alone: no file needs to be right); missing: an error
                                          that says how to make one */
    SESSION_WRITE = 4,                 /* ... to write; alone: made where missing */
    SESSION_LIVE = 8,                  /* and the live world */
    SESSION_STORE_MAYBE = 16,          /* read it if it is there (journal stays NULL else) */
    SESSION_BEGIN = 32                 /* begins cases, or puts them in force: a file of drafts alone has none */
} SessionNeeds;

typedef struct Rights Rights;

typedef struct Session {
    Arena *arena;
    const Args *args;
    Compilation *compilation;
    const IrProgram *program;          /* with those away of whom people said so, where there is a store */
    Journal *journal;
    Exec *exec;
    Script *script;                    /* the process that runs Lua; NULL: neither the file nor a kept flow has any */
    Live *live;
    uint64_t before;                   /* with .live: the number of the last event when it was opened */
    Query *query;                      /* for metrics inside expressions */
    const char *login;                 /* the operating system's */
    const char *person;                /* who that is in the program */
    const Rights *rights;              /* as whom they may act: see people.c; NULL: not asked yet */
    const Manner *manner;              /* how values are written for this person */
    LiveReport report;
} Session;

/* On trouble: prints what is wrong (messages, or err's sentence) on standard error and returns the exit code
 * in *code, with the session closed. */
bool session_open(Session *s, Args *args, unsigned needs, int *code);
void session_close(Session *s);
/* The .ops file: the one named, else $OPS_FILE, else the only one in this folder. */
Status session_file(const Args *args, const char **file, Error *err) MUST_CHECK;
/* The same for those who can do without: NULL where there is none, or several. */
const char *session_usual_file(const Args *args);
/* Prints the error as `ops: ...` and returns its exit code. */
int session_fail(Session *s, Status st, const Error *err);

/* The operating system's name of who runs this; and whose login it is: without a word of that, the login's own
 * name, unless that name's owner has another login. */
const char *session_login(Arena *a);
const char *session_owner(Arena *a, const IrProgram *program, const char *login);
/* name=value words as data of texts. */
Datum *session_data(const Session *s, uint32_t *n);
/* The case that a word names: a number. */
Status session_case(Session *s, const char *word, Case **out, Error *err) MUST_CHECK;

/* The case of a row of work, borrowed until the next row's: rows of one case come together, and one case may have
 * thousands, so it is read once. Free it behind the last row with case_free(kept.of). */
typedef struct KeptCase { Case *of; } KeptCase;
Status session_kept(Session *s, KeptCase *kept, uint64_t id, const Case **out, Error *err) MUST_CHECK;

/* Whose clock moments are shown by: of the step's role, else of the process, else of the file (each may be NULL).
 * NULL: nobody's, so in UTC, and said so. */
const Zone *session_zone(const Session *s, const char *process, const char *step);
/* "2026-10-01 09:30" by that clock; "" for none. Lies in the arena. */
const char *session_when(const Session *s, const Zone *zone, Instant t);
const char *session_measured(const Session *s, int64_t micros);   /* "1 d 2 h", of a span that was measured */
bool terminal_colour(const Args *args);
size_t terminal_width(void);           /* 0 where it is no terminal */
/* Waits until a file can be read; false when a signal asked to stop, before or meanwhile. */
bool await_input(int fd);
/* Asks on standard error, for results alone go to standard output. A line without its end; NULL at the end of the
 * input, and when a signal asked to stop. */
const char *ask_line(Arena *a, const char *question);
/* Is there a person at standard input to ask? */
bool can_ask(const Args *args);
/* Writes to standard output. Whether it could, is seen to at the end (main.c). */
void say(const Buf *b);
/* Is all that was said written? What nobody can have read is told again. */
bool was_said(void);
/* The same for people, without colours: what acts on a terminal, as data may hold it, is shown instead. */
void say_text(const Buf *b);

/* The people who may, by the newest roles: "ann, bob"; "" where nobody may. */
const char *session_people(Session *s, const Value *who);
/* The same for people to read: it says so where nobody may. */
const char *session_who(Session *s, const Value *who);
/* What a run did, as JSON, with lines of its notes. told: of tick, what it would have told people; NULL: none. */
void report_json(const LiveReport *r, const char *notes, Buf *b, const char *told);
/* What a step's name and --element mean in this case; step: NULL: none is named. Borrowed of the session. */
Which session_which(const Session *s, const Case *c, const char *step);
/* 1 where what was done led to an incident, a failed case or a step that came back, else 0. */
int session_code(const Session *s);
/* The incidents that came of it, with the commands by which one goes on; not those of one case (0: of any). */
Status session_incidents(Session *s, uint64_t but, Buf *b, Error *err) MUST_CHECK;
/* After something was done to a case: how it stands, what comes next, what went wrong (or JSON). Closes
 * the session; returns the exit code. */
int session_tell(Session *s, uint64_t case_id, const char *what);
/* The same with more to tell: lines behind it or, as JSON, members of its object. */
int session_tell_more(Session *s, uint64_t case_id, const char *what, const char *more);
/* Which running cases go on with another version than the file's, and whether they could move (cmd_move.c). */
int versions_show(Session *s);
/* As compile_file; a signal meanwhile ends ops. */
Compilation *session_compile(const char *file, Error *err);
/* Adds what is wrong with its Lua, which the compiler does not read. */
void session_check_lua(Compilation *c);
/* Is there one of this name (NULL: none is asked for)? If not, the nearest is suggested. */
Status find_process(Arena *a, const IrProgram *p, const char *name, Error *err) MUST_CHECK;
Status find_event(Arena *a, const IrProgram *p, const char *name, Error *err) MUST_CHECK;
Status find_test(Arena *a, const IrProgram *p, const char *name, Error *err) MUST_CHECK;
Status find_audit(Arena *a, const IrProgram *p, const char *name, Error *err) MUST_CHECK;

extern volatile sig_atomic_t stop_asked;

#endif
