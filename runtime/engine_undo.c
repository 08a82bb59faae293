/* engine_undo.c -- what ended well is undone: when its block fails, its branch loses, its case is cancelled.
 *
 * What undoing a step needs is computed when the step ends, and kept with its line of the trace,
 * since it speaks of the values of then: of a command its arguments, of Lua the variables that it
 * names (name, value, name, value ...), for a person the text. One line is undone at a time, the
 * last first, whatever else goes on in the case; what waits for that goes on when its lines are
 * settled. An undoing that fails is tried as often as its step, then waits for a person.
 */
#include "runtime/engine_private.h"

#include <string.h>

/* ---- at the step's end ----------------------------------------------------------------- */

static bool is_word_at(const char *text, const char *at, size_t n)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    return (at == text || !strchr(word, at[-1])) && (!at[n] || !strchr(word, at[n]));
}

static bool names(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = text; (at = strstr(at, name)); at++)
        if (is_word_at(text, at, n)) return true;
    return false;
}

/* The variables that the block names, as they are with these values. */
static Value lua_needs(Decide *d, const IrStep *s, uint32_t parent, const Datum *values, uint32_t n)
{
    const IrFlow *f = d->of->flow;
    Value *list = ARENA_ARRAY(d->out->arena, Value, 2 * (size_t)f->vars_n + 1);
    uint32_t len = 0;
    for (uint32_t i = 0; i < f->vars_n; i++) {
        const Value *v = case_var(d->of, parent, i);
        if (!v && case_slot(d->of, parent, f->vars[i].name) == IR_NONE) v = case_named(d->of, parent, f->vars[i].name);
        for (uint32_t k = 0; k < n; k++)
            if (strcmp(values[k].name, f->vars[i].name) == 0) v = &values[k].value;
        if (!v || !names(s->undo.lua.text, f->vars[i].name)) continue;
        list[len++] = value_text(f->vars[i].name);
        list[len++] = *v;
    }
    return value_list(list, len);
}

static bool codes_of(Decide *d, const IrStep *s, const Code *codes, uint32_t codes_n, uint32_t parent,
                     const Datum *values, uint32_t n, Value *out)
{
    Value *list = ARENA_ARRAY(d->out->arena, Value, codes_n + 1);
    for (uint32_t i = 0; i < codes_n; i++)
        if (!value_with(d, codes[i], parent, s, values, n, &list[i])) return false;
    *out = value_list(list, codes_n);
    return true;
}

/* What undoing a step needs, with these values; false where it cannot be computed. */
static bool undo_needs(Decide *d, const IrStep *s, uint32_t parent, const Datum *values, uint32_t n, Value *needs)
{
    const IrFlow *f = d->of->flow;
    switch ((IrMachine)s->undo.machine) {
    case MACHINE_NONE: return false;
    case MACHINE_MAIL:
        return codes_of(d, s, f->codes + s->undo.mail.parts, s->undo.mail.parts_n, parent, values, n, needs);
    case MACHINE_SHELL:
        return codes_of(d, s, f->codes + s->undo.shell.args, s->undo.shell.args_n, parent, values, n, needs);
    case MACHINE_LUA: return *needs = lua_needs(d, s, parent, values, n), true;
    case MACHINE_PERSON: return codes_of(d, s, &s->undo.text, 1, parent, values, n, needs);
    }
    return false;
}

/* The line of the trace that the step's end is about to become. */
static Did line_of(const Decide *d, const Event *end, const char *instead)
{
    const Act *a = case_act(d->of, end->act);
    Did line = {.node = end->node, .act = end->act, .offered = a->offered, .ended = d->in->at,
                .began = a->began == INT64_MIN ? d->in->at : a->began, .person = end->person, .login = end->login,
                .instead = instead, .how = (uint8_t)end->kind, .late = a->late || d->in->at > a->deadline,
                .element = case_element_around(d->of, a->parent)};
    if (!end->person) line.person = a->person, line.login = a->login, line.instead = a->instead;
    return line;
}

/* Does its one doer answer with the end itself? Several have before, a machine gives what nobody answered. */
static bool answers_at_end(const Case *c, const Did *line)
{
    if (!line->person || (line->how != EV_DONE && line->how != EV_APPROVED)) return false;
    for (uint32_t i = 0; i < c->answers.n; i++)
        if (c->answers.items[i].act == line->act) return false;
    return true;
}

/* ... as of that end: the step counts as done already, by whoever does it, with these values. */
static bool needs_at_end(Decide *d, const IrStep *s, const Did *line, uint32_t parent, const Datum *values, uint32_t n,
                         Value *needs)
{
    Case *c = d->of;
    bool answers = answers_at_end(c, line);
    *VEC_PUSH(c->arena, &c->did) = *line;
    if (answers)
        *VEC_PUSH(c->arena, &c->answers) = (Reply){.node = line->node, .act = line->act, .person = line->person,
                                                   .login = line->login, .instead = line->instead, .yes = true,
                                                   .values = values, .values_n = n};
    bool ok = undo_needs(d, s, parent, values, n, needs);
    c->answers.n -= answers;
    c->did.n--;
    return ok;
}

void undo_note(Decide *d, const Event *end, const char *instead, Datum *values, uint32_t *n)
{
    const IrFlow *f = d->of->flow;
    const IrStep *s = &f->steps[f->nodes[end->node].a];
    Value needs;
    if (s->undo.machine == MACHINE_NONE) return;
    const Did line = line_of(d, end, instead);
    if (!needs_at_end(d, s, &line, end->parent, values, *n, &needs))       /* told when it is to be undone */
        needs = value_text(arena_dup(d->out->arena, d->problem.text));
    values[(*n)++] = (Datum){"$undo", needs};
}

/* Of Lua: the variables that it names, where they were kept with the wrong value. */
static void right_variables(Value *list, uint32_t len, const Datum *wrong, const Datum *right, uint32_t n)
{
    for (uint32_t i = 0; i + 1 < len; i += 2)
        for (uint32_t k = 0; k < n; k++)
            if (strcmp(list[i].text, wrong[k].name) == 0 && value_equal(&list[i + 1], &wrong[k].value))
                list[i + 1] = right[k].value;
}

/* The step's end as it would have been with the right values: those of its values that were wrong become right. */
static Ending as_right(Decide *d, const Ending *seen, const Datum *wrong, const Datum *right, uint32_t n)
{
    Ending now = *seen;
    Datum *values = ARENA_ARRAY(d->out->arena, Datum, seen->values_n + n);
    if (seen->values_n) memcpy(values, seen->values, seen->values_n * sizeof *values);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t at = 0;
        while (at < now.values_n && strcmp(values[at].name, wrong[k].name) != 0) at++;
        const Case *then = seen->before ? seen->before : d->of;
        const Value *saw = at < now.values_n ? &values[at].value : case_named(then, seen->parent, wrong[k].name);
        if (!saw || !value_equal(saw, &wrong[k].value)) continue;
        values[at] = right[k];
        now.values_n += at == now.values_n;
    }
    now.values = values;
    return now;
}

/* What undoing the step needed, computed as it was at its end. */
static bool needed_then(Decide *d, const IrStep *s, const Did *did, const Ending *at, Value *needs)
{
    Input then = {.kind = INPUT_CORRECT, .at = at->at};
    Decide past = *d;
    Did line = *did;
    past.in = &then;
    if (line.how == EV_LAPSED) line.how = EV_APPROVED;                 /* so it was then */
    if (!at->before) return undo_needs(&past, s, at->parent, at->values, at->values_n, needs);
    past.of = (Case *)(uintptr_t)at->before;                           /* nothing is told of it */
    return needs_at_end(&past, s, &line, at->parent, at->values, at->values_n, needs);
}

/* A line of the trace keeps what undoing it needs, each part by itself. Where what the step saw still gives just that,
 * what it would have seen takes its place; else it stays as it is. */
static bool undo_right(Decide *d, const Correction *of, const Did *did, const Ending *seen, const Datum *wrong,
                       const Datum *right, uint32_t n, Value *needs)
{
    const IrFlow *f = d->of->flow;
    const Value *kept = &did->undo;
    if (kept->type != V_LIST || did->undone) return false;      /* a text: it could not be computed */
    const IrStep *s = &f->steps[f->nodes[did->node].a];
    Value *list = ARENA_ARRAY(d->out->arena, Value, kept->len + 1), then, now;
    if (kept->len) memcpy(list, kept->list, kept->len * sizeof *list);
    *needs = value_list(list, kept->len);
    if (s->undo.machine == MACHINE_LUA) {
        right_variables(list, kept->len, wrong, right, n);
        return !value_equal(needs, kept);
    }
    const Ending would = as_right(d, seen, wrong, right, n);
    if (!needed_then(d, s, did, seen, &then)) return false;
    for (uint32_t i = 0; i < n && of->act && seen->before; i++)
        case_correct_answer((Case *)(uintptr_t)seen->before, of->act, of->of, &right[i]);
    if (!needed_then(d, s, did, &would, &now)) return false;
    for (uint32_t i = 0; i < kept->len && then.len == kept->len && now.len == kept->len; i++)
        if (value_equal(&then.list[i], &list[i])) list[i] = now.list[i];
    return !value_equal(needs, kept);
}

const Ending *ending_of(const Correction *of, uint32_t act)
{
    for (uint32_t i = 0; i < of->endings_n; i++)
        if (of->endings[i].act == act) return &of->endings[i];
    return NULL;
}

Value undo_corrected(Decide *d, const Correction *of, const Datum *wrong, const Datum *right, uint32_t n)
{
    const Case *c = d->of;
    Value *lines = ARENA_ARRAY(d->out->arena, Value, 2 * (size_t)c->did.n + 1);
    uint32_t len = 0;
    for (uint32_t i = 0; i < c->did.n; i++) {
        const Did *did = &c->did.items[i];
        const Ending *seen = ending_of(of, did->act);
        if (!seen || !undo_right(d, of, did, seen, wrong, right, n, &lines[len + 1])) continue;
        lines[len] = value_integer(i + 1);
        len += 2;
    }
    return value_list(lines, len);
}

/* Does a called case undo what it did, before what ended in this act is undone? */
static bool recalls_any(const Case *c, uint32_t within)
{
    bool any = false;
    for (uint32_t i = 0; i < c->acts.n; i++)
        any |= c->acts.items[i].parent == within && case_recalls(c, &c->acts.items[i]);
    return any;
}

bool undo_any(const Case *c, uint32_t within)
{
    for (uint32_t i = 0; i < c->did.n; i++) {
        const Did *did = &c->did.items[i];
        bool stands = did->undo.type != V_NONE && !did->undone;
        if (stands && (within ? did->within == within : !did->owed)) return true;
    }
    return within && recalls_any(c, within);
}

/* ---- undoing ------------------------------------------------------------------------------ */

/* Who may do the step; where that is nobody, who owns the process, by the newest file. */
static bool undoers(Decide *d, const IrStep *s, Value *who)
{
    if (s->who != CODE_NONE) return value_of(d, s->who, 0, who);
    bool owned = owner_of(d, who);
    if (!owned)
        fail(&d->problem, ST_FAILED, "nobody is there to undo \"%s\": the process has no owner any more", s->name);
    return owned;
}

bool undo_effect(Decide *d, const Act *a, Effect *effect)
{
    const IrStep *s = &d->of->flow->steps[d->of->flow->nodes[a->node].a];
    const Value *needs = &d->of->did.items[a->undoes - 1].undo;
    effect->undo = true;
    bool mail = s->undo.machine == MACHINE_MAIL;
    effect->kind = mail ? EFFECT_MAIL : s->undo.machine == MACHINE_SHELL ? EFFECT_SHELL : EFFECT_LUA;
    if (effect->kind != EFFECT_LUA) {
        effect->command = mail ? s->undo.mail.file : s->undo.shell.text;
        effect->args = needs->list;
        effect->args_n = needs->len;
    }
    return true;
}

static void undo_line(Decide *d, uint32_t line)
{
    Case *c = d->of;
    uint32_t node = c->did.items[line].node, act = c->next_act;
    const IrStep *s = &c->flow->steps[c->flow->nodes[node].a];
    Value needs = value_copy(d->out->arena, &c->did.items[line].undo), who;
    Event e = {.kind = EV_UNDOING, .act = act, .node = node, .n = line + 1};
    bool person = s->undo.machine == MACHINE_PERSON, known = needs.type == V_LIST;
    if (person && known && undoers(d, s, &who)) {
        Datum *values = data(d, 2);
        values[0] = (Datum){"$who", who};
        values[1] = (Datum){"$shown", needs};
        e.values = values, e.values_n = 2;
        put(d, e);
    } else if (person || !known) {
        const char *why = known ? d->problem.text : needs.text;
        put(d, e);
        incident(d, act, node, 0, why);
    } else {
        e.attempt = 1;
        put(d, e);
        machine_again(d, act);
    }
}

static bool is_settled(const Case *c, uint32_t within)
{
    for (uint32_t i = 0; i < c->did.n; i++)
        if (c->did.items[i].owed && c->did.items[i].within == within) return false;
    return !recalls_any(c, within);
}

bool undo_under_way(const Case *c)
{
    for (uint32_t i = 0; i < c->acts.n; i++)
        if (c->acts.items[i].undoes || case_recalls(c, &c->acts.items[i])) return true;
    return false;
}

/* Locks that were kept only until what was done in them is undone, the innermost first. */
static void locks_let_go(Decide *d)
{
    Case *c = d->of;
    for (uint32_t i = c->acts.n; i-- > 0;) {
        const Act *a = &c->acts.items[i];
        if (case_lingers(c, a) && !case_lock_owed(c, a))
            put(d, (Event){.kind = EV_UNDONE, .act = a->id, .parent = a->parent, .node = a->node});
    }
}

/* A block whose lines are settled; 0: none. */
static uint32_t settled_block(const Case *c)
{
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->state == ACT_UNDOING && !case_undoes(c, a) && is_settled(c, a->id)) return a->id;
    }
    return 0;
}

void undo_go_on(Decide *d)
{
    Case *c = d->of;
    locks_let_go(d);
    for (uint32_t block; running(d) && (block = settled_block(c));) block_undone(d, block);
    if (!running(d) || undo_under_way(c)) return;
    if (c->ending && !c->owed) end_case(d, (CaseStatus)c->ending, c->ending_as);
    if (!running(d) || !c->owed) return;
    uint32_t line = c->did.n;
    while (line > 0 && !c->did.items[line - 1].owed) line--;
    if (line > 0) undo_line(d, line - 1);
}
