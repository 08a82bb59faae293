/* A world in memory that has come into its stride asks the system for no memory: what an event needs was there for the
 * one before it. Counted at malloc itself, so that Lua's and SQLite's count too. */
#include "base/kept.h"
#include "lang/check.h"
#include "runtime/turned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* ---- counting ------------------------------------------------------------------------ */

static bool counting;
static uint64_t asked;

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif

#ifdef SANITIZED
/* as the header says that comes with one of the compilers only */
extern int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *p, size_t n),
                                                     void (*on_free)(const volatile void *p));

static void count(const volatile void *p, size_t n)
{
    (void)p, (void)n;
    asked += counting;
}

static void no_matter(const volatile void *p)
{
    (void)p;
}

static void count_from_now_on(void)
{
    __sanitizer_install_malloc_and_free_hooks(count, no_matter);
}
#else
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t each);
extern void *__libc_realloc(void *p, size_t n);

__attribute__((visibility("default"))) void *malloc(size_t n)
{
    asked += counting;
    return __libc_malloc(n);
}

__attribute__((visibility("default"))) void *calloc(size_t n, size_t each)
{
    asked += counting;
    return __libc_calloc(n, each);
}

__attribute__((visibility("default"))) void *realloc(void *p, size_t n)
{
    asked += counting;
    return __libc_realloc(p, n);
}

static void count_from_now_on(void) {}
#endif

/* ---- worlds --------------------------------------------------------------------------- */

static const char PROGRAM[] =
    "calendar Office < zone \"UTC\"; open mon..fri 09:00..17:00 >\n"
    "role Sales < people \"ann\", \"bob\" >\n"
    "event paid < order text >\n"
    "process P <\n"
    "    set rounds = 0\n"
    "    repeat at most 1000000 times <\n"
    "        set rounds = rounds + 1\n"
    "        step Reckon < how lua { local x = rounds * 2 } >\n"
    "        step Send < how shell \"mailer\"; gives receipt text >\n"
    "        if rounds > 10 < wait 1 hour > else < wait 30 minutes >\n"
    "    > until rounds >= 1000000\n"
    ">\n"
    "process Asked < step Ask < who Sales; how \"x\"; within 1 business day in Office; remind every 3 hours > >\n";

enum { ALONGSIDE = 8 };                /* cases of P that go on together */

typedef struct Played { Compilation *c; Turned *turned; Error err; uint64_t events, asked; } Played;

static void go_on(Played *w, int64_t span, LiveReport *report)
{
    uint64_t events = report->events;
    asked = 0;
    counting = true;
    Status st = turned_go_on(w->turned, turned_now(w->turned) + span, report, &w->err);
    counting = false;
    assert_int_equal(st, ST_OK);
    w->events = report->events - events;
    w->asked = asked;
}

static void begin(Played *w, LiveReport *report)
{
    uint64_t id;
    assert_int_equal(turned_begin(w->turned, &w->err), ST_OK);
    turned_answer(w->turned, false, "mailer", "r-1", 0);
    assert_int_equal(turned_in_motion(w->turned, &w->err), ST_OK);
    for (int i = 0; i < ALONGSIDE; i++)
        assert_int_equal(live_start(turned_live(w->turned), i ? "P" : "Asked", NULL, 0, "ann", NULL, &id, report,
                                    &w->err),
                         ST_OK);
}

static void end(LiveReport *report)
{
    buf_free(&report->notes);
}

static Played fixture(void)
{
    Played w = {.c = compile_text("p.ops", PROGRAM, sizeof PROGRAM - 1, NULL, NULL)};
    LiveOptions none = {0};
    assert_non_null(w.c->program);
    assert_int_equal(turned_new(w.c->program, &none, &w.turned, &w.err), ST_OK);
    count_from_now_on();
    return w;
}

/* The first makes the pages of its history; those after it find them. What is left grows with the logarithm of a case:
 * the piece that holds its trace, doubled. */
static void worlds_one_after_the_other(void **state)
{
    (void)state;
    Played w = fixture();
    for (int world = 0; world < 4; world++) {
        LiveReport report = {0};
        begin(&w, &report);
        go_on(&w, 20 * US_HOUR, &report);
        go_on(&w, 100 * US_HOUR, &report);
        assert_true(w.events > 5000);
        assert_true(world == 0 ? w.asked < w.events : w.asked * 100 < w.events);
        end(&report);
    }
    turned_free(w.turned);
    compilation_free(w.c);
}

static void pieces_come_back(void **state)
{
    (void)state;
    Kept k = {0};
    size_t size = kept_size(100);
    void *p = malloc(size), *large = malloc(1 << 20);
    assert_int_equal(size % KEPT_GRAIN, 0);
    assert_null(kept_take(&k, size));
    assert_true(kept_give(&k, p, size));
    assert_null(kept_take(&k, size - KEPT_GRAIN));
    assert_ptr_equal(kept_take(&k, size), p);
    assert_null(kept_take(&k, size));
    assert_false(kept_give(&k, large, 1 << 20));
    assert_true(kept_give(&k, p, size));
    kept_free(&k, free);
    assert_null(kept_take(&k, size));
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(worlds_one_after_the_other),
                                       cmocka_unit_test(pieces_come_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
