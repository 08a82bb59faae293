/* diag.h -- places in the author's text, and what is wrong there.
 *
 * All sources of one compilation share one space of offsets, so a Span is
 * eight bytes. Messages are collected, sorted by place and shown together;
 * one mistake, one message. Codes live in diag.def and never change meaning.
 */
#ifndef OPS_BASE_DIAG_H
#define OPS_BASE_DIAG_H

#include "base/text.h"

typedef struct Span {
    uint32_t from, to;         /* offsets in the common space; to is behind the last byte */
} Span;

typedef struct Sources Sources;

typedef struct Place {         /* a Span, for people: counted from 1; columns count code points */
    const char *file;
    uint32_t line, column, end_line, end_column;
    const char *line_text;     /* of the first line; line_n bytes */
    uint32_t line_n;
} Place;

Sources *sources_new(Arena *a);
/* Adds a text (borrowed); returns the offset of its first byte. Name as messages show it. */
uint32_t sources_add(Sources *s, const char *name, const char *text, size_t n);
Place sources_place(const Sources *s, Span at);
const char *sources_text(const Sources *s, uint32_t offset);   /* the byte at the offset */
uint32_t sources_count(const Sources *s);
const char *sources_name(const Sources *s, uint32_t i);

typedef enum Severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE } Severity;

typedef enum DiagCode {
#define DIAG(code, severity, title, meaning, wrong, right) DIAG_##code,
#include "base/diag.def"
#undef DIAG
    DIAG_COUNT
} DiagCode;

typedef struct Diag {
    DiagCode code;
    Severity severity;
    Span at;
    const char *message;       /* one sentence part, lower case, no full stop */
    const char *hint;          /* NULL, or what to do */
    const char *const *suggestions;   /* words to write instead */
    uint32_t suggestions_n;
    Span related;              /* {0,0}, or a place the hint speaks of */
    const Span *also;          /* where the same is missing or wrong again; also_n places */
    uint32_t also_n;
    bool used_there;           /* there the name is used that was to be declared here */
    const char *missing;       /* NULL, or a name that is not known, while the one suggested is the author's own */
    const char *reason;        /* NULL, or why it is accepted */
    const struct Heir *heir;   /* NULL, or for whom text that stands elsewhere was read */
} Diag;

/* A declaration that takes over text which stands elsewhere: what is wrong with that text only there is told at the
 * text, and says who inherits it. */
typedef struct Heir {
    const char *text;          /* "process B like A" */
    Span at;                   /* where that stands */
    Span own;                  /* all that is written there itself */
    const struct Heir *around; /* the heir in which it stands, or NULL */
    const Span *told; uint32_t told_n;   /* inherited places whose trouble is told elsewhere already */
} Heir;

typedef struct Diags Diags;

Diags *diags_new(Arena *a, Sources *sources);
Sources *diags_sources(const Diags *d);
/* Adds a message; returns it so that a hint or suggestions may be set. The same code at the
 * same place is kept once. Returns a discarded scratch Diag then, never NULL. */
Diag *diag_add(Diags *d, DiagCode code, Span at, const char *format, ...) PRINTF_LIKE(4, 5);
/* The same, for what is told once of each `about`: a name that is missing in many places is one mistake.
 * Further places become those where it is missing `also`. */
Diag *diag_once(Diags *d, const void *about, DiagCode code, Span at, const char *format, ...) PRINTF_LIKE(5, 6);
/* The same for a name that is missing, whatever each place wanted it to be: a step that a rule does not find is not
 * found by an expression either. */
Diag *diag_missing(Diags *d, const void *about, const char *name, DiagCode code, Span at, const char *format, ...)
    PRINTF_LIKE(6, 7);
/* The same for a value that does not fit, called `name` as it is written: if it is of another type wherever it is used,
 * its declaration is wrong, once. */
Diag *diag_misfit(Diags *d, const void *about, const char *name, DiagCode code, Span at, const char *format, ...)
    PRINTF_LIKE(6, 7);
/* The message, just added, tells of this name as well: whoever misses it follows from it. */
void diag_missing_too(Diags *d, const Diag *m, const void *about, const char *name);
/* In the same line something else of the same kind is missing, nothing is near it, and it was declared ({0}: nowhere)
 * in one line with the other: one line is wrong, no two mistakes were made. The message last told of what is missing
 * there speaks of both; false where there is none. */
bool diag_missing_beside(Diags *d, const void *about, const char *name, DiagCode code, Span at, Span declared);
/* A message that is told to nobody. */
Diag *diag_silent(Diags *d, DiagCode code, Span at);
void diag_hint(Diags *d, Diag *m, const char *format, ...) PRINTF_LIKE(3, 4);
/* "did you mean ...?": the nearest of the candidates, if one is near. True when one was. */
bool diag_nearest(Diags *d, Diag *m, const char *word, const char *const *candidates, size_t n);
/* The same where the candidates are names that the author gave. If what stands there is used, and the near name never
 * again, the near one is misspelt where it is declared: there it is told. */
bool diag_nearest_name(Diags *d, Diag *m, const char *word, const char *const *candidates, size_t n);
/* False when so many names were compared that no more are: listing them is of no use. */
bool diags_compares(const Diags *d);
/* "did you mean ...?": this one, however far it is. */
void diag_suggest(Diags *d, Diag *m, const char *word);
/* Messages that begin in this range follow from one told already: none is added from now on. */
void diags_mute(Diags *d, Span at);
bool diags_muted(const Diags *d, uint32_t from);
void diags_unmute(Diags *d);
/* This statement is read with a word that was guessed, as was told at its first byte. If more than one thing is wrong
 * in it even so, the guess was: that is not told. */
void diags_guessed(Diags *d, Span statement);
/* In this range something is wrong that was to declare a thing (or, if not, a value): that a name of it is not known
 * then follows. */
void diags_damaged(Diags *d, Span at, bool thing);
bool diags_lost_thing(Diags *d, const char *name);
bool diags_lost_value(Diags *d, const char *name);   /* a variable, field or step */
/* Something was not understood, and nothing told of it, as it follows from what was told: so many times until now. */
void diags_follows(Diags *d);
uint32_t diags_followed(const Diags *d);
/* Does `word name` stand somewhere in a text that could not be read whole? Then it is declared, though not known: the
 * block around it ended too early, or was skipped. */
bool diags_unread(Diags *d, const char *word, const char *name);
/* Was it told that this name is missing? */
bool diags_told_missing(const Diags *d, const void *about, const char *name);
/* From now on text is read for this heir (NULL: for itself); returns the one before. */
const Heir *diags_heir(Diags *d, const Heir *heir);
/* The heir for whom this place is read now, though it stands elsewhere; NULL: it is nobody's but its own. */
const Heir *diags_inherits(const Diags *d, Span at);
/* Takes back the messages that were added as those from..to. */
void diags_take_back(Diags *d, uint32_t from, uint32_t to);
/* Takes back those that begin in this range. */
void diags_take_back_in(Diags *d, Span at);
/* Does the message that was added last stand at this byte? */
bool diags_just_told(const Diags *d, uint32_t from);
/* Does a message begin in this range? */
bool diags_told_in(const Diags *d, Span at);
/* Takes back all of this code. */
void diags_take_back_all(Diags *d, DiagCode code);
/* Takes back those of this code that rest on another place: what stands there is wrong. */
void diags_take_back_following(Diags *d, DiagCode code);
/* Takes back the one of this code at this place, if there is one: another says more. */
void diags_take_back_at(Diags *d, DiagCode code, Span at);
/* All as it is now, to go back to: a text is read anew in another way. What is told in between is forgotten. */
Diags *diags_copy(const Diags *d);
void diags_restore(Diags *d, const Diags *copy);
uint32_t diags_errors(const Diags *d);
bool diags_misread(const Diags *d);                        /* something could not be read as it stands */
uint32_t diags_count(const Diags *d);
/* A limit was passed, as this message says: none is added behind it. */
void diags_stop(Diags *d, const Diag *why);
/* Is none added any more, because of a limit, or of too many errors? Then looking for others is of no use. */
bool diags_full(const Diags *d);
/* Sorted by place; i counts from 0. */
const Diag *diags_get(Diags *d, uint32_t i);

/* A finding that the author knows of and lets stand: `# accept W0314: the till sends none`, written at `at`, for
 * what is found in the line `over`. Reason NULL: it gave none, which was told. */
void diag_accept(Diags *d, DiagCode code, Span at, Span over, const char *reason);
/* When all was looked at: a name that is missing everywhere is told where it is misspelt; warnings and notes that are
 * accepted are taken out, and acceptances of nothing told
 * where there is no error. */
void diags_settle(Diags *d);
/* Errors of this code in the same words, more of them than anyone makes one by one, follow from one place: they become
 * the first of them and where the same is wrong `also`. */
void diags_gather(Diags *d, DiagCode code);
/* Those that were taken out, by place. */
uint32_t diags_accepted(const Diags *d);
const Diag *diags_accepted_get(const Diags *d, uint32_t i);
/* What is at least so severe is an error from here on; of these codes only, where there are any. */
void diags_promote(Diags *d, Severity least, const DiagCode *only, uint32_t n);

const char *diag_code_name(DiagCode c);          /* "E0107" */
bool diag_code_find(const char *name, DiagCode *out);   /* "E0107" or "e107" */
typedef struct DiagInfo { const char *name; Severity severity; const char *title, *meaning, *wrong, *right; } DiagInfo;
const DiagInfo *diag_info(DiagCode c);

/* For people, on a terminal with colours or without:
 *
 *   leave.ops:7:24: error E0114: no role named "Manger"
 *       7 |     step Ask < who Manger >
 *         |                    ^^^^^^
 *       did you mean "Manager"? (leave.ops:2:6)
 *
 * at most `most` messages (0: all), then how many more. What cannot be read at more than five places in the
 * same words is shown once, with its other lines. */
void diags_print(Diags *d, Buf *out, bool colour, uint32_t most);
/* {"messages":[{code, severity, file, line, column, end_line, end_column, message, hint, suggestions}],
 *  "accepted":[the same, and reason]} */
void diags_json(Diags *d, Buf *out);

#endif
