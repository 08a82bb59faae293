/* tasks.h -- what is open for people, with all that one must know to do it.
 *
 * `ops tasks` lists it, `ops today` makes a person's day of it.
 */
#ifndef OPS_CLI_TASKS_H
#define OPS_CLI_TASKS_H

#include "cli/session.h"
#include "runtime/leave.h"

typedef struct Task {                  /* an open step with all that a person must know */
    uint64_t number, case_id;
    const char *what;                  /* the step's name, or `undoing "Load the van"` */
    const char *of;                    /* " of claim = A": for which elements of lists; "": for none */
    const char *process, *key, *step, *who, *progress, *holder, *ask, *example;
    const char *doer;                  /* as whom the reader may complete it; NULL: not at all, or not now */
    const char *before;                /* what comes before its machine part, which a person releases; or NULL */
    const char **shown; uint32_t shown_n;
    const char *trouble;               /* why it came back, or is asked anew after a correction; or NULL */
    bool came_back;
    Instant since, due;
    uint32_t reminded;
    bool approval, late, undoes;
    bool mine, known;                  /* for `today`: is it the person's to do; did they do something in the case? */
} Task;

/* Borrowed: it lies in the arena .row, with what is worked out of it, and is gone with the next one. */
typedef Status TaskVisit(void *self, const Task *task, Error *err);

typedef struct Tasks {
    Session *s;
    KeptCase kept;
    Arena *row;
    Lists lists;                       /* of the case of that row */
    TaskVisit *visit;
    void *self;
    uint64_t most, told, left_out;     /* told of so many at most; how many that were, and how many more there are */
    const char *person, *process;
    const char *today;                 /* whose day it is: what others have to do is told, too; NULL: nobody's */
    bool to_them;                      /* it is they who read it, not who asks */
    bool creator;                      /* who asks made the store, and may act for others */
    Leaves leaves;                     /* or has been given leave to act for some */
} Tasks;

/* Calls visit for what is open, as .person, .process, .most and .today ask for it: there may be a million of them. */
Status tasks_read(Tasks *t, TaskVisit *visit, void *self, Error *err) MUST_CHECK;
Task task_copy(Arena *a, const Task *task);
/* The command that completes it, for who may; NULL: the reader may not, nor act for anyone who may, or not now. */
const char *task_command(const Tasks *t, Arena *a, const Task *task);
/* What every listing of tasks says of one in JSON: its number, case, step, and for whom it is. */
void task_json(Buf *b, const Task *task);

#endif
