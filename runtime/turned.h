/* turned.h -- a world that is turned by hand: its own time, answers for commands, rows for tables.
 *
 * The live world's turns over a journal in memory, with nothing behind them: no
 * clock is read, no command begins, no file is opened. Time stands still until
 * somebody lets it go on; then timers, deadlines and schedules happen in order,
 * each at its own moment. The same doings give the same history.
 *
 * One object serves many worlds, one after the other: each begins empty.
 */
#ifndef OPS_RUNTIME_TURNED_H
#define OPS_RUNTIME_TURNED_H

#include "runtime/live.h"

typedef struct Turned Turned;

/* Of the options, those of metrics and of stopping hold. */
Status turned_new(const IrProgram *p, const LiveOptions *options, Turned **out, Error *err) MUST_CHECK;
void turned_free(Turned *t);                       /* NULL is fine */

/* A new world: no cases, no answers, no rows; the time is a Monday morning in March (TURNED_DAY at nine) by the
 * program's only calendar, else in UTC. */
Status turned_begin(Turned *t, Error *err) MUST_CHECK;
#define TURNED_DAY 20514                           /* 2026-03-02, as dates are counted */

Live *turned_live(const Turned *t);
Journal *turned_journal(const Turned *t);
Instant turned_now(const Turned *t);
/* Time goes on to a moment. As long as nothing has begun it may be any, also an earlier one; from then on ST_REFUSED
 * when it lies behind; ST_FAILED when TURNED_MOMENTS at which something happens lie ahead of it: then it has gone on
 * as far as that. */
#define TURNED_MOMENTS 50000
/* So many turns of cases at one moment; beyond them ST_FAILED, and the report says `endless`. */
#define TURNED_TURNS 50000
Status turned_go_on(Turned *t, Instant to, LiveReport *report, Error *err) MUST_CHECK;
/* Something is about to begin: from here on schedules count, and time only goes on. */
Status turned_in_motion(Turned *t, Error *err) MUST_CHECK;

/* Commands whose first word this is, or that begin with it where it has a blank: they exit so, having printed that.
 * mail: mails of this file.
 * The newest answer that matches is given. */
void turned_answer(Turned *t, bool mail, const char *command, const char *prints, int status);
/* Requests that begin so, like "GET https://api.example.com/v1": they are answered with that status and body. 0: no
 * answer comes. The newest that matches is given. */
void turned_http(Turned *t, const char *request, int status, const char *body);
/* A file, by its path from the main file's folder, holds this; NULL: it is not there. */
void turned_file(Turned *t, const char *path, const char *text);
Status turned_rows(Turned *t, const char *table, const Value *rows, Error *err) MUST_CHECK;
/* The first command, mail, file or request that nothing answered since the last call, as it would have run, and its
 * step; NULL: none. what: of what kind, as behind `given`. */
const char *turned_unanswered(Turned *t, const char **step, const char **what);

#endif
