/* news.h -- what went wrong since it was last told, whoever met it first.
 *
 * A tick tells what went wrong in it, and also what `ops run`, `ops done` or a
 * tick that was killed met before. So it is found in the history, behind the
 * event up to which all was told: that costs what is new, not what is open.
 *
 * That event's number is kept beside the cases. It is moved on only when
 * something was told, or when there came so many events since that they would
 * cost more to go through again: a tick that finds nothing writes nothing. It
 * is moved on behind the telling, so what a crash comes between is told twice.
 *
 * A run notes, too, what is so until somebody mends it: a process that is gone
 * and wanted, a file that cannot be read. Such a line is told when the last tick
 * had none like it. What happened in a run whose report could not be written is
 * kept for the next one's.
 */
#ifndef OPS_CLI_NEWS_H
#define OPS_CLI_NEWS_H

#include "analysis/propose.h"
#include "cli/session.h"

typedef struct Happened {
    uint16_t kind;                     /* EV_ENDED (failed), EV_OFFERED (came back), EV_REMINDED, EV_ESCALATED */
    uint64_t case_id; uint32_t act;    /* act 0: the case itself */
    int64_t n;                         /* which reminder */
    bool wider;                        /* more people may do it now */
} Happened;

typedef struct News {
    Arena *arena;
    bool first;                        /* nothing was ever told of this store: all that is open is new */
    uint64_t behind, last;             /* what was told before; what there is now */
    Map *incidents;                    /* by news_name */
    VEC(Happened) nudges, returned, failed;
    bool rows;                         /* were some set aside ... */
    Instant rows_from;                 /* ... not before this moment? */
    const char *answers;               /* but not of this file, whose rows the run's notes tell; or NULL */
    bool noted;                        /* was it read what this run notes? Then these are set, lines each: */
    const char *unsaid, *stood;        /* what earlier ticks of this file could not tell; what stood at the last one */
    const char *happened, *stands;     /* what is to be kept instead of the one, if it is not told; of the other */
} News;

/* begun: the last event before this tick. What is told of a store for the first time is what is open, and what came
 * since. Fills the news of its arena. */
Status news_read(Journal *j, uint64_t begun, News *news, Error *err) MUST_CHECK;
/* The same of what came behind that event, whatever was told. */
Status news_since(Journal *j, uint64_t behind, News *news, Error *err) MUST_CHECK;
/* Adds all of it for people: each incident, case, step and row by itself, as far as there are not too many; whose it
 * is, since when, and the commands, of this place, by which one goes on. And the notes of a run. */
Status news_tell(Session *s, const Where *where, const News *news, Buf *out, Error *err) MUST_CHECK;
void news_tell_notes(const Session *s, const Where *where, const char *notes, Buf *out);
/* Is the incident at this act new? */
bool news_incident(const News *news, uint64_t case_id, uint32_t act);
/* Adds to out those of a run's notes that are to be told, and what was left unsaid before. Fills the news. */
Status news_notes(Journal *j, const Live *l, const LiveReport *r, News *news, Buf *out, Error *err) MUST_CHECK;
/* They were told, or could not be. */
Status news_notes_told(Journal *j, const Live *l, const News *news, bool told, Error *err) MUST_CHECK;
/* All of it was told, or (told false) nothing of it had to be. */
Status news_remember(Journal *j, const News *news, bool told, Error *err) MUST_CHECK;

#endif
