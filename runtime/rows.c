/* rows.c -- rows of .csv and .jsonl files as records, and tables by key.
 *
 * A cell becomes a value by what its field says: its column's name, its format
 * by example, its pattern, its condition. Everything wrong with a row is told
 * in one text, so that a person mends it once.
 */
#include "runtime/rows.h"

#include "base/json.h"
#include "base/like.h"
#include "base/pattern.h"

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SHOWN = 60 };                   /* columns of a value that a problem quotes */

typedef struct Column {                /* how one field is read */
    const IrField *field;
    const char *name;                  /* of the file's column, or of the JSON member */
    int index;                         /* in the file; -1: it has none */
    Like *like;
    const Zone *zone;
    regex_t pattern;
    bool has_pattern;
} Column;

struct RowFile {
    Arena *arena;
    const IrProgram *program;
    const IrType *type;
    const Zone *zone;                  /* of moments whose field says none */
    const char *path;
    Csv *csv;                          /* NULL: lines of JSON */
    const char *at, *end;              /* JSON: what is left */
    uint32_t line;
    Column *columns;
    const char *header;
    int problem;                       /* the column `problem` that `ops rejected --csv` adds; -1: there is none */
    Map *keys;                         /* key -> Row already seen in this file */
    Row row;
};

/* ---- paths --------------------------------------------------------------------------- */

const char *rows_path(Arena *a, const IrProgram *p, const char *path)
{
    const char *folder = p->folder && *p->folder ? p->folder : ".";
    char *absolute = NULL;
    if (folder[0] != '/') absolute = realpath(folder, NULL);
    const char *base = absolute ? arena_dup(a, absolute) : folder;
    free(absolute);
    if (path[0] == '/') return arena_dup(a, path);
    if (strcmp(path, ".") == 0) return base;
    return arena_printf(a, "%s%s%s", base, strcmp(base, "/") == 0 ? "" : "/", path);
}

Status rows_files(Arena *a, const IrProgram *p, const char *pattern, const char *const **paths, uint32_t *n, Error *err)
{
    glob_t found = {0};
    const char *path = pattern[0] == '/' || !p->folder || !*p->folder || strcmp(p->folder, ".") == 0
                           ? pattern : arena_printf(a, "%s/%s", p->folder, pattern);
    int code = glob(path, GLOB_NOMAGIC, NULL, &found);
    *n = 0;
    if (code == GLOB_NOMATCH) {
        globfree(&found);
        return ST_OK;
    }
    if (code == GLOB_NOSPACE) mem_none();
    if (code != 0) return fail(err, ST_NOINPUT, "looking for %s failed: %s", path, strerror(errno));
    const char **list = ARENA_ARRAY(a, const char *, found.gl_pathc);
    bool folder = false;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct stat is;
        if (stat(found.gl_pathv[i], &is) != 0) continue;
        if (S_ISREG(is.st_mode)) list[(*n)++] = arena_dup(a, found.gl_pathv[i]);
        folder |= S_ISDIR(is.st_mode) && strcmp(found.gl_pathv[i], path) == 0;
    }
    globfree(&found);
    if (folder) return fail(err, ST_NOINPUT, "it is a folder: name the files in it, as \"%s/*.csv\"", pattern);
    *paths = list;
    return ST_OK;
}

/* ---- rows that were set aside ---------------------------------------------------------- */

const char *rows_reference(Arena *a, const char *file, uint32_t line)
{
    const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    return arena_printf(a, "%s:%u", base, line);
}

const char *rows_referred(Arena *a, const char *cell)
{
    for (const char *colon = strchr(cell, ':'); colon; colon = strchr(colon + 1, ':')) {
        size_t digits = strspn(colon + 1, "0123456789");
        if (digits && strncmp(colon + 1 + digits, ": ", 2) == 0)
            return arena_dup_n(a, cell, (size_t)(colon - cell) + 1 + digits);
    }
    return NULL;
}

/* The file's bytes as a text; a NUL, which no text has, is shown as one that cannot be read. */
static const char *as_written(Arena *a, const char *bytes, size_t n)
{
    if (!memchr(bytes, '\0', n)) return arena_dup_n(a, bytes, n);
    Buf b = {0};
    for (size_t i = 0; i < n; i++) {
        if (bytes[i]) buf_putc(&b, bytes[i]);
        else buf_puts(&b, "\xef\xbf\xbd");
    }
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

/* ---- opening ----------------------------------------------------------------------------- */

static void close_patterns(RowFile *f)
{
    for (uint32_t i = 0; i < f->type->fields_n; i++)
        if (f->columns[i].has_pattern) regfree(&f->columns[i].pattern), f->columns[i].has_pattern = false;
}

static Status prepare_columns(RowFile *f, Error *err)
{
    const IrUnit *u = &f->program->unit;
    f->columns = ARENA_ARRAY(f->arena, Column, f->type->fields_n);
    for (uint32_t i = 0; i < f->type->fields_n; i++) {
        const IrField *field = &u->fields[f->type->fields + i];
        Column *c = &f->columns[i];
        *c = (Column){.field = field, .name = field->column ? field->column : field->name, .zone = f->zone};
        c->index = f->csv ? csv_column(f->csv, c->name) : 0;
        if (field->like) {
            Status st = like_compile(f->arena, field->like, &c->like, err);
            if (st != ST_OK) return st;
        }
        if (field->zone && !(c->zone = zone_find(field->zone, err))) return ST_NOINPUT;
        if (field->matching) {
            Error why;
            if (pattern_compile(field->matching, &c->pattern, &why) != ST_OK)
                return fail(err, ST_VALUE, "%s: its pattern \"%s\" cannot be read: %s", field->name, field->matching,
                            why.text);
            c->has_pattern = true;
        }
    }
    return ST_OK;
}

/* Only where the record reads no column of that name itself. */
static int problem_column(const RowFile *f)
{
    for (uint32_t i = 0; i < f->type->fields_n; i++)
        if (strcmp(f->columns[i].name, "problem") == 0) return -1;
    return f->csv ? csv_column(f->csv, "problem") : 0;
}

/* A file without a first line of names, or of something else altogether: said once, not of every row. */
static Status check_columns(const RowFile *f, Error *err)
{
    Buf wanted = {0};
    bool any = !f->csv;
    for (uint32_t i = 0; i < f->type->fields_n; i++) {
        any |= f->columns[i].index >= 0;
        buf_printf(&wanted, "%s%s", i ? ", " : "", f->columns[i].name);
    }
    Status st = any ? ST_OK
                : fail(err, ST_VALUE, "its first line names none of the columns that are read (%s)", buf_text(&wanted));
    buf_free(&wanted);
    return st;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

Status rows_open(Arena *a, const IrProgram *p, uint32_t type, const Zone *zone, const char *path, RowFile **out,
                 Error *err)
{
    RowFile *f = ARENA_NEW(a, RowFile);
    char *bytes;
    size_t n;
    *f = (RowFile){.arena = a, .program = p, .type = &p->unit.types[type], .zone = zone, .path = path, .header = "",
                   .keys = map_new(a)};
    Status st = text_read_file(a, path, 0, &bytes, &n, err);
    if (st != ST_OK) return st;
    if (ends_with(path, ".jsonl")) {
        bool mark = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
        f->at = bytes + (mark ? 3 : 0), f->end = bytes + n;
    } else {
        st = csv_open(a, bytes, n, &f->csv, err);
        if (st != ST_OK) return st;
        f->header = arena_dup_n(a, csv_header(f->csv)->raw, csv_header(f->csv)->raw_n);
    }
    st = prepare_columns(f, err);
    if (st == ST_OK) st = check_columns(f, err);
    if (st != ST_OK) close_patterns(f);
    else f->problem = problem_column(f);
    *out = f;
    return st;
}

const char *rows_header(const RowFile *f)
{
    return f->header;
}

bool rows_has(const RowFile *f, uint32_t i)
{
    return !f->csv || f->columns[i].index >= 0;
}

/* ---- one row ----------------------------------------------------------------------------------- */

static void complain(Buf *problem, const char *field, const char *what)
{
    buf_printf(problem, "%s%s: %s", problem->n ? "; " : "", field, what);
}

/* A cell's text as the field wants it; none where it is empty. */
static void read_cell(RowFile *f, const Column *c, const char *text, Value *out, Buf *problem)
{
    const IrUnit *u = &f->program->unit;
    const IrType *type = &u->types[c->field->type];
    Error err = {0};
    Status st = ST_OK;
    Value read;
    *out = VALUE_NONE;
    while (*text == ' ') text++;
    if (!*text) return;
    if (c->has_pattern && regexec(&c->pattern, text, 0, NULL, 0) != 0) {
        Buf shown = {0};
        size_t n = strlen(text), fits = text_fit(text, n, SHOWN);
        buf_puts(&shown, "\"");
        buf_visible(&shown, text, fits);
        buf_printf(&shown, "%s\" does not match %s", fits < n ? "..." : "", c->field->matching);
        complain(problem, c->name, buf_text(&shown));
        buf_free(&shown);
        return;
    }
    if (!c->like) {
        st = value_parse_text(f->arena, u, c->field->type, text, c->zone, out, &err);
    } else {
        st = like_read(c->like, text, c->zone, &read, &err);
        const Zone *zone = c->zone ? c->zone : zone_utc();
        if (st == ST_OK && type->kind == TYPE_DATE && read.type == V_DATETIME)
            read = value_date(zone_date(zone, read.i));
        if (st == ST_OK && type->kind == TYPE_DATETIME && read.type == V_DATE)
            read = value_datetime(zone_start_of(zone, read.i));
        if (st == ST_OK) st = value_fit(f->arena, u, c->field->type, &read, out, &err);
    }
    if (st != ST_OK) complain(problem, c->name, err.text);
}

typedef struct RecordHost { const Record *record; } RecordHost;

static const Value *record_slot(void *self, uint32_t slot)
{
    return &((RecordHost *)self)->record->fields[slot];
}

static void unmet(Buf *problem, const char *column, const char *condition, const Value *found)
{
    Buf what = {0};
    buf_printf(&what, "wanted %s, found ", condition);
    value_print(&what, found, STYLE_LANGUAGE, NULL);
    complain(problem, column, buf_text(&what));
    buf_free(&what);
}

/* Defaults, what must be there, and conditions over the whole record. */
static void finish_record(RowFile *f, Record *r, const bool *bad, Buf *problem)
{
    const IrUnit *u = &f->program->unit;
    RecordHost self = {r};
    EvalHost host = {.now = clock_now(), .program = f->program, .slot = record_slot, .self = &self};
    Error err;
    for (uint32_t i = 0; i < f->type->fields_n; i++) {
        const IrField *field = f->columns[i].field;
        Value v;
        if (bad[i] || r->fields[i].type != V_NONE) continue;
        if (field->initial != CODE_NONE && eval(u, field->initial, &host, f->arena, &v, &err) == ST_OK)
            r->fields[i] = v;
        else if (!u->types[field->type].optional)
            complain(problem, f->columns[i].name,
                     f->columns[i].index < 0 ? "the file has no such column" : "is empty, and must not be");
    }
    for (uint32_t i = 0; i < f->type->fields_n && !problem->n; i++) {
        const IrField *field = f->columns[i].field;
        bool holds = true;
        if (r->fields[i].type == V_NONE) continue;
        if (records_hold(u, field->type, &r->fields[i], &host, f->arena, &err) != ST_OK)
            complain(problem, f->columns[i].name, err.text);
        if (field->where == CODE_NONE || problem->n) continue;
        if (eval_condition(u, field->where, &host, f->arena, &holds, &err) != ST_OK)
            complain(problem, f->columns[i].name, err.text);
        else if (!holds) unmet(problem, f->columns[i].name, field->where_text, &r->fields[i]);
    }
}

static const char *key_of(Arena *a, const IrType *type, const Record *r)
{
    if (!type->key) return NULL;
    Buf b = {0};
    const char *name = type->key;
    for (bool first = true; *name; first = false) {
        size_t n = strcspn(name, ",");
        uint32_t at = shape_find(r->shape, arena_dup_n(a, name, n));
        if (!first) buf_puts(&b, " / ");
        if (at != UINT32_MAX) value_print(&b, &r->fields[at], STYLE_MACHINE, NULL);
        name += n + (name[n] == ',');
    }
    char *key = buf_dup(&b, a);
    buf_free(&b);
    return key;
}

/* Whether this key came before in the same file: then a problem, or (the same content) a row to skip. */
static bool seen_before(RowFile *f, Row *row, Buf *problem)
{
    if (!row->key || !*row->key) return false;
    Row **slot = (Row **)map_slot(f->keys, row->key);
    if (!*slot) {
        *slot = ARENA_NEW(f->arena, Row);
        **slot = *row;
        return false;
    }
    if ((*slot)->content == row->content) return true;
    buf_printf(problem, "%sthe same key \"%s\" as row %u", problem->n ? "; " : "", row->key, (*slot)->line);
    return false;
}

static uint64_t hash_more(uint64_t h, const char *name, const char *text)
{
    h = h * UINT64_C(1099511628211) ^ hash_bytes(name, strlen(name));
    return h * UINT64_C(1099511628211) ^ hash_bytes(text, strlen(text));
}

static bool read_csv_row(RowFile *f, Row *row, Record *r, bool *bad, Buf *problem)
{
    const CsvRow *cells = csv_next(f->csv);
    if (!cells) return false;
    row->line = cells->line;
    row->raw = as_written(f->arena, cells->raw, cells->raw_n);
    row->content = 0;
    if (cells->problem) {
        buf_puts(problem, cells->problem);
        row->content = hash_bytes(cells->raw, cells->raw_n);
        return true;
    }
    if (f->problem >= 0) row->mends = rows_referred(f->arena, cells->cells[f->problem]);
    for (uint32_t i = 0; i < f->type->fields_n; i++) {
        Column *c = &f->columns[i];
        const char *text = c->index >= 0 && (uint32_t)c->index < cells->n ? cells->cells[c->index] : "";
        size_t before = problem->n;
        row->content = hash_more(row->content, c->field->name, text);
        read_cell(f, c, text, &r->fields[i], problem);
        bad[i] = problem->n != before;
    }
    return true;
}

static const char *json_text(const Json *j)
{
    if (!j || j->type == JSON_NULL) return "";
    if (j->type == JSON_TRUE) return "yes";
    if (j->type == JSON_FALSE) return "no";
    return j->text ? j->text : "";
}

static uint64_t hash_json(uint64_t h, const char *name, const Json *j)
{
    h = hash_more(h ^ j->type, name, j->text ? j->text : "");
    for (const Json *c = j->child; c; c = c->next) h = hash_json(h, c->name ? c->name : "", c);
    return h;
}

/* A member as the field wants it: texts and numbers as cells are read, lists and objects by their type. */
static void read_member(RowFile *f, Column *c, const Json *j, Row *row, Value *out, Buf *problem)
{
    Error err;
    if (!j || (j->type != JSON_ARRAY && j->type != JSON_OBJECT)) {
        row->content = hash_more(row->content, c->field->name, json_text(j));
        read_cell(f, c, json_text(j), out, problem);
        return;
    }
    row->content = hash_json(row->content, c->field->name, j);
    if (value_from_plain_json(f->arena, &f->program->unit, c->field->type, j, c->zone, out, &err) != ST_OK)
        complain(problem, c->name, err.text);
}

/* A line without its end; NULL when nothing but blank lines is left. */
static const char *json_line(RowFile *f, size_t *n)
{
    while (f->at < f->end) {
        const char *line = f->at, *stop = memchr(line, '\n', (size_t)(f->end - line));
        if (!stop) stop = f->end;
        f->at = stop < f->end ? stop + 1 : stop;
        f->line++;
        *n = (size_t)(stop - line);
        if (*n && line[*n - 1] == '\r') --*n;
        if (strspn(line, " \t\r") < *n) return line;
    }
    return NULL;
}

static bool read_json_row(RowFile *f, Row *row, Record *r, bool *bad, Buf *problem)
{
    Json *j;
    Error err;
    size_t n;
    const char *line = json_line(f, &n);
    if (!line) return false;
    row->line = f->line;
    row->raw = as_written(f->arena, line, n);
    row->content = hash_bytes(line, n);
    if (json_parse(f->arena, line, n, &j, &err) != ST_OK) {
        const char *column = strstr(err.text, "column ");          /* it counts lines within the row */
        buf_printf(problem, "not JSON at %s", column ? column : err.text);
        return true;
    }
    if (j->type != JSON_OBJECT) {
        buf_puts(problem, "not a JSON object: wanted a line like {\"name\": \"value\"}");
        return true;
    }
    row->content = 0;
    if (f->problem >= 0) row->mends = rows_referred(f->arena, json_text(json_get(j, "problem")));
    for (uint32_t i = 0; i < f->type->fields_n; i++) {
        Column *c = &f->columns[i];
        size_t before = problem->n;
        read_member(f, c, json_get(j, c->name), row, &r->fields[i], problem);
        bad[i] = problem->n != before;
    }
    return true;
}

const Row *rows_next(RowFile *f)
{
    for (;;) {
        Record *r = record_new(f->arena, f->type->shape);
        bool *bad = ARENA_ARRAY(f->arena, bool, f->type->fields_n);
        Buf problem = {0};
        Row *row = &f->row;
        *row = (Row){0};
        bool more = f->csv ? read_csv_row(f, row, r, bad, &problem) : read_json_row(f, row, r, bad, &problem);
        if (!more) {
            close_patterns(f);
            return NULL;
        }
        bool whole = problem.n == 0;
        if (whole) finish_record(f, r, bad, &problem);
        row->value = value_record(r);
        row->key = key_of(f->arena, f->type, r);
        if (row->key && !*row->key) row->key = NULL;
        bool again = whole && seen_before(f, row, &problem);
        if (problem.n) row->problem = buf_dup(&problem, f->arena);
        buf_free(&problem);
        if (!again) return row;
    }
}

/* ---- tables --------------------------------------------------------------------------------------- */

typedef struct Loaded {
    Map *rows;                         /* by key; what fits */
    Map *damaged;                      /* by key: why a row of it does not fit */
    Status status;
    Error err;
    uint32_t problems;
    const char *first;
} Loaded;

struct Tables {
    Arena *arena;
    const IrProgram *program;
    Loaded **loaded;                   /* one per table, NULL until first asked */
    bool given;                        /* rows come from tables_give alone */
    const char *missed;
};

Tables *tables_new(const IrProgram *p, bool given)
{
    Tables *t = mem_zero(1, sizeof *t);
    *t = (Tables){.program = p, .given = given};
    tables_clear(t);
    return t;
}

void tables_clear(Tables *t)
{
    arena_free(t->arena);
    t->arena = arena_new();
    t->missed = NULL;
    t->loaded = ARENA_ARRAY(t->arena, Loaded *, t->program->tables_n);
}

const char *tables_missed(const Tables *t)
{
    return t->missed;
}

void tables_free(Tables *t)
{
    if (!t) return;
    arena_free(t->arena);
    free(t);
}

static void load_table(Tables *t, const IrTable *table, Loaded *l)
{
    RowFile *f;
    const char *path = rows_path(t->arena, t->program, table->file);
    l->rows = map_new(t->arena);
    l->damaged = map_new(t->arena);
    l->status = rows_open(t->arena, t->program, table->type, ir_zone_of(t->program, NULL, NULL), path, &f, &l->err);
    if (l->status != ST_OK) {
        error_prefix(&l->err, "table %s: ", table->name);
        return;
    }
    for (const Row *row; (row = rows_next(f));) {
        if (row->problem || !row->key) {
            const char *why = arena_printf(t->arena, "row %u: %s", row->line, row->problem ? row->problem : "no key");
            if (!l->problems++) l->first = why;
            if (row->key) map_put(l->damaged, row->key, arena_dup(t->arena, why));
            continue;
        }
        Value *kept = ARENA_NEW(t->arena, Value);
        *kept = row->value;
        map_put(l->rows, row->key, kept);
    }
}

/* Of a table that was given no rows in a world without files nobody knows what is in it. */
static void miss_table(Tables *t, const IrTable *table, Loaded *l)
{
    if (!t->missed) t->missed = table->name;
    l->status = fail(&l->err, ST_FAILED, "the table %s is asked, and was given no rows: given %s [...]", table->name,
                     table->name);
}

Status tables_give(Tables *t, const char *name, const Value *rows, Error *err)
{
    const IrTable *table = ir_table(t->program, name);
    if (!table) return fail(err, ST_NOTFOUND, "the table %s is gone from %s", name, t->program->file);
    const IrType *type = &t->program->unit.types[table->type];
    Loaded *l = ARENA_NEW(t->arena, Loaded);
    *l = (Loaded){.rows = map_new(t->arena), .damaged = map_new(t->arena)};
    for (uint32_t i = 0; i < rows->len; i++) {
        const char *key = key_of(t->arena, type, rows->list[i].record);
        Value *kept = ARENA_NEW(t->arena, Value);
        if (key && map_get(l->rows, key)) return fail(err, ST_VALUE, "two rows of %s have the key \"%s\"", name, key);
        *kept = value_copy(t->arena, &rows->list[i]);
        if (key) map_put(l->rows, key, kept);
    }
    t->loaded[table - t->program->tables] = l;
    return ST_OK;
}

/* A key whose row does not fit, or that stands there twice, has no answer: none would be a wrong one. */
Status tables_find(void *tables, Arena *a, const char *name, const Value *key, Value *row, Error *err)
{
    Tables *t = tables;
    const IrTable *table = ir_table(t->program, name);
    *row = VALUE_NONE;
    if (!table) return fail(err, ST_NOTFOUND, "the table %s is gone from %s", name, t->program->file);
    Loaded **l = &t->loaded[table - t->program->tables];
    if (!*l) {
        *l = ARENA_NEW(t->arena, Loaded);
        if (t->given) miss_table(t, table, *l);
        else load_table(t, table, *l);
    }
    if ((*l)->status != ST_OK) {
        if (err) *err = (*l)->err;
        return ST_FAILED;
    }
    if (key->type == V_NONE) return ST_OK;
    Buf b = {0};
    value_print(&b, key, STYLE_MACHINE, NULL);
    const Value *found = map_get((*l)->rows, buf_text(&b));
    const char *damaged = map_get((*l)->damaged, buf_text(&b));
    buf_free(&b);
    if (damaged) return fail(err, ST_FAILED, "table %s, %s, %s", table->name, table->file, damaged);
    if (found) *row = value_copy(a, found);
    return ST_OK;
}

/* What a line of its problems begins with. */
static const char *line_of_table(const IrTable *table, Arena *a)
{
    return arena_printf(a, "table %s, %s: ", table->name, table->file);
}

bool tables_unasked(const Tables *t, const char *line)
{
    bool is = false;
    Arena *a = arena_new();
    for (uint32_t i = 0; i < t->program->tables_n && !is; i++) {
        const char *begins = line_of_table(&t->program->tables[i], a);
        is = !t->loaded[i] && strncmp(line, begins, strlen(begins)) == 0;
    }
    arena_free(a);
    return is;
}

uint32_t tables_problems(const Tables *t, Buf *out)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < t->program->tables_n; i++) {
        const Loaded *l = t->loaded[i];
        if (!l || !l->problems) continue;
        sum += l->problems;
        const IrTable *table = &t->program->tables[i];
        buf_puts(out, line_of_table(table, t->arena));
        buf_printf(out, "%u row%s not fit: %s%s\n", l->problems, l->problems == 1 ? " does" : "s do", l->first,
                   l->problems == 1 ? "" : "; ...");
    }
    return sum;
}
