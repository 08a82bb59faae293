/* http.c -- addresses: what a request names, and which machines are no business of the world's. */
#include "runtime/http.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

/* ---- URLs -------------------------------------------------------------------------------- */

/* Behind the host; 0: it is no port. */
static long port_in(const char *text, size_t n)
{
    long port = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)text[i]) || i > 4) return 0;
        port = port * 10 + text[i] - '0';
    }
    return port < 65536 ? port : 0;
}

static bool is_host(const char *text, size_t n)
{
    bool dot = true;                   /* a part must begin */
    for (size_t i = 0; i < n; i++) {
        bool begins = dot;
        dot = text[i] == '.';
        if (dot ? begins : !isalnum((unsigned char)text[i]) && text[i] != '-' && text[i] != '_') return false;
    }
    return n > 0 && n <= 253 && !dot;
}

/* How many bytes the host takes at the head of a text, up to one of those signs. An address of IPv6 stands in [], so
 * that its colons are none ahead of a port. */
static size_t host_length(const char *text, const char *ends)
{
    size_t n = *text == '[' ? strcspn(text, "]") : 0;
    return n + strcspn(text + n, ends);
}

/* An address in [], as http://[2001:db8::1]/ holds it. */
static bool read_v6(const char *text, size_t n, struct in6_addr *out)
{
    char inside[INET6_ADDRSTRLEN];
    if (n < 4 || n - 2 >= sizeof inside || text[0] != '[' || text[n - 1] != ']') return false;
    memcpy(inside, text + 1, n - 2);
    inside[n - 2] = '\0';
    return inet_pton(AF_INET6, inside, out) == 1;
}

bool http_url(Arena *a, const char *text, HttpUrl *out, const char **why)
{
    struct in6_addr v6;
    *out = (HttpUrl){.secure = strncasecmp(text, "https://", 8) == 0};
    bool plain = strncasecmp(text, "http://", 7) == 0;
    const char *from = text + (out->secure ? 8 : 7);
    for (const char *p = text; *p; p++)
        if (*p <= ' ' || *p > '~' || *p == '\\')
            return *why = "holds a blank, or a sign that must be written like %20", false;
    if (!out->secure && !plain) return *why = "begins with neither https:// nor http://", false;
    if (strlen(text) > HTTP_URL_MOST) return *why = "is longer than 8 KB", false;
    size_t all = strcspn(from, "/?#"), n = host_length(from, ":/?#");
    if (memchr(from, '@', all)) return *why = "holds a name or a password: say them in a header", false;
    bool named = n <= all && (is_host(from, n) || read_v6(from, n, &v6));
    if (!named) return *why = "names no host that can be asked", false;
    long usual = out->secure ? 443 : 80, port = n < all ? port_in(from + n + 1, all - n - 1) : usual;
    if (port == 0) return *why = "has no port behind the :", false;
    char *host = arena_dup_n(a, from, n);
    for (char *p = host; *p; p++) *p = (char)tolower((unsigned char)*p);
    out->host = host;
    out->port = (uint16_t)port;
    out->usual = port == usual;
    return true;
}

/* ---- lines of allow ---------------------------------------------------------------------------- */

static bool names_port(const char *line, const HttpUrl *url)
{
    const char *colon = line + host_length(line, ":");
    return *colon ? port_in(colon + 1, strlen(colon + 1)) == url->port : url->usual;
}

/* However each of them is written: ::1 is 0:0::1. */
static bool same_v6(const char *line, size_t n, const char *host, size_t m)
{
    struct in6_addr a, b;
    return read_v6(line, n, &a) && read_v6(host, m, &b) && memcmp(&a, &b, sizeof a) == 0;
}

bool http_names(const char *line, const HttpUrl *url)
{
    size_t n = host_length(line, ":"), m = strlen(url->host);
    if (!names_port(line, url)) return false;
    if (n > 2 && line[0] == '*' && line[1] == '.') {
        line++, n--;                   /* with its dot, so that something stands ahead of it */
        return m > n && *url->host != '[' && strncasecmp(url->host + m - n, line, n) == 0;
    }
    return (m == n && strncasecmp(url->host, line, n) == 0) || same_v6(line, n, url->host, m);
}

/* ---- addresses ---------------------------------------------------------------------------------- */

static bool begins_v4(uint32_t ip, uint32_t with, int bits)
{
    return ip >> (32 - bits) == with >> (32 - bits);
}

static bool private_v4(uint32_t ip)
{
    static const struct { uint32_t net; int bits; } nets[] = {
        {0x00000000, 8}, {0x0a000000, 8}, {0x64400000, 10}, {0x7f000000, 8}, {0xa9fe0000, 16}, {0xac100000, 12},
        {0xc0000000, 24}, {0xc0000200, 24}, {0xc0a80000, 16}, {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24},
        {0xe0000000, 4}, {0xf0000000, 4}};
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
        if (begins_v4(ip, nets[i].net, nets[i].bits)) return true;
    return false;
}

static uint32_t v4_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Only what the world gives out (2000::/3) is not private; and of that not what holds an older address that is. */
static bool private_v6(const uint8_t *p)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}, translated[12] = {0, 0x64, 0xff, 0x9b};
    if (memcmp(p, mapped, 12) == 0 || memcmp(p, translated, 12) == 0) return private_v4(v4_at(p + 12));
    if (p[0] >> 5 != 1) return true;
    if (p[0] == 0x20 && p[1] == 0x02) return private_v4(v4_at(p + 2));
    return p[0] == 0x20 && p[1] == 0x01 && (p[2] < 0x02 || (p[2] == 0x0d && p[3] == 0xb8));
}

bool http_is_private(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return private_v4(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return private_v6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
    return true;
}

static bool is_loopback(const struct sockaddr *address)
{
    static const uint8_t one[16] = {[15] = 1};
    if (address->sa_family == AF_INET)
        return begins_v4(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr), 0x7f000000, 8);
    return memcmp(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr, one, 16) == 0;
}

bool http_names_address(const char *line, const HttpUrl *url, const struct sockaddr *address)
{
    char host[64];
    struct in_addr named;
    struct in6_addr v6;
    size_t n = host_length(line, ":");
    if (!names_port(line, url) || n >= sizeof host) return false;
    memcpy(host, line, n);
    host[n] = '\0';
    if (strcasecmp(host, "localhost") == 0) return is_loopback(address);
    if (address->sa_family == AF_INET6)
        return read_v6(host, n, &v6) &&
               memcmp(&v6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, sizeof v6) == 0;
    return address->sa_family == AF_INET && inet_pton(AF_INET, host, &named) == 1 &&
           named.s_addr == ((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr;
}
