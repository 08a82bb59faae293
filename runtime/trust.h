/* trust.h -- whose word on the certificates of servers counts.
 *
 * The authorities that this machine trusts; or, where the environment names a file of
 * others, those alone: SSL_CERT_FILE, as for other programs, or CURL_CA_BUNDLE ahead of
 * it. What talks to servers runs with an environment of its own, and is handed the name.
 */
#ifndef OPS_RUNTIME_TRUST_H
#define OPS_RUNTIME_TRUST_H

#include "runtime/exec.h"

/* The file; NULL: this machine's own authorities. */
const char *trust_file(void);
/* Behind the reason why a certificate did not hold: what may be done where nobody who is trusted stands behind it.
 * verified: as OpenSSL says it. */
const char *trust_hint(long verified);
/* The call's process is to find the same, beside what its environment holds. The texts live in the arena. */
void trust_hand(Arena *a, ExecCall *call);

#endif
