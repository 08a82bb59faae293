/* model_case.c -- cases and their frames: what is open, how it ends before its time, and what is then undone. */
#include "tests/model/model_private.h"

#include <string.h>

/* ---- values ---------------------------------------------------------------------------------- */

Num model_read_ref(const Vars *v, int32_t r)
{
    return r ? v->v[ref_id(r)] : (Num){.set = true};
}

int64_t model_number(const Vars *v, int32_t r, int32_t adds)
{
    return model_read_ref(v, r).n + adds;
}

bool model_holds(const Vars *v, int32_t of, int32_t how, int32_t than)
{
    int64_t n = model_number(v, of, 0);
    return how == 0 ? n < than : how == 1 ? n > than : n == than;
}

void model_bind(Vars *v, uint32_t id, Num n)
{
    n.set = true;
    v->v[id] = n;
    v->own[id] = true;
}

void model_bind_number(Vars *v, uint32_t id, int64_t n)
{
    model_bind(v, id, (Num){.n = n});
}

/* What the step that ended last gave, computed from a variable, came from where that did, too. */
void model_bind_given(Model *m, Frame *f, uint32_t id, int64_t n, int32_t of)
{
    From *self = ARENA_NEW(m->arena, From);
    *self = (From){f->of->lines.n, of ? f->vars->v[ref_id(of)].from : NULL};
    model_bind(f->vars, id, (Num){.n = n, .by = self->line, .from = self});
    model_set_beside(f, id);
}

void model_bind_own(Model *m, Frame *f, uint32_t id, int64_t n, int32_t of)
{
    From *self = ARENA_NEW(m->arena, From);
    *self = (From){OWN + ++f->of->given, of ? f->vars->v[ref_id(of)].from : NULL};
    model_bind(f->vars, id, (Num){.n = n, .by = self->line, .from = self});
    model_set_beside(f, id);
}

/* ... of the step that ended last. */
void model_bind_answer(Model *m, Frame *f, int64_t n)
{
    From *self = ARENA_NEW(m->arena, From);
    *self = (From){f->of->lines.n, NULL};
    f->of->lines.items[self->line - 1]->value = n;
    model_bind(f->vars, ref_id(f->node->a[STEP_SETS]), (Num){.n = n, .by = self->line, .from = self});
    model_set_beside(f, ref_id(f->node->a[STEP_SETS]));
}

/* "S3 5", and of a list "S3 1, 2". */
const char *model_with_value(Model *m, const char *head, int32_t id, const Vars *v, int32_t r)
{
    Buf b = {0};
    buf_printf(&b, "%sS%d", head, id);
    Num n = model_read_ref(v, r);
    if (r) buf_putc(&b, ' ');
    if (r && ref_kind(r) != REF_LIST) buf_printf(&b, "%lld", (long long)n.n);
    for (uint32_t i = 0; r && ref_kind(r) == REF_LIST && i < n.len; i++)
        buf_printf(&b, "%s%lld", i ? ", " : "", (long long)n.list[i]);
    const char *text = buf_dup(&b, m->arena);
    buf_free(&b);
    return text;
}

/* A branch sees what was before it, and its own. */
Vars *model_vars_of_branch(Model *m, const Vars *outer)
{
    Vars *v = ARENA_NEW(m->arena, Vars);
    *v = *outer;
    memset(v->own, 0, sizeof v->own);
    return v;
}

void model_hand_on(const Vars *from, Vars *to)
{
    for (uint32_t i = 0; i < PLAN_IDS; i++)
        if (from->own[i]) to->v[i] = from->v[i], to->own[i] = true;
}

/* ---- frames ---------------------------------------------------------------------------------- */

Frame *model_frame(Model *m, Case *c, Frame *in, const Node *n, Role role)
{
    Frame *f = ARENA_NEW(m->arena, Frame);
    *f = (Frame){.of = c, .in = in, .node = n, .role = role, .serial = ++m->serial, .due = NEVER, .deadline = NEVER,
                 .remind = NEVER, .escalates = NEVER,
                 .since = m->at};
    if (in) f->vars = in->vars;
    *VEC_PUSH(m->arena, &c->frames) = f;
    return f;
}

bool model_within(const Frame *f, const Frame *outer)
{
    while (f && f != outer) f = f->in;
    return f != NULL;
}

bool model_runs_machine(const Frame *f)
{
    return f->line ? f->line->node->kind == N_SHELL || f->line->node->kind == N_LUA
                   : f->node->kind == N_SHELL || f->node->kind == N_LUA;
}

Message *model_send(Model *m, MessageKind kind)
{
    Message *msg = VEC_PUSH(m->arena, &m->messages);
    *msg = (Message){.kind = kind, .number = m->messages.n, .at = m->at};
    return msg;
}

/* What is open in a frame is withdrawn, the last that began first; the frame itself, too, where `itself` says so. */
void model_withdraw(Model *m, Frame *outer, bool itself)
{
    Case *c = outer->of;
    for (uint32_t i = c->frames.n; i-- > 0;) {
        Frame *f = c->frames.items[i];
        bool stays = f->stays;
        f->stays = false;
        if (f->over || stays || !model_within(f, outer) || (f == outer && !itself)) continue;
        f->over = true;
        f->lingers = f->node->kind == N_LOCK && f->role == STATEMENT && (f->stage == RUNS || f->stage == DRAINS);
        if (f->stage != CALLS) continue;
        model_send(m, WITHDRAW)->frame = f;
        f->recalls = true;
    }
}

Input *model_put(Model *m, InputKind kind, Case *of)
{
    Input *in = VEC_PUSH(m->arena, &m->inputs);
    *in = (Input){.kind = kind, .of = of, .at = m->now};
    return in;
}

/* ---- how cases end --------------------------------------------------------------------------- */

void model_end_case(Model *m, Case *c, CaseState how, const char *outcome)
{
    for (uint32_t i = 0; i < c->frames.n; i++)
        if (!c->frames.items[i]->in) model_withdraw(m, c->frames.items[i], true);
    c->state = how;
    c->outcome = outcome;
    c->ended = m->at;
    c->remind = c->escalates = NEVER;
    if (!c->caller) return;
    Message *back = model_send(m, RETURN);
    back->frame = c->caller;
    back->well = how == ENDS_FINISHED;
    back->failed = how == ENDS_FAILED;
    back->n = c->root->vars->v[PLAN_OUT].n;
}

/* Is the undoing of what ended in this frame the block's? Of a race that of its losers is; what is still to be undone
 * in a branch that won, since an `on EVENT` cut that short, goes on beside all. */
static bool is_its_own(const Frame *block, const Frame *in)
{
    if (!model_within(in, block)) return false;
    while (in != block && in->in != block) in = in->in;
    return block->node->kind != N_RACE || in == block || !in->handling;
}

/* Does a case that was called in this block (NULL: in any) undo what it did? */
static bool recalls(const Case *c, const Frame *block)
{
    bool any = false;
    for (uint32_t i = 0; i < c->frames.n; i++) {
        const Frame *f = c->frames.items[i];
        any |= f->recalls && (!block || is_its_own(block, f));
    }
    return any;
}

/* Is something that ended in this block still to be undone? */
bool model_owes(const Case *c, const Frame *block)
{
    if (recalls(c, block)) return true;
    for (uint32_t i = 0; i < c->lines.n; i++)
        if (c->lines.items[i]->owed && (!block || is_its_own(block, c->lines.items[i]->in))) return true;
    return false;
}

/* What is being undone is undone to its end, then the case ends. */
void model_stops(Model *m, Case *c, CaseState how, const char *outcome)
{
    model_withdraw(m, c->root, true);
    c->ending = how;
    c->deadline = NEVER;               /* nobody waits for what it was to bring, only for what is undone */
    c->outcome = outcome;
    if (!model_owes(c, NULL)) model_end_case(m, c, how, outcome);
}

/* All that it did is undone first. */
void model_end_undone(Model *m, Case *c, CaseState how, const char *outcome)
{
    for (uint32_t i = 0; i < c->lines.n; i++)
        if (c->lines.items[i]->undo && !*c->lines.items[i]->fate) c->lines.items[i]->owed = true;
    model_stops(m, c, how, outcome);
}

/* ---- undoing --------------------------------------------------------------------------------- */

/* What it would go by was of an element that is over. */
bool model_lacks_value(const Frame *f)
{
    const int32_t *a = f->node->a;
    switch (f->node->kind) {
    case N_ASK: case N_APPROVE: return !model_read_ref(f->vars, a[STEP_SHOWS]).set;
    case N_SHELL: return f->role != UNDO && !model_read_ref(f->vars, a[SHELL_SHOWS]).set;
    case N_SET:   return !model_read_ref(f->vars, a[SET_OF]).set;
    case N_IF:    return !model_read_ref(f->vars, a[IF_OF]).set;
    case N_EMIT:  return !model_read_ref(f->vars, a[EMIT_OF]).set;
    case N_CALL: case N_START: return !model_read_ref(f->vars, a[CALL_OF]).set;
    default: return false;
    }
}

void model_begin_machine(Model *m, Frame *f)
{
    model_look_around(f);
    if (model_lacks_value(f)) {
        model_fails(m, f, false, "no value");
        return;
    }
    f->ahead = f->node->kind == N_LUA && (f->serial > m->kept || f->stage == WORKS);
    f->stage = WORKS;
    f->tried = true;
    f->tries++;
    f->due = NEVER;
    *VEC_PUSH(m->arena, &m->begun) = f;
}

static void begin_undo(Model *m, Case *c, Line *line)
{
    Frame *f = model_frame(m, c, NULL, line->node, UNDO);
    c->undoing = f;
    f->line = line;
    f->vars = line->in->vars;
    if (model_runs_machine(f)) {
        model_begin_machine(m, f);
    } else {
        f->stage = OFFERED;
        f->named = model_named(f);
        f->out = model_left_out(f);
        f->text = line->undo;
    }
}

static void goes_on(Model *m, Frame *f)
{
    f->stage = RUNS;
    if (!f->next) {
        model_leave(m, f);
        return;
    }
    f->list = f->next;
    f->at = 0;
    model_go(m, f);
}

/* What is undone was done in it. */
static void locks_let_go(Model *m, Case *c)
{
    for (uint32_t i = 0; i < c->frames.n; i++) {
        Frame *f = c->frames.items[i];
        f->lingers &= model_owes(c, f);
        if (f->lingers) reach(m, REACH_LINGERS);
    }
}

/* One after the other, the last one first; then what waited for it goes on. */
void model_undo_next(Model *m, Case *c)
{
    for (uint32_t i = 0; i < c->frames.n && !c->ending && c->state == RUNNING; i++) {
        Frame *f = c->frames.items[i];
        if (!f->over && f->stage == UNDOES && !model_owes(c, f)) goes_on(m, f);
    }
    locks_let_go(m, c);
    if (c->undoing || recalls(c, NULL) || c->state != RUNNING) return;
    for (uint32_t i = c->lines.n; i-- > 0;)
        if (c->lines.items[i]->owed) {
            begin_undo(m, c, c->lines.items[i]);
            return;
        }
    if (c->ending) model_end_case(m, c, c->ending, c->outcome);
}

void model_undone(Model *m, Frame *f, const char *fate)
{
    reach(m, *fate == 'u' ? REACH_UNDONE : REACH_LEFT);
    f->over = true;
    f->line->owed = false;
    f->line->fate = fate;
    f->of->undoing = NULL;
}

/* Marks what ended in the block; it goes on when all is undone. */
void model_undo_block(Model *m, Frame *block, const Node *then)
{
    Case *c = block->of;
    block->stage = UNDOES;
    block->next = then;
    for (uint32_t i = 0; i < c->lines.n; i++) {
        Line *l = c->lines.items[i];
        if (l->undo && !*l->fate && is_its_own(block, l->in)) l->owed = true;
    }
    if (!model_owes(c, block)) goes_on(m, block);
}

/* ---- failing --------------------------------------------------------------------------------- */

void model_hand_on_open(Frame *block)
{
    for (uint32_t i = block->of->frames.n; i-- > 0;) {
        Frame *f = block->of->frames.items[i];
        bool branch = f->role == BRANCH && f->node->kind == N_PARALLEL;
        bool late = f->role == BESIDE && f->node->kind == N_ON_LATE;
        if (!f->over && (branch || late) && f != block && model_within(f, block)) model_hand_on(f->vars, f->in->vars);
    }
}

/* A handler takes the place of what is open in the block. What has been set in there stays set, as elsewhere. What an
 * approval that lapsed waits for is a yes, and that is not done with by the handler: it is asked for in the block. */
void model_interrupt(Model *m, Frame *block)
{
    VEC(const Frame *) asked = {0};
    for (uint32_t i = 0; i < block->of->frames.n; i++) {
        Frame *f = block->of->frames.items[i];
        bool lapsed = !f->over && f->role == AGAIN && f->node->kind == N_APPROVE && model_within(f, block);
        if (lapsed && f->in == block) f->stays = true;
        else if (lapsed) *VEC_PUSH(m->arena, &asked) = f;
    }
    model_hand_on_open(block);
    model_withdraw(m, block, false);
    if (block->stage == DRAINS) block->stage = RUNS;         /* nothing is left that it waited for */
    for (uint32_t i = 0; i < asked.n; i++) model_asks_in(m, block, asked.items[i]);
}

static void handle(Model *m, Frame *block, const Node *handler)
{
    model_interrupt(m, block);
    block->handling = true;
    reach(m, handler->kind);
    model_undo_block(m, block, handler);
}

static bool stands_in(const Node *n, const Node *what)
{
    bool found = n == what;
    for (uint32_t i = 0; i < n->kids.n && !found; i++) found = stands_in(n->kids.items[i], what);
    return found;
}

/* A block answers for its way, however late something on it fails: a handler has begun, and an approval on the way is
 * asked for again. It does not answer for its handlers. */
static bool answers_for(const Frame *block, const Node *what)
{
    const Node *n = block->node;
    bool answers = block->role == STATEMENT && (n->kind == N_SEQUENCE || n->kind == N_PROCESS);
    for (uint32_t i = 0; i < n->kids.n && answers; i++)
        answers = !plan_is_handler(n->kids.items[i]) || !stands_in(n->kids.items[i], what);
    return answers;
}

void model_incident(Frame *f)
{
    f->stage = INCIDENT;
    f->due = NEVER;
    f->of->incidents++;
}

void model_fails(Model *m, Frame *f, bool through_calls, const char *why)
{
    for (Frame *b = f->in; b; b = b->in) {
        const Node *handler = answers_for(b, f->node) ? plan_handler(b->node, N_ON_FAIL) : NULL;
        if (!handler) continue;
        handle(m, b, handler);
        return;
    }
    if (through_calls && f->of->caller) {
        reach(m, REACH_THROUGH_CALL);
        model_end_undone(m, f->of, ENDS_FAILED, why);
        return;
    }
    if (f->node->kind == N_REPEAT) f->serial = ++m->serial;  /* one of its own: not there before */
    model_incident(f);
}
