/* cmd_files.c -- the files that people gave: which, by whom, when; and back out of the store. */
#include "cli/session.h"

#include "analysis/story.h"
#include "base/json.h"
#include "cli/table.h"

#include <string.h>

int cmd_files(Args *args);

typedef struct Given {                 /* one file, as an event names it */
    const char *step, *person;
    Instant at;
    FileCopy file;
} Given;

typedef struct Files { Session *s; const Case *of; VEC(Given) items; } Files;

static Status find_files(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    Files *f = self;
    Arena *a = f->s->arena;
    FileCopy file;
    (void)hash, (void)err;
    for (uint32_t i = 0; !story_sealed(f->of, e) && event_file(e, i, &file); i++) {
        Given *g = VEC_PUSH(a, &f->items);
        *g = (Given){e->node == IR_NONE ? "" : f->of->flow->nodes[e->node].name,
                     e->person ? arena_dup(a, e->person) : "", e->at,
                     {arena_dup(a, file.field), arena_dup(a, file.path), arena_dup(a, file.hash), file.size}};
    }
    return ST_OK;
}

static void tell(const Files *f, Buf *b)
{
    static const char *const headers[] = {"name", "step", "by", "when", "file", ">bytes", "sha-256", NULL};
    Table *table = table_new(f->s->arena, headers);
    for (uint32_t i = 0; i < f->items.n; i++) {
        const Given *g = &f->items.items[i];
        table_cell(table, g->file.field);
        table_cell(table, g->step);
        table_cell(table, g->person);
        table_cell(table, session_when(f->s, session_zone(f->s, f->of->process, NULL), g->at));
        table_cell(table, g->file.path);
        table_int(table, (uint64_t)g->file.size);
        table_cell(table, g->file.hash);
    }
    if (f->items.n) table_print(table, b, 0, terminal_colour(f->s->args));
    else buf_printf(b, "Nobody gave a file in case %llu.\n", (unsigned long long)f->of->id);
}

static void tell_json(const Files *f, Buf *b)
{
    buf_puts(b, "{\"files\":[");
    for (uint32_t i = 0; i < f->items.n; i++) {
        const Given *g = &f->items.items[i];
        json_comma(b);
        buf_putc(b, '{');
        json_key_string(b, "name", g->file.field);
        json_key_string(b, "step", g->step);
        json_key_string(b, "person", g->person);
        story_json_instant(b, "at", g->at);
        json_key_string(b, "path", g->file.path);
        json_key_int(b, "size", g->file.size);
        json_key_string(b, "sha256", g->file.hash);
        buf_putc(b, '}');
    }
    buf_puts(b, "]}\n");
}

/* The last one that was given for it. */
static Status print_file(const Files *f, const char *name, Buf *b, Error *err)
{
    const Given *last = NULL;
    uint8_t hash[SHA256_BYTES];
    for (uint32_t i = 0; i < f->items.n; i++)
        if (strcmp(f->items.items[i].file.field, name) == 0) last = &f->items.items[i];
    if (!last || !sha256_unhex(last->file.hash, hash))
        return fail(err, ST_NOTFOUND,
                    "nobody gave a file for %s in case %llu: `ops files %llu` lists those that are there", name,
                    (unsigned long long)f->of->id, (unsigned long long)f->of->id);
    Status st = journal_file(f->s->journal, hash, b, err);
    if (st == ST_IO) error_prefix(err, "%s of case %llu, %s: ", name, (unsigned long long)f->of->id, last->file.path);
    return st;
}

int cmd_files(Args *args)
{
    Session s;
    int code;
    Error err;
    Buf b = {0};
    Case *c = NULL;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE, &code)) return code;
    Status st = session_case(&s, args->words_n ? args->words[0] : NULL, &c, &err);
    Files f = {.s = &s, .of = c};
    if (st == ST_OK) st = journal_replay(s.journal, c->id, find_files, &f, &err);
    if (st == ST_OK && args->words_n > 1) st = print_file(&f, args->words[1], &b, &err);
    else if (st == ST_OK && args->given[OPT_JSON]) tell_json(&f, &b);
    else if (st == ST_OK) tell(&f, &b);
    if (st == ST_OK) say(&b);
    buf_free(&b);
    case_free(c);
    if (st != ST_OK) return session_fail(&s, st, &err);
    session_close(&s);
    return 0;
}
