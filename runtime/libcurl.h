/* libcurl.h -- libcurl, opened by name where it is needed: what sends nothing has to start in a millisecond. */
#ifndef OPS_RUNTIME_LIBCURL_H
#define OPS_RUNTIME_LIBCURL_H

#include <curl/curl.h>
#include <stdbool.h>

typedef struct LibCurl {               /* what we call of it */
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_perform)(CURL *);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    void (*easy_reset)(CURL *);
    const char *(*easy_strerror)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
} LibCurl;

/* False: it is not on this machine, or cannot begin. */
bool libcurl_open(LibCurl *out);

#endif
