/* cmd_copy.c -- the store as another file, as two, and as text: backup, archive, export, import. */
#include "cli/session.h"

#include "base/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cmd_archive(Args *args);
int cmd_backup(Args *args);
int cmd_export(Args *args);
int cmd_import(Args *args);

/* What was made, and its head. Returns the exit code. */
static int tell_copy(const Args *args, const char *path, VerifyReport *r)
{
    Buf b = {0};
    if (args->given[OPT_JSON]) {
        buf_putc(&b, '{');
        json_key_string(&b, "store", path);
        json_key_bool(&b, "ok", r->problems == 0);
        json_key_int(&b, "cases", (int64_t)r->cases);
        json_key_int(&b, "events", (int64_t)r->events);
        json_key_string(&b, "text", buf_text(&r->text));
        json_key_string(&b, "head", r->head);
        buf_puts(&b, "}\n");
    } else if (r->problems) {
        buf_printf(&b, "%sNot made: %s would hold what `ops verify` finds wrong in the store.\n", buf_text(&r->text),
                   path);
    } else {
        buf_printf(&b, "%s: %llu case%s, %llu event%s, verified\nhead %s\n", path, (unsigned long long)r->cases,
                   r->cases == 1 ? "" : "s", (unsigned long long)r->events, r->events == 1 ? "" : "s", r->head);
    }
    int code = r->problems ? 1 : 0;
    say(&b);
    buf_free(&b);
    buf_free(&r->text);
    return code;
}

int cmd_backup(Args *args)
{
    Session s;
    int code;
    Error err;
    VerifyReport r = {0};
    if (!args->words_n) {
        fprintf(stderr, "ops: name the file that the copy goes to: `ops backup COPY`\n");
        return status_exit_code(ST_USAGE);
    }
    if (!session_open(&s, args, SESSION_STORE, &code)) return code;
    Status st = journal_backup(s.journal, args->words[0], &r, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    code = tell_copy(args, args->words[0], &r);
    session_close(&s);
    return code;
}

static Status read_before(Session *s, Instant *before, Error *err)
{
    const char *text = s->args->value[OPT_BEFORE];
    int64_t day;
    *before = INSTANT_NEVER;
    if (!text) return ST_OK;
    if (!date_parse(text, strlen(text), &day))
        return fail(err, ST_USAGE, "--before wants a date like 2026-01-01, found %s", text);
    const Zone *zone = session_zone(s, NULL, NULL);
    *before = zone_start_of(zone ? zone : zone_utc(), day);
    return ST_OK;
}

static bool goes_on(void *self)
{
    (void)self;
    return !stop_asked;
}

int cmd_archive(Args *args)
{
    Session s;
    int code;
    Error err;
    Instant before;
    ArchiveReport r = {0};
    Buf b = {0};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE | SESSION_WRITE, &code)) return code;
    Status st = read_before(&s, &before, &err);
    if (st == ST_OK) st = journal_archive(s.journal, before, goes_on, NULL, &r, &err);
    if (st == ST_OK && stop_asked)
        st = fail(&err, ST_LOCKED, "stopped: what was moved is whole; the next time goes on");
    if (st != ST_OK) return session_fail(&s, st, &err);
    if (args->given[OPT_JSON]) {
        buf_putc(&b, '{');
        json_key_string(&b, "archive", arena_printf(s.arena, "%s.archive", journal_path(s.journal)));
        json_key_int(&b, "cases", (int64_t)r.cases);
        json_key_int(&b, "events", (int64_t)r.events);
        buf_puts(&b, "}\n");
    } else if (r.cases) {
        buf_printf(&b, "%llu event%s of %llu case%s moved to %s.archive\n", (unsigned long long)r.events,
                   r.events == 1 ? "" : "s", (unsigned long long)r.cases, r.cases == 1 ? "" : "s",
                   journal_path(s.journal));
    } else {
        buf_puts(&b, "There is nothing to move.\n");
    }
    say(&b);
    buf_free(&b);
    session_close(&s);
    return 0;
}

static Status print_line(void *self, const char *line, size_t n, Error *err)
{
    (void)self;
    if (fwrite(line, 1, n, stdout) == n && putc('\n', stdout) != EOF) return ST_OK;
    return fail(err, ST_IO, "writing the export: %s", strerror(errno));
}

int cmd_export(Args *args)
{
    Session s;
    int code;
    Error err;
    if (!session_open(&s, args, SESSION_STORE, &code)) return code;
    Status st = journal_export(s.journal, print_line, NULL, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    session_close(&s);
    return 0;
}

typedef struct Source { FILE *file; const char *path; char *line; size_t cap; } Source;

static Status next_line(void *self, const char **line, size_t *n, Error *err)
{
    Source *in = self;
    errno = 0;
    ssize_t got = getline(&in->line, &in->cap, in->file);
    if (got < 0 && !feof(in->file)) return fail(err, ST_IO, "reading %s: %s", in->path, strerror(errno));
    if (got < 0) return ST_END;
    *n = (size_t)got - (in->line[got - 1] == '\n');
    in->line[*n] = '\0';
    *line = in->line;
    return ST_OK;
}

int cmd_import(Args *args)
{
    Session s;
    int code;
    Error err;
    VerifyReport r = {0};
    if (!args->words_n || !args->given[OPT_STORE]) {
        fprintf(stderr, "ops: name the export (- for standard input) and the new store:"
                        " `ops import FILE --store PATH`\n");
        return status_exit_code(ST_USAGE);
    }
    if (!session_open(&s, args, 0, &code)) return code;
    const char *from = args->words[0], *to = args->value[OPT_STORE];
    bool piped = strcmp(from, "-") == 0;
    Source in = {.file = piped ? stdin : fopen(from, "re"), .path = from};
    Status st = in.file ? journal_import(to, next_line, &in, &r, &err)
                        : fail(&err, ST_NOINPUT, "reading %s: %s", from, strerror(errno));
    if (in.file && !piped) fclose(in.file);
    free(in.line);
    if (st == ST_VALUE) error_prefix(&err, "%s, ", piped ? "standard input" : from);
    if (st != ST_OK) return session_fail(&s, st, &err);
    code = tell_copy(args, to, &r);
    session_close(&s);
    return code;
}
