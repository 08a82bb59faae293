/* repl.c -- the prompt: declarations, expressions, metrics, a line of Lua.
 *
 * The parser itself says when input is complete, so a declaration may take as
 * many lines as it likes. What is declared here lies behind the loaded file's
 * text and is compiled with it; what has mistakes is shown and dropped. With
 * standard input no terminal, lines are read without prompt or echo.
 */
#include "cli/repl.h"

#include "analysis/test.h"
#include "cli/table.h"
#include "lang/parse.h"
#include "runtime/reach.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cmd_repl(Args *args);

/* ---- compiling --------------------------------------------------------------------- */

static void show_diags(Repl *r, Diags *d)
{
    Buf b = {0};
    diags_print(d, &b, r->terminal && terminal_colour(r->args), 10);
    fflush(stdout);
    fputs(buf_text(&b), stderr);
    buf_free(&b);
    r->wrong = true;
}

/* The file's text with an addition; false (and nothing changed) when it has mistakes. */
static bool compile_with(Repl *r, const char *addition)
{
    size_t before = r->text.n;
    buf_puts(&r->text, addition);
    const char *text =
        arena_dup_n(r->arena, buf_text(&r->text), r->text.n); /* the program borrows it for as long as it lives */
    Compilation *c = compile_text(r->file ? r->file : "prompt", text, r->text.n, NULL, NULL);
    session_check_lua(c);
    if (!c->program || diags_errors(c->diags)) {
        show_diags(r, c->diags);
        compilation_free(c);
        r->text.n = before;
        return false;
    }
    compilation_free(r->compilation);
    r->compilation = c;
    return true;
}

static const IrProgram *program(const Repl *r)
{
    return r->compilation->program;
}

/* ---- answering ----------------------------------------------------------------------- */

static void complain(Repl *r, const char *text)
{
    fflush(stdout);
    fprintf(stderr, "%s\n", text);
    r->wrong = true;
}

static const char *store_of(const Repl *r)
{
    const char *env = getenv("OPS_STORE"), *slash = r->file ? strrchr(r->file, '/') : NULL;
    if (r->args->given[OPT_STORE]) return r->args->value[OPT_STORE];
    if (env && *env) return env;
    return slash ? arena_printf(r->arena, "%.*s/.ops/store.db", (int)(slash - r->file), r->file) : ".ops/store.db";
}

static void print_line(const Value *v, const Zone *zone)
{
    Buf b = {0};
    value_print(&b, v, STYLE_LANGUAGE, zone);
    buf_putc(&b, '\n');
    say_text(&b);
    buf_free(&b);
}

/* How whoever sits here reads. */
static const Manner *reader(Repl *r, const IrProgram *p)
{
    return ir_manner(p, session_owner(r->arena, p, session_login(r->arena)));
}

static void print_rows(Repl *r, const Manner *manner, const IrMetric *m, const MetricRow *rows, uint32_t n,
                       const Zone *zone)
{
    static const char *const headers[] = {"of", ">value", ">cases", NULL};
    if (m->by == CODE_NONE) {
        if (n) print_line(&rows[0].value, zone);
        return;
    }
    Table *t = table_new(r->arena, headers);
    Buf b = {0};
    for (uint32_t i = 0; i < n; i++) {
        buf_clear(&b);
        value_print_for(&b, &rows[i].by, manner, zone);
        table_cell(t, buf_text(&b));
        buf_clear(&b);
        value_print_measured(&b, &rows[i].value, manner, zone);
        table_cell(t, buf_text(&b));
        table_int(t, rows[i].cases);
    }
    buf_clear(&b);
    table_print(t, &b, terminal_width(), false);
    say(&b);
    buf_free(&b);
}

static void evaluate(Repl *r, const char *text)
{
    Error err = {0};
    Journal *j = NULL;
    const MetricRow *rows;
    uint32_t n;
    Compilation *c = compile_expression(program(r), text, strlen(text));
    const IrMetric *m = c->program ? ir_metric(c->program, "it") : NULL;
    if (!m) {
        show_diags(r, c->diags);
        compilation_free(c);
        return;
    }
    const char *store = store_of(r);
    Status st = access(store, F_OK) == 0 ? journal_open(store, JOURNAL_READ, &j, &err) : ST_OK;
    if (st == ST_OK) {
        Query *q = query_new(c->program, j, clock_now());
        st = query_metric(q, (uint32_t)(m - c->program->metrics), &rows, &n, &err);
        if (st == ST_OK) print_rows(r, reader(r, c->program), m, rows, n, ir_zone_of(c->program, NULL, NULL));
        query_free(q);
    }
    if (st != ST_OK) complain(r, err.text);
    journal_close(j);
    compilation_free(c);
}

/* What is there to be asked of the store, as far as there is one. */
static Query *query_of_store(Repl *r, Journal **j)
{
    Error err;
    const char *store = store_of(r);
    *j = NULL;
    if (access(store, F_OK) == 0 && journal_open(store, JOURNAL_READ, j, &err) != ST_OK) complain(r, err.text);
    return query_new(program(r), *j, clock_now());
}

static void run_lua(Repl *r, const char *text)
{
    Value values[8];
    uint32_t n = 8;
    Error err;
    if (!r->script) r->script = script_new();
    Arena *a = arena_new();
    const IrLua line = {.text = text};
    const IrProgram *p = program(r);
    Secrets *secrets = secrets_new(p, true);
    const Calendar *calendar = ir_calendar_of(p, NULL, NULL);
    Journal *j;
    const char *printed;
    Query *query = query_of_store(r, &j);
    Reach reach = {.program = p, .journal = j, .measure = query_measure, .measure_self = query};
    const ScriptCall call = {.unit = &p->unit, .program = p, .calendar = calendar ? calendar->name : NULL,
                             .now = clock_now(), .secrets = secrets, .prelude = p->prelude, .prelude_n = p->prelude_n,
                             .modules = p->modules, .modules_n = p->modules_n, .block = &line,
                             .answer = reach_answer, .answer_self = &reach};
    Status st = script_eval(r->script, &call, a, values, &n, &printed, &err);
    Buf shown = {0};
    buf_show(&shown, "%s", printed);
    fputs(buf_text(&shown), stdout);
    buf_free(&shown);
    if (st != ST_OK) complain(r, err.text);
    else
        for (uint32_t i = 0; i < n; i++) print_line(&values[i], ir_zone_of(program(r), NULL, NULL));
    query_free(query);
    journal_close(j);
    secrets_free(secrets);
    arena_free(a);
}

/* ---- what a word means ---------------------------------------------------------------------- */

static void explain_word(Repl *r, const char *name)
{
    const IrProgram *p = program(r);
    const IrProcess *process = ir_process(p, name);
    const IrRole *role = ir_role(p, name);
    const IrMetric *metric = ir_metric(p, name);
    bool known = false;
    if (process) known = true, printf("process %s: %s\n", name, process->why ? process->why : "no reason given");
    if (metric) known = true, printf("metric %s = %s\n", name, metric->text);
    if (role) {
        known = true;
        printf("role %s:", name);
        for (uint32_t i = 0; i < role->people_n; i++) printf("%s %s", i ? "," : "", role->people[i]);
        printf("\n");
    }
    if (ir_event(p, name)) known = true, printf("event %s\n", name);
    Buf means = {0};
    if (meanings_print(&means, name)) known = true, fputs(buf_text(&means), stdout);
    buf_free(&means);
    if (!known) complain(r, arena_printf(r->arena, "nothing here is called %s", name));
}

/* ---- commands with a colon ---------------------------------------------------------------------- */

static void load(Repl *r, char *path)
{
    Error err;
    char *text;
    size_t n;
    Buf old = r->text;
    const char *old_file = r->file;
    if (text_read_file(r->arena, path, 0, &text, &n, &err) != ST_OK) {
        complain(r, err.text);
        return;
    }
    r->text = (Buf){0};
    r->file = arena_dup(r->arena, path);
    buf_add(&r->text, text, n);
    if (n && text[n - 1] != '\n') buf_putc(&r->text, '\n');
    if (compile_with(r, "")) {
        buf_free(&old);
        return;
    }
    buf_free(&r->text);
    r->text = old;
    r->file = old_file;
}

/* The shell's command of the same name, on the loaded file, with whatever else was written behind it. */
static void run_command(Repl *r, const char *name, char *words)
{
    enum { MOST_WORDS = 30 };
    const Command *c = command_find(name);
    Args args;
    Error err;
    char *argv[MOST_WORDS] = {(char *)"--file", (char *)(uintptr_t)r->file};
    int argc = 2;
    if (!r->file) {
        complain(r, "no file is loaded: :load FILE.ops");
        return;
    }
    if (r->args->given[OPT_STORE]) {
        argv[argc++] = (char *)"--store";
        argv[argc++] = (char *)(uintptr_t)r->args->value[OPT_STORE];
    }
    for (char *word = strtok(words, " \t"); word && argc < MOST_WORDS; word = strtok(NULL, " \t")) argv[argc++] = word;
    if (args_parse(r->arena, c, argc, argv, &args, &err) != ST_OK) complain(r, err.text);
    else if (c->run(&args) != 0) r->wrong = true;
    stop_asked = stop_asked == SIGINT ? 0 : stop_asked;        /* Ctrl-C stopped the command, not the session */
    fflush(stdout);
}

static void colon_run(Repl *r, char *words) { run_command(r, "run", words); }
static void colon_tasks(Repl *r, char *words) { run_command(r, "tasks", words); }
static void colon_cases(Repl *r, char *words) { run_command(r, "cases", words); }
static void colon_case(Repl *r, char *words) { run_command(r, "show", words); }
static void colon_quit(Repl *r, char *words) { (void)words, r->over = true; }
static void colon_history(Repl *r, char *words) { (void)words, repl_show_history(r); }
static void colon_help(Repl *r, char *words);

const Colon colons[] = {
    {":load",    "FILE", "take a file up",                   true,  load},
    {":run",     "",     "do everything that can be done",   false, colon_run},
    {":tasks",   "",     "what people have to do",           false, colon_tasks},
    {":cases",   "",     "cases that run; --all for all",    false, colon_cases},
    {":case",    "N",    "one case's story",                 true,  colon_case},
    {":history", "",     "lines typed",                      false, colon_history},
    {":help",    "",     "this text",                        false, colon_help},
    {":quit",    "",     "end; so does Ctrl-D",              false, colon_quit},
    {0}};

static void colon_help(Repl *r, char *words)
{
    (void)r, (void)words;
    fputs("Write declarations (over several lines), expressions like 3 h + 20 m, metrics\n"
          "like count(Close, all time) by lead.source, or `lua` and a line of Lua, like\n"
          "lua stats.mean({1, 2}). Tab tells what fits.\n\n", stdout);
    for (const Colon *c = colons; c->name; c++) {
        char left[32];
        snprintf(left, sizeof left, "%s %s", c->name, c->argument);
        printf("  %-14s %s\n", left, c->help);
    }
    printf("  %-14s %s\n", "NAME?", "what a name or a word means");
}

static void colon(Repl *r, char *line)
{
    const char *names[16];
    size_t n = 0;
    char *word = line + strcspn(line, " \t");
    if (*word) *word++ = '\0', word += strspn(word, " \t");
    for (char *end = word + strlen(word); end > word && strchr(" \t", end[-1]);) *--end = '\0';
    for (const Colon *c = colons; c->name; c++) {
        names[n++] = c->name;
        if (strcmp(c->name, line) != 0) continue;
        if (c->wants && !*word) complain(r, arena_printf(r->arena, "%s wants %s behind it", c->name, c->argument));
        else c->run(r, word);
        return;
    }
    const char *meant = text_did_you_mean(r->arena, line, names, n);
    for (const Colon *c = colons; c->name && !*meant && line[1]; c++)
        if (strncmp(c->name, line, strlen(line)) == 0) meant = arena_printf(r->arena, ": did you mean %s?", c->name);
    complain(r, arena_printf(r->arena, "there is no %s%s :help lists what there is", line, *meant ? meant : ";"));
}

/* `help` and `quit` as elsewhere, without the colon: a word that means nothing else here. */
static const Colon *without_colon(const Repl *r, const char *line)
{
    const char *behind = line + strcspn(line, " \t"), *word = arena_dup_n(r->arena, line, (size_t)(behind - line));
    behind += strspn(behind, " \t");
    if (strcmp(word, "exit") == 0) word = "quit";
    if (ir_metric(program(r), word) || behind[strcspn(behind, " \t+-*/<>=(")]) return NULL;
    for (const Colon *c = colons; c->name; c++)
        if (strcmp(c->name + 1, word) == 0 && (!*behind || *c->argument)) return c;
    return NULL;
}

/* ---- declarations ------------------------------------------------------------------------------------- */

/* Does it stand behind so many lines of the main file? */
static bool is_new(const void *lines, const IrTest *test)
{
    const IrPlace *behind = lines;
    return test->place.line > behind->line && strcmp(test->place.file, behind->file) == 0;
}

/* A test is played as soon as it is written. */
static void play_tests(Repl *r, uint32_t lines)
{
    Error err;
    TestReport report = {.program = program(r)};
    const IrPlace behind = {program(r)->file, lines, 0};
    Buf b = {0};
    if (tests_play(&report, is_new, &behind, reader(r, program(r)), &stop_asked, r->arena, &err) != ST_OK)
        complain(r, err.text);
    else if (report.n)
        test_print(&b, &report, r->terminal && terminal_colour(r->args)), say(&b);
    r->unmet |= test_counts(&report).failed > 0;
    buf_free(&b);
}

static void declare(Repl *r, const char *text)
{
    uint32_t lines = 0, tests = program(r)->tests_n;
    for (size_t i = 0; i < r->text.n; i++) lines += r->text.p[i] == '\n';
    if (compile_with(r, text) && program(r)->tests_n > tests) play_tests(r, lines);
}

/* ---- one line ---------------------------------------------------------------------------------------- */

/* A script's declaration with a mistake is read to its end all the same, so that its rest is no mistake too. */
static bool still_open(const Repl *r, Arena *a)
{
    const char *const *open;
    return parse_open(a, buf_text(&r->pending), r->pending.n, &open) > 0;
}

static void complete_input(Repl *r)
{
    Arena *a = arena_new();
    Sources *sources = sources_new(a);
    Diags *diags = diags_new(a, sources);
    Ast *tree = NULL;
    uint32_t at = sources_add(sources, "prompt", buf_text(&r->pending), r->pending.n);
    PromptState state = parse_prompt(a, interner_new(a), diags, at, buf_text(&r->pending), r->pending.n, &tree);
    switch (state) {
    case PROMPT_OPEN:
        arena_free(a);
        return;
    case PROMPT_EMPTY: break;
    case PROMPT_WRONG:
        if (!r->terminal && still_open(r, a)) {
            arena_free(a);
            return;
        }
        show_diags(r, diags);
        break;
    case PROMPT_ITEMS: declare(r, buf_text(&r->pending)); break;
    case PROMPT_EXPRESSION: evaluate(r, buf_text(&r->pending)); break;
    }
    buf_clear(&r->pending);
    arena_free(a);
}

/* It is, or goes on with, what has to be complete before it means anything. */
static void pend(Repl *r, const char *line, size_t n)
{
    buf_add(&r->pending, line, n);
    buf_putc(&r->pending, '\n');
    complete_input(r);
}

void repl_take_line(Repl *r, char *line)
{
    char *start = line + strspn(line, " \t");
    size_t n = strlen(start);
    if (r->pending.n == 0) {
        if (*start == ':') {
            colon(r, start);
            return;
        }
        const Colon *meant = without_colon(r, start);
        if (meant) {
            complain(r, arena_printf(r->arena, "there is no metric %s: did you mean %s?", start, meant->name));
            return;
        }
        if (strncmp(start, "lua ", 4) == 0 && start[4 + strspn(start + 4, " ")] != '{') {
            run_lua(r, start + 4);
            return;
        }
        if (n > 1 && start[n - 1] == '?' && strcspn(start, " \t(") == n) {
            start[n - 1] = '\0';
            explain_word(r, start);
            return;
        }
    }
    pend(r, line, strlen(line));
}

/* ---- from a script ---------------------------------------------------------------------------------------- */

static void from_input(Repl *r)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    while (!r->over && (n = getline(&line, &size, stdin)) >= 0) {
        while (n && (line[n - 1] == '\n' || line[n - 1] == '\r')) line[--n] = '\0';
        if (memchr(line, '\0', (size_t)n)) pend(r, line, (size_t)n);     /* which the parser refuses, as in a file */
        else repl_take_line(r, line);
    }
    free(line);
    if (r->pending.n) complain(r, "the input ends in the middle of a declaration: a > or a bracket is missing");
}

/* Takes up the file that is named, or that every command would take here. False: it cannot be, and to go on
 * without would be to answer about another business; but whoever sits here sees what is wrong, and can mend it. */
static bool begin(Repl *r)
{
    const char *file = session_usual_file(r->args);
    if (file) load(r, arena_dup(r->arena, file));
    bool told = r->terminal || r->args->file || !isatty(STDERR_FILENO);    /* the prompt's greeting names it */
    if (r->file && !told) fprintf(stderr, "ops: %s is loaded\n", r->file);
    return r->file || !file || (r->terminal && !r->args->file);
}

int cmd_repl(Args *args)
{
    Repl r = {.arena = arena_new(), .args = args, .terminal = isatty(STDIN_FILENO) && !args->given[OPT_COMMAND]};
    int code = 0;
    compile_with(&r, "");
    if (!begin(&r)) {
        const char *file = session_usual_file(args);
        code = status_exit_code(access(file, R_OK) == 0 ? ST_PROGRAM : ST_NOINPUT);
    } else if (args->given[OPT_COMMAND]) {
        repl_take_line(&r, arena_dup(r.arena, args->value[OPT_COMMAND]));
        if (r.pending.n) complain(&r, "this is not complete: a > or a bracket is missing");
    } else if (r.terminal) {
        repl_at_terminal(&r);
    } else {
        from_input(&r);
    }
    if (!code && r.wrong) code = status_exit_code(ST_PROGRAM);
    if (!code && r.unmet && !r.terminal) code = status_exit_code(ST_FINDINGS);
    script_free(r.script);
    compilation_free(r.compilation);
    buf_free(&r.text);
    buf_free(&r.pending);
    arena_free(r.arena);
    return code;
}
