/* lower_who.c -- rules that nobody can fulfil, as far as the file alone shows it.
 *
 * A rule is judged by counting: how many people may, how many of them are left
 * out for certain, and how many are wanted. What is short in any case is a
 * mistake; what is short in some case only is a warning.
 */
#include "lang/grammar.h"
#include "lang/lower_who.h"

#include <string.h>

/* ---- where a count may stand ----------------------------------------------------------------- */

static const char *counted(const Lower *l, const Ast *who)
{
    if (who->kind == AST_WHO_TURN)
        return "by turn";
    return arena_printf(l->arena, who->who_count.any ? "any %lld of" : "%lld of", (long long)who->who_count.n);
}

typedef struct Inner {
    Lower *l;
    const Ast *outer;
} Inner;

static void no_count_inside(void *self, const Ast *ast)
{
    const Inner *in = self;
    if (ast == in->outer || (ast->kind != AST_WHO_COUNT && ast->kind != AST_WHO_TURN))
        return;
    Diag *m = diag_add(in->l->diags, DIAG_E0476, ast->at,
                       "`%s` says how many do it, so it cannot stand inside another rule", counted(in->l, ast));
    diag_hint(in->l->diags, m, "say it first, and of whom behind it: any 2 of (Board or Owner)");
}

/* Counts stand outermost: only `or`, `if` and what is before `except` are around them. */
static void counts_outermost(Lower *l, const Ast *who)
{
    Inner in = {l, who};
    switch ((int)who->kind) {
    case AST_WHO_OR:
        counts_outermost(l, who->who_or.left);
        counts_outermost(l, who->who_or.right);
        break;
    case AST_WHO_IF:
        counts_outermost(l, who->who_if.then);
        counts_outermost(l, who->who_if.otherwise);
        break;
    case AST_WHO_EXCEPT:
        counts_outermost(l, who->who_except.who);
        in.outer = NULL;
        for (const Ast *w = who->who_except.without; w; w = w->next)
            lower_visit(w, no_count_inside, &in);
        break;
    case AST_WHO_COUNT:
    case AST_WHO_TURN:
    case AST_WHO_MANAGER:
    case AST_WHO_TRAINED: lower_visit(who, no_count_inside, &in); break;
    default: break;
    }
}

/* Of several counts the largest: it says whether one answer can be all. */
static void find_count(void *self, const Ast *ast)
{
    const Ast **found = self;
    if (ast->kind == AST_WHO_COUNT && (!*found || ast->who_count.n > (*found)->who_count.n))
        *found = ast;
}

const Ast *who_counted(const Ast *who)
{
    const Ast *found = NULL;
    if (who)
        lower_visit(who, find_count, &found);
    return found;
}

void who_is_one(Lower *l, const Ast *who, const char *what)
{
    const Ast *count = who_counted(who);
    if (!count)
        return;
    Diag *m = diag_add(l->diags, DIAG_E0471, count->at, "%s is not counted: `%s` has no meaning here", what,
                       counted(l, count));
    diag_hint(l->diags, m, "name a role, a person, or several with `or`");
}

static void not_judged(void *self, const Ast *ast)
{
    Lower *l = self;
    if (ast->kind != AST_WHO_TURN)
        return;
    Diag *m = diag_add(l->diags, DIAG_E0471, ast->at,
                       "who did something is not counted: `by turn` has no meaning here");
    diag_hint(l->diags, m, "name a role, a person, or several with `or`");
}

void who_in_check(Lower *l, const Ast *who)
{
    who_is_one(l, who, "who did something");
    lower_visit(who, not_judged, l);
}

/* ---- what is wrong with a rule ----------------------------------------------------------------- */

typedef struct Problem {
    DiagCode code;
    const Ast *at;
    const char *text;
    const Sym *empty;                  /* a role that has no people at all: that says it all */
    bool untrained;                    /* there are people, and nobody says that they were trained */
    bool too_early;                    /* who is meant is known only later */
} Problem;

/* The first role of a rule that has no people at all; NULL: there is none. */
static const Ast *empty_role(const Flow *f, const Ast *who)
{
    switch ((int)who->kind) {
    case AST_WHO_OR: {
        const Ast *left = empty_role(f, who->who_or.left);
        return left ? left : empty_role(f, who->who_or.right);
    }
    case AST_WHO_EXCEPT: return empty_role(f, who->who_except.who);
    case AST_WHO_COUNT: return empty_role(f, who->who_count.of);
    case AST_WHO_TRAINED: return empty_role(f, who->who_trained.of);
    case AST_WHO_TURN: return empty_role(f, who->who_turn.of);
    default: break;
    }
    const Sym *role = who_role(f, who);
    return role && !f->l->symbols.program->roles[role->index].people_n ? who : NULL;
}

static bool is_empty(const Flow *f, const Ast *who, Problem *p)
{
    const Ast *first = empty_role(f, who);
    if (!first || f->l->symbols.lost[SYM_ROLE] || f->l->symbols.doubled[SYM_ROLE])
        return false;                          /* who is in it may have been said there */
    p->empty = who_role(f, first);
    p->at = first;
    p->code = DIAG_E0419;
    p->text = arena_printf(f->l->arena, "role \"%s\" has no people", p->empty->name);
    return true;
}

/* Those of them who are left when those are left out whose leaving is certain; NULL: anybody. */
static Map *left_of(const Flow *f, Map *left, const Without *without)
{
    for (; left && without; without = without->up)
        left = who_left(f, left, without->list, 0);
    return left;
}

/* Are there people who may, and none of them was trained? Only where people are short for no other reason. */
static bool untrained(const Flow *f, const Ast *who, Problem *p)
{
    while (who->kind == AST_WHO_TURN)
        who = who->who_turn.of;
    const Map *all = who->kind == AST_WHO_TRAINED ? who_people(f, who->who_trained.of, 0) : NULL;
    if (!all || !map_count(all))
        return false;
    *p = (Problem){DIAG_E0419, who, NULL, NULL, true, false};
    p->text = arena_printf(f->l->arena, "nobody of %s is named as trained for %s", who_names(f, all), f->process->name);
    return true;
}

static const Ast *managed(const Ast *who)
{
    while (who->kind == AST_WHO_TRAINED || who->kind == AST_WHO_TURN)
        who = who->kind == AST_WHO_TRAINED ? who->who_trained.of : who->who_turn.of;
    return who->kind == AST_WHO_MANAGER ? who->who_manager.of : NULL;
}

/* A rule without people: why. */
static void nobody_at_all(const Flow *f, const Ast *who, Problem *p)
{
    const Ast *of = managed(who);
    const Map *below = of ? who_people(f, of, 0) : NULL;
    if (is_empty(f, who, p) || untrained(f, who, p))
        return;
    *p = (Problem){DIAG_E0419, who, "nobody may", NULL, false, false};
    if (below)
        *p = (Problem){DIAG_E0474, who, NULL, NULL, false, false},
        p->text = arena_printf(f->l->arena, "no role of %s says whom it reports to", who_names(f, below));
}

static const char *people_text(const Flow *f, const Map *people)
{
    uint32_t n = map_count(people);
    if (n == 0)
        return "there is nobody";
    return arena_printf(f->l->arena, n == 1 ? "there is %u: %s" : "there are %u: %s", n, who_names(f, people));
}

/* A count is short: of those who may, or of those who are left. */
static bool count_is_short(const Flow *f, const Ast *who, const Without *without, Problem *p)
{
    const Ast *of = who->who_count.of;
    Without inner[16];
    uint32_t depth = 0, need = (uint32_t)who->who_count.n;
    for (; of->kind == AST_WHO_EXCEPT && depth < 16; of = of->who_except.who, depth++) {
        inner[depth] = (Without){of->who_except.without, without};
        without = &inner[depth];
    }
    if (who->who_count.n > WHO_MOST_PEOPLE)
        return false;                          /* that was told */
    Map *all = who_people(f, of, 0), *left = left_of(f, all, without);
    if (!all)
        return false;
    if (map_count(all) == 0) {
        nobody_at_all(f, of, p);
        return true;
    }
    uint32_t gone = map_count(all) < need ? 0 : doers_least(f, left, without, NULL), can = map_count(left) - gone;
    if (can >= need)
        return false;
    const char *what = arena_printf(f->l->arena, "`%s` wants %u %s", lower_source(f->l, who->at), need,
                                    need == 1 ? "person" : "people");
    p->code = DIAG_E0470, p->at = who, p->empty = NULL;
    if (map_count(all) < need)
        p->text = arena_printf(f->l->arena, "%s, and %s", what, people_text(f, all));
    else
        p->text = arena_printf(f->l->arena, "%s, and of the %u who may (%s) at most %u %s left", what, map_count(all),
                               who_names(f, all), can, can == 1 ? "is" : "are");
    return true;
}

static bool all_left_out(const Flow *f, const Ast *who, Map *all, const Without *without, Problem *p)
{
    const Map *left = without ? left_of(f, all, without) : NULL;
    if (!left || map_count(left) > doers_least(f, left, without, NULL))
        return false;
    p->code = DIAG_E0419, p->at = who, p->empty = NULL;
    p->text = arena_printf(f->l->arena, map_count(all) == 1 ? "the only one who may is left out again: %s"
                                                            : "all who may are left out again: %s",
                           who_names(f, all));
    return true;
}

/* Who did a step, without who did it. */
static bool same_left_out(const Flow *f, const Ast *who, const Without *without, Problem *p)
{
    const char *step = who_step(f, who);
    for (; step && without; without = without->up)
        for (const Ast *w = without->list; w; w = w->next) {
            const char *out = who_step(f, w);
            if (!out || strcmp(out, step) != 0)
                continue;
            *p = (Problem){DIAG_E0419, who, NULL, NULL, false, false};
            p->text = arena_printf(f->l->arena, "whoever did \"%s\" is left out again", step);
            return true;
        }
    return false;
}

static bool plain_never(const Flow *f, const Ast *who, const Without *without, Problem *p)
{
    if (same_left_out(f, who, without, p))
        return true;
    Map *all = who_people(f, who, 0);
    if (!all || map_count(all))
        return all && all_left_out(f, who, all, without, p);
    nobody_at_all(f, who, p);
    return true;
}

/* Is there no case at all in which the rule can be fulfilled? */
static bool never(const Flow *f, const Ast *who, const Without *without, Problem *p)
{
    switch ((int)who->kind) {
    case AST_WHO_IF: return never(f, who->who_if.otherwise, without, p) && never(f, who->who_if.then, without, p);
    case AST_WHO_EXCEPT: {
        const Without more = {who->who_except.without, without};
        return never(f, who->who_except.who, &more, p);
    }
    case AST_WHO_COUNT: return count_is_short(f, who, without, p);
    case AST_WHO_OR:
        if (!never(f, who->who_or.right, without, p) || !never(f, who->who_or.left, without, p)) return false;
        if (!p->empty && p->code == DIAG_E0419) (void)all_left_out(f, who, who_people(f, who, 0), without, p);
        return true;
    default: return plain_never(f, who, without, p);
    }
}

/* ---- in some cases ------------------------------------------------------------------------------- */

static void tell_case(Flow *f, const Ast *at, const char *what)
{
    Diag *m = diag_add(f->l->diags, DIAG_E0432, at->at, "in some cases nobody can do this: %s", what);
    diag_hint(f->l->diags, m, "let somebody else do it, too, or leave fewer out");
}

/* A way of an `if` leaves nobody in some cases; a side of an `or` is no use in any. */
static void tell_side(Flow *f, const Ast *who, const Ast *at, const char *what)
{
    if (who->kind == AST_WHO_IF) {
        tell_case(f, at, what);
        return;
    }
    Diag *m = diag_once(f->l->diags, f->l, DIAG_E0432, at->at, "this side of `or` can never do it: %s", what);
    diag_hint(f->l->diags, m, "want fewer, let more people do it, or take it away");
}

/* Somebody whose work is to be managed has nobody above. */
static void tell_unmanaged(Flow *f, const Ast *who)
{
    const Ast *of = managed(who);
    const Map *below = of && !who_role(f, of) ? who_people(f, of, 0) : NULL;
    for (uint32_t i = 0; below && i < map_count(below); i++) {
        const char *person = map_key(below, i, NULL);
        const Map *above = who_manages(f, person);
        if (!above || map_count(above))
            continue;
        tell_case(f, who, arena_printf(f->l->arena, "no role of %s says whom it reports to", person));
        return;
    }
}

/* who did("A") where only some ways lead through A. */
static void tell_not_done(Flow *f, const Ast *who)
{
    const Ast *of = managed(who);
    const char *step = who_step(f, of ? of : who);
    if (step && map_get(f->done, step) && !vars_surely_done(f, step))
        tell_case(f, who, arena_printf(f->l->arena, "not every way to here leads through \"%s\"", step));
}

static void tell_short_count(Flow *f, const Ast *who, const Without *without)
{
    const Map *left = left_of(f, who_people(f, who, 0), without);
    uint32_t need = (uint32_t)who->who_count.n, gone = left ? doers_most(f, left, without) : 0;
    if (left && map_count(left) < gone + need)
        tell_case(f, who, arena_printf(f->l->arena,
                                       "of the %u who may (%s) up to %u can have done a step that leaves them out, and "
                                       "%u are wanted", map_count(left), who_names(f, left), gone, need));
}

/* Each way of an `if` by itself, then who did what before. */
static void tell_cases(Flow *f, const Ast *who, const Without *without, bool alone)
{
    Problem p;
    bool either = who->kind == AST_WHO_IF || (who->kind == AST_WHO_OR && who_counted(who));
    if (who->kind == AST_WHO_EXCEPT) {
        const Without more = {who->who_except.without, without};
        tell_cases(f, who->who_except.who, &more, alone);
    } else if (either) {
        const Ast *sides[] = {who->kind == AST_WHO_IF ? who->who_if.then : who->who_or.left,
                              who->kind == AST_WHO_IF ? who->who_if.otherwise : who->who_or.right};
        for (int i = 0; i < 2; i++) {
            if (never(f, sides[i], without, &p)) tell_side(f, who, p.empty ? sides[i] : p.at, p.text);
            else tell_cases(f, sides[i], without, alone && who->kind == AST_WHO_IF);
        }
    } else if (alone && who->kind == AST_WHO_COUNT) {
        tell_short_count(f, who, without);
    } else if (alone) {
        const Map *left = without ? left_of(f, who_people(f, who, 0), without) : NULL;
        if (left && map_count(left) <= doers_most(f, left, without))
            tell_case(f, who, arena_printf(f->l->arena, "all who may can have done a step that leaves them out: %s",
                                           who_names(f, left)));
        tell_unmanaged(f, who);
        tell_not_done(f, who);
    }
}

/* ---- the rule --------------------------------------------------------------------------------------- */

static void tell_empty(Flow *f, const Problem *p)
{
    Lower *l = f->l;
    void **slot = map_slot(l->warned_roles, p->empty->name);
    if (*slot)
        return;
    *slot = (void *)p->at;
    Diag *m = diag_add(l->diags, DIAG_E0419, p->at->at, "nobody can do this: %s", p->text);
    diag_hint(l->diags, m, "say who they are: role %s < people ann, bob >", ast_named(p->empty->ast).text);
    lower_first(l, m, p->empty->at);
}

static void tell_never(Flow *f, const Ast *who, const Problem *p)
{
    Diags *d = f->l->diags;
    Problem empty;
    if (p->empty || is_empty(f, who, &empty)) {
        tell_empty(f, p->empty ? p : &empty);
        return;
    }
    Diag *m = diag_add(d, p->code, p->code == DIAG_E0419 ? who->at : p->at->at, "nobody can do this: %s", p->text);
    if (p->code == DIAG_E0470)
        diag_hint(d, m, "want fewer, or let more people do it");
    else if (p->code == DIAG_E0474)
        diag_hint(d, m, "say it in the role: role Sales < people ann; reports to Owner >");
    else if (p->untrained)
        diag_hint(d, m, "say it where the person is declared: person ann < trained %s since 2026-03-01 >",
                  f->process->name);
    else if (p->too_early)
        diag_hint(d, m, "name a step that people do before this one, or put this one behind it");
    else
        diag_hint(d, m, "let somebody else do it, too, or leave fewer out");
}

/* All that a rule excepts, inside its count, too. In the arena. */
static const Without *all_without(const Flow *f, const Ast *who)
{
    const Without *all = NULL;
    while (who->kind == AST_WHO_EXCEPT || who->kind == AST_WHO_COUNT || who->kind == AST_WHO_TURN) {
        if (who->kind == AST_WHO_EXCEPT) {
            Without *one = arena_alloc(f->l->arena, sizeof *one);
            *one = (Without){who->who_except.without, all};
            all = one, who = who->who_except.who;
        } else {
            who = who->kind == AST_WHO_COUNT ? who->who_count.of : who->who_turn.of;
        }
    }
    return all;
}

/* Ways of an `if`, or of an `or` with counts, are each for some cases only: nothing is said of them. */
static void find_absences(Flow *f, const char *step, const Ast *who)
{
    const Ast *rule = who;
    while (rule->kind == AST_WHO_EXCEPT)
        rule = rule->who_except.who;
    bool count = rule->kind == AST_WHO_COUNT;
    if (!f->l->some_away)
        return;
    if (count || !who_counted(rule))
        away_days_of(f, step, who_people(f, who, 0), all_without(f, who), count ? (uint32_t)rule->who_count.n : 1);
}

/* Only who did a step may, and nobody can have done it yet. */
static bool not_yet(const Flow *f, const Ast *who, Problem *p)
{
    const Ast *rule = who, *of;
    bool itself;
    while (rule->kind == AST_WHO_EXCEPT || rule->kind == AST_WHO_COUNT)
        rule = rule->kind == AST_WHO_COUNT ? rule->who_count.of : rule->who_except.who;
    of = managed(rule);
    const char *step = flow_not_yet(f, of ? of : rule, &itself), *machine = flow_machines(f, of ? of : rule);
    if (machine) {
        *p = (Problem){DIAG_E0419, rule, NULL, NULL, false, true};
        p->text = arena_printf(f->l->arena, "a machine does \"%s\", and no person", machine);
        return true;
    }
    if (!step)
        return false;
    *p = (Problem){DIAG_E0419, rule, NULL, NULL, false, true};
    p->text = arena_printf(f->l->arena, "nobody has done \"%s\" yet when this begins%s", step,
                           itself ? "" : ", for it stands below");
    return true;
}

void flow_nobody(Flow *f, const char *step, const Ast *who)
{
    Problem p = {0};
    counts_outermost(f->l, who);
    if (not_yet(f, who, &p)) {
        tell_never(f, who, &p);
        return;
    }
    lower_visit(who, flow_never_before, f);
    doers_apart(f, step, who);
    if (never(f, who, NULL, &p))
        tell_never(f, who, &p);
    else {
        tell_cases(f, who, NULL, true);
        who_idle(f, step, who);
        find_absences(f, step, who);
    }
}
