/* live_files.c -- files that people give with an answer are copied into the store.
 *
 * The copy comes first, then the event that names it: what an event names is
 * there. A copy that no event names, since the process ended between the two,
 * harms nobody. Only what would be accepted is copied.
 */
#include "runtime/live_private.h"

#include "runtime/fit.h"

#include <string.h>
#include <sys/stat.h>

typedef struct Copying {
    Live *live;
    Arena *arena;
    const char *folder;                /* of paths that begin in none; NULL: where ops runs */
    const char *field;
    VEC(FileCopy) files;
} Copying;

static Status copy_file(Copying *y, const char *path, Error *err)
{
    struct stat is;
    char *bytes, hex[65];
    uint8_t hash[SHA256_BYTES];
    size_t n;
    Arena *scratch = arena_new();
    const char *from = y->folder && *path != '/' ? arena_printf(y->arena, "%s/%s", y->folder, path) : path;
    Status st = ST_OK;
    if (stat(from, &is) == 0 && !S_ISREG(is.st_mode))
        st = fail(err, ST_VALUE, "%s: a file is wanted, and %s is none", y->field, from);
    if (st == ST_OK) st = text_read_file(scratch, from, FILE_MOST, &bytes, &n, err);
    if (st != ST_OK && st != ST_VALUE) error_prefix(err, "%s: ", y->field);
    if (st == ST_OK) st = journal_keep_file(y->live->journal, bytes, n, hash, err);
    if (st == ST_OK) {
        sha256_hex(hash, hex);
        *VEC_PUSH(y->arena, &y->files) = (FileCopy){y->field, arena_dup(y->arena, path), arena_dup(y->arena, hex),
                                                    (int64_t)n};
    }
    arena_free(scratch);
    return st;
}

static Status copy_all(Copying *y, const Value *v, Error *err)
{
    Status st = ST_OK;
    if (v->type == V_FILE) return copy_file(y, v->text, err);
    for (uint32_t i = 0; v->type == V_LIST && i < v->len && st == ST_OK; i++) st = copy_all(y, &v->list[i], err);
    for (uint32_t i = 0; v->type == V_RECORD && i < v->record->shape->n && st == ST_OK; i++)
        st = copy_all(y, &v->record->fields[i], err);
    return st;
}

static bool holds_files(const IrUnit *u, uint32_t type)
{
    const IrType *t = &u->types[type];
    bool any = t->kind == TYPE_FILE || (t->kind == TYPE_LIST && holds_files(u, t->of));
    for (uint32_t i = 0; t->kind == TYPE_RECORD && i < t->fields_n && !any; i++)
        any = holds_files(u, u->fields[t->fields + i].type);
    return any;
}

static bool asks_for_files(const IrFlow *f, const Input *in)
{
    bool any = false;
    for (uint32_t i = 0; i < in->values_n && !any; i++) {
        uint32_t slot = ir_var(f, in->values[i].name);
        any = slot != IR_NONE && holds_files(&f->unit, f->vars[slot].type);
    }
    return any;
}

Status live_copy_files(Live *l, const Case *c, Input *in, const char *folder, Arena *a, Error *err)
{
    Copying y = {.live = l, .arena = a, .folder = folder};
    const Act *act = case_act(c, in->act);
    Datum *answers;
    uint32_t n;
    Value who;
    Error refused;                         /* the engine says it once more */
    if (l->options.world || !act || act->state != ACT_OFFERED || !asks_for_files(c->flow, in)) return ST_OK;
    bool fits = engine_check_person(c, &l->env, act, in, a, &who, &refused) == ST_OK &&
                engine_check_answers(c, &l->env, act, in->values, in->values_n, a, &answers, &n, &refused) == ST_OK;
    Status st = ST_OK;
    for (uint32_t i = 0; fits && i < n && st == ST_OK; i++) {
        y.field = answers[i].name;
        st = copy_all(&y, &answers[i].value, err);
    }
    in->files = y.files.items, in->files_n = y.files.n;
    return st;
}

Status live_copy_given(Live *l, const Case *c, Input *in, Arena *a, Error *err)
{
    Copying y = {.live = l, .arena = a};
    const IrUnit *u = &c->flow->unit;
    Status st = ST_OK;
    if (l->options.world) return ST_OK;
    for (uint32_t i = 0; i < in->values_n && st == ST_OK; i++) {
        uint32_t slot = ir_var(c->flow, in->values[i].name);
        Value v;
        Error misfit;                      /* the engine says it once more */
        if (slot == IR_NONE || !holds_files(u, c->flow->vars[slot].type)) continue;
        y.field = in->values[i].name;
        bool fits = value_parse_text(a, u, c->flow->vars[slot].type, in->values[i].value.text, NULL, &v,
                                     &misfit) == ST_OK;
        if (fits) st = copy_all(&y, &v, err);
    }
    in->files = y.files.items, in->files_n = y.files.n;
    return st;
}
