/* ir.h -- the compiled form of a business: the waist between text and everything else.
 *
 * A Program is declarations plus one Flow per process. A Flow is
 * self-contained (its own names, constants, types, code), because it is stored
 * and a case goes on with the flow it began with for years. Roles, calendars,
 * tables, events, triggers, metrics and audits are the Program's: always those
 * of the newest file, found by name.
 *
 * All of it is read-only once ir_verify has passed it, and lies in one arena.
 */
#ifndef OPS_LANG_IR_H
#define OPS_LANG_IR_H

#include "base/calendar.h"
#include "base/diag.h"
#include "base/map.h"
#include "base/sha256.h"
#include "base/value.h"

typedef enum IrNodeOp {
#define IRNODE(NAME, number, a, b, c, d, children, meaning) IRN_##NAME = number,
#include "lang/ir.def"
#undef IRNODE
} IrNodeOp;

typedef enum IrOp {
#define IRCODE(NAME, number, operand, pops, pushes, flow, meaning) IR_##NAME = number,
#include "lang/ir.def"
#undef IRCODE
} IrOp;

typedef enum IrBuiltin {
#define BUILTIN(NAME, number, ...) BUILTIN_##NAME = number,
#include "lang/ir.def"
#undef BUILTIN
} IrBuiltin;

typedef enum IrAggregateKind {
#define AGGREGATE(NAME, number, ...) AGG_##NAME = number,
#include "lang/ir.def"
#undef AGGREGATE
} IrAggregateKind;

typedef enum IrAttribute {
#define ATTRIBUTE(NAME, number, ...) ATTR_##NAME = number,
#include "lang/ir.def"
#undef ATTRIBUTE
} IrAttribute;

typedef enum IrTestLineKind {
#define TESTLINE(NAME, number, ...) TEST_##NAME = number,
#include "lang/ir.def"
#undef TESTLINE
} IrTestLineKind;

#define IR_NONE UINT32_MAX             /* no slot, name, node, type, step */
typedef uint32_t Code;                 /* index of an expression's first instruction; CODE_NONE: none */
#define CODE_NONE UINT32_MAX
enum { IR_LISTS_DEEP = 64 };           /* lists of lists: no type has more */

#define IR_INSTRUCTION(op, operand) ((uint32_t)(op) | (uint32_t)(operand) << 8)
#define IR_INSTRUCTION_OP(w) ((w) & 0xff)
#define IR_INSTRUCTION_OPERAND(w) ((w) >> 8)

/* ---- types --------------------------------------------------------------------- */

typedef enum IrTypeKind {              /* numbers are stored */
    TYPE_NONE = 0,                     /* of `none` alone */
    TYPE_TEXT = 1, TYPE_NUMBER, TYPE_MONEY, TYPE_PERCENT, TYPE_DURATION, TYPE_DATE, TYPE_TIME,
    TYPE_DATETIME, TYPE_BOOLEAN, TYPE_FILE, TYPE_PERSON,
    TYPE_CHOICE = 12, TYPE_LIST = 13, TYPE_RECORD = 14
} IrTypeKind;

typedef struct IrType {
    uint8_t kind;
    bool optional;                     /* `or none` */
    uint16_t currency;                 /* MONEY: fixed by `in EUR`, else 0 */
    const char *name;                  /* RECORD and named types: their name; else NULL */
    uint32_t of;                       /* LIST: the element's type */
    const char *const *choices; uint32_t choices_n;   /* CHOICE */
    uint32_t fields, fields_n;         /* RECORD: range in unit->fields */
    const Shape *shape;                /* RECORD; same order as fields */
    const char *key;                   /* RECORD: the key field's name; NULL: none. Several: joined by "," */
} IrType;

typedef struct IrField {
    const char *name;
    uint32_t type;
    const char *column;                /* `from "..."`, or NULL: the name */
    const char *like;                  /* the example, or NULL */
    const char *zone;                  /* `in "..."`, or NULL */
    const char *matching;              /* POSIX extended regular expression, or NULL */
    Code initial;                      /* `= value`; CODE_NONE: none */
    Code where;                        /* condition over the record's fields (slot i is field i); for asked
                                          and taken values over the flow's variables */
    const char *where_text;            /* the condition as written, or NULL */
    uint32_t slot;                     /* of takes, gives, ask: the flow's variable; else IR_NONE */
} IrField;

/* ---- a unit: the pools that code refers to ----------------------------------------- */

typedef struct IrUnit {
    const char *const *names;  uint32_t names_n;
    const Value *consts;       uint32_t consts_n;
    const uint32_t *code;      uint32_t code_n;
    const IrType *types;       uint32_t types_n;
    const IrField *fields;     uint32_t fields_n;
} IrUnit;

typedef struct IrPlace {               /* for messages; never hashed */
    const char *file;                  /* NULL: unknown */
    uint32_t line, column;
} IrPlace;

/* ---- flow ------------------------------------------------------------------------------- */

typedef struct IrVar {
    const char *name;
    uint32_t type;
    uint32_t scope;                    /* 0; or the EACH_PARALLEL node whose elements each have their own; or the
                                          branch of a PARALLEL, or what is done when something is late, that keeps
                                          its value of before; or the branch of a RACE that sets it for itself */
    bool takes, gives;
    Code initial;                      /* `= value` of takes and gives; CODE_NONE: unset at first */
} IrVar;

typedef struct IrArg {                 /* an argument of call, start, emit; or a variable that is handed on */
    const char *name;
    Code code;
    uint32_t slot;                     /* collect: the list variable to fill; of a race, and what a step sees of
                                          others: the variable that gets the value; else IR_NONE */
} IrArg;

typedef struct IrShell {               /* sh -c text, values as "$1" "$2" ... */
    const char *text;
    uint32_t args, args_n;             /* range in flow->codes */
} IrShell;

typedef struct IrLua {
    const char *text;                  /* between the braces */
    IrPlace place;                     /* of its first byte */
} IrLua;

typedef struct IrModule {              /* a file of Lua, whose functions blocks call as name.f(...) */
    const char *name;
    IrLua lua;
} IrModule;

typedef enum IrMailPart {              /* codes in a row; FROM and REPLY_TO: "" where the file says nothing of them */
    MAIL_SUBJECT, MAIL_FROM, MAIL_REPLY_TO, MAIL_BODY,
    MAIL_TO                            /* this and all behind it: addresses, persons, lists of either */
} IrMailPart;

typedef struct IrMail {                /* a text file, filled in and sent */
    const char *file;                  /* its path, from the main file's folder; its text is in the parts */
    uint32_t parts, parts_n;           /* range in flow->codes */
} IrMail;

typedef enum IrMachine { MACHINE_NONE, MACHINE_SHELL, MACHINE_LUA, MACHINE_MAIL,
                         MACHINE_PERSON       /* of an undo alone: a person is told how */
} IrMachine;

/* Does its work show outside, so that nobody knows of it when ops is killed meanwhile? */
static inline bool machine_is_outside(uint8_t m)   /* ... of Lua see ir_outside */
{
    return m == MACHINE_SHELL || m == MACHINE_MAIL;
}

typedef struct IrUndo {                /* how a finished step is undone; its values are those of the step's end */
    uint8_t machine;                   /* IrMachine; NONE: it cannot be */
    IrShell shell;
    IrLua lua;
    IrMail mail;
    Code text;                         /* PERSON: what to do; for who may do the step, else the process's owner */
} IrUndo;

typedef struct IrEnsure {              /* what must hold when a step ends */
    Code code;
    const char *text;                  /* as written */
    bool own;                          /* of nothing but what the step asks for and gives: who skips it gives such */
} IrEnsure;

typedef enum IrSpread {                /* how a value varies; numbers are stored */
    SPREAD_RANGE, SPREAD_EXPONENTIAL, SPREAD_NORMAL, SPREAD_LOGNORMAL, SPREAD_HISTORY
} IrSpread;

typedef enum IrPer { PER_TIME, PER_HOUR, PER_MINUTE } IrPer;      /* what a step's cost is for; numbers are stored */

enum LuaReach { LUA_ASKS = 1, LUA_ACTS = 2 };      /* bits: it may ask for what lies outside it; and change it */

typedef struct IrStep {
    const char *name;
    const char *why;                   /* or NULL */
    uint32_t node;
    Code who;                          /* leaves a list of texts, see below; CODE_NONE: nobody */
    const char *role;                  /* the role whose calendar and cost hold, or NULL */
    uint32_t how, how_n;               /* instructions to people: range in flow->codes, texts */
    uint8_t machine;                   /* IrMachine */
    IrShell shell;
    IrLua lua;
    uint8_t lua_reach, undo_reach;     /* of its Lua: LuaReach; not stored: see ir_note_outside */
    uint32_t ask, ask_n;               /* range in unit.fields */
    Code approve;                      /* the text to approve; CODE_NONE: no approval */
    uint32_t gives, gives_n;           /* range in unit.fields */
    uint32_t retry;                    /* times; 0: never */
    Code retry_pause;                  /* duration, CODE_NONE: at once */
    Code retry_most;                   /* duration: each pause twice the one before, up to it; CODE_NONE: all alike */
    Code timeout;
    bool repeatable;
    bool deadline_due;                 /* deadline is a moment (`due`), else a span (`within`) */
    Code deadline;
    uint32_t on_fail, on_reject;       /* SEQUENCE nodes below the step's, or IR_NONE */
    uint32_t on_late;                  /* as on_fail; runs beside the step */
    uint32_t needs, needs_n;           /* range in flow->needs: it begins when these steps of other branches end */
    uint32_t sees, sees_n;             /* range in flow->args: what its branch then takes (slot) from them (code) */
    uint32_t ensures, ensures_n;       /* range in flow->ensures */
    IrMail mail;                       /* MACHINE_MAIL */
    IrUndo undo;
    Code lasts[3]; uint32_t lasts_n;   /* kept for simulation: one value, a..b, a..b..c, or what the spread takes */
    uint8_t spread;                    /* IrSpread, of lasts */
    uint32_t escalate, escalate_n;     /* range of pairs in flow->codes: who joins, and after which span */
    Code remind;                       /* duration; CODE_NONE: never */
    Code consult, inform;              /* as who */
    Value cost; uint8_t cost_per;      /* money, or none; IrPer: each time, or by the work time instead of the role's */
    const char *const *was; uint32_t was_n;        /* earlier names, for cases under way */
    bool inherited;                    /* by `like`: its node's place is where it was written. Not stored */
} IrStep;

/* What a `who` leaves, a list of texts: "role:NAME" and "person:ID" may, unless "not:ID" or "notrole:NAME" says no.
 * "(" ... ")" is a rule of its own inside the rule, so that whom it leaves out is left out of it only; "not(" ... ")"
 * leaves out all of whom it tells. "any N(" wants so many of them, "apart N(" as many that do not see each other,
 * "managers(" those to whose role one of their roles reports, "trained(" those of them who were trained for the process
 * that "for:NAME" at its begin names, "turn(" one after the other. */

typedef struct IrNode {
    uint16_t op;                       /* IrNodeOp */
    uint32_t parent;                   /* IR_NONE for node 0 */
    uint32_t end;                      /* behind its last descendant */
    uint32_t a, b, c, d;
    uint32_t args_n;                   /* of an ARGS operand */
    const char *name;                  /* unique and stable: a step's name, else "if 2", "parallel 1" */
    const char *asked;                 /* IF: the condition as written; NULL in a flow that a store kept */
    IrPlace place;
} IrNode;

typedef struct IrFlow {
    const char *process;
    IrUnit unit;
    const IrNode *nodes;     uint32_t nodes_n;     /* nodes[0] is a SEQUENCE */
    const IrStep *steps;     uint32_t steps_n;
    const IrVar *vars;       uint32_t vars_n;
    const IrArg *args;       uint32_t args_n;
    const Code *codes;       uint32_t codes_n;
    const char *const *const *paths; uint32_t paths_n;   /* SET's field paths: NULL-terminated */
    const uint32_t *needs;   uint32_t needs_n;     /* steps */
    const IrEnsure *ensures; uint32_t ensures_n;
    uint32_t takes, takes_n;                       /* range in unit.fields */
    uint32_t gives, gives_n;                       /* range in unit.fields */
    bool deadline_due;
    Code deadline;                                 /* of the whole process */
    uint32_t escalate, escalate_n; Code remind;    /* as a step's */
    const IrModule *modules; uint32_t modules_n;   /* of Lua, that the process's file uses */
    const IrLua *prelude;    uint32_t prelude_n;   /* Lua functions of the systems around it, outermost first */
    bool outside;                                  /* has shell steps: acts on the world */
    uint8_t format;                                /* of the bytes it was read from; 0: the newest */
    bool hashed;
    uint8_t kept_hash[SHA256_BYTES];               /* ask ir_flow_hash */
    uint32_t asked;                                /* where ir_node found its last answer */
} IrFlow;

/* ---- declarations ------------------------------------------------------------------------- */

typedef struct IrAway { int64_t from, to; const char *stand_in; IrPlace place; } IrAway; /* dates; stand_in: or NULL */
typedef struct IrTraining { const char *process; Instant since; } IrTraining;    /* since: INT64_MIN: always was */
typedef struct IrPerson {
    const char *id, *name, *mail, *login, *calendar, *language;
    const IrAway *away; uint32_t away_n;
    const IrTraining *trained; uint32_t trained_n;
    IrPlace place;
} IrPerson;
typedef struct IrRole {
    const char *name, *why, *calendar;
    const char *reports_to;                        /* a role, or NULL */
    uint64_t capacity;                             /* cases that each of its people handles at once; 0: not said */
    const char *const *people; uint32_t people_n;
    Value cost;                                    /* money per hour, or none */
    IrPlace place;
} IrRole;
typedef struct IrEvent { const char *name; uint32_t fields, fields_n; IrPlace place; } IrEvent;
typedef struct IrTable { const char *name; uint32_t type; const char *file; IrPlace place; } IrTable;
typedef struct IrLogStep {                         /* one event of a row */
    const char *name;                              /* of its step; NULL: the row says it */
    Code step, at, by;                             /* over the row: slot i is its column i; by CODE_NONE: nobody */
    const char *like, *zone;                       /* of an `at` that is a text; or NULL */
    IrPlace place;
} IrLogStep;
typedef struct IrLog {                             /* events of another system, judged like cases */
    const char *name, *file;
    uint32_t type;                                 /* of a row: the columns that are read, texts or none ... */
    uint32_t own;                                  /* ... of which the log itself needs so many; checks the others */
    Code key;
    const IrLogStep *steps; uint32_t steps_n;
    IrPlace place;
} IrLog;
typedef struct IrHolidays { const char *calendar, *region; IrPlace place; } IrHolidays;   /* "Office", "DE-BE" */
typedef struct IrSecret { const char *name, *env; IrPlace place; } IrSecret;
typedef enum IrAllowKind { ALLOW_HTTP, ALLOW_FILE } IrAllowKind;
typedef struct IrAllow {                           /* what Lua may reach */
    uint8_t kind;
    bool read, write;                              /* FILE */
    const char *what;                              /* a host, or a path from the main file's folder */
    const char *module;                            /* whose blocks it is for: "", "alias.", "alias.other." */
    IrPlace place;
} IrAllow;
typedef struct IrUse {                             /* a file of the program, as the main file names it */
    const char *module;                            /* "" for the main file itself; "alias." ... */
    const char *folder;                            /* its paths begin there, seen from the main file's folder */
} IrUse;
typedef struct IrSystem {
    const char *name, *why, *kind;
    Code owner;                                    /* who code, or CODE_NONE */
    uint32_t parent;                               /* IR_NONE: none */
    IrPlace place;
} IrSystem;

typedef enum IrTriggerKind { TRIGGER_EVENT, TRIGGER_TIME, TRIGGER_ROWS } IrTriggerKind;
typedef struct IrTrigger {
    uint8_t kind;
    const char *event; Code where;                 /* EVENT; slot i is the event's field i */
    Recurrence recurrence;                         /* TIME */
    const char *text;                              /* TIME: as written, "every weekday at 07:00 in Office" */
    const char *variable; const char *file; uint32_t type; Code at;   /* ROWS; at: slot 0 is the row */
    IrPlace place;
} IrTrigger;

typedef enum IrStatus { STATUS_LIVE, STATUS_DRAFT, STATUS_TRAINED, STATUS_RETIRED } IrStatus;
typedef struct IrProcess {
    const char *name, *why;
    const char *heir; IrPlace heir_place;          /* "system Sales like essentials.Conversion", which made it or the
                                                      system around it; NULL: no copy */
    uint32_t system;                               /* IR_NONE: at top level */
    Code owner;
    const char *owner_role;                        /* its role, for calendars; or NULL */
    const IrFlow *flow;
    const IrTrigger *triggers; uint32_t triggers_n;
    uint8_t status; Instant since;                 /* INT64_MIN: always live */
    Code one;                                      /* `one open case per` this; slot i is what it takes as i-th; or
                                                      CODE_NONE */
    Value review;                                  /* how often people look at it anew: a duration, or none */
    IrPlace place;
} IrProcess;

typedef enum IrWindowKind {                        /* a half-open span of time that ends at or around now */
    WINDOW_ALL, WINDOW_LAST_SPAN, WINDOW_THIS, WINDOW_LAST, WINDOW_FIXED
} IrWindowKind;
typedef enum IrUnitOfTime { UNIT_WEEK, UNIT_MONTH, UNIT_QUARTER, UNIT_YEAR } IrUnitOfTime;
typedef struct IrWindow {
    uint8_t kind, unit;
    bool by_start;
    Value span;                                    /* LAST_SPAN: a duration (business too) */
    int64_t from, to;                              /* FIXED: dates, to excluded */
    const char *text;                              /* as written */
} IrWindow;

typedef struct IrAggregate {
    uint8_t kind;                                  /* IrAggregateKind */
    const char *process;
    Code value;                                    /* over a case: CASE_VAR, ATTR, STEP_ATTR; CODE_NONE for count */
    Code where;
    IrWindow window;
    const char *calendar;                          /* whose zone bounds days; NULL: UTC */
} IrAggregate;

typedef struct IrMetric {
    const char *name;
    uint32_t system;
    Code code;
    Code by;                                       /* over a case; CODE_NONE: one value */
    const char *by_text;                           /* "lead.source" */
    uint32_t type;
    const char *text;                              /* as written */
    IrPlace place;
} IrMetric;

typedef struct IrGoal {
    const char *name;
    uint32_t system;
    Code code;                                     /* a condition with METRICs */
    const uint32_t *metrics; uint32_t metrics_n;   /* that the condition reads */
    uint64_t rows;                                 /* rows with fewer cases do not count; 0: all count */
    int64_t by;                                    /* a date, or INT64_MAX */
    const char *text;                              /* the condition as written */
    IrPlace place;
} IrGoal;

typedef enum IrRule {
    RULE_FINISHED_WITHIN, RULE_HAS, RULE_ONCE, RULE_AT_MOST, RULE_HAS_NO, RULE_BEFORE, RULE_THEN, RULE_RIGHT_BEFORE,
    RULE_NOT_BOTH, RULE_BY, RULE_STARTS, RULE_ENDS, RULE_SAME_PERSON, RULE_NO,
    RULE_OF_CASES = RULE_NO,                       /* up to here cases are judged one by one */
    RULE_CONDITION, RULE_YOUNGER, RULE_SHELL, RULE_LUA, RULE_ATTEST
} IrRule;

typedef struct IrCheck {
    const char *name;
    uint8_t rule;
    const char *process;                           /* rules over cases */
    Code where;
    Value span;                                    /* FINISHED_WITHIN, YOUNGER: a duration */
    const char *a, *b;                             /* steps */
    uint64_t times;                                /* AT_MOST */
    Code who;                                      /* BY: over a case; ATTEST; leaves a list as IrStep.who */
    const Recurrence *due;                         /* ATTEST: a look each time; else NULL */
    const char *file;                              /* YOUNGER: a path, or a pattern of paths */
    Code condition;                                /* NO: over a case; CONDITION: over metrics */
    const uint32_t *metrics; uint32_t metrics_n;
    IrShell shell; const Code *shell_args;         /* SHELL: codes in the program's unit */
    IrLua lua;
    bool has_window; IrWindow window;              /* during */
    int64_t at_most;                               /* exceptions; -1: none allowed and none said */
    int64_t at_most_share;                         /* millionths; -1: not said */
    bool may_be_empty;
    uint64_t sample, seed;                         /* only so many cases are judged; 0: all */
    uint64_t rows;
    Code warn;                                     /* a condition that must also hold, else warn; CODE_NONE */
    const char *warn_text;
    const char *text;                              /* the rule as written */
    IrPlace place;
} IrCheck;

typedef struct IrWaiver {                          /* a finding that is accepted for a while, once `by` confirms it */
    uint32_t check;                                /* of the audit */
    uint64_t case_id; const char *key;             /* 0 and NULL: whatever the check finds */
    int64_t until;                                 /* a date: its last day */
    const char *because, *by;
    IrPlace place;
} IrWaiver;

typedef enum IrSeverity { AUDIT_MINOR, AUDIT_MAJOR, AUDIT_CRITICAL } IrSeverity;
typedef struct IrAudit {
    const char *name, *why;
    uint32_t system;
    uint8_t severity;
    Code owner;
    const char *owner_text;
    const char *const *refs; uint32_t refs_n;
    const IrTrigger *triggers; uint32_t triggers_n;   /* TIME only */
    const IrCheck *checks; uint32_t checks_n;
    const IrWaiver *waivers; uint32_t waivers_n;
    Value fix_within;                              /* a duration, or none */
    const IrLua *prelude; uint32_t prelude_n;      /* Lua functions of the systems around it, outermost first */
    const IrModule *modules; uint32_t modules_n;   /* of Lua, that its file uses */
    IrPlace place;
} IrAudit;

typedef struct IrTestLine {
    uint8_t kind;                                  /* IrTestLineKind */
    bool refused;                                  /* an act: it is expected to be refused */
    bool own;                                      /* of the case that the last START began; else of the newest one of
                                                      the process in which the step is open */
    const char *process;                           /* of the case; NULL: of none */
    const char *name;                              /* a step; SIGNAL, WAITING: an event; GIVEN_TABLE: a table;
                                                      GIVEN_MAIL, GIVEN_FILE: a file */
    const char *other;                             /* DID: the step that comes later, or NULL */
    const char *person;                            /* who acts; OFFERED: to whom; NULL: not said */
    const IrArg *args; uint32_t args_n;            /* values by name. HOLDS: what is told when it does not hold */
    Code code;                                     /* CLOCK: moment; AFTER: span; GIVEN_SHELL, GIVEN_HTTP: how the
                                                      command or request begins; GIVEN_TABLE: list of rows; HOLDS:
                                                      condition */
    Code text;                                     /* GIVEN_SHELL: what it prints; GIVEN_FILE: what it holds;
                                                      GIVEN_HTTP: the answer's body; acts: why; or CODE_NONE */
    int64_t status;                                /* GIVEN_SHELL, GIVEN_MAIL: its exit status; GIVEN_HTTP: that of the
                                                      answer, 0: none comes */
    const char *written;
    IrPlace place;
} IrTestLine;

typedef struct IrTest {
    const char *name;
    uint32_t system;
    const IrTestLine *lines; uint32_t lines_n;
    IrPlace place;
} IrTest;

/* where: slot i is what it takes as i-th */
typedef struct IrVolume { const char *process; int64_t factor; Code where; } IrVolume;
typedef struct IrStaff { const char *role; uint64_t people; } IrStaff;
typedef struct IrAssumption {                      /* how long a step lasts, or what a variable of a case is */
    const char *process, *name;
    bool lasts;
    uint8_t spread;                                /* IrSpread, of values */
    Code values[3]; uint32_t values_n;
    const char *text;                              /* as written */
} IrAssumption;
typedef struct IrScenario {                        /* what a simulation changes */
    const char *name;
    uint32_t system;
    const IrVolume *volumes; uint32_t volumes_n;
    const IrStaff *staff;    uint32_t staff_n;
    const IrAssumption *assumptions; uint32_t assumptions_n;
    Value span; uint64_t times;                    /* so long, so often; none and 0: it does not say */
    IrPlace place;
} IrScenario;

typedef struct IrProgram {
    Arena *arena;
    const char *file;                              /* the main file, as given */
    const char *folder;                            /* of the main file: input files are relative to it */
    IrUnit unit;                                   /* of declarations */
    const Code *codes;       uint32_t codes_n;
    const Calendar *calendars; uint32_t calendars_n;
    const IrHolidays *holidays; uint32_t holidays_n;
    const IrPerson *persons; uint32_t persons_n;
    const IrRole *roles;     uint32_t roles_n;
    const IrEvent *events;   uint32_t events_n;
    const IrTable *tables;   uint32_t tables_n;
    const IrLog *logs;       uint32_t logs_n;
    const IrSecret *secrets; uint32_t secrets_n;
    const IrAllow *allows;   uint32_t allows_n;
    const IrUse *uses;       uint32_t uses_n;
    const IrModule *modules; uint32_t modules_n;   /* of Lua; named as the main file would */
    const IrSystem *systems; uint32_t systems_n;
    const IrProcess *processes; uint32_t processes_n;
    const IrMetric *metrics; uint32_t metrics_n;
    const IrAggregate *aggregates; uint32_t aggregates_n;
    const IrGoal *goals;     uint32_t goals_n;
    const IrAudit *audits;   uint32_t audits_n;
    const IrTest *tests;     uint32_t tests_n;
    const IrScenario *scenarios; uint32_t scenarios_n;
    const IrLua *prelude;    uint32_t prelude_n;   /* all systems' Lua functions, for the prompt */
} IrProgram;

/* ---- look-ups: NULL or IR_NONE where there is none ------------------------------------------ */
const IrProcess *ir_process(const IrProgram *p, const char *name);
const IrRole *ir_role(const IrProgram *p, const char *name);
const IrPerson *ir_person(const IrProgram *p, const char *id);
/* Whose login it is: without a word of that, the person of that name, known or not. NULL: nobody's, for who has that
 * name has another login. */
const char *ir_owner(const IrProgram *p, const char *login);
/* Who typed what this person (NULL: nobody) did, where that is somebody else: a person, or a login that is nobody's.
 * login: as events have it. It may be the person's own; or says who acted for them, as a person or, where that could be
 * taken for another, as a login behind IR_BARE_LOGIN. */
#define IR_BARE_LOGIN "login "
const char *ir_typist(const IrProgram *p, const char *person, const char *login);
const IrEvent *ir_event(const IrProgram *p, const char *name);
const IrTable *ir_table(const IrProgram *p, const char *name);
const IrLog *ir_log(const IrProgram *p, const char *name);
const IrMetric *ir_metric(const IrProgram *p, const char *name);
const Calendar *ir_calendar(const IrProgram *p, const char *name);
/* The calendar that counts for a process and a role of it where none is named (NULL: of neither): the role's, else the
 * owner's, else the only one; NULL: none does. */
const Calendar *ir_calendar_of(const IrProgram *p, const char *process, const char *role);
/* The zone of dates and windows where none is named: the only calendar's, else UTC. */
const Zone *ir_zone(const IrProgram *p);
/* Of a process: the zone of this role's calendar (NULL: no role), else of its owner's, else of the only one; UTC
 * where the file has no calendar. NULL: it has several, and none of them is the process's. A log goes by
 * the only calendar, too; else by the first zone that it says. */
const Zone *ir_zone_of(const IrProgram *p, const char *process, const char *role);
/* How values are written for this person: English where nothing is known of them (NULL, undeclared, no `language`). */
const Manner *ir_manner(const IrProgram *p, const char *person);
uint32_t ir_step(const IrFlow *f, const char *name);
uint32_t ir_node(const IrFlow *f, const char *name);
uint32_t ir_var(const IrFlow *f, const char *name);        /* of scope 0 first */
/* Does the node itself fill this variable; which event does it wait for (NULL: none)? What its children do does
 * not count. */
bool ir_fills(const IrFlow *f, uint32_t node, uint32_t slot);
const char *ir_awaited(const IrFlow *f, uint32_t node);
/* Does the step's machine part (or that of its undo) show outside? */
bool ir_outside(const IrStep *step, bool undo);
/* Does its Lua (or that of its undo) name a module by which it would ask for what lies outside it? */
bool ir_lua_asks(const IrStep *step, bool undo);
/* Does the word stand in a text of Lua by itself, and not as a member of something? True too often rather than too
 * rarely. */
bool ir_lua_names(const char *text, const char *word);
/* Does a text of Lua plainly assign this variable? */
bool ir_lua_sets(const char *text, const char *name);
/* Of a flow that was just made or read: notes both of its Lua, as its text, or one that it calls, names what it would
 * do that by: http, mail, or how files are written. */
void ir_note_outside(IrFlow *f);
/* How many instructions an expression has, with the expressions of aggregates inside that it jumps
 * over: up to the first END behind which no jump leads. 0: it has no end. */
uint32_t ir_code_length(const IrUnit *u, Code code);

/* ---- names of rows ------------------------------------------------------------------------------ */
const char *ir_node_name(uint16_t op);
const char *ir_op_name(uint8_t op);
const char *ir_builtin_name(uint32_t b);
const char *ir_aggregate_name(uint32_t k);
const char *ir_attribute_name(uint32_t a);
const char *ir_test_line_name(uint32_t kind);
uint32_t ir_builtin_find(const char *name);                /* 0: none */
uint32_t ir_aggregate_find(const char *name);
uint32_t ir_attribute_find(const char *name);
void ir_type_print(Buf *b, const IrUnit *u, uint32_t type); /* "money or none", "one of web, ad", "Lead" */

/* ---- whole-program calls --------------------------------------------------------------------------- */
/* `ops ir`: everything, as text. */
void ir_print(Buf *b, const IrProgram *p);
void ir_print_flow(Buf *b, const IrFlow *f);
void ir_print_code(Buf *b, const IrUnit *u, Code code);     /* one line, "CONST $500; SLOT budget; LESS_EQ; END" */
/* Holds: operands in range, pre-order and parents consistent, stack depths right on every path
 * (at most 64), one value at END. Flows read from a store are verified before use. */
Status ir_verify(const IrProgram *p, Error *err) MUST_CHECK;
Status ir_verify_flow(const IrFlow *f, Error *err) MUST_CHECK;
/* The stored form of a flow, and back (any bytes are safe: what is damaged is refused). With
 * places or, for the hash, without. */
void ir_write_flow(Buf *b, const IrFlow *f, bool places);
Status ir_read_flow(Arena *a, const char *bytes, size_t n, IrFlow **out, Error *err) MUST_CHECK;
/* SHA-256 of the stored form without places; made when first asked for, since most programs are only checked. */
const uint8_t *ir_flow_hash(const IrFlow *f);

#endif
