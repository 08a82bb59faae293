/* expr.h -- one expression: typed and lowered in the same walk.
 *
 * The walk appends stack code to the context's unit and returns the type. On
 * a mistake it adds one message, returns the unknown type, and stays silent
 * about what follows from it; the code is then unusable, and nobody uses it.
 */
#ifndef OPS_LANG_EXPR_H
#define OPS_LANG_EXPR_H

#include "lang/prove.h"
#include "lang/symbols.h"

typedef struct Binding {           /* a variable in scope, or a field of one that a condition asked for */
    const char *name;
    const Type *type;
    uint32_t slot;
    bool set;                      /* surely set on every path to here; else reading it is a mistake */
    bool narrowed;                 /* known not to be none here (`if x is not none <`) */
    bool beside;                   /* may be set at any time (`on late`), so what was asked does not last */
    bool read;                     /* set by expr.c when it is read */
    bool excused;                  /* that it may be none was told where it was to be decided: not again */
    bool presumed;                 /* narrowed because what may have proven it was lost: nothing is known of it */
    bool elsewhere;                /* not set here, and another branch beside this one sets it */
    const char *apart;             /* the step that asked several people for it: there is no one value; or NULL */
    Span at;                       /* where it was declared */
    struct Binding *fields, *next; /* those of its fields that conditions asked for; the next one beside it */
} Binding;

typedef enum ExprPlace {
    EXPR_FLOW,                     /* in a process: SLOT, ATTR, STEP_ATTR, tables, metrics */
    EXPR_CASES,                    /* over finished cases of .process: CASE_VAR, ATTR, STEP_ATTR */
    EXPR_VALUES,                   /* metrics, goals, checks, the prompt: METRIC and AGGREGATE; no variables */
    EXPR_ROW                       /* a record's or event's own fields as SLOTs, nothing else of a case */
} ExprPlace;

/* A record that is being made because it is the first value of a field, and those around it. */
typedef struct Making {
    const Sym *record;
    const struct Making *around;
    uint32_t *made;                /* how many first values made a record in the whole expression */
} Making;

/* A value that each answer to a step has, and whether its variable had one before. */
typedef struct Answered { Binding *b; bool set; } Answered;

typedef struct Expr {
    Symbols *symbols;
    UnitBuilder *unit;
    ExprPlace place;
    const char *prefix;            /* of the module the text stands in */
    /* The variable of this name, or NULL. names/n of all that could be meant, for "did you mean". */
    Binding *(*find)(void *self, const char *name);
    uint32_t (*visible)(void *self, const char *const **names);
    /* The variable that a step above asks for or gives by this name, whoever can see it: behind a list, its answers
     * are those of all elements, which had it for their own. NULL: there is none. May be NULL. */
    Binding *(*answer)(void *self, const char *step, const char *name);
    /* Makes the binding of a field, among of->fields. NULL: what is known of fields is not kept. */
    Binding *(*field)(void *self, Binding *of, const char *name);
    /* What is known where the code from..to stands: fills vars and known, and the place of each. False:
     * nothing can be proved there. May be NULL. */
    bool (*knows)(void *self, Proving *p, uint32_t from, uint32_t to, const Span **places);
    void *self;
    Sym *process;                  /* FLOW, CASES: whose steps may be named; else NULL */
    const char *calendar;          /* the default calendar's name, or NULL; then business durations without
                                      one are a mistake, and so is `today` where the file has several */
    const Ast *lost;               /* the field last read of what may be none, unless it was asked for */
    VEC(uint32_t) metrics;         /* METRICs met, for goals and checks */
    const Making *making;          /* NULL: not inside a first value */
    const Answered *answered;      /* in a condition on a step's answers: what each of them says; else NULL */
    uint32_t answered_n;
    bool counting;                 /* in such a condition: it counts no other answers */
    VEC(Binding *) absent;         /* that may be none, as was told: one for each message; NULL: no variable or field */
    bool figures;                  /* CASES: metrics may be named, too, behind what the case has */
    bool unsure;                   /* a condition was wrong: what may be none is not known any more */
} Expr;

/* Lowers e and ends it with IR_END. want (may be NULL) is the type that should come out: a value that
 * does not fit is reported at e ("wanted money, found text"), and bare choice words, unbound
 * datetimes, and money without currency are read in its light. *type may be NULL. */
Code expr_lower(Expr *x, const Ast *e, const Type *want, const Type **type);
/* A condition. One that always comes out the same is told of (W0484), with what follows from that. */
Code expr_condition(Expr *x, const Ast *e, const char *if_yes, const char *if_no);
/* A date, a moment or a time of day, as the moment that is meant: a date's begin, or its end. In the
 * calendar that is named behind it (`09:00 in Office`), else the default one. */
Code expr_moment(Expr *x, const Ast *e, bool end);
/* A text or TEMPLATE for people, or (machine) for files and commands. */
Code expr_text(Expr *x, const Ast *e, bool machine);
/* A shell text: "${v}" and ${v} become "$1"...; quoting checked (E06xx inside single quotes). Adds
 * the arguments' codes to codes. Returns the text for sh -c. */
const char *expr_shell(Expr *x, const Ast *text, Arena *a, uint32_t *args_n, Code **args);
enum { WHO_MOST_PEOPLE = 9999 };   /* that a count can want */
/* A `who`: leaves the list of IR_ROLE & co. *role gets the first role named (its calendar and cost
 * hold for the step), or NULL. */
Code expr_who(Expr *x, const Ast *who, const char **role);
/* A literal or constant expression (dates, durations, numbers), folded; V_NONE with a message when it is not. */
Value expr_constant(Expr *x, const Ast *e, const Type *want);
/* Tells of known values (those with a text; of others nothing is known) which a condition or pattern of their own
 * field surely refuses. prefix: where the fields were declared. */
typedef struct FitValue { Value value; const Ast *text; } FitValue;
typedef struct Fitting {
    const char *prefix;
    const TypeField *fields; uint32_t n;
    const FitValue *values;
} Fitting;
void expr_fits(const Expr *x, const Fitting *f);
/* The constant that this ended code is, or NULL. */
const Value *expr_known_code(const Expr *x, Code code);
/* Narrowing: marks bindings that the condition proves not none (`a is not none and b.c > 3`) when it
 * holds (then = true) or fails. Calls narrow for each binding found: b.c, and b. */
void expr_narrow(Expr *x, const Ast *condition, bool holds, void (*narrow)(void *self, Binding *b), void *self);
/* `count(...)`, `share(... of P, window)` and sums of them, for metrics. Returns the type. */
Code expr_metric(Expr *x, const Ast *e, const Type **type);
bool expr_window(Expr *x, const Ast *window, IrWindow *out);

#endif
