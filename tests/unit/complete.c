/* Completion at the prompt: words by the grammar, names by their kind, fields behind a dot. */
#include "lang/check.h"
#include "lang/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char PROGRAM[] =
    "calendar Office < zone \"UTC\"; open mon..fri 09:00..17:00 >\n"
    "person ann < works Office >\n"
    "role Sales < people ann >\n"
    "record Place < town text >\n"
    "record Lead < key id; id text; budget money; place Place >\n"
    "table Leads < Lead in \"leads.csv\" >\n"
    "event paid < order text >\n"
    "process Close <\n"
    "    takes lead Lead\n"
    "    gives won boolean = no\n"
    "    step \"Draft quote\" < who Sales; how \"x\"; ask price money >\n"
    "    set won = price > $1 or lead.budget > $5\n"
    ">\n"
    "process Pay < when paid; takes order text; step Thank < who Sales; how \"${order}\" > >\n"
    "metric wins = share(won of Close, all time)\n";

/* wanted and unwanted: names between bars. */
typedef struct Spot {
    const char *text, *wanted, *unwanted;
} Spot;

static const Spot PLACES[] = {
    {"", "process|metric|calendar|wins|count|share|Leads", "who|until|Office"},
    {"process P <\n    step A < who ", "Sales|ann|did|any", "Close|wins|step"},
    {"process P <\n    step A < ", "who|how|ask|approve", "process|Sales|wins"},
    {"process P <\n    ", "step|if|takes|when|each", "who|Sales|mail"},
    {"process P < when ", "paid|every|each", "Sales|Close|wins"},
    {"process P < start ", "Close|Pay", "paid|Sales|wins"},
    {"process P < call ", "Close|Pay", "Sales"},
    {"process P < emit ", "paid", "Close|Sales"},
    {"process P < wait for ", "paid", "Close"},
    {"process P < takes x ", "text|money|Lead|list of", "Sales|wins|step"},
    {"process P < takes ", "", "Sales|Lead|text"},
    {"process P < within 2 business days in ", "Office", "Sales|text"},
    {"count(", "Close|wins|won", "step|text"},
    {"share(won of ", "Close|Pay", "step|paid"},
    {"average(price of Close where lead.", "id|budget|place", "won|Close|town"},
    {"lead.place.", "town", "budget|id"},
    {"\"Draft quote\".", "person|duration|waiting", "won|budget"},
    {"median(Thank.", "duration|waiting", "order"},
    {"audit A < check \"c\" every ", "Close|Pay", "wins|Sales"},
    {"audit A < check \"c\" every Close has ", "Draft quote|Thank|no", "wins|Sales"},
    {"role R < people ", "ann", "Sales|Close"},
    {"process P < step A < who Sales except did(", "Draft quote|Thank", "wins|Sales"},
    {"process P < step A < who Sales except did(\"", "Draft quote|Thank", "wins"},
    {"test \"t\" < ", "start|done|approve|given|expect|after|clock", "who|step|Sales"},
    {"test \"t\" < start ", "Close|Pay", "paid|Sales|wins"},
    {"test \"t\" < done ", "Draft quote|Thank", "Sales|wins"},
    {"test \"t\" < signal ", "paid", "Close"},
    {"test \"t\" < given ", "shell|Leads", "Close|wins"},
    {"test \"t\" < expect ", "offered|waiting|refused|did|won", "start|step"},
    {"test \"t\" < expect offered Thank to ", "ann", "Close|wins"},
    {"process P < step A < how \"", "", "wins|Close"},
};

static bool offered(const char *const *items, uint32_t n, const char *name, size_t length)
{
    for (uint32_t i = 0; i < n; i++)
        if (strlen(items[i]) == length && memcmp(items[i], name, length) == 0) return true;
    return false;
}

static void expect(const Spot *p, const char *const *items, uint32_t n, const char *names, bool wanted)
{
    for (size_t length; *names; names += length + (names[length] == '|')) {
        length = strcspn(names, "|");
        if (offered(items, n, names, length) != wanted)
            fail_msg("behind '%s': %.*s is %s", p->text, (int)length, names, wanted ? "missing" : "too much");
    }
}

static void by_place(void **state)
{
    (void)state;
    Compilation *c = compile_text("x.ops", PROGRAM, sizeof PROGRAM - 1, NULL, NULL);
    assert_non_null(c->program);
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        Arena *a = arena_new();
        const char *const *items;
        uint32_t n = prompt_completions(a, c->program, PLACES[i].text, strlen(PLACES[i].text), &items);
        expect(&PLACES[i], items, n, PLACES[i].wanted, true);
        expect(&PLACES[i], items, n, PLACES[i].unwanted, false);
        arena_free(a);
    }
    compilation_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_place)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
