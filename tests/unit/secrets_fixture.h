/* secrets_fixture.h -- a program with one secret, which is called `token`, for the unit tests of a group. */
#ifndef OPS_TESTS_UNIT_SECRETS_FIXTURE_H
#define OPS_TESTS_UNIT_SECRETS_FIXTURE_H

#include "runtime/secrets.h"

#include <stdlib.h>

#define SECRET "s3cr3t/\"p+ss word"

static Arena *a;
static Secrets *s;

static int set_up(void **state)
{
    static const IrSecret secret = {.name = "token", .env = "OPS_TEST_SECRET"};
    static const IrProgram program = {.secrets = &secret, .secrets_n = 1};
    (void)state;
    setenv("OPS_TEST_SECRET", SECRET, 1);
    a = arena_new();
    s = secrets_new(&program, true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    secrets_free(s);
    arena_free(a);
    return 0;
}

#endif
