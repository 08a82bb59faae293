/* lower_implied.c -- the inputs of a process that does not say what it takes: the fields of the event
 * that begins it.
 *
 * What the process declares itself under such a name (asks for, sets, goes
 * through) stays its own. A field that not every trigger brings, or that the
 * process never speaks of, may be none: so it may still be started by hand.
 */
#include "lang/grammar.h"
#include "lang/lower.h"
#include <ctype.h>
#include <string.h>

typedef struct Implied {
    Lower *l;
    Sym *process;
    Map *own, *spoken;             /* names that the process declares; that it reads */
    VEC(TypeField) fields;
    VEC(uint32_t) brought;         /* by how many triggers */
    uint32_t triggers;
    bool some_lost;                /* what one of them brings is not known */
} Implied;

static void note(Map *names, Name name)
{
    if (name.text)
        map_put(names, name.text, names);
}

static void note_lua(Implied *in, const char *text)
{
    while (*text) {
        size_t n = 0;
        while (isalnum((unsigned char)text[n]) || text[n] == '_' || (unsigned char)text[n] >= 0x80)
            n++;
        if (n)
            map_put(in->spoken, intern(in->l->symbols.names, text, n), in);
        text += n ? n : 1;
    }
}

static void look(void *self, const Ast *ast)
{
    Implied *in = self;
    switch ((int)ast->kind) {
    case AST_FIELD: note(in->own, ast->field.name); break;
    case AST_EACH:
        note(in->own, ast->each.variable);
        note(in->own, ast->each.as);
        break;
    case AST_CALL: note(in->own, ast->call.as); break;
    case AST_WAIT_FOR: note(in->own, ast->wait_for.as); break;
    case AST_SET:
        if (ast->set.place && ast->set.place->kind == AST_NAME)
            note(in->own, ast->set.place->name.name);
        break;
    case AST_NAME: note(in->spoken, ast->name.name); break;
    case AST_LUA: note_lua(in, ast->lua.text); break;
    default: break;
    }
}

static void bring(Implied *in, const TypeField *field)
{
    if (map_get(in->own, field->name.text))
        return;
    for (uint32_t i = 0; i < in->fields.n; i++) {
        if (strcmp(in->fields.items[i].name.text, field->name.text) != 0)
            continue;
        if (type_same(in->fields.items[i].type, field->type))
            in->brought.items[i]++;
        else
            map_put(in->own, field->name.text, in);        /* two events mean two things by it: neither is taken */
        return;
    }
    *VEC_PUSH(in->l->arena, &in->fields) = (TypeField){field->name, field->type, NULL};
    *VEC_PUSH(in->l->arena, &in->brought) = 1;
}

static void read_triggers(Implied *in)
{
    Sym *process = in->process;
    for (const Ast *item = process->ast->process.items; item; item = item->next) {
        if (item->kind != AST_WHEN_EVENT && item->kind != AST_WHEN_TIME && item->kind != AST_WHEN_ROWS)
            continue;
        in->triggers++;
        const char *name = item->kind == AST_WHEN_EVENT ? item->when_event.event.text : NULL;
        const char *prefix = symbols_at(&in->l->symbols, process->prefix, item->at);
        const Sym *event = name ? symbols_find(&in->l->symbols, SYM_EVENT, prefix, name) : NULL;
        bool known = !name || (event && !event->broken);
        process->lost |= !known;
        in->some_lost |= !known;
        for (uint32_t i = 0; event && event->type && i < event->type->fields_n; i++)
            bring(in, &event->type->fields[i]);
    }
}

void lower_implied(Lower *l, Sym *process)
{
    Implied in = {.l = l, .process = process, .own = map_new(l->arena), .spoken = map_new(l->arena)};
    for (const Ast *item = process->ast->process.items; item; item = item->next)
        if (item->kind != AST_WHEN_EVENT)
            lower_visit(item, look, &in);
    read_triggers(&in);
    process->takes = ARENA_ARRAY(l->arena, TypeField, in.fields.n);
    process->takes_n = 0;
    for (uint32_t i = 0; i < in.fields.n; i++) {
        TypeField f = in.fields.items[i];
        if (map_get(in.own, f.name.text))
            continue;
        bool always = (in.some_lost || in.brought.items[i] == in.triggers) && map_get(in.spoken, f.name.text);
        if (!always)
            f.type = type_optional(l->arena, f.type);
        process->takes[process->takes_n++] = f;
    }
}
