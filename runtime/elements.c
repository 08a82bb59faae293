/* elements.c -- for which element of a list something in a case is done: see elements.h. */
#include "runtime/elements.h"

#include "base/map.h"

#include <string.h>

/* Bytes of a value that names its element; elements that one is told to choose from. */
enum { NAME_LONGEST = 40, TOLD_MOST = 8 };

static Value key_of(Arena *a, const IrType *type, const Value *record)
{
    Buf b = {0};
    for (const char *key = type->key; *key;) {
        size_t n = strcspn(key, ",");
        const Value *part = record_get(record->record, arena_dup_n(a, key, n));
        if (key != type->key) buf_puts(&b, ", ");
        if (part) value_print(&b, part, STYLE_MACHINE, NULL);
        key += n + (key[n] == ',');
    }
    Value v = value_text(buf_dup(&b, a));
    buf_free(&b);
    return v;
}

/* What people call it: a record by its key. */
static Value called(Arena *a, const IrFlow *flow, uint32_t var, const Value *v)
{
    const IrType *type = &flow->unit.types[flow->vars[var].type];
    return v->type == V_RECORD && type->key ? key_of(a, type, v) : *v;
}

static const char *shown(Arena *a, const Value *v, Reader r)
{
    Buf b = {0};
    value_print_for(&b, v, r.manner, r.zone);
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

static const char *written(Arena *a, const Value *v, Reader r)
{
    Buf b = {0};
    value_print(&b, v, STYLE_MACHINE, r.zone);
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

/* A value that is a name of its element: it fits a line, and is one thing. */
static bool says_it(Arena *a, const Value *v)
{
    const char *text = v->type == V_RECORD || v->type == V_LIST ? "" : written(a, v, (Reader){0});
    size_t n = strlen(text);
    return n && n <= NAME_LONGEST && strcspn(text, "\n\r\t") == n && text[0] != '@';
}

const bool *elements_twice(Arena *a, const IrFlow *flow, uint32_t each, const Value *list)
{
    bool *twice = ARENA_ARRAY(a, bool, list->len + 1);
    Map *first = map_new(a);
    for (uint32_t i = 0; i < list->len; i++) {
        const Value name = called(a, flow, flow->nodes[each].b, &list->list[i]);
        bool **slot = (bool **)map_slot(first, written(a, &name, (Reader){0}));
        twice[i] = *slot != NULL;
        if (*slot) **slot = true;
        else *slot = &twice[i];
    }
    return twice;
}

Element element_of(Arena *a, const IrFlow *flow, uint32_t each, const Value *value, bool twice, uint32_t n)
{
    const IrNode *node = &flow->nodes[each];
    Element e = {.name = flow->vars[node->b].name, .n = n, .beside = node->op == IRN_EACH_PARALLEL};
    e.value = called(a, flow, node->b, value);
    e.twice = twice || !says_it(a, &e.value);
    return e;
}

static bool is_twice(Lists *l, const Act *each, uint32_t n)
{
    const Case *c = l->of;
    uint32_t i = 0;
    while (i < l->known.n && l->known.items[i].each != each->id) i++;
    if (i == l->known.n)
        *VEC_PUSH(l->arena, &l->known) =
            (KnownList){each->id, elements_twice(l->arena, c->flow, each->node, &each->list)};
    return l->known.items[i].twice[n];
}

/* Is it known of which element of that list this is? */
static bool has(const Elements *of, const IrFlow *flow, uint32_t each)
{
    bool known = false;
    for (uint32_t i = 0; i < of->items.n; i++)
        known |= strcmp(of->items.items[i].name, flow->vars[flow->nodes[each].b].name) == 0;
    return known;
}

static void reverse(Elements *of)
{
    for (uint32_t i = 0; i < of->items.n / 2; i++) {
        Element *from = &of->items.items[i], *to = &of->items.items[of->items.n - 1 - i], kept = *from;
        *from = *to, *to = kept;
    }
}

/* What is asked for again of an element that is over keeps that one's value, and so does what follows from that. seen:
 * what such an act at this node keeps: name, value, name, value ... */
static void add_kept(Arena *a, const IrFlow *f, uint32_t node, const Value *seen, Elements *of)
{
    for (uint32_t up = of->items.n ? IR_NONE : f->nodes[node].parent; up != IR_NONE; up = f->nodes[up].parent) {
        if (f->nodes[up].op != IRN_EACH_PARALLEL && f->nodes[up].op != IRN_EACH) continue;
        for (uint32_t i = 0; i + 1 < seen->len; i += 2)
            if (strcmp(seen->list[i].text, f->vars[f->nodes[up].b].name) == 0)
                *VEC_PUSH(a, &of->items) = element_of(a, f, up, &seen->list[i + 1], false, 0);
    }
}

static Status note_passed(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    (void)hash, (void)err;
    trail_note(self, e);
    return ST_OK;
}

bool elements_any(const IrFlow *f)
{
    bool any = false;
    for (uint32_t i = 0; i < f->nodes_n; i++) any |= f->nodes[i].op == IRN_EACH || f->nodes[i].op == IRN_EACH_PARALLEL;
    return any;
}

/* Those of the step that an act undoes. Of a history that cannot be read none are known, and whoever reads it for its
 * own sake tells that. */
static Elements elements_undone(Lists *l, const Case *c, const Act *act)
{
    Error err;
    if (act->undoes > c->did.n || !elements_any(c->flow)) return (Elements){0};
    if (!l->trail && l->journal) {
        Trail *t = trail_new(l->arena);
        if (journal_replay(l->journal, c->id, note_passed, t, &err) == ST_OK) l->trail = t;
    }
    return l->trail ? trail_around(l->trail, c->did.items[act->undoes - 1].act) : (Elements){0};
}

Elements elements_open(Lists *lists, const Case *c, const Act *act)
{
    Arena *a = lists->arena;
    bool known = lists->of == c && lists->id == c->id && lists->seq == c->seq;
    if (!known) *lists = (Lists){.arena = a, .journal = lists->journal, .of = c, .id = c->id, .seq = c->seq};
    if (act->undoes) return elements_undone(lists, c, act);
    const IrNode *nodes = c->flow->nodes;
    Elements of = {0};
    uint32_t n = 0;
    for (const Act *at = act, *block; at; at = block) {
        block = case_act(c, at->parent);
        if (at->loose.type == V_LIST) add_kept(a, c->flow, at->node, &at->loose, &of);
        bool element = block && nodes[block->node].op == IRN_EACH_PARALLEL;
        bool round = at != act && nodes[at->node].op == IRN_EACH && at->state == ACT_BLOCK;
        const Act *each = element ? block : round ? at : NULL;
        n = each ? at->round : 0;
        if (!each || n >= each->list.len || has(&of, c->flow, each->node)) continue;
        Element *e = VEC_PUSH(a, &of.items);
        *e = element_of(a, c->flow, each->node, &each->list.list[n], is_twice(lists, each, n), n + 1);
        e->block = each->id, e->branch = element ? at->id : 0;
    }
    reverse(&of);
    return of;
}

/* ---- of a history ----------------------------------------------------------------------------------- */

/* An act of the case, by its id. list: of an `each`; n: the round it is in, or the number of an element, from 0; in:
 * the round of the act around it when it began. seen: what it keeps of an element that is over. */
typedef struct Passed {
    const IrFlow *flow;                /* whose node it is; NULL: there is no such act */
    uint32_t id, parent, node, n, in;
    bool branched, over;
    const Value *list, *seen;
    const bool *twice;                 /* of the list */
} Passed;

struct Trail { Arena *arena; VEC(Passed) acts; };

Trail *trail_new(Arena *a)
{
    Trail *t = ARENA_NEW(a, Trail);
    t->arena = a;
    return t;
}

static const Passed *passed(const Trail *t, uint32_t id)
{
    return id < t->acts.n && t->acts.items[id].flow ? &t->acts.items[id] : NULL;
}

/* A list that the event notes by this name; NULL: none. */
static const Value *list_in(Arena *a, const Event *e, const char *name)
{
    for (uint32_t i = 0; i < e->values_n; i++) {
        if (strcmp(e->values[i].name, name) != 0 || e->values[i].value.type != V_LIST) continue;
        Value *kept = ARENA_NEW(a, Value);
        *kept = value_copy(a, &e->values[i].value);
        return kept;
    }
    return NULL;
}

void trail_note(Trail *t, const Event *e)
{
    if (!e->act || e->node == IR_NONE) return;
    while (t->acts.n <= e->act) *VEC_PUSH(t->arena, &t->acts) = (Passed){0};
    Passed *at = &t->acts.items[e->act];
    const Passed *around = passed(t, e->parent);
    if (!at->flow)
        *at = (Passed){.flow = e->flow, .id = e->act, .parent = e->parent, .node = e->node, .n = (uint32_t)e->n,
                       .in = around ? around->n : 0, .branched = e->kind == EV_BRANCHED};
    if (e->kind == EV_ITERATED) at->n = (uint32_t)e->n;
    at->over |= e->kind == EV_LEFT || e->kind == EV_WITHDRAWN;
    const Value *seen = list_in(t->arena, e, "$seen");
    if (seen) at->seen = seen;
    if (e->kind != EV_ENTERED || !(at->list = list_in(t->arena, e, "$list"))) return;
    at->n = 0;
    at->twice = elements_twice(t->arena, at->flow, at->node, at->list);
}

/* own: the first act may be a round of a list itself, and is not what happens in one. */
static Elements around(const Trail *t, const Passed *first, bool own)
{
    Elements of = {0};
    const Passed *below = NULL;
    for (const Passed *at = first, *block; at; below = at, at = block) {
        block = passed(t, at->parent);
        if (at->seen) add_kept(t->arena, at->flow, at->node, at->seen, &of);
        bool element = at->branched && block && block->list;
        bool round = (at != first || own) && !at->branched && at->list && at->flow->nodes[at->node].op == IRN_EACH;
        const Passed *each = element ? block : round ? at : NULL;
        uint32_t n = round && below ? below->in : at->n;
        if (!each || n >= each->list->len || has(&of, each->flow, each->node)) continue;
        Element *one = VEC_PUSH(t->arena, &of.items);
        *one = element_of(t->arena, each->flow, each->node, &each->list->list[n], each->twice[n], n + 1);
        one->block = each->id, one->branch = element ? at->id : 0;
        one->over = round && (each->over || n != each->n);
    }
    reverse(&of);
    return of;
}

Elements trail_elements(const Trail *t, const Event *e)
{
    return around(t, passed(t, e->act ? e->act : e->parent), !e->act);
}

Elements trail_around(const Trail *t, uint32_t act)
{
    return around(t, passed(t, act), false);
}

/* ---- in words ------------------------------------------------------------------------------------ */

static const char *number_word(Arena *a, const Element *e)
{
    return arena_printf(a, "@%u", e->n);
}

const char *elements_told(Arena *a, const Elements *of, Reader r)
{
    const char *all = "";
    for (uint32_t i = 0; i < of->items.n; i++) {
        const Element *e = &of->items.items[i];
        const char *value = says_it(a, &e->value) ? arena_printf(a, " = %s", shown(a, &e->value, r)) : "";
        const char *number = e->twice && e->n ? arena_printf(a, " %s", number_word(a, e)) : "";
        all = arena_printf(a, "%s%s %s%s%s", all, i ? "," : " of", e->name, value, number);
    }
    return all;
}

const char *elements_word(Arena *a, const Elements *of, Reader r)
{
    const char *all = NULL;
    for (uint32_t i = 0; i < of->items.n; i++) {
        const Element *e = &of->items.items[i];
        const char *word = e->twice && e->n ? number_word(a, e) : shown(a, &e->value, r);
        if (!e->n && !says_it(a, &e->value)) continue;         /* nothing is left that would name it */
        all = all ? arena_printf(a, "%s,%s", all, word) : word;
    }
    return all;
}

/* The rest of the word behind what names this element; NULL: it does not begin with that. */
static const char *rest_behind(const char *word, const char *name)
{
    size_t n = strlen(name);
    bool begins = n && strncmp(word, name, n) == 0 && (!word[n] || word[n] == ',');
    if (!begins) return NULL;
    word += n + (word[n] == ',');
    return word + strspn(word, " ");
}

static bool meant_from(Arena *a, const Elements *of, uint32_t at, const char *word, Reader r)
{
    bool meant = !*word;
    for (; at < of->items.n && !meant; at++) {
        const Element *e = &of->items.items[at];
        bool named = says_it(a, &e->value);
        const char *const names[] = {named ? shown(a, &e->value, r) : "", named ? written(a, &e->value, r) : "",
                                     e->n ? number_word(a, e) : ""};
        for (size_t i = 0; i < sizeof names / sizeof *names && !meant; i++) {
            const char *rest = rest_behind(word, names[i]);
            meant = rest && meant_from(a, of, at + 1, rest, r);
        }
    }
    return meant;
}

bool elements_meant(Arena *a, const Elements *of, const char *word, Reader r)
{
    return *word && meant_from(a, of, 0, word, r);
}

uint32_t elements_pick(Arena *a, const Elements *all, uint32_t n, const char *word, Reader r, uint32_t *picked)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < n; i++)
        if (elements_meant(a, &all[i], word, r)) picked[found++] = i;
    return found;
}

const char *elements_choice(Arena *a, const Elements *all, uint32_t n, Reader r)
{
    const char *words[TOLD_MOST + 1], *text = "";
    uint32_t words_n = 0;
    for (uint32_t i = 0; i < n && words_n <= TOLD_MOST; i++) {
        const char *word = elements_word(a, &all[i], r);
        bool known = !word;
        for (uint32_t k = 0; k < words_n && !known; k++) known = strcmp(words[k], word) == 0;
        if (!known) words[words_n++] = word;
    }
    for (uint32_t i = 0; i < words_n && i < TOLD_MOST; i++) {
        Buf b = {0};
        buf_shell_word(&b, words[i]);
        const char *between = !i ? "" : i + 1 == words_n ? " or " : ", ";
        text = arena_printf(a, "%s%s--element %s", text, between, buf_text(&b));
        buf_free(&b);
    }
    return words_n > TOLD_MOST ? arena_printf(a, "%s, ...", text) : text;
}

bool elements_to_be_told(const Elements *of)
{
    bool told = false;
    for (uint32_t i = 0; i < of->items.n; i++)
        told |= of->items.items[i].beside || of->items.items[i].over || !of->items.items[i].block;
    return told;
}

/* ---- one and another --------------------------------------------------------------------------------- */

static bool is_same(const Element *a, const Element *b)
{
    if (!a->block || !b->block) return value_equal(&a->value, &b->value);
    return a->block == b->block && a->branch == b->branch && a->n == b->n;
}

bool elements_apart(const Elements *one, const Elements *other)
{
    uint32_t n = one->items.n < other->items.n ? one->items.n : other->items.n, i = 0;
    while (i < n && is_same(&one->items.items[i], &other->items.items[i])) i++;
    if (i == n) return false;
    const Element *a = &one->items.items[i], *b = &other->items.items[i];
    bool of_one = !a->block || !b->block || a->block == b->block;
    return of_one && a->beside && b->beside;
}

bool elements_same_rounds(const Elements *one, const Elements *other)
{
    uint32_t n = one->items.n < other->items.n ? one->items.n : other->items.n;
    for (uint32_t i = 0; i < n && !one->items.items[i].beside && !other->items.items[i].beside; i++)
        if (!is_same(&one->items.items[i], &other->items.items[i])) return false;
    return true;
}
