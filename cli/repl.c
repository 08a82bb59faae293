/* repl.c -- the prompt: declarations, expressions, metrics, a line of Lua.
 *
 * The parser itself says when input is complete, so a declaration may take as
 * many lines as it likes. What is declared here lies behind the loaded file's
 * text and is compiled with it; what has mistakes is shown and dropped. With
 * standard input no terminal, lines are read without prompt or echo.
 */
#include "cli/session.h"

#include "cli/table.h"
#include "lang/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

int cmd_repl(Args *args);

typedef struct Repl {
    Arena *arena;
    const Args *args;
    const char *file;                  /* loaded; NULL: none */
    Buf text;                          /* of the file, then what was declared here */
    Buf pending;                       /* lines of an input that is not complete yet */
    Compilation *compilation;
    Script *script;
    bool terminal, wrong, over;
} Repl;

static Repl *the_repl;                 /* for readline's call-backs, which carry nothing */

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
    const char *text = arena_dup_n(r->arena, buf_text(&r->text), r->text.n);   /* the program borrows it for as long as it lives */
    Compilation *c = compile_text(r->file ? r->file : "prompt", text, r->text.n, NULL, NULL);
    if (c->program) script_check_program(c->program, c->sources, c->diags);
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
    say(&b);
    buf_free(&b);
}

static void print_rows(Repl *r, const IrMetric *m, const MetricRow *rows, uint32_t n, const Zone *zone)
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
        value_print(&b, &rows[i].by, STYLE_HUMAN, zone);
        table_cell(t, buf_text(&b));
        buf_clear(&b);
        value_print(&b, &rows[i].value, STYLE_HUMAN, zone);
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
        if (st == ST_OK) print_rows(r, m, rows, n, ir_zone(c->program));
        query_free(q);
    }
    if (st != ST_OK) complain(r, err.text);
    journal_close(j);
    compilation_free(c);
}

static void run_lua(Repl *r, const char *text)
{
    Value values[8];
    uint32_t n = 8;
    Error err;
    if (!r->script) r->script = script_new();
    Arena *a = arena_new();
    if (script_eval(r->script, program(r), text, a, values, &n, &err) != ST_OK) complain(r, err.text);
    else
        for (uint32_t i = 0; i < n; i++) print_line(&values[i], ir_zone(program(r)));
    arena_free(a);
}

/* ---- what a word means ---------------------------------------------------------------------- */

static void explain_word(Repl *r, const char *name)
{
    const WordInfo *w = word_find(name, strlen(name));
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
    if (w) known = true, printf("%s: %s\n", name, w->help);
    if (!known) complain(r, arena_printf(r->arena, "nothing here is called %s", name));
}

/* ---- commands with a colon ---------------------------------------------------------------------- */

static bool load(Repl *r, const char *path)
{
    Error err;
    char *text;
    size_t n;
    Buf old = r->text;
    const char *old_file = r->file;
    if (text_read_file(r->arena, path, 0, &text, &n, &err) != ST_OK) {
        complain(r, err.text);
        return false;
    }
    r->text = (Buf){0};
    r->file = arena_dup(r->arena, path);
    buf_add(&r->text, text, n);
    if (n && text[n - 1] != '\n') buf_putc(&r->text, '\n');
    if (!compile_with(r, "")) {
        buf_free(&r->text);
        r->text = old;
        r->file = old_file;
        return false;
    }
    buf_free(&old);
    return true;
}

/* The shell's command of the same name, on the loaded file. */
static void run_command(Repl *r, const char *name, const char *word)
{
    const Command *c = command_find(name);
    Args args;
    Error err;
    char *argv[] = {(char *)"--file", (char *)(uintptr_t)r->file, (char *)"--store", (char *)(uintptr_t)store_of(r), (char *)(uintptr_t)word, NULL};
    if (!r->file) {
        complain(r, "no file is loaded: :load FILE.ops");
        return;
    }
    int argc = word ? 5 : 4;
    if (args_parse(r->arena, c, argc, argv, &args, &err) != ST_OK) complain(r, err.text);
    else if (c->run(&args) != 0) r->wrong = true;
    fflush(stdout);
}

static void show_history(void)
{
    HIST_ENTRY **list = history_list();
    for (int i = 0; list && list[i]; i++) printf("%4d  %s\n", i + 1, list[i]->line);
}

static void help(void)
{
    fputs("Write declarations (over several lines), expressions like 3 h + 20 m, metrics like count(Close, all time) by lead.source,\n"
          "or `lua` and a line of Lua.\n\n"
          "  :load FILE    take a file up            :tasks       what people have to do\n"
          "  :run          do what can be done       :cases       cases that run\n"
          "  :case N       one case's story          :history     lines typed\n"
          "  NAME?         what a name means         :help :quit\n",
          stdout);
}

static void colon(Repl *r, char *line)
{
    char *word = line + strcspn(line, " \t");
    if (*word) *word++ = '\0', word += strspn(word, " \t");
    if (strcmp(line, ":quit") == 0 || strcmp(line, ":q") == 0) r->over = true;
    else if (strcmp(line, ":help") == 0) help();
    else if (strcmp(line, ":history") == 0) show_history();
    else if (strcmp(line, ":load") == 0 && *word) load(r, word);
    else if (strcmp(line, ":run") == 0) run_command(r, "run", NULL);
    else if (strcmp(line, ":tasks") == 0) run_command(r, "tasks", NULL);
    else if (strcmp(line, ":cases") == 0) run_command(r, "cases", NULL);
    else if (strcmp(line, ":case") == 0 && *word) run_command(r, "show", word);
    else complain(r, arena_printf(r->arena, "there is no %s; :help lists what there is", line));
}

/* ---- one line ---------------------------------------------------------------------------------------- */

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
    case PROMPT_WRONG: show_diags(r, diags); break;
    case PROMPT_ITEMS: compile_with(r, buf_text(&r->pending)); break;
    case PROMPT_EXPRESSION: evaluate(r, buf_text(&r->pending)); break;
    }
    buf_clear(&r->pending);
    arena_free(a);
}

static void take_line(Repl *r, char *line)
{
    char *start = line + strspn(line, " \t");
    size_t n = strlen(start);
    if (r->pending.n == 0) {
        if (*start == ':') {
            colon(r, start);
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
    buf_puts(&r->pending, line);
    buf_putc(&r->pending, '\n');
    complete_input(r);
}

/* ---- at a terminal -------------------------------------------------------------------------------------- */

static const char *history_file(Arena *a)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    const char *base = state && *state ? state : home && *home ? arena_printf(a, "%s/.local/state", home) : NULL;
    if (!base) return NULL;
    const char *folder = arena_printf(a, "%s/ops", base);
    for (char *p = arena_dup(a, folder), *slash = p + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(p, 0700);
        *slash = '/';
    }
    mkdir(folder, 0700);
    const char *path = arena_printf(a, "%s/history", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return NULL;
    close(fd);
    return path;
}

typedef struct Candidates { VEC(const char *) items; uint32_t next; Arena *arena; } Candidates;

static void candidate(Candidates *c, const char *word, const char *prefix)
{
    if (word && strncmp(word, prefix, strlen(prefix)) == 0) *VEC_PUSH(c->arena, &c->items) = word;
}

static void gather(Candidates *c, const char *prefix)
{
    const Repl *r = the_repl;
    const IrProgram *p = program(r);
    const char *const *words;
    uint32_t classes;
    Buf before = {0};
    buf_add(&before, buf_text(&r->pending), r->pending.n);
    buf_add(&before, rl_line_buffer, (size_t)rl_point - strlen(prefix));
    uint32_t n = parse_expected(c->arena, buf_text(&before), before.n, true, &words, &classes);
    for (uint32_t i = 0; i + classes < n; i++) candidate(c, words[i], prefix);
    for (uint32_t i = 0; i < p->processes_n; i++) candidate(c, p->processes[i].name, prefix);
    for (uint32_t i = 0; i < p->roles_n; i++) candidate(c, p->roles[i].name, prefix);
    for (uint32_t i = 0; i < p->metrics_n; i++) candidate(c, p->metrics[i].name, prefix);
    for (uint32_t i = 0; i < p->events_n; i++) candidate(c, p->events[i].name, prefix);
    buf_free(&before);
}

static char *next_candidate(const char *prefix, int state)
{
    static Candidates c;
    if (state == 0) {
        if (c.arena) arena_free(c.arena);
        c = (Candidates){.arena = arena_new()};
        gather(&c, prefix);
    }
    return c.next < c.items.n ? mem_dup(c.items.items[c.next++]) : NULL;
}

static char **complete(const char *prefix, int start, int end)
{
    (void)end;
    if (strncmp(rl_line_buffer, ":load ", 6) == 0 && start >= 6) return NULL;     /* readline's own file names */
    rl_attempted_completion_over = 1;
    return rl_completion_matches(prefix, next_candidate);
}

/* Ctrl-C drops what was typed, never the session. */
static int interrupted(void)
{
    if (!stop_asked) return 0;
    stop_asked = 0;
    buf_clear(&the_repl->pending);
    rl_replace_line("", 0);
    rl_crlf();
    rl_set_prompt("ops> ");
    rl_on_new_line();
    rl_redisplay();
    return 0;
}

static const char *prompt(Repl *r)
{
    const char *const *open;
    if (r->pending.n == 0) return "ops> ";
    uint32_t n = parse_open(r->arena, buf_text(&r->pending), r->pending.n, &open);
    return n ? arena_printf(r->arena, "%s ... ", open[n - 1]) : "... ";
}

static void at_terminal(Repl *r)
{
    const char *path = history_file(r->arena);
    the_repl = r;
    rl_readline_name = "ops";
    rl_attempted_completion_function = complete;
    rl_signal_event_hook = interrupted;
    rl_catch_signals = 0;
    if (path) read_history(path);
    printf("ops %s. :help tells what can be written here.\n", OPS_VERSION);
    while (!r->over) {
        char *line = readline(prompt(r));
        if (!line) break;
        if (*line) {
            add_history(line);
            if (path) append_history(1, path);
        }
        take_line(r, line);
        free(line);
    }
    if (!r->over) printf("\n");
    r->wrong = false;
}

static void from_input(Repl *r)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    while (!r->over && (n = getline(&line, &size, stdin)) >= 0) {
        while (n && (line[n - 1] == '\n' || line[n - 1] == '\r')) line[--n] = '\0';
        take_line(r, line);
    }
    free(line);
    if (r->pending.n) complain(r, "the input ends in the middle of a declaration: a > or a bracket is missing");
}

int cmd_repl(Args *args)
{
    Repl r = {.arena = arena_new(), .args = args, .terminal = isatty(STDIN_FILENO) && !args->given[OPT_COMMAND]};
    const char *file = args->file;
    int code = 0;
    compile_with(&r, "");
    if (file && !load(&r, file)) {
        code = status_exit_code(access(file, R_OK) == 0 ? ST_PROGRAM : ST_NOINPUT);
    } else if (args->given[OPT_COMMAND]) {
        take_line(&r, arena_dup(r.arena, args->value[OPT_COMMAND]));
        if (r.pending.n) complain(&r, "this is not complete: a > or a bracket is missing");
    } else if (r.terminal) {
        at_terminal(&r);
    } else {
        from_input(&r);
    }
    if (!code && r.wrong) code = status_exit_code(ST_PROGRAM);
    script_free(r.script);
    compilation_free(r.compilation);
    buf_free(&r.text);
    buf_free(&r.pending);
    arena_free(r.arena);
    return code;
}
