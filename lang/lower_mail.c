/* lower_mail.c -- `how mail "thanks.md" to lead.email`: the file that is sent, and to whom.
 *
 * A file of mail is a few headers, a blank line, and its text:
 *
 *     Subject: Thank you, ${lead.name}
 *
 *     Dear ${lead.name}, ...
 *
 * It is read when the program is, so its values are checked like all others, and cases go on with the text that they
 * began with. `${value}` and `$$` mean what they mean in the program's own texts; nothing else is special.
 */
#include "base/mime.h"
#include "lang/expr_private.h"
#include "lang/lower_flow.h"

#include <string.h>
#include <strings.h>

typedef struct Letter {                /* a file that was read */
    const char *file, *text;
    uint32_t n, offset;                /* where its text begins among the sources */
} Letter;

typedef struct Mailing {               /* the one in hand */
    Flow *f;
    Expr *x;
    Span named;                        /* where the program names its file */
    const Letter *letter;
} Mailing;

static Span part_of(const Mailing *m, uint32_t from, uint32_t to)
{
    return (Span){m->letter->offset + from, m->letter->offset + to};
}

/* ---- texts with values in them --------------------------------------------------------------- */

/* Behind the } that ends the value; 0: its line ends first. */
static uint32_t value_end(const Mailing *m, uint32_t at)
{
    uint32_t depth = 0;
    bool text = false;
    for (; at < m->letter->n && m->letter->text[at] != '\n'; at++) {
        char c = m->letter->text[at];
        if (c == '\\' && text && at + 1 < m->letter->n)
            at++;
        else if (c == '"')
            text = !text;
        else if (!text && c == '{')
            depth++;
        else if (!text && c == '}' && depth-- == 0)
            return at + 1;
    }
    return 0;
}

static void never_closed(const Mailing *m, uint32_t at)
{
    Diags *d = m->f->l->diags;
    Diag *told = diag_add(d, DIAG_E0122, part_of(m, at, at + 2), "this ${ is not closed on its line");
    diag_hint(d, told, "write } behind the value; a plain ${ is written $${");
}

static Ast *plain(const Mailing *m, Buf *text, uint32_t from, uint32_t to)
{
    Ast *ast = ast_literal(m->f->l->arena, part_of(m, from, to), value_text(buf_dup(text, m->f->l->arena)));
    buf_clear(text);
    return ast;
}

static Ast *value(const Mailing *m, uint32_t from, uint32_t to)
{
    Lower *l = m->f->l;
    return parse_insert(l->arena, l->symbols.names, l->diags, m->letter->offset + from, m->letter->text + from,
                        to - from);
}

/* The bytes as a text of the program; NULL after a message. */
static Ast *filled(const Mailing *m, uint32_t from, uint32_t to)
{
    Buf text = {0};
    Ast *parts = NULL;
    uint32_t end;
    bool wrong = false;
    for (uint32_t at = from; at < to && !wrong; at = end) {
        end = at + 1;
        if (m->letter->text[at] != '$' || end >= to || (m->letter->text[end] != '$' && m->letter->text[end] != '{')) {
            buf_putc(&text, m->letter->text[at]);
        } else if (m->letter->text[end] == '$') {
            buf_putc(&text, '$');
            end = at + 2;
        } else if (!(end = value_end(m, at + 2))) {
            never_closed(m, at);
            wrong = true;
        } else {
            Ast *inside = value(m, at, end);
            parts = ast_append(parts, plain(m, &text, from, at));
            parts = ast_append(parts, inside);
            wrong = !inside;
        }
    }
    parts = ast_append(parts, plain(m, &text, from, to));
    buf_free(&text);
    return wrong ? NULL : ast_template_(m->f->l->arena, part_of(m, from, to), parts);
}

static Code lower_filled(const Mailing *m, uint32_t from, uint32_t to)
{
    Ast *ast = filled(m, from, to);
    return ast ? expr_text(m->x, ast, false) : CODE_NONE;
}

/* ---- headers ------------------------------------------------------------------------------------ */

static const char *const HEADERS[] = {[MAIL_SUBJECT] = "Subject", [MAIL_FROM] = "From", [MAIL_REPLY_TO] = "Reply-To"};
enum { HEADERS_N = 3 };

static void wrong_header(const Mailing *m, uint32_t from, uint32_t to, const char *what)
{
    Diags *d = m->f->l->diags;
    Diag *told = diag_add(d, DIAG_E0352, part_of(m, from, to), "%s", what);
    diag_hint(d, told, "a file of mail begins with Subject: ..., perhaps From: ... and Reply-To: ..., a blank line, "
                       "and then its text");
}

static int header_of(const Mailing *m, uint32_t from, uint32_t colon)
{
    for (int i = 0; i < HEADERS_N; i++)
        if (strlen(HEADERS[i]) == colon - from && strncasecmp(HEADERS[i], m->letter->text + from, colon - from) == 0)
            return i;
    return -1;
}

/* Reads one header into parts. False after a message. */
static bool header(const Mailing *m, uint32_t from, uint32_t to, Code *parts)
{
    Arena *a = m->f->l->arena;
    const char *colon = memchr(m->letter->text + from, ':', to - from);
    uint32_t at = colon ? (uint32_t)(colon - m->letter->text) : to;
    int which = colon ? header_of(m, from, at) : -1;
    if (!colon) {
        wrong_header(m, from, to, "this is no header");
        return false;
    }
    if (which < 0 || parts[which] != CODE_NONE) {
        wrong_header(m, from, at, arena_printf(a, which < 0 ? "`%.*s` is no header that a mail has here"
                                                            : "`%.*s` stands here twice",
                                               (int)(at - from), m->letter->text + from));
        return false;
    }
    for (at++; at < to && m->letter->text[at] == ' ';)
        at++;
    parts[which] = lower_filled(m, at, to);
    return parts[which] != CODE_NONE;
}

/* Where the line ends; *next: where the next begins. */
static uint32_t line_end(const Mailing *m, uint32_t from, uint32_t *next)
{
    const char *nl = memchr(m->letter->text + from, '\n', m->letter->n - from);
    uint32_t end = nl ? (uint32_t)(nl - m->letter->text) : m->letter->n;
    *next = nl ? end + 1 : m->letter->n;
    return end > from && m->letter->text[end - 1] == '\r' ? end - 1 : end;
}

static Code nothing(const Mailing *m)
{
    return expr_text(m->x, ast_literal(m->f->l->arena, m->named, value_text("")), false);
}

static void letter(const Mailing *m, Code *parts)
{
    uint32_t at = 0, next, end;
    bool fine = true;
    for (int i = 0; i < HEADERS_N; i++)
        parts[i] = CODE_NONE;
    for (; fine && at < m->letter->n && (end = line_end(m, at, &next)) > at; at = next)
        fine = header(m, at, end, parts);
    if (fine && parts[MAIL_SUBJECT] == CODE_NONE)
        wrong_header(m, 0, line_end(m, 0, &next), "this mail has no Subject:");
    for (int i = 0; i < HEADERS_N; i++)
        if (parts[i] == CODE_NONE)
            parts[i] = nothing(m);
    if (at < m->letter->n)
        (void)line_end(m, at, &at);            /* the blank line */
    parts[MAIL_BODY] = fine ? lower_filled(m, at, m->letter->n) : CODE_NONE;
    if (parts[MAIL_BODY] == CODE_NONE)
        parts[MAIL_BODY] = nothing(m);
}

/* ---- the file ------------------------------------------------------------------------------------- */

static const Letter *read_letter(Mailing *m, const Ast *file)
{
    Lower *l = m->f->l;
    const char *path = lower_file(l, m->f->process->prefix, file);
    Letter *letter = path && l->letters ? map_get(l->letters, path) : NULL;
    char *text;
    size_t n;
    Error err;
    if (letter || !path)
        return letter;
    Status st = lower_read(l, m->f->process->prefix, file, &text, &n, &err);
    size_t good = st == ST_OK ? utf8_check(text, n) : 0;
    if (st != ST_OK) {
        Diag *d = diag_add(l->diags, DIAG_E0351, file->at, "cannot read the mail: %s", err.text);
        diag_hint(l->diags, d, "a path is meant from the folder of the file that says `mail`");
        return NULL;
    }
    if (good < n) {
        Diag *d = diag_add(l->diags, DIAG_E0351, file->at, "\"%s\" is no UTF-8 text, from byte %zu on", path, good + 1);
        diag_hint(l->diags, d, "save the file as UTF-8");
        return NULL;
    }
    letter = ARENA_NEW(l->arena, Letter);
    *letter = (Letter){path, text, (uint32_t)n, sources_add(diags_sources(l->diags), path, text, n)};
    if (!l->letters)
        l->letters = map_new(l->arena);
    map_put(l->letters, path, letter);
    return letter;
}

static const Letter *letter_of(Mailing *m, const Ast *file)
{
    if (expr_is_text(file))
        return read_letter(m, file);
    Diag *d = diag_add(m->f->l->diags, DIAG_E0353, file->at, "which file is sent has to be known before anything runs");
    diag_hint(m->f->l->diags, d, "name the file, and choose among several steps with `if`");
    return NULL;
}

/* A person whom the program names has one that it knows. */
static void has_address(Lower *l, const Ast *to, const char *id)
{
    const IrPerson *person = ir_person(l->symbols.program, id);
    if (!person || person->mail)
        return;
    Diag *m = diag_add(l->diags, DIAG_E0350, to->at, "%s has no mail address", id);
    diag_hint(l->diags, m, "say it: person %s < mail \"...\" >", id);
}

const char *lower_address_text(Lower *l, const Ast *at, const char *text)
{
    if (text && !text_is_blank(text) && !mime_is_address(text, strlen(text))) {
        Diag *m = diag_add(l->diags, DIAG_E0350, at->at, "\"%s\" is no mail address", text);
        diag_hint(l->diags, m, "write it like \"ann@studio.example\", alone");
    }
    return text;
}

/* To whom: an address as a text, or a person, whose address is known; or a list of them. */
static Code lower_address(Flow *f, Expr *x, const Ast *to)
{
    const Type *type = NULL;
    bool person = expr_is_text(to) && map_get(f->l->symbols.people, to->literal.value.text);
    Code code = expr_lower(x, to, person ? type_simple(TYPE_PERSON) : NULL, &type);
    const Type *one = type->kind == TYPE_LIST ? type->of : type;
    bool fits = !type->optional && !one->optional && (one->kind == TYPE_TEXT || one->kind == TYPE_PERSON);
    Diags *d = f->l->diags;
    if (!person && expr_is_text(to))
        (void)lower_address_text(f->l, to, to->literal.value.text);
    if (person || (to->kind == AST_NAME && !expr_knows(x, to->name.name.text)))
        has_address(f->l, to, person ? to->literal.value.text : to->name.name.text);
    if (fits || one->kind == TYPE_UNKNOWN)
        return code;
    Diag *m = diag_add(d, DIAG_E0350, to->at, "wanted an address or a person, found %s",
                       type_text(f->l->arena, type));
    diag_hint(d, m, type->optional ? "ask first whether it is there: if ... is not none <"
                                   : "name a text that holds an address, or a person: to lead.email, did(\"Ask\")");
    return code;
}

IrMail lower_mail(Flow *f, Expr *x, const Ast *ast)
{
    Mailing m = {.f = f, .x = x, .named = ast->mail.file->at};
    VEC(Code) parts = {0};
    Code fixed[MAIL_TO];
    m.letter = letter_of(&m, ast->mail.file);
    if (m.letter)
        letter(&m, fixed);
    else
        for (int i = 0; i < MAIL_TO; i++)
            fixed[i] = nothing(&m);
    for (int i = 0; i < MAIL_TO; i++)
        *VEC_PUSH(f->l->arena, &parts) = fixed[i];
    for (const Ast *one = ast->mail.to; one; one = one->next) {
        Code address = lower_address(f, x, one);
        *VEC_PUSH(f->l->arena, &parts) = address;
    }
    IrMail mail = {.file = m.letter ? m.letter->file : NULL};
    flow_codes(f, parts.items, parts.n, &mail.parts, &mail.parts_n);
    f->outside = true;
    return mail;
}
