/* lower_flow.h -- one process under construction. Private to lower_*.c. */
#ifndef OPS_LANG_LOWER_FLOW_H
#define OPS_LANG_LOWER_FLOW_H

#include "lang/lower.h"

/* What a condition, or a constant that was set, says of variables, until one of them changes. */
typedef struct Fact {
    Known known;
    Span at;
    bool dead;
} Fact;

typedef struct FactRef {
    Fact *fact;
    struct FactRef *next;
} FactRef;

typedef struct Var {
    Binding b;                     /* first: a Binding * of ours is a Var *; so are its fields */
    uint32_t scope;                /* 0, or the node that has it for itself: an EACH_PARALLEL, a branch */
    bool counts;                   /* asked, taken or given: of use without being read */
    bool element;                  /* of an `each`: another one may have it anew */
    bool gives, required;          /* a given one without a default: set when the process ends */
    uint32_t assigned_by, assigned_branch;   /* the last `parallel` (a number) and branch that set it ... */
    Span assigned_at;                        /* ... and where */
    uint32_t branch;               /* of the fork being left: collected already */
    uint32_t touched, sets, narrows;         /* counts while branches join */
    FactRef *facts;                /* that speak of it, the newest first */
} Var;

typedef struct Scope {
    Map *map;                      /* name -> Var */
    uint32_t node;                 /* 0 for the process itself */
    struct Scope *up;
} Scope;

/* Inside a branch of a `parallel`: what the other branches set is seen as it was before the fork. */
typedef struct Shadow {
    const Map *setters;            /* name -> in how many branches it is set */
    const Map *own;                /* the names that this branch sets itself */
    Map *made;                     /* name -> the Var that holds the value of before the fork */
    uint32_t node;                 /* the branch's */
    struct Shadow *up;
} Shadow;

/* Where a name is set, one place after the other. */
typedef struct Setting { Span at; const struct Setting *next; } Setting;

/* The branches of the innermost `parallel`, for a step in one of them that needs steps of others: lower_needs.c. */
typedef struct Siblings {
    const Ast *parallel, *branch;  /* branch: the one being made */
    const Shadow *shadow;          /* of that branch */
    Map *steps;                    /* name -> what is known of the step; NULL: nobody asked yet */
    Map *settings;                 /* name -> Setting, in all branches */
    bool asked;                    /* some step needs another */
} Siblings;

typedef struct Change { Var *var; bool set, narrowed; } Change;      /* what it was before */
typedef struct Touch { Var *var; bool set, narrowed; } Touch;        /* what it is at a branch's end */
typedef struct Assign { Var *var; Span at; } Assign;

typedef struct Needed { uint32_t at; const char *step; } Needed;     /* at: in f->needs */

enum { VARS_LOST = 0xffffff };         /* no process has so many variables: an operand has 24 bits */

struct Flow {
    Lower *l;
    Sym *process;
    UnitBuilder *unit;
    Expr x;
    const char *calendar;          /* the process's own */
    VEC(IrNode) nodes;
    VEC(IrStep) steps;
    VEC(IrVar) vars;
    ArgVec args;
    VEC(Code) codes;
    VEC(const char *const *) paths;
    VEC(uint32_t) needs;
    VEC(IrEnsure) ensures;
    VEC(Var *) variables;          /* by slot */
    VEC(Change) trail;
    VEC(Touch) touches;
    VEC(Assign) assigns;
    VEC(Fact *) facts;
    Scope *scope;
    Shadow *shadow;                /* of the innermost branch, or NULL */
    Siblings *siblings;            /* NULL: not in a branch of a `parallel`, or not surely once for it */
    Map *beside;                   /* names that are set when something is late: at any time. NULL: none */
    Map *settings;                 /* name -> Setting, in the whole process; made when it is asked for */
    bool has_deadline, has_owner;  /* the process */
    const Held *held;
    uint32_t anywhen;              /* loops, branches and handlers around here: what stands below may be done before */
    uint32_t bounded;              /* races around here that end without what is here */
    VEC(Needed) needed;            /* steps by name, until their numbers are known */
    bool ended;                    /* no path leads here: `stop` or `fail` was passed */
    uint32_t parent;               /* node */
    uint32_t branches, parallels;  /* numbers given out */
    uint32_t narrowed;             /* how many variables and fields are known not to be none here */
    uint32_t depth;
    Map *apart;                    /* "B\nA": who did A cannot have done B, which comes behind it; NULL: none yet */
    Map *was;                      /* earlier name of a step -> Ast; NULL: none yet */
    Map *done;                     /* step -> Var, set where the step has surely ended well */
    uint32_t counts[32];           /* nodes of each kind, for their names */
    bool outside, too_deep;
    bool needing;                  /* the step being made says `needs` */
    bool broken;                   /* a statement is missing here: not all that happens is known */
    bool below_bad;                /* the line above could not be read: it may have been this statement's own */
    bool lost;                     /* and none of its words either: any name may have come from it */
    Binding anything;              /* what a lost name stands for: of no type, in the slot VARS_LOST */
};

/* ---- lower_failing.c ----------------------------------------------------------------- */

/* Can one of these statements fail, but for their handlers? */
bool failing_may(const Flow *f, const Ast *items);

/* ---- lower_vars.c -------------------------------------------------------------------- */

typedef struct Fork {
    uint32_t trail, touches, live, ends;
} Fork;

void vars_begin(Flow *f);
Var *vars_find(const Flow *f, const char *name);
/* Makes a variable of this scope that is not set yet. A name known already must be of this type
 * (E0408) and, when of an outer scope, may not be set from here (E0413): NULL then. */
Var *vars_declare(Flow *f, Name name, const Type *type);
/* It is set here, to a value of this type. */
void vars_set(Flow *f, Var *var, const Type *type, Span at);
/* The place (a.b.c) holds a value of this type from here on. */
void vars_set_field(Flow *f, const Ast *place, const Type *type);
void vars_mark(Flow *f, Var *var, bool set, bool narrowed);
uint32_t vars_here(const Flow *f);
void vars_undo(Flow *f, uint32_t mark);
void vars_narrow(void *flow, Binding *b);
/* The step ended well on this way; did it on every way to here? */
void vars_done(Flow *f, const char *step);
bool vars_surely_done(const Flow *f, const char *step);
/* What the statements set is not known to be other than none at their begin: they run again. */
void vars_forget(Flow *f, const Ast *items);

/* Several ways from here: fork, then vars_branch at the end of each, then one of the joins. */
Fork vars_fork(Flow *f);
void vars_branch(Flow *f, Fork *fork);
void vars_join(Flow *f, const Fork *fork);          /* one of them was gone */
void vars_join_all(Flow *f, const Fork *fork);      /* all were gone */
void vars_join_race(Flow *f, const Fork *fork, uint32_t winners);   /* so many of them were gone to their end */
/* The names that a branch sets are put into own, and counted in setters. */
void vars_setters(Flow *f, const Ast *branch, Map *setters, Map *own);
/* Adds to places where ast and what is below it sets which name. */
void vars_settings(Flow *f, const Ast *ast, Map *places);
/* The copy that the branch of this shadow keeps of a variable. */
Var *vars_shadowed(Flow *f, Var *var, const Shadow *s);
/* This scope has a variable of its own of this name, and it begins as that one is. */
void vars_own(Flow *f, Var *var);
/* A scope is left: what its own variable holds, the one outside gets. */
void vars_hand_on(Flow *f, Var *from, Var *to);
/* `parallel`: which branch sets what. first: f->assigns.n at its begin. */
void vars_parallel(Flow *f, uint32_t parallel, uint32_t branch, uint32_t first);

/* Names that a Lua chunk speaks of: those it reads count as read; those it assigns are set. */
void vars_lua_reads(Flow *f, const char *text);
void vars_lua_sets(Flow *f, const char *text);
/* Does the chunk speak of this name? */
bool vars_lua_names(const char *text, const char *name);
/* Given values must be set where the process ends. */
void vars_check_given(Flow *f, Span at, const char *where);
void vars_end(Flow *f);

/* ---- lower_facts.c ------------------------------------------------------------------------- */

/* The condition holds, or does not, from here to the end of the block. */
void facts_condition(Flow *f, Code code, bool holds, Span at);
/* So does a condition at an asked, taken or given value; and a variable that was just set to a constant. */
void facts_field(Flow *f, uint32_t field, Span at);
void facts_ensured(Flow *f, const IrEnsure *ensure, Span at);
void facts_set(Flow *f, const Var *var, Code value, Span at);
/* The variable changes; all that the statements may change; whatever a Lua block may change. */
void facts_changed(Flow *f, Var *var);
void facts_changing(Flow *f, const Ast *items);
void facts_lua(Flow *f, const Ast *lua);
uint32_t facts_here(const Flow *f);
void facts_back(Flow *f, uint32_t mark);
bool facts_known(void *flow, Proving *p, uint32_t from, uint32_t to, const Span **places);

/* ---- lower_endless.c ---------------------------------------------------------------------- */

/* Reports a loop that nothing ends (true: it did), and a wait without an end. */
bool endless_repeat(Flow *f, const Ast *repeat);
void endless_wait(Flow *f, const Ast *wait);
/* Does something in it wait without an end? */
bool endless_may_wait(const Ast *ast);

/* ---- lower_past.c ------------------------------------------------------------------------- */

/* The moments of `wait until` and `due`; one that has come already is told of (W0467). */
Code past_wait(Flow *f, const Ast *moment);
Code past_due(Flow *f, Expr *x, const Ast *moment);

/* ---- lower_idle.c ------------------------------------------------------------------------- */

/* No statement among them: handlers alone have nothing to handle. */
bool idle_is_empty(const Ast *items);
/* Tells of blocks in which nothing is done (W0464), and of a `parallel` with one branch (W0465). */
void idle_block(Flow *f, Span at, const Ast *items, const char *word);
void idle_if(Flow *f, const Ast *ast);
void idle_parallel(Flow *f, const Ast *ast);

/* ---- lower_race.c, lower_lock.c, lower_handler.c, lower_needs.c -------------------------------- */

void flow_race(Flow *f, const Ast *race);
void flow_lock(Flow *f, const Ast *lock);
/* The process is called here: it takes its locks inside those that are held here. */
void lock_called(Flow *f, const Sym *process, Span at);

typedef void FlowBody(Flow *f, const Ast *of);
/* What body makes of `of`, with the handlers among the items of its block, if there are any. */
void flow_handled(Flow *f, const Ast *items, Span at, FlowBody *body, const Ast *of);
/* Names that the process's `on late` handlers set. */
void flow_beside(Flow *f);
/* `on late` of a step or process that was begun: its SEQUENCE. */
uint32_t flow_late(Flow *f, const Ast *handler);
/* Where a step says `on late`, or the process does, and has no deadline. */
void flow_never_late(Flow *f, const Ast *handler, const char *of);
/* Tells when what looks like an event's handler is a misspelt `on fail`. */
bool flow_misspelt(Flow *f, Name event);
void flow_wrong_handler(Flow *f, const Ast *handler, const char *what, const char *hint);

/* `needs` of a step that is begun. */
/* The file that a `mail` sends, and to whom: lower_mail.c. */
IrMail lower_mail(Flow *f, Expr *x, const Ast *mail);
void flow_needs(Flow *f, const Ast *needs, IrStep *out);
/* Reports steps of this parallel block that need one another in a circle. */
void flow_circles(Flow *f, const Siblings *s);
void flow_number_needs(Flow *f);

/* ---- lower_flow.c, lower_step.c ---------------------------------------------------------- */

/* Keeps the codes in a row. */
void flow_codes(Flow *f, const Code *codes, uint32_t n, uint32_t *first, uint32_t *count);
uint32_t flow_begin(Flow *f, uint16_t op, Span at, const char *name);
void flow_end(Flow *f, uint32_t node);
uint32_t flow_list(Flow *f, const Ast *items, Span at);
void flow_step(Flow *f, const Ast *ast);
/* A statement. */
void flow_node(Flow *f, const Ast *ast);
/* A new variable for what a statement keeps, or the one there was. */
Var *flow_keep(Flow *f, Name name, const Type *type);
/* For lower_visit over a condition or a rule: warns of each did("Step") whose step stands below (W0462). */
void flow_never_before(void *flow, const Ast *ast);
/* The step whose doer is meant, where no person does it. */
const char *flow_machines(const Flow *f, const Ast *ast);
/* The step whose doer is meant, where nobody can have done it yet, and whether it is the one that begins here. */
const char *flow_not_yet(const Flow *f, const Ast *ast, bool *itself);
Code flow_condition(Flow *f, const Ast *ast, const char *if_yes, const char *if_no);

/* ---- lower_beside.c -------------------------------------------------------------------------- */

/* All of a step's lines that speak of what is beside its work. */
void beside_step(Flow *f, Expr *x, const Ast *items, IrStep *step);
/* A span that must be more than nothing (E0545): else it would be over at once, perhaps again and again. */
Code beside_span(Expr *x, Diags *d, const Ast *value);
/* Of a step's `retry`: one pause, or DOUBLING. A pause may be nothing, and not less. */
void beside_pauses(Flow *f, Expr *x, const Ast *pauses, IrStep *step);
Code beside_remind(Flow *f, Expr *x, const Ast *item);
/* Of a step's or process's lines: pairs in f->codes. */
uint32_t beside_escalate(Flow *f, Expr *x, const Ast *items, uint32_t *n);

/* ---- lower_who.c ----------------------------------------------------------------------------- */

/* Tells of a rule that nobody can satisfy. */
void flow_nobody(Flow *f, const char *step, const Ast *who);

#endif
