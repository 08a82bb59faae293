/* parse.c -- random damage to good programs: whatever comes out, the compiler answers with
 * messages, and the formatter keeps what it was given. Built with the sanitizers.
 *
 *   fuzz SECONDS SEED FILE...
 */
#include "lang/check.h"
#include "lang/parse.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t state;

static uint64_t chance(uint64_t below)               /* splitmix64 */
{
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

static void damage(Buf *b)
{
    static const char *const bits[] = {"<", ">", "\"", "${", "}", "(", ")", "[", "]", "lua {", "\n", "\"\"\"", "[[",
                                       ";", " step ", " else ", " where ", " is ", "--", "\xff", "#", "1",
                                       "business days", " of ", ".", "$", "\xe2\x80\x9c", "="};
    size_t at = b->n ? chance(b->n) : 0, length = chance(12) + 1;
    Buf out = {0};
    if (at + length > b->n) length = b->n - at;
    buf_add(&out, buf_text(b), at);
    switch (chance(4)) {
    case 0: break;                                   /* a piece goes */
    case 1:
        buf_puts(&out, bits[chance(sizeof bits / sizeof *bits)]);
        length = 0;
        break;
    case 2: buf_putc(&out, (char)chance(256)); break;
    default: {                                       /* a piece from elsewhere */
        size_t from = b->n ? chance(b->n) : 0, n = chance(60);
        if (from + n > b->n) n = b->n - from;
        buf_add(&out, buf_text(b) + from, n);
        length = 0;
    }
    }
    buf_add(&out, buf_text(b) + at + length, b->n - at - length);
    buf_free(b);
    *b = out;
}

static const Buf *under_way;

/* The program that was too much, so that it can become a test. */
static void on_abort(int number)
{
    (void)number;
    if (under_way && write(STDERR_FILENO, under_way->p, under_way->n) < 0) _exit(1);
    _exit(1);
}

static void feed(const Buf *text)
{
    under_way = text;
    Compilation *c = compile_text("fuzz.ops", buf_text(text), text->n, NULL, NULL);
    Buf shown = {0};
    diags_print(c->diags, &shown, false, 0);
    diags_json(c->diags, &shown);
    if (c->program) {
        Error err;
        if (ir_verify(c->program, &err) != ST_OK) {
            fprintf(stderr, "a program that does not verify: %s\n%s", err.text, buf_text(text));
            abort();
        }
        ir_print(&shown, c->program);
    }
    buf_free(&shown);
    compilation_free(c);
    Arena *a = arena_new();
    Sources *sources = sources_new(a);
    Diags *diags = diags_new(a, sources);
    format_text(a, diags, sources_add(sources, "fuzz.ops", buf_text(text), text->n), buf_text(text), text->n, &shown);
    buf_free(&shown);
    arena_free(a);
}

/* So that what the sanitizers find comes to on_abort, too. */
#define SHOWN __attribute__((visibility("default"), used))
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
SHOWN const char *__asan_default_options(void)
{
    return "abort_on_error=1:handle_abort=0";
}
SHOWN const char *__ubsan_default_options(void)
{
    return "abort_on_error=1:print_stacktrace=1";
}

int main(int argc, char **argv)
{
    if (argc < 4) return 64;
    Instant until = clock_real() + strtoll(argv[1], NULL, 10) * US_SECOND;
    state = strtoull(argv[2], NULL, 10);
    signal(SIGABRT, on_abort);
    uint64_t runs = 0;
    while (clock_real() < until) {
        Arena *a = arena_new();
        char *seed;
        size_t n;
        Buf text = {0};
        if (text_read_file(a, argv[3 + chance((uint64_t)argc - 3)], 0, &seed, &n, NULL) != ST_OK) return 66;
        buf_add(&text, seed, n);
        arena_free(a);
        for (uint64_t k = chance(6) + 1; k > 0; k--) damage(&text);
        feed(&text);
        buf_free(&text);
        runs++;
    }
    printf("fuzz: %llu programs, nothing found\n", (unsigned long long)runs);
    return 0;
}
