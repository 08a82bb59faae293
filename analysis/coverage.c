/* coverage.c -- a mark for each node and each way on from it, set by the events of cases. */
#include "analysis/coverage.h"

#include <stdlib.h>
#include <string.h>

enum { REACHED = 1, YES = 2, NO = 4, ON_FAIL = 8, ON_REJECT = 16, ELSE = 32, TOOK = 64 };

struct Coverage {
    const IrProgram *program;
    uint8_t **marks;                   /* by process, by node */
};

Coverage *coverage_new(const IrProgram *p)
{
    Coverage *c = mem_zero(1, sizeof *c);
    c->program = p;
    c->marks = mem_zero(p->processes_n, sizeof *c->marks);
    for (uint32_t i = 0; i < p->processes_n; i++) c->marks[i] = mem_zero(p->processes[i].flow->nodes_n, 1);
    return c;
}

void coverage_free(Coverage *c)
{
    if (!c) return;
    for (uint32_t i = 0; i < c->program->processes_n; i++) free(c->marks[i]);
    free(c->marks);
    free(c);
}

/* ---- marking ---------------------------------------------------------------------------- */

typedef struct Marking { const Coverage *coverage; Journal *journal; uint8_t *marks; uint16_t before; } Marking;

static Status mark(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    Marking *m = self;
    (void)hash, (void)err;
    if (e->node != IR_NONE) {
        m->marks[e->node] |= REACHED;
        if (e->kind == EV_CHOSE) m->marks[e->node] |= e->n ? YES : NO;
        if (e->kind == EV_HANDLED) m->marks[e->node] |= m->before == EV_REJECTED ? ON_REJECT : ON_FAIL;
        if (e->kind == EV_ELAPSED) m->marks[e->node] |= ELSE;
        if (e->kind == EV_TOOK) m->marks[e->node] |= TOOK;
    }
    m->before = e->kind;
    return ST_OK;
}

static Status mark_case(void *self, const CaseRow *row, Case **of, Error *err)
{
    Marking *m = self;
    const IrProgram *p = m->coverage->program;
    const IrProcess *process = ir_process(p, row->process);
    (void)of;
    if (!process) return ST_OK;
    m->marks = m->coverage->marks[process - p->processes];
    m->before = 0;
    return journal_replay(m->journal, row->id, mark, m, err);
}

Status coverage_add(Coverage *c, Journal *j, Error *err)
{
    Marking m = {.coverage = c, .journal = j};
    CaseFilter all = {0};
    return journal_cases(j, &all, false, mark_case, &m, err);
}

/* ---- what there is to reach ------------------------------------------------------------- */

typedef struct Looking { CoverageRow row; CoverageVisit *visit; void *self; } Looking;

static void look(Looking *l, CoverageKind kind, bool reached, const char *format, const char *name, IrPlace place)
{
    l->row.all[kind]++;
    l->row.reached[kind] += reached;
    if (reached || !l->visit) return;
    Buf b = {0};
    buf_printf(&b, format, name);
    l->visit(l->self, kind, buf_text(&b), place);
    buf_free(&b);
}

static void look_at_if(Looking *l, const IrNode *n, uint8_t marks)
{
    Buf asked = {0};
    buf_printf(&asked, "if %s", n->asked ? n->asked : n->name + strlen("if "));
    look(l, COVERAGE_WAYS, marks & YES, "\"%s\" is never yes", buf_text(&asked), n->place);
    look(l, COVERAGE_WAYS, marks & NO, "\"%s\" is never no", buf_text(&asked), n->place);
    buf_free(&asked);
}

/* all: the marks of every node; a handler was reached when what it does began. */
static void look_at(Looking *l, const IrFlow *f, uint32_t node, const uint8_t *all)
{
    const IrNode *n = &f->nodes[node];
    uint8_t marks = all[node];
    if (n->op == IRN_IF) {
        look_at_if(l, n, marks);
    } else if (n->op == IRN_WAIT_EVENT && n->d != CODE_NONE) {
        look(l, COVERAGE_HANDLERS, marks & ELSE, "else of \"%s\"", n->name, n->place);
    } else if (n->op == IRN_STEP) {
        const IrStep *s = &f->steps[n->a];
        look(l, COVERAGE_STEPS, marks & REACHED, "step \"%s\"", n->name, n->place);
        if (s->on_fail != IR_NONE)
            look(l, COVERAGE_HANDLERS, marks & ON_FAIL, "on fail of \"%s\"", n->name, n->place);
        if (s->on_reject != IR_NONE)
            look(l, COVERAGE_HANDLERS, marks & ON_REJECT, "on reject of \"%s\"", n->name, n->place);
        if (s->on_late != IR_NONE)
            look(l, COVERAGE_HANDLERS, all[s->on_late] & REACHED, "on late of \"%s\"", n->name, n->place);
    } else if (n->op == IRN_ON_FAIL) {
        look(l, COVERAGE_HANDLERS, all[n->parent] & ON_FAIL, "\"%s\"", n->name, n->place);
    } else if (n->op == IRN_ON_EVENT) {
        look(l, COVERAGE_HANDLERS, marks & TOOK, "\"%s\"", n->name, n->place);
    } else if (n->op == IRN_ON_LATE) {
        look(l, COVERAGE_HANDLERS, all[node + 1] & REACHED, "\"%s\"", n->name, n->place);
    }
}

static void look_through(const Coverage *c, uint32_t process, Looking *l)
{
    l->row.process = &c->program->processes[process];
    const IrFlow *f = l->row.process->flow;
    for (uint32_t i = 0; i < f->nodes_n; i++) look_at(l, f, i, c->marks[process]);
}

CoverageRow coverage_row(const Coverage *c, uint32_t process)
{
    Looking l = {0};
    look_through(c, process, &l);
    return l.row;
}

void coverage_missed(const Coverage *c, uint32_t process, CoverageVisit *visit, void *self)
{
    Looking l = {.visit = visit, .self = self};
    look_through(c, process, &l);
}

const char *coverage_kind_name(CoverageKind k)
{
    static const char *const names[] = {"steps", "ways", "handlers"};
    return names[k];
}
