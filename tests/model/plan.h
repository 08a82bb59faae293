/* plan.h -- a trial: a business as a tree of statements, and what happens to it.
 *
 * The tree is the test's own: the `.ops` text that the engine runs is written
 * from it (show.c), the reference model reads it as it stands (model.c). So
 * the two share nothing but the language. A trial is written and read as
 * text, and any part of it may be left out: that is how it shrinks.
 */
#ifndef OPS_TESTS_MODEL_PLAN_H
#define OPS_TESTS_MODEL_PLAN_H

#include "base/arena.h"
#include "base/text.h"

typedef enum NodeKind {
#define NODE(KIND, name, numbers) N_##KIND,
#include "tests/model/plan.def"
#undef NODE
    NODE_KINDS
} NodeKind;

typedef enum DeedKind {
#define DEED(KIND, name, numbers) D_##KIND,
#include "tests/model/plan.def"
#undef DEED
    DEED_KINDS
} DeedKind;

/* What a trial came to: each statement that began, each deed that was accepted, and what else is worth it. */
enum { REACH_DEEDS = NODE_KINDS, REACH_OTHERS = NODE_KINDS + DEED_KINDS };
typedef enum Reach {
    REACH_BEFORE_OTHERS = REACH_OTHERS - 1,
#define REACH(NAME, name) REACH_##NAME,
#include "tests/model/plan.def"
#undef REACH
    REACHES
} Reach;
const char *plan_reach_name(uint32_t reach);

enum { NODE_NUMBERS = 13, DEED_NUMBERS = 5 };

/* What a node's numbers say. ID names steps and blocks: each of its own. A variable is told by a Ref; 0: none. */
enum { PROGRAM_AWAY, PROGRAM_FROM, PROGRAM_TO, PROGRAM_STANDS_IN, PROGRAM_TRAINED };
/* AWAY, from 1: a person; between two days. TRAINED: of the Crew, for all processes, as bits */
enum { PROCESS_WITHIN, PROCESS_EVENT, PROCESS_ABOVE, PROCESS_GIVES, PROCESS_ONE,
       PROCESS_REMIND, PROCESS_ESCALATE };     /* as of steps */
enum { STEP_ID, STEP_SHOWS, STEP_WITHIN, STEP_UNDO, STEP_EXCEPT, STEP_MANY, STEP_SETS, STEP_ABOVE,
       STEP_NEEDS, STEP_WHO, STEP_REMIND, STEP_ESCALATE, STEP_OF };
/* ... of people's steps; NEEDS only of one that asks; REMIND, ESCALATE (to the Boss): hours; OF: by whom WHO goes */
enum { WHO_CREW, WHO_BOTH, WHO_BY_N, WHO_DID, WHO_MANAGER, WHO_TRAINED, WHO_TURN };
enum { SHELL_ID, SHELL_SHOWS, SHELL_COMMAND, SHELL_UNDO, SHELL_RETRY, SHELL_PAUSE, SHELL_SETS, SHELL_ABOVE,
       SHELL_REPEATABLE, SHELL_RELEASED, SHELL_TIMEOUT, SHELL_MOST };
       /* released: by a person; most: the pause doubles up to it, where it is more than 0 */
enum { LUA_ID, LUA_ADDS, LUA_SETS, LUA_OF, LUA_FAILS, LUA_UNDO };
enum { SET_VAR, SET_OF, SET_ADDS };
enum { IF_OF, IF_HOW, IF_THAN };
enum { RACE_WANTS };
enum { EACH_ID, EACH_N, EACH_AT_ONCE, EACH_FROM, EACH_TO };
enum { REPEAT_MOST, REPEAT_OF, REPEAT_HOW, REPEAT_THAN };
enum { LOCK_NAME, LOCK_PLACES };
enum { WAIT_HOURS };                   /* from WAIT_UNTIL on: until that hour of the day; from WAIT_GONE on: until the
                                          begin of a day that many ago */
enum { WAIT_UNTIL = 100, WAIT_GONE = 150 };
enum { AWAIT_EVENT, AWAIT_ID, AWAIT_ABOVE, AWAIT_WITHIN };
enum { EMIT_EVENT, EMIT_OF, EMIT_ADDS, EMIT_COUNTS, EMIT_SETS, EMIT_ABOVE };
/* ... COUNTS: the answers to this step, which sets SETS, that lie above ABOVE */
enum { CALL_PROCESS, CALL_OF, CALL_ID };
enum { TEXT_NUMBER };                  /* of stop and fail */

/* Spans are hours; from these on, of open time, or open days. */
enum { SPAN_BUSINESS_HOURS = 200, SPAN_BUSINESS_DAYS = 300 };

/* A deed's: PICK chooses among what is open then. */
enum { DEED_PICK, DEED_PERSON, DEED_VALUE, DEED_YES, DEED_LOGIN };   /* do; retry, skip, cancel: PICK, VALUE */
/* CORRECT, and MISTAKEN (what a case took, set, or got of a call); EARLIER, of the first: of any round, any element. */
enum { CORRECT_VALUE = 2, CORRECT_WHICH, CORRECT_EARLIER = 3 };
enum { HOLD_REASON = 2, HOLD_TO };     /* claim, delegate: PICK, PERSON; TO, from 1: a person, 0: all who may */
enum { START_PROCESS, START_N };
enum { SIGNAL_EVENT, SIGNAL_N };
enum { GO_ON_MINUTES };
enum { ANSWER_COMMAND, ANSWER_STATUS, ANSWER_PRINTS };
enum { CRASH_HOW, CRASH_AT };
enum { STATUS_TIMEOUT = 4 };           /* an answer that does not come in time */

typedef struct Node Node;
struct Node {
    NodeKind kind;
    uint32_t number;                   /* in the order of writing, from 0 (plan_number) */
    int32_t a[NODE_NUMBERS];
    VEC(Node *) kids;
};

typedef struct Deed { DeedKind kind; int32_t a[DEED_NUMBERS]; } Deed;

typedef struct Plan {
    Arena *arena;
    Node *program;                     /* of processes */
    VEC(Deed) deeds;
} Plan;

/* What a variable is: an id, and how it is read. */
typedef enum RefKind { REF_NUMBER = 1, REF_FIELD, REF_RESULT, REF_ELEMENT, REF_LIST } RefKind;
static inline int32_t ref(uint32_t id, RefKind kind) { return (int32_t)(id * 8 + kind); }
static inline uint32_t ref_id(int32_t r) { return (uint32_t)r / 8; }
static inline RefKind ref_kind(int32_t r) { return (RefKind)(r % 8); }

enum { MOST_REFS = 48 };
typedef struct Refs { int32_t items[MOST_REFS]; uint32_t n; } Refs;

enum { PLAN_N = 1, PLAN_OUT = 2 };    /* the ids of what a process takes, and gives */
enum { PLAN_IDS = 400, PLAN_EVENTS = 2, PLAN_COMMANDS = 6, PLAN_UNDOS = 3 };   /* the last PLAN_UNDOS undo */

/* Ann, Bob and Cy are the Crew; Dee is in no role; Mia is the Boss. */
enum { PLAN_PEOPLE = 5, PLAN_CREW = 3, PLAN_BOSS = 4 };
extern const char *const plan_persons[PLAN_PEOPLE];
enum { DAY_MINUTES = 24 * 60, BEGIN_MINUTES = 9 * 60 };               /* a trial begins at nine */
/* The Office is open from Monday to Friday in the morning and in the afternoon, but for one day. */
enum { PLAN_OPENS = 9 * 60, PLAN_NOON = 12 * 60, PLAN_AFTERNOON = 13 * 60, PLAN_CLOSES = 17 * 60, PLAN_CLOSED_DAY = 2 };

Plan *plan_new(void);
void plan_free(Plan *p);               /* NULL is fine */
Node *plan_node(Plan *p, NodeKind kind);
Node *plan_add(Plan *p, Node *to, NodeKind kind);
Plan *plan_copy(const Plan *p);
void plan_number(Plan *p);
uint32_t plan_nodes(const Plan *p);
/* Takes the node of this number out; hoist: what stands in it takes its place. false: it cannot be. */
bool plan_drop(Plan *p, uint32_t number, bool hoist);
/* What an on fail, on reject ... of this kind holds; NULL: it has none. */
const Node *plan_handler(const Node *n, NodeKind kind);
bool plan_is_handler(const Node *n);
bool plan_is_step(const Node *n);
/* The step of this id anywhere; NULL. */
const Node *plan_step(const Plan *p, uint32_t id);

void plan_write(Buf *b, const Plan *p);
Plan *plan_read(const char *text, Error *err);         /* NULL: it is none */

/* Adds lines in the order of the alphabet: commands of different cases that run at one moment have no other. */
void plan_sorted(Buf *out, const char *lines, size_t n);

/* plan_show.c: the program as people write it. */
void plan_show(Buf *b, const Plan *p);
void plan_show_deed(Buf *b, const Deed *d);
/* What a process sets itself, or gets of calls, as it is read. */
void plan_own(const Plan *p, const Node *process, Refs *out);
const char *plan_name(Arena *a, int32_t r);            /* the variable's */

#include "tests/chance.h"
/* plan_make.c: one by chance. */
Plan *plan_make(Chance *c, bool with_crashes);

#endif
