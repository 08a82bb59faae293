/* complete.c -- what may stand next at the prompt, by the place in the grammar.
 *
 * The words are those that the grammar itself would take. Names are offered
 * only where it takes one: behind a dot the fields of what stands ahead of it,
 * behind a word that wants a kind of thing the names of that kind, and in an
 * expression all that has a value.
 */
#include "lang/check.h"
#include "lang/parse.h"

#include <string.h>

enum {
    ROLES = 1, PERSONS = 2, PROCESSES = 4, EVENTS = 8, STEPS = 16, CALENDARS = 32, METRICS = 64, TABLES = 128,
    VARIABLES = 256, ATTRIBUTES = 512, FUNCTIONS = 1024, TYPES = 2048, LOGS = 4096,
    VALUES = METRICS | TABLES | VARIABLES | ATTRIBUTES | FUNCTIONS | STEPS | PERSONS | PROCESSES | LOGS
};

typedef struct Offer {
    Arena *arena;
    const IrProgram *base;
    Map *known;
    VEC(const char *) items;
} Offer;

static void offer(Offer *o, const char *name)
{
    if (!name || !*name) return;
    void **slot = map_slot(o->known, name);
    if (*slot) return;
    *slot = (void *)(uintptr_t)name;
    *VEC_PUSH(o->arena, &o->items) = name;
}

/* ---- behind a dot ---------------------------------------------------------------- */

static void offer_fields(Offer *o, const IrUnit *u, uint32_t type)
{
    const IrType *t = &u->types[type];
    for (uint32_t i = 0; t->kind == TYPE_RECORD && i < t->fields_n; i++) offer(o, u->fields[t->fields + i].name);
}

static void fields_of_fields(Offer *o, const IrUnit *u, const char *name)
{
    for (uint32_t i = 0; i < u->fields_n; i++)
        if (strcmp(u->fields[i].name, name) == 0) offer_fields(o, u, u->fields[i].type);
}

static void offer_attributes(Offer *o)
{
#define ATTRIBUTE(NAME, number, ...) offer(o, ir_attribute_name(number));
#include "lang/ir.def"
#undef ATTRIBUTE
}

/* Whatever of that name has something behind a dot: a record, a step, a case's process. */
static void offer_members(Offer *o, const char *name)
{
    const IrProgram *p = o->base;
    fields_of_fields(o, &p->unit, name);
    for (uint32_t i = 0; i < p->processes_n; i++) {
        const IrFlow *f = p->processes[i].flow;
        for (uint32_t k = 0; k < f->vars_n; k++)
            if (strcmp(f->vars[k].name, name) == 0) offer_fields(o, &f->unit, f->vars[k].type);
        fields_of_fields(o, &f->unit, name);
        if (ir_step(f, name) != IR_NONE) offer_attributes(o);
        for (uint32_t k = 0; strcmp(p->processes[i].name, name) == 0 && k < f->steps_n; k++) offer(o, f->steps[k].name);
    }
}

/* ---- names by kind ------------------------------------------------------------------ */

static void offer_flows(Offer *o, unsigned kinds)
{
    const IrProgram *p = o->base;
    for (uint32_t i = 0; i < p->processes_n; i++) {
        const IrFlow *f = p->processes[i].flow;
        for (uint32_t k = 0; kinds & STEPS && k < f->steps_n; k++) offer(o, f->steps[k].name);
        for (uint32_t k = 0; kinds & VARIABLES && k < f->vars_n; k++) offer(o, f->vars[k].name);
    }
}

static void offer_functions(Offer *o)
{
#define AGGREGATE(NAME, number, ...) offer(o, ir_aggregate_name(number));
#define BUILTIN(NAME, number, ...) offer(o, ir_builtin_name(number));
#include "lang/ir.def"
#undef AGGREGATE
#undef BUILTIN
}

static void offer_types(Offer *o)
{
    static const char *const plain[] = {"text", "number", "money", "percent", "duration", "date", "time",
                                        "datetime", "boolean", "file", "person", "list of", "one of"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) offer(o, plain[i]);
    const IrUnit *u = &o->base->unit;
    for (uint32_t i = 0; i < u->types_n; i++) offer(o, u->types[i].name);
}

static void offer_kinds(Offer *o, unsigned kinds)
{
    const IrProgram *p = o->base;
#define ALL(kind, list, field) for (uint32_t i = 0; kinds & (kind) && i < p->list##_n; i++) offer(o, p->list[i].field)
    ALL(ROLES, roles, name);
    ALL(PERSONS, persons, id);
    ALL(PROCESSES, processes, name);
    ALL(LOGS, logs, name);
    ALL(EVENTS, events, name);
    ALL(CALENDARS, calendars, name);
    ALL(METRICS, metrics, name);
    ALL(TABLES, tables, name);
#undef ALL
    offer_flows(o, kinds);
    if (kinds & ATTRIBUTES) offer_attributes(o);
    if (kinds & FUNCTIONS) offer_functions(o);
    if (kinds & TYPES) offer_types(o);
}

/* ---- the place ------------------------------------------------------------------------ */

static bool part_of_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

/* The name or word that ends at n, quoted or not; "" where none does. */
static const char *name_before(Arena *a, const char *text, size_t n)
{
    size_t from = n;
    if (n && text[n - 1] == '"') {
        for (from = n - 1; from > 0 && text[from - 1] != '"'; from--) {}
        return arena_dup_n(a, text + from, n - 1 - from);
    }
    while (from > 0 && part_of_name(text[from - 1])) from--;
    return arena_dup_n(a, text + from, n - from);
}

static unsigned kinds_behind(const char *word)
{
    static const struct { const char *word; unsigned kinds; } WANTS[] = {
        {"who", ROLES | PERSONS | VARIABLES}, {"owner", ROLES | PERSONS}, {"except", ROLES | PERSONS | VARIABLES},
        {"people", PERSONS}, {"works", CALENDARS}, {"in", CALENDARS | TABLES | VARIABLES}, {"start", PROCESSES},
        {"call", PROCESSES}, {"every", PROCESSES | LOGS}, {"no", PROCESSES | LOGS},
        {"of", PROCESSES | LOGS | ROLES}, {"emit", EVENTS}, {"for", EVENTS}, {"when", EVENTS}, {"has", STEPS},
        {"before", STEPS}, {"did", STEPS}, {"needs", STEPS}, {"done", STEPS}, {"reject", STEPS}, {"skip", STEPS},
        {"cancel", STEPS | PROCESSES}, {"offered", STEPS}, {"signal", EVENTS}, {"given", TABLES},
        {"trained", ROLES | PROCESSES}, {"turn", ROLES}, {"to", ROLES | PERSONS | VARIABLES},
        {"consult", ROLES | PERSONS | VARIABLES}, {"inform", ROLES | PERSONS | VARIABLES}};
    for (size_t i = 0; i < sizeof WANTS / sizeof *WANTS; i++)
        if (strcmp(WANTS[i].word, word) == 0) return WANTS[i].kinds;
    return 0;
}

static bool among(const char *const *list, uint32_t n, const char *word)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(list[i], word) == 0) return true;
    return false;
}

/* Which names fit behind the text, by what the grammar takes there and the last word of it. */
static unsigned kinds_at(Arena *a, const char *text, size_t n, const char *const *classes, uint32_t classes_n)
{
    size_t end = n;
    while (end > 0 && strchr(" \t\n(", text[end - 1])) end--;
    const char *word = name_before(a, text, end);
    unsigned kinds = kinds_behind(word);
    if (kinds && (end == n || text[n - 1] != '(' || strcmp(word, "did") == 0)) return kinds;
    if (!among(classes, classes_n, "a name")) return 0;
    if (among(classes, classes_n, "number")) return VALUES;
    return *word && !word_find(word, strlen(word)) ? TYPES : 0;
}

uint32_t prompt_completions(Arena *a, const IrProgram *base, const char *text, size_t n, const char *const **items)
{
    Offer o = {.arena = a, .base = base, .known = map_new(a)};
    if (n && text[n - 1] == '"') n--;              /* a name in quotes is under way */
    if (n && text[n - 1] == '.') {
        offer_members(&o, name_before(a, text, n - 1));
    } else {
        const char *const *words;
        uint32_t classes, all = parse_expected(a, text, n, true, &words, &classes);
        for (uint32_t i = 0; i + classes < all; i++) offer(&o, words[i]);
        offer_kinds(&o, all ? kinds_at(a, text, n, words + (all - classes), classes) : 0);
    }
    *items = o.items.items;
    return o.items.n;
}
