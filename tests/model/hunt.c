/* hunt.c -- trials by chance, until one shows a difference between the engine and the reference model.
 *
 *   model SECONDS SEED            trials of this seed, one after the other
 *   model one SEED NUMBER         only the one of this number, and all that is seen of it
 *   model small SEED NUMBER       the same; where it differs it is made small
 *   model many N SEED             so many trials, whatever differs among them; what they came to is told, and all there
 *                                 is they must have come to
 *   model play FILE...            kept trials are played again
 *
 * What differs is made small: statements and deeds are left out as long as it still does. The small trial is printed
 * as text that `play` takes, with the program and both sights of it. Each trial is played by a process of its own, so
 * that an engine that ends itself is a difference, too.
 */
#include "tests/model/play.h"

#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DIFFERS = 3, UNCHECKED = 4, DAMAGED = 5, AT_ONCE = 64, TRIAL_SECONDS = 60 };

/* ---- one trial in a process of its own ------------------------------------------------------- */

static uint64_t *programs;             /* that came to each Reach, counted by all processes */

static int play_here(const Plan *p, bool tell)
{
    Verdict v = {0};
    play(p, tell, &v);
    for (uint32_t i = 0; i < REACHES; i++) programs[i] += v.reached[i];
    if (tell) fputs(buf_text(&v.report), stdout);
    int found = v.differs ? DIFFERS : v.checked ? 0 : UNCHECKED;
    buf_free(&v.report);
    return found;
}

static int how_ended;                  /* the last one, as waitpid tells it */

static int ended(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) < 0) return DAMAGED;
    how_ended = status;
    return WIFEXITED(status) && WEXITSTATUS(status) <= UNCHECKED ? WEXITSTATUS(status) : DAMAGED;
}

static int play_apart(const Plan *p, bool tell)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(TRIAL_SECONDS);
        if (!tell) (void)!freopen("/dev/null", "w", stderr);
        int found = play_here(p, tell);
        fflush(stdout);
        _exit(found);
    }
    return ended(child);
}

/* ---- made small ------------------------------------------------------------------------------ */

/* The trial with a change, where that still differs as it did; else as it was. */
static bool still(Plan **p, Plan *changed, int how)
{
    plan_number(changed);
    bool keeps = play_apart(changed, false) == how;
    plan_free(keeps ? *p : changed);
    if (keeps) *p = changed;
    return keeps;
}

static bool without_deeds(Plan **p, int how, uint32_t at, uint32_t n)
{
    if (at + n > (*p)->deeds.n) return false;
    Plan *less = plan_copy(*p);
    memmove(less->deeds.items + at, less->deeds.items + at + n, (less->deeds.n - at - n) * sizeof *less->deeds.items);
    less->deeds.n -= n;
    return still(p, less, how);
}

static bool fewer_deeds(Plan **p, int how)
{
    bool any = false;
    for (uint32_t n = (*p)->deeds.n; n > 0; n /= 2)
        for (uint32_t at = (*p)->deeds.n; at-- > 0;) any |= without_deeds(p, how, at, n);
    return any;
}

static bool fewer_statements(Plan **p, int how)
{
    bool any = false;
    for (uint32_t at = plan_nodes(*p); at-- > 1;)
        for (int hoist = 0; hoist < 2; hoist++) {
            Plan *less = plan_copy(*p);
            if (at < plan_nodes(less) && plan_drop(less, at, hoist)) any |= still(p, less, how);
            else plan_free(less);
        }
    return any;
}

static void make_small(Plan **p, int how)
{
    for (bool any = true; any;) {
        any = fewer_deeds(p, how);
        any = fewer_statements(p, how) || any;
    }
}

static void tell_found(Plan *p, int how)
{
    Buf text = {0};
    plan_number(p);
    make_small(&p, how);
    plan_write(&text, p);
    printf("%s", buf_text(&text));
    play_apart(p, true);
    buf_free(&text);
    plan_free(p);
}

/* ---- hunts ----------------------------------------------------------------------------------- */

typedef struct Hunt { uint64_t seed, next, played, unchecked; } Hunt;

static Plan *trial(const Hunt *h, uint64_t number)
{
    Chance c = {h->seed * UINT64_C(1000003) + number};
    return plan_make(&c, number % 4 == 0);
}

/* Plays some trials in one process; what it has not come to when it ends is what ended it. */
static int play_some(Hunt *h)
{
    int ends[2];
    uint64_t seen[3] = {0};
    if (pipe(ends) != 0) return DAMAGED;
    pid_t child = fork();
    if (child == 0) {
        int found = 0;
        for (; found != DIFFERS && seen[0] < AT_ONCE; seen[0] += found != DIFFERS) {
            Plan *p = trial(h, h->next + seen[0]);
            alarm(TRIAL_SECONDS);
            found = play_here(p, false);
            seen[1] += found == UNCHECKED;
            plan_free(p);
            if (found != DIFFERS) (void)!write(ends[1], &found, sizeof found);
        }
        _exit(found == DIFFERS ? DIFFERS : 0);
    }
    close(ends[1]);
    for (int one; read(ends[0], &one, sizeof one) == sizeof one; h->next++) {
        h->played += one == 0;
        h->unchecked += one == UNCHECKED;
    }
    close(ends[0]);
    return ended(child);
}

static int differs(const Hunt *h, int found)
{
    printf("number %llu of seed %llu ", (unsigned long long)h->next, (unsigned long long)h->seed);
    if (found == DIFFERS) printf("differs:\n");
    else printf("ends the process (status %#x):\n", (unsigned)how_ended);
    tell_found(trial(h, h->next), found);
    return 1;
}

static int hunt(Hunt *h, Instant until, uint64_t most)
{
    int found = 0;
    while (!found && (most ? h->played < most : clock_real() < until)) found = play_some(h);
    printf("model: %llu programs checked, %llu did not compile\n", (unsigned long long)h->played,
           (unsigned long long)h->unchecked);
    return found ? differs(h, found) : 0;
}

/* What only holds others together is not come to. */
static bool is_reached(uint32_t what)
{
    return what != N_PROGRAM && what != N_LIST;
}

static int hunt_many(Hunt *h, uint64_t most)
{
    Instant began = clock_real();
    int wrong = 0;
    for (; h->played < most; h->next++) wrong += hunt(h, 0, most);
    printf("model: %d of %llu differ\n", wrong, (unsigned long long)h->played);
    double seconds = (double)(clock_real() - began) / US_SECOND;
    printf("model: %.0f programs a second\n", (double)h->played / seconds);
    for (uint32_t i = 0; i < REACHES; i++) {
        if (!is_reached(i)) continue;
        printf("  %8llu %s\n", (unsigned long long)programs[i], plan_reach_name(i));
        if (!programs[i] && !wrong) wrong = printf("model: no program came to: %s\n", plan_reach_name(i)) > 0;
    }
    return wrong != 0;
}

static int play_one(const Hunt *h, uint64_t number)
{
    Buf text = {0};
    Plan *p = trial(h, number);
    plan_write(&text, p);
    printf("%s", buf_text(&text));
    int found = play_apart(p, true);
    buf_free(&text);
    plan_free(p);
    return found != 0;
}

static int make_one_small(Hunt *h, uint64_t number)
{
    Plan *p = trial(h, number);
    int found = play_apart(p, false);
    plan_free(p);
    h->next = number;
    if (found == DIFFERS || found == DAMAGED) return differs(h, found);
    printf("number %llu of seed %llu %s\n", (unsigned long long)number, (unsigned long long)h->seed,
           found ? "does not check" : "shows no difference");
    return found;
}

static int play_kept(int n, char **paths)
{
    int wrong = 0;
    for (int i = 0; i < n; i++) {
        Arena *a = arena_new();
        char *text;
        size_t len;
        Error err;
        Plan *p = text_read_file(a, paths[i], 0, &text, &len, &err) == ST_OK ? plan_read(text, &err) : NULL;
        int found = p ? play_apart(p, false) : DAMAGED;
        if (!p) printf("%s: %s\n", paths[i], err.text);
        else if (found) printf("%s: %s\n", paths[i], found == UNCHECKED ? "does not check" : "differs");
        if (p && found && n == 1) play_apart(p, true);
        wrong += found != 0;
        plan_free(p);
        arena_free(a);
    }
    printf("model: %d kept trials, %d wrong\n", n, wrong);
    return wrong != 0;
}

int main(int argc, char **argv)
{
    if (argc < 3) return 64;
    programs = mmap(NULL, REACHES * sizeof *programs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (programs == MAP_FAILED) return 70;
    if (strcmp(argv[1], "play") == 0) return play_kept(argc - 2, argv + 2);
    bool many = strcmp(argv[1], "many") == 0, one = strcmp(argv[1], "one") == 0, small = strcmp(argv[1], "small") == 0;
    if ((many || one || small) && argc < 4) return 64;
    Hunt h = {.seed = strtoull(argv[many ? 3 : 2], NULL, 10), .next = 1};
    if (many) return hunt_many(&h, strtoull(argv[2], NULL, 10));
    if (one) return play_one(&h, strtoull(argv[3], NULL, 10));
    if (small) return make_one_small(&h, strtoull(argv[3], NULL, 10));
    long long seconds = strtoll(argv[1], NULL, 10);
    return hunt(&h, clock_real() + seconds * US_SECOND, seconds ? 0 : 300);
}
