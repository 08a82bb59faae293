/* rows_answers.c -- a file that answers for people.
 *
 * One row per answer: which process, which case (its key), which step, who,
 * when, and the fields: a column each, or all in one column `fields` as
 * `budget=1500; decides=yes`. Spreadsheets make both.
 */
#include "runtime/rows.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

typedef struct Fields { Arena *arena; const char *time; VEC(const char *) names; VEC(const char *) texts; } Fields;

static void add_field(Answer *answer, Fields *f, const char *name, const char *text)
{
    if (!*text) return;
    if (strcmp(name, "approve") == 0) answer->approve = text;
    else if (strcmp(name, "reason") == 0) answer->reason = text;
    if (strcmp(name, "approve") == 0) return;
    *VEC_PUSH(f->arena, &f->names) = name;
    *VEC_PUSH(f->arena, &f->texts) = text;
}

static const char *trimmed(Arena *a, const char *from, size_t n)
{
    while (n && (*from == ' ' || *from == '\t')) from++, n--;
    while (n && (from[n - 1] == ' ' || from[n - 1] == '\t')) n--;
    return arena_dup_n(a, from, n);
}

/* `name=value; name="a; b"`: a value in double quotes may hold a semicolon. */
static bool split_fields(Answer *answer, Fields *f, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "=;");
        if (text[n] != '=') {
            if (*trimmed(f->arena, text, n)) return false;
            text += n + (text[n] == ';');
            continue;
        }
        const char *name = trimmed(f->arena, text, n), *value = text + n + 1;
        value += strspn(value, " \t");
        bool quoted = *value == '"';
        size_t m = quoted ? strcspn(value + 1, "\"") : strcspn(value, ";");
        add_field(answer, f, name, quoted ? arena_dup_n(f->arena, value + 1, m) : trimmed(f->arena, value, m));
        text = value + m + quoted;
        if (quoted && *text == '"') text++;
        text += strspn(text, " \t");
        if (*text == ';') text++;
        else if (*text) return false;
    }
    return true;
}

static void cell(Answer *answer, Fields *f, const char *name, const char *text)
{
    if (strcmp(name, "process") == 0) answer->process = text;
    else if (strcmp(name, "key") == 0) answer->key = text;
    else if (strcmp(name, "step") == 0) answer->step = text;
    else if (strcmp(name, "person") == 0) answer->person = text;
    else if (strcmp(name, "time") == 0) f->time = text;
    else if (strcmp(name, "fields") == 0) {
        if (!split_fields(answer, f, text))
            answer->problem = arena_printf(f->arena, "fields: wanted name=value; name=value, found \"%s\"", text);
    } else if (strcmp(name, "problem") != 0 || !(answer->mends = rows_referred(f->arena, text))) {
        add_field(answer, f, name, text);
    }
}

static const Zone *zone_of(const IrProgram *p, const Answer *answer)
{
    const IrProcess *process = ir_process(p, answer->process);
    uint32_t step = process ? ir_step(process->flow, answer->step) : IR_NONE;
    return ir_zone_of(p, answer->process, step != IR_NONE ? process->flow->steps[step].role : NULL);
}

/* When it was given: a moment, or a date, which means the day's begin. */
static void read_time(Answer *answer, const Fields *f, const IrProgram *p)
{
    const Zone *zone = zone_of(p, answer);
    const char *text = f->time;
    size_t n = strlen(text);
    int64_t day;
    bool has_offset = n > 16 && strpbrk(text + 16, "Zz+-"), is_moment = instant_parse(text, n, zone, &answer->at);
    bool is_date = !is_moment && date_parse(text, n, &day);
    if (is_date && zone) answer->at = zone_start_of(zone, day);
    bool is_time = is_moment || is_date;
    answer->has_at = is_time && (zone || has_offset);
    if (!is_time)
        answer->problem = arena_printf(
            f->arena, "time: wanted a moment like 2026-10-01T09:30 or 2026-10-01T09:30:00Z, found \"%s\"", text);
    else if (!answer->has_at)
        answer->problem = arena_printf(
            f->arena, "time: no calendar says whose clock %s goes by: say it, as in 2026-10-01T09:30Z", text);
}

static void finish(Answer *answer, const Fields *f, const IrProgram *p)
{
    if (f->time && *f->time) read_time(answer, f, p);
    const char *missing = !*answer->process ? "process" : !*answer->step ? "step" : !*answer->person ? "person" : NULL;
    answer->names = f->names.items;
    answer->texts = f->texts.items;
    answer->n = f->names.n;
    /* A reason belongs to an approval; without one it is a field like any other. */
    if (answer->approve) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < answer->n; i++) {
            if (strcmp(f->names.items[i], "reason") == 0) continue;
            f->names.items[kept] = f->names.items[i];
            f->texts.items[kept++] = f->texts.items[i];
        }
        answer->n = kept;
    } else {
        answer->reason = NULL;
    }
    if (!answer->problem && missing)
        answer->problem = arena_printf(f->arena, "the column `%s` is empty or missing", missing);
}

static int by_time(const void *x, const void *y)
{
    const Answer *a = x, *b = y;
    if (a->has_at != b->has_at) return a->has_at ? -1 : 1;
    if (a->has_at && a->at != b->at) return a->at < b->at ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

typedef struct List { VEC(Answer) items; } List;

static Status read_csv(Arena *a, const IrProgram *p, List *list, const char *bytes, size_t n, Error *err)
{
    Csv *csv;
    Status st = csv_open(a, bytes, n, &csv, err);
    if (st != ST_OK) return st;
    const CsvRow *h = csv_header(csv), *row;
    const char **names = ARENA_ARRAY(a, const char *, h->n), *header = arena_dup_n(a, h->raw, h->raw_n);
    uint32_t columns = h->n;
    for (uint32_t i = 0; i < columns; i++) names[i] = arena_dup(a, h->cells[i]);
    while ((row = csv_next(csv))) {
        Answer *answer = VEC_PUSH(a, &list->items);
        Fields f = {.arena = a};
        *answer = (Answer){.line = row->line, .process = "", .key = "", .step = "", .person = "", .header = header,
                           .raw = arena_dup_n(a, row->raw, row->raw_n), .content = hash_bytes(row->raw, row->raw_n)};
        if (row->problem) answer->problem = arena_dup(a, row->problem);
        for (uint32_t i = 0; i < row->n && i < columns; i++) cell(answer, &f, names[i], arena_dup(a, row->cells[i]));
        finish(answer, &f, p);
    }
    return ST_OK;
}

static void read_members(Answer *answer, Fields *f, const Json *object)
{
    for (const Json *m = object->child; m; m = m->next) {
        if (m->type == JSON_OBJECT) read_members(answer, f, m);
        else if (m->type == JSON_TRUE || m->type == JSON_FALSE)
            cell(answer, f, m->name, m->type == JSON_TRUE ? "yes" : "no");
        else cell(answer, f, m->name, m->text ? m->text : "");
    }
}

static void read_lines(Arena *a, const IrProgram *p, List *list, const char *bytes, size_t n)
{
    uint32_t number = 0;
    bool mark = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
    for (const char *line = bytes + (mark ? 3 : 0), *end = bytes + n, *stop; line < end; line = stop + 1) {
        stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        size_t length = (size_t)(stop - line);
        number++;
        if (strspn(line, " \t\r") >= length) continue;
        Answer *answer = VEC_PUSH(a, &list->items);
        Fields f = {.arena = a};
        Json *j;
        Error why;
        *answer = (Answer){.line = number, .process = "", .key = "", .step = "", .person = "", .header = "",
                           .raw = arena_dup_n(a, line, length), .content = hash_bytes(line, length)};
        if (json_parse(a, line, length, &j, &why) != ST_OK) answer->problem = arena_printf(a, "not JSON: %s", why.text);
        else if (j->type != JSON_OBJECT) answer->problem = "not a JSON object";
        else read_members(answer, &f, j);
        finish(answer, &f, p);
    }
}

Status rows_answers(Arena *a, const IrProgram *p, const char *path, Answer **out, uint32_t *n, Error *err)
{
    char *bytes;
    size_t size, length = strlen(path);
    List list = {0};
    Status st = text_read_file(a, path, 0, &bytes, &size, err);
    if (st != ST_OK) return st;
    if (length > 6 && strcmp(path + length - 6, ".jsonl") == 0) read_lines(a, p, &list, bytes, size);
    else st = read_csv(a, p, &list, bytes, size, err);
    if (st != ST_OK) {
        error_prefix(err, "%s: ", path);
        return st;
    }
    if (list.items.n) qsort(list.items.items, list.items.n, sizeof *list.items.items, by_time);
    *out = list.items.items;
    *n = list.items.n;
    return ST_OK;
}
