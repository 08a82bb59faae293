/* cmd_check.c -- check, fmt, ir, explain: what needs no store. */
#include "cli/session.h"
#include "cli/touches.h"

#include "base/json.h"
#include "lang/parse.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int cmd_check(Args *args);
int cmd_fmt(Args *args);
int cmd_ir(Args *args);
int cmd_explain(Args *args);

static int trouble(Status st, const Error *err)
{
    fprintf(stderr, "ops: %s\n", err->text);
    return status_exit_code(st);
}

static void count_kinds(Diags *d, uint32_t *counts)
{
    for (uint32_t i = 0; i < diags_count(d); i++) counts[diags_get(d, i)->severity]++;
}

/* "notes", or codes with commas between. */
static Status promote(Diags *d, Arena *a, const char *what, Error *err)
{
    VEC(DiagCode) only = {0};
    if (!what || strcmp(what, "notes") == 0) {
        diags_promote(d, what ? SEVERITY_NOTE : SEVERITY_WARNING, NULL, 0);
        return ST_OK;
    }
    for (const char *p = what; *p;) {
        size_t n = strcspn(p, ",");
        const char *name = arena_dup_n(a, p, n);
        if (!diag_code_find(name, VEC_PUSH(a, &only)))
            return fail(err, ST_USAGE, "there is no message %s; wanted --strict=notes, or codes: --strict=E0417,E0431",
                        *name ? name : "without a name");
        p += n + (p[n] == ',');
    }
    if (!only.n) return fail(err, ST_USAGE, "--strict= wants notes, or codes such as E0417, behind it");
    diags_promote(d, SEVERITY_NOTE, only.items, only.n);
    return ST_OK;
}

static void summary(Buf *b, const char *file, const IrProgram *p, const uint32_t *counts, uint32_t accepted)
{
    if (counts[SEVERITY_ERROR]) {
        buf_printf(b, "%s: %u mistake%s", file, counts[0], counts[0] == 1 ? "" : "s");
    } else {
        uint32_t steps = 0;
        for (uint32_t i = 0; i < p->processes_n; i++) steps += p->processes[i].flow->steps_n;
        buf_printf(b, "%s: all well: %u system%s, %u process%s, %u step%s", file, p->systems_n,
                   p->systems_n == 1 ? "" : "s", p->processes_n, p->processes_n == 1 ? "" : "es", steps,
                   steps == 1 ? "" : "s");
    }
    if (counts[SEVERITY_WARNING]) buf_printf(b, ", %u warning%s", counts[1], counts[1] == 1 ? "" : "s");
    if (counts[SEVERITY_NOTE]) buf_printf(b, ", %u note%s", counts[2], counts[2] == 1 ? "" : "s");
    if (accepted) buf_printf(b, ", %u accepted", accepted);
    buf_putc(b, '\n');
}

static int check_cases(Args *args)
{
    Session s;
    int code;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE, &code)) return code;
    return versions_show(&s);
}

int cmd_check(Args *args)
{
    Error err;
    const char *file;
    uint32_t counts[3] = {0};
    uint64_t most = 50;
    Status st = session_file(args, &file, &err);
    if (st != ST_OK) return trouble(st, &err);
    if (args->given[OPT_MOST]) args_number(args->value[OPT_MOST], &most);
    Compilation *c = session_compile(file, &err);
    if (!c) return trouble(err.status, &err);
    session_check_lua(c);
    if (args->given[OPT_STRICT]) st = promote(c->diags, args->arena, args->value[OPT_STRICT], &err);
    if (st != ST_OK) {
        compilation_free(c);
        return trouble(st, &err);
    }
    count_kinds(c->diags, counts);
    Buf b = {0};
    bool effects = args->given[OPT_EFFECTS] && c->program && !counts[SEVERITY_ERROR];
    if (effects) touches_show(args, c->program, &b);
    else if (args->given[OPT_JSON] && args->given[OPT_WITH_STORE] && !counts[SEVERITY_ERROR]) buf_clear(&b);
    else if (args->given[OPT_JSON]) diags_json(c->diags, &b);
    else diags_print(c->diags, &b, terminal_colour(args), (uint32_t)most);
    if (!args->given[OPT_JSON] && !args->given[OPT_QUIET] && !effects)
        summary(&b, file, c->program, counts, diags_accepted(c->diags));
    say(&b);
    buf_free(&b);
    compilation_free(c);
    if (counts[SEVERITY_ERROR]) return status_exit_code(ST_PROGRAM);
    return args->given[OPT_WITH_STORE] ? check_cases(args) : 0;
}

int cmd_ir(Args *args)
{
    Error err;
    const char *file;
    Buf b = {0};
    Status st = session_file(args, &file, &err);
    if (st != ST_OK) return trouble(st, &err);
    Compilation *c = session_compile(file, &err);
    if (!c) return trouble(err.status, &err);
    if (!c->program) {
        diags_print(c->diags, &b, false, 20);
        fputs(buf_text(&b), stderr);
        st = ST_PROGRAM;
    } else if (args->given[OPT_PROCESS]) {
        st = find_process(args->arena, c->program, args->value[OPT_PROCESS], &err);
        if (st == ST_OK) ir_print_flow(&b, ir_process(c->program, args->value[OPT_PROCESS])->flow), say(&b);
        else trouble(st, &err);
    } else {
        ir_print(&b, c->program);
        say(&b);
    }
    buf_free(&b);
    compilation_free(c);
    return status_exit_code(st);
}

/* ---- explain ----------------------------------------------------------------------- */

static void indented(Buf *b, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        buf_puts(b, "    ");
        buf_visible(b, text, n);
        buf_putc(b, '\n');
        text += n + (text[n] == '\n');
    }
}

/* One example is no UTF-8, which is what it shows; JSON and terminals get it escaped. */
static void json_key_example(Buf *b, const char *key, const char *text)
{
    size_t n = strlen(text);
    Buf shown = {0};
    if (utf8_check(text, n) == n) buf_add(&shown, text, n);
    else buf_visible(&shown, text, n);
    json_key_string(b, key, buf_text(&shown));
    buf_free(&shown);
}

static void explain_json(Buf *b, const DiagInfo *i)
{
    static const char *const severities[] = {"error", "warning", "note"};
    buf_putc(b, '{');
    json_key_string(b, "code", i->name);
    json_key_string(b, "severity", severities[i->severity]);
    json_key_string(b, "title", i->title);
    json_key_string(b, "meaning", i->meaning);
    json_key_example(b, "wrong", i->wrong);
    json_key_example(b, "right", i->right);
    buf_putc(b, '}');
}

static void explain_all(Buf *b, bool json)
{
    if (json) buf_puts(b, "{\"codes\":[");
    for (int i = 0; i < DIAG_COUNT; i++) {
        const DiagInfo *info = diag_info((DiagCode)i);
        if (json) {
            if (i) buf_putc(b, ',');
            explain_json(b, info);
        } else {
            buf_printf(b, "%s  %s\n", info->name, info->title);
        }
    }
    if (json) buf_puts(b, "]}\n");
}

/* The letter says how grave it is, and is easily taken for another. */
static bool code_asked_for(const char *asked, DiagCode *code)
{
    return diag_code_find(asked, code) || (isalpha((unsigned char)*asked) && diag_code_find(asked + 1, code));
}

int cmd_explain(Args *args)
{
    Buf b = {0};
    DiagCode code;
    Error err;
    bool json = args->given[OPT_JSON];
    if (args->words_n == 0) {
        explain_all(&b, json);
    } else if (!code_asked_for(args->words[0], &code)) {
        buf_free(&b);
        return trouble(fail(&err, ST_USAGE, "there is no message %s; `ops explain` lists them all", args->words[0]),
                       &err);
    } else if (json) {
        explain_json(&b, diag_info(code));
        buf_putc(&b, '\n');
    } else {
        const DiagInfo *i = diag_info(code);
        buf_printf(&b, "%s: %s\n\n", i->name, i->title);
        help_text(&b, i->meaning);
        if (*i->wrong) buf_puts(&b, "\nWrong:\n\n"), indented(&b, i->wrong);
        if (*i->right) buf_puts(&b, "\nRight:\n\n"), indented(&b, i->right);
    }
    say(&b);
    buf_free(&b);
    return 0;
}

/* ---- fmt ----------------------------------------------------------------------------- */

static bool write_temporary(char *name, const char *text, size_t n)
{
    int fd = mkstemp(name);
    if (fd < 0)
        return false;
    bool written = write(fd, text, n) == (ssize_t)n;
    close(fd);
    if (!written)
        unlink(name);
    return written;
}

static Status run_diff(const char *label, const char *before, const char *after, Error *err)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("diff", "diff", "-u", "--label", label, "--label", "as ops fmt writes it", before, after, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    while (pid > 0 && waitpid(pid, &status, 0) < 0)
        continue;
    if (pid < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127))
        return fail(err, ST_UNAVAILABLE, "the program diff is not installed");
    return ST_OK;
}

/* What would change, by the system's diff. What was read is written out, too: it may have come by a pipe. */
static Status show_diff(const char *path, const char *text, size_t n, const Buf *made, Error *err)
{
    char before[] = "/tmp/ops-fmt-XXXXXX", after[] = "/tmp/ops-fmt-XXXXXX";
    if (!write_temporary(before, text, n))
        return fail(err, ST_CANTCREATE, "cannot write a temporary file for diff");
    Status st = ST_OK;
    if (!write_temporary(after, buf_text(made), made->n)) {
        st = fail(err, ST_CANTCREATE, "cannot write a temporary file for diff");
    } else {
        st = run_diff(strcmp(path, "-") == 0 ? "standard input" : path, before, after, err);
        unlink(after);
    }
    unlink(before);
    return st;
}

static Status format_one(Args *args, const char *path, bool *differs, Error *err)
{
    Arena *a = arena_new();
    Sources *sources = sources_new(a);
    Diags *diags = diags_new(a, sources);
    char *text;
    size_t n;
    Buf out = {0}, messages = {0};
    Status st = text_read_file(a, path, 0, &text, &n, err);
    if (st != ST_OK) goto done;
    uint32_t at = sources_add(sources, path, text, n);
    if (!format_text(a, diags, at, text, n, &out)) {
        diags_print(diags, &messages, false, 20);
        fputs(buf_text(&messages), stderr);
        st = fail(err, ST_PROGRAM, "%s was left as it is: it has mistakes", path);
        goto done;
    }
    *differs = out.n != n || memcmp(buf_text(&out), text, n) != 0;
    bool show = args->given[OPT_CHECK] || args->given[OPT_DIFF];
    if (show && *differs) {
        if (args->given[OPT_DIFF]) st = show_diff(path, text, n, &out, err);
        else printf("%s\n", path);
    } else if (!show && strcmp(path, "-") == 0) {
        say(&out);
    } else if (!show && *differs) {
        st = text_write_file(path, buf_text(&out), out.n, err);
    }
done:
    buf_free(&out);
    buf_free(&messages);
    arena_free(a);
    return st;
}

int cmd_fmt(Args *args)
{
    Error err;
    bool any = false, show = args->given[OPT_CHECK] || args->given[OPT_DIFF];
    int code = 0;
    if (!args->words_n) return trouble(fail(&err, ST_USAGE, "`ops fmt` wants files, or - for standard input"), &err);
    for (uint32_t i = 0; i < args->words_n; i++) {
        bool differs = false;
        Status st = format_one(args, args->words[i], &differs, &err);
        if (st != ST_OK) code = trouble(st, &err);
        any |= differs;
    }
    return code ? code : show && any ? 1 : 0;
}
