/* touches.c -- walks a program for all that it can touch. */
#include "analysis/touches.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

typedef struct Walk {
    Arena *a;
    const IrProgram *program;
    VEC(Touch) found;
    const char *of, *part;             /* whose effects are being noted */
    IrPlace place;
} Walk;

const char *touch_word(TouchKind kind)
{
    static const char *const words[] = {
#define TOUCH(NAME, word, heading) word,
        TOUCHES(TOUCH)
#undef TOUCH
    };
    return words[kind];
}

const char *touch_heading(TouchKind kind)
{
    static const char *const headings[] = {
#define TOUCH(NAME, word, heading) heading,
        TOUCHES(TOUCH)
#undef TOUCH
    };
    return headings[kind];
}

static void note(Walk *w, TouchKind kind, const char *what, const char *how, const char *detail)
{
    *VEC_PUSH(w->a, &w->found) = (Touch){(uint8_t)kind, what, how, w->of, w->part, detail, w->place};
}

/* ---- commands ------------------------------------------------------------------------------ */

/* How far a quoted part reaches that begins here; 1 where none does. */
static size_t quoted(const char *text)
{
    size_t n = 1;
    if (*text == '\\') return text[1] ? 2 : 1;
    if (*text != '\'' && *text != '"') return 1;
    while (text[n] && text[n] != *text) n += *text == '"' && text[n] == '\\' && text[n + 1] ? 2 : 1;
    return n + (text[n] != 0);
}

/* How far a word of a command reaches, quotes and all. */
static size_t word(const char *text)
{
    size_t n = 0;
    while (text[n] && !strchr(" \t\r\n;|&<>()", text[n])) n += quoted(text + n);
    return n;
}

static bool sets_variable(const char *text, size_t n)
{
    const char *equals = memchr(text, '=', n);
    return equals && equals > text && strcspn(text, "\"'$`/") > (size_t)(equals - text);
}

/* The first word that is no NAME=value: what runs, as far as its text shows it. */
static const char *program_in(Walk *w, const char *text)
{
    for (;;) {
        text += strspn(text, " \t\r\n({");
        size_t n = word(text);
        if (n == 0) return "";
        if (!sets_variable(text, n)) return arena_dup_n(w->a, text, n);
        text += n;
    }
}

/* The word that a redirection names, quotes and all; NULL where it names no file (2>&1, <<EOF, >/dev/null). */
static const char *redirected(Walk *w, const char *text)
{
    text += strspn(text, " \t|");
    size_t n = word(text);
    return n == 0 || (n == 9 && strncmp(text, "/dev/null", 9) == 0) ? NULL : arena_dup_n(w->a, text, n);
}

/* The variable or field (lead.email) that an expression is, or NULL. */
static const char *variable(Walk *w, const IrFlow *f, Code code)
{
    const uint32_t *at = f->unit.code + code;
    if (IR_INSTRUCTION_OP(*at) != IR_SLOT) return NULL;
    const char *name = f->vars[IR_INSTRUCTION_OPERAND(*at)].name;
    for (at++; IR_INSTRUCTION_OP(*at) == IR_FIELD; at++)
        name = arena_printf(w->a, "%s.%s", name, f->unit.names[IR_INSTRUCTION_OPERAND(*at)]);
    return IR_INSTRUCTION_OP(*at) == IR_END ? name : NULL;
}

/* The command as people wrote it: the shell's ${1} is ${lead.email} again; what is reckoned is ${...}. */
static const char *written(Walk *w, const IrFlow *f, const IrShell *shell)
{
    Buf b = {0};
    for (const char *p = shell->text; *p;) {
        unsigned number = 0;
        int n = 0, quotes = strncmp(p, "\"${", 3) == 0;
        bool whole = sscanf(p + quotes, "${%u}%n", &number, &n) == 1 && n > 0 && number >= 1 && number <= shell->args_n;
        const char *name = whole ? variable(w, f, f->codes[shell->args + number - 1]) : NULL;
        bool alone = whole && quotes && p[1 + n] == '"';
        if (!whole || (quotes && !alone)) {
            buf_putc(&b, *p++);
            continue;
        }
        buf_printf(&b, "${%s}", name ? name : "...");
        p += n + 2 * quotes;
    }
    const char *text = arena_dup(w->a, buf_text(&b));
    buf_free(&b);
    return text;
}

static void note_shell(Walk *w, const IrFlow *f, const IrShell *shell, const char *how)
{
    const char *text = f ? written(w, f, shell) : shell->text;
    note(w, TOUCH_COMMAND, program_in(w, text), how, text);
    for (const char *p = text; *p; p += quoted(p)) {
        size_t signs = strspn(p, *p == '>' ? ">" : "<");
        const char *file = signs == 1 || (signs == 2 && *p == '>') ? redirected(w, p + signs) : NULL;
        if (file) note(w, *p == '>' ? TOUCH_WRITE : TOUCH_READ, file, "command", text);
        if (signs > 1) p += signs - 1;
    }
}

/* ---- people -------------------------------------------------------------------------------- */

/* Whom a rule speaks of. Only what leaves roles and persons is followed: conditions never do. */
typedef struct Asked {
    VEC(const char *) names[64];       /* a stack; the ways of an `if` lie on it side by side */
    uint32_t n;
} Asked;

static void push(Walk *w, Asked *asked, const char *name)
{
    if (asked->n == sizeof asked->names / sizeof *asked->names) return;
    asked->names[asked->n].n = 0;
    *VEC_PUSH(w->a, &asked->names[asked->n]) = name;
    asked->n++;
}

/* The text or person that the instruction pushes, or NULL. */
static const char *pushed(const IrUnit *u, uint32_t at)
{
    const Value *v = IR_INSTRUCTION_OP(u->code[at]) == IR_CONST
                   ? &u->consts[IR_INSTRUCTION_OPERAND(u->code[at])] : NULL;
    return v && (v->type == V_PERSON || v->type == V_TEXT) ? v->text : NULL;
}

static const char *person_before(Walk *w, const IrUnit *u, Code code, uint32_t at)
{
    uint8_t op = at > code + 1 ? IR_INSTRUCTION_OP(u->code[at - 1]) : IR_END;
    bool did = op == IR_DID || op == IR_STEP_ATTR;
    const char *step = did ? pushed(u, at - 2) : NULL, *person = at > code ? pushed(u, at - 1) : NULL;
    if (step) return arena_printf(w->a, "who did \"%s\"", step);
    return person ? person : "a person from data";
}

static void join(Walk *w, Asked *asked)
{
    if (asked->n < 2) return;
    asked->n--;
    for (uint32_t i = 0; i < asked->names[asked->n].n; i++)
        *VEC_PUSH(w->a, &asked->names[asked->n - 1]) = asked->names[asked->n].items[i];
}

static void managers(Walk *w, Asked *asked)
{
    for (uint32_t i = 0; asked->n && i < asked->names[asked->n - 1].n; i++) {
        const char **name = &asked->names[asked->n - 1].items[i];
        *name = arena_printf(w->a, "manager of %s", *name);
    }
}

static void follow(Walk *w, const IrUnit *u, Code code, Asked *asked)
{
    uint32_t end = code + ir_code_length(u, code);
    for (uint32_t at = code; at < end; at++) {
        uint32_t x = IR_INSTRUCTION_OPERAND(u->code[at]);
        switch (IR_INSTRUCTION_OP(u->code[at])) {
        case IR_ROLE: push(w, asked, u->names[x]); break;
        case IR_PERSON: push(w, asked, person_before(w, u, code, at)); break;
        case IR_WHO_OR: join(w, asked); break;
        case IR_WHO_EXCEPT: asked->n -= asked->n > 0; break;
        case IR_WHO_MANAGERS: managers(w, asked); break;
        default: break;
        }
    }
}

static const char *people_in(Walk *w, const char *name)
{
    const IrRole *role = ir_role(w->program, name);
    Buf b = {0};
    if (!role) return NULL;
    for (uint32_t i = 0; i < role->people_n; i++) buf_printf(&b, "%s%s", i ? ", " : "", role->people[i]);
    const char *text = arena_dup(w->a, role->people_n ? buf_text(&b) : "nobody");
    buf_free(&b);
    return text;
}

static bool named_before(const Asked *asked, uint32_t i, uint32_t k)
{
    for (uint32_t e = 0; e <= i; e++)
        for (uint32_t m = 0; m < (e < i ? asked->names[e].n : k); m++)
            if (strcmp(asked->names[e].items[m], asked->names[i].items[k]) == 0) return true;
    return false;
}

static void note_people(Walk *w, const IrUnit *u, Code who, const char *how)
{
    if (who == CODE_NONE) return;
    Asked *asked = ARENA_NEW(w->a, Asked);
    follow(w, u, who, asked);
    for (uint32_t i = 0; i < asked->n; i++)
        for (uint32_t k = 0; k < asked->names[i].n; k++) {
            const char *name = asked->names[i].items[k];
            if (!named_before(asked, i, k)) note(w, TOUCH_PERSON, name, how, people_in(w, name));
        }
}

static void note_escalations(Walk *w, const IrFlow *f, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) note_people(w, &f->unit, f->codes[first + 2 * i], "joins late");
}

/* To whom a mail goes: a fixed address or person, else the value of the case that says it (lead.email). */
static const char *receiver(Walk *w, const IrFlow *f, Code code)
{
    const char *name = pushed(&f->unit, code);
    if (!name) name = variable(w, f, code);
    return name ? name : "whom the case says";
}

/* ---- processes ----------------------------------------------------------------------------- */

typedef struct Machine {
    const IrShell *shell;
    const IrLua *lua;
    const IrMail *mail;
} Machine;

/* A block, and what it can reach by the modules that it names: all that the program allows to any. */
static void note_lua(Walk *w, const char *text, const char *how)
{
    const IrProgram *p = w->program;
    bool http = ir_lua_names(text, "http"), file = ir_lua_names(text, "file");
    note(w, TOUCH_LUA, "lua", how, text);
    for (uint32_t i = 0; i < p->allows_n; i++) {
        const IrAllow *allow = &p->allows[i];
        if (http && allow->kind == ALLOW_HTTP) note(w, TOUCH_HOST, allow->what, how, text);
        if (file && allow->read) note(w, TOUCH_READ, allow->what, how, text);
        if (file && allow->write) note(w, TOUCH_WRITE, allow->what, how, text);
    }
    if (ir_lua_names(text, "mail")) note(w, TOUCH_MAIL, "whom the Lua says", how, text);
}

static void note_machine(Walk *w, const IrFlow *f, uint8_t machine, Machine does, const char *how)
{
    if (machine == MACHINE_SHELL) note_shell(w, f, does.shell, how);
    if (machine == MACHINE_LUA) note_lua(w, does.lua->text, how);
    if (machine != MACHINE_MAIL) return;
    note(w, TOUCH_READ, does.mail->file, "mail", NULL);
    for (uint32_t i = MAIL_TO; i < does.mail->parts_n; i++)
        note(w, TOUCH_MAIL, receiver(w, f, f->codes[does.mail->parts + i]), how, does.mail->file);
}

static void walk_step(Walk *w, const IrFlow *f, const IrStep *s)
{
    w->part = s->name;
    w->place = f->nodes[s->node].place;
    note_machine(w, f, s->machine, (Machine){&s->shell, &s->lua, &s->mail}, "step");
    note_machine(w, f, s->undo.machine, (Machine){&s->undo.shell, &s->undo.lua, &s->undo.mail}, "undo");
    note_people(w, &f->unit, s->who, s->approve != CODE_NONE ? "approves" : "asked");
    note_escalations(w, f, s->escalate, s->escalate_n);
    note_people(w, &f->unit, s->consult, "consulted");
    note_people(w, &f->unit, s->inform, "told");
}

static void walk_process(Walk *w, const IrProcess *process)
{
    const IrFlow *f = process->flow;
    w->of = process->name;
    w->part = NULL;
    for (uint32_t i = 0; i < process->triggers_n; i++) {
        const IrTrigger *t = &process->triggers[i];
        w->place = t->place;
        if (t->kind == TRIGGER_ROWS) note(w, TOUCH_READ, t->file, "rows", NULL);
    }
    w->place = process->place;
    note_people(w, &w->program->unit, process->owner, "owner");
    note_escalations(w, f, f->escalate, f->escalate_n);
    for (uint32_t i = 0; i < f->steps_n; i++) walk_step(w, f, &f->steps[i]);
}

/* ---- audits and borders ---------------------------------------------------------------------- */

static void walk_audit(Walk *w, const IrAudit *audit)
{
    w->of = audit->name;
    w->part = NULL;
    w->place = audit->place;
    note_people(w, &w->program->unit, audit->owner, "owner");
    for (uint32_t i = 0; i < audit->checks_n; i++) {
        const IrCheck *c = &audit->checks[i];
        w->part = c->name;
        w->place = c->place;
        if (c->rule == RULE_SHELL) note_shell(w, NULL, &c->shell, "check");
        if (c->rule == RULE_LUA) note_lua(w, c->lua.text, "check");
        if (c->rule == RULE_YOUNGER) note(w, TOUCH_READ, c->file, "its age", NULL);
    }
}

static void walk_borders(Walk *w)
{
    const IrProgram *p = w->program;
    w->of = w->part = NULL;
    for (uint32_t i = 0; i < p->tables_n; i++) {
        w->place = p->tables[i].place;
        note(w, TOUCH_READ, p->tables[i].file, "table", p->tables[i].name);
    }
    for (uint32_t i = 0; i < p->logs_n; i++) {
        w->place = p->logs[i].place;
        note(w, TOUCH_READ, p->logs[i].file, "log", p->logs[i].name);
    }
    for (uint32_t i = 0; i < p->modules_n; i++) {
        w->place = p->modules[i].lua.place;
        note(w, TOUCH_READ, w->place.file, "file of Lua", p->modules[i].name);
        note_lua(w, p->modules[i].lua.text, "functions");
    }
    for (uint32_t i = 0; i < p->allows_n; i++) {
        const IrAllow *allow = &p->allows[i];
        w->place = allow->place;
        if (allow->kind == ALLOW_HTTP) note(w, TOUCH_HOST, allow->what, "Lua", NULL);
        if (allow->read) note(w, TOUCH_READ, allow->what, "Lua", NULL);
        if (allow->write) note(w, TOUCH_WRITE, allow->what, "Lua", NULL);
    }
    for (uint32_t i = 0; i < p->secrets_n; i++) {
        w->place = p->secrets[i].place;
        note(w, TOUCH_SECRET, p->secrets[i].env, "environment", p->secrets[i].name);
    }
    for (uint32_t i = 0; i < p->prelude_n; i++) {
        w->place = p->prelude[i].place;
        note_lua(w, p->prelude[i].text, "functions");
    }
}

/* Grouped; within a group as they were found. */
static const Touch *grouped(Walk *w)
{
    Touch *all = ARENA_ARRAY(w->a, Touch, w->found.n + 1);
    uint32_t n = 0;
    for (int kind = 0; kind < TOUCH_KINDS; kind++)
        for (uint32_t i = 0; i < w->found.n; i++)
            if (w->found.items[i].kind == kind) all[n++] = w->found.items[i];
    return all;
}

const Touch *touches_of(Arena *a, const IrProgram *p, uint32_t *n)
{
    Walk w = {.a = a, .program = p};
    for (uint32_t i = 0; i < p->systems_n; i++) {
        w.of = p->systems[i].name, w.place = p->systems[i].place;
        note_people(&w, &p->unit, p->systems[i].owner, "owner");
    }
    for (uint32_t i = 0; i < p->processes_n; i++) walk_process(&w, &p->processes[i]);
    for (uint32_t i = 0; i < p->audits_n; i++) walk_audit(&w, &p->audits[i]);
    walk_borders(&w);
    *n = w.found.n;
    return grouped(&w);
}
