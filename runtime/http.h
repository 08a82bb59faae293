/* http.h -- requests that Lua makes, by libcurl, in a process of their own: see exec.h, ExecCall.work.
 *
 * Whom a request may reach is written in lines of the program (`allow http "api.example.com"`): a host, or
 * *.host for all below it, with a port or for the usual ones. It is looked at for each address of the way,
 * redirects too; and the machine that is reached at last, when it is reached: one that has an address of
 * this machine's or of a private net must be named by that address (or be localhost), whatever name led there.
 */
#ifndef OPS_RUNTIME_HTTP_H
#define OPS_RUNTIME_HTTP_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

typedef struct HttpUrl {
    const char *host;                  /* in small letters, without a port; an address of IPv6 in [] */
    uint16_t port;                     /* the usual one where none is said */
    bool secure, usual;                /* https; the port is the usual one */
} HttpUrl;

/* Strict: http:// or https://, a host of letters, digits, - and dots, or an address of IPv6 in [], perhaps a port;
 * behind it printable ASCII alone. False with why it is none. */
bool http_url(Arena *a, const char *text, HttpUrl *out, const char **why);
/* Does a line of `allow` name it? */
bool http_names(const char *line, const HttpUrl *url);
/* Is it this machine's, or of a net that is nobody's, or something else that the world does not reach? */
bool http_is_private(const struct sockaddr *address);
/* Does a line name it by its address, or as localhost? */
bool http_names_address(const char *line, const HttpUrl *url, const struct sockaddr *address);

enum { HTTP_BODY_MOST = 4 << 20, HTTP_HEAD_MOST = 64 << 10, HTTP_URL_MOST = 8 << 10, HTTP_REDIRECTS_MOST = 10 };

/* argv: none. The request comes on standard input, as JSON: method, url, headers [[name, value]], body (or null),
 * micros, redirects (how many are followed), allow [[line ...] ...], of each of which one must name what is reached. On
 * standard output then a line of JSON: status, url (at last), headers; and behind its end the body. 0; or 1, and one
 * line on standard error says why. */
int http_send(char **argv);

#endif
