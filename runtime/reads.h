/* reads.h -- which variables the places of a flow read. */
#ifndef OPS_RUNTIME_READS_H
#define OPS_RUNTIME_READS_H

#include "lang/ir.h"

typedef struct Names { VEC(const char *) items; } Names;      /* of variables */

bool names_have(const Names *names, const char *name);
void names_add(Arena *a, Names *names, const char *name);      /* each once */
void names_drop(Names *names, const char *name);
/* How the answers to a step stand among them, for `count("Step" where ...)`: no variable is called so. */
const char *names_answers(Arena *a, const char *step);
/* ... and what each of them says here, for what stands behind that `where`. */
const char *names_answer(Arena *a, const char *step, const char *field);
/* How a step itself has ended stands so: who did it, how often it did, its outcome and times. */
const char *names_step(Arena *a, const char *step);

bool code_reads(const IrFlow *f, Code code, const Names *names);
/* Of which step does the code ask here who did it? NULL: it does not. */
const char *code_did(const IrUnit *u, Code at);
/* Does the rule of the step at this node ask who did that other one? */
bool node_asks_who_did(const IrFlow *f, uint32_t node, const char *step);
/* ... does it ask people who answer apart (`3 of Panel`)? */
bool node_asks_apart(const IrFlow *f, uint32_t node);
/* Does what stands at this node itself read one of them? What its children do does not count. Lua reads what its
 * text, or that of the functions that it may call, names. */
bool node_reads(const IrFlow *f, uint32_t node, const Names *names);
/* Of a step: does it where it begins and is done; and when it has ended, with its own values: for what it ensures, and
 * for how it is undone, of which node_reads says nothing? */
bool step_reads(const IrFlow *f, const IrStep *s, const Names *names);
bool step_end_reads(const IrFlow *f, const IrStep *s, const Names *names);

#endif
