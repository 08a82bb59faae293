/* reach.c -- which questions of Lua there are, and what may come with them. */
#include "runtime/reach_private.h"
#include "runtime/rows.h"

#include <string.h>

typedef struct Answering {
    const char *what;
    uint32_t most;                     /* arguments */
    bool acts;                         /* it changes what lies outside */
    Status (*answer)(Asked *a, Value *out);
} Answering;

static const Answering all[] = {
    {"query.metric", 1, false, reach_metric},
    {"query.cases", 1, false, reach_cases},
    {"file.read", 1, false, reach_read},
    {"file.list", 1, false, reach_list},
    {"file.exists", 1, false, reach_exists},
    {"file.write", 2, true, reach_write},
    {"file.append", 2, true, reach_append},
    {"mail.send", 1, true, reach_mail},
    {"http.get", 2, true, reach_http},
    {"http.head", 2, true, reach_http},
    {"http.post", 2, true, reach_http},
    {"http.put", 2, true, reach_http},
    {"http.patch", 2, true, reach_http},
    {"http.delete", 2, true, reach_http},
};

/* Where nobody keeps what it did. A step's block that names no such thing itself, but comes to it by a name that it
 * made, is none of those that are fenced against being done twice. */
static Status only_looks(Asked *a)
{
    return fail(a->err, ST_FAILED, a->by->step ? "the block must call it by this name"
                                               : "it is for the steps of a case: here nothing is changed outside");
}

Status reach_answer(void *self, const ScriptQuestion *q, Arena *a, Value *out, Error *err)
{
    Asked asked = {self, q, a, err};
    *out = VALUE_NONE;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(all[i].what, q->what) != 0) continue;
        if (q->args_n > all[i].most) return fail(err, ST_FAILED, "%s: it is given too much", q->what);
        Status st = all[i].acts && !asked.by->acts ? only_looks(&asked) : all[i].answer(&asked, out);
        if (st != ST_OK && st != ST_LATER) error_prefix(err, "%s: ", q->what);
        return st;
    }
    return fail(err, ST_FAILED, "there is nothing to ask that is called %s", q->what);
}

/* ---- what comes with a question --------------------------------------------------------------- */

static const char *found_instead(const Value *v)
{
    return v->type == V_NONE ? "nothing" : value_type_name(v);
}

bool asked_text(Asked *a, uint32_t at, const char *wanted, const char **out)
{
    const Value *v = at < a->q->args_n ? &a->q->args[at] : &VALUE_NONE;
    bool text = v->type == V_TEXT || v->type == V_FILE || v->type == V_PERSON;
    if (text) *out = v->text;
    else fail(a->err, ST_FAILED, "%s is wanted, and there is %s", wanted, found_instead(v));
    return text;
}

static bool is_option(const char *const *names, const char *name, uint32_t *n)
{
    bool found = false;
    for (*n = 0; names[*n]; ++*n) found |= strcmp(names[*n], name) == 0;
    return found;
}

bool asked_options(Asked *a, uint32_t at, const char *const *names, const Record **out)
{
    const Value *v = at < a->q->args_n ? &a->q->args[at] : &VALUE_NONE;
    uint32_t n;
    *out = NULL;
    if (v->type == V_NONE || (v->type == V_LIST && v->len == 0)) return true;
    if (v->type != V_RECORD)
        return fail(a->err, ST_FAILED, "a table of names is wanted, like {%s = ...}, and there is %s", names[0],
                    value_type_name(v)) == ST_OK;
    *out = v->record;
    for (uint32_t i = 0; i < v->record->shape->n; i++) {
        const char *name = v->record->shape->fields[i];
        if (is_option(names, name, &n)) continue;
        return fail(a->err, ST_FAILED, "there is no `%s` to be said%s", name,
                    text_did_you_mean(a->arena, name, names, n)) == ST_OK;
    }
    return true;
}

bool asked_option_text(Asked *a, const Record *options, const char *name, const char **out)
{
    const Value *v = options ? record_get(options, name) : NULL;
    if (!v || v->type == V_NONE) return true;
    bool text = v->type == V_TEXT || v->type == V_FILE || v->type == V_PERSON;
    if (text) *out = v->text;
    else fail(a->err, ST_FAILED, "%s: a text is wanted, and there is %s", name, value_type_name(v));
    return text;
}

bool asked_option_number(Asked *a, const Record *options, const char *name, uint64_t most, uint64_t *out)
{
    const Value *v = options ? record_get(options, name) : NULL;
    if (!v || v->type == V_NONE) return true;
    bool fits = v->type == V_NUMBER && v->i % DECIMAL_ONE == 0 && v->i > 0 && (uint64_t)(v->i / DECIMAL_ONE) <= most;
    if (fits) *out = (uint64_t)(v->i / DECIMAL_ONE);
    else fail(a->err, ST_FAILED, "%s: a whole number from 1 to %llu is wanted", name, (unsigned long long)most);
    return fits;
}

/* ---- what is allowed -------------------------------------------------------------------------- */

const IrUse *asked_module(const Asked *a)
{
    static const IrUse main_file = {"", ""};
    const IrProgram *p = a->by->program;
    const IrUse *found = &main_file;
    for (uint32_t i = 0; a->by->process && i < p->uses_n; i++) {
        size_t n = strlen(p->uses[i].module);
        if (n > strlen(found->module) && strncmp(a->by->process, p->uses[i].module, n) == 0) found = &p->uses[i];
    }
    return found;
}

/* By the module's own lines. */
static bool allows(const IrProgram *p, const char *module, size_t n, AllowFits *fits, const void *what)
{
    for (uint32_t i = 0; i < p->allows_n; i++) {
        const IrAllow *allow = &p->allows[i];
        if (strlen(allow->module) == n && strncmp(allow->module, module, n) == 0 && fits(what, allow)) return true;
    }
    return false;
}

/* "a.b." is used by "a.", which is used by "". */
static size_t user_of(const char *module, size_t n)
{
    for (n--; n && module[n - 1] != '.'; n--) continue;
    return n;
}

/* Of the file of the program that is taken in under this name, from the main file's on; "": the same. */
static const char *folder_of(const IrProgram *p, const char *module, size_t n)
{
    for (uint32_t i = 0; i < p->uses_n; i++)
        if (strlen(p->uses[i].module) == n && strncmp(p->uses[i].module, module, n) == 0) return p->uses[i].folder;
    return "";
}

bool asked_allowed(Asked *a, AllowFits *fits, AllowHint *hint, const void *what)
{
    const IrProgram *p = a->by->program;
    const char *module = asked_module(a)->module;
    size_t n = strlen(module);
    bool own = true;
    for (;; n = user_of(module, n), own = false) {
        if (!allows(p, module, n, fits, what))
            return fail(a->err, ST_FAILED, "nothing allows this%s: write allow %s",
                        own ? "" : " in the file that uses this one",
                        hint(a->arena, what, folder_of(p, module, n))) == ST_OK;
        if (!n) return true;
    }
}

void asked_lines(Asked *a, AllowVisit *visit, void *self)
{
    const IrProgram *p = a->by->program;
    const char *module = asked_module(a)->module;
    for (size_t n = strlen(module);; n = user_of(module, n)) {
        visit(self, NULL);
        for (uint32_t i = 0; i < p->allows_n; i++) {
            const IrAllow *allow = &p->allows[i];
            if (strlen(allow->module) == n && strncmp(allow->module, module, n) == 0) visit(self, allow);
        }
        if (!n) return;
    }
}

/* ---- what is run -------------------------------------------------------------------------------- */

Status asked_run(Asked *a, const ExecCall *call, AskedRead *read, Value *out)
{
    Reach *by = a->by;
    ExecCall own = *call;
    ExecResult r;
    own.tag = by->tag ? by->tag : UINT64_MAX;              /* only one at a time is waited for */
    own.cwd = rows_path(a->arena, by->program, ".");
    if (!by->exec) return fail(a->err, ST_FAILED, "nothing is sent from here");
    Status st = by->tag ? exec_start(by->exec, &own, a->err) : exec_run(by->exec, &own, &r, a->err);
    if (st != ST_OK) return st;
    if (!by->tag) return read(a, &r, out);
    by->sent = (ReachSent){.read = read, .at = clock_ticks()};
    return ST_LATER;
}

/* ---- names and records ------------------------------------------------------------------------- */

const char *asked_own_name(Asked *a, const char *name)
{
    const char *dot = a->by->process ? strrchr(a->by->process, '.') : NULL;
    return dot ? arena_printf(a->arena, "%.*s.%s", (int)(dot - a->by->process), a->by->process, name) : name;
}

Value reach_record(Arena *a, const Shape *shape, const Value *fields)
{
    Record *r = record_new(a, shape);
    for (uint32_t i = 0; i < shape->n; i++) r->fields[i] = fields[i];
    return value_record(r);
}
