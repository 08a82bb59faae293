/* play.h -- a trial is played: the engine and the model side by side, compared after each deed. */
#ifndef OPS_TESTS_MODEL_PLAY_H
#define OPS_TESTS_MODEL_PLAY_H

#include "tests/model/plan.h"

typedef struct Verdict {
    bool checked;                      /* the checker finds the program right */
    bool differs;                      /* the engine and the model see different things, or the engine complains */
    bool reached[REACHES];
    Buf report;                        /* what, and at which deed; buf_free */
} Verdict;

/* tell: every deed and what is seen behind it goes to standard error, too. */
void play(const Plan *p, bool tell, Verdict *out);

#endif
