/* without_libcurl.c -- what needs it, where ops was built without it: the Makefile takes this in its place. */
#include "runtime/http.h"
#include "runtime/smtp.h"

#include <stdio.h>

static int tell(const char *what)
{
    fprintf(stderr, "this ops was built without libcurl, which %s needs: install libcurl4-openssl-dev and build it "
                    "anew\n", what);
    return 1;
}

int smtp_send(char **argv)
{
    (void)argv;
    return tell("mail by a server");
}

int http_send(char **argv)
{
    (void)argv;
    return tell("http");
}
