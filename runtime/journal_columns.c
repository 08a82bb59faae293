/* journal_columns.c -- what rows beside the history follow from a case.
 *
 * Used twice: when an advance is written, and when `ops verify` derives the
 * same anew and compares. So everything here follows from the case alone.
 */
#include "base/json.h"
#include "runtime/journal_private.h"

#include <string.h>

/* Shards are stored: these functions never change. */
int64_t shard_of_case(uint64_t id)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(id >> (56 - 8 * i));
    return (int64_t)(hash_bytes(bytes, sizeof bytes) % SHARDS);
}

int64_t shard_of_text(const char *key)
{
    return (int64_t)(hash_bytes(key, strlen(key)) % SHARDS);
}

int64_t shard_of_hash(const uint8_t hash[SHA256_BYTES])
{
    return hash[0] % SHARDS;
}

int64_t shard_of_message(const Message *m)
{
    return shard_of_case(m->from_case ? m->from_case : m->id);
}

void message_write(Buf *b, const Datum *values, uint32_t n)
{
    buf_putc(b, '{');
    for (uint32_t i = 0; i < n; i++) {
        if (i) buf_putc(b, ',');
        json_string(b, values[i].name, strlen(values[i].name));
        buf_putc(b, ':');
        value_write(b, &values[i].value);
    }
    buf_putc(b, '}');
}

CaseColumns columns_of(const Case *c)
{
    bool running = c->status == CASE_RUNNING;
    CaseColumns k = {.status = c->status, .late = c->late, .started = c->started, .ended = c->ended,
                     .deadline = running ? case_due(c) : INSTANT_NEVER};
    for (uint32_t i = 0; i < c->acts.n && running; i++) {
        uint8_t state = c->acts.items[i].state;
        k.incidents += state == ACT_INCIDENT;
        k.todo |= state == ACT_READY || state == ACT_RUNNING;
    }
    return k;
}

bool state_waits(uint8_t state)
{
    switch ((ActState)state) {
    case ACT_OFFERED:
    case ACT_PAUSED:
    case ACT_WAITING:
    case ACT_INCIDENT: return true;
    case ACT_BLOCK:
    case ACT_READY:
    case ACT_RUNNING:
    case ACT_UNDOING:
    case ACT_HELD: return false;
    }
    return false;
}

bool act_listed(uint8_t state, bool of_lock)
{
    return state_waits(state) || (of_lock && (state == ACT_BLOCK || state == ACT_UNDOING));
}

bool work_of(const Case *c, const Act *a, WorkRow *out, Instant *due)
{
    bool lock = a && c->flow->nodes[a->node].op == IRN_LOCK && a->state != ACT_INCIDENT;
    if (!a || c->status != CASE_RUNNING || !act_listed(a->state, lock)) return false;
    uint8_t state = case_lingers(c, a) ? ACT_BLOCK : a->state;
    *out = (WorkRow){.case_id = c->id, .act = a->id, .state = state, .process = c->process, .key = c->key,
                     .step = c->flow->nodes[a->node].name, .event = a->state == ACT_WAITING && !lock ? a->text : NULL,
                     .lock = lock ? a->text : NULL,
                     .since = a->offered, .deadline = a->deadline};
    *due = a->due;
    return true;
}
