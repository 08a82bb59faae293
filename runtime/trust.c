/* trust.c -- whose word on certificates counts: see trust.h. */
#include "runtime/trust.h"

#include <stdlib.h>

static const char *set(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

const char *trust_file(void)
{
    const char *first = set("CURL_CA_BUNDLE");
    return first ? first : set("SSL_CERT_FILE");
}

/* X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT up to X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE. */
const char *trust_hint(long verified)
{
    bool lacks_authority = verified >= 18 && verified <= 21;
    return lacks_authority ? "; SSL_CERT_FILE names the authorities to trust, where they are not this machine's" : "";
}

void trust_hand(Arena *a, ExecCall *call)
{
    const char *file = trust_file();
    if (!file) return;
    char *whole = realpath(file, NULL);            /* the process has another folder */
    const char **env = ARENA_ARRAY(a, const char *, call->env_n + 1);
    for (uint32_t i = 0; i < call->env_n; i++) env[i] = call->env[i];
    env[call->env_n++] = arena_printf(a, "SSL_CERT_FILE=%s", whole ? whole : file);
    call->env = env;
    free(whole);
}
