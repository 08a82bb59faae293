/* query_answers.c -- count("Step" where c): how many answers to a step fulfil a condition.
 *
 * A case's variables know the last answer only; its history tells all of them, what was corrected of them, and which
 * stand no more. Nobody learns by it what those who answer apart have said before all of them have.
 */
#include "analysis/query_private.h"

#include <string.h>

typedef struct OneAnswer {
    uint32_t act;
    const char *person;                /* "" of a machine */
    Datum *values; uint32_t values_n;
    bool stands;
    uint32_t again;                    /* as Reply.again */
} OneAnswer;

typedef struct Answers {
    Arena *arena;
    const char *step;
    VEC(OneAnswer) items;
} Answers;

/* The event of one answer: of several people, of one, or of a machine. */
static bool is_answer(const Event *e, const char *step)
{
    bool several = e->kind == EV_ANSWERED && e->n, machine = e->kind == EV_FINISHED;
    bool one = (e->kind == EV_DONE || e->kind == EV_APPROVED) && e->person;       /* else each has an own event */
    return (several || one || machine) && e->node < e->flow->nodes_n &&
           strcmp(e->flow->nodes[e->node].name, step) == 0;
}

static void keep(Answers *all, const Event *e)
{
    OneAnswer *answer = VEC_PUSH(all->arena, &all->items);
    *answer = (OneAnswer){.act = e->act, .person = arena_dup(all->arena, e->person ? e->person : ""),
                          .values = ARENA_ARRAY(all->arena, Datum, e->values_n + 1), .values_n = e->values_n,
                          .stands = true};
    for (uint32_t i = 0; i < e->values_n; i++)
        answer->values[i] = (Datum){arena_dup(all->arena, e->values[i].name),
                                    value_copy(all->arena, &e->values[i].value)};
}

static const Datum *said(const OneAnswer *answer, const char *name)
{
    for (uint32_t i = 0; i < answer->values_n; i++)
        if (strcmp(answer->values[i].name, name) == 0) return &answer->values[i];
    return NULL;
}

/* Of several people only the one whose answer it is. */
static void correct(Answers *all, OneAnswer *answer, const Event *e)
{
    for (uint32_t i = 0; i < e->values_n; i++)
        if (strcmp(e->values[i].name, "$of") == 0 && strcmp(e->values[i].value.text, answer->person) != 0) return;
    for (uint32_t i = 0; i < e->values_n; i++) {
        Datum *wrong = (Datum *)(uintptr_t)said(answer, e->values[i].name);
        if (wrong) wrong->value = value_copy(all->arena, &e->values[i].value);
    }
}

/* What was answered to what is asked anew or done once more, or to an approval that lapsed, counts no more. */
static bool falls(const Event *e)
{
    return e->kind == EV_LAPSED || e->kind == EV_OFFERED || (e->kind == EV_DEVIATED && e->n == DEVIATED_REPEATED);
}

/* The act that is done once more from here on; 0: none is. */
static uint32_t repeated(const Event *e)
{
    for (uint32_t i = 0; i < e->values_n; i++) {
        const Value *v = &e->values[i].value;
        if (strcmp(e->values[i].name, "$again") == 0 && v->type == V_NUMBER)
            return (uint32_t)(v->i / value_integer(1).i);
    }
    return 0;
}

/* Does the answer stand again, or for good no more? What was to come in its place has ended, or nothing came of it. */
static bool settles(const OneAnswer *answer, const Event *e)
{
    bool ends = e->kind == EV_WITHDRAWN || e->kind == EV_HANDLED || e->kind == EV_FINISHED || e->kind == EV_DONE ||
                e->kind == EV_SKIPPED;
    bool aside = answer->again && answer->again != AGAIN_NEXT;
    return aside && (e->kind == EV_ENDED || (ends && e->act == answer->again));
}

/* As case.c folds it. */
static void set_aside(OneAnswer *answer, const Event *e)
{
    uint32_t act = repeated(e);
    if (e->kind == EV_DEVIATED && e->n == DEVIATED_REPEATED && answer->act == e->act) {
        answer->again = answer->stands ? AGAIN_NEXT : 0;
    } else if (act && act == answer->act && (answer->stands || answer->again)) {
        answer->again = e->act;
        answer->stands = false;
    } else if (settles(answer, e)) {
        answer->stands = e->kind == EV_WITHDRAWN || e->kind == EV_ENDED;
        answer->again = 0;
    }
}

static Status note(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    Answers *all = self;
    (void)hash, (void)err;
    if (is_answer(e, all->step)) keep(all, e);
    for (uint32_t i = 0; i < all->items.n; i++) {
        OneAnswer *answer = &all->items.items[i];
        set_aside(answer, e);
        if (answer->act != e->act) continue;
        if (e->kind == EV_CORRECTED) correct(all, answer, e);
        if (falls(e)) answer->stands = false;
    }
    return ST_OK;
}

/* An answer's own values, and the case's around them. Begins with what all other questions ask. */
typedef struct AnswerHost { QueryCaseHost around; const OneAnswer *answer; } AnswerHost;

static Status variable(void *self, Arena *a, const char *name, Value *out, Error *err)
{
    AnswerHost *h = self;
    const Datum *own = said(h->answer, name);
    if (!own) return h->around.host.case_var(&h->around, a, name, out, err);
    *out = value_copy(a, &own->value);
    return ST_OK;
}

static Status count(const Answers *all, const QueryCaseHost *around, const IrUnit *unit, Code condition,
                    uint64_t *fulfil, Error *err)
{
    Status st = ST_OK;
    AnswerHost own = {.around = *around};
    EvalHost host = around->host;
    host.case_var = variable;
    host.answers = NULL;
    host.self = &own;
    for (uint32_t i = 0; i < all->items.n && st == ST_OK; i++) {
        bool holds = false;
        own.answer = &all->items.items[i];
        bool counts = own.answer->stands && engine_counts(around->of, own.answer->act, all->arena);
        if (counts) st = eval_condition(unit, condition, &host, all->arena, &holds, err);
        *fulfil += st == ST_OK && holds;
    }
    return st;
}

Status query_answers(void *self, const IrUnit *unit, const char *step, Code condition, uint64_t *fulfil, Error *err)
{
    const QueryCaseHost *h = self;
    Journal *j = query_journal(h->query);
    Answers all = {.arena = arena_new(), .step = step};
    *fulfil = 0;
    Status st = j ? journal_replay(j, h->of->id, note, &all, err) : ST_OK;
    if (st == ST_OK) st = count(&all, h, unit, condition, fulfil, err);
    arena_free(all.arena);
    return st;
}
