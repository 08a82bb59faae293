/* lower.h -- what the passes between tree and program share. Private to lang.
 *
 * The passes, in the order in which check.c calls them:
 *
 *   names_load     reads the main file and the modules it uses
 *   names_like     makes the copies that `like` asks for: the tree is then what all later passes see
 *   names_declare  gives every declaration a Sym, reports doubles
 *   lower_types    types, records, events
 *   lower_decls    calendars, persons, roles, tables, systems
 *   lower_signatures  what processes take and give, and which steps they have
 *   lower_flows    processes with triggers and flow
 *   lower_measures metrics, goals, audits
 *   lower_tests    tests
 *
 * Each goes through everything, mistakes or not, so that one run shows all.
 */
#ifndef OPS_LANG_LOWER_H
#define OPS_LANG_LOWER_H

#include "base/holidays.h"
#include "lang/check.h"
#include "lang/expr.h"
#include "lang/parse.h"

typedef VEC(IrLua) LuaVec;

typedef struct Module {
    const char *path;              /* normalized; "std:NAME" for the standard library's */
    const char *folder;            /* from that of the main file; "" for the same: what its paths begin at */
    const char *prefix;            /* of the place that used it first: "", "alias.", "alias.other." */
    Ast *items;
    Span text;                     /* where it stands among the sources */
    bool loading;                  /* its own uses are being read: using it now is a circle */
    const struct Module *user;     /* that used it first; NULL: it is the main file */
    uint32_t depth;                /* how many users stand before it */
    LuaVec luas;                   /* at its top level */
    bool library;                  /* the standard library's: its systems and processes are patterns */
} Module;

typedef struct ModuleAlias {       /* a further user's name for a module */
    Module *module;
    const char *prefix;
} ModuleAlias;

typedef struct NamesOf {           /* what is declared somewhere, by its short name */
    Map *of[SYM_KINDS];            /* NULL: nothing of this kind */
} NamesOf;

/* A system or process that says `like`, and one inherited with it. See names_scope.c. */
typedef struct Copy {
    const Ast *original;
    const char *from;              /* the original's module ... */
    const Ast **around; uint32_t around_n;   /* ... and the systems around it, the innermost first */
    const char *home;              /* the prefix with which its lines look names up */
    const char *outer;             /* the home, or module, around it */
    const char *module;
    Span body;                     /* its own text */
    uint32_t depth;                /* 1: the original is no copy itself */
    NamesOf names;                 /* of what stands in it */
    NamesOf *together;             /* of all that its file takes from the original's; NULL: it is the same file */
    Heir heir;
    VEC(Span) told;                /* heir's */
} Copy;

/* A declaration that is found by nobody's name: a goal, an audit or a test. */
typedef struct Item {
    Ast *ast;
    const char *name;              /* as the program shows it */
    const char *prefix;            /* with which its own names are looked up */
    Sym *system;                   /* or NULL */
} Item;
typedef VEC(Item) ItemVec;

typedef struct LuaModule {         /* a file of Lua: read once for each name it is used by */
    const char *prefix;            /* of the module that uses it */
    const char *name;              /* by which its functions are called there */
    IrModule ir;
} LuaModule;

typedef struct Absence {           /* days on which too few are there for a step, and for so many more */
    const IrAway *away;
    const char *step;
    uint32_t more;
} Absence;

typedef struct SystemInfo {
    const char *owner_role, *owner_text;   /* of the owner's line, its own or the nearest one's around */
    LuaVec luas;                   /* its own blocks */
    const IrLua *prelude;          /* with those of the systems and the module around, outermost first */
    uint32_t prelude_n;
    bool prelude_done;
} SystemInfo;

typedef struct EventUse {
    Span emitted, awaited;         /* where first; to = 0: nowhere */
    const Heir *emitted_for, *awaited_for;
} EventUse;

/* Where a wait, or what makes another process begin, stands. */
typedef struct NodePlace {
    uint32_t process, node;
    Span at;
} NodePlace;

/* A variable that was set and not read in its own flow: a metric may still read it. */
typedef struct Unread {
    const char *name;
    Span at;
    const Heir *heir;
} Unread;

typedef struct Held { const char *name; Span at; const struct Held *around; } Held;     /* locks around a place */
typedef struct Called {            /* one process waits for another */
    const Sym *from, *process;
    const Held *held;              /* meanwhile */
    Span at;
    const Heir *heir;
} Called;
typedef struct Taken { const Sym *process; const char *name; int64_t places; Span at; } Taken;  /* a lock, by whom */

typedef enum InputKind { INPUT_TABLE, INPUT_LOG, INPUT_ROWS } InputKind;
typedef struct Input {
    InputKind kind;
    const char *whole;             /* its path, from where ops runs ... */
    const char *written;           /* ... which ends with what the author wrote */
    Span at;
    const Heir *heir;
} Input;

typedef struct RecordCopy {        /* `R or none`, made perhaps before R had its fields */
    Type *copy;
    const Type *of;
} RecordCopy;

typedef struct Flow Flow;

typedef struct NewThing {          /* of a copy's own text: its name, and where what comes behind it begins */
    Span at;
    uint32_t to;
    const char *near;              /* the inherited one */
} NewThing;

typedef struct Lower {
    Symbols symbols;
    Arena *arena;
    Arena *passing;                /* what is known while one flow is lowered; the next one forgets it. No variables:
                                    * messages are told once of each, by its address */
    Diags *diags;
    LoadFile *load;
    void *load_self;
    const char *folder;            /* of the main file; NULL: it is a text without one */
    Map *modules;                  /* path -> Module */
    Map *prefixes;                 /* prefix -> Module */
    VEC(Module *) module_order;    /* the main file last: what is used stands before its users */
    VEC(ModuleAlias) aliases;
    VEC(Sym *) syms[SYM_KINDS];    /* by index */
    ItemVec goals, audits, tests, scenarios;
    ItemVec secrets, allows;
    VEC(LuaModule) lua_modules;
    VEC(IrHolidays) holidays;
    VEC(Absence) absences;
    bool some_away;                /* somebody is, on some day */
    bool training_unsure;          /* who was trained for what is not known: a line that says it was wrong */
    Map *origins;                  /* place of a name in a copy -> the Name that it was inherited as; NULL: no copies */
    VEC(NewThing) new_names;       /* of copies, beside inherited ones that are nearly the same */
    SystemInfo *systems;           /* by index */
    EventUse *event_uses;          /* by index */
    bool *process_done;
    uint8_t *metric_state;
    VEC(Unread) unread;
    VEC(NodePlace) places;
    VEC(Input) inputs;             /* files that are read; none of a program without a folder */
    Map *warned_roles;
    Map *letters;                  /* path -> Letter: the files of mail that were read */
    Map *locks;                    /* name -> the LOCK that named it first */
    VEC(Called) calls;
    VEC(Taken) taken;
    Map *lock_orders;              /* "outer\ninner" -> where the one was first taken inside the other */
    IrProcess *processes;
    IrMetric *metrics;
    const Sym *process;            /* whose flow is being made, or NULL */
    IrLog *logs;
    Flow *flow;                    /* its growing arrays are reused from process to process */
    VEC(RecordCopy) record_copies;
    uint32_t depth;                /* of types named by types */
    uint32_t types_done;           /* of the program's unit: whose fields have their conditions */
    /* The words of one block's lines, for "said twice". */
    struct { uint32_t stamp; Word word; Span at; } *said;
    uint32_t said_n, said_stamp;
} Lower;

/* ---- names_load.c, names.c ---------------------------------------------------------- */
void names_load(Lower *l, const char *path, const char *text, size_t n);
bool names_is_library(const char *name);           /* a module of the standard library */
void names_like(Lower *l);
/* The inherited name that is nearly this new one, or NULL. */
const char *like_near(const Lower *l, Span at);
/* Errors were told: takes back what names_like said of new names that they explain. */
void like_settle(Lower *l);
/* Every block and file of Lua, as far as the texts were read. */
LuaVec lower_lua_blocks(Lower *l);
void names_declare(Lower *l);
/* symbols_find for what is really there: it gives nothing made up. */
Sym *names_known(const Symbols *s, SymKind kind, const char *prefix, const char *name);
/* Every name of this kind, for "did you mean". */
const char *const *names_all(Symbols *s, SymKind kind, uint32_t *n);
/* "alias." + name, interned. */
const char *names_full(const Symbols *s, const char *prefix, const char *name);

/* ---- names_scope.c ------------------------------------------------------------------------ */
/* The prefix of the module that a prefix sees, and the copy (or NULL). */
const char *scope_module(const Symbols *s, const char *prefix);
const Copy *scope_copy(const Symbols *s, const char *prefix);
/* Where what is called so stood first, before copies changed it. */
Span scope_origin(const Lower *l, Span at);
void scope_replaces(Lower *l, Name own, Name inherited);
/* A copy begins to have names, within these surroundings. */
void scope_open(Symbols *s, Copy *copy, const char *outer, const char *module);
/* Something with this short name stands in the copy with this home (any other prefix: nothing happens). */
void scope_declare(const Symbols *s, const char *home, const char *name, Sym *sym);

/* ---- lower.c: small helpers ----------------------------------------------------------- */
IrPlace lower_place(const Lower *l, Span at);
/* The source between, on one line. */
const char *lower_source(const Lower *l, Span at);
/* lower_beside.c: a span that is known, and must be more than nothing (E0545). */
Value lower_fixed_span(Expr *x, Diags *d, const Ast *value);
/* A plain text, or NULL after a message. */
const char *lower_text(Lower *l, const Ast *ast);
/* The same of one that people read: it has to say something. */
const char *lower_words(Lower *l, const Ast *ast);
/* Reports (E0526) a text that says nothing. */
void lower_said(Lower *l, const Ast *text);
/* lower_mail.c: tells of what is no mail address; returns it all the same. */
const char *lower_address_text(Lower *l, const Ast *at, const char *text);
/* The same for a path beside the module of this prefix: as seen from the main file's folder. */
const char *lower_file(Lower *l, const char *prefix, const Ast *ast);
/* The text of a file beside the module of this prefix, which the program names. */
Status lower_read(Lower *l, const char *prefix, const Ast *file, char **text, size_t *n, Error *err) MUST_CHECK;
/* lower_lua.c: tells of names behind that of a file of Lua which the file does not define. */
void lower_lua_uses(Lower *l);
/* lower_files.c: the program reads this file (its path as lower_file gives it); at the end: those that are not
 * there. */
void lower_input(Lower *l, InputKind kind, const char *path, const Ast *ast);
void lower_files(Lower *l);
/* From now on lines are read for the copy with this home (or, with a module's prefix, for nobody); returns for whom
 * they were before: give that to diags_heir. */
const Heir *lower_heir(Lower *l, const char *home);
/* The event is emitted, or awaited, here. */
void lower_emits(Lower *l, const Sym *event, Span at);
void lower_awaits(Lower *l, const Sym *event, Span at);
/* A block begins; then said_once for each line's word: reports what is said twice. */
void lower_block(Lower *l);
bool lower_once(Lower *l, Word word, Span at);
/* The same of words that are one kind of line (`within` and `due` are both a deadline). */
bool lower_one_of(Lower *l, Word kind, Word word, Span at);
/* An expression's surroundings without variables. */
Expr lower_expr(Lower *l, ExprPlace place, UnitBuilder *unit, const char *prefix, const char *calendar);
/* The name of the only calendar, or NULL. */
const char *lower_only_calendar(const Lower *l);
const Calendar *lower_calendar(const Lower *l, const char *name);
const char *lower_role_calendar(const Lower *l, const char *role);
/* The zone in which a date of this calendar (or NULL) begins. */
const Zone *lower_zone(const Lower *l, const char *calendar);
/* Adds "(declared at ...)" to a message about an existing thing. */
void lower_first(Lower *l, Diag *m, Span first);
/* Does text have the form of one of the words? Its index, or -1 after a message. */
int lower_choice(Lower *l, Name name, const char *what, const char *const *words, uint32_t n);
/* Did the parser drop one of these lines? */
bool lower_has_bad(const Ast *items);
/* Calls visit for every node below ast (siblings of ast itself not included), ast first. */
typedef void AstVisit(void *self, const Ast *ast);
void lower_visit(const Ast *ast, AstVisit *visit, void *self);

/* ---- lower_args.c ------------------------------------------------------------------------- */
typedef VEC(IrArg) ArgVec;
typedef struct ArgsOf {
    Name name;                     /* of what takes them, where it is named */
    const TypeField *fields; uint32_t n;
    const Sym *whose;              /* the process or event that has these fields */
    bool partly;                   /* what must be given may be left out */
} ArgsOf;
/* Lowers values given by name, checked against what is taken, and appends them. */
void lower_args(Lower *l, Expr *x, const Ast *args, const ArgsOf *of, ArgVec *out);
/* Of what is unknown: its arguments are still looked at, but not for words that only it could tell the meaning of. */
void lower_loose_args(Expr *x, const Ast *args);

/* ---- lower_circle.c ----------------------------------------------------------------------- */
/* Reports waits that end only by what lies behind them, and processes that begin each other without end. */
void lower_circles(Lower *l);

/* ---- lower_implied.c ---------------------------------------------------------------------- */
/* Fills the process's takes from the events that begin it: it has no line of its own that says. */
void lower_implied(Lower *l, Sym *process);

/* ---- lower_type.c ------------------------------------------------------------------------ */
const Type *lower_type(Lower *l, const char *prefix, const Ast *ast);
/* Fields of a list of FIELD nodes (others are passed over); doubles are reported. */
TypeField *lower_fields(Lower *l, const char *prefix, const Ast *items, uint32_t *n);
void lower_types(Lower *l);
/* The texts of a field's options, into place i of the unit; conditions by x. */
void lower_field(Lower *l, UnitBuilder *u, uint32_t i, const TypeField *field);
void lower_field_codes(Lower *l, UnitBuilder *u, uint32_t i, const TypeField *field, Expr *initial, Expr *where);
/* Fills the fields of all record types of the unit from *done on. */
void lower_conditions(Lower *l, UnitBuilder *u, uint32_t *done);
const Ast *lower_option(const Ast *field, Word word);
bool lower_required(const TypeField *field);   /* must be given: no `= value`, not `or none` */
/* Mistakes in an OPTION: an example (K_LIKE) that is none of this type; a zone (K_IN) that there is not. */
void lower_like(Lower *l, const Ast *option, const Type *type);
void lower_zone_option(Lower *l, const Ast *option);
/* Reports (E0309) fields that hold moments where nobody can tell by whose clock: no zone is said, this calendar is
 * none, and the file has several. at: where they are read; to = 0: at the field itself. */
void lower_clocks(Lower *l, const TypeField *fields, uint32_t n, const char *calendar, Span at, const char *advice);

/* A record's fields as variables. */
typedef struct RowScope {
    Arena *arena;
    Map *map;
    Binding *bindings;
    const char **names;
    uint32_t n;
} RowScope;
void lower_row_scope(Lower *l, RowScope *row, const TypeField *fields, uint32_t n);
Expr lower_row_expr(Lower *l, RowScope *row, UnitBuilder *u, const char *prefix, const char *calendar);

/* ---- lower_log.c -------------------------------------------------------------------------- */
/* What each log reads of a row; then (when all that asks for columns is lowered) the rows' type. */
void lower_logs(Lower *l);
void lower_log_columns(Lower *l);

/* ---- lower_decl.c, lower_when.c, lower_flow.c, lower_measure.c, lower_audit.c, lower_check.c,
 * lower_test.c ----------------------------------------------------------------------------- */
void lower_decls(Lower *l);
void lower_people(Lower *l);
void lower_borders(Lower *l);
/* The files of Lua that a process or audit may call: its file's (the module's, which it says names by the prefix),
 * and those of the file that it was inherited from. */
const IrModule *lower_modules_of(Lower *l, const char *module, const char *prefix, uint32_t *n);
/* Adds the dates of a calendar's line of holidays. */
void lower_holidays(Lower *l, const Sym *calendar, const Ast *item, HolidayVec *dates);
/* One value, a..b, a..b..c, a distribution, or `from history`. */
typedef struct Spread { uint8_t kind; uint32_t n; Code values[3]; } Spread;     /* kind: IrSpread */
Spread lower_spread(Lower *l, Expr *x, const Ast *value, const Type *want);
/* lower_beside.c: an amount that work costs is not below nothing (E0375). */
void lower_cost(Lower *l, const Ast *value, const Value *cost);
/* Tells of steps that nobody can do while somebody is away. */
void away_report(Lower *l);
/* The first count in a rule, or NULL. */
const Ast *who_counted(const Ast *who);
/* Reports a count of people where one answers (`owner any 2 of Board`). */
void who_is_one(Lower *l, const Ast *who, const char *what);
/* The same, of what a check may ask for; and what is not judged yet. */
void who_in_check(Lower *l, const Ast *who);
/* A word behind `per`: its index, or -1 after a message. */
int lower_per(Lower *l, Name per, const char *const *words, uint32_t n, const char *wanted, const char *hint);
/* 0 is Monday; "mon" or "monday"; -1 for no day. */
int lower_weekday(const char *name);
/* The Lua functions around a process, outermost first; those around its original come behind, as nearer. */
const IrLua *lower_prelude(Lower *l, const Sym *process, uint32_t *n);
/* Those around an audit. */
const IrLua *lower_audit_prelude(Lower *l, const Item *audit, uint32_t *n);
typedef VEC(IrTrigger) TriggerVec;
void lower_trigger(Lower *l, const char *prefix, const char *calendar, const Ast *when, const Sym *process,
                   TriggerVec *out);
void lower_signatures(Lower *l);
void lower_flows(Lower *l);
/* Of locks that called processes take, when all flows are done. */
void lower_locks(Lower *l);
void lower_flow(Lower *l, Sym *process);
/* Fills l->metrics[sym->index]; what it speaks of must be lowered. */
void lower_metric_alone(Lower *l, Sym *sym);
void lower_measures(Lower *l);
void lower_audits(Lower *l);
void lower_scenarios(Lower *l);
/* One check of an audit, whose durations are by this calendar (or NULL). */
IrCheck lower_check(Lower *l, const char *prefix, const char *calendar, const Ast *check);
void lower_tests(Lower *l);
/* Does the tree name a metric? */
bool lower_names_metric(Lower *l, const char *prefix, const Ast *ast);
void lower_metrics_in(Lower *l, const char *prefix, const Ast *ast);

#endif
