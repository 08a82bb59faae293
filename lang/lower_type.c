/* lower_type.c -- what values may be: types, records, fields and their conditions.
 *
 * A named type or record is one Type object, resolved when first needed, so
 * declarations may stand in any order. What a field says beside its type
 * (`from`, `like`, `in`, `matching`, `where`, `=`) is checked once, where it
 * stands; lower_field.c copies it into each unit that uses the record.
 */
#include "base/like.h"
#include "base/pattern.h"
#include "lang/grammar.h"
#include "lang/lower.h"
#include <string.h>

#define RECORDS_DEEP 100
#define ALIASES_DEEP 1000

/* ---- types -------------------------------------------------------------------------- */

static const struct { const char *name; uint8_t kind; } simple[] = {
    {"text", TYPE_TEXT}, {"number", TYPE_NUMBER}, {"money", TYPE_MONEY}, {"percent", TYPE_PERCENT},
    {"duration", TYPE_DURATION}, {"date", TYPE_DATE}, {"time", TYPE_TIME}, {"datetime", TYPE_DATETIME},
    {"boolean", TYPE_BOOLEAN}, {"file", TYPE_FILE}, {"person", TYPE_PERSON},
};
#define SIMPLE_N (sizeof simple / sizeof *simple)

static const Type *simple_type(const char *name)
{
    for (size_t i = 0; i < SIMPLE_N; i++)
        if (strcmp(simple[i].name, name) == 0)
            return type_simple(simple[i].kind);
    return NULL;
}

/* The type that other languages call so. */
static const char *type_by_habit(const char *name)
{
    const char *ours;
    for (uint32_t i = 0; (ours = word_by_habit(name, i)); i++)
        if (simple_type(ours))
            return ours;
    return NULL;
}

/* It may have been declared where something was lost; where only two have one name, what is near to ours is not. */
static bool may_be_lost(const Lower *l, const char *prefix, const char *name)
{
    const Symbols *s = &l->symbols;
    const char *ours[SIMPLE_N];
    for (size_t i = 0; i < SIMPLE_N; i++)
        ours[i] = simple[i].name;
    bool doubled = s->doubled[SYM_TYPE] || s->doubled[SYM_RECORD];
    if (doubled && (type_by_habit(name) || text_nearest(name, ours, SIMPLE_N)))
        return false;
    return s->lost[SYM_RECORD] || symbols_lost(s, SYM_TYPE, prefix, name) || symbols_lost(s, SYM_RECORD, prefix, name);
}

static void no_such_type(Lower *l, const char *prefix, Name name)
{
    uint32_t types_n, records_n, n = 0;
    const char *const *types = names_all(&l->symbols, SYM_TYPE, &types_n);
    const char *const *records = names_all(&l->symbols, SYM_RECORD, &records_n);
    const char **all = ARENA_ARRAY(l->arena, const char *, types_n + records_n + SIMPLE_N);
    for (uint32_t i = 0; i < SIMPLE_N; i++)
        all[n++] = simple[i].name;
    for (uint32_t i = 0; i < types_n; i++)
        all[n++] = symbols_seen(prefix, types[i]);
    for (uint32_t i = 0; i < records_n; i++)
        all[n++] = symbols_seen(prefix, records[i]);
    if (!strchr(name.text, '.'))
        diags_damaged(l->diags, name.at, false);      /* `Order order`: the name stands behind its type */
    const char *missing = symbols_missing(&l->symbols, prefix, name.text);
    Diag *m = diag_missing(l->diags, &l->symbols, missing, DIAG_E0205, name.at, "no type or record named \"%s\"",
                           name.text);
    const char *ours = type_by_habit(name.text);
    if (ours)
        diag_suggest(l->diags, m, ours);
    else if (diag_nearest_name(l->diags, m, name.text, all, n))
        m->missing = simple_type(m->suggestions[0]) ? NULL : m->missing;
    else
        diag_hint(l->diags, m,
                  "types are text, number, money, percent, duration, date, time, datetime, boolean, file, "
                  "person, `list of ...`, `one of ...`, and what `type` and `record` declare");
}

static const Type *resolve_alias(Lower *l, Sym *sym);

static const Type *named_type(Lower *l, const char *prefix, Name name)
{
    if (!name.text)
        return type_unknown();
    const Type *type = simple_type(name.text);
    if (type)
        return type;
    prefix = symbols_at(&l->symbols, prefix, name.at);
    Sym *sym = names_known(&l->symbols, SYM_TYPE, prefix, name.text);
    if (!sym)
        sym = names_known(&l->symbols, SYM_RECORD, prefix, name.text);
    if (!sym) {
        if (!may_be_lost(l, prefix, name.text))
            no_such_type(l, prefix, name);
        return type_unknown();
    }
    sym->used = true;
    if (sym->kind == SYM_TYPE)
        return resolve_alias(l, sym);
    return sym->type ? sym->type : type_unknown();
}

static const Type *choice_type(Lower *l, const Ast *ast)
{
    uint32_t n = 0;
    for (const Ast *c = ast->type_choice.choices; c; c = c->next)
        n++;
    const char **choices = ARENA_ARRAY(l->arena, const char *, n);
    Map *seen = map_new(l->arena);
    n = 0;
    for (const Ast *c = ast->type_choice.choices; c; c = c->next) {
        if (c->kind != AST_NAME || !c->name.name.text)
            continue;
        void **slot = map_slot(seen, c->name.name.text);
        if (*slot) {
            Diag *m = diag_add(l->diags, DIAG_E0523, c->at, "\"%s\" stands twice in this choice",
                               c->name.name.text);
            diag_hint(l->diags, m, "keep one of the two");
            continue;
        }
        *slot = (void *)c;
        choices[n++] = c->name.name.text;
    }
    Type *type = ARENA_NEW(l->arena, Type);
    *type = (Type){.kind = TYPE_CHOICE, .choices = choices, .choices_n = n};
    return type;
}

static const Type *money_type(Lower *l, const Ast *ast)
{
    Name name = ast->type_money.currency;
    uint16_t currency = name.text && strlen(name.text) == 3 ? currency_pack(name.text) : 0;
    Type *type = ARENA_NEW(l->arena, Type);
    *type = (Type){.kind = TYPE_MONEY, .currency = currency};
    return type;
}

/* `Lead or none` is a copy, perhaps of a record whose fields are not yet known: see fill_copies. */
static const Type *optional_type(Lower *l, const Type *of)
{
    const Type *copy = type_optional(l->arena, of);
    if (of->kind == TYPE_RECORD && copy != of)
        *VEC_PUSH(l->arena, &l->record_copies) = (RecordCopy){(Type *)copy, of};
    return copy;
}

const Type *lower_type(Lower *l, const char *prefix, const Ast *ast)
{
    if (!ast)
        return type_unknown();
    switch ((int)ast->kind) {
    case AST_TYPE_NAME: return named_type(l, prefix, ast->type_name.name);
    case AST_TYPE_MONEY: return money_type(l, ast);
    case AST_TYPE_LIST:
        return type_list_at(l->arena, l->diags, ast->at, lower_type(l, prefix, ast->type_list.of));
    case AST_TYPE_CHOICE: return choice_type(l, ast);
    case AST_TYPE_OPTIONAL: return optional_type(l, lower_type(l, prefix, ast->type_optional.of));
    default: return type_unknown();            /* BAD: reported by the parser */
    }
}

/* ---- fields --------------------------------------------------------------------------- */

void lower_like(Lower *l, const Ast *option, const Type *type)
{
    const char *example = lower_text(l, option->option.value);
    if (!example || type->kind == TYPE_UNKNOWN)
        return;
    Like *like;
    Error err;
    if (like_compile(l->arena, example, &like, &err) != ST_OK) {
        Diag *m = diag_add(l->diags, DIAG_E0515, option->option.value->at,
                           "this example does not say how to read: %s", err.text);
        diag_hint(l->diags, m,
                  "write one value as it stands in the file, such as \"31-12-2017 23:59\" or \"1.234,56\"");
        return;
    }
    bool fits = false;
    switch (like_kind(like)) {
    case LIKE_DATE: fits = type->kind == TYPE_DATE || type->kind == TYPE_DATETIME; break;
    case LIKE_TIME: fits = type->kind == TYPE_TIME; break;
    case LIKE_DATETIME: fits = type->kind == TYPE_DATETIME || type->kind == TYPE_DATE; break;
    case LIKE_NUMBER:
        fits = type->kind == TYPE_NUMBER || type->kind == TYPE_MONEY || type->kind == TYPE_PERCENT;
        break;
    case LIKE_BOOLEAN: fits = type->kind == TYPE_BOOLEAN; break;
    }
    if (!fits) {
        Diag *m = diag_add(l->diags, DIAG_E0515, option->option.value->at, "this is not an example of a %s",
                           type_text(l->arena, type_plain(l->arena, type)));
        diag_hint(l->diags, m, "write one value of the field's type as it stands in the file");
    }
}

static void check_matching(Lower *l, const Ast *option, const Type *type)
{
    const char *pattern = lower_text(l, option->option.value);
    if (!pattern || type->kind == TYPE_UNKNOWN)
        return;
    if (type->kind != TYPE_TEXT) {
        Diag *m = diag_add(l->diags, DIAG_E0516, option->at,
                           "only a text can match a pattern; this field is %s", type_text(l->arena, type));
        diag_hint(l->diags, m, "write a condition instead: where ...");
        return;
    }
    regex_t compiled;
    Error why;
    if (pattern_compile(pattern, &compiled, &why) != ST_OK) {
        Diag *m = diag_add(l->diags, DIAG_E0516, option->option.value->at,
                           "this pattern cannot be read: %s", why.text);
        diag_hint(l->diags, m,
                  "patterns are POSIX extended regular expressions; a sign such as ( or [ that means itself "
                  "is written \\\\( or \\\\[");
        return;
    }
    regfree(&compiled);
}

void lower_zone_option(Lower *l, const Ast *option)
{
    const char *name = lower_text(l, option->option.value);
    Error err;
    if (!name || zone_find(name, &err))
        return;
    Diag *m = diag_add(l->diags, DIAG_E0502, option->option.value->at, "%s", err.text);
    diag_hint(l->diags, m, "a zone is named like \"Europe/Berlin\" or \"UTC\"");
}

/* Mistakes in a field's options that need no surroundings; and options said twice. */
static void check_options(Lower *l, const Ast *field, const Type *type)
{
    lower_block(l);
    const Type *plain = type_plain(l->arena, type);
    for (const Ast *o = field->field.options; o; o = o->next) {
        if (o->kind != AST_OPTION || !lower_once(l, o->option.word, o->at))
            continue;
        if (o->option.word == K_LIKE)
            lower_like(l, o, plain);
        else if (o->option.word == K_MATCHING)
            check_matching(l, o, plain);
        else if (o->option.word == K_IN)
            lower_zone_option(l, o);
        else if (o->option.word == K_FROM)
            (void)lower_text(l, o->option.value);
    }
}

static bool is_field(const Ast *items, const char *name)
{
    for (const Ast *f = items; f; f = f->next)
        if (f->kind == AST_FIELD && f->field.name.text && strcmp(f->field.name.text, name) == 0)
            return true;
    return false;
}

/* `kye id`, where `id` is a field of the record and no type: `key` was meant, and so it is read. */
static bool misspelt_key(Lower *l, const char *prefix, const Ast *items, Ast *f)
{
    const Ast *of = f->field.type;
    const char *key = word_text(K_KEY), *type = of && of->kind == AST_TYPE_NAME ? of->type_name.name.text : NULL;
    if (!type || f->field.options || !text_nearest(f->field.name.text, &key, 1) || !is_field(items, type) ||
        names_known(&l->symbols, SYM_TYPE, prefix, type) || names_known(&l->symbols, SYM_RECORD, prefix, type))
        return false;
    Diag *m = diag_add(l->diags, DIAG_E0205, f->field.name.at, "\"%s\" is a field here, and no type", type);
    diag_suggest(l->diags, m, key);
    Ast *named = (Ast *)(uintptr_t)of;             /* the tree is ours; a NAME has room where a type stood */
    Name name = of->type_name.name;
    named->kind = AST_NAME;
    named->name.name = name;
    f->kind = AST_KEY;
    f->key.names = named;
    return true;
}

TypeField *lower_fields(Lower *l, const char *prefix, const Ast *items, uint32_t *n)
{
    uint32_t count = 0;
    for (const Ast *f = items; f; f = f->next)
        count += f->kind == AST_FIELD && f->field.name.text;
    TypeField *fields = ARENA_ARRAY(l->arena, TypeField, count);
    Map *seen = count > 1 ? map_new(l->arena) : NULL;
    *n = 0;
    for (const Ast *f = items; f && !diags_full(l->diags); f = f->next) {
        if (f->kind != AST_FIELD || !f->field.name.text)
            continue;
        if (count > 1 && misspelt_key(l, prefix, items, (Ast *)(uintptr_t)f))
            continue;
        void **slot = seen ? map_slot(seen, f->field.name.text) : NULL;
        if (slot && *slot) {
            Diag *m = diag_add(l->diags, DIAG_E0201, f->field.name.at,
                               "there is already a field named \"%s\" here", f->field.name.text);
            diag_hint(l->diags, m, "give one of the two another name");
            lower_first(l, m, ((const Ast *)*slot)->field.name.at);
            continue;
        }
        if (slot)
            *slot = (void *)f;
        const Type *type = lower_type(l, prefix, f->field.type);
        check_options(l, f, type);
        fields[(*n)++] = (TypeField){f->field.name, type, f};
    }
    return fields;
}

/* ---- named types and records -------------------------------------------------------------- */

static const Type *resolve_alias(Lower *l, Sym *sym)
{
    static const Type busy = {.kind = TYPE_UNKNOWN};
    if (sym->type == &busy) {
        Diag *m = diag_add(l->diags, DIAG_E0509, sym->at, "\"%s\" is said to be itself", sym->name);
        diag_hint(l->diags, m, "say what it is at last: text, number, one of ...");
        return type_unknown();
    }
    if (sym->type)
        return sym->type;
    if (l->depth >= ALIASES_DEEP) {
        Diag *m = diag_add(l->diags, DIAG_E0118, sym->at, "more than %d types are named one by another here",
                           ALIASES_DEEP);
        diag_hint(l->diags, m, "say what this one is itself");
        return type_unknown();
    }
    sym->type = &busy;
    l->depth++;
    const Heir *before = lower_heir(l, sym->prefix);
    const Type *type = lower_type(l, sym->prefix, sym->ast->type.type);
    diags_heir(l->diags, before);
    l->depth--;
    if (type->kind != TYPE_UNKNOWN && type->kind != TYPE_RECORD) {
        Type *own = ARENA_NEW(l->arena, Type);
        *own = *type;
        own->name = sym->name;
        type = own;
    }
    return sym->type = type;
}

/* All records are there before their fields are: they may hold each other. */
static void make_record(Lower *l, Sym *sym)
{
    Type *type = ARENA_NEW(l->arena, Type);
    *type = (Type){.kind = TYPE_RECORD, .name = sym->name};
    sym->type = type;
}

static const Ast *record_items(const Sym *sym)
{
    return sym->kind == SYM_RECORD ? sym->ast->record.items : sym->ast->event.items;
}

static void fill_record_type(Lower *l, Sym *sym)
{
    uint32_t n;
    const Heir *before = lower_heir(l, sym->prefix);
    TypeField *fields = lower_fields(l, sym->prefix, record_items(sym), &n);
    diags_heir(l->diags, before);
    Type *type = (Type *)sym->type;            /* ours: made above, shared from here on */
    type->fields = fields;
    type->fields_n = n;
}

static void fill_copies(Lower *l)
{
    for (uint32_t i = 0; i < l->record_copies.n; i++) {
        RecordCopy *c = &l->record_copies.items[i];
        c->copy->fields = c->of->fields;
        c->copy->fields_n = c->of->fields_n;
        c->copy->key = c->of->key;
    }
}

static const TypeField *field_named(const Type *type, const char *name)
{
    for (uint32_t i = 0; i < type->fields_n; i++)
        if (strcmp(type->fields[i].name.text, name) == 0)
            return &type->fields[i];
    return NULL;
}

static void no_such_field(Lower *l, const Type *type, Name name)
{
    const char **all = ARENA_ARRAY(l->arena, const char *, type->fields_n);
    for (uint32_t i = 0; i < type->fields_n; i++)
        all[i] = type->fields[i].name.text;
    if (symbols_may_have(&l->symbols, type->name, name.text, all, type->fields_n))
        return;
    Diag *m = diag_add(l->diags, DIAG_E0508, name.at, "%s has no field named \"%s\"", type->name, name.text);
    if (!diag_nearest_name(l->diags, m, name.text, all, type->fields_n))
        diag_hint(l->diags, m, "a key is one or more of the record's fields");
}

static void resolve_keys(Lower *l, Sym *sym)
{
    Type *type = (Type *)sym->type;
    Buf key = {0};
    const Ast *first = NULL;
    for (const Ast *item = sym->ast->record.items; item; item = item->next) {
        if (item->kind != AST_KEY)
            continue;
        if (first) {
            Diag *m = diag_add(l->diags, DIAG_E0521, item->at, "`key` is said twice here");
            diag_hint(l->diags, m, "name all its fields in one line: key country, number");
            lower_first(l, m, first->at);
            continue;
        }
        first = item;
        for (const Ast *name = item->key.names; name; name = name->next) {
            if (name->kind != AST_NAME || !name->name.name.text)
                continue;
            if (!field_named(type, name->name.name.text))
                no_such_field(l, type, name->name.name);
            buf_printf(&key, "%s%s", key.n ? "," : "", name->name.name.text);
        }
    }
    if (key.n)
        type->key = intern(l->symbols.names, buf_text(&key), key.n);
    buf_free(&key);
}

/* A value of a record that must hold one of itself could never be made. False after a message: nobody knows what this
 * field was to be. */
static bool check_finite(Lower *l, Map *state, const Type *type, Span at)
{
    static char looking, fine;
    if (type->kind != TYPE_RECORD || type->optional || !type->name)
        return true;
    void **slot = map_slot(state, type->name);
    if (*slot == &fine)
        return true;
    if (*slot == &looking) {
        Diag *m = diag_add(l->diags, DIAG_E0509, at, "a %s would hold another %s, without end", type->name,
                           type->name);
        diag_hint(l->diags, m, "make the field optional (%s or none) or a list", type->name);
        return false;
    }
    *slot = &looking;
    TypeField *fields = (TypeField *)(uintptr_t)type->fields;
    for (uint32_t i = 0; i < type->fields_n; i++)
        if (!check_finite(l, state, fields[i].type, fields[i].name.at)) fields[i].type = type_unknown();
    map_put(state, type->name, &fine);
    return true;
}

/* How many records, and lists of them, stand inside each other, at most RECORDS_DEEP: later passes walk down
 * them, and what is stored of a case must be read back. A deeper one loses its fields, after a message. Heights
 * are kept, from 1; a circle counts once. */
static uint32_t height(Lower *l, uint32_t *heights, const Type *type, uint32_t depth)
{
    uint32_t lists = 0;
    for (; type->kind == TYPE_LIST; type = type->of)
        lists++;
    const Sym *sym =
        type->kind == TYPE_RECORD && type->name ? map_get(l->symbols.of[SYM_RECORD], type->name) : NULL;
    if (!sym || !sym->type)
        return lists;
    uint32_t *own = &heights[sym->index], most = 0;
    if (*own)
        return lists + *own;
    *own = 1;
    for (uint32_t i = 0; i < sym->type->fields_n && depth <= RECORDS_DEEP; i++) {
        uint32_t below = height(l, heights, sym->type->fields[i].type, depth + 1);
        most = below > most ? below : most;
    }
    *own = most + 1;
    if (*own <= RECORDS_DEEP && depth <= RECORDS_DEEP)
        return lists + *own;
    Diag *m = diag_add(l->diags, DIAG_E0118, sym->at, "more than %d records and lists stand inside each other here",
                       RECORDS_DEEP);
    diag_hint(l->diags, m, "let a record name the other by its key, and look it up in a table");
    ((Type *)sym->type)->fields_n = 0;
    *own = 1;
    return lists + 1;
}

static void check_not_simple(Lower *l, const Sym *sym)
{
    const char *name = ast_named(sym->ast).text;
    if (!name || !simple_type(name))
        return;
    Diag *m = diag_add(l->diags, DIAG_E0510, sym->at, "\"%s\" is a type already", name);
    diag_hint(l->diags, m, "give yours another name");
}

static void check_records(Lower *l)
{
    Map *state = map_new(l->arena);
    uint32_t n = l->syms[SYM_RECORD].n, *heights = ARENA_ARRAY(l->arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        Sym *sym = l->syms[SYM_RECORD].items[i];
        check_not_simple(l, sym);
        if (sym->type) {
            resolve_keys(l, sym);
            (void)height(l, heights, sym->type, 1);
        }
    }
    fill_copies(l);
    for (uint32_t i = 0; i < n; i++)
        if (l->syms[SYM_RECORD].items[i]->type)
            (void)check_finite(l, state, l->syms[SYM_RECORD].items[i]->type, l->syms[SYM_RECORD].items[i]->at);
}

void lower_types(Lower *l)
{
    static const SymKind records[] = {SYM_RECORD, SYM_EVENT};
    for (size_t k = 0; k < 2; k++)
        for (uint32_t i = 0; i < l->syms[records[k]].n; i++) {
            Sym *sym = l->syms[records[k]].items[i];
            sym->broken = lower_has_bad(record_items(sym));
            if (sym->broken)
                l->symbols.lost_choices = true;
            make_record(l, sym);
        }
    for (uint32_t i = 0; i < l->syms[SYM_TYPE].n && !diags_full(l->diags); i++) {
        check_not_simple(l, l->syms[SYM_TYPE].items[i]);
        (void)resolve_alias(l, l->syms[SYM_TYPE].items[i]);
    }
    for (size_t k = 0; k < 2; k++)
        for (uint32_t i = 0; i < l->syms[records[k]].n && !diags_full(l->diags); i++)
            fill_record_type(l, l->syms[records[k]].items[i]);
    check_records(l);
}
