/* who_idle.c -- parts of a rule that change nothing: somebody named twice, an exception that leaves nobody out.
 *
 * Roles may share people without a word about it: that ann is in both of `Sales or Owner` is no mistake, and who did a
 * step is left out for the day on which it matters. What is told is plain from the names alone.
 */
#include "lang/grammar.h"
#include "lang/lower_who.h"

#include <string.h>

/* ---- twice ------------------------------------------------------------------------------------ */

typedef VEC(const Ast *) Parts;

/* Do both say the same: one role, who did one step, or the same words? */
static bool same(const Flow *f, const Ast *a, const Ast *b)
{
    const Sym *role = who_role(f, a);
    const char *step = who_step(f, a), *other = who_step(f, b);
    if (role || step)
        return step ? other && strcmp(step, other) == 0 : who_role(f, b) == role;
    return strcmp(lower_source(f->l, a->at), lower_source(f->l, b->at)) == 0;
}

static void tell_twice(const Flow *f, const Ast *part, const Ast *first, const char *what)
{
    Diag *m = diag_add(f->l->diags, DIAG_W0478, part->at, "%s", what);
    diag_hint(f->l->diags, m, "name somebody else, or take it away");
    lower_first(f->l, m, first->at);
}

static void gather(const Flow *f, const Ast *who, Parts *parts)
{
    if (who->kind == AST_WHO_OR) {
        gather(f, who->who_or.left, parts);
        gather(f, who->who_or.right, parts);
        return;
    }
    for (uint32_t i = 0; i < parts->n; i++)
        if (same(f, parts->items[i], who)) {
            tell_twice(f, who, parts->items[i], "they may do it already");
            return;
        }
    *VEC_PUSH(f->l->arena, parts) = who;
}

static void twice_left_out(const Flow *f, const Ast *without)
{
    for (const Ast *w = without; w; w = w->next)
        for (const Ast *before = without; before != w; before = before->next)
            if (same(f, before, w)) {
                tell_twice(f, w, before, "they are left out already");
                break;
            }
}

/* ---- nobody is left out ------------------------------------------------------------------------ */

/* Who joins a step, or all of a process, may be who is left out. */
static bool others_join(const Flow *f, const char *step)
{
    const Ast *own = f->process->steps ? map_get(f->process->steps, step) : NULL;
    const Ast *lists[] = {f->process->ast->process.items, own && own->kind == AST_STEP ? own->step.items : NULL};
    for (int i = 0; i < 2; i++)
        for (const Ast *item = lists[i]; item; item = item->next)
            if (item->kind == AST_BAD || (item->kind == AST_PROP && item->prop.word == K_ESCALATE))
                return true;
    return false;
}

static void nobody_left_out(const Flow *f, const Ast *who)
{
    const Map *may = who_people(f, who->who_except.who, 0);
    for (const Ast *w = who->who_except.without; may && map_count(may) && w; w = w->next) {
        bool named = !who_step(f, w) && (w->kind == AST_NAME || w->kind == AST_MEMBER);
        const Map *out = named ? who_people(f, w, 0) : NULL;
        bool any = !out || !map_count(out);
        for (uint32_t i = 0; !any && i < map_count(out); i++)
            any = map_get(may, map_key(out, i, NULL)) != NULL;
        if (any)
            continue;
        Diag *m = diag_add(f->l->diags, DIAG_N0479, w->at, "this leaves nobody out: %s may not do it anyway",
                           who_names(f, out));
        diag_hint(f->l->diags, m, "leave out one of those who may (%s), or take it away", who_names(f, may));
    }
}

/* ---- a rule -------------------------------------------------------------------------------------- */

static void look(const Flow *f, const char *step, const Ast *who)
{
    Parts parts = {0};
    switch ((int)who->kind) {
    case AST_WHO_OR:
        gather(f, who, &parts);
        for (uint32_t i = 0; i < parts.n; i++)
            look(f, step, parts.items[i]);
        break;
    case AST_WHO_IF:
        if (same(f, who->who_if.then, who->who_if.otherwise))
            tell_twice(f, who->who_if.otherwise, who->who_if.then, "both ways name the same: the `if` decides nothing");
        look(f, step, who->who_if.then);
        look(f, step, who->who_if.otherwise);
        break;
    case AST_WHO_EXCEPT:
        twice_left_out(f, who->who_except.without);
        if (!others_join(f, step))
            nobody_left_out(f, who);
        look(f, step, who->who_except.who);
        break;
    case AST_WHO_COUNT: look(f, step, who->who_count.of); break;
    case AST_WHO_TRAINED: look(f, step, who->who_trained.of); break;
    case AST_WHO_TURN: look(f, step, who->who_turn.of); break;
    case AST_WHO_MANAGER: look(f, step, who->who_manager.of); break;
    default: break;
    }
}

void who_idle(const Flow *f, const char *step, const Ast *who)
{
    if (!f->broken && !lower_has_bad(who))
        look(f, step, who);
}
