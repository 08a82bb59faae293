/* libcurl.c -- finds the library and what we call of it. */
#include "runtime/libcurl.h"

#include <dlfcn.h>
#include <string.h>

static bool find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found);        /* POSIX gives functions as object pointers */
    return found;
}

bool libcurl_open(LibCurl *c)
{
    void *l = dlopen("libcurl.so.4", RTLD_NOW);
    if (!l) l = dlopen("libcurl-gnutls.so.4", RTLD_NOW);
    memset(c, 0, sizeof *c);
    return l && find(l, "curl_global_init", &c->global_init) && find(l, "curl_easy_init", &c->easy_init) &&
           find(l, "curl_easy_setopt", &c->easy_setopt) && find(l, "curl_easy_perform", &c->easy_perform) &&
           find(l, "curl_easy_getinfo", &c->easy_getinfo) && find(l, "curl_easy_reset", &c->easy_reset) &&
           find(l, "curl_easy_strerror", &c->easy_strerror) && find(l, "curl_slist_append", &c->slist_append) &&
           c->global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}
