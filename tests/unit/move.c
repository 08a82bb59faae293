/* May a case go on with another version of its process? One line for each answer, and what becomes of it: the case is
 * brought somewhere by the old text, and asked to go on with the new one. */
#include "lang/check.h"
#include "runtime/move.h"
#include "runtime/turned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define ROLE "role R < people \"ann\", \"bob\" >\nevent e < n number >\nprocess Q < step Z < who R; how \"z\" > >\n"
#define P(flow) ROLE "process P < takes n number; " flow " >"
#define NEEDS(name, other) "step " name " < who R; how \"x\"; needs \"" other "\" >; "
#define ASK(name, what) "step " name " < who R; ask " what " >; "
#define SAY(name, what) "step " name " < who R; how \"${" what "}\" >; "
#define VOTE(name, what) "step " name " < who any 2 of R; ask " what " one of (y, n) >; "
#define EACH "each x in [1, 2] < "
#define AT_ONCE "each x in [1, 2] in parallel < "
#define ONE_BY_ONE "each x in [1, 2, 3] in parallel up to 1 < "
#define ROUNDS "repeat at most 3 times < "
#define STEP(name) "step " name " < who R; how \"x\" >; "

typedef struct Trial {
    const char *old;
    const char *doing;                 /* steps that are done, each a word; "fail": the command fails; or a state that
                                          the case is put in by hand */
    const char *to;
    const char *problem;               /* a part of the only one; NULL: it may move */
    const char *note;                  /* NULL: none */
} Trial;

static const Trial trials[] = {
    /* places */
    {P(STEP("A") STEP("B")), "", P(STEP("A") STEP("B") STEP("C")), NULL, NULL},
    {P(STEP("A") STEP("B")), "A", P(STEP("A") STEP("N") STEP("B")),
     NULL, "\"N\" is new and comes before where it is"},
    {P(STEP("A") STEP("B")), "A", P(STEP("A") "step C < who R; how \"x\"; was \"B\" >"), NULL, NULL},
    {P(STEP("A") STEP("B")), "A", P(STEP("A") STEP("C")), "it is at \"B\", which is no more", NULL},
    {P("wait 2 days; " STEP("B")), "", P(STEP("B")),
     "it is at \"wait 1\", which is no more, or cannot be told", NULL},
    {P(STEP("A") "wait 2 days; wait 3 days; " STEP("B")), "A", P(STEP("A") "wait 2 days; " STEP("B")), NULL, NULL},
    {P(STEP("A") "wait 2 days; " STEP("B")), "A", P(STEP("A") "wait 3 days; wait 2 days; " STEP("B")),
     "it is at \"wait 1\", which is no more, or cannot be told", NULL},
    {P(STEP("A")), "", P("parallel < " STEP("A") STEP("B") ">"),
     "\"A\", which stands within another block now", NULL},
    {P("parallel < " STEP("A") STEP("B") ">"), "", P("parallel < " STEP("A") STEP("B") STEP("C") ">"),
     "it is within \"parallel 1\", which has other branches now", NULL},
    {P("each x in [1, 2] in parallel < " STEP("A") ">"), "",
     P("each x in [1, 2] in parallel < set y = x; step A < who R; how \"${y}\" > >"),
     "it is within \"sequence 2\", which keeps other values for itself now", NULL},
    {P("parallel < if n > 1 < " STEP("A") STEP("C") "> " STEP("B") ">"), "A",
     P("parallel < if n > 2 < " STEP("A") STEP("C") "> " STEP("B") ">"), NULL, NULL},
    {P("race < if n > 1 < " STEP("A") STEP("C") "> " STEP("B") ">"), "",
     P("race < sequence < " STEP("A") STEP("C") "> " STEP("B") ">"), "\"A\", which stands within another block now",
     NULL},
    /* needs */
    {P("parallel < sequence < " STEP("A") STEP("B") STEP("D") "> sequence < " STEP("C") STEP("E") "> >"), "A",
     P("parallel < sequence < " STEP("A") STEP("B") NEEDS("D", "E") "> sequence < " STEP("C") NEEDS("E", "A") "> >"),
     "\"E\" needs \"A\" now, which ended when nobody needed it: it would wait for ever", NULL},
    {P("parallel < sequence < " STEP("A") STEP("B") STEP("D") "> sequence < " STEP("C") STEP("E") "> >"), "A C",
     P("parallel < sequence < " STEP("A") STEP("B") NEEDS("D", "E") "> sequence < " STEP("C") NEEDS("E", "A") "> >"),
     NULL, NULL},
    {P("parallel < sequence < " STEP("A") STEP("B") STEP("D") "> sequence < " STEP("C") NEEDS("E", "A") "> >"), "A",
     P("parallel < sequence < " STEP("A") STEP("B") NEEDS("D", "E") "> sequence < " STEP("C") NEEDS("E", "A") "> >"),
     NULL, NULL},
    {P("parallel < sequence < " STEP("A") STEP("B") "> sequence < " STEP("C") NEEDS("E", "A") "> >"), "A",
     P("parallel < sequence < " ASK("A", "x number") STEP("B") "> sequence < " STEP("C")
       "step E < who R; how \"${x}\"; needs \"A\" > > >"),
     "it is within \"sequence 3\", which keeps other values for itself now", NULL},
    {P("parallel < sequence < " ASK("A", "x number") STEP("B") "> sequence < " STEP("C")
       "step E < who R; how \"${x}\"; needs \"A\" > > >"), "",
     P("parallel < sequence < " ASK("A", "x number") STEP("B") "> sequence < " STEP("C")
       "step E < who R; how \"Now ${x}\"; needs \"A\" > > >"), NULL, NULL},
    /* order */
    {P(STEP("A") STEP("B")), "A", P(STEP("B") STEP("A")),
     "\"A\" was done, and comes after \"B\" now: it would be done",
     NULL},
    {P(STEP("A") STEP("B")), "", P(STEP("B") STEP("A")),
     "\"B\" is not done yet, and comes before \"A\" now: it would be",
     NULL},
    /* ... in the round or element at hand: before and behind */
    {P(EACH STEP("A") STEP("B") STEP("C") ">"), "A", P(EACH STEP("B") STEP("A") STEP("C") ">"),
     "\"A\" was done, and comes after \"B\" now: it would be done again", NULL},
    {P(EACH STEP("A") STEP("B") STEP("C") ">"), "A B C", P(EACH STEP("C") STEP("A") STEP("B") ">"),
     "\"C\" is not done yet, and comes before \"A\" now: it would be left out", NULL},
    {P(EACH STEP("A") STEP("B") STEP("C") ">"), "A B C A", P(EACH STEP("A") STEP("B") STEP("D") STEP("C") ">"), NULL,
     "of 1 element of \"each 1\", which is over"},
    {P(EACH STEP("A") STEP("B") STEP("C") ">"), "A B C", P(EACH STEP("A") STEP("C") STEP("B") ">"), NULL, NULL},
    {P(EACH STEP("A") STEP("B") STEP("C") ">"), "A B", P(EACH STEP("B") STEP("A") STEP("C") ">"), NULL, NULL},
    {P(AT_ONCE STEP("A") STEP("B") STEP("C") ">"), "A A", P(AT_ONCE STEP("B") STEP("A") STEP("C") ">"),
     "\"A\" was done, and comes after \"B\" now: it would be done again", NULL},
    {P(AT_ONCE STEP("A") STEP("B") ">"), "A B", P(AT_ONCE STEP("B") STEP("A") ">"),
     "\"B\" is not done yet, and comes before \"A\" now: it would be left out", NULL},
    {P(ONE_BY_ONE STEP("A") STEP("B") STEP("C") ">"), "A B C A B", P(ONE_BY_ONE STEP("B") STEP("A") STEP("C") ">"),
     NULL, NULL},
    {P(ONE_BY_ONE STEP("A") STEP("B") STEP("C") ">"), "A B C A", P(ONE_BY_ONE STEP("B") STEP("A") STEP("C") ">"),
     "\"A\" was done, and comes after \"B\" now: it would be done again", NULL},
    {P(ROUNDS STEP("A") STEP("B") "> until n > 3"), "A", P(ROUNDS STEP("B") STEP("A") "> until n > 3"),
     "\"A\" was done, and comes after \"B\" now: it would be done again", NULL},
    {P(ROUNDS STEP("A") STEP("B") "> until n > 3"), "A B", P(ROUNDS STEP("B") STEP("A") "> until n > 3"),
     "\"B\" is not done yet, and comes before \"A\" now: it would be left out", NULL},
    {P(ROUNDS STEP("A") EACH STEP("B") STEP("C") "> > until n > 3"), "A B C",
     P(ROUNDS EACH STEP("B") STEP("C") "> " STEP("A") "> until n > 3"),
     "\"A\" was done, and comes after \"B\" now: it would be done again", NULL},
    {P(EACH "if n > 7 < " STEP("A") "> else < " STEP("B") "> " STEP("C") ">"), "",
     P(EACH "if n > 7 < " STEP("A") "> else < " STEP("B") "> " STEP("C") STEP("D") ">"), NULL, NULL},
    {P(EACH STEP("A") STEP("B") ">"), "A B", P(EACH STEP("A") STEP("B") "> " STEP("C")), NULL, NULL},
    {P(EACH "step A < who R; how \"x\"; within 1 h; on late < " STEP("L") "> > " STEP("B") ">"), "A B",
     P(EACH "step A < who R; how \"y\"; within 1 h; on late < " STEP("L") "> > " STEP("B") ">"), NULL, NULL},
    /* ... into a loop, and out of it */
    {P(STEP("A") EACH STEP("B") STEP("C") ">"), "A", P(EACH STEP("B") STEP("A") STEP("C") ">"),
     "\"A\" was done, and comes after \"B\" now: it would be done again", NULL},
    {P(STEP("A") EACH STEP("B") STEP("C") ">"), "A", P(EACH STEP("A") STEP("B") STEP("C") ">"),
     "\"A\" was done, and comes in each round of the loop around \"B\" now: it would be done again", NULL},
    {P(STEP("A") EACH STEP("B") STEP("C") ">"), "A B C", P(EACH STEP("A") STEP("B") STEP("C") ">"), NULL, NULL},
    {P(STEP("A") AT_ONCE STEP("B") STEP("C") ">"), "A", P(AT_ONCE STEP("A") STEP("B") STEP("C") ">"), NULL, NULL},
    {P(EACH STEP("B") STEP("C") "> " STEP("A")), "B", P(EACH STEP("A") STEP("B") STEP("C") ">"),
     "\"A\" is not done yet, and comes before \"C\" now: it would be left out", NULL},
    {P(EACH STEP("B") STEP("C") "> " STEP("A")), "B", P(EACH STEP("B") STEP("C") STEP("A") ">"), NULL, NULL},
    {P(EACH STEP("B") STEP("C") "> " STEP("A")), "B", P(STEP("A") EACH STEP("B") STEP("C") ">"),
     "\"A\" is not done yet, and comes before \"C\" now: it would be left out", NULL},
    {P(EACH STEP("B") STEP("C") ">"), "", P(STEP("C") EACH STEP("B") ">"),
     "\"C\" is not done yet, and comes before \"B\" now: it would be left out", NULL},
    {P(EACH STEP("B") STEP("C") ">"), "B", P(STEP("B") EACH STEP("C") ">"),
     "\"B\" is not done yet in the rounds that come, and comes before \"C\" now: it would be left out", NULL},
    {P(EACH STEP("B") STEP("C") ">"), "B C B", P(STEP("B") EACH STEP("C") ">"), NULL, NULL},
    {P(AT_ONCE STEP("B") STEP("C") ">"), "B B", P(STEP("B") AT_ONCE STEP("C") ">"), NULL, NULL},
    {P(ONE_BY_ONE STEP("B") STEP("C") ">"), "B", P(STEP("B") ONE_BY_ONE STEP("C") ">"),
     "\"B\" is not done yet in the rounds that come, and comes before \"C\" now", NULL},
    {P(ROUNDS STEP("B") STEP("C") "> until n > 3"), "B", P(STEP("B") ROUNDS STEP("C") "> until n > 3"),
     "\"B\" is not done yet in the rounds that come, and comes before \"C\" now", NULL},
    {P(EACH STEP("B") STEP("C") ">"), "B C", P(EACH STEP("B") "> " STEP("C")),
     "\"C\" was done, and comes after \"B\" now: it would be done again", NULL},
    {P(EACH STEP("B") STEP("C") ">"), "", P(EACH STEP("B") "> " STEP("C")), NULL, NULL},
    /* ... and into another one */
    {P(EACH STEP("A") STEP("B") "> " EACH STEP("C") ">"), "A B A", P(EACH STEP("A") "> " EACH STEP("B") STEP("C") ">"),
     "it is at \"B\", which stands within another block now", NULL},
    {P(AT_ONCE STEP("A") STEP("B") "> " AT_ONCE STEP("C") ">"), "A A",
     P(AT_ONCE STEP("A") "> " AT_ONCE STEP("B") STEP("C") ">"), "it is at \"B\", which stands within another block now",
     NULL},
    {P(ROUNDS STEP("A") STEP("B") "> until n > 1; " ROUNDS STEP("C") "> until n > 2"), "A",
     P(ROUNDS STEP("A") "> until n > 1; " ROUNDS STEP("B") STEP("C") "> until n > 2"),
     "it is at \"B\", which stands within another block now", NULL},
    {P(EACH STEP("A") STEP("B") "> " EACH STEP("C") ">"), "A B", P(EACH STEP("A") "> " EACH STEP("B") STEP("C") ">"),
     "\"B\" was done, and comes after \"A\" now: it would be done again", NULL},
    {P(EACH STEP("A") STEP("B") "> " EACH STEP("C") ">"), "", P(EACH STEP("A") "> " EACH STEP("B") STEP("C") ">"), NULL,
     NULL},
    {P(EACH STEP("A") "> " EACH STEP("B") ">"), "A", P(EACH STEP("A") STEP("B") ">"),
     "it is at \"A\", which stands within another block now", NULL},
    {P(EACH STEP("A") "> " EACH STEP("B") ">"), "A", P(EACH STEP("B") "> " EACH STEP("A") ">"),
     "\"B\" is not done yet, and comes before \"A\" now: it would be left out", NULL},
    {P("parallel < sequence < " STEP("A") STEP("B") "> sequence < " STEP("C") STEP("D") "> >"), "C",
     P("parallel < sequence < " STEP("A") STEP("D") STEP("B") "> sequence < " STEP("C") STEP("E") "> >"),
     "it is at \"D\", which stands within another block now", NULL},
    /* ... and calls */
    {P(STEP("A") "start Q; " STEP("B")), "A", P(STEP("A") STEP("B") "start Q"),
     "its start of Q was done, and comes after \"B\" now: it would be done again", NULL},
    {P(EACH STEP("A") STEP("B") "call Q; >"), "A", P(EACH STEP("A") "call Q; " STEP("B") ">"),
     "its call of Q is not done yet, and comes before \"B\" now: it would be left out", NULL},
    {P(STEP("A") STEP("B") "call Q"), "A", P(STEP("A") "call Q; " STEP("B")),
     "its call of Q is not done yet, and comes before \"B\" now: it would be left out", NULL},
    {P("start Q; " EACH STEP("A") STEP("B") ">"), "A", P(EACH STEP("A") STEP("B") "start Q; >"),
     "its start of Q was done, and comes after \"B\" now: it would be done again", NULL},
    {P("start Q; " STEP("A") STEP("B")), "A", P("start Q; " STEP("A") STEP("B") "start Q"), NULL, NULL},
    {P("if n > 7 < start Q > else < " STEP("A") "> " STEP("B")), "",
     P("if n > 7 < > else < " STEP("A") "> start Q; " STEP("B")), NULL, NULL},
    {P(EACH "call Q; " STEP("A") STEP("B") ">"), "", P(EACH STEP("A") "call Q; " STEP("B") ">"),
     "it is at \"call 1\", which is no more, or cannot be told from others", NULL},
    {P(EACH "call Q; " STEP("A") STEP("B") ">"), "", P(EACH STEP("B") "call Q; " STEP("A") ">"),
     "\"B\" is not done yet, and comes before \"call 1\" now: it would be left out", NULL},
    /* what is under way */
    {P(STEP("A")), "", P("step A < how shell \"true\" >"),
     "\"A\" was offered to people, and is no more for people", NULL},
    {P(STEP("A")), "", P("step A < who R; approve \"Well?\" >"),
     "\"A\" was offered as no an approval, and is one now", NULL},
    {P("step A < who R; approve \"Well?\" >"), "", P(STEP("A")),
     "\"A\" was offered as an approval, and is none now", NULL},
    {P("step A < how shell \"x\"; retry 2 times every 1 hour >"), "fail",
     P("step A < who R; how \"x\" >"), "\"A\" is to be tried again by a machine, and is done otherwise now", NULL},
    {P("step A < how shell \"x\"; retry 2 times every 1 hour >"), "fail",
     P("step A < how shell \"y\"; retry 2 times every 1 hour >"), NULL, NULL},
    {P("step A < how shell \"x\" >"), "fail", P("step A < how shell \"y\" >"), NULL, NULL},
    {P("step A < how shell \"x\" >"), "fail", P(STEP("A")),
     "\"A\" failed when a machine did it, and is done otherwise now: `ops retry` or `ops skip` it first", NULL},
    {P("step A < how shell \"x\" >"), "fail", P("step A < who R; how \"look\"; how shell \"x\" >"),
     "\"A\" failed when a machine did it, and is done otherwise now", NULL},
    {P("step A < how shell \"x\" >"), "fail", P("step A < who R; approve \"Well?\" >"),
     "\"A\" failed when a machine did it, and is done otherwise now", NULL},
    {P("step A < how shell \"ok\"; undo shell \"back\" >; " STEP("B")), "",
     P("step A < how shell \"ok\" >; " STEP("B")),
     "\"A\" was done, and could not be undone any more as its flow says", NULL},
    {P(STEP("A")), "running", P(STEP("A")), "the command of \"A\" is under way: wait for its end", NULL},
    {P(STEP("A")), "undoing", P(STEP("A")), "\"A\" is being undone", NULL},
    {P(STEP("A")), "owed", P(STEP("A")), "what it did is being undone", NULL},
    {P(STEP("A")), "again", P(STEP("A")), "a step of it is done once more", NULL},
    {P("step A < who R; approve \"Well?\" >"), "again", P("step A < who R; approve \"Well?\" >"),
     "an approval of it does not stand any more, and is asked for again", NULL},
    {P(STEP("A")), "lapsed", P(STEP("A")), NULL, NULL},
    /* values */
    {P(STEP("A") STEP("B")), "A", P("step A < who R; ask x number >; step B < who R; how \"${x}\" >"),
     "x is used from here on, and this case has no value of it", NULL},
    {P(STEP("A") STEP("B")), "A", P(STEP("A") "set x = 1; step B < who R; how \"${x}\" >"),
     "x is used from here on, and this case has no value of it", NULL},
    {P(STEP("A") STEP("B") STEP("C")), "A", P(STEP("A") STEP("B") "set x = 1; step C < who R; how \"${x}\" >"),
     NULL, NULL},
    {P(STEP("A") STEP("B") STEP("C")), "A",
     P(STEP("A") "set x = 1; " STEP("B") "if n > 3 < set x = 2 > step C < who R; how \"${x}\" >"),
     "x is used from here on", NULL},
    {P(STEP("A") STEP("B") STEP("C")), "A",
     P(STEP("A") "set x = 1; " STEP("B") "set x = 2; step C < who R; how \"${x}\" >"), NULL, NULL},
    {P(STEP("A") STEP("B") STEP("C")), "A",
     P(STEP("A") STEP("B") "if n > 3 < set x = 1 > else < set x = 2 > step C < who R; how \"${x}\" >"), NULL, NULL},
    {P(STEP("A") STEP("B") STEP("C")), "A",
     P(STEP("A") "set x = 1; if x > 0 < set n = 4 > " STEP("B") STEP("C")), NULL, NULL},
    {P(STEP("A") STEP("B")), "A", P("call Q as q; " STEP("A") STEP("B")), NULL, NULL},
    {P(STEP("A") STEP("B")), "A", P("wait for e as w; " STEP("A") "step B < who R; how \"${w.n}\" >"),
     "w is used from here on",
     NULL},
    {P(STEP("A") STEP("B")), "", P(STEP("A") "wait for e as w; step B < who R; how \"${w.n}\" >"), NULL, NULL},
    {P(STEP("A") STEP("B")), "A",
     ROLE "process P < takes n number, m number; " STEP("A") "step B < who R; how \"${m}\" > >",
     "m is used from here on", NULL},
    {P(STEP("A") STEP("B")), "A", ROLE "process P < takes n number, m number; " STEP("A") STEP("B") ">", NULL, NULL},
    {P(STEP("A") STEP("B")), "A", ROLE "process P < takes n number; gives m number = 3; " STEP("A") STEP("B") ">",
     "m is used from here on", NULL},
    {P(STEP("A") STEP("B")), "A",
     P("set x = 1; " STEP("A") "step B < who R; how lua { return x + 1 }; gives y number >"),
     "x is used from here on", NULL},
    /* ... of loops */
    {P(STEP("A") "repeat at most 3 times < " ASK("L", "x boolean") "> until x; " STEP("B")), "",
     P(STEP("A") "repeat at most 3 times < " ASK("L", "x boolean") "> until x; " STEP("B") STEP("C")), NULL, NULL},
    {P("repeat at most 3 times < " STEP("A") STEP("L") "> until n > 3"), "A",
     P("repeat at most 3 times < " ASK("A", "x boolean") STEP("L") "> until x"), "x is used from here on", NULL},
    {P("repeat at most 3 times < " STEP("A") STEP("L") "> until n > 3"), "A",
     P("repeat at most 3 times < " ASK("A", "x boolean") ASK("L", "y number") "> until y > 3"), NULL, NULL},
    {P("repeat at most 3 times < " STEP("A") STEP("L") "> until n > 3"), "A",
     P("repeat at most 3 times < " ASK("A", "x number") STEP("L") "> until n > 3; " SAY("B", "x")),
     "x is used from here on", NULL},
    {P("repeat at most 3 times < " STEP("A") STEP("L") "> until n > 3"), "A",
     P("repeat at most 3 times < " ASK("A", "x number") SAY("N", "x") STEP("L") "> until n > 3"), NULL,
     "it will not do it in this round"},
    {P(STEP("A") "each x in [1, 2] < " SAY("L", "x") "> " STEP("B")), "",
     P(STEP("A") "each x in [1, 2] < " SAY("L", "x") "> " STEP("B") STEP("C")), NULL, NULL},
    {P(STEP("A") "each x in [1, 2] in parallel < " SAY("L", "x") "> " STEP("B")), "",
     P(STEP("A") "each x in [1, 2] in parallel < " SAY("L", "x") "> " STEP("B") STEP("C")), NULL, NULL},
    {P("each x in [1, 2] < " STEP("A") SAY("L", "x") ">"), "A", P("each y in [1, 2] < " STEP("A") SAY("L", "y") ">"),
     "y is used from here on", "its x is not in the new version"},
    {P("each x in [1, 2] < " SAY("A", "x") STEP("L") ">"), "A", P("each y in [1, 2] < " SAY("A", "y") STEP("L") ">"),
     NULL, "its x is not in the new version"},
    {P("each x in [1] < " STEP("A") STEP("L") ">"), "A", P("each x in [1] < " ASK("A", "y number") STEP("L") "> "
     STEP("B")), NULL, NULL},
    {P("each x in [1, 2] < " STEP("A") STEP("L") ">"), "", P("each x in [\"a\", \"b\"] < " STEP("A") STEP("L") ">"),
     "its x is of another type now", NULL},
    {P("each x in [1, 2] < " STEP("A") ">"), "", P("each y in [\"a\", \"b\"] < " STEP("A") ">"),
     "its y is of another type now", "its x is not in the new version"},
    {P("each x in [1, 2] in parallel up to 1 < " STEP("A") ">"), "",
     P("each x in [\"a\", \"b\"] in parallel up to 1 < " STEP("A") ">"), "its x is of another type now", NULL},
    {P("each x in [1] in parallel < " STEP("A") "set y = 1; " SAY("L", "y") "> collect y as all"), "A",
     P("each x in [1] in parallel < set y = 1; " STEP("A") SAY("L", "y") "> collect y as all"), NULL, NULL},
    {P("each x in [1] in parallel < " STEP("A") "set y = 1; " SAY("L", "y") "> collect y as all"), "",
     P("each x in [1] in parallel < set y = 1; " STEP("A") SAY("L", "y") "> collect y as all"),
     "y is used from here on", NULL},
    {P("each x in [1] in parallel < " STEP("A") "set y = 1 > collect y as all"), "",
     P("each x in [1] in parallel < set y = 1; " STEP("A") "> collect y as all"), "y is used from here on", NULL},
    {P("each x in [1, 2, 3] in parallel < " STEP("A") "set y = 1 > collect y as all"), "A",
     P("each x in [1, 2, 3] in parallel < " STEP("A") "set y = 1; " STEP("B") "> collect y as all"), NULL,
     "of 1 element of \"each 1\", which is over"},
    {P("each x in [1, 2, 3] in parallel < " STEP("A") "set y = 1 > collect y as all"), "A",
     P("each x in [1, 2, 3] in parallel < " STEP("A") "set y = \"a\" > collect y as all"),
     "its all is of another type now", NULL},
    {P("each x in [1, 2, 3] in parallel < " STEP("A") "set y = 1 >"), "A",
     P("each x in [1, 2, 3] in parallel < " STEP("A") "set y = 1 > collect y as all"),
     "its all is to be collected of elements that are over, too", NULL},
    {P("each x in [1, 2, 3] in parallel < " STEP("A") "set y = 1 >"), "",
     P("each x in [1, 2, 3] in parallel < " STEP("A") "set y = 1 > collect y as all"), NULL, NULL},
    /* ... of branches and handlers */
    {P("parallel < " STEP("A") STEP("B") "> " STEP("C")), "A",
     P("parallel < " STEP("A") ASK("B", "x number") "> " SAY("C", "x")), NULL, NULL},
    {P("parallel < " STEP("A") STEP("B") "> " STEP("C")), "A",
     P("parallel < " ASK("A", "x number") STEP("B") "> " SAY("C", "x")), "x is used from here on", NULL},
    {P("race < " ASK("A", "x number") ASK("B", "x number") ">"), "",
     P("race < " ASK("A", "x number") ASK("B", "x number") "> " SAY("C", "x")), NULL, NULL},
    {P("race < sequence < " STEP("A") ASK("L", "x number") "> wait 2 days >"), "A",
     P("race < sequence < " ASK("A", "x number") SAY("L", "x") "> wait 2 days >"), "x is used from here on", NULL},
    {P(STEP("A") "if n > 1 < " STEP("B") "> else < " STEP("C") "> " STEP("D")), "A",
     P(STEP("A") "if n > 1 < " ASK("B", "x number") "> else < set x = 1; " STEP("C") "> " SAY("D", "x")), NULL, NULL},
    {P(STEP("A") "if n > 1 < " STEP("B") STEP("L") "> else < " STEP("C") "> " STEP("D")), "A B",
     P(STEP("A") "if n > 1 < " ASK("B", "x number") STEP("L") "> else < set x = 1; " STEP("C") "> " SAY("D", "x")),
     "x is used from here on", NULL},
    {P("sequence < " STEP("A") STEP("B") "on e < " STEP("C") "> > " STEP("D")), "A",
     P("set x = 1; sequence < " STEP("A") STEP("B") "on e < " SAY("C", "x") "> > " STEP("D")),
     "x is used from here on", NULL},
    {P("sequence < " STEP("A") STEP("B") "on e < " STEP("C") "> > " STEP("D")), "A",
     P("sequence < " STEP("A") ASK("B", "x number") "on e as w < set x = w.n; " STEP("C") "> > " SAY("D", "x")), NULL,
     NULL},
    {P("sequence < " STEP("A") STEP("B") "on e < " STEP("C") "> > " STEP("D")), "A",
     P("sequence < " ASK("A", "x number") STEP("B") "on e as w < set x = w.n; " STEP("C") "> > " SAY("D", "x")),
     "x is used from here on", NULL},
    {P("step A < how shell \"x\"; on fail < " STEP("B") "> > " STEP("C")), "fail",
     P("step A < how shell \"x\"; gives x number; on fail < " ASK("B", "x number") "> > " SAY("C", "x")), NULL, NULL},
    {P(STEP("A") "if n > 7 < stop \"over\" > " STEP("B")), "",
     ROLE "process P < takes n number; gives m number; " STEP("A") "if n > 7 < set m = 1; stop \"over\" > set m = 2; "
     STEP("B") ">", NULL, NULL},
    {P("wait for e as w within 2 days; " STEP("A")), "",
     P("set x = 2 days; wait for e as w within x; " STEP("A")), NULL, NULL},
    {P("wait for e as w within 2 days; " STEP("A")), "",
     P("set x = 2; wait for e as w where w.n is x within 2 days; " STEP("A")), "x is used from here on", NULL},
    {P("step A < how shell \"x\" > " STEP("B")), "fail",
     P("step A < how shell \"x\"; gives x number; undo shell \"u ${x}\" > " SAY("B", "x")), NULL, NULL},
    {P(STEP("A") "step L < how lua { n = 1 } > " STEP("B")), "",
     P(STEP("A") "step L < how lua { n = 1 } > " STEP("B") STEP("C")), NULL, NULL},
    {ROLE "process P < takes n number; gives m number; " STEP("A") "step L < how lua { m = 1 } > " STEP("B") ">", "",
     ROLE "process P < takes n number; gives m number; " STEP("A") "step L < how lua { m = 1 } > " SAY("B", "m") ">",
     NULL, NULL},
    /* answers that are counted */
    {P(VOTE("A", "v") STEP("B") "if count(A where v is y) > 1 < " STEP("C") ">"), "A v=y A@bob v=y",
     P(VOTE("A", "v") STEP("B") "if count(A where v is y) > 0 < " STEP("C") ">"), NULL, NULL},
    {P(VOTE("A", "v") STEP("B") "if count(A where v is y) > 1 < " STEP("C") ">"), "A v=y A@bob v=y",
     P(VOTE("A", "w") STEP("B") "if count(A where w is y) > 1 < " STEP("C") ">"),
     "the answers to \"A\" are counted from here on by their w, and some have none", NULL},
    {P(VOTE("A", "v") "if count(A where v is y) > 1 < " STEP("C") "> " STEP("B")), "A v=y A@bob v=n",
     P(VOTE("A", "w") "if count(A where w is y) > 1 < " STEP("C") "> " STEP("B")), NULL, NULL},
    /* calls */
    {P("call Q as q; " STEP("A")), "", P("call Q as q; " STEP("A") STEP("B")), NULL, NULL},
    {P("call Q as q; " STEP("A")), "",
     "role R < people \"ann\", \"bob\" >\nprocess Q < gives z number = 1; " STEP("Z") ">\nprocess P < takes n number; "
     "call Q as q; " STEP("A") ">",
     "its call of Q is open, and will bring other values than the q that is wanted now: wait for its end", NULL},
    {P("call Q; " STEP("A")), "", P("call Q as q; " STEP("A")),
     "its call of Q is open, and was not to bring the q that is wanted now: wait for its end", NULL},
    {P("step A < who R; ask x number >; step B < who R; how \"${x}\" >"), "A x=3",
     P("step A < who R; ask x text >; step B < who R; how \"${x}\" >"), "its x is of another type now", NULL},
    {P("step A < who R; ask x number >; step B < who R; how \"${x}\" >"), "A x=3", P(STEP("A") STEP("B")), NULL,
     "its x is not in the new version: the history alone keeps it"},
};

/* ---- one trial --------------------------------------------------------------------------------------- */

static Error why;

static Compilation *compiled(const char *text)
{
    Compilation *c = compile_text("p.ops", text, strlen(text), NULL, NULL);
    if (!c->program) {
        Buf b = {0};
        diags_print(c->diags, &b, false, 5);
        print_error("%s\n%s", text, b.p);
        buf_free(&b);
    }
    assert_non_null(c->program);
    return c;
}

/* word: "A", or "A@bob" when it is not ann who does it; value: "x=3", or NULL. */
static void do_step(Turned *world, char *word, char *value, LiveReport *report)
{
    Case *c;
    const char *name = strsep(&word, "@"), *variable = value ? strsep(&value, "=") : "";
    Datum answer = {variable, value_text(value ? value : "")};
    assert_int_equal(journal_case(turned_journal(world), 1, &c, &why), ST_OK);
    uint32_t act = 0;
    for (uint32_t i = 0; i < c->acts.n; i++)
        if (strcmp(c->flow->nodes[c->acts.items[i].node].name, name) == 0) act = c->acts.items[i].id;
    assert_int_not_equal(act, 0);
    Input in = {.at = turned_now(world), .kind = INPUT_DONE, .act = act, .person = word ? word : "ann",
                .values = &answer, .values_n = value != NULL};
    Status st = live_input(turned_live(world), 1, &in, report, &why);
    if (st != ST_OK) print_error("%s\n", why.text);
    assert_int_equal(st, ST_OK);
    case_free(c);
}

/* States that last no longer than it takes to leave them. */
static bool put_in_state(Case *c, const char *word)
{
    if (strcmp(word, "running") == 0) c->acts.items[0].state = ACT_RUNNING;
    else if (strcmp(word, "undoing") == 0) c->acts.items[0].undoes = 1;
    else if (strcmp(word, "owed") == 0) c->owed = 1;
    else if (strcmp(word, "again") == 0) c->acts.items[0].again = true;
    else if (strcmp(word, "lapsed") == 0) c->lapsed = 1;           /* and nothing is asked for again */
    else return false;
    return true;
}

/* Begins the only case and brings it where the trial wants it. */
static Case *brought(Turned *world, const Trial *t)
{
    char doing[100], *next = doing, *word;
    LiveReport report = {0};
    Datum n = {"n", value_integer(3)};
    uint64_t id;
    Case *c;
    snprintf(doing, sizeof doing, "%s", t->doing);
    assert_int_equal(turned_begin(world, &why), ST_OK);
    turned_answer(world, false, "x", "", strcmp(doing, "fail") == 0);
    turned_answer(world, false, "ok", "", 0);
    assert_int_equal(turned_in_motion(world, &why), ST_OK);
    assert_int_equal(live_start(turned_live(world), "P", &n, 1, "ann", NULL, &id, &report, &why), ST_OK);
    while ((word = strsep(&next, " "))) {
        bool given = next && next[0] && next[1] == '=';
        if (*word >= 'A' && *word <= 'Z') do_step(world, word, given ? strsep(&next, " ") : NULL, &report);
    }
    buf_free(&report.notes);
    assert_int_equal(journal_case(turned_journal(world), 1, &c, &why), ST_OK);
    put_in_state(c, t->doing);
    return c;
}

/* What happened to a case is kept, with this flow. */
static void keep(Turned *world, Case *c, const IrFlow *flow, Out *out, uint32_t before)
{
    Advance a = {.of = c, .seq_before = before, .out = out};
    assert_int_equal(journal_keep_flow(turned_journal(world), flow, &why), ST_OK);
    assert_int_equal(journal_commit(turned_journal(world), &a, 1, &why), ST_OK);
    assert_int_equal(a.status, ST_OK);
}

/* Moved, kept, and read again, it is what it is; and it can go on to its end. */
static void moves(Turned *world, Case *c, const Move *move)
{
    Out *out = out_new();
    Case *again;
    VerifyReport r;
    Buf one = {0}, two = {0};
    uint32_t before = c->seq;
    move_case(c, move, &(MoveBy){.person = "ann", .at = turned_now(world)}, out);
    keep(world, c, move->to, out, before);
    assert_int_equal(journal_case(turned_journal(world), 1, &again, &why), ST_OK);
    case_write(&one, c), case_write(&two, again);
    assert_string_equal(buf_text(&one), buf_text(&two));
    assert_int_equal(journal_verify(turned_journal(world), NULL, &r, &why), ST_OK);
    if (r.problems) print_error("%s\n", buf_text(&r.text));
    assert_int_equal(r.problems, 0);
    buf_free(&r.text), buf_free(&one), buf_free(&two);
    case_free(again);
    out_free(out);
}

static bool as_wanted(const Trial *t, const Move *move)
{
    uint32_t problems = t->problem ? 1 : 0, notes = t->note ? 1 : 0;
    bool well = move->problems.n == problems && (!problems || strstr(move->problems.items[0], t->problem));
    if (well && !problems) well = move->notes.n == notes && (!notes || strstr(move->notes.items[0], t->note));
    if (well) return true;
    print_error("%s\n  done: %s\n%s\n  wanted: %s, %s\n", t->old, t->doing, t->to, t->problem ? t->problem : "it may",
                t->note ? t->note : "no note");
    for (uint32_t i = 0; i < move->problems.n; i++) print_error("  problem: %s\n", move->problems.items[i]);
    for (uint32_t i = 0; i < move->notes.n; i++) print_error("  note: %s\n", move->notes.items[i]);
    return false;
}

static bool tried(const Trial *t)
{
    Compilation *old = compiled(t->old), *to = compiled(t->to);
    LiveOptions none = {0};
    Turned *world;
    Arena *a = arena_new();
    Move move;
    assert_int_equal(turned_new(old->program, &none, &world, &why), ST_OK);
    Case *c = brought(world, t);
    move_plan(c, ir_process(to->program, "P")->flow, a, &move);
    bool well = as_wanted(t, &move);
    if (well && !move.problems.n) moves(world, c, &move);
    case_free(c);
    turned_free(world);
    arena_free(a);
    compilation_free(old), compilation_free(to);
    return well;
}

static void every_answer(void **state)
{
    (void)state;
    uint32_t wrong = 0;
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) wrong += !tried(&trials[i]);
    assert_int_equal(wrong, 0);
}

/* ---- moved by an older ops ------------------------------------------------------------------------------ */

/* It moved an incident of a machine to where people do the step; `ops retry` then began a machine that is not there. */
static void move_as_before(Turned *world, const IrFlow *to, bool begun)
{
    Case *c;
    Move move;
    Out *out = out_new();
    assert_int_equal(journal_case(turned_journal(world), 1, &c, &why), ST_OK);
    uint32_t before = c->seq;
    move_plan(c, to, out->arena, &move);
    assert_int_equal(move.problems.n, 1);
    move.problems.n = 0;
    move_case(c, &move, &(MoveBy){.person = "ann", .at = turned_now(world)}, out);
    const Act a = c->acts.items[0];
    const EventKind kinds[] = {EV_RETRIED, EV_BEGAN};
    for (size_t i = 0; begun && i < 2; i++) {
        Event *e = VEC_PUSH(out->arena, &out->events);
        *e = (Event){.at = c->now, .seq = c->seq + 1, .kind = (uint16_t)kinds[i], .act = a.id, .parent = a.parent,
                     .node = a.node, .due = INSTANT_NEVER, .attempt = i ? 2 : 0};
        case_apply(c, e);
    }
    out_touch(out, c, a.id);
    keep(world, c, to, out, before);
    case_free(c);
    out_free(out);
}

static void is_at(Turned *world, ActState state, const char *text)
{
    Case *c;
    assert_int_equal(journal_case(turned_journal(world), 1, &c, &why), ST_OK);
    assert_int_equal(c->acts.n, 1);
    assert_int_equal(c->acts.items[0].state, state);
    if (text) assert_non_null(strstr(c->acts.items[0].text, text));
    case_free(c);
}

static void is_done(Turned *world)
{
    Case *c;
    VerifyReport r;
    assert_int_equal(journal_case(turned_journal(world), 1, &c, &why), ST_OK);
    assert_int_equal(c->status, CASE_FINISHED);
    assert_int_equal(c->did.n, 2);
    case_free(c);
    assert_int_equal(journal_verify(turned_journal(world), NULL, &r, &why), ST_OK);
    assert_int_equal(r.problems, 0);
    buf_free(&r.text);
}

static void retries(bool begun)
{
    const Trial t = {P("step A < how shell \"x\" >; " STEP("B")), "fail", P(STEP("A") STEP("B")), NULL, NULL};
    Compilation *old = compiled(t.old), *to = compiled(t.to);
    LiveOptions none = {0};
    LiveReport report = {0};
    Turned *world;
    assert_int_equal(turned_new(old->program, &none, &world, &why), ST_OK);
    Case *c = brought(world, &t);
    const Input retry = {.at = c->now, .kind = INPUT_RETRY, .act = c->acts.items[0].id, .person = "ann"};
    case_free(c);
    move_as_before(world, ir_process(to->program, "P")->flow, begun);
    live_reset(turned_live(world));
    assert_int_equal(live_run(turned_live(world), &report, &why), ST_OK);
    is_at(world, ACT_INCIDENT, begun ? "\"A\" is for people in the version" : NULL);
    assert_int_equal(live_input(turned_live(world), 1, &retry, &report, &why), ST_OK);
    is_at(world, ACT_OFFERED, NULL);
    char a[] = "A", b[] = "B";
    do_step(world, a, NULL, &report);
    do_step(world, b, NULL, &report);
    is_done(world);
    buf_free(&report.notes);
    turned_free(world);
    compilation_free(old), compilation_free(to);
}

static void moved_to_people(void **state)
{
    (void)state;
    retries(false);
    retries(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_answer), cmocka_unit_test(moved_to_people)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
