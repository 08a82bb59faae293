/* vacant.h -- steps that too few people are there for, on a day.
 *
 * What the file alone tells: roles, who is away, who stands in. What a case
 * will bring (`order.doctor`, a condition over its values) nobody knows yet;
 * of a rule that hangs on it, its roles are looked at one by one. The steps
 * before are done by those who are there, too: where a rule leaves out who did
 * one, too few are left if they are so whoever that was.
 */
#ifndef OPS_ANALYSIS_VACANT_H
#define OPS_ANALYSIS_VACANT_H

#include "runtime/engine.h"

typedef struct Vacancy {
    const char *process, *step;
    const char *role;                  /* of a rule with several ways: where it falls to these; else NULL */
    int64_t day;                       /* the first such day, by the step's calendar */
    uint64_t task, case_id;            /* of what is open already; 0: of what a case may come to */
} Vacancy;
typedef VEC(Vacancy) Vacancies;

/* Of the rules that name this person, or one for whom they stand in then: those that cannot be met on one of the days,
 * both included. */
Vacancies vacant_steps(Arena *a, const IrProgram *p, const char *person, int64_t from, int64_t to);

/* Does an open act name this person, or one for whom they stand in, and cannot end on one of the days? *day: the first
 * of these. */
bool vacant_task(const IrProgram *p, const Case *c, const Act *act, const char *person, int64_t from, int64_t to,
                 int64_t *day);

#endif
