/* fmt.c -- the one layout of a file: not supported yet, and says so. */
#include "lang/parse.h"

bool format_text(Arena *a, Diags *diags, uint32_t offset, const char *text, size_t n, Buf *out)
{
    (void)a, (void)text, (void)n, (void)out;
    diag_add(diags, DIAG_E0901, (Span){offset, offset + 1}, "`ops fmt` is not supported yet");
    return false;
}
