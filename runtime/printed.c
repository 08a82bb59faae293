/* printed.c -- the head and the tail of what a command printed. */
#include "runtime/printed.h"

#include "runtime/exec.h"

#include <string.h>

static const char *hidden(const Secrets *s, Arena *a, const char *text, size_t *n, bool cut)
{
    return cut ? secrets_hide_cut(s, a, text, n, *n) : secrets_hide(s, a, text, n);
}

/* Both parts by themselves: what stands together at the cut was far apart. */
Stream printed_stream(const Secrets *s, Arena *a, const char *text, size_t n, uint64_t lost, bool cut)
{
    Stream out = {.head_n = lost ? EXEC_KEEP : n, .tail_n = lost ? n - EXEC_KEEP : 0, .lost = lost};
    out.head = hidden(s, a, text, &out.head_n, lost || cut);
    if (lost) out.tail = secrets_hide_cut(s, a, text + EXEC_KEEP, &out.tail_n, 0);
    if (lost && cut) out.tail = hidden(s, a, out.tail, &out.tail_n, true);
    return out;
}

/* Ends of the two parts, moved by up to three bytes so that none lies inside a character. */
static bool inside_character(const char *text, size_t at)
{
    return ((unsigned char)text[at] & 0xc0) == 0x80;
}

static size_t head_end(const char *text, size_t n)
{
    size_t end = n < PRINTED_MOST ? n : PRINTED_MOST;
    while (end < n && end > PRINTED_MOST - 3 && inside_character(text, end)) end--;
    return end;
}

static size_t tail_begin(const char *text, size_t n)
{
    size_t first = n < PRINTED_MOST ? 0 : n - PRINTED_MOST, begin = first;
    while (begin && begin < first + 3 && inside_character(text, begin)) begin++;
    return begin;
}

static Value visible(Buf *scratch, Arena *a, const char *text, size_t n)
{
    buf_clear(scratch);
    buf_visible(scratch, text, n);
    return value_text_n(buf_dup(scratch, a), scratch->n);
}

/* Beyond a value's range, the most that one can say. */
static Value counted(uint64_t bytes)
{
    const uint64_t most = INT64_MAX / DECIMAL_ONE;
    return value_integer((int64_t)(bytes < most ? bytes : most));
}

/* The two parts of a stream, and what is not kept between them. */
static Value parted(Buf *scratch, Arena *a, const Stream *s)
{
    const char *tail = s->lost ? s->tail : s->head;
    size_t tail_n = s->lost ? s->tail_n : s->head_n;
    size_t end = head_end(s->head, s->head_n), begin = tail_begin(tail, tail_n);
    uint64_t left_out = s->lost ? s->head_n - end + s->lost + begin : begin - end;
    Value *parts = ARENA_ARRAY(a, Value, 3);
    parts[0] = visible(scratch, a, s->head, end);
    parts[1] = counted(left_out);
    parts[2] = visible(scratch, a, tail + begin, tail_n - begin);
    return value_list(parts, 3);
}

void printed_note(Buf *scratch, Arena *a, const char *name, const Stream *s, Datum *notes, uint32_t *n)
{
    if (!s->head_n) return;
    bool whole = !s->lost && s->head_n <= 2 * PRINTED_MOST;
    notes[(*n)++] = (Datum){name, whole ? visible(scratch, a, s->head, s->head_n) : parted(scratch, a, s)};
}

bool printed_of(const Event *e, const char *name, Printed *out)
{
    uint32_t i = 0;
    while (i < e->values_n && strcmp(e->values[i].name, name) != 0) i++;
    if (i == e->values_n) return false;
    const Value *v = &e->values[i].value, *parts = v->list;
    if (v->type == V_TEXT) return *out = (Printed){.head = v->text}, true;
    if (v->type != V_LIST || v->len != 3) return false;
    if (parts[0].type != V_TEXT || parts[1].type != V_NUMBER || parts[2].type != V_TEXT) return false;
    *out = (Printed){parts[0].text, parts[2].text, parts[1].i / DECIMAL_ONE};
    return true;
}
