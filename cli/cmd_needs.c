/* cmd_needs.c -- what a written business lacks, the least complete system first. */
#include "cli/session.h"

#include "analysis/needs.h"
#include "base/json.h"
#include "cli/table.h"

#include <string.h>

int cmd_needs(Args *args);

/* "80%" or "80". */
static Status read_bar(const char *text, uint64_t *bar, Error *err)
{
    size_t n = strlen(text);
    Buf digits = {0};
    buf_add(&digits, text, n && text[n - 1] == '%' ? n - 1 : n);
    bool ok = args_number(buf_text(&digits), bar) && *bar <= 100;
    buf_free(&digits);
    return ok ? ST_OK : fail(err, ST_USAGE, "--at-least wants a share of 0%% to 100%%, found %s", text);
}

/* ---- for people --------------------------------------------------------------------- */

static const char *part_name(const NeedsPart *part)
{
    return part->system ? part->system->name : "the business";
}

/* Each need that it lacks, once: "how soon, measured". */
static const char *lacks(Arena *a, const NeedsPart *part)
{
    bool told[NEED_COUNT] = {0};
    Buf b = {0};
    for (uint32_t i = 0; i < part->gaps.n; i++) told[part->gaps.items[i].need] = true;
    for (int n = 0; n < NEED_COUNT; n++)
        if (told[n]) buf_printf(&b, "%s%s", b.n ? ", " : "", need_word((Need)n));
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

static void parts_table(Session *s, Buf *b, const Needs *needs)
{
    static const char *const headers[] = {"system", ">share", ">met", ">of", "lacks", NULL};
    Table *t = table_new(s->arena, headers);
    for (uint32_t i = 0; i < needs->parts_n; i++) {
        const NeedsPart *part = &needs->parts[i];
        table_cell(t, part_name(part));
        table_cell(t, arena_printf(s->arena, "%u %%", needs_share(part->met, part->wanted)));
        table_int(t, part->met), table_int(t, part->wanted);
        table_cell(t, lacks(s->arena, part));
    }
    table_print(t, b, terminal_width(), terminal_colour(s->args));
}

static void put_gaps(Buf *b, const Needs *needs)
{
    for (uint32_t i = 0; i < needs->parts_n; i++) {
        const NeedsPart *part = &needs->parts[i];
        if (part->gaps.n) buf_printf(b, "\n%s\n", part_name(part));
        for (uint32_t k = 0; k < part->gaps.n; k++) {
            const Gap *gap = &part->gaps.items[k];
            buf_printf(b, "  %s:%u:%u: ", gap->place.file, gap->place.line, gap->place.column);
            if (gap->step) buf_printf(b, "step \"%s\" of %s: ", gap->step, gap->process);
            else if (gap->process) buf_printf(b, "process %s: ", gap->process);
            buf_printf(b, "%s\n      write: %s\n", gap->text, gap->write);
        }
    }
}

/* Only where somebody must know: a kind that nobody wrote down. */
static void put_essentials(Buf *b, const Needs *needs)
{
    bool any = false;
    for (int i = 0; i < ESSENTIALS; i++) {
        const Essential *e = &needs->essentials[i];
        if (!e->system || e->said) continue;
        buf_puts(b, any ? "" : "\n");
        any = true;
        buf_printf(b, "%s is taken for %s, by what it consumes and emits; `kind %s` in it would say so\n",
                   e->system->name, e->kind, e->kind);
    }
}

static const char *hours(Arena *a, int64_t micros)
{
    int64_t tenths = micros / (US_HOUR / 10);
    return micros < 0 ? "?" : arena_printf(a, "%lld.%lld h", (long long)(tenths / 10), (long long)(tenths % 10));
}

enum { SHOWN = 4 };                    /* of what is not stated about one load */

static void loads_table(Session *s, Buf *b, const Load *loads, uint32_t n)
{
    static const char *const headers[] = {"who", ">least a week", ">most", ">open", "enough", "?not stated", NULL};
    Table *t = table_new(s->arena, headers);
    for (uint32_t i = 0; i < n; i++) {
        const Load *l = &loads[i];
        Buf missing = {0};
        uint32_t shown = l->missing_n <= SHOWN ? l->missing_n : SHOWN - 1;
        for (uint32_t k = 0; k < shown; k++) buf_printf(&missing, "%s%s", k ? "; " : "", l->missing[k]);
        if (shown < l->missing_n) buf_printf(&missing, "; and %u more (--json lists all)", l->missing_n - shown);
        table_cell(t, l->who);
        table_cell(t, hours(s->arena, l->least)), table_cell(t, hours(s->arena, l->most));
        table_cell(t, hours(s->arena, l->open));
        table_cell(t, l->over ? "no" : l->fits ? "yes" : "?");
        table_cell(t, arena_dup(s->arena, buf_text(&missing)));
        buf_free(&missing);
    }
    table_print(t, b, terminal_width(), terminal_colour(s->args));
}

static void put_loads(Session *s, Buf *b, const Needs *needs)
{
    if (needs->loads_n) {
        buf_putc(b, '\n');
        loads_table(s, b, needs->loads, needs->loads_n);
    }
    for (uint32_t i = 0; i < needs->supposed_n; i++) {
        const Supposed *one = &needs->supposed[i];
        if (!one->loads_n) continue;
        buf_printf(b, "\nSupposing \"%s\":\n", one->scenario->name);
        loads_table(s, b, one->loads, one->loads_n);
    }
}

static void print(Session *s, Buf *b, const Needs *needs)
{
    parts_table(s, b, needs);
    put_gaps(b, needs);
    put_essentials(b, needs);
    put_loads(s, b, needs);
    buf_printf(b, "\n%s: %u %%, %u of %u needs are met\n", s->program->file, needs_share(needs->met, needs->wanted),
               needs->met, needs->wanted);
}

/* ---- for programs --------------------------------------------------------------------- */

static void share_json(Buf *b, uint32_t met, uint32_t wanted)
{
    Value share = value_percent((int64_t)needs_share(met, wanted) * (DECIMAL_ONE / 100));
    json_key(b, "share");
    value_json(b, &share);
    json_key_int(b, "met", met);
    json_key_int(b, "wanted", wanted);
}

static void gap_json(Buf *b, const Gap *gap)
{
    json_comma(b);
    buf_putc(b, '{');
    json_key_string(b, "need", need_word(gap->need));
    json_key_string(b, "process", gap->process);
    json_key_string(b, "step", gap->step);
    json_key_string(b, "text", gap->text);
    json_key_string(b, "write", gap->write);
    json_key_string(b, "file", gap->place.file);
    json_key_int(b, "line", gap->place.line);
    json_key_int(b, "column", gap->place.column);
    buf_putc(b, '}');
}

static void part_json(Buf *b, const NeedsPart *part)
{
    json_comma(b);
    buf_putc(b, '{');
    json_key_string(b, "system", part->system ? part->system->name : NULL);
    share_json(b, part->met, part->wanted);
    json_key(b, "gaps");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < part->gaps.n; i++) gap_json(b, &part->gaps.items[i]);
    buf_puts(b, "]}");
}

static void essential_json(Buf *b, const Essential *e)
{
    json_comma(b);
    buf_putc(b, '{');
    json_key_string(b, "kind", e->kind);
    json_key_string(b, "system", e->system ? e->system->name : NULL);
    json_key_bool(b, "said", e->said);
    buf_putc(b, '}');
}

static void span_json(Buf *b, const char *key, int64_t micros)
{
    Value v = micros < 0 ? VALUE_NONE : value_duration(micros);
    json_key(b, key);
    value_json(b, &v);
}

static void load_json(Buf *b, const Load *l)
{
    json_comma(b);
    buf_putc(b, '{');
    json_key_string(b, "who", l->who);
    span_json(b, "least", l->least);
    span_json(b, "most", l->most);
    span_json(b, "open", l->open);
    json_key_string(b, "enough", l->over ? "no" : l->fits ? "yes" : "unknown");
    json_key(b, "missing");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < l->missing_n; i++) {
        json_comma(b);
        json_string(b, l->missing[i], strlen(l->missing[i]));
    }
    buf_puts(b, "]}");
}

static void loads_json(Buf *b, const char *key, const Load *loads, uint32_t n)
{
    json_key(b, key);
    buf_putc(b, '[');
    for (uint32_t i = 0; i < n; i++) load_json(b, &loads[i]);
    buf_putc(b, ']');
}

static void print_json(Buf *b, const IrProgram *p, const Needs *needs)
{
    buf_putc(b, '{');
    json_key_string(b, "file", p->file);
    share_json(b, needs->met, needs->wanted);
    json_key(b, "systems");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < needs->parts_n; i++) part_json(b, &needs->parts[i]);
    buf_putc(b, ']');
    json_key(b, "essential");
    buf_putc(b, '[');
    for (int i = 0; i < ESSENTIALS; i++) essential_json(b, &needs->essentials[i]);
    buf_putc(b, ']');
    loads_json(b, "load", needs->loads, needs->loads_n);
    json_key(b, "scenarios");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < needs->supposed_n; i++) {
        json_comma(b);
        buf_putc(b, '{');
        json_key_string(b, "scenario", needs->supposed[i].scenario->name);
        loads_json(b, "load", needs->supposed[i].loads, needs->supposed[i].loads_n);
        buf_putc(b, '}');
    }
    buf_puts(b, "]}\n");
}

int cmd_needs(Args *args)
{
    Session s;
    Error err;
    int code;
    uint64_t bar = 0;
    if (args->given[OPT_AT_LEAST] && read_bar(args->value[OPT_AT_LEAST], &bar, &err) != ST_OK)
        return session_fail(NULL, ST_USAGE, &err);
    if (!session_open(&s, args, SESSION_PROGRAM, &code)) return code;
    Needs needs = needs_of(s.arena, s.program, clock_now());
    Buf b = {0};
    if (args->given[OPT_JSON]) print_json(&b, s.program, &needs);
    else print(&s, &b, &needs);
    say(&b);
    buf_free(&b);
    bool below = false;
    for (uint32_t i = 0; i < needs.parts_n; i++)
        below |= needs.parts[i].met * UINT64_C(100) < bar * needs.parts[i].wanted;
    session_close(&s);
    return below;
}
