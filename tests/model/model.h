/* model.h -- the reference model: §6 and §7 of the language, acted out as on paper.
 *
 * Small, slow, and written from the language's page alone: it walks the tree
 * of a plan, keeps every frame that was ever entered, and looks for whatever
 * it needs among all of them. It knows no instruction, no event of the store
 * and no line of the engine; the two meet only in what one can see from
 * outside: what is open and offered, what was done and undone, what commands
 * ran with which values, how cases stand.
 *
 * Order     of what happens at one moment the language says: in the order of
 *           writing, first come first served. What it leaves open, between
 *           cases, is as the live world takes its turns: each case one input
 *           in a round; then fresh waits, then locks, then messages.
 */
#ifndef OPS_TESTS_MODEL_MODEL_H
#define OPS_TESTS_MODEL_MODEL_H

#include "tests/model/plan.h"

typedef struct Model Model;

Model *model_new(const Plan *p);
void model_free(Model *m);             /* NULL is fine */

/* Something that is open and waits for a person. Texts are the model's. */
typedef struct Opening {
    uint32_t case_id, serial;
    bool incident, again;              /* again: it is done once more */
    const char *text;                  /* as model_tell says it */
    const Node *node;
} Opening;
typedef struct Openings { Opening items[128]; uint32_t n; } Openings;
void model_openings(Model *m, bool incidents, bool offers, Openings *out);

/* Each tells whether it is accepted. Minutes are those since the trial began. */
void model_start(Model *m, uint32_t process, int64_t n);
bool model_do(Model *m, const Opening *o, uint32_t person, uint32_t login, int64_t value, bool yes);
bool model_claim(Model *m, const Opening *o, uint32_t person, bool reason);
bool model_delegate(Model *m, const Opening *o, uint32_t person, bool reason, uint32_t to);
/* The last answers of steps that ask one person: what is right can be told. */
void model_answers(Model *m, bool earlier, Openings *out);      /* earlier: of each round, and each element */
bool model_correct(Model *m, const Opening *o, uint32_t person, int64_t value);
uint32_t model_cases(const Model *m);
/* A value that the case took, or set itself, or that a call gave it: as it is read. */
int32_t model_own_value(const Model *m, uint32_t case_id, uint32_t which);
bool model_mistaken(Model *m, uint32_t case_id, uint32_t person, int32_t value, int64_t right);
bool model_retry(Model *m, const Opening *o);
bool model_skip(Model *m, const Opening *o, int64_t value);
/* Steps that are open, and what only looks like one; and leaving one out. */
void model_open_steps(Model *m, Openings *out);
/* Steps that have ended; and doing one once more. */
void model_ended(Model *m, Openings *out);
/* So many times this step had ended with it: one of them stands for it. */
uint32_t model_times_ended(const Model *m, const Opening *o);
bool model_redo(Model *m, const Opening *o, uint32_t person);
bool model_leave_out(Model *m, const Opening *o, uint32_t person, int64_t value);
bool model_cancel(Model *m, uint32_t case_id);
void model_signal(Model *m, uint32_t event, int64_t n);
void model_go_on(Model *m, int64_t minutes);
void model_go_back(Model *m, int64_t minutes);         /* the clock only */
void model_answer(Model *m, uint32_t command, int status, int64_t prints);

/* The process ends: only so many rounds from now are kept, and of the commands that begin with the last of them only
 * so many run. What the deed then does is cut off there, and model_dead says so, until the next process takes up what
 * it finds, at that minute. */
void model_kill(Model *m, uint32_t rounds, uint32_t commands);
bool model_dead(const Model *m);
bool model_held_up(const Model *m);    /* ... with a command that was to run, and did not */
void model_take_up(Model *m, int64_t now);
int64_t model_now(const Model *m);
const bool *model_reached(const Model *m);             /* by Reach */

/* All that can be seen, line by line; and the commands that ran since the last call. */
void model_tell(Model *m, Buf *out);
void model_forget(Model *m);           /* the commands so far */

#endif
