/* secrets_fixture.h -- a program with one secret, for the unit tests. */
#ifndef OPS_TESTS_UNIT_SECRETS_FIXTURE_H
#define OPS_TESTS_UNIT_SECRETS_FIXTURE_H

#include "runtime/secrets.h"

#include <stdlib.h>

/* It is called `token`, and has this value. */
static Secrets *one_secret(const char *value)
{
    static const IrSecret secret = {.name = "token", .env = "OPS_TEST_SECRET"};
    static const IrProgram program = {.secrets = &secret, .secrets_n = 1};
    setenv("OPS_TEST_SECRET", value, 1);
    return secrets_new(&program, true);
}

#endif
