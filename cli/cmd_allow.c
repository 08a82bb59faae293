/* cmd_allow.c -- who may act as another: everybody gives leave for themselves, who made the store for all. */
#include "cli/people.h"

#include "base/json.h"
#include "base/user.h"
#include "cli/table.h"
#include "runtime/leave.h"

#include <string.h>

int cmd_allow_as(Args *args);

/* Leave goes to somebody, or to a login that is nobody's else; taking it back asks for nothing. */
static Status check_names(Session *s, const Leave *x, Error *err)
{
    if (x->back) return ST_OK;
    Status st = people_known(s, NULL, x->as, err);
    bool own_login = user_is_login(x->who) && strcmp(session_owner(s->arena, s->program, x->who), x->who) == 0;
    return st != ST_OK || own_login ? st : people_known(s, NULL, x->who, err);
}

static Status check_giver(Session *s, Leave *x, Error *err)
{
    bool mine = false;
    x->said.by = s->person;
    x->said.login = strcmp(s->login, s->person) != 0 ? s->login : NULL;
    if (strcmp(x->who, x->as) == 0) return fail(err, ST_USAGE, "%s needs nobody's leave to act as themselves", x->who);
    if (strcmp(s->person, x->as) == 0) return ST_OK;
    Status st = people_made_store(s, &mine, err);
    if (st == ST_OK && !mine)
        st = fail(err, ST_REFUSED,
                  "%s may not give leave to act as %s: they do it themselves, or who made this store does",
                  s->person, x->as);
    return st;
}

static Status record(Session *s, const Leave *x, Error *err)
{
    enum { MOST_TRIES = 20 };
    Status st = ST_CONFLICT;
    for (int i = 0; i < MOST_TRIES && st == ST_CONFLICT; i++) {
        Leaves all;
        st = leaves_read(s->journal, s->arena, &all, err);
        if (st == ST_OK && x->back && !leaves_hold(&all, x->who, x->as))
            return fail(err, ST_REFUSED, "%s has no leave to act as %s: there is nothing to take back", x->who, x->as);
        if (st == ST_OK && leaves_hold(&all, x->who, x->as) == x->back) st = leaves_add(s->journal, &all, x, err);
    }
    return st;
}

static void list(const Session *s, const Leaves *all, Buf *b)
{
    static const char *const headers[] = {"who", "may act as", "said by", NULL};
    Table *table = table_new(s->arena, headers);
    bool json = s->args->given[OPT_JSON];
    if (json) buf_puts(b, "{\"leaves\":[");
    for (uint32_t i = 0; i < all->n; i++) {
        const Leave *x = &all->items[i];
        bool last = true;
        for (uint32_t k = i + 1; k < all->n; k++)
            last &= strcmp(all->items[k].who, x->who) != 0 || strcmp(all->items[k].as, x->as) != 0;
        if (!last || x->back) continue;
        table_cell(table, x->who);
        table_cell(table, x->as);
        table_cell(table, x->said.by);
        if (!json) continue;
        json_comma(b);
        buf_putc(b, '{');
        json_key_string(b, "who", x->who);
        json_key_string(b, "as", x->as);
        json_key_string(b, "by", x->said.by);
        buf_putc(b, '}');
    }
    if (json) buf_puts(b, "]}\n");
    else if (table_rows(table)) table_print(table, b, terminal_width(), terminal_colour(s->args));
    else buf_puts(b, "Nobody was given leave: only who made this store may act for others.\n");
}

/* WHO [PERSON] [back] */
static Status read_words(const Session *s, Leave *x, Error *err)
{
    const Args *args = s->args;
    uint32_t n = args->words_n;
    x->back = n > 1 && strcmp(args->words[n - 1], "back") == 0;
    n -= x->back;
    x->who = args->words[0], x->as = n > 1 ? args->words[1] : s->person, x->said.at = clock_now();
    return n > 2 ? fail(err, ST_USAGE,
                        "who may act as whom? Like `ops allow-as bob ann`; without a second name: as you") : ST_OK;
}

int cmd_allow_as(Args *args)
{
    Session s;
    int code;
    Error err;
    Leaves all = {0};
    Leave x = {0};
    Buf b = {0};
    bool says = args->words_n > 0;
    if (!session_open(&s, args, SESSION_PROGRAM | (says ? SESSION_WRITE : SESSION_STORE), &code)) return code;
    Status st = says ? read_words(&s, &x, &err) : leaves_read(s.journal, s.arena, &all, &err);
    if (st == ST_OK && says) st = check_giver(&s, &x, &err);
    if (st == ST_OK && says) st = check_names(&s, &x, &err);
    if (st == ST_OK && says) st = record(&s, &x, &err);
    if (st == ST_OK && says) st = leaves_read(s.journal, s.arena, &all, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    if (says && !args->given[OPT_JSON])
        buf_show(&b, "%s may %sact as %s%s.\n", x.who, x.back ? "not " : "", x.as, x.back ? " any more" : "");
    else
        list(&s, &all, &b);
    say(&b);
    buf_free(&b);
    session_close(&s);
    return 0;
}
