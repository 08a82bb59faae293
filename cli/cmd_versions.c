/* cmd_versions.c -- versions of processes: who put them in force, and which cases go on with them.
 *
 * A version is a process with the types, Lua and commands that it uses, known by the hash of what it compiles to. Who
 * accepts one records that and no more: what a file says runs whether it was accepted or not, and `ops versions` tells
 * which is which.
 */
#include "cli/people.h"

#include "analysis/story.h"
#include "base/json.h"
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

int cmd_accept(Args *args);
int cmd_versions(Args *args);

typedef struct Acceptance {
    const char *person, *login, *because;
    const char *text;                  /* SHA-256 of all that the file consisted of, in hex */
    Instant at;
    uint32_t seq;
} Acceptance;

typedef struct Version {
    const char *process;
    uint8_t flow[SHA256_BYTES];
    uint64_t cases, running;
    Instant first;                     /* when its first case began; INSTANT_NEVER: it has none */
    bool newest;                       /* it is the one of the file */
    VEC(Acceptance) accepted;          /* oldest first */
} Version;

typedef struct Versions { Session *s; VEC(Version) items; } Versions;

static Version *version_of(Versions *all, const char *process, const uint8_t flow[SHA256_BYTES])
{
    for (uint32_t i = 0; i < all->items.n; i++) {
        Version *v = &all->items.items[i];
        if (strcmp(v->process, process) == 0 && memcmp(v->flow, flow, SHA256_BYTES) == 0) return v;
    }
    Version *v = VEC_PUSH(all->s->arena, &all->items);
    *v = (Version){.process = arena_dup(all->s->arena, process), .first = INSTANT_NEVER};
    memcpy(v->flow, flow, SHA256_BYTES);
    return v;
}

static const char *short_name(Arena *a, const uint8_t flow[SHA256_BYTES])
{
    char hex[65];
    sha256_hex(flow, hex);
    return arena_printf(a, "%.8s", hex);
}

/* ---- what there is -------------------------------------------------------------------------- */

static Status add_used(void *self, const VersionRow *row, Error *err)
{
    (void)err;
    Version *v = version_of(self, row->process, row->flow);
    v->cases = row->cases, v->running = row->running, v->first = row->first;
    return ST_OK;
}

static const char *text_in(const Event *e, const char *name)
{
    for (uint32_t i = 0; i < e->values_n; i++)
        if (strcmp(e->values[i].name, name) == 0 && e->values[i].value.type == V_TEXT) return e->values[i].value.text;
    return "";
}

static const char *dup_or_null(Arena *a, const char *text)
{
    return text ? arena_dup(a, text) : NULL;
}

static Status add_accepted(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    (void)hash, (void)err;
    Versions *all = self;
    Arena *a = all->s->arena;
    uint8_t flow[SHA256_BYTES];
    if (e->kind != EV_ACCEPTED || !sha256_unhex(text_in(e, "version"), flow)) return ST_OK;
    Version *v = version_of(all, text_in(e, "process"), flow);
    *VEC_PUSH(a, &v->accepted) = (Acceptance){dup_or_null(a, e->person), dup_or_null(a, e->login),
                                              dup_or_null(a, e->text), arena_dup(a, text_in(e, "sha256")), e->at,
                                              e->seq};
    return ST_OK;
}

static Status read_versions(Versions *all, Error *err)
{
    const IrProgram *p = all->s->program;
    Status st = journal_versions(all->s->journal, add_used, all, err);
    if (st == ST_OK) st = journal_own(all->s->journal, add_accepted, all, err);
    for (uint32_t i = 0; i < p->processes_n && st == ST_OK; i++)
        version_of(all, p->processes[i].name, ir_flow_hash(p->processes[i].flow))->newest = true;
    return st;
}

/* ---- telling ----------------------------------------------------------------------------------- */

static void version_json(Buf *b, Session *s, const Version *v)
{
    buf_putc(b, '{');
    json_key_string(b, "process", v->process);
    json_key_string(b, "version", short_name(s->arena, v->flow));
    json_key_bool(b, "newest", v->newest);
    json_key_int(b, "cases", (int64_t)v->cases);
    json_key_int(b, "running", (int64_t)v->running);
    if (v->first == INSTANT_NEVER) json_key_string(b, "first", NULL);
    else story_json_instant(b, "first", v->first);
    json_key(b, "accepted");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < v->accepted.n; i++) {
        const Acceptance *x = &v->accepted.items[i];
        json_comma(b);
        buf_putc(b, '{');
        json_key_string(b, "person", x->person);
        json_key_string(b, "login", x->login);
        json_key_string(b, "because", x->because);
        story_json_instant(b, "at", x->at);
        buf_putc(b, '}');
    }
    buf_puts(b, "]}");
}

static const char *accepted_by(Session *s, const Acceptance *x)
{
    return x->login ? arena_printf(s->arena, "%s (logged in as %s)", x->person, x->login) : x->person;
}

static const char *in_the_file(const Session *s, const char *process)
{
    switch (ir_process(s->program, process)->status) {
    case STATUS_DRAFT: return "a draft";
    case STATUS_RETIRED: return "retired";
    default: return "yes";
    }
}

/* Who accepted it each has a line; the version's own words stand on its first. */
static void version_rows(Session *s, Table *t, const Version *v)
{
    const Zone *zone = session_zone(s, v->process, NULL);
    for (uint32_t i = 0; i == 0 || i < v->accepted.n; i++) {
        const Acceptance *x = i < v->accepted.n ? &v->accepted.items[i] : NULL;
        table_cell(t, i ? "" : v->process);
        table_cell(t, i ? "" : short_name(s->arena, v->flow));
        table_cell(t, i || !v->newest ? "" : in_the_file(s, v->process));
        table_cell(t, i ? "" : arena_printf(s->arena, "%llu", (unsigned long long)v->cases));
        table_cell(t, i ? "" : arena_printf(s->arena, "%llu", (unsigned long long)v->running));
        table_cell(t, i || v->first == INSTANT_NEVER ? "" : session_when(s, zone, v->first));
        table_cell(t, x ? accepted_by(s, x) : "nobody");
        table_cell(t, x ? session_when(s, zone, x->at) : "");
        table_cell(t, x && x->because ? x->because : "");
    }
}

static void tell_versions(Versions *all, Buf *b)
{
    static const char *const headers[] = {"process",     "version", "in the file", ">cases", ">running", "first case",
                                          "accepted by", "at",      "because",     NULL};
    Session *s = all->s;
    const char *only = s->args->value[OPT_PROCESS];
    bool json = s->args->given[OPT_JSON];
    Table *t = table_new(s->arena, headers);
    if (json) buf_puts(b, "{\"versions\":[");
    for (uint32_t i = 0; i < all->items.n; i++) {
        const Version *v = &all->items.items[i];
        if (only && strcmp(only, v->process) != 0) continue;
        if (json) json_comma(b), version_json(b, s, v);
        else version_rows(s, t, v);
    }
    if (json) buf_puts(b, "]}\n");
    else if (table_rows(t)) table_print(t, b, terminal_width(), terminal_colour(s->args));
    else buf_puts(b, "There is no process, so no version of one.\n");
}

static int by_process(const void *a, const void *b)
{
    const Version *x = a, *y = b;
    int order = strcmp(x->process, y->process);
    return order ? order : x->first < y->first ? -1 : x->first > y->first;
}

int cmd_versions(Args *args)
{
    Session s;
    Versions all = {.s = &s};
    Buf b = {0};
    int code;
    Error err;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE, &code)) return code;
    Status st = read_versions(&all, &err);
    if (st == ST_OK && args->value[OPT_PROCESS] && !ir_process(s.program, args->value[OPT_PROCESS])) {
        bool known = false;            /* it may be gone from the file, and have cases */
        for (uint32_t i = 0; i < all.items.n; i++)
            known |= strcmp(all.items.items[i].process, args->value[OPT_PROCESS]) == 0;
        if (!known) st = find_process(s.arena, s.program, args->value[OPT_PROCESS], &err);
    }
    if (st != ST_OK) return session_fail(&s, st, &err);
    if (all.items.n) qsort(all.items.items, all.items.n, sizeof *all.items.items, by_process);
    tell_versions(&all, &b);
    say(&b);
    buf_free(&b);
    session_close(&s);
    return 0;
}

/* ---- accepting --------------------------------------------------------------------------------------- */

/* SHA-256 over all texts that the file consists of, one behind the other. */
static void hash_of_file(const Session *s, uint8_t out[SHA256_BYTES])
{
    const Sources *sources = s->compilation->sources;
    uint32_t at = 1;
    Buf all = {0};
    for (uint32_t i = 0; i < sources_count(sources); i++) {
        const char *text = sources_text(sources, at);
        size_t n = strlen(text) + 1;
        buf_add(&all, text, n);
        at += (uint32_t)n;
    }
    sha256(buf_text(&all), all.n, out);
    buf_free(&all);
}

/* When another version of the process was last accepted; 0: never. */
static uint32_t other_since(const Versions *all, const Version *v)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < all->items.n; i++) {
        const Version *other = &all->items.items[i];
        uint32_t n = other->accepted.n;
        bool counts = other != v && n && strcmp(other->process, v->process) == 0;
        if (counts && other->accepted.items[n - 1].seq > last) last = other->accepted.items[n - 1].seq;
    }
    return last;
}

/* Did this person accept it, of a file that was what it is, and nobody another version since? Who goes back to an older
 * one says so anew, and whoever accepts it with other roles beside it. */
static bool accepted_already(const Versions *all, const Version *v, const char *person,
                             const uint8_t text[SHA256_BYTES])
{
    uint32_t since = other_since(all, v);
    char hex[65];
    sha256_hex(text, hex);
    for (uint32_t i = 0; i < v->accepted.n; i++) {
        const Acceptance *x = &v->accepted.items[i];
        bool same = strcmp(x->text, hex) == 0;
        if (x->seq > since && same && x->person && strcmp(x->person, person) == 0) return true;
    }
    return false;
}

typedef struct Accepting {
    Versions all;
    Acceptance by;
    uint8_t text[SHA256_BYTES];
    VEC(Accepted) fresh;
} Accepting;

static Status accept_one(Accepting *x, const IrProcess *p, Error *err)
{
    Session *s = x->all.s;
    const uint8_t *flow = ir_flow_hash(p->flow);
    if (accepted_already(&x->all, version_of(&x->all, p->name, flow), x->by.person, x->text))
        return ST_OK;
    *VEC_PUSH(s->arena, &x->fresh) = (Accepted){.process = p->name, .flow = flow, .file = s->program->file,
                                                .text = x->text, .person = x->by.person, .login = x->by.login,
                                                .because = x->by.because, .at = x->by.at};
    return journal_keep_flow(s->journal, p->flow, err);
}

static Status accept_all(Accepting *x, Error *err)
{
    Session *s = x->all.s;
    const char *only = s->args->value[OPT_PROCESS];
    Status st = find_process(s->arena, s->program, only, err);
    if (st == ST_OK && only && !process_runs(ir_process(s->program, only)))
        st = fail(err, ST_CONFIG, "%s", process_rests(s->arena, ir_process(s->program, only)));
    for (uint32_t i = 0; i < s->program->processes_n && st == ST_OK; i++) {
        const IrProcess *p = &s->program->processes[i];
        if ((!only || strcmp(only, p->name) == 0) && process_runs(p)) st = accept_one(x, p, err);
    }
    return st == ST_OK && x->fresh.n ? journal_accept(s->journal, x->fresh.items, x->fresh.n, err) : st;
}

static void tell_accepted(Accepting *x, Buf *b)
{
    Session *s = x->all.s;
    for (uint32_t i = 0; i < x->fresh.n; i++)
        buf_show(b, "%s, version %s: accepted by %s.\n", x->fresh.items[i].process,
                   short_name(s->arena, x->fresh.items[i].flow), accepted_by(s, &x->by));
    if (!x->fresh.n) buf_show(b, "%s accepted all of it already: nothing was recorded.\n", x->by.person);
}

int cmd_accept(Args *args)
{
    Session s;
    Accepting x = {.all.s = &s};
    Buf b = {0};
    int code;
    Error err;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_BEGIN, &code)) return code;
    x.by = (Acceptance){.because = args->value[OPT_BECAUSE], .at = clock_now()};
    hash_of_file(&s, x.text);
    Status st = people_sign(&s, NULL, &x.by.person, &x.by.login, &err);
    if (st == ST_OK) st = read_versions(&x.all, &err);
    if (st == ST_OK) st = accept_all(&x, &err);
    Versions now = {.s = &s};
    if (st == ST_OK && args->given[OPT_JSON]) st = read_versions(&now, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    if (args->given[OPT_JSON]) tell_versions(&now, &b);
    else tell_accepted(&x, &b);
    say(&b);
    buf_free(&b);
    session_close(&s);
    return 0;
}
