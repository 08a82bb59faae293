/* kept.c -- see kept.h.
 *
 *     lists[3] -> [48 bytes] -> [48 bytes] -> NULL
 */
#include "base/kept.h"

enum { KEPT_MOST = 4 << 20 };          /* bytes that wait */

typedef struct KeptPiece { struct KeptPiece *next; } KeptPiece;

size_t kept_size(size_t n)
{
    return n > KEPT_GRAIN * KEPT_LISTS ? n : (n + KEPT_GRAIN - 1) / KEPT_GRAIN * KEPT_GRAIN;
}

void *kept_take(Kept *k, size_t size)
{
    KeptPiece *p = size / KEPT_GRAIN < KEPT_LISTS ? k->lists[size / KEPT_GRAIN] : NULL;
    if (!p) return NULL;
    k->lists[size / KEPT_GRAIN] = p->next;
    k->bytes -= size;
    return p;
}

bool kept_give(Kept *k, void *p, size_t size)
{
    KeptPiece *piece = p;
    if (size < KEPT_GRAIN || size / KEPT_GRAIN >= KEPT_LISTS || k->bytes + size > KEPT_MOST) return false;
    piece->next = k->lists[size / KEPT_GRAIN];
    k->lists[size / KEPT_GRAIN] = piece;
    k->bytes += size;
    return true;
}

void kept_free(Kept *k, void (*release)(void *))
{
    for (size_t i = 0; i < KEPT_LISTS; i++)
        for (KeptPiece *p; (p = k->lists[i]); release(p)) k->lists[i] = p->next;
    k->bytes = 0;
}
