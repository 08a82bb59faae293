/* symbols.h -- everything that has a name in a program, and the state of a compilation.
 *
 * names.c fills it, the other passes read it. All maps go from an interned
 * name (as messages and the program show it; "alias.Name" for what a module
 * declares) to a Sym.
 */
#ifndef OPS_LANG_SYMBOLS_H
#define OPS_LANG_SYMBOLS_H

#include "lang/types.h"

typedef enum SymKind {
    SYM_CALENDAR, SYM_PERSON, SYM_ROLE, SYM_TYPE, SYM_RECORD, SYM_EVENT, SYM_TABLE,
    SYM_SYSTEM, SYM_PROCESS, SYM_METRIC, SYM_LOG, SYM_KINDS
} SymKind;

typedef struct Sym {
    SymKind kind;
    const char *name;
    Span at;                       /* of the name where declared */
    Ast *ast;
    const char *prefix;            /* with which its own names are looked up: `module`, or the home of a copy */
    const char *module;            /* "alias." of its module, "" for the main file */
    uint32_t index;                /* in the program's array of its kind (not for types and records) */
    struct Sym *system;            /* the system around it, or NULL */
    const Type *type;              /* TYPE, RECORD; TABLE: its record; METRIC: its value's (NULL until lowered) */
    /* EVENT: fields as a record type in .type. PROCESS: */
    TypeField *takes; uint32_t takes_n;
    TypeField *gives; uint32_t gives_n;
    const Type *result;            /* record type of gives plus `outcome`, for `call ... as r` */
    Map *vars;                     /* name -> const Type *: every variable of its cases; after its flow was lowered */
    Map *apart;                    /* name -> the EACH in parallel whose elements set it, each for itself; NULL: none */
    Map *steps;                    /* name -> Ast * of each of its steps */
    bool any_step;                 /* LOG, which has vars and steps like a process: its rows say what was done, so that
                                      any name may be a step's. Its vars are the columns that were asked for, in
                                      this order */
    bool used;
    bool broken;                   /* PROCESS, RECORD, EVENT: the parser dropped a line of it; what it does or has is
                                      not known for sure */
    bool doubled;                  /* another was declared with its name, or (PROCESS) two of its steps with one: nobody
                                      knows which of the two is meant */
    const struct Sym *twin;        /* the one declared first with its name, or NULL */
    uint32_t again;                /* PROCESS: the step read last was there already, as the one behind so many */
    bool says_takes;               /* PROCESS: it has a `takes`, so that no trigger gives it names */
    bool lost;                     /* PROCESS: a step's name, or the event that begins it, is not known: any name may be
                                      of it */
    bool unsure;                   /* ROLE: one of its people is not known: nobody can say that there is none */
} Sym;

typedef struct Symbols {
    Arena *arena;
    Arena *scratch;                /* for one proof; NULL: nothing is proved */
    Interner *names;
    Diags *diags;
    Map *of[SYM_KINDS];
    Map *modules, *lost_modules;   /* "x.", by which a module is used -> the use; those that could not be read */
    Map *lua_modules;              /* "x.", by which a file of Lua is used -> the use */
    Map *secrets;                  /* name -> its Ast */
    Map *copies, *views;           /* what `like` made: see names_scope.c; both empty where nothing says it */
    Map *patterns;                 /* systems and processes of the standard library: to be taken over by `like` only */
    Map *people;                   /* who is in a role, declared or not: name -> IrRole */
    IrProgram *program;
    UnitBuilder *unit;             /* of the program's declarations */
    VEC(IrAggregate) aggregates;
    VEC(Code) codes;               /* the program's */
    bool lost_choices;             /* a type or a field was lost: a bare word may be a choice of it */
    bool missing_calendar;         /* one is named that is not there */
    bool lost_clock;               /* a role that may have a calendar was lost */
    bool lost_people;              /* a role that may name people was lost, or a line of it */
    bool lost[SYM_KINDS];          /* a declaration of this kind was lost to a mistake: unknown names follow from it */
    const char *doubled[SYM_KINDS];    /* the module in which two of this kind have one name, or NULL: one of them was
                                          to have another */
    const char *const *all[SYM_KINDS]; uint32_t all_n[SYM_KINDS];   /* names_all's, when last asked for */
} Symbols;

/* Nothing is declared yet. */
void symbols_begin(Symbols *s, Arena *a, Diags *diags);

/* A prefix says from where names are seen: a module ("" for the main file), or a copy that `like` made. In a copy
 * it depends on where a text was written: this is the prefix for what stands at that place. */
const char *symbols_at(const Symbols *s, const char *prefix, Span at);
/* The prefix of the module whose text stands there. */
const char *symbols_module_at(const Symbols *s, const char *prefix, Span at);

/* Finds a name of this kind as seen with this prefix: what a copy declares itself first, then what its own
 * module does. NULL where there is none. */
Sym *symbols_find(const Symbols *s, SymKind kind, const char *prefix, const char *name);
/* The same with a message (E02xx, "did you mean", where declared) where there is none. */
Sym *symbols_need(Symbols *s, SymKind kind, const char *prefix, Name name);

/* The process or log of this name, whose cases are judged or counted; NULL after a message. */
Sym *symbols_cases(Symbols *s, const char *prefix, Name name);
/* A log's column of this name, which from now on is read. */
const Type *symbols_column(const Symbols *s, Sym *log, const char *name);

/* The full name as it is written in a module with this prefix: its own without the prefix. */
const char *symbols_seen(const char *prefix, const char *full);
/* A name of this kind that is not known may have stood where the parser found a mistake, or in a file that could
 * not be read: what is said of it only follows from that. */
bool symbols_lost(const Symbols *s, SymKind kind, const char *prefix, const char *name);

/* May somebody of this name be in a role that was lost, or whose people were? */
bool symbols_lost_person(const Symbols *s, const char *prefix, const char *name);

/* What is missing where this name is: the module ahead of its dot, if that is not there. */
const char *symbols_missing(const Symbols *s, const char *prefix, const char *name);

/* May it have been said where something was lost which calendar is meant? */
bool symbols_lost_clock(const Symbols *s);

/* May what is called `of` have this field, input, step or variable besides those of `all`? A line of it was lost, or
 * another has the same name: that it has none then only follows. */
bool symbols_may_have(const Symbols *s, const char *of, const char *name, const char *const *all, uint32_t n);

/* Is the name nearly one of the map's? */
bool names_nearly(Arena *a, const Map *map, const char *name);
/* May this process have a step of the name, though none is known? Not where it has nearly one. */
bool symbols_lost_step(const Symbols *s, const Sym *process, const char *name);

typedef enum ModuleState { MODULE_NONE, MODULE_READ, MODULE_LOST } ModuleState;
/* Is a module used by this name, as seen from a module with this prefix? LOST: it is, and could not be read, so
 * that whatever is said of its names only follows from that. */
ModuleState symbols_module(const Symbols *s, const char *prefix, const char *name);
/* Is this the name of a file of Lua; and the secret of this name, or NULL: both mean something in Lua only. */
bool symbols_is_lua(const Symbols *s, const char *prefix, const char *name);
const Ast *symbols_secret(const Symbols *s, const char *prefix, const char *name);

#endif
