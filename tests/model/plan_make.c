/* plan_make.c -- trials by chance: businesses that the checker finds right, and what happens to them.
 *
 * What may be read at a point of the flow is kept beside it, as the checker will reckon it: a block's variables are
 * forgotten behind it where it may not have run, and each branch of a parallel sets others than its neighbours.
 */
#include "tests/model/plan.h"

#include <string.h>

enum { MOST_IDS = PLAN_IDS - 100 };

typedef struct Make {
    Chance *c;
    Plan *p;
    Refs reads, sets;                  /* that surely have a value here; that may be set here */
    Refs people;                       /* steps of people so far, by id */
    Refs asked;                        /* those that ask: ids, each followed by what it sets */
    uint32_t id, process, processes;
    bool locks;
    const Node *branch;                /* of a parallel: the one being made, NULL: none */
    Refs needed;                       /* steps of its other branches: ids, each followed by what it sets */
} Make;

static uint32_t die(Make *m, uint32_t sides) { return (uint32_t)chance(m->c, sides); }
static bool often(Make *m) { return die(m, 2) == 0; }
static bool seldom(Make *m) { return die(m, 4) == 0; }

static void note(Refs *r, int32_t item)
{
    if (r->n < MOST_REFS) r->items[r->n++] = item;
}

/* Of so many hours at most; now and then of open time. */
static int32_t span(Make *m, uint32_t most)
{
    if (!seldom(m)) return 1 + (int32_t)die(m, most);
    return often(m) ? SPAN_BUSINESS_HOURS + 1 + (int32_t)die(m, 10) : SPAN_BUSINESS_DAYS + 1 + (int32_t)die(m, 2);
}

static int32_t any(Make *m, const Refs *r) { return r->n ? r->items[die(m, r->n)] : 0; }

/* Something of a single number: lists are only shown. */
static int32_t any_number(Make *m)
{
    for (uint32_t i = 0; i < 8; i++) {
        int32_t r = any(m, &m->reads);
        if (r && ref_kind(r) != REF_LIST) return r;
    }
    return ref(PLAN_N, REF_NUMBER);
}

static void flow(Make *m, Node *in, uint32_t deep);

/* What is set inside may not have been set behind it. */
static void apart(Make *m, Node *in, uint32_t deep, bool may_set)
{
    Refs reads = m->reads, sets = m->sets;
    if (!may_set) m->sets.n = 0;
    flow(m, in, deep);
    m->reads = reads, m->sets = sets;
}

/* Runs from any point of what it handles: what that sets is not to be relied upon. */
static void handler(Make *m, Node *of, NodeKind kind, uint32_t deep)
{
    apart(m, plan_add(m->p, of, kind), deep ? deep - 1 : 0, kind != N_ON_LATE && kind != N_ON_EVENT);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void who(Make *m, Node *n)
{
    static const int32_t hows[] = {WHO_BOTH, WHO_BY_N, WHO_DID, WHO_DID, WHO_MANAGER, WHO_MANAGER, WHO_MANAGER,
                                   WHO_TRAINED, WHO_TURN, WHO_TURN, WHO_TURN};
    int32_t how = seldom(m) ? hows[die(m, sizeof hows / sizeof *hows)] : WHO_CREW, of = any(m, &m->people);
    if (n->a[STEP_MANY]) return;
    bool by_another = how == WHO_DID || how == WHO_MANAGER;
    if (by_another && (!of || n->a[STEP_EXCEPT])) return;
    n->a[STEP_WHO] = how;
    if (by_another) n->a[STEP_OF] = of;
}

static void nudges(Make *m, Node *n)
{
    n->a[STEP_REMIND] = seldom(m) ? span(m, 5) : 0;
    n->a[STEP_ESCALATE] = seldom(m) ? span(m, 5) : 0;
}

static void ask_step(Make *m, Node *in, uint32_t deep)
{
    Node *n = plan_add(m->p, in, N_ASK);
    n->a[STEP_ID] = (int32_t)m->id++;
    n->a[STEP_SHOWS] = any(m, &m->reads);
    n->a[STEP_EXCEPT] = seldom(m) ? any(m, &m->people) : 0;
    n->a[STEP_MANY] = !n->a[STEP_EXCEPT] && die(m, 6) == 0 ? 2 : 0;
    who(m, n);
    n->a[STEP_UNDO] = often(m);
    n->a[STEP_ABOVE] = seldom(m) ? 1 + (int32_t)die(m, 4) : 0;
    n->a[STEP_SETS] = ref(m->id++, REF_NUMBER);
    nudges(m, n);
    if (in == m->branch && m->needed.n && often(m)) {
        uint32_t at = 2 * die(m, m->needed.n / 2);
        n->a[STEP_NEEDS] = m->needed.items[at];
        n->a[STEP_SHOWS] = m->needed.items[at + 1];
        note(&m->reads, n->a[STEP_SHOWS]);
    }
    if (seldom(m)) {
        n->a[STEP_WITHIN] = span(m, 4);
        if (deep) handler(m, n, N_ON_LATE, deep);
    }
    if (m->asked.n + 2 <= MOST_REFS) note(&m->asked, n->a[STEP_ID]), note(&m->asked, n->a[STEP_SETS]);
    if (!n->a[STEP_MANY]) {
        note(&m->reads, n->a[STEP_SETS]);
        note(&m->people, n->a[STEP_ID]);
    }
}

static void approval(Make *m, Node *in, uint32_t deep)
{
    Node *n = plan_add(m->p, in, N_APPROVE);
    n->a[STEP_ID] = (int32_t)m->id++;
    n->a[STEP_SHOWS] = often(m) ? m->reads.items[m->reads.n - 1] : any(m, &m->reads);
    n->a[STEP_EXCEPT] = seldom(m) ? any(m, &m->people) : 0;
    n->a[STEP_MANY] = !n->a[STEP_EXCEPT] && seldom(m) ? 1 + (int32_t)die(m, 2) : 0;
    who(m, n);
    n->a[STEP_UNDO] = seldom(m);
    nudges(m, n);
    if (often(m)) handler(m, n, N_ON_REJECT, deep);
    if (seldom(m)) {
        n->a[STEP_WITHIN] = span(m, 4);
        if (deep) handler(m, n, N_ON_LATE, deep);
    }
    if (!n->a[STEP_MANY]) note(&m->people, n->a[STEP_ID]);
}

static void shell_step(Make *m, Node *in, uint32_t deep)
{
    Node *n = plan_add(m->p, in, N_SHELL);
    bool handled = deep && die(m, 3) == 0;
    n->a[SHELL_ID] = (int32_t)m->id++;
    n->a[SHELL_SHOWS] = any(m, &m->reads);
    n->a[SHELL_COMMAND] = (int32_t)die(m, PLAN_COMMANDS - PLAN_UNDOS);
    n->a[SHELL_UNDO] = often(m) ? PLAN_COMMANDS - PLAN_UNDOS + (int32_t)die(m, PLAN_UNDOS) : 0;
    n->a[SHELL_RELEASED] = !handled && seldom(m);
    n->a[SHELL_RETRY] = die(m, 3) || n->a[SHELL_RELEASED] ? 0 : 1 + (int32_t)die(m, 2);
    n->a[SHELL_PAUSE] = n->a[SHELL_RETRY] ? 30 + 15 * (int32_t)die(m, 4) : 0;
    if (n->a[SHELL_RETRY] && often(m)) {
        n->a[SHELL_RETRY] += (int32_t)die(m, 3);
        n->a[SHELL_MOST] = n->a[SHELL_PAUSE] + 15 * (int32_t)die(m, 20);
    }
    n->a[SHELL_REPEATABLE] = die(m, 3) == 0;
    n->a[SHELL_TIMEOUT] = seldom(m) ? 30 : 0;
    if (often(m)) {
        n->a[SHELL_SETS] = ref(m->id++, REF_NUMBER);
        n->a[SHELL_ABOVE] = die(m, 3) ? 0 : 1 + (int32_t)die(m, 3);
    }
    if (handled) handler(m, n, N_ON_FAIL, deep);
    else if (n->a[SHELL_SETS]) note(&m->reads, n->a[SHELL_SETS]);
}

static void lua_step(Make *m, Node *in, uint32_t deep)
{
    Node *n = plan_add(m->p, in, N_LUA);
    bool handled = deep && seldom(m);
    n->a[LUA_ID] = (int32_t)m->id++;
    n->a[LUA_OF] = ref(PLAN_N, REF_NUMBER);
    for (uint32_t i = 0; i < 4; i++) {
        int32_t r = any_number(m);
        if (ref_kind(r) == REF_NUMBER) n->a[LUA_OF] = r;
    }
    n->a[LUA_ADDS] = (int32_t)die(m, 3);
    n->a[LUA_FAILS] = handled || seldom(m) ? 2 + (int32_t)die(m, 5) : 0;
    n->a[LUA_UNDO] = seldom(m);
    n->a[LUA_SETS] = ref(m->id++, REF_NUMBER);
    if (handled) handler(m, n, N_ON_FAIL, deep);
    else note(&m->reads, n->a[LUA_SETS]);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static void condition(Make *m, Node *n, uint32_t at)
{
    n->a[at] = any_number(m);
    n->a[at + 1] = (int32_t)die(m, 2);
    n->a[at + 2] = 1 + (int32_t)die(m, 6);
}

static void choice(Make *m, Node *in, uint32_t deep)
{
    Node *n = plan_add(m->p, in, N_IF);
    condition(m, n, IF_OF);
    apart(m, plan_add(m->p, n, N_LIST), deep, true);
    if (often(m)) apart(m, plan_add(m->p, n, N_LIST), deep, true);
}

/* What may be set goes to one branch each. */
static void deal(Make *m, Refs *left)
{
    m->sets.n = 0;
    for (uint32_t k = left->n; k-- > 0;)
        if (often(m)) note(&m->sets, left->items[k]), left->items[k] = left->items[--left->n];
}

/* Steps that stand in a branch itself and surely set what they ask for or give: others may need them. */
static void note_needed(Refs *needed, const Node *branch)
{
    for (uint32_t i = 0; i < branch->kids.n; i++) {
        const Node *n = branch->kids.items[i];
        bool asks = n->kind == N_ASK && !n->a[STEP_MANY], gives = n->kind == N_SHELL && n->a[SHELL_SETS] && !n->kids.n;
        if ((!asks && !gives) || needed->n + 2 > MOST_REFS) continue;
        note(needed, n->a[STEP_ID]);
        note(needed, asks ? n->a[STEP_SETS] : n->a[SHELL_SETS]);
    }
}

static void parallel(Make *m, Node *in, uint32_t deep)
{
    Node *n = plan_add(m->p, in, N_PARALLEL);
    Refs before = m->reads, after = m->reads, sets = m->sets, left = m->sets, around = m->needed, needed = {.n = 0};
    const Node *branch = m->branch;
    for (uint32_t i = 2 + die(m, 2); i > 0; i--) {
        Node *own = plan_add(m->p, n, N_SEQUENCE);
        m->reads = before, m->needed = needed, m->branch = own;
        deal(m, &left);
        flow(m, own, deep);
        for (uint32_t k = before.n; k < m->reads.n; k++) note(&after, m->reads.items[k]);
        note_needed(&needed, own);
    }
    m->reads = after, m->sets = sets, m->needed = around, m->branch = branch;
}

/* Of one winner all branches may set the same; of several, which hand on one after the other, each another. */
static void race(Make *m, Node *in, uint32_t deep)
{
    Node *n = plan_add(m->p, in, N_RACE);
    Refs sets = m->sets, left = m->sets;
    uint32_t branches = 2 + die(m, 2);
    n->a[RACE_WANTS] = die(m, 3) || branches < 3 ? 1 : 2;
    for (uint32_t i = 0; i < branches; i++) {
        if (n->a[RACE_WANTS] > 1) deal(m, &left);
        apart(m, plan_add(m->p, n, N_SEQUENCE), deep, true);
    }
    m->sets = sets;
}

static void handled(Make *m, Node *in, uint32_t deep)
{
    Node *n = plan_add(m->p, in, N_SEQUENCE);
    Refs before = m->reads;
    uint32_t what = die(m, 3);
    apart(m, n, deep, true);
    Refs sets = m->sets;
    m->reads.n = 0;
    for (uint32_t i = 0; i < before.n; i++) {
        bool may = true;
        for (uint32_t k = 0; k < sets.n; k++) may &= sets.items[k] != before.items[i];
        if (may) note(&m->reads, before.items[i]);
    }
    if (what != 1) handler(m, n, N_ON_FAIL, deep);
    if (what != 0) {
        Node *on = plan_node(m->p, N_ON_EVENT);
        on->a[AWAIT_EVENT] = (int32_t)die(m, PLAN_EVENTS);
        on->a[AWAIT_ID] = (int32_t)m->id++;
        on->a[AWAIT_ABOVE] = (int32_t)die(m, 6);
        *VEC_PUSH(m->p->arena, &n->kids) = on;
        Refs reads = m->reads;
        note(&m->reads, ref((uint32_t)on->a[AWAIT_ID], REF_FIELD));
        apart(m, on, deep ? deep - 1 : 0, true);
        m->reads = reads;
    }
    m->reads = before;
}

static void locked(Make *m, Node *in, uint32_t deep)
{
    Node *n = plan_add(m->p, in, N_LOCK);
    n->a[LOCK_NAME] = (int32_t)die(m, 2);
    n->a[LOCK_PLACES] = 1 + n->a[LOCK_NAME];
    m->locks = false;
    flow(m, n, deep);
    m->locks = true;
}

static void each(Make *m, Node *in, uint32_t deep)
{
    Node *n = plan_add(m->p, in, N_EACH);
    Refs reads = m->reads, sets = m->sets;
    n->a[EACH_ID] = (int32_t)m->id++;
    n->a[EACH_N] = 1 + (int32_t)die(m, 3);
    n->a[EACH_AT_ONCE] = often(m) ? (int32_t)die(m, 4) - 1 : 0;
    note(&m->reads, ref((uint32_t)n->a[EACH_ID], REF_ELEMENT));
    if (n->a[EACH_AT_ONCE]) m->sets.n = 0;
    bool locks = m->locks;
    m->locks &= !n->a[EACH_AT_ONCE];
    uint32_t before = m->reads.n;
    flow(m, n, deep);
    m->locks = locks;
    for (uint32_t k = before; n->a[EACH_AT_ONCE] && k < m->reads.n; k++)
        if (ref_kind(m->reads.items[k]) == REF_NUMBER) n->a[EACH_FROM] = m->reads.items[k];
    m->reads = reads, m->sets = sets;
    if (!n->a[EACH_FROM]) return;
    n->a[EACH_TO] = ref(m->id++, REF_LIST);
    note(&m->reads, n->a[EACH_TO]);
    ask_step(m, in, 0);
    in->kids.items[in->kids.n - 1]->a[STEP_SHOWS] = n->a[EACH_TO];
}

static void repeated(Make *m, Node *in, uint32_t deep)
{
    Node *n = plan_add(m->p, in, N_REPEAT);
    Refs reads = m->reads;
    n->a[REPEAT_MOST] = 1 + (int32_t)die(m, 3);
    flow(m, n, deep);
    condition(m, n, REPEAT_OF);
    m->reads = reads;
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void await(Make *m, Node *in, uint32_t deep)
{
    Node *n = plan_add(m->p, in, N_AWAIT);
    n->a[AWAIT_EVENT] = (int32_t)die(m, PLAN_EVENTS);
    n->a[AWAIT_ID] = (int32_t)m->id++;
    n->a[AWAIT_ABOVE] = (int32_t)die(m, 6);
    n->a[AWAIT_WITHIN] = die(m, 3) ? span(m, 6) : 0;
    if (n->a[AWAIT_WITHIN]) apart(m, n, deep ? deep - 1 : 0, true);
    else note(&m->reads, ref((uint32_t)n->a[AWAIT_ID], REF_FIELD));
}

static void set(Make *m, Node *in)
{
    Node *n = plan_add(m->p, in, N_SET);
    int32_t old = any(m, &m->sets);
    n->a[SET_OF] = often(m) ? any_number(m) : 0;
    n->a[SET_ADDS] = (int32_t)die(m, 5);
    n->a[SET_VAR] = old && die(m, 3) ? old : ref(m->id++, REF_NUMBER);
    if (n->a[SET_VAR] == old) return;
    note(&m->reads, n->a[SET_VAR]);
    note(&m->sets, n->a[SET_VAR]);
}

static void emit(Make *m, Node *in)
{
    Node *n = plan_add(m->p, in, N_EMIT);
    n->a[EMIT_EVENT] = m->process + 1 < m->processes ? (int32_t)die(m, PLAN_EVENTS) : 0;
    n->a[EMIT_OF] = often(m) ? any_number(m) : 0;
    n->a[EMIT_ADDS] = 1 + (int32_t)die(m, 7);
    if (!m->asked.n || often(m)) return;
    uint32_t at = 2 * die(m, m->asked.n / 2);
    n->a[EMIT_OF] = 0;
    n->a[EMIT_COUNTS] = m->asked.items[at];
    n->a[EMIT_SETS] = m->asked.items[at + 1];
    n->a[EMIT_ABOVE] = (int32_t)die(m, 4);
}

static void call(Make *m, Node *in)
{
    if (m->process + 1 >= m->processes) {
        shell_step(m, in, 0);
        return;
    }
    Node *n = plan_add(m->p, in, seldom(m) ? N_START : N_CALL);
    n->a[CALL_PROCESS] = (int32_t)(m->process + 1 + die(m, m->processes - m->process - 1));
    n->a[CALL_OF] = any_number(m);
    if (n->kind == N_START) return;
    n->a[CALL_ID] = (int32_t)m->id++;
    if (n->a[CALL_PROCESS] == 1) note(&m->reads, ref((uint32_t)n->a[CALL_ID], REF_RESULT));
}

/* Under a condition: nothing may stand behind an end. */
static void ending(Make *m, Node *in)
{
    Node *n = plan_add(m->p, in, N_IF);
    condition(m, n, IF_OF);
    Node *list = plan_add(m->p, n, N_LIST);
    plan_add(m->p, list, die(m, 3) ? N_FAIL : N_STOP)->a[TEXT_NUMBER] = (int32_t)m->id++;
}

static void wait(Make *m, Node *in)
{
    Node *n = plan_add(m->p, in, N_WAIT);
    int32_t until = often(m) ? WAIT_UNTIL + (int32_t)die(m, 24) : WAIT_GONE + (int32_t)die(m, 3);
    n->a[WAIT_HOURS] = seldom(m) ? until : span(m, 4);
}

static void statement(Make *m, Node *in, uint32_t deep)
{
    if (m->id > MOST_IDS) deep = 0;
    switch (deep ? die(m, 20) : die(m, 10)) {
    case 0: case 1: ask_step(m, in, deep); break;
    case 2:
        if (die(m, 3)) ask_step(m, in, deep);              /* to be approved */
        approval(m, in, deep);
        break;
    case 3: case 4: shell_step(m, in, deep); break;
    case 5: lua_step(m, in, deep); break;
    case 6: set(m, in); break;
    case 7: wait(m, in); break;
    case 8: emit(m, in); break;
    case 9: ending(m, in); break;
    case 10: parallel(m, in, deep - 1); break;
    case 11: case 12: race(m, in, deep - 1); break;
    case 13: case 14: handled(m, in, deep - 1); break;
    case 15:
        if (m->locks) locked(m, in, deep - 1);
        else await(m, in, deep);
        break;
    case 16: each(m, in, deep - 1); break;
    case 17: await(m, in, deep); break;
    case 18: call(m, in); break;
    default: often(m) ? repeated(m, in, deep - 1) : choice(m, in, deep - 1);
    }
}

static void flow(Make *m, Node *in, uint32_t deep)
{
    uint32_t most = m->id > MOST_IDS ? 1 : 3;
    for (uint32_t i = 1 + die(m, most); i > 0; i--) statement(m, in, deep);
}

/* What a call gave is at hand for all that follows. */
static void calls_first(Make *m, Node *in)
{
    Node *n = plan_add(m->p, in, N_CALL);
    n->a[CALL_PROCESS] = 1;
    n->a[CALL_OF] = any_number(m);
    n->a[CALL_ID] = (int32_t)m->id++;
    note(&m->reads, ref((uint32_t)n->a[CALL_ID], REF_RESULT));
}

/* Something that may turn out to be wrong while all that follows is under way. */
static void approved_first(Make *m, Node *in)
{
    ask_step(m, in, 0);
    const Node *first = in->kids.items[in->kids.n - 1];
    approval(m, in, 1);
    ask_step(m, in, 0);
    Node *other = in->kids.items[in->kids.n - 1];          /* for another than the first, mostly */
    bool apart = !first->a[STEP_MANY] && !other->a[STEP_MANY] && !other->a[STEP_OF] && !seldom(m);
    if (apart) other->a[STEP_EXCEPT] = first->a[STEP_ID];
}

static void process(Make *m)
{
    Node *n = plan_add(m->p, m->p->program, N_PROCESS);
    m->reads.n = m->sets.n = m->people.n = m->asked.n = 0;
    m->locks = m->process == 0;
    note(&m->reads, ref(PLAN_N, REF_NUMBER));
    if (seldom(m)) n->a[PROCESS_WITHIN] = span(m, 10);
    if (seldom(m)) n->a[PROCESS_REMIND] = span(m, 10);
    if (seldom(m)) n->a[PROCESS_ESCALATE] = span(m, 10);
    n->a[PROCESS_ONE] = seldom(m);
    if (m->process == 2 && often(m)) n->a[PROCESS_EVENT] = 2, n->a[PROCESS_ABOVE] = (int32_t)die(m, 6);
    if (m->process == 1) {
        n->a[PROCESS_GIVES] = 1;
        note(&m->sets, ref(PLAN_OUT, REF_NUMBER));
    }
    set(m, n);
    if (m->process == 0 && m->processes > 1 && often(m)) calls_first(m, n);
    if (m->process == 0 && often(m)) approved_first(m, n);
    if (m->process != 1 || often(m)) flow(m, n, 1 + die(m, 3));    /* else a call of it has ended at once */
    if (m->asked.n && often(m)) emit(m, n);
    if (n->a[PROCESS_WITHIN] && often(m)) {
        Refs reads = m->reads;
        m->reads.n = 1;
        handler(m, n, N_ON_LATE, 1);
        m->reads = reads;
    }
    if (seldom(m)) {
        m->reads.n = 1;
        handler(m, n, N_ON_FAIL, 1);
    }
}

/* ---- what happens ---------------------------------------------------------------------------- */

static void deed(Make *m, DeedKind kind, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    *VEC_PUSH(m->p->arena, &m->p->deeds) = (Deed){kind, {(int32_t)a, (int32_t)b, (int32_t)c, (int32_t)d}};
}

/* Mostly of the Crew, else of the Boss, or of Dee, who may stand in; now and then for one by the login of another. */
static void done(Make *m, uint32_t pick, bool yes)
{
    uint32_t person = die(m, 4) ? die(m, PLAN_CREW) : often(m) ? PLAN_BOSS : PLAN_CREW;
    uint32_t login = die(m, 6) ? 0 : 1 + die(m, PLAN_PEOPLE);
    deed(m, D_DO, pick, person, die(m, 9), yes);
    m->p->deeds.items[m->p->deeds.n - 1].a[DEED_LOGIN] = login == person + 1 ? 0 : (int32_t)login;
}

static void held(Make *m, uint32_t pick)
{
    uint32_t person = die(m, PLAN_PEOPLE), reason = die(m, 3) != 0;
    if (often(m)) deed(m, D_CLAIM, pick, person, reason, 0);
    else deed(m, D_DELEGATE, pick, person, reason, die(m, PLAN_PEOPLE + 1));
}

static void goes_on(Make *m)
{
    uint32_t how = die(m, 8);
    if (how == 0) deed(m, D_GO_ON, 60 * die(m, 48), 0, 0, 0);
    else if (how == 1) deed(m, D_BACK, 15 * (1 + die(m, 40)), 0, 0, 0);
    else deed(m, D_GO_ON, 15 * die(m, 20), 0, 0, 0);
}

/* What a command comes to from now on; those that undo fail more often, for they seldom run. */
static void answered(Make *m)
{
    uint32_t command = die(m, PLAN_COMMANDS), well = command < PLAN_COMMANDS - PLAN_UNDOS ? 2 : 1;
    deed(m, D_ANSWER, command, die(m, 3) < well ? 0 : 3 + die(m, 2), 1 + die(m, 6), 0);
}

/* Something is corrected; what is asked for again then is often answered. */
static void corrected(Make *m, uint32_t pick)
{
    uint32_t person = die(m, 3) ? PLAN_BOSS : die(m, PLAN_PEOPLE);
    if (often(m)) deed(m, D_MISTAKEN, pick, person, die(m, 9), die(m, 8));
    else deed(m, D_CORRECT, pick, person, die(m, 9), often(m));
    for (uint32_t i = die(m, 5); i > 0; i--) done(m, die(m, 64), often(m));
}

/* Something is done once more, and mostly answered; now and then it is not, after all. */
static void redone(Make *m, uint32_t pick)
{
    deed(m, D_REDO, pick, die(m, 3) ? PLAN_BOSS : die(m, PLAN_PEOPLE), 0, 0);
    if (seldom(m)) deed(m, D_LEAVE_OUT, die(m, 64), PLAN_BOSS, die(m, 9), 0);
    for (uint32_t i = 2 + die(m, 4); i > 0; i--) done(m, die(m, 64), often(m));
}

/* At a write of the store, or rather in the midst of a command: of the first, most often. */
static void crash(Make *m)
{
    uint32_t how = die(m, 4);
    if (how >= 2) deed(m, D_CRASH, 2, die(m, 3) ? 3 : die(m, 3), 0, 0);
    else deed(m, D_CRASH, how, die(m, 40), 0, 0);
}

static void by_chance(Make *m, bool with_crashes)
{
    uint32_t pick = die(m, 64);
    switch (die(m, with_crashes ? 38 : 30)) {
    case 0: deed(m, D_SIGNAL, die(m, PLAN_EVENTS), die(m, 9), 0, 0); break;
    case 1: case 2:
        answered(m);
        break;
    case 3: case 4: case 5: goes_on(m); break;
    case 6: deed(m, D_CANCEL, pick, 0, 0, 0); break;
    case 7: case 8: deed(m, D_RETRY, pick, 0, 0, 0); break;
    case 9: case 10: case 11: deed(m, D_SKIP, pick, die(m, 9), 0, 0); break;
    case 12: deed(m, D_AGAIN, 0, 0, 0, 0); break;
    case 13: deed(m, D_START, die(m, m->processes), die(m, 5), 0, 0); break;
    case 14: case 15: held(m, pick); break;
    case 23: case 24: case 25: corrected(m, pick); break;
    case 26: deed(m, D_LEAVE_OUT, pick, often(m) ? PLAN_BOSS : die(m, PLAN_PEOPLE), die(m, 9), 0); break;
    case 27: case 28: case 29: redone(m, pick); break;
    case 30: deed(m, D_REOPEN, 0, 0, 0, 0); break;
    case 31: case 32: case 33: case 34: case 35: case 36: case 37: crash(m); break;
    default: done(m, pick, die(m, 4) != 0);
    }
}

static void absence(Make *m)
{
    int32_t *a = m->p->program->a;
    a[PROGRAM_AWAY] = 1 + (int32_t)die(m, PLAN_CREW);
    a[PROGRAM_FROM] = (int32_t)die(m, 2);
    a[PROGRAM_TO] = a[PROGRAM_FROM] + (int32_t)die(m, 2);
    a[PROGRAM_STANDS_IN] = often(m) ? PLAN_CREW : (a[PROGRAM_AWAY] + (int32_t)die(m, 2)) % PLAN_CREW;
}

Plan *plan_make(Chance *c, bool with_crashes)
{
    Make m = {.c = c, .p = plan_new(), .id = PLAN_OUT + 1};
    if (die(&m, 3) == 0) absence(&m);
    m.p->program->a[PROGRAM_TRAINED] = 1 + (int32_t)die(&m, (1 << PLAN_CREW) - 1);
    m.processes = 1 + die(&m, 3);
    for (m.process = 0; m.process < m.processes; m.process++) process(&m);
    if (often(&m)) deed(&m, D_ANSWER, PLAN_COMMANDS - 1 - die(&m, PLAN_UNDOS), 3, 0, 0);
    for (uint32_t i = 1 + die(&m, 3); i > 0; i--) deed(&m, D_START, 0, die(&m, 5), 0, 0);
    for (uint32_t i = 10 + die(&m, 40); i > 0; i--) by_chance(&m, with_crashes);
    plan_number(m.p);
    return m.p;
}
