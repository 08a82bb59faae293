/* repl_terminal.c -- the prompt at a terminal: editing, completion, history, Ctrl-C.
 *
 * Completion knows what the grammar would take next, the names that exist, the
 * prompt's own commands, and files behind :load. What is pasted is one unit: it
 * is one line of the history, and a mistake in it drops the rest of it.
 */
#include "cli/repl.h"

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

static Repl *the_repl;                 /* for readline's call-backs, which carry nothing */

/* ---- history ----------------------------------------------------------------------- */

static void make_folders(char *path)
{
    for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
}

/* Its place in the XDG state folder, made where missing; NULL where there is none to write. */
static const char *history_file(Arena *a)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    const char *base = state && *state == '/' ? state : home && *home ? arena_printf(a, "%s/.local/state", home) : NULL;
    if (!base) return NULL;
    char *path = arena_printf(a, "%s/ops/history", base);
    make_folders(path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return NULL;
    fchmod(fd, 0600);
    close(fd);
    return path;
}

void repl_show_history(Repl *r)
{
    (void)r;
    HIST_ENTRY **list = history_list();
    for (int i = 0; list && list[i]; i++) printf("%4d  %s\n", i + 1, list[i]->line);
}

/* ---- completion ---------------------------------------------------------------------- */

typedef struct Candidates { VEC(const char *) items; uint32_t next; Arena *arena; } Candidates;

static bool is_plain(const char *name)
{
    for (const char *p = name; *p; p++)
        if (strchr(" \"'-.,:;<>()[]{}/", *p)) return false;
    return *name != '\0';
}

/* A word that begins so. Names that want quotes are offered inside of them. */
static void candidate(Candidates *c, const char *word, const char *prefix)
{
    if (!word || strncmp(word, prefix, strlen(prefix)) != 0 ||
        (!rl_completion_quote_character && *word != ':' && !is_plain(word)))
        return;
    for (uint32_t i = 0; i < c->items.n; i++)
        if (strcmp(c->items.items[i], word) == 0) return;
    *VEC_PUSH(c->arena, &c->items) = word;
}

/* What fits behind what stands ahead of the word. */
static void gather(Candidates *c, const char *prefix)
{
    const char *const *items;
    Buf before = {0};
    buf_add(&before, buf_text(&the_repl->pending), the_repl->pending.n);
    buf_add(&before, rl_line_buffer, (size_t)rl_point - strlen(prefix));
    uint32_t n = prompt_completions(c->arena, the_repl->compilation->program, buf_text(&before), before.n, &items);
    for (uint32_t i = 0; i < n; i++) candidate(c, items[i], prefix);
    buf_free(&before);
}

static char *next_candidate(const char *prefix, int state)
{
    static Candidates c;
    if (state == 0) {
        if (c.arena) arena_free(c.arena);
        c = (Candidates){.arena = arena_new()};
        if (*prefix == ':' && the_repl->pending.n == 0)
            for (const Colon *k = colons; k->name; k++) candidate(&c, k->name, prefix);
        else
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

/* ---- typing ---------------------------------------------------------------------------- */

/* Ctrl-C drops what was typed, never the session. */
static void drop_line(void)
{
    stop_asked = 0;
    buf_clear(&the_repl->pending);
    rl_replace_line("", 0);
    rl_crlf();
    rl_set_prompt("ops> ");
    rl_on_new_line();
    rl_redisplay();
}

/* Reads a key. A signal comes here first, while readline would only go on to wait for the next one. */
static int read_key(FILE *in)
{
    unsigned char key;
    for (;;) {
        if (await_input(fileno(in))) {
            ssize_t n = read(fileno(in), &key, 1);
            if (n == 1) return key;
            if (n == 0 || errno != EINTR) return EOF;
        }
        if (stop_asked == SIGINT) drop_line();
        else if (stop_asked) return EOF;
    }
}

static const char *prompt(Repl *r)
{
    const char *const *open;
    if (r->pending.n == 0) return "ops> ";
    uint32_t n = parse_open(r->arena, buf_text(&r->pending), r->pending.n, &open);
    return n ? arena_printf(r->arena, "%s ... ", open[n - 1]) : "... ";
}

/* What was typed, or pasted: then it may hold many lines. */
static void take(Repl *r, char *text)
{
    r->wrong = false;
    for (char *line = text, *end; line && !r->wrong && !r->over; line = end ? end + 1 : NULL) {
        if ((end = strchr(line, '\n'))) *end = '\0';
        repl_take_line(r, line);
        if (end && r->wrong) buf_clear(&r->pending);
    }
}

void repl_at_terminal(Repl *r)
{
    const char *path = history_file(r->arena);
    the_repl = r;
    rl_readline_name = "ops";
    rl_attempted_completion_function = complete;
    rl_completer_quote_characters = "\"";
    rl_getc_function = read_key;
    rl_catch_signals = 0;
    history_comment_char = '#';        /* a moment ahead of each entry: so the file tells where many lines are one */
    history_write_timestamps = 1;
    if (path) read_history(path);
    printf("ops %s%s%s. :help tells what can be written here.\n", OPS_VERSION, r->file ? ", with " : "",
           r->file ? r->file : "");
    while (!r->over) {
        char *line = readline(prompt(r));
        if (!line) break;
        if (*line) {
            add_history(line);
            if (path) append_history(1, path);
        }
        take(r, line);
        free(line);
    }
    if (!r->over) printf("\n");
    r->wrong = false;
}
