/* story.c -- a case told for people. */
#include "analysis/story.h"

#include "base/json.h"
#include "runtime/printed.h"
#include "runtime/reads.h"

#include <string.h>

enum { LINES = 5, BYTES = 1000 };      /* at most, of each stream of an attempt that failed, unless all is wanted */

typedef struct Undoing { uint32_t act, line; } Undoing;        /* an act that undoes; of the trace, from 1 */

typedef struct Telling {
    const Story *s;
    const Case *of;
    const Zone *zone;
    Buf *out;
    bool json, first;
    Trail *trail;                      /* of which elements the events are; NULL: of none that are beside each other */
    bool more;                         /* commands printed something that was not told */
    VEC(Undoing) undoing;
} Telling;

const char *story_people(const IrProgram *p, const Value *who, Instant now, Arena *a)
{
    Value people = engine_eligible(p, who, now, a);
    Buf b = {0};
    for (uint32_t i = 0; i < people.len; i++) buf_printf(&b, "%s%s", i ? ", " : "", people.list[i].text);
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

const char *story_who(const IrProgram *p, const Value *who, Instant now, Arena *a)
{
    const char *people = story_people(p, who, now, a);
    return *people ? people : "nobody: no one may, now";
}

const char *story_progress(const IrProgram *p, const Case *c, const Act *a, Instant now, Arena *arena)
{
    if (a->state != ACT_OFFERED || a->undoes || !engine_several(&a->list)) return "";
    Tally t = engine_tally(c, p, a, &a->list, now, arena);
    return arena_printf(arena, "%u of %u", t.given, t.wanted);
}

const char *story_offered(const IrProgram *p, const Case *c, const Act *a, Instant now, Arena *arena)
{
    Value left = engine_rule_listed(c, p, a, now, arena);
    const char *holder = engine_holder(p, a, &left, now);
    if (holder) return arena_printf(arena, "%s, who has it", holder);
    const char *who = story_who(p, &left, now, arena), *progress = story_progress(p, c, a, now, arena);
    return *progress ? arena_printf(arena, "%s (%s)", who, progress) : who;
}

const char *story_when(const Manner *m, const Zone *zone, Instant t, Arena *a)
{
    if (t == INSTANT_NEVER || t == INT64_MIN) return "";
    Buf b = {0};
    manner_moment(&b, m, t, zone, true);
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

static const char *when(const Telling *t, Instant at)
{
    return story_when(t->s->manner, t->zone, at, t->s->arena);
}

static const char *measured(const Telling *t, int64_t micros)
{
    Buf b = {0};
    manner_measured(&b, t->s->manner, micros);
    const char *text = buf_dup(&b, t->s->arena);
    buf_free(&b);
    return text;
}

void story_json_instant(Buf *b, const char *key, Instant t)
{
    Value v = t == INSTANT_NEVER || t == INT64_MIN ? VALUE_NONE : value_datetime(t);
    json_key(b, key);
    value_json(b, &v);
}

static bool all_answered(const Case *c, uint32_t act)
{
    for (uint32_t i = 0; i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        if (d->act == act) return d->how != EV_WITHDRAWN && d->how != EV_FAILED;
    }
    return false;
}

/* What is open may wait for a step that is done once more. What was taken back before all had answered may be asked
 * anew, as long as the case goes on. */
bool story_sealed(const Case *c, const Event *e)
{
    const IrFlow *f = e->flow;
    bool apart = e->kind == EV_ANSWERED && f && e->node < f->nodes_n && node_asks_apart(f, e->node);
    bool there = apart && ir_node(c->flow, f->nodes[e->node].name) != IR_NONE;         /* in the version it has now */
    return there && c->status == CASE_RUNNING && !all_answered(c, e->act);
}

static void print_value(const Telling *t, Buf *b, const Value *v)
{
    if (v->type == V_TEXT) buf_putc(b, '"');
    value_print_for(b, v, t->s->manner, t->zone);
    if (v->type == V_TEXT) buf_putc(b, '"');
}

static const Value *list_noted(const Event *e, const char *note)
{
    for (uint32_t i = 0; i < e->values_n; i++)
        if (strcmp(e->values[i].name, note) == 0 && e->values[i].value.type == V_LIST) return &e->values[i].value;
    return NULL;
}

static void print_values(const Telling *t, Buf *b, const Event *e)
{
    const Value *was = e->kind == EV_CORRECTED ? list_noted(e, "$was") : NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->values_n; i++) {
        if (e->values[i].name[0] == '$') continue;
        buf_printf(b, "%s%s = ", n ? ", " : "  ", e->values[i].name);
        print_value(t, b, &e->values[i].value);
        if (was && n < was->len) buf_puts(b, ", was "), print_value(t, b, &was->list[n]);
        n++;
    }
}

static const char *text_noted(const Event *e, const char *note)
{
    for (uint32_t i = 0; i < e->values_n; i++) {
        const Value *v = &e->values[i].value;
        if (strcmp(e->values[i].name, note) == 0 && (v->type == V_PERSON || v->type == V_TEXT)) return v->text;
    }
    return NULL;
}

/* The absent one for whom a person did it; NULL: for nobody. */
static const char *stood_for(const Event *e)
{
    return text_noted(e, "$for");
}

/* What the moment that an event carries is: an end, another attempt, a deadline. */
static const char *due_word(const Event *e)
{
    if (e->kind == EV_FAILED || e->kind == EV_REMINDED) return "again at";
    if (e->kind == EV_WAITING) return "until";
    return "due";
}

/* Who joined, by the newest roles. */
static const char *joined(const Telling *t, const Event *e)
{
    for (uint32_t i = 0; i < e->values_n; i++)
        if (strcmp(e->values[i].name, "$who") == 0)
            return story_who(t->s->program, &e->values[i].value, e->at, t->s->arena);
    return "nobody";
}

/* A line of ours, with what data holds: where that ends lines, they go on further in, and look like none of ours. */
static void tell_line(Buf *out, const char *text, size_t n, const char *further)
{
    for (const char *end; (end = memchr(text, '\n', n)); n -= (size_t)(end + 1 - text), text = end + 1) {
        buf_visible(out, text, (size_t)(end - text));
        buf_printf(out, "\n%s", further);
    }
    buf_visible(out, text, n);
    buf_putc(out, '\n');
}

#define BELOW_EVENT "                    | "
#define BELOW_EVENT_ERR "                    ! "

/* "photo.jpg, 20,113 bytes, SHA-256 ab..." */
static void tell_files(const Telling *t, const Event *e)
{
    FileCopy file;
    for (uint32_t i = 0; event_file(e, i, &file); i++) {
        const char *line = arena_printf(t->s->arena, "                    %s: %s, %lld byte%s, SHA-256 %s", file.field,
                                        file.path,
                                        (long long)file.size, file.size == 1 ? "" : "s", file.hash);
        tell_line(t->out, line, strlen(line), BELOW_EVENT);
    }
}

static void tell_lines(Buf *out, const char *text, const char *below)
{
    for (const char *end; *text; text = *end ? end + 1 : end) {
        end = text + strcspn(text, "\n");
        buf_puts(out, below);
        buf_visible(out, text, (size_t)(end - text));
        buf_putc(out, '\n');
    }
}

/* Where its last lines begin. */
static const char *last_lines(const char *text)
{
    const char *end = text + strlen(text), *at = end;
    if (at > text && at[-1] == '\n') at--;
    for (int lines = 0; at > text && end - at < BYTES && (at[-1] != '\n' || ++lines < LINES);) at--;
    while (((unsigned char)*at & 0xc0) == 0x80) at++;      /* no half a character */
    return at;
}

static void tell_stream(const Telling *t, const Printed *p, const char *below)
{
    tell_lines(t->out, p->head, below);
    if (!p->tail) return;
    const Value left_out = value_integer(p->left_out);
    buf_printf(t->out, "%s... ", below);
    value_print_for(t->out, &left_out, t->s->manner, t->zone);
    buf_printf(t->out, " byte%s left out ...\n", p->left_out == 1 ? "" : "s");
    tell_lines(t->out, p->tail, below);
}

/* Is it one line, with which the reason of the failure ends anyway? */
static bool is_reason(const Event *e, const Printed *p)
{
    size_t n = strcspn(p->head, "\n"), reason = e->text ? strlen(e->text) : 0;
    bool line = !p->tail && (!p->head[n] || !p->head[n + 1]);
    return line && n <= reason && memcmp(e->text + reason - n, p->head, n) == 0;
}

/* Of a step that gave what it printed, that is told with its values. */
static bool is_given(const Event *e, const char *stream)
{
    if (e->kind != EV_FINISHED || strcmp(stream, PRINTED_OUT) != 0) return false;
    return e->flow->steps[e->flow->nodes[e->node].a].gives_n > 0;
}

/* What a command printed on a stream. */
static void tell_output(Telling *t, const Event *e, const char *stream, const char *below)
{
    Printed p;
    if (!printed_of(e, stream, &p)) return;
    if (t->s->output) {
        tell_stream(t, &p, below);
    } else if (e->kind == EV_FAILED && !is_reason(e, &p)) {
        const char *end = p.tail ? p.tail : p.head, *from = last_lines(end);
        if (p.tail || from > end) t->more = true, buf_printf(t->out, "%s...\n", below);
        tell_lines(t->out, from, below);
    } else if (e->kind != EV_FAILED && !is_given(e, stream)) {
        t->more = true;
    }
}

static void tell_printed(Telling *t, const Event *e)
{
    const char *lua = text_noted(e, "$printed");
    if (lua) tell_lines(t->out, lua, BELOW_EVENT);
    tell_output(t, e, PRINTED_OUT, BELOW_EVENT);
    tell_output(t, e, PRINTED_ERR, BELOW_EVENT_ERR);
}

/* The line of the trace that the event's act undoes, from 1; 0: it does something else. */
static uint32_t undone_line(const Telling *t, const Event *e)
{
    for (uint32_t i = 0; e->act && i < t->undoing.n; i++)
        if (t->undoing.items[i].act == e->act) return t->undoing.items[i].line;
    return 0;
}

/* Of events that come one after the other the round is told as it begins; of elements beside each other each one is,
 * and so is that of what comes later. */
static const char *of_which(const Telling *t, const Event *e)
{
    uint32_t line = undone_line(t, e);
    Elements of = {0};
    if (!t->trail || e->kind == EV_BRANCHED) return "";
    if (line && line <= t->of->did.n) of = trail_around(t->trail, t->of->did.items[line - 1].act);
    else of = trail_elements(t->trail, e);
    return line || elements_to_be_told(&of) ? elements_told(t->s->arena, &of, (Reader){t->s->manner, t->zone}) : "";
}

/* What the event is about is the step's undoing, where its kind does not say so. */
static const char *of_undoing(const Telling *t, const Event *e, uint16_t kind)
{
    return undone_line(t, e) && kind != EV_UNDOING && kind != EV_UNDONE ? "undoing " : "";
}

static void tell_event(Telling *t, const Event *e)
{
    Buf line = {0};
    bool sealed = story_sealed(t->of, e);
    bool whole = e->node == IR_NONE && (e->kind == EV_LATE || e->kind == EV_CORRECTED || e->kind == EV_WITHDRAWN ||
                                       e->kind == EV_REMINDED || e->kind == EV_ESCALATED);
    const char *node = whole ? "the case" : e->node != IR_NONE ? e->flow->nodes[e->node].name : "";
    uint16_t kind = e->kind == EV_BEGAN && undone_line(t, e) ? EV_UNDOING : e->kind;       /* a further attempt */
    buf_printf(&line, "  %s  %-9s %s%s", when(t, e->at), event_name(kind), of_undoing(t, e, kind), node);
    buf_puts(&line, of_which(t, e));
    if (e->kind == EV_CHOSE) buf_puts(&line, e->n ? ": yes" : ": no");
    if (e->kind == EV_DEVIATED) buf_puts(&line, e->n == DEVIATED_SKIPPED ? " (skipped)" : " (once more)");
    if (e->kind == EV_ESCALATED) buf_printf(&line, " to %s", joined(t, e));
    if (e->kind == EV_REMINDED) buf_printf(&line, ", reminder %lld", (long long)e->n);
    if (e->kind == EV_ITERATED) buf_printf(&line, " %lld", (long long)e->n);
    if (e->kind == EV_ENDED) buf_printf(&line, "%s", case_status_name((uint8_t)e->n));
    if (e->kind == EV_STARTED) buf_puts(&line, e->text ? e->text : "");       /* "by ann", "row 4 of leads.csv" */
    else if (e->person) buf_printf(&line, " by %s", e->person);
    const char *instead = stood_for(e);
    if (instead) buf_printf(&line, " for %s", instead);
    if (text_noted(e, "$of")) buf_printf(&line, ", of what %s answered", text_noted(e, "$of"));
    if (text_noted(e, "$to")) buf_printf(&line, " to %s", text_noted(e, "$to"));
    if (e->login) buf_printf(&line, " (entered by %s)", e->login);
    if (e->via) buf_printf(&line, " [%s]", e->via);
    if (e->kind == EV_ANSWERED && !e->n && !sealed) buf_puts(&line, " with no");
    if (e->text && *e->text && e->kind != EV_STARTED && !sealed)
        buf_printf(&line, "%s%s", *node || e->person || e->kind == EV_ENDED ? ": " : "", e->text);
    bool alone = line.p[line.n - 1] == ' ';
    if (e->due != INSTANT_NEVER)
        buf_printf(&line, "%s%s %s", alone ? "" : ", ", due_word(e), when(t, e->due));
    if (sealed)
        buf_printf(&line, "  (seen when %s)", case_act(t->of, e->act) ? "all have answered" : "the case has ended");
    else print_values(t, &line, e);
    tell_line(t->out, buf_text(&line), line.n, BELOW_EVENT);
    buf_free(&line);
    if (!sealed) tell_files(t, e);
    tell_printed(t, e);
}

/* The note holds the same, for the store. */
static void files_json(const Event *e, Buf *b)
{
    FileCopy file;
    if (!event_file(e, 0, &file)) return;
    json_key(b, "files");
    buf_putc(b, '[');
    for (uint32_t i = 0; event_file(e, i, &file); i++) {
        json_comma(b);
        buf_putc(b, '{');
        json_key_string(b, "field", file.field);
        json_key_string(b, "path", file.path);
        json_key_int(b, "size", file.size);
        json_key_string(b, "sha256", file.hash);
        buf_putc(b, '}');
    }
    buf_putc(b, ']');
}

static void event_json(Telling *t, const Event *e, const uint8_t hash[SHA256_BYTES])
{
    Buf *b = t->out;
    char hex[65];
    sha256_hex(hash, hex);
    if (!t->first) buf_putc(b, ',');
    t->first = false;
    buf_putc(b, '{');
    json_key_string(b, "kind", event_name(e->kind));
    json_key_string(b, "step", e->node != IR_NONE ? e->flow->nodes[e->node].name : NULL);
    story_json_instant(b, "at", e->at);
    story_json_instant(b, "recorded", e->recorded);
    json_key_string(b, "person", e->person);
    json_key_string(b, "login", e->login);
    if (stood_for(e)) json_key_string(b, "for", stood_for(e));
    json_key_string(b, "via", e->via);
    bool sealed = story_sealed(t->of, e);
    json_key_string(b, "text", sealed ? NULL : e->text);
    if (e->kind == EV_ANSWERED && !sealed) json_key_bool(b, "yes", e->n != 0);
    if (sealed) json_key_bool(b, "sealed", true);
    if (e->act) json_key_int(b, "act", e->act);
    if (e->parent && e->kind != EV_STARTED) json_key_int(b, "in", e->parent);
    if (e->attempt) json_key_int(b, "attempt", e->attempt);
    if (e->kind == EV_ITERATED || e->kind == EV_BRANCHED) json_key_int(b, "n", e->n);
    if (e->kind == EV_CHOSE) json_key_bool(b, "chosen", e->n != 0);
    if (e->kind == EV_DEVIATED) json_key_string(b, "deviation", e->n == DEVIATED_SKIPPED ? "skipped" : "repeated");
    if (e->kind == EV_ENDED) json_key_string(b, "status", case_status_name((uint8_t)e->n));
    if (e->due != INSTANT_NEVER) story_json_instant(b, "due", e->due);
    if (!sealed) files_json(e, b);
    json_key(b, "values");
    buf_putc(b, '{');
    for (uint32_t i = 0; i < e->values_n; i++) {
        if (strcmp(e->values[i].name, "$files") == 0) continue;
        if (sealed && e->values[i].name[0] != '$') continue;
        json_key(b, e->values[i].name);
        value_json(b, &e->values[i].value);
    }
    buf_putc(b, '}');
    json_key_string(b, "hash", hex);
    buf_putc(b, '}');
}

/* Of a long story the middle; where it is, is said once. */
static bool left_out(const Telling *t, const Event *e)
{
    uint32_t most = t->s->most, first = most / 4, all = t->of->seq;
    if (!most || all <= most || e->seq <= first || e->seq > all - (most - first)) return false;
    if (e->seq == first + 1) buf_printf(t->out, "  ...               %u more\n", all - most);
    return true;
}

typedef struct Came { const Case *of; Instant *at; } Came;

static Status note_came(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    (void)hash, (void)err;
    const Came *came = self;
    const Act *a = e->kind == EV_INCIDENT ? case_act(came->of, e->act) : NULL;
    if (a) came->at[a - came->of->acts.items] = e->at;
    return ST_OK;
}

Status story_incidents(Journal *j, const Case *c, Arena *a, const Instant **came, Error *err)
{
    bool any = false;
    Came of = {c, ARENA_ARRAY(a, Instant, c->acts.n)};
    for (uint32_t i = 0; i < c->acts.n; i++) of.at[i] = INT64_MIN, any |= c->acts.items[i].state == ACT_INCIDENT;
    *came = any ? of.at : NULL;
    return any ? journal_replay(j, c->id, note_came, &of, err) : ST_OK;
}

Instant story_since(const Instant *came, const Case *c, const Act *a)
{
    Instant at = came && a->state == ACT_INCIDENT ? came[a - c->acts.items] : INT64_MIN;
    return at == INT64_MIN ? a->offered : at;
}

static Status told_event(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    (void)err;
    Telling *t = self;
    if (e->kind == EV_UNDOING && e->act && e->n)
        *VEC_PUSH(t->s->arena, &t->undoing) = (Undoing){e->act, (uint32_t)e->n};
    if (t->trail) trail_note(t->trail, e);
    if (t->json) event_json(t, e, hash);
    else if (!left_out(t, e)) tell_event(t, e);
    return ST_OK;
}

enum { NAMES_WIDTH = 14 };             /* columns; a longer name moves its value */

static void tell_head(const Telling *t)
{
    Buf *b = t->out, line = {0};
    const Case *c = t->of;
    buf_printf(&line, "Case %llu of %s%s%s", (unsigned long long)c->id, c->process, c->key ? ", " : "",
               c->key ? c->key : "");
    tell_line(b, buf_text(&line), line.n, "  | ");
    buf_clear(&line);
    buf_printf(&line, "%s%s%s, began %s (%s)", case_status_name(c->status), c->outcome ? ": " : "",
               c->outcome ? c->outcome : "", when(t, c->started), c->cause ? c->cause : "");
    if (c->ended != INSTANT_NEVER)
        buf_printf(&line, ", ended %s after %s", when(t, c->ended), measured(t, c->ended - c->started));
    if (c->late) buf_puts(&line, ", late");
    tell_line(b, buf_text(&line), line.n, "  | ");
    buf_free(&line);
    buf_putc(b, '\n');
    size_t head = b->n;
    for (uint32_t i = 0; i < c->flow->vars_n; i++) {
        if (c->vars[i].type == CASE_UNSET) continue;
        Buf v = {0};
        value_print_told(&v, &c->vars[i], t->s->manner, t->zone);
        const char *name = c->flow->vars[i].name;
        size_t width = text_width(name, strlen(name));
        buf_printf(b, "  %s ", name);
        buf_pad(b, ' ', width < NAMES_WIDTH ? NAMES_WIDTH - width : 0);
        tell_line(b, buf_text(&v), v.n, "               | ");
        buf_free(&v);
    }
    if (b->n > head) buf_putc(b, '\n');
}

/* What has to come first, where this act holds others; NULL: it holds none. */
static const char *comes_first(const Case *c, const Act *act, Arena *a)
{
    const IrNode *nodes = c->flow->nodes;
    if (case_repeats(c, act)) return arena_printf(a, "\"%s\" is done once more", nodes[act->node].name);
    if (act->again) return arena_printf(a, "\"%s\" is approved again", nodes[act->node].name);
    uint32_t step = case_beside(c, act) ? nodes[act->node].parent : IR_NONE;
    const IrStep *s = step != IR_NONE && nodes[step].op == IRN_STEP ? &c->flow->steps[nodes[step].a] : NULL;
    if (s && s->on_reject == act->node)
        return arena_printf(a, "what follows from the refusal of \"%s\"", nodes[step].name);
    if (s && s->on_fail == act->node) return arena_printf(a, "what is done as \"%s\" failed", nodes[step].name);
    return NULL;
}

/* What holds all further steps: a step that is done once more, or else an approval until it is given again. */
static const char *holding(const Case *c, Arena *a)
{
    const char *first = NULL, *approved = NULL;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *act = &c->acts.items[i];
        const char *text = comes_first(c, act, a);
        if (case_repeats(c, act)) return text;
        if (act->again && !approved) approved = text;
        if (!first) first = text;
    }
    return approved ? approved : first ? first : "";
}

/* What a machine waits for before it begins here; NULL: nothing keeps it from that. */
static const char *machine_after(const Case *c, const Act *a, Arena *arena)
{
    const IrNode *n = &c->flow->nodes[a->node];
    bool machine = n->op == IRN_STEP && c->flow->steps[n->a].machine != MACHINE_NONE;
    const Act *held = machine ? case_unapproved(c, a->id, a->parent) : NULL;
    return held ? comes_first(c, held, arena) : NULL;
}

const char *story_before(const Case *c, const Act *a, Arena *arena) { return machine_after(c, a, arena); }

static void tell_machine(const Telling *t, const Act *a)
{
    const char *after = machine_after(t->of, a, t->s->arena);
    if (after && t->s->advice) buf_printf(t->out, "  but no machine begins it before %s\n", after);
}

const char *story_of(Lists *lists, const Case *c, const Act *a, Reader reader)
{
    const Elements of = elements_open(lists, c, a);
    return elements_told(lists->arena, &of, reader);
}

static const char *of_elements(const Telling *t, const Act *a)
{
    Lists own = {.arena = t->s->arena, .journal = t->s->journal};
    return story_of(t->s->lists ? t->s->lists : &own, t->of, a, (Reader){t->s->manner, t->zone});
}

static void show_needs(const Telling *t, const Act *a)
{
    const Case *c = t->of;
    Buf *b = t->out;
    const IrFlow *f = c->flow;
    const IrNode *n = &f->nodes[a->node];
    const IrStep *s = n->op == IRN_STEP ? &f->steps[n->a] : NULL;
    const char *held = case_held(c, a->parent) ? holding(c, t->s->arena) : NULL;
    if (!held && s && s->who == CODE_NONE) held = machine_after(c, a, t->s->arena);
    uint32_t needs = s ? s->needs_n : 0;
    buf_show(b, s ? "\"%s\"%s begins after" : "%s%s comes after", n->name, of_elements(t, a));
    for (uint32_t i = 0; i < needs; i++) {
        const char *name = f->steps[f->needs[s->needs + i]].name;
        buf_printf(b, "%s \"%s\"", i == 0 ? "" : i + 1 == needs ? " and" : ",", name);
    }
    if (held) buf_printf(b, "%s %s", needs ? ", and after" : "", held);
    buf_putc(b, '\n');
}

const char *story_awaited(const Case *c, const Act *a, Arena *arena)
{
    const IrNode *n = &c->flow->nodes[a->node];
    if (n->op == IRN_CALL) return c->flow->unit.names[n->a];
    if (!a->text) return "";
    return n->op == IRN_LOCK ? arena_printf(arena, "the lock %s", a->text) : a->text;
}

static void tell_wait(const Telling *t, const Act *a)
{
    const char *what = story_awaited(t->of, a, t->s->arena);
    uint16_t op = t->of->flow->nodes[a->node].op;
    const char *how = op == IRN_ON_EVENT ? "Heeds " : op == IRN_CALL ? "Waits for what it called, " :
                      *what ? "Waits for " : "Waits";
    buf_show(t->out, "%s%s%s%s%s\n", how, what, of_elements(t, a), a->due != INSTANT_NEVER ? " until " : "",
             when(t, a->due));
}

const char *story_which(const Case *c, const Act *incident)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->acts.n; i++) n += c->acts.items[i].state == ACT_INCIDENT;
    return n > 1 ? c->flow->nodes[incident->node].name : NULL;
}

const char *story_element(Lists *lists, const Case *c, const Act *incident, Reader reader)
{
    Arena *a = lists->arena;
    const Elements of = elements_open(lists, c, incident);
    bool others = false;
    for (uint32_t i = 0; i < c->acts.n && !others; i++) {
        const Act *other = &c->acts.items[i];
        others = other->state == ACT_INCIDENT && other->node == incident->node && other->id != incident->id;
    }
    const char *word = others ? elements_word(a, &of, reader) : NULL;
    if (!word) return NULL;
    Buf b = {0};
    buf_puts(&b, "--element ");
    buf_shell_word(&b, word);
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

static void tell_way(const Telling *t, const char *command, const char *step, const char *more)
{
    const char *const words[] = {arena_printf(t->s->arena, "%llu", (unsigned long long)t->of->id), step, NULL};
    buf_puts(t->out, "  ");
    propose(t->out, t->s->advice, command, words, more);
    buf_putc(t->out, '\n');
}

bool story_skips(const Case *c, const Act *a)
{
    const IrNode *n = &c->flow->nodes[a->node];
    const Act *around = case_act(c, a->parent), *block = around ? case_act(c, around->parent) : NULL;
    bool goes_round = n->op != IRN_STEP && n->op != IRN_CALL;
    bool round = goes_round && ((around && around->node == a->node) || (block && block->node == a->node));
    bool approval = n->op == IRN_STEP && c->flow->steps[n->a].approve != CODE_NONE && !a->attempt;
    return a->undoes || (!round && !approval);
}

/* " won=... outcome=...": of a record the fields. */
static const char *of_record(const IrFlow *f, uint32_t type, Arena *a)
{
    const IrType *record = &f->unit.types[type];
    const char *all = "";
    for (uint32_t i = 0; i < record->fields_n; i++)
        all = arena_printf(a, "%s %s=...", all, f->unit.fields[record->fields + i].name);
    return all;
}

/* The values that skipping it wants: " invoice=..."; what is done once more, or undone, wants none. */
static const char *would_give(const Case *c, const Act *a, Arena *arena)
{
    const IrFlow *f = c->flow;
    const IrNode *n = &f->nodes[a->node];
    const char *all = "";
    if (a->undoes || a->again) return all;
    if (n->op == IRN_CALL && n->c != IR_NONE) return of_record(f, f->vars[n->c].type, arena);
    const IrStep *s = n->op == IRN_STEP ? &f->steps[n->a] : NULL;
    for (uint32_t i = 0; s && i < s->gives_n; i++)
        all = arena_printf(arena, "%s %s=...", all, f->unit.fields[s->gives + i].name);
    for (uint32_t i = 0; s && i < s->ask_n; i++)
        all = arena_printf(arena, "%s %s=...", all, f->unit.fields[s->ask + i].name);
    return all;
}

/* How one goes on from an incident. A case that is ending is cancelled, or as good as that, already. */
static void tell_advice(const Telling *t, const Act *a)
{
    Arena *arena = t->s->arena;
    const char *step = story_which(t->of, a), *values = would_give(t->of, a, arena);
    Lists own = {.arena = arena, .journal = t->s->journal}, *lists = t->s->lists ? t->s->lists : &own;
    const char *element = story_element(lists, t->of, a, (Reader){t->s->manner, t->zone});
    const char *more = arena_printf(arena, "%s%s%s --because ...", values, element ? " " : "", element ? element : "");
    if (engine_retry_helps(t->of, a)) tell_way(t, "retry", step, element);
    if (story_skips(t->of, a)) tell_way(t, "skip", step, more + 1);
    if (!t->of->ending) tell_way(t, "cancel", NULL, "--because ...");
}

static void tell_pause(const Telling *t, const Act *a)
{
    const char *after = machine_after(t->of, a, t->s->arena);
    bool timed = a->due != INSTANT_NEVER;
    buf_show(t->out, "Tries %s\"%s\"%s again%s%s", a->undoes ? "to undo " : "", t->of->flow->nodes[a->node].name,
             of_elements(t, a), timed ? " at " : "", when(t, a->due));
    if (after) buf_printf(t->out, "%s after %s", timed ? ", and" : "", after);
    buf_putc(t->out, '\n');
}

const char *story_doing(const Act *a) { return a->undoes ? "undoing" : "at"; }

const char *story_task(const Case *c, const Act *a, Arena *arena)
{
    const char *step = c->flow->nodes[a->node].name;
    return a->undoes ? arena_printf(arena, "undoing \"%s\"", step) : step;
}

static void tell_act(const Telling *t, const Act *a)
{
    const Story *s = t->s;
    Buf *b = t->out;
    const Case *c = t->of;
    const char *node = c->flow->nodes[a->node].name;
    if (a->state == ACT_OFFERED) {
        buf_show(b, "Waits for \"%s\"%s%s by %s\n", node, of_elements(t, a), a->undoes ? " to be undone" : "",
                 story_offered(s->program, c, a, s->now, s->arena));
        tell_machine(t, a);
    } else if (a->state == ACT_HELD || (a->state == ACT_WAITING && c->flow->nodes[a->node].op == IRN_STEP)) {
        show_needs(t, a);
    } else if (a->state == ACT_WAITING) {
        tell_wait(t, a);
    } else if (a->state == ACT_INCIDENT) {
        buf_show(b, "Incident %s \"%s\"%s: %s\n", story_doing(a), node, of_elements(t, a), a->text);
        if (s->advice) tell_advice(t, a);
        tell_machine(t, a);
    } else if (a->state == ACT_PAUSED) {
        tell_pause(t, a);
    } else if (case_recalls(c, a)) {
        buf_show(b, "Waits for what it called, %s, to undo what it did\n", story_awaited(c, a, s->arena));
    } else if (case_lingers(c, a)) {
        buf_show(b, "Keeps %s%s until what was done in it is undone\n", story_awaited(c, a, s->arena),
                 of_elements(t, a));
    }
}

static Status tell_open(const Telling *t, Error *err)
{
    bool any;
    for (uint32_t i = 0; i < t->of->acts.n; i++) tell_act(t, &t->of->acts.items[i]);
    return story_left(t->s, t->of, t->out, &any, err);
}

/* Where the rest of what its commands printed is to be had. */
static void tell_more(const Telling *t)
{
    if (!t->more || !t->s->advice) return;
    buf_puts(t->out, "What its commands printed:\n");
    tell_way(t, "show", NULL, "--output");
}

static Telling telling(const Story *s, const Case *c, Buf *out)
{
    return (Telling){.s = s, .of = c, .zone = ir_zone_of(s->program, c->process, NULL), .out = out, .first = true};
}

Status story_tell(const Story *s, const Case *c, Buf *out, Error *err)
{
    Telling t = telling(s, c, out);
    if (elements_any(c->flow)) t.trail = trail_new(s->arena);
    tell_head(&t);
    Status st = journal_replay(s->journal, c->id, told_event, &t, err);
    if (st != ST_OK) return st;
    buf_putc(out, '\n');
    st = tell_open(&t, err);
    tell_more(&t);
    return st;
}

void story_open(const Story *s, const Case *c, const Act *a, Buf *out)
{
    Telling t = telling(s, c, out);
    tell_act(&t, a);
}

Status story_json(const Story *s, const Case *c, Buf *out, Error *err)
{
    Telling t = telling(s, c, out);
    t.json = true;
    buf_putc(out, '{');
    json_key_int(out, "case", (int64_t)c->id);
    json_key_string(out, "process", c->process);
    json_key_string(out, "key", c->key);
    json_key_string(out, "status", case_status_name(c->status));
    json_key_string(out, "outcome", c->outcome);
    json_key_string(out, "cause", c->cause);
    json_key_bool(out, "late", c->late);
    story_json_instant(out, "started", c->started);
    story_json_instant(out, "ended", c->ended);
    json_key(out, "values");
    buf_putc(out, '{');
    for (uint32_t i = 0; i < c->flow->vars_n; i++)
        if (c->vars[i].type != CASE_UNSET) json_key(out, c->flow->vars[i].name), value_json(out, &c->vars[i]);
    buf_puts(out, "},\"events\":[");
    Status st = journal_replay(s->journal, c->id, told_event, &t, err);
    buf_puts(out, "]}");
    return st;
}
