/* lower_flow.h -- one process under construction. Private to lower_*.c. */
#ifndef OPS_LANG_LOWER_FLOW_H
#define OPS_LANG_LOWER_FLOW_H

#include "lang/lower.h"

typedef struct Var {
    Binding b;                     /* first: a Binding * of ours is a Var *; so are its fields */
    uint32_t scope;                /* 0, or the EACH_PARALLEL node */
    bool counts;                   /* asked, taken or given: of use without being read */
    bool gives, required;          /* a given one without a default: set when the process ends */
    uint32_t assigned_by, assigned_branch;   /* the last `parallel` (a number) and branch that set it ... */
    Span assigned_at;                        /* ... and where */
    uint32_t branch;               /* of the fork being left: collected already */
    uint32_t touched, sets, narrows;         /* counts while branches join */
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

typedef struct Change { Var *var; bool set, narrowed; } Change;      /* what it was before */
typedef struct Touch { Var *var; bool set, narrowed; } Touch;        /* what it is at a branch's end */
typedef struct Assign { Var *var; Span at; } Assign;

struct Flow {
    Lower *l;
    Sym *process;
    UnitBuilder *unit;
    Expr x;
    const char *calendar;          /* the process's own */
    VEC(IrNode) nodes;
    VEC(IrStep) steps;
    VEC(IrVar) vars;
    VEC(IrArg) args;
    VEC(Code) codes;
    VEC(const char *const *) paths;
    VEC(Var *) variables;          /* by slot */
    VEC(Change) trail;
    VEC(Touch) touches;
    VEC(Assign) assigns;
    Scope *scope;
    Shadow *shadow;                /* of the innermost branch, or NULL */
    bool ended;                    /* no path leads here: `stop` or `fail` was passed */
    uint32_t parent;               /* node */
    uint32_t branches, parallels;  /* numbers given out */
    uint32_t narrowed;             /* how many variables and fields are known not to be none here */
    uint32_t depth;
    Map *done;                     /* step -> Var, set where the step has surely ended well */
    uint32_t counts[32];           /* nodes of each kind, for their names */
    bool outside, too_deep;
    bool broken;                   /* a statement is missing here: any name may have come from it */
    Binding anything;
};

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
/* The names that a branch sets are put into own, and counted in setters. */
void vars_setters(Flow *f, const Ast *branch, Map *setters, Map *own);
/* `parallel`: which branch sets what. first: f->assigns.n at its begin. */
void vars_parallel(Flow *f, uint32_t parallel, uint32_t branch, uint32_t first);

/* Names that a Lua chunk speaks of: those it reads count as read; those it assigns are set. */
void vars_lua_reads(Flow *f, const char *text);
void vars_lua_sets(Flow *f, const char *text);
/* Given values must be set where the process ends. */
void vars_check_given(Flow *f, Span at, const char *where);
void vars_end(Flow *f);

/* ---- lower_endless.c ---------------------------------------------------------------------- */

/* Reports a loop that nothing ends, and a wait without an end. */
void endless_repeat(Flow *f, const Ast *repeat);
void endless_wait(Flow *f, const Ast *wait);

/* ---- lower_flow.c, lower_step.c ---------------------------------------------------------- */

uint32_t flow_begin(Flow *f, uint16_t op, Span at, const char *name);
void flow_end(Flow *f, uint32_t node);
uint32_t flow_list(Flow *f, const Ast *items, Span at);
void flow_step(Flow *f, const Ast *ast);

/* ---- lower_who.c ----------------------------------------------------------------------------- */

/* Tells of a rule that nobody can satisfy. */
void flow_nobody(Flow *f, const Ast *who);

#endif
