/* lower_decl.c -- calendars, events, tables and systems; persons and roles stand in lower_people.c.
 *
 * They refer to each other only by name, so each is lowered alone: calendars
 * first, because all that counts days or hours needs them.
 */
#include "lang/grammar.h"
#include "lang/lower.h"
#include <string.h>

/* ---- calendars ------------------------------------------------------------------------ */

static const char *const weekday_names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                            "friday", "saturday", "sunday"};

int lower_weekday(const char *name)
{
    for (int i = 0; i < 7; i++) {
        size_t n = strlen(name);
        if ((n == 3 || n == strlen(weekday_names[i])) && strncmp(name, weekday_names[i], n) == 0)
            return i;
    }
    return -1;
}

static int need_weekday(Lower *l, Name name)
{
    int day = lower_weekday(name.text);
    if (day < 0) {
        static const char *const words[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
        Diag *m = diag_add(l->diags, DIAG_E0503, name.at, "\"%s\" is no day of the week", name.text);
        if (!diag_nearest(l->diags, m, name.text, words, 7))
            diag_hint(l->diags, m, "write mon, tue, wed, thu, fri, sat or sun");
    }
    return day;
}

/* mon..fri, also over the week's end: fri..mon. Without days: all. */
static uint8_t weekdays(Lower *l, const Ast *days)
{
    uint8_t set = days ? 0 : 0x7f;
    for (; days; days = days->next) {
        if (days->kind != AST_DAYS || !days->days.from.text)
            continue;
        int from = need_weekday(l, days->days.from);
        int to = days->days.to.text ? need_weekday(l, days->days.to) : from;
        if (from < 0 || to < 0)
            continue;
        for (int d = from;; d = (d + 1) % 7) {
            set |= (uint8_t)(1 << d);
            if (d == to)
                break;
        }
    }
    return set;
}

typedef struct CalendarParts {
    VEC(OpenSpan) open;
    VEC(ClosedDays) closed;
} CalendarParts;

static bool is_literal(const Ast *ast, uint8_t type)
{
    return ast && ast->kind == AST_LITERAL && ast->literal.value.type == type;
}

static void add_open(Lower *l, CalendarParts *parts, const Ast *open)
{
    uint8_t days = weekdays(l, open->open.days);
    for (const Ast *h = open->open.hours; h; h = h->next) {
        if (h->kind != AST_HOURS || !is_literal(h->hours.from, V_TIME) || !is_literal(h->hours.to, V_TIME))
            continue;
        int64_t from = h->hours.from->literal.value.i, to = h->hours.to->literal.value.i;
        if (from % US_MINUTE || to % US_MINUTE) {
            Diag *m = diag_add(l->diags, DIAG_E0524, h->at, "opening hours are whole minutes");
            diag_hint(l->diags, m, "write them like 09:00..17:30");
            continue;
        }
        *VEC_PUSH(l->arena, &parts->open) =
            (OpenSpan){days, (int32_t)(from / US_MINUTE), (int32_t)(to / US_MINUTE)};
    }
}

static int64_t day_value(const Ast *ast, bool yearly)
{
    const Value *v = &ast->literal.value;
    return yearly && v->type == V_NUMBER ? v->i / DECIMAL_ONE : v->i;
}

static void add_closed(Lower *l, CalendarParts *parts, const Ast *closed)
{
    for (const Ast *d = closed->closed.days; d; d = d->next) {
        if (d->kind != AST_DATES || !d->dates.from || d->dates.from->kind != AST_LITERAL)
            continue;
        bool yearly = d->dates.yearly;
        const Ast *last = d->dates.to && d->dates.to->kind == AST_LITERAL ? d->dates.to : d->dates.from;
        int64_t from = day_value(d->dates.from, yearly), to = day_value(last, yearly);
        if (!yearly && to < from) {
            Diag *m = diag_add(l->diags, DIAG_E0524, d->at, "this span of days ends before it begins");
            diag_hint(l->diags, m, "write the earlier date first");
            continue;
        }
        *VEC_PUSH(l->arena, &parts->closed) = (ClosedDays){yearly, from, to};
    }
}

static const Zone *calendar_zone(Lower *l, const Ast *value)
{
    const char *name = lower_text(l, value);
    Error err;
    const Zone *zone = name ? zone_find(name, &err) : zone_utc();
    if (zone)
        return zone;
    Diag *m = diag_add(l->diags, DIAG_E0502, value->at, "%s", err.text);
    diag_hint(l->diags, m, "a zone is named like \"Europe/Berlin\", \"America/New_York\" or \"UTC\"");
    return zone_utc();
}

static Calendar lower_one_calendar(Lower *l, const Sym *sym)
{
    CalendarParts parts = {0};
    HolidayVec holidays = {0};
    const Zone *zone = NULL;
    lower_block(l);
    for (const Ast *item = sym->ast->calendar.items; item; item = item->next) {
        if (item->kind == AST_OPEN)
            add_open(l, &parts, item);
        else if (item->kind == AST_CLOSED)
            add_closed(l, &parts, item);
        else if (item->kind == AST_PROP && item->prop.word == K_HOLIDAYS)
            lower_holidays(l, sym, item, &holidays);
        else if (item->kind == AST_PROP && item->prop.word == K_ZONE && lower_once(l, K_ZONE, item->at))
            zone = calendar_zone(l, item->prop.value);
        else if (item->kind == AST_BAD)
            zone = zone ? zone : zone_utc();
    }
    if (!zone) {
        Diag *m = diag_add(l->diags, DIAG_E0501, sym->at, "calendar \"%s\" does not say its zone", sym->name);
        diag_hint(l->diags, m,
                  "add a line such as zone \"Europe/Berlin\": times are never the machine's own");
        zone = zone_utc();
    }
    holidays_sort(&holidays);
    return (Calendar){.name = sym->name, .zone = zone, .open = parts.open.items, .opens = parts.open.n,
                      .closed = parts.closed.items, .closeds = parts.closed.n,
                      .holidays = holidays.items, .holidays_n = holidays.n};
}

static void lower_calendars(Lower *l)
{
    IrProgram *p = l->symbols.program;
    uint32_t n = l->syms[SYM_CALENDAR].n;
    Calendar *all = ARENA_ARRAY(l->arena, Calendar, n);
    for (uint32_t i = 0; i < n; i++)
        all[i] = lower_one_calendar(l, l->syms[SYM_CALENDAR].items[i]);
    p->calendars = all;
    p->calendars_n = n;
    p->holidays = l->holidays.items;
    p->holidays_n = l->holidays.n;
}

/* ---- events and tables ---------------------------------------------------------------------- */

static void lower_events(Lower *l)
{
    IrProgram *p = l->symbols.program;
    uint32_t n = l->syms[SYM_EVENT].n;
    IrEvent *all = ARENA_ARRAY(l->arena, IrEvent, n);
    for (uint32_t i = 0; i < n; i++) {
        const Sym *sym = l->syms[SYM_EVENT].items[i];
        if (!sym->type)
            continue;                          /* a mistake was found in it */
        uint32_t type = unit_type(l->symbols.unit, sym->type);
        IrUnit now;
        unit_finish(l->symbols.unit, &now);
        all[i] =
            (IrEvent){sym->name, now.types[type].fields, now.types[type].fields_n, lower_place(l, sym->at)};
    }
    p->events = all;
    p->events_n = n;
}

static void lower_tables(Lower *l)
{
    IrProgram *p = l->symbols.program;
    uint32_t n = l->syms[SYM_TABLE].n;
    IrTable *all = ARENA_ARRAY(l->arena, IrTable, n);
    for (uint32_t i = 0; i < n; i++) {
        Sym *sym = l->syms[SYM_TABLE].items[i];
        const Sym *record = symbols_need(&l->symbols, SYM_RECORD, sym->prefix, sym->ast->table.of);
        bool known = record && record->type;
        sym->type = known ? record->type : type_unknown();
        if (known && !record->broken && !record->doubled && (!record->type->key || strchr(record->type->key, ','))) {
            Diag *m = diag_once(l->diags, record, DIAG_E0507, sym->ast->table.of.at,
                               "%s has %s key by which a row could be looked up", record->name,
                               record->type->key ? "no single" : "no");
            diag_hint(l->diags, m, "say in record %s which field it is: key id", record->name);
            lower_first(l, m, record->at);
        }
        if (known)
            lower_clocks(l, record->type->fields, record->type->fields_n, lower_only_calendar(l), sym->at, "");
        const char *file = lower_file(l, sym->prefix, sym->ast->table.file);
        lower_input(l, INPUT_TABLE, file, sym->ast->table.file);
        all[i] = (IrTable){sym->name, unit_type(l->symbols.unit, sym->type), file, lower_place(l, sym->at)};
    }
    p->tables = all;
    p->tables_n = n;
}

/* ---- systems ------------------------------------------------------------------------------------ */

static void system_prop(Lower *l, const Sym *sym, IrSystem *system, const Ast *item)
{
    static const char *const system_kinds[] = {"lead_generation", "conversion", "fulfillment", "feedback"};
    const Ast *value = item->prop.value;
    if (item->prop.word == K_WHY) {
        system->why = lower_words(l, value);
    } else if (item->prop.word == K_KIND) {
        if (value && value->kind == AST_NAME && value->name.name.text &&
            lower_choice(l, value->name.name, "kind of system", system_kinds, 4) >= 0)
            system->kind = value->name.name.text;
    } else if (item->prop.word == K_OWNER) {
        Expr x = lower_expr(l, EXPR_VALUES, l->symbols.unit, sym->prefix, NULL);
        SystemInfo *info = &l->systems[sym->index];
        system->owner = expr_who(&x, value, &info->owner_role);
        info->owner_text = lower_source(l, value->at);
        who_is_one(l, value, "who answers for a system");
    }
}

static void lower_systems(Lower *l)
{
    IrProgram *p = l->symbols.program;
    uint32_t n = l->syms[SYM_SYSTEM].n;
    IrSystem *all = ARENA_ARRAY(l->arena, IrSystem, n);
    for (uint32_t i = 0; i < n; i++) {
        const Sym *sym = l->syms[SYM_SYSTEM].items[i];
        all[i] = (IrSystem){.name = sym->name,
                            .owner = CODE_NONE,
                            .parent = sym->system ? sym->system->index : IR_NONE,
                            .place = lower_place(l, sym->at)};
        lower_block(l);
        const Heir *before = lower_heir(l, sym->prefix);
        for (const Ast *item = sym->ast->system.items; item; item = item->next)
            if (item->kind == AST_PROP && lower_once(l, item->prop.word, item->at))
                system_prop(l, sym, &all[i], item);
        diags_heir(l->diags, before);
        if (all[i].owner == CODE_NONE && sym->system) {                  /* systems around come first */
            all[i].owner = all[sym->system->index].owner;
            l->systems[i].owner_role = l->systems[sym->system->index].owner_role;
            l->systems[i].owner_text = l->systems[sym->system->index].owner_text;
        }
    }
    p->systems = all;
    p->systems_n = n;
}

/* A copy and its original bring the same blocks: each comes once. */
static void add_prelude(Lower *l, LuaVec *to, const IrLua *luas, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        bool known = false;
        for (uint32_t k = 0; k < to->n && !known; k++)
            known = to->items[k].text == luas[i].text;
        if (!known)
            *VEC_PUSH(l->arena, to) = luas[i];
    }
}

static void module_prelude(Lower *l, const char *prefix, LuaVec *to)
{
    const Module *module = map_get(l->prefixes, prefix);
    if (module)
        add_prelude(l, to, module->luas.items, module->luas.n);
}

/* What inherited lines may call: it stands around the original, which perhaps is a pattern without a Sym. */
static void original_prelude(Lower *l, const Copy *copy, LuaVec *to)
{
    module_prelude(l, copy->from, to);
    for (uint32_t i = copy->around_n; i-- > 0;) {
        const Ast *system = copy->around[i];
        if (system->system.like && system->system.like->like.copy)
            original_prelude(l, system->system.like->like.copy, to);
        for (const Ast *ast = system->system.items; ast; ast = ast->next)
            if (ast->kind == AST_LUA)
                add_prelude(l, to, &(IrLua){ast->lua.text, lower_place(l, ast->lua.text_at)}, 1);
    }
    const Ast *like = ast_like_of(copy->original);
    if (like && like->like.copy)
        original_prelude(l, like->like.copy, to);
}

static void around_prelude(Lower *l, const Sym *system, const char *module, LuaVec *to);

static void system_prelude(Lower *l, const Sym *system, LuaVec *to)
{
    SystemInfo *info = &l->systems[system->index];
    if (!info->prelude_done) {
        LuaVec all = {0};
        const Ast *like = system->ast->system.like;
        around_prelude(l, system->system, system->module, &all);
        if (like && like->like.copy)
            original_prelude(l, like->like.copy, &all);
        add_prelude(l, &all, info->luas.items, info->luas.n);
        info->prelude = all.items, info->prelude_n = all.n, info->prelude_done = true;
    }
    add_prelude(l, to, info->prelude, info->prelude_n);
}

static void around_prelude(Lower *l, const Sym *system, const char *module, LuaVec *to)
{
    if (system)
        system_prelude(l, system, to);
    else
        module_prelude(l, module, to);
}

const IrLua *lower_audit_prelude(Lower *l, const Item *audit, uint32_t *n)
{
    LuaVec all = {0};
    around_prelude(l, audit->system, audit->prefix, &all);
    *n = all.n;
    return all.items;
}

const IrLua *lower_prelude(Lower *l, const Sym *process, uint32_t *n)
{
    LuaVec all = {0};
    const Ast *like = process->ast->process.like;
    around_prelude(l, process->system, process->module, &all);
    if (like && like->like.copy)
        original_prelude(l, like->like.copy, &all);
    *n = all.n;
    return all.items;
}

static void lower_program_prelude(Lower *l)
{
    LuaVec all = {0};
    for (uint32_t i = 0; i < l->module_order.n; i++)
        for (uint32_t k = 0; k < l->module_order.items[i]->luas.n; k++)
            *VEC_PUSH(l->arena, &all) = l->module_order.items[i]->luas.items[k];
    for (uint32_t i = 0; i < l->syms[SYM_SYSTEM].n; i++)
        for (uint32_t k = 0; k < l->systems[i].luas.n; k++)
            *VEC_PUSH(l->arena, &all) = l->systems[i].luas.items[k];
    l->symbols.program->prelude = all.items;
    l->symbols.program->prelude_n = all.n;
}

void lower_decls(Lower *l)
{
    lower_calendars(l);
    lower_people(l);
    lower_borders(l);
    lower_systems(l);
    lower_tables(l);
    lower_logs(l);
    lower_events(l);
    for (uint32_t i = 0; i < l->syms[SYM_RECORD].n; i++)
        if (l->syms[SYM_RECORD].items[i]->type)
            (void)unit_type(l->symbols.unit, l->syms[SYM_RECORD].items[i]->type);
    lower_conditions(l, l->symbols.unit, &l->types_done);
    lower_program_prelude(l);
}
