/* live_handed.c -- commands get copies of the files that people gave, as the store has them.
 *
 * A file that somebody gave with an answer may be another by the time a
 * command reads it, or be gone. So the command is handed the copy that was
 * taken then, under the name that the file had, in a folder of its own beside
 * the store:
 *
 *   store.db.files / 17-4-1-2 / quote.pdf      case, act, attempt, argument
 *
 * It goes when the command has ended; what an ops that was killed left there,
 * goes with the next run.
 */
#include "runtime/live_private.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- which copy ------------------------------------------------------------------------ */

typedef struct Sought {
    Arena *arena;
    const char *path, *field;          /* field: that the command names; NULL: it names something else */
    const char *hash;                  /* of the last one of that path; NULL: none was given */
    int64_t size;
    bool by_field;
    uint32_t until;                    /* the event up to which it was given; 0: the last one */
} Sought;

static Status look_at(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    Sought *s = self;
    FileCopy file;
    (void)hash, (void)err;
    if (s->until && e->seq > s->until) return ST_OK;
    for (uint32_t i = 0; event_file(e, i, &file); i++) {
        bool named = s->field && strcmp(file.field, s->field) == 0;
        if (strcmp(file.path, s->path) != 0 || (s->by_field && !named)) continue;
        s->by_field |= named;
        s->hash = arena_dup(s->arena, file.hash);
        s->size = file.size;
    }
    return ST_OK;
}

/* The variable that an argument is, and nothing else. */
static const char *variable_of(const IrFlow *f, Code code)
{
    uint32_t first = f->unit.code[code];
    bool alone = ir_code_length(&f->unit, code) == 2 && IR_INSTRUCTION_OP(first) == IR_SLOT;
    return alone && IR_INSTRUCTION_OPERAND(first) < f->vars_n ? f->vars[IR_INSTRUCTION_OPERAND(first)].name : NULL;
}

/* What it is called where a `call`, `start` or `emit` hands it on. */
static const char *handed_as(const IrFlow *f, uint32_t node, const char *name)
{
    const IrNode *n = &f->nodes[node];
    bool hands = n->op == IRN_CALL || n->op == IRN_START || n->op == IRN_EMIT;
    for (uint32_t i = 0; hands && name && i < n->args_n; i++)
        if (strcmp(f->args[n->b + i].name, name) == 0) return variable_of(f, f->args[n->b + i].code);
    return NULL;
}

static const char *passed_as(const Case *caller, uint32_t act, const char *name)
{
    const Act *call = case_act(caller, act);
    return call ? handed_as(caller->flow, call->node, name) : NULL;
}

/* A called case was given what its caller was. */
static Status find_copy(Live *l, const Case *c, Sought *s, Error *err)
{
    uint64_t caller = c->caller;
    uint32_t act = c->caller_act;
    Status st = journal_replay(l->journal, c->id, look_at, s, err);
    while (st == ST_OK && !s->hash && caller) {
        Case *above;
        s->until = 0;
        st = journal_case(l->journal, caller, &above, err);
        if (st != ST_OK) return st;
        const char *field = passed_as(above, act, s->field);
        s->field = field ? arena_dup(s->arena, field) : NULL;
        st = journal_replay(l->journal, caller, look_at, s, err);
        caller = above->caller, act = above->caller_act;
        case_free(above);
    }
    return st;
}

/* ---- from case to case -------------------------------------------------------------------- */

typedef struct Handing {
    Live *live;
    Arena *arena;
    Case *from;
    uint32_t seq;                      /* of the event that hands them on */
    const IrFlow *flow; uint32_t node; /* ... and where it stands */
    const char *name;                  /* of the value that is looked at */
    VEC(FileCopy) files;
} Handing;

static Status find_place(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    Handing *h = self;
    (void)hash, (void)err;
    if (e->seq == h->seq) h->flow = e->flow, h->node = e->node;
    return ST_OK;
}

static Status hand_on(Handing *h, const Value *v, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; v->type == V_LIST && i < v->len && st == ST_OK; i++) st = hand_on(h, &v->list[i], err);
    for (uint32_t i = 0; v->type == V_RECORD && i < v->record->shape->n && st == ST_OK; i++)
        st = hand_on(h, &v->record->fields[i], err);
    if (v->type != V_FILE) return st;
    Sought s = {.arena = h->arena, .path = v->text, .until = h->seq};
    if (h->flow && h->node < h->flow->nodes_n) s.field = handed_as(h->flow, h->node, h->name);
    st = find_copy(h->live, h->from, &s, err);
    if (st == ST_OK && s.hash)
        *VEC_PUSH(h->arena, &h->files) = (FileCopy){arena_dup(h->arena, h->name), arena_dup(h->arena, v->text), s.hash,
                                                    s.size};
    return st;
}

static bool holds_file(const Value *v)
{
    bool any = v->type == V_FILE;
    for (uint32_t i = 0; v->type == V_LIST && i < v->len && !any; i++) any = holds_file(&v->list[i]);
    for (uint32_t i = 0; v->type == V_RECORD && i < v->record->shape->n && !any; i++)
        any = holds_file(&v->record->fields[i]);
    return any;
}

Status live_hand_on(Live *l, Pending *p, const Message *m, Error *err)
{
    Handing h = {.live = l, .arena = p->arena, .seq = m->from_seq};
    bool any = false;
    for (uint32_t i = 0; i < m->values_n && !any; i++) any = holds_file(&m->values[i].value);
    if (!any || !m->from_case || l->options.world) return ST_OK;
    Status st = journal_case(l->journal, m->from_case, &h.from, err);
    if (st == ST_OK) st = journal_replay(l->journal, m->from_case, find_place, &h, err);
    for (uint32_t i = 0; i < m->values_n && st == ST_OK; i++) {
        h.name = m->values[i].name;
        st = hand_on(&h, &m->values[i].value, err);
    }
    case_free(h.from);
    p->in.files = h.files.items, p->in.files_n = h.files.n;
    return st;
}

/* ---- handing it over ------------------------------------------------------------------------ */

/* NULL where the store is no file. */
static const char *folder_of(const Live *l, Arena *a)
{
    char *real = realpath(journal_path(l->journal), NULL);
    const char *folder = real ? arena_printf(a, "%s.files", real) : NULL;
    free(real);
    return folder;
}

static Status make_folder(const char *path, Error *err)
{
    if (TEMP_FAILURE_RETRY(mkdir(path, 0700)) == 0 || errno == EEXIST) return ST_OK;
    return fail(err, ST_IO, "making %s for copies of files: %s", path, strerror(errno));
}

static Status put_copy(Live *l, const char *hex, const char *path, Error *err)
{
    uint8_t hash[SHA256_BYTES];
    Buf bytes = {0};
    Status st = sha256_unhex(hex, hash) ? journal_file(l->journal, hash, &bytes, err)
                                        : fail(err, ST_IO, "the history names no copy. Run `ops verify`");
    if (st == ST_OK) st = text_write_file(path, buf_text(&bytes), bytes.n, err);
    if (st == ST_OK && chmod(path, 0400) != 0) st = fail(err, ST_IO, "%s: %s", path, strerror(errno));
    buf_free(&bytes);
    return st;
}

Status live_hand_over(Live *l, const Case *c, const Effect *e, uint32_t i, Arena *a, const char **path, Error *err)
{
    const IrStep *s = &c->flow->steps[e->step];
    const IrShell *shell = e->undo ? &s->undo.shell : &s->shell;
    const char *given = e->args[i].text, *name = strrchr(given, '/') ? strrchr(given, '/') + 1 : given;
    Sought sought = {.arena = a, .path = given, .field = variable_of(c->flow, c->flow->codes[shell->args + i])};
    const char *folder = folder_of(l, a);
    Status st = find_copy(l, c, &sought, err);
    *path = given;
    if (st != ST_OK || !sought.hash || !folder) return st;
    const char *own = arena_printf(a, "%s/%llu-%u-%u-%u", folder, (unsigned long long)c->id, e->act, e->attempt, i + 1);
    *path = arena_printf(a, "%s/%s", own, name);
    st = make_folder(folder, err);
    if (st == ST_OK) st = make_folder(own, err);
    return st == ST_OK ? put_copy(l, sought.hash, *path, err) : st;
}

/* ---- and it goes ------------------------------------------------------------------------------- */

static void empty(const char *folder)
{
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) unlinkat(dirfd(d), e->d_name, 0);
    if (d) closedir(d);
    rmdir(folder);
}

/* Calls gone for each folder, and empties those of which it says so. */
static void sweep(Live *l, bool (*gone)(Live *l, const Claim *of, uint64_t case_id, const void *self), const void *self)
{
    Arena *a = arena_new();
    const char *folder = folder_of(l, a);
    DIR *d = folder ? opendir(folder) : NULL;
    for (struct dirent *e; d && (e = readdir(d));) {
        unsigned long long id;
        Claim of = {0};
        if (sscanf(e->d_name, "%llu-%u-%u-", &id, &of.act, &of.attempt) != 3 || !gone(l, &of, id, self)) continue;
        empty(arena_printf(a, "%s/%s", folder, e->d_name));
    }
    if (d) closedir(d);
    if (d) rmdir(folder);              /* the last one's; else it stays */
    arena_free(a);
}

static bool is_this(Live *l, const Claim *of, uint64_t case_id, const void *self)
{
    const UnderWay *u = self;
    (void)l;
    return u->case_id == case_id && u->act == of->act && u->attempt == of->attempt;
}

void live_take_back(Live *l, const UnderWay *u)
{
    sweep(l, is_this, u);
}

/* Nobody runs that command any more. */
static bool is_left(Live *l, const Claim *of, uint64_t case_id, const void *self)
{
    Claim claim;
    Error ignored;
    (void)self;
    Status st = journal_claim(l->journal, case_id, of->act, &claim, &ignored);
    if (st != ST_OK) return st == ST_NOTFOUND;
    return claim.attempt != of->attempt || !exec_alive(claim.pid, claim.pid_start, claim.boot);
}

void live_take_back_left(Live *l)
{
    sweep(l, is_left, NULL);
}
