/* cmd_move.c -- cases and the versions of their process: migrate, and what check tells of it. */
#include "cli/people.h"

#include "base/json.h"
#include "cli/table.h"
#include "runtime/move.h"
#include "runtime/older.h"

#include <string.h>

int cmd_migrate(Args *args);

typedef enum Fate { FATE_STAYS, FATE_MAY, FATE_MOVED } Fate;

typedef struct Older {                 /* a running case of another version than the file's */
    uint64_t id;
    const char *process, *key, *version;
    uint8_t fate;
    Move move;                         /* of a case that stays, its problems say why */
    OlderMeets meets;                  /* as long as it goes on with its version */
} Older;

typedef struct Movers {
    Session *s;
    VEC(Older) cases;
    bool asked;                        /* the case was named: it is told of whatever its version */
} Movers;

static const char *version_of(Arena *a, const IrFlow *f)
{
    char hex[65];
    sha256_hex(ir_flow_hash(f), hex);
    return arena_printf(a, "%.8s", hex);
}

/* Would the file's version be run at all? NULL: it would. */
static const char *no_version(Session *s, const char *process)
{
    const IrProcess *p = ir_process(s->program, process);
    if (!p) return arena_printf(s->arena, "there is no process %s in %s", process, s->program->file);
    return process_runs(p) ? NULL : process_rests(s->arena, p);
}

/* What fell due belongs to the version under which it did: deadlines pass and waits end at their moment, not at that of
 * the move. */
static void plan_move(Session *s, const Case *c, const IrFlow *to, Move *out)
{
    move_plan(c, to, s->arena, out);
    if (engine_earliest_due(c) < clock_now())
        *VEC_PUSH(s->arena, &out->problems) = "something of it is due that no run has seen to yet: `ops tick` first";
}

static void plan(Movers *m, const Case *c)
{
    Session *s = m->s;
    const IrProcess *p = ir_process(s->program, c->process);
    bool newest = p && memcmp(ir_flow_hash(p->flow), ir_flow_hash(c->flow), SHA256_BYTES) == 0;
    if (newest && !m->asked) return;
    Older *o = VEC_PUSH(s->arena, &m->cases);
    *o = (Older){.id = c->id, .process = arena_dup(s->arena, c->process),
                 .key = c->key ? arena_dup(s->arena, c->key) : "", .version = version_of(s->arena, c->flow)};
    const char *why = c->status != CASE_RUNNING ? "it has ended" : newest ? "it has the file's version already"
                                                                         : no_version(s, c->process);
    if (why) *VEC_PUSH(s->arena, &o->move.problems) = why;
    else plan_move(s, c, p->flow, &o->move);
    if (c->status == CASE_RUNNING && !newest) older_meets(s->program, c, s->arena, &o->meets);
    o->fate = o->move.problems.n ? FATE_STAYS : FATE_MAY;
}

static Status plan_case(void *self, const CaseRow *row, Case **of, Error *err)
{
    (void)row, (void)err;
    plan(self, *of);
    return ST_OK;
}

static Status find_cases(Movers *m, Error *err)
{
    const Args *args = m->s->args;
    CaseFilter running = {.status = CASE_RUNNING, .process = args->value[OPT_PROCESS]};
    Status st = find_process(m->s->arena, m->s->program, args->value[OPT_PROCESS], err);
    m->asked = args->words_n > 0 && strcmp(args->command->name, "migrate") == 0;
    if (st == ST_OK && !m->asked) st = journal_cases(m->s->journal, &running, true, plan_case, m, err);
    for (uint32_t i = 0; m->asked && i < args->words_n && st == ST_OK; i++) {
        Case *c = NULL;
        st = session_case(m->s, args->words[i], &c, err);
        bool named = false;            /* ahead of this, too */
        for (uint32_t k = 0; st == ST_OK && k < m->cases.n; k++) named |= m->cases.items[k].id == c->id;
        if (st == ST_OK && !named) plan(m, c);
        case_free(c);
    }
    return st;
}

/* ---- moving ---------------------------------------------------------------------------- */

/* What the plan was made of may be over: it is made again of the case as it is now. */
static Status move_one(Session *s, Older *o, const MoveBy *by, Out *out, Error *err)
{
    Case *c;
    Status st = journal_case(s->journal, o->id, &c, err);
    if (st != ST_OK) return st;
    const IrFlow *to = o->move.to;
    Advance advance = {.of = c, .seq_before = c->seq, .out = out};
    out_clear(out);
    plan_move(s, c, to, &o->move);
    if (!o->move.problems.n && c->status == CASE_RUNNING) {
        move_case(c, &o->move, by, out);
        st = journal_keep_flow(s->journal, to, err);
        if (st == ST_OK) st = journal_commit(s->journal, &advance, 1, err);
        if (st == ST_OK && advance.status == ST_OK) o->fate = FATE_MOVED;
    }
    if (st == ST_OK && o->fate != FATE_MOVED) {
        o->fate = FATE_STAYS;
        if (!o->move.problems.n) *VEC_PUSH(s->arena, &o->move.problems) = "it went on meanwhile: move it again";
    }
    case_free(c);
    return st;
}

static Status move_all(Movers *m, Error *err)
{
    Session *s = m->s;
    MoveBy by = {.because = s->args->value[OPT_BECAUSE], .at = clock_now()};
    Out *out = out_new();
    Status st = people_sign(s, NULL, &by.person, &by.login, err);
    for (uint32_t i = 0; i < m->cases.n && st == ST_OK; i++)
        if (m->cases.items[i].fate == FATE_MAY) st = move_one(s, &m->cases.items[i], &by, out, err);
    out_free(out);
    return st;
}

/* ---- telling ------------------------------------------------------------------------------ */

static const char *fate_name(const Older *o)
{
    static const char *const names[] = {[FATE_STAYS] = "stays", [FATE_MAY] = "may move", [FATE_MOVED] = "moved"};
    return names[o->fate];
}

static void texts_json(Buf *b, const char *key, const char *const *texts, uint32_t n)
{
    json_key(b, key);
    buf_putc(b, '[');
    for (uint32_t i = 0; i < n; i++) {
        json_comma(b);
        json_string(b, texts[i], strlen(texts[i]));
    }
    buf_putc(b, ']');
}

static void cases_json(Buf *b, const Movers *m)
{
    buf_puts(b, "{\"cases\":[");
    for (uint32_t i = 0; i < m->cases.n; i++) {
        const Older *o = &m->cases.items[i];
        if (i) buf_putc(b, ',');
        buf_putc(b, '{');
        json_key_int(b, "case", (int64_t)o->id);
        json_key_string(b, "process", o->process);
        json_key_string(b, "key", *o->key ? o->key : NULL);
        json_key_string(b, "version", o->version);
        json_key_string(b, "fate", fate_name(o));
        texts_json(b, "because", o->move.problems.items, o->move.problems.n);
        texts_json(b, "notes", o->move.notes.items, o->move.notes.n);
        texts_json(b, "meets", o->meets.items, o->fate == FATE_MOVED ? 0 : o->meets.n);
        buf_putc(b, '}');
    }
    buf_puts(b, "]}\n");
}

static void cases_text(Buf *b, const Movers *m)
{
    for (uint32_t i = 0; i < m->cases.n; i++) {
        const Older *o = &m->cases.items[i];
        buf_show(b, "case %llu of %s%s%s, version %s, %s%s\n", (unsigned long long)o->id, o->process,
                   *o->key ? " " : "", o->key, o->version, fate_name(o), o->fate == FATE_STAYS ? ":" : "");
        for (uint32_t k = 0; k < o->move.problems.n; k++) buf_show(b, "    %s\n", o->move.problems.items[k]);
        for (uint32_t k = 0; k < o->move.notes.n && o->fate != FATE_STAYS; k++)
            buf_show(b, "    note: %s\n", o->move.notes.items[k]);
        for (uint32_t k = 0; k < o->meets.n && o->fate != FATE_MOVED; k++)
            buf_show(b, "    as it is: %s\n", o->meets.items[k]);
    }
}

static int tell(Movers *m, bool moves)
{
    Session *s = m->s;
    uint32_t counts[3] = {0};
    Buf b = {0};
    for (uint32_t i = 0; i < m->cases.n; i++) counts[m->cases.items[i].fate]++;
    if (s->args->given[OPT_JSON]) {
        cases_json(&b, m);
    } else {
        cases_text(&b, m);
        if (!m->cases.n) buf_puts(&b, "Every running case has the file's version of its process.\n");
        else if (moves) buf_printf(&b, "%u moved, %u stay\n", counts[FATE_MOVED], counts[FATE_STAYS]);
        else buf_printf(&b, "%u may move, %u stay\n", counts[FATE_MAY], counts[FATE_STAYS]);
    }
    say(&b);
    buf_free(&b);
    session_close(s);
    return counts[FATE_STAYS] ? status_exit_code(ST_FINDINGS) : 0;
}

int versions_show(Session *s)
{
    Movers m = {.s = s};
    Error err;
    Status st = find_cases(&m, &err);
    if (st != ST_OK) return session_fail(s, st, &err);
    tell(&m, false);
    return 0;
}

int cmd_migrate(Args *args)
{
    Session s;
    Movers m = {.s = &s};
    int code;
    Error err;
    bool moves = !args->given[OPT_DRY_RUN];
    unsigned needs = SESSION_PROGRAM | (moves ? SESSION_BEGIN | SESSION_STORE | SESSION_WRITE : SESSION_STORE);
    if (!session_open(&s, args, needs, &code)) return code;
    Status st = find_cases(&m, &err);
    if (st == ST_OK && moves) st = move_all(&m, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    return tell(&m, moves);
}
