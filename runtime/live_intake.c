/* live_intake.c -- where inputs come from: rows of files, and schedules.
 *
 * Each row is taken once, ever: the journal keeps its key (else its content's
 * hash) in the same transaction as the case that it begins. What does not fit
 * is set aside with its reason, and taken in when it comes back corrected.
 */
#include "runtime/live_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- may so many begin? ------------------------------------------------------------ */

static bool outside_from(const IrProgram *p, const IrProcess *process, bool *seen)
{
    size_t index = (size_t)(process - p->processes);
    if (seen[index]) return false;
    seen[index] = true;
    const IrFlow *f = process->flow;
    if (f->outside) return true;
    for (uint32_t i = 0; i < f->nodes_n; i++) {
        const IrNode *n = &f->nodes[i];
        if (n->op != IRN_CALL && n->op != IRN_START && n->op != IRN_EMIT) continue;
        const char *name = f->unit.names[n->a];
        for (uint32_t k = 0; k < p->processes_n; k++) {
            const IrProcess *other = &p->processes[k];
            bool begun = n->op != IRN_EMIT && strcmp(other->name, name) == 0;
            for (uint32_t t = 0; n->op == IRN_EMIT && t < other->triggers_n; t++)
                begun |= other->triggers[t].kind == TRIGGER_EVENT && strcmp(other->triggers[t].event, name) == 0;
            if (begun && process_runs(other) && outside_from(p, other, seen)) return true;
        }
    }
    return false;
}

/* Does a case of this process, or one that it sets off, act on the world? */
static bool acts_outside(const IrProgram *p, const IrProcess *process)
{
    bool *seen = mem_zero(p->processes_n, sizeof *seen);
    bool acts = outside_from(p, process, seen);
    free(seen);
    return acts;
}

/* ---- rows ------------------------------------------------------------------------------ */

typedef struct Source {                /* one file of one trigger */
    const IrProcess *process;
    const IrTrigger *trigger;
    const char *path, *mark, *mark_key;
    const char *name;                  /* the path as the history has it: beside the .ops file, and text */
    const Zone *zone;                  /* of its process; NULL: it cannot be told */
    RowFile *file;
    bool ahead;                        /* a row of it is dated in the future: it must be read again */
} Source;

typedef struct NewRow {                /* one that begins a case, when its turn comes */
    const IrProcess *process;
    const IrTrigger *trigger;
    const char *key;                   /* of the case; NULL: none */
    const Value *value;
    Instant at;
    TakenRow taken;
} NewRow;

typedef struct Intake {
    Live *live;
    Arena *arena;
    VEC(Source) sources;
    VEC(RejectedRow) rejected;
    VEC(NewRow *) rows;
    uint64_t outside;                  /* new cases that will act on the world */
    Map *taken;                        /* "process\tkey" -> TakenRow of this reading: not in the journal yet */
    Map *mended;                       /* "process\ta.csv:3" -> here: rows set aside whose mended version came in */
} Intake;

/* The path beside the .ops file, so that a file is the same file from whatever folder ops is called. The history holds
 * text only, and a file may be called anything. */
static const char *name_beside(Arena *a, const IrProgram *p, const char *path)
{
    size_t n = p->folder ? strlen(p->folder) : 0;
    const char *name = n && strncmp(path, p->folder, n) == 0 && path[n] == '/' ? path + n + 1 : path;
    Buf b = {0};
    buf_visible(&b, name, strlen(name));
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

static void set_aside(Intake *in, const Source *s, const Row *row, const char *problem)
{
    *VEC_PUSH(in->arena, &in->rejected) = (RejectedRow){
        .process = s->process->name, .file = s->name, .line = row->line,
        .key = row->key ? row->key : "", .content = row->content, .header = s->file ? rows_header(s->file) : "",
        .raw = row->raw, .problem = problem, .at = live_now(in->live)};
}

static const char *set_aside_as_known(Intake *in, const char *key)
{
    return arena_printf(in->arena,
                        "a row with the key \"%s\" was taken in before, with other content: it is not run again", key);
}

/* "process\tkey": what a row, or the place of one, is known by among those of all processes. */
static const char *name_of(Intake *in, const Source *s, const char *key)
{
    return arena_printf(in->arena, "%s\t%s", s->process->name, key);
}

/* Whether a row of this key was taken, ever or in this reading. */
static Status known_row(Intake *in, const Source *s, const Row *row, const char *key, bool *known, bool *same,
                        Error *err)
{
    const TakenRow *now = map_get(in->taken, name_of(in, s, key));
    *known = now != NULL;
    *same = now && now->content == row->content;
    return now ? ST_OK : journal_taken(in->live->journal, s->process->name, key, row->content, known, same, err);
}

static const Value *row_slot(void *self, uint32_t slot)
{
    return slot == 0 ? self : NULL;
}

/* The date of the case: what `at` says, else now. */
static Status row_date(Intake *in, const Source *s, const Row *row, Instant *at, Error *err)
{
    *at = live_now(in->live);
    if (s->trigger->at == CODE_NONE) return ST_OK;
    Value v;
    EvalHost host = {.now = *at, .program = in->live->program, .zone = s->zone, .slot = row_slot,
                     .self = (void *)(uintptr_t)&row->value};
    Status st = eval(&in->live->program->unit, s->trigger->at, &host, in->arena, &v, err);
    if (st != ST_OK) return st;
    if (v.type == V_DATE) *at = zone_start_of(s->zone ? s->zone : zone_utc(), v.i);
    else if (v.type == V_DATETIME) *at = v.i;
    else return fail(err, ST_VALUE, "the row has no date");
    return ST_OK;
}

/* The input with which a row begins its case. */
static Pending *begin_with(Live *l, const NewRow *row)
{
    Pending *p = pending_start(l, row->process, row->at, row->trigger->at != CODE_NONE);
    Datum *value = ARENA_ARRAY(p->arena, Datum, 1);
    TakenRow *taken = ARENA_NEW(p->arena, TakenRow);
    const char *file = row->taken.file, *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    *taken = row->taken;
    taken->key = arena_dup(p->arena, row->taken.key), taken->file = arena_dup(p->arena, file);
    *value = (Datum){row->trigger->variable, value_copy(p->arena, row->value)};
    p->in.values = value, p->in.values_n = 1;
    p->in.key = row->key ? arena_dup(p->arena, row->key) : NULL;
    p->in.text = arena_printf(p->arena, "row %u of %s", row->taken.line, base);
    p->taken = taken;
    return p;
}

static Pending *next_of_rows(void *self, size_t i)
{
    const Intake *in = self;
    return begin_with(in->live, in->rows.items[i]);
}

/* Will a case begin with the row? False where the process does not take it: the row is set aside. */
static bool take_new_row(Intake *in, const Source *s, const Row *row, const char *key, Instant at)
{
    Live *l = in->live;
    NewRow *fresh = ARENA_NEW(in->arena, NewRow);
    Value *value = ARENA_NEW(in->arena, Value);
    Error why;
    *value = row->value;
    *fresh = (NewRow){.process = s->process, .trigger = s->trigger, .key = row->key, .value = value, .at = at,
                      .taken = {s->process->name, key, row->content, s->name, row->line}};
    Pending *p = begin_with(l, fresh);
    bool outside = !p->in.history;
    Status st = engine_may_take(s->process->flow, &l->env, &p->in, l->outs[0], &why);
    pending_done(l, p);
    if (st != ST_OK) {
        set_aside(in, s, row, arena_dup(in->arena, why.text));
        return false;
    }
    map_put(in->taken, name_of(in, s, key), &fresh->taken);
    if (outside) in->outside += acts_outside(l->program, s->process);
    *VEC_PUSH(in->arena, &in->rows) = fresh;
    return true;
}

/* A row dated in the future waits in its file until then: no case began before it began. */
static Status take_row(Intake *in, Source *s, const Row *row, Error *err)
{
    Live *l = in->live;
    Instant at;
    Error why;
    bool known, same;
    char hash[32];
    snprintf(hash, sizeof hash, "#%016llx", (unsigned long long)row->content);
    if (row->problem) {
        set_aside(in, s, row, row->problem);
        return ST_OK;
    }
    if (row_date(in, s, row, &at, &why) != ST_OK) {
        set_aside(in, s, row, arena_dup(in->arena, why.text));
        return ST_OK;
    }
    const char *key = row->key ? row->key : arena_dup(in->arena, hash);
    Status st = known_row(in, s, row, key, &known, &same, err);
    if (st != ST_OK) return st;
    if (known) {
        l->report->known++;
        if (!same) set_aside(in, s, row, set_aside_as_known(in, key));
    } else if (at > live_now(l)) {
        l->report->ahead++;
        s->ahead = true;
    } else if (!take_new_row(in, s, row, key, at)) {
        return ST_OK;
    }
    if (row->mends && (!known || same)) map_put(in->mended, name_of(in, s, row->mends), in);
    return ST_OK;
}

/* A file that looks as when it was last read to its end has nothing new, if it was read for the same
 * process: a mended declaration may take in what did not fit. */
static Status unchanged(Intake *in, Source *s, bool *same, Error *err)
{
    struct stat is;
    const char *noted;
    *same = false;
    if (stat(s->path, &is) != 0) return ST_OK;
    s->mark_key = arena_printf(in->arena, "file %s %s", s->process->name, s->name);
    char flow[65];
    sha256_hex(ir_flow_hash(s->process->flow), flow);
    s->mark = arena_printf(in->arena, "%lld %lld.%09ld %llu %.16s", (long long)is.st_size, (long long)is.st_mtim.tv_sec,
                           is.st_mtim.tv_nsec, (unsigned long long)is.st_ino, flow);
    Status st = journal_noted(in->live->journal, in->arena, s->mark_key, &noted, err);
    *same = st == ST_OK && noted && strcmp(noted, s->mark) == 0;
    return st;
}

static Status read_source(Intake *in, Source s, Error *err)
{
    Live *l = in->live;
    bool same;
    Error why;
    Status st = unchanged(in, &s, &same, err);
    if (st != ST_OK || same) return st;
    s.zone = ir_zone_of(l->program, s.process->name, NULL);
    st = rows_open(in->arena, l->program, s.trigger->type, s.zone, s.path, &s.file, &why);
    if (st != ST_OK && st != ST_VALUE) {
        buf_printf(live_stands(l), "%s: %s\n", s.path, why.text);
        return ST_OK;
    }
    if (st == ST_VALUE) {                  /* no row of it can be read */
        s.file = NULL;
        set_aside(in, &s, &(Row){.line = 1, .raw = ""}, arena_dup(in->arena, why.text));
        st = ST_OK;
    }
    for (const Row *row; s.file && st == ST_OK && (row = rows_next(s.file));) st = take_row(in, &s, row, err);
    *VEC_PUSH(in->arena, &in->sources) = s;
    return st;
}

static Status read_sources(Intake *in, Error *err)
{
    const IrProgram *p = in->live->program;
    Status st = ST_OK;
    for (uint32_t i = 0; i < p->processes_n && st == ST_OK; i++) {
        const IrProcess *process = &p->processes[i];
        for (uint32_t k = 0; process_runs(process) && k < process->triggers_n && st == ST_OK; k++) {
            const IrTrigger *t = &process->triggers[k];
            const char *const *paths;
            uint32_t n = 0;
            Error why;
            if (t->kind != TRIGGER_ROWS) continue;
            if (rows_files(in->arena, p, t->file, &paths, &n, &why) != ST_OK)
                buf_printf(live_stands(in->live), "%s: %s\n", t->file, why.text), n = 0;
            for (uint32_t f = 0; f < n && st == ST_OK; f++)
                st = read_source(in, (Source){.process = process, .trigger = t, .path = paths[f],
                                                 .name = name_beside(in->arena, in->live->program, paths[f])}, err);
        }
    }
    return st;
}

typedef struct Settling { Intake *in; VEC(RejectedRow) done; } Settling;

static Status is_mended(void *self, const RejectedRow *r, Error *err)
{
    Settling *s = self;
    Arena *a = s->in->arena;
    (void)err;
    bool gone = !*r->raw && access(rows_path(a, s->in->live->program, r->file), F_OK) != 0;
    if (gone || map_get(s->in->mended, arena_printf(a, "%s\t%s", r->process, rows_reference(a, r->file, r->line))))
        *VEC_PUSH(a, &s->done) = (RejectedRow){.process = arena_dup(a, r->process), .content = r->content,
                                               .file = arena_dup(a, r->file)};
    return ST_OK;
}

/* Rows that came in well take others off the list: those of their key or content, and those in whose place
 * they say they are. Of a file that could not be read and is gone there is nothing left to mend. */
static Status tidy(Intake *in, Error *err)
{
    Live *l = in->live;
    Status st = ST_OK;
    for (uint32_t i = 0; i < in->rows.n && st == ST_OK; i++) {
        const TakenRow *t = &in->rows.items[i]->taken;
        st = journal_unreject(l->journal, t->process, t->key, t->content, err);
    }
    if (st != ST_OK || in->sources.n == 0) return st;
    Settling s = {.in = in};
    st = journal_rejected(l->journal, NULL, is_mended, &s, err);
    return st == ST_OK ? journal_settle(l->journal, s.done.items, s.done.n, err) : st;
}

/* Of every file that was read, what did not fit; only what is new is told. */
static Status keep_rejected(Intake *in, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < in->sources.n && st == ST_OK; i++) {
        const Source *s = &in->sources.items[i];
        const char *file = s->name;
        VEC(RejectedRow) own = {0};
        uint64_t fresh;
        for (uint32_t k = 0; k < in->rejected.n; k++) {
            const RejectedRow *r = &in->rejected.items[k];
            if (strcmp(r->process, s->process->name) == 0 && strcmp(r->file, file) == 0)
                *VEC_PUSH(in->arena, &own) = *r;
        }
        st = journal_reject_file(in->live->journal, s->process->name, file, own.items, own.n, &fresh, err);
        if (st == ST_OK) in->live->report->rejected += fresh;
    }
    return st;
}

Status intake_rows(Live *l, Error *err)
{
    Intake in = {.live = l, .arena = arena_new()};
    in.taken = map_new(in.arena), in.mended = map_new(in.arena);
    Status st = read_sources(&in, err);
    if (st == ST_OK && in.outside > LIVE_MOST && !l->options.yes)
        st = fail(err, ST_CONFIG,
                  "this would start %llu cases that act on the world (commands run). Nothing was changed. "
                  "If that is meant, run it again with --yes", (unsigned long long)in.outside);
    if (st == ST_OK) st = live_recover(l, err);
    if (st == ST_OK) st = tidy(&in, err);
    if (st != ST_OK) {
        arena_free(in.arena);
        return st;
    }
    pending_later(l, next_of_rows, &in, in.rows.n);
    st = keep_rejected(&in, err);
    if (st == ST_OK) st = live_drain(l, err);
    pending_none_later(l);             /* where it was stopped */
    for (uint32_t i = 0; i < in.sources.n && st == ST_OK; i++)
        if (in.sources.items[i].mark && !in.sources.items[i].ahead)
            st = journal_note(l->journal, in.sources.items[i].mark_key, in.sources.items[i].mark, err);
    arena_free(in.arena);
    return st;
}

/* ---- schedules ------------------------------------------------------------------------------- */

static const char *schedule_name(Arena *a, const IrProcess *process, const IrTrigger *t)
{
    return arena_printf(a, "%s %s", process->name, t->text);
}

const char *audit_schedule(Arena *a, const IrAudit *audit, uint32_t i)
{
    return arena_printf(a, "audit %s %s", audit->name, audit->triggers[i].text);
}

static Status run_schedule(Live *l, const IrProcess *process, const IrTrigger *t, Error *err)
{
    Arena *a = arena_new();
    Instant last, at, now = live_now(l);
    uint64_t missed;
    const char *name = schedule_name(a, process, t);
    Status st = journal_counted(l->journal, name, now, &last, err);
    if (st == ST_OK && recurrence_latest(&t->recurrence, last, now, &at, &missed)) {
        Pending *p = pending_start(l, process, now, false);
        char when[40];
        instant_print_local(when, t->recurrence.zone ? t->recurrence.zone : zone_utc(), at);
        p->in.text = missed ? arena_printf(p->arena, "%s, for %s and %llu missed before it", t->text, when,
                                           (unsigned long long)missed)
                            : arena_printf(p->arena, "%s, for %s", t->text, when);
        p->schedule = arena_dup(p->arena, name);
        p->ran = at;
        pending_push(l, p);
        l->report->missed += missed;
        st = live_drain(l, err);
    }
    arena_free(a);
    return st;
}

/* A schedule that is not in this file may be another's who uses the same store: it is left alone. */
static Status let_rest(Live *l, const IrProcess *process, Error *err)
{
    Status st = ST_OK;
    Arena *a = arena_new();
    for (uint32_t i = 0; i < process->triggers_n && st == ST_OK; i++)
        if (process->triggers[i].kind == TRIGGER_TIME)
            st = journal_rest(l->journal, schedule_name(a, process, &process->triggers[i]), err);
    arena_free(a);
    return st;
}

Status intake_schedules(Live *l, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < l->program->processes_n && st == ST_OK; i++) {
        const IrProcess *process = &l->program->processes[i];
        if (!live_may_begin(l, process)) st = let_rest(l, process, err);
        for (uint32_t k = 0; live_may_begin(l, process) && k < process->triggers_n && st == ST_OK; k++)
            if (process->triggers[k].kind == TRIGGER_TIME) st = run_schedule(l, process, &process->triggers[k], err);
    }
    return st;
}

static Status next_run(Live *l, const IrProcess *process, const IrTrigger *t, Instant *at, Error *err)
{
    Instant last, now = live_now(l), next;
    Arena *a = arena_new();
    const char *name = schedule_name(a, process, t);
    Status st = journal_counted(l->journal, name, now, &last, err);
    if (st == ST_OK && recurrence_next(&t->recurrence, last, &next) && next < *at) *at = next;
    arena_free(a);
    return st;
}

Status intake_next(Live *l, Instant *at, Error *err)
{
    Status st = ST_OK;
    *at = INSTANT_NEVER;
    for (uint32_t i = 0; i < l->program->processes_n && st == ST_OK; i++) {
        const IrProcess *process = &l->program->processes[i];
        for (uint32_t k = 0; live_may_begin(l, process) && k < process->triggers_n && st == ST_OK; k++)
            if (process->triggers[k].kind == TRIGGER_TIME) st = next_run(l, process, &process->triggers[k], at, err);
    }
    return st;
}
