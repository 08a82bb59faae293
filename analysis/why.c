/* why.c -- what a case waits for, on whom, and why not on the others whom a rule names. */
#include "analysis/story.h"

#include "base/json.h"
#include "runtime/live.h"
#include "runtime/older.h"

#include <string.h>

/* One open act that waits for people. */
typedef struct Asking { const Story *s; const Case *of; const Act *act; Value who; } Asking;

/* What keeps one whom the rule names from it; NULL: nothing does. */
static const char *hindrance(const Asking *q, const char *person)
{
    const Story *s = q->s;
    if (engine_answered(q->of, s->program, q->act, person)) return "they answered already";
    if (engine_may(s->program, &q->who, s->now, person)) {
        bool holds = engine_holds(s->program, q->act, &q->who, s->now, person);
        return holds ? NULL : arena_printf(s->arena, "%s has it", engine_holder(s->program, q->act, &q->who, s->now));
    }
    const char *out = engine_left_out(q->of, s->program, q->act, &q->who, person, s->arena);
    return out ? out : "the rule wants more of them, such as training";
}

static Asking asking(const Story *s, const Case *c, const Act *a)
{
    return (Asking){s, c, a, engine_rule_now(c, s->env, a, s->now, s->arena)};
}

/* ---- for people --------------------------------------------------------------------------- */

/* What keeps whoever stands in from it; NULL: nothing does. */
static const char *stand_in_hindrance(const Asking *q, const IrAway *away)
{
    const Story *s = q->s;
    if (engine_away(s->program, away->stand_in, s->now)) return "who is away, too";
    if (engine_may(s->program, &q->who, s->now, away->stand_in)) return NULL;
    return arena_printf(s->arena, "who may not: %s", hindrance(q, away->stand_in));
}

static void tell_absence(const Asking *q, Buf *out, const char *person, const IrAway *away)
{
    char until[40];
    const char *why = away->stand_in ? stand_in_hindrance(q, away) : NULL;
    until[date_print(until, away->to)] = 0;
    buf_printf(out, "  %s may, and is away until %s%s%s%s%s\n", person, until,
               away->stand_in ? ": for them stands in " : "", away->stand_in ? away->stand_in : "", why ? ", " : "",
               why ? why : "");
}

/* Those who may, and there are some, are all away. */
static bool nobody_is_there(const Asking *q)
{
    const Story *s = q->s;
    Value may = engine_eligible(s->program, &q->who, s->now, s->arena);
    for (uint32_t i = 0; i < may.len; i++)
        if (!engine_away(s->program, may.list[i].text, s->now)) return false;
    return may.len > 0;
}

/* Nothing is told of who can. */
static void tell_person(const Asking *q, const char *person, Buf *out)
{
    const Story *s = q->s;
    const char *why = hindrance(q, person);
    const IrAway *away = engine_away(s->program, person, s->now);
    if (why) buf_printf(out, "  not %s: %s\n", person, why);
    if (away && engine_may(s->program, &q->who, s->now, person) && !engine_answered(q->of, s->program, q->act, person))
        tell_absence(q, out, person, away);
}

static void tell_people(const Asking *q, Buf *out)
{
    const Act *a = q->act;
    const Story *s = q->s;
    const Zone *zone = ir_zone_of(s->program, q->of->process, NULL);
    Value named = engine_named(s->program, &q->who, s->arena);
    buf_printf(out, "  since %s", story_when(s->manner, zone, a->offered, s->arena));
    if (a->deadline != INSTANT_NEVER)
        buf_printf(out, ", %s %s", a->late || s->now > a->deadline ? "late: it was due" : "due",
                   story_when(s->manner, zone, a->deadline, s->arena));
    buf_putc(out, '\n');
    for (uint32_t i = 0; a->turns.type == V_LIST && i < a->turns.len; i++) {
        const char *person = a->turns.list[i].text;
        bool still = engine_may(s->program, &q->who, s->now, person);
        if (*person) buf_printf(out, "  it %s the turn of %s%s\n", still ? "is" : "was", person,
                                still ? "" : ", who may not any more");
    }
    for (uint32_t i = 0; i < named.len; i++) tell_person(q, named.list[i].text, out);
    if (nobody_is_there(q)) buf_puts(out, "  nobody who may is there now\n");
    const char *gone = older_gone(s->program, &q->who);
    if (gone)
        buf_printf(out, "  role %s, for which this version asks, is gone from the file: %s\n", gone,
                   older_remedy(s->program, q->of, a, gone, s->arena));
}

/* The case that a call waits for. It began behind the call, so few have to be looked at. */
typedef struct Called { const Case *caller; const Act *call; uint64_t id; bool incident; } Called;

static Status is_called(void *self, const CaseRow *row, Case **of, Error *err)
{
    Called *x = self;
    (void)err;
    if ((*of)->caller == x->caller->id && (*of)->caller_act == x->call->id)
        x->id = row->id, x->incident = row->incidents > 0;
    return ST_OK;
}

/* Why no case has begun that this act called, and what would let it begin. NULL: one has. */
typedef struct Unbegun { const char *why, *remedy; } Unbegun;

static Status unbegun(const Story *s, const Case *c, const Act *call, Unbegun *out, Error *err)
{
    const char *name = c->flow->unit.names[c->flow->nodes[call->node].a];
    const IrProcess *process = ir_process(s->program, name);
    uint64_t message;
    Status st = journal_open_call(s->journal, c->id, call->id, &message, err);
    *out = (Unbegun){0};
    if (st != ST_OK || !message) return st;
    if (!process)
        *out = (Unbegun){arena_printf(s->arena, "process %s is gone from the file", name), "give it back"};
    else if (process_runs(process))
        *out = (Unbegun){"the next run begins it", NULL};
    else
        *out = (Unbegun){process_rests(s->arena, process),
                         process->status == STATUS_RETIRED ? "make it live again" : "take that out"};
    return ST_OK;
}

static void tell_command(const Story *s, const char *command, const char *word, const char *more, Buf *out)
{
    const char *const words[] = {word, NULL};
    buf_puts(out, "  ");
    propose(out, s->advice, command, words, more);
    buf_putc(out, '\n');
}

static void tell_unbegun(const Story *s, const Case *c, const Unbegun *u, Buf *out)
{
    buf_show(out, "  no case of it has begun: %s\n", u->why);
    if (!s->advice) return;
    if (u->remedy) buf_printf(out, "  %s and run, or cancel this case:\n", u->remedy);
    tell_command(s, "run", NULL, NULL, out);
    if (u->remedy)
        tell_command(s, "cancel", arena_printf(s->arena, "%llu", (unsigned long long)c->id), "--because ...", out);
}

static Status tell_called(const Story *s, const Case *c, const Act *call, Buf *out, Error *err)
{
    Unbegun u;
    Status st = unbegun(s, c, call, &u, err);
    if (u.why) tell_unbegun(s, c, &u, out);
    if (st != ST_OK || u.why) return st;
    enum { LOOKED_AT = 1000 };
    Called x = {.caller = c, .call = call};
    CaseFilter behind = {.process = c->flow->unit.names[c->flow->nodes[call->node].a], .started_from = call->offered,
                         .started_to = INSTANT_NEVER, .most = LOOKED_AT};
    st = journal_cases(s->journal, &behind, true, is_called, &x, err);
    const char *id = arena_printf(s->arena, "%llu", (unsigned long long)x.id);
    if (st != ST_OK || !x.id) return st;
    buf_printf(out, "  it is case %s%s\n", id, x.incident ? ", which has an incident" : "");
    if (x.incident && s->advice) tell_command(s, "why", id, NULL, out);
    return ST_OK;
}

/* Those that hold the lock, in front of those that wait for it. */
typedef struct Holders {
    const Case *waits;
    Arena *arena;
    VEC(WorkRow) of;                   /* without their texts */
    uint32_t ahead;
} Holders;

static Status note_holder(void *self, const WorkRow *row, Error *err)
{
    Holders *h = self;
    (void)err;
    if (row->state == ACT_BLOCK)
        *VEC_PUSH(h->arena, &h->of) = (WorkRow){.case_id = row->case_id, .act = row->act};
    else if (row->case_id == h->waits->id) return ST_END;
    else h->ahead++;
    return ST_OK;
}

/* Cases, as "4, 5". */
typedef struct Several { const char *cases; uint32_t n; } Several;

static void add_case(Arena *a, Several *all, uint64_t id)
{
    all->cases = arena_printf(a, "%s%s%llu", all->n ? all->cases : "", all->n ? ", " : "", (unsigned long long)id);
    all->n++;
}

/* Those that are at work in it, and those that only keep it. */
static Status sort_holders(const Story *s, const Holders *h, Several *have, Several *keep, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < h->of.n && st == ST_OK; i++) {
        Case *c = NULL;
        st = journal_case(s->journal, h->of.items[i].case_id, &c, err);
        const Act *a = st == ST_OK ? case_act(c, h->of.items[i].act) : NULL;
        if (st == ST_OK) add_case(s->arena, a && case_lingers(c, a) ? keep : have, c->id);
        case_free(c);
    }
    return st;
}

static Status tell_holders(const Story *s, const Case *c, const Act *a, Buf *out, Error *err)
{
    Holders h = {.waits = c, .arena = s->arena};
    WorkFilter of = {.lock = a->text};
    Several have = {0}, keep = {0};
    Status st = journal_work(s->journal, &of, note_holder, &h, err);
    if (st == ST_OK || st == ST_END) st = sort_holders(s, &h, &have, &keep, err);
    if (st != ST_OK) return st;
    if (have.n) buf_printf(out, "  case%s %s ha%s it\n", have.n > 1 ? "s" : "", have.cases, have.n > 1 ? "ve" : "s");
    if (keep.n)
        buf_printf(out, "  case%s %s keep%s it until what was done in it is undone\n", keep.n > 1 ? "s" : "",
                   keep.cases, keep.n > 1 ? "" : "s");
    if (h.ahead) buf_printf(out, "  %u before it wait%s for it, too\n", h.ahead, h.ahead > 1 ? "" : "s");
    return ST_OK;
}

/* What one open act waits for, and how that stands. */
static Status tell_waiting(const Story *s, const Case *c, const Act *a, Buf *out, Error *err)
{
    uint16_t op = c->flow->nodes[a->node].op;
    bool waits = a->state == ACT_WAITING;
    Asking q = a->state == ACT_OFFERED ? asking(s, c, a) : (Asking){0};
    story_open(s, c, a, out);
    if (a->state == ACT_OFFERED) tell_people(&q, out);
    if ((waits && op == IRN_CALL) || case_recalls(c, a)) return tell_called(s, c, a, out, err);
    return waits && op == IRN_LOCK ? tell_holders(s, c, a, out, err) : ST_OK;
}

Status story_why(const Story *s, const Case *c, Buf *out, Error *err)
{
    size_t before = out->n;
    bool left = false;
    Status st = ST_OK;
    for (uint32_t i = 0; i < c->acts.n && st == ST_OK; i++) st = tell_waiting(s, c, &c->acts.items[i], out, err);
    bool any = out->n > before;
    if (st == ST_OK) st = story_left(s, c, out, &left, err);
    any |= left;
    if (c->status != CASE_RUNNING)
        buf_printf(out, "Case %llu waits for nothing: it is %s\n", (unsigned long long)c->id,
                   case_status_name(c->status));
    else if (!any)
        buf_printf(out, "Case %llu waits for nobody: a machine is at work\n", (unsigned long long)c->id);
    return st;
}

/* ---- as JSON --------------------------------------------------------------------------------- */

/* The word of what is open; NULL: a machine is at work, or others are open in it. stopped: see story_stopped. */
static const char *waits_for(const Case *c, const Act *a, bool stopped)
{
    uint16_t op = c->flow->nodes[a->node].op;
    switch ((ActState)a->state) {
    case ACT_OFFERED:  return "person";
    case ACT_INCIDENT: return "incident";
    case ACT_PAUSED:   return a->due == INSTANT_NEVER ? "steps" : "retry";
    case ACT_HELD:     return "steps";
    case ACT_WAITING:
        if (op == IRN_STEP) return "steps";
        if (op == IRN_CALL) return "process";
        if (op == IRN_LOCK) return "lock";
        return op == IRN_WAIT_SPAN || op == IRN_WAIT_UNTIL ? "time" : "event";
    case ACT_UNDOING:  return case_recalls(c, a) ? "process" : NULL;
    case ACT_RUNNING:  return stopped ? "run" : NULL;
    case ACT_BLOCK: case ACT_READY: break;
    }
    return NULL;
}

static void hindered_json(const char *person, const char *why, Buf *b)
{
    if (!why) return;
    json_comma(b);
    buf_putc(b, '{');
    json_key_string(b, "person", person);
    json_key_string(b, "because", why);
    buf_putc(b, '}');
}

/* Who stands in for the i-th whom the rule names, and is there; NULL: nobody, or they are named, too, or were told of
 * with an earlier one. */
static const char *further_stand_in(const Asking *q, const Value *named, uint32_t i)
{
    const Story *s = q->s;
    const IrAway *away = engine_away(s->program, named->list[i].text, s->now);
    const char *person = away ? away->stand_in : NULL;
    if (!person || engine_away(s->program, person, s->now)) return NULL;
    for (uint32_t k = 0; k < named->len; k++) {
        const IrAway *earlier = k < i ? engine_away(s->program, named->list[k].text, s->now) : NULL;
        if (strcmp(named->list[k].text, person) == 0) return NULL;
        if (earlier && earlier->stand_in && strcmp(earlier->stand_in, person) == 0) return NULL;
    }
    return person;
}

static void people_json(const Asking *q, Buf *b)
{
    const Story *s = q->s;
    Value named = engine_named(s->program, &q->who, s->arena);
    Value may = engine_eligible(s->program, &q->who, s->now, s->arena);
    json_key(b, "who");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < may.len; i++)
        if (engine_holds(s->program, q->act, &q->who, s->now, may.list[i].text))
            json_comma(b), json_string(b, may.list[i].text, strlen(may.list[i].text));
    buf_putc(b, ']');
    json_key(b, "not");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < named.len; i++) {
        const char *person = named.list[i].text, *stand_in = further_stand_in(q, &named, i);
        hindered_json(person, hindrance(q, person), b);
        if (stand_in) hindered_json(stand_in, hindrance(q, stand_in), b);
    }
    buf_putc(b, ']');
    json_key_string(b, "claimed", engine_holder(s->program, q->act, &q->who, s->now));
    json_key_string(b, "gone", older_gone(s->program, &q->who));
}

/* The elements of lists that it is for, and how --element names them. */
static void elements_json(const Story *s, const Case *c, const Act *a, Buf *b)
{
    const Reader reader = {s->manner, ir_zone_of(s->program, c->process, NULL)};
    Lists own = {.arena = s->arena, .journal = s->journal};
    const Elements of = elements_open(s->lists ? s->lists : &own, c, a);
    if (!of.items.n) return;
    json_key(b, "of");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < of.items.n; i++) {
        const Element *e = &of.items.items[i];
        json_comma(b);
        buf_putc(b, '{');
        json_key_string(b, "name", e->name);
        json_key(b, "value");
        value_json(b, &e->value);
        if (e->n) json_key_int(b, "number", e->n);
        buf_putc(b, '}');
    }
    buf_putc(b, ']');
    json_key_string(b, "element", elements_word(s->arena, &of, reader));
}

static Status act_json(const Story *s, const Case *c, const Act *a, Buf *b, Error *err)
{
    bool stopped;
    Unbegun u = {0};
    Status st = story_stopped(s, c, a, &stopped, err);
    const char *waits = waits_for(c, a, stopped);
    if (st != ST_OK || !waits) return st;
    bool task = a->state == ACT_OFFERED, awaits = a->state == ACT_WAITING || case_recalls(c, a);
    bool called = awaits && c->flow->nodes[a->node].op == IRN_CALL;
    json_comma(b);
    buf_putc(b, '{');
    json_key_string(b, "for", waits);
    json_key_string(b, "at", c->flow->nodes[a->node].name);
    json_key_bool(b, "undoing", a->undoes != 0);
    elements_json(s, c, a, b);
    json_key_string(b, "text", called ? story_awaited(c, a, s->arena) : a->text);
    story_json_instant(b, "since", story_since(s->came, c, a));
    story_json_instant(b, "due", task ? a->deadline : a->due);
    json_key_bool(b, "late", a->late || (task && s->now > a->deadline));
    if (task) {
        Asking q = asking(s, c, a);
        people_json(&q, b);
    }
    if (called) st = unbegun(s, c, a, &u, err);
    if (called) json_key_string(b, "because", u.why);
    buf_putc(b, '}');
    return st;
}

Status story_why_json(const Story *s, const Case *c, Buf *out, Error *err)
{
    Status st = ST_OK;
    buf_putc(out, '{');
    json_key_int(out, "case", (int64_t)c->id);
    json_key_string(out, "process", c->process);
    json_key_string(out, "key", c->key);
    json_key_string(out, "status", case_status_name(c->status));
    json_key(out, "waits");
    buf_putc(out, '[');
    for (uint32_t i = 0; i < c->acts.n && st == ST_OK; i++) st = act_json(s, c, &c->acts.items[i], out, err);
    buf_puts(out, "]}\n");
    return st;
}
