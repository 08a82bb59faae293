/* generate.h -- random programs over the grammar, right by their making: they check, and so may be formatted,
 * lowered and compared. Laid out as careless people do: blanks, line ends, `;` and comments wherever they may
 * stand.
 *
 * Same seed, same program.
 */
#ifndef OPS_TESTS_GENERATE_H
#define OPS_TESTS_GENERATE_H

#include "base/text.h"
#include "tests/chance.h"

#include <stdio.h>
#include <string.h>

typedef enum GenType { GEN_NUMBER, GEN_MONEY, GEN_TEXT, GEN_BOOLEAN, GEN_DATE, GEN_TYPES } GenType;

static const char *const GEN_TYPE_WORDS[] = {"number", "money", "text", "boolean", "date"};

typedef struct Gen {
    Chance *c;
    Buf *out;
    uint32_t depth, names, steps;
    struct { char name[16]; GenType type; } vars[64];
    uint32_t vars_n;
    bool line_open;                /* something stands on the line under way */
} Gen;

static uint32_t gen_die(Gen *g, uint32_t below)
{
    return (uint32_t)chance(g->c, below);
}

/* A place where a blank, or a line's end and a comment, may stand. */
static void gen_gap(Gen *g)
{
    static const char *const gaps[] = {" ", " ", " ", "  ", "\t", "   "};
    buf_puts(g->out, gaps[gen_die(g, 6)]);
}

static void gen_word(Gen *g, const char *word)
{
    if (g->line_open) gen_gap(g);
    buf_puts(g->out, word);
    g->line_open = true;
}

/* Ends a statement. */
static void gen_end(Gen *g)
{
    static const char *const ends[] = {"\n", "\n", "\n\n", " # why not\n", ";", " ;", "\r\n", "   \n\n\n"};
    buf_puts(g->out, ends[gen_die(g, 8)]);
    g->line_open = false;
    if (gen_die(g, 12) == 0) buf_puts(g->out, "\n# a remark of its own\n");
    for (uint32_t i = gen_die(g, 4) * 2; i > 0; i--) buf_putc(g->out, ' ');
}

static void gen_open(Gen *g)
{
    gen_word(g, "<");
    if (gen_die(g, 3)) buf_puts(g->out, gen_die(g, 6) ? "\n" : " # opens\n"), g->line_open = false;
    g->depth++;
}

static void gen_close(Gen *g)
{
    g->depth--;
    gen_word(g, ">");
    if (gen_die(g, 3)) buf_puts(g->out, "\n"), g->line_open = false;
}

static void gen_name(Gen *g, char *name, const char *prefix)
{
    snprintf(name, 16, "%s%u", prefix, ++g->names);
}

/* ---- expressions ------------------------------------------------------------------------ */

static void gen_value(Gen *g, GenType type, uint32_t deep);

static void gen_literal(Gen *g, GenType type)
{
    char text[48];
    switch (type) {
    case GEN_NUMBER: snprintf(text, sizeof text, "%u", gen_die(g, 1000)); break;
    case GEN_MONEY: snprintf(text, sizeof text, "$%u", gen_die(g, 1000)); break;
    case GEN_TEXT: snprintf(text, sizeof text, "\"t%u \\\"q\\\" <b>\"", gen_die(g, 99)); break;
    case GEN_BOOLEAN: snprintf(text, sizeof text, "%s", gen_die(g, 2) ? "yes" : "no"); break;
    default: snprintf(text, sizeof text, "2026-%02u-%02u", 1 + gen_die(g, 12), 1 + gen_die(g, 28)); break;
    }
    gen_word(g, text);
}

static bool gen_variable(Gen *g, GenType type)
{
    for (uint32_t i = 0; i < 6 && g->vars_n; i++) {
        uint32_t k = gen_die(g, g->vars_n);
        if (g->vars[k].type == type) return gen_word(g, g->vars[k].name), true;
    }
    return false;
}

static void gen_two(Gen *g, GenType type, const char *sign, uint32_t deep)
{
    gen_word(g, "(");
    gen_value(g, type, deep + 1);
    gen_word(g, sign);
    if (gen_die(g, 5) == 0) buf_puts(g->out, "\n");    /* a line that ends with an operator goes on */
    gen_value(g, type, deep + 1);
    gen_word(g, ")");
}

static void gen_condition(Gen *g, uint32_t deep)
{
    static const char *const compare[] = {"<", ">", "<=", ">=", "is", "is not"};
    GenType type = (GenType)gen_die(g, 2);
    switch (gen_die(g, 4)) {
    case 0: gen_two(g, GEN_BOOLEAN, gen_die(g, 2) ? "and" : "or", deep); break;
    case 1:
        gen_word(g, "not");
        gen_value(g, GEN_BOOLEAN, deep + 1);
        break;
    default: gen_two(g, type, compare[gen_die(g, 6)], deep);
    }
}

static void gen_value(Gen *g, GenType type, uint32_t deep)
{
    if (deep > 3 || gen_die(g, 3) == 0) {
        if (!gen_variable(g, type)) gen_literal(g, type);
        return;
    }
    switch (type) {
    case GEN_BOOLEAN: gen_condition(g, deep); break;
    case GEN_NUMBER: case GEN_MONEY: gen_two(g, type, gen_die(g, 2) ? "+" : "-", deep); break;
    case GEN_TEXT: gen_two(g, type, "+", deep); break;
    default: if (!gen_variable(g, type)) gen_literal(g, type);
    }
}

/* ---- flow ----------------------------------------------------------------------------------- */

static void gen_flow(Gen *g, uint32_t n);

static void gen_params(Gen *g, const char *word, uint32_t n)
{
    gen_word(g, word);
    for (uint32_t i = 0; i < n; i++) {
        GenType type = (GenType)gen_die(g, GEN_TYPES);
        char name[16];
        gen_name(g, name, "v");
        if (i) buf_puts(g->out, gen_die(g, 4) ? "," : ",\n   "), g->line_open = true;
        gen_word(g, name);
        gen_word(g, GEN_TYPE_WORDS[type]);
        if (g->vars_n < 64) {
            snprintf(g->vars[g->vars_n].name, 16, "%s", name);
            g->vars[g->vars_n++].type = type;
        }
    }
    gen_end(g);
}

static void gen_how(Gen *g)
{
    static const char *const ways[] = {"\"Do it, ${1 + 2} times.\"", "shell \"true '<' > /dev/null\"",
                                       "lua {  local x = { 1,  2 }  -- }\n }",
                                       "\"\"\"\n       Several\n         lines.\n       \"\"\"",
                                       "\"A < b, and ${\"c\"}\""};
    uint32_t way = gen_die(g, 5);
    gen_word(g, "how");
    gen_word(g, ways[way]);
    gen_end(g);
}

static void gen_step(Gen *g)
{
    char name[24];
    snprintf(name, sizeof name, gen_die(g, 2) ? "Step%u" : "\"Step no %u\"", ++g->steps);
    gen_word(g, "step");
    gen_word(g, name);
    gen_open(g);
    if (gen_die(g, 3) == 0) gen_word(g, "why \"Because.\""), gen_end(g);
    gen_word(g, gen_die(g, 2) ? "who Staff" : "who  Staff or  Boss");
    gen_end(g);
    gen_how(g);
    if (gen_die(g, 2)) gen_params(g, "ask", 1 + gen_die(g, 3));
    if (gen_die(g, 4) == 0) gen_word(g, "lasts 5m .. 10m"), gen_end(g);
    if (gen_die(g, 4) == 0) gen_word(g, "within 2 business days in Office"), gen_end(g);
    gen_close(g);
}

static void gen_if(Gen *g)
{
    uint32_t before = g->vars_n;
    gen_word(g, "if");
    gen_condition(g, 1);
    gen_open(g);
    gen_flow(g, 1 + gen_die(g, 2));
    gen_close(g);
    g->vars_n = before;            /* what is set in it may not be set behind it */
    if (gen_die(g, 2)) {
        gen_word(g, "else");
        gen_open(g);
        gen_flow(g, 1 + gen_die(g, 2));
        gen_close(g);
        g->vars_n = before;
    }
}

static void gen_block(Gen *g, const char *head)
{
    uint32_t before = g->vars_n;
    gen_word(g, head);
    gen_open(g);
    for (int i = 0; i < 2; i++) {
        gen_flow(g, 1);
        g->vars_n = before;        /* another branch may not see it */
    }
    gen_close(g);
    g->vars_n = before;
}

static void gen_each(Gen *g)
{
    char head[48];
    snprintf(head, sizeof head, "each e%u in [ 1,2 , 3 ]", ++g->names);
    gen_block(g, head);
}

static void gen_set(Gen *g)
{
    char name[16];
    GenType type = (GenType)gen_die(g, GEN_TYPES);
    gen_name(g, name, "v");
    gen_word(g, "set");
    gen_word(g, name);
    gen_word(g, "=");
    gen_value(g, type, 0);
    gen_end(g);
    if (g->vars_n < 64) {
        snprintf(g->vars[g->vars_n].name, 16, "%s", name);
        g->vars[g->vars_n++].type = type;
    }
}

static void gen_repeat(Gen *g)
{
    uint32_t before = g->vars_n;
    gen_word(g, "repeat at most 3 times");
    gen_open(g);
    gen_flow(g, 1);
    gen_close(g);
    g->vars_n = before;
    gen_word(g, "until");
    gen_condition(g, 1);
    gen_end(g);
}

static void gen_flow(Gen *g, uint32_t n)
{
    for (; n > 0; n--) {
        uint32_t kind = g->depth > 6 ? gen_die(g, 2) : gen_die(g, 9);
        switch (kind) {
        case 0: gen_set(g); break;
        case 2: gen_if(g); break;
        case 3: gen_block(g, "parallel"); break;
        case 4: gen_block(g, "sequence"); break;
        case 5: gen_each(g); break;
        case 6: gen_repeat(g); break;
        case 7: gen_word(g, "wait 2 days"); gen_end(g); break;
        case 8: gen_word(g, "emit happened with n = 1 + 2"); gen_end(g); break;
        default: gen_step(g);
        }
    }
}

/* ---- the program --------------------------------------------------------------------------------- */

static void gen_process(Gen *g, uint32_t number)
{
    char name[16];
    snprintf(name, sizeof name, "P%u", number);
    g->vars_n = 0;
    g->steps = 0;
    gen_word(g, "process");
    gen_word(g, name);
    gen_open(g);
    gen_word(g, "why \"It must be done.\"");
    gen_end(g);
    gen_word(g, "owner Boss");
    gen_end(g);
    if (gen_die(g, 2)) gen_params(g, "takes", 1 + gen_die(g, 3));
    if (gen_die(g, 3) == 0) gen_word(g, "gives result number = 0"), gen_end(g);
    gen_flow(g, 2 + gen_die(g, 5));
    gen_close(g);
}

static void generate(Chance *c, Buf *out)
{
    Gen g = {.c = c, .out = out};
    buf_puts(out, "calendar Office < zone \"Europe/Berlin\"; open mon..fri 09:00..12:30, 13:30..17:30 >\n"
                  "role Staff < people \"ann\", \"bob\"; works Office >\nrole   Boss <people \"eva\">\n"
                  "event happened < n number >\n");
    if (gen_die(&g, 2))
        buf_puts(out, "type T = one of   a, b ,c\nrecord R <\n key id # the key\n id text\n\n\n"
                      " t T=a, s  number where s>0\n>\n");
    gen_word(&g, "system S");
    gen_open(&g);
    uint32_t n = 1 + gen_die(&g, 3);
    for (uint32_t i = 0; i < n; i++) gen_process(&g, i);
    if (gen_die(&g, 2))
        buf_puts(out, "\nmetric m=count( P0 where  finished,last 30 days )\ngoal \"g\" is m>3\n"), g.line_open = false;
    gen_close(&g);
    buf_putc(out, '\n');
}

#endif
