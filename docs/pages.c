/* pages.c -- pages and editor files that are the tables themselves: what a message means, what the IR is made of,
 * and which words an editor shows how. `make docs` writes them below build/; nothing of them is committed.
 *
 *   pages messages|ir|vim|textmate
 */
#include "base/diag.h"
#include "base/json.h"
#include "lang/parse.h"

#include <stdio.h>
#include <string.h>

/* ---- messages.md -------------------------------------------------------------------- */

static void fenced(Buf *b, const char *kind, const char *text)
{
    if (!*text) return;
    buf_printf(b, "```%s\n", kind);
    for (const char *p = text; *p;) {                /* one example is no UTF-8, which is what it shows */
        size_t n = strcspn(p, "\n");
        buf_visible(b, p, n);
        buf_putc(b, '\n');
        p += n + (p[n] == '\n');
    }
    buf_puts(b, "```\n\n");
}

static void page_messages(Buf *b)
{
    static const char *const severities[] = {"error", "warning", "note"};
    buf_puts(b, "# Messages\n\nEvery message has a code that keeps its meaning. `ops explain CODE` shows what "
                "stands here. The wrong example gives exactly its code, the right one none.\n\n");
    for (int i = 0; i < DIAG_COUNT; i++) {
        const DiagInfo *m = diag_info((DiagCode)i);
        buf_printf(b, "## %s: %s\n\n(%s) %s\n\n", m->name, m->title, severities[m->severity], m->meaning);
        if (*m->wrong) buf_puts(b, "Wrong:\n\n"), fenced(b, "", m->wrong);
        if (*m->right) buf_puts(b, "Right:\n\n"), fenced(b, "", m->right);
    }
}

/* ---- ir.md ---------------------------------------------------------------------------- */

static void heading(Buf *b, const char *title, const char *columns, const char *line)
{
    buf_printf(b, "\n## %s\n\n| %s |\n| %s |\n", title, columns, line);
}

static void nodes(Buf *b)
{
    heading(b, "Nodes of a flow, in pre-order", "node | number | a | b | c | d | children | meaning",
            "--- | --- | --- | --- | --- | --- | --- | ---");
#define IRNODE(name, number, a, b_, c, d, children, meaning) \
    buf_printf(b, "| %s | %d | %s | %s | %s | %s | %s | %s |\n", #name, number, #a, #b_, #c, #d, #children, meaning);
#include "lang/ir.def"
#undef IRNODE
}

static void instructions(Buf *b)
{
    heading(b, "Instructions of an expression", "instruction | number | operand | pops | pushes | flow | meaning",
            "--- | --- | --- | --- | --- | --- | ---");
#define IRCODE(name, number, operand, pops, pushes, flow, meaning) \
    buf_printf(b, "| %s | %d | %s | %d | %d | %s | %s |\n", #name, number, #operand, pops, pushes, #flow, meaning);
#include "lang/ir.def"
#undef IRCODE
}

static void functions(Buf *b)
{
    heading(b, "Functions", "function | number | meaning", "--- | --- | ---");
#define BUILTIN(name, number, text, least, most, signature, help) \
    buf_printf(b, "| `%s` | %d | %s |\n", signature, number, help);
#include "lang/ir.def"
#undef BUILTIN
    heading(b, "Aggregates of metrics", "aggregate | number | of a value", "--- | --- | ---");
#define AGGREGATE(name, number, text, value) buf_printf(b, "| `%s` | %d | %s |\n", text, number, value ? "yes" : "no");
#include "lang/ir.def"
#undef AGGREGATE
    heading(b, "What every case and step has", "name | number | of a case | of a step | type | meaning",
            "--- | --- | --- | --- | --- | ---");
#define ATTRIBUTE(name, number, text, of_case, of_step, type, help) \
    buf_printf(b, "| `%s` | %d | %s | %s | %s | %s |\n", \
               text, number, of_case ? "yes" : "", of_step ? "yes" : "", type, help);
#include "lang/ir.def"
#undef ATTRIBUTE
}

static void page_ir(Buf *b)
{
    buf_puts(b, "# The IR\n\n"
                "What a checked program is for everything that reads it: the engine, audits, metrics, documents. `ops "
                "ir FILE` prints it. A flow is an array of nodes in pre-order; an expression is stack code, one value "
                "at its END. Numbers are part of stored flows and never change.\n\n"
                "Operands: CODE an expression (CODE0: or none), SLOT a variable (SLOT0: or none), STEP a step, NAME a "
                "text, ARGS named arguments, COUNT a number, LIMIT a number (0: none), PATH a field's path. pops -1: "
                "as many as the operand says.\n");
    nodes(b);
    instructions(b);
    functions(b);
}

/* ---- words, as editors show them --------------------------------------------------------- */

typedef struct Group { const char *vim, *textmate, *highlight; const char *classes; } Group;

static const Group GROUPS[] = {
    {"opsStatement", "keyword.control.ops", "Statement", "SB"},
    {"opsProperty", "keyword.other.property.ops", "Type", "PLM"},
    {"opsJoin", "keyword.operator.word.ops", "Operator", "C"},
    {"opsPhrase", "support.other.ops", "Identifier", "K"},
};

enum { GROUPS_N = sizeof GROUPS / sizeof *GROUPS };

static void words_of(Buf *b, const Group *group, const char *between)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < word_count(); i++) {
        const WordInfo *word = word_get(i);
        if (!strchr(group->classes, word->word_class)) continue;
        buf_printf(b, "%s%s", n++ ? between : "", word->text);
    }
}

static void page_vim(Buf *b)
{
    buf_puts(b, "\" Vim syntax of .ops files, made from the language's own table of words.\n"
                "if exists(\"b:current_syntax\")\n  finish\nendif\n\nsyn include @opsLua syntax/lua.vim\n"
                "unlet! b:current_syntax\n"
                "silent! syn clear luaError luaParenError\n"
                "syn iskeyword @,48-57,_,192-255\n\n");
    for (int i = 0; i < GROUPS_N; i++) {
        buf_printf(b, "syn keyword %s ", GROUPS[i].vim);
        words_of(b, &GROUPS[i], " ");
        buf_putc(b, '\n');
    }
    buf_puts(b, "\nsyn match opsField /\\.\\@1<!\\.\\h\\w*/\n"
                "syn match opsNumber /\\<\\d[0-9_]*\\(\\.\\d\\+\\)\\?\\(%\\|\\a\\+\\)\\?/\n"
                "syn match opsNumber /[$\xE2\x82\xAC\xC2\xA3]\\d[0-9_]*\\(\\.\\d\\+\\)\\?/\n"
                "syn match opsDate /\\<\\d\\{4}-\\(\\d\\d-\\d\\d\\(T\\d\\d:\\d\\d\\)\\?\\|Q\\d\\|\\d\\d\\)/\n"
                "syn match opsDate /\\<\\d\\{1,2}:\\d\\d/\n"
                "syn region opsValue matchgroup=opsBrace start=/${/ end=/}/ contained contains=TOP\n"
                "syn region opsText start=/\"/ skip=/\\\\[\\\\\"]/ end=/\"/ oneline contains=opsValue\n"
                "syn region opsText start=/\"\"\"/ end=/\"\"\"/ contains=opsValue\n"
                "syn region opsLuaBlock matchgroup=opsStatement start=/\\<lua\\_s*{/ end=/}/ contains=@opsLua\n"
                "syn match opsComment /#.*$/\n\n");
    for (int i = 0; i < GROUPS_N; i++) buf_printf(b, "hi def link %s %s\n", GROUPS[i].vim, GROUPS[i].highlight);
    buf_puts(b, "hi def link opsNumber Number\nhi def link opsDate Number\nhi def link opsText String\n"
                "hi def link opsBrace Special\nhi def link opsComment Comment\n\nlet b:current_syntax = \"ops\"\n");
}

static void pattern(Buf *b, const char *name, const char *match)
{
    buf_puts(b, "    {");
    json_key_string(b, "name", name);
    json_key_string(b, "match", match);
    buf_puts(b, "},\n");
}

static void page_textmate(Buf *b)
{
    buf_puts(b, "{\n  \"scopeName\": \"source.ops\",\n  \"name\": \"Ops\",\n  \"fileTypes\": [\"ops\"],\n"
                "  \"patterns\": [\n");
    pattern(b, "comment.line.number-sign.ops", "#.*$");
    buf_puts(b, "    {\"name\": \"meta.embedded.block.lua\", \"begin\": \"\\\\blua\\\\s*\\\\{\", \"end\": \"\\\\}\", "
                "\"patterns\": [{\"include\": \"#braces\"}, {\"include\": \"source.lua\"}]},\n"
                "    {\"include\": \"#texts\"},\n");
    pattern(b, "variable.other.member.ops", "(?<=[^.]\\.)[\\p{L}_][\\p{L}\\p{N}_]*");
    pattern(b, "constant.numeric.date.ops",
            "\\b\\d{4}-(\\d\\d-\\d\\d(T\\d\\d:\\d\\d)?|Q\\d|\\d\\d)\\b|\\b\\d{1,2}:\\d\\d\\b");
    pattern(b, "constant.numeric.ops", "[$\xE2\x82\xAC\xC2\xA3]?\\b\\d[\\d_]*(\\.\\d+)?(%|[A-Za-z]+\\b)?");
    for (int i = 0; i < GROUPS_N; i++) {
        Buf words = {0};
        buf_puts(&words, "(?<![^.]\\.)(?<![\\p{L}\\p{N}_])(");
        words_of(&words, &GROUPS[i], "|");
        buf_puts(&words, ")(?![\\p{L}\\p{N}_])");
        pattern(b, GROUPS[i].textmate, buf_text(&words));
        buf_free(&words);
    }
    pattern(b, "keyword.operator.ops", "<=|>=|[-+*/=<>]|\\.\\.");
    buf_puts(b, "    {\"match\": \"[,;()\\\\[\\\\]]\", \"name\": \"punctuation.separator.ops\"}\n  ],\n"
                "  \"repository\": {\n"
                "    \"braces\": {\"begin\": \"\\\\{\", \"end\": \"\\\\}\", "
                "\"patterns\": [{\"include\": \"#braces\"}, {\"include\": \"source.lua\"}]},\n"
                "    \"texts\": {\"patterns\": [\n"
                "      {\"name\": \"string.quoted.triple.ops\", "
                "\"begin\": \"\\\"\\\"\\\"\", \"end\": \"\\\"\\\"\\\"\", "
                "\"patterns\": [{\"include\": \"#value\"}]},\n"
                "      {\"name\": \"string.quoted.double.ops\", \"begin\": \"\\\"\", \"end\": \"\\\"|$\", "
                "\"patterns\": [{\"match\": \"\\\\\\\\[\\\\\\\\\\\"]\", \"name\": \"constant.character.escape.ops\"}, "
                "{\"include\": \"#value\"}]}\n    ]},\n"
                "    \"value\": {\"name\": \"meta.interpolation.ops\", \"begin\": \"\\\\$\\\\{\", \"end\": \"\\\\}\", "
                "\"patterns\": [{\"include\": \"$self\"}]}\n  }\n}\n");
}

/* ---- by name -------------------------------------------------------------------------------- */

static const struct { const char *name; void (*write)(Buf *b); } PAGES[] = {
    {"messages", page_messages}, {"ir", page_ir}, {"vim", page_vim}, {"textmate", page_textmate}};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof PAGES / sizeof *PAGES; i++)
        if (strcmp(PAGES[i].name, argv[1]) == 0) {
            Buf b = {0};
            PAGES[i].write(&b);
            fwrite(b.p, 1, b.n, stdout);
            buf_free(&b);
            return fflush(stdout) == 0 ? 0 : 74;
        }
    fprintf(stderr, "pages: messages, ir, vim or textmate\n");
    return 64;
}
