/* expr.c -- expressions: what goes together, what comes out, which code, and every mistake's message.
 *
 * Each row is an expression, set to a variable in a process that takes one
 * value of every type; it must give the type (or the one message) that is
 * written beside it.
 */
#include "expr_fixture.h"

/* ---- the table of messages ---- */

static void examples(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (int code = 0; code < DIAG_COUNT; code++) {
        const DiagInfo *info = diag_info((DiagCode)code);
        int number = 0;
        sscanf(info->name + 1, "%d", &number);
        if (!(number >= 301 && number <= 399) && !(number >= 601 && number <= 619))
            continue;
        seen++;
        text_gives(info->wrong, info->name, NULL);
        text_gives(info->right, NULL, NULL);
    }
    assert_true(seen >= 14);
}

/* ---- arithmetic ---- */

static void arithmetic(void **state)
{
    (void)state;
    static const Row fine[] = {
        {"1 + 2", "number", 0},
        {"n - 1.5 * 2 / 3", "number", 0},
        {"-n", "number", 0},
        {"-(n + 1)", "number", 0},
        {"p + 5%", "percent", 0},
        {"p * p", "percent", 0},
        {"p + 1", "number", 0},
        {"n * p", "number", 0},
        {"p * n", "percent", 0},
        {"p * n / 2", "percent", 0},
        {"p / 2", "percent", 0},
        {"p / p", "number", 0},
        {"usd + $5", "money in USD", 0},
        {"usd * 2", "money in USD", 0},
        {"2 * usd", "money in USD", 0},
        {"20% * usd", "money in USD", 0},
        {"usd * 20%", "money in USD", 0},
        {"usd / 4", "money in USD", 0},
        {"usd / $2", "number", 0},
        {"cash + usd", "money in USD", 0},
        {"cash - cash", "money", 0},
        {"-cash", "money", 0},
        {"1 h + 30 min", "duration", 0},
        {"2 h * 3", "duration", 0},
        {"3 * 2 h", "duration", 0},
        {"2 h / 30 min", "number", 0},
        {"2 h / 2", "duration", 0},
        {"-dur", "duration", 0},
        {"2 business days + 1 business day", "duration", 0},
        {"d + 2 days", "date", 0},
        {"2 days + d", "date", 0},
        {"d - 1 month", "date", 0},
        {"d + 2 business days", "date", 0},
        {"moment + 12 h", "datetime", 0},
        {"moment + 3 months", "datetime", 0},
        {"moment - 2 business hours", "datetime", 0},
        {"moment - moment", "duration", 0},
        {"d - d", "duration", 0},
        {"tm - tm", "duration", 0},
        {"d + dur", "date", 0},
        {"s + \"!\"", "text", 0},
        {"s + src", "text", 0},
        {"ns + [4, 5]", "list of number", 0},
        {"[] + ns", "list of number", 0},
        {"now - moment", "duration", 0},
        {"today + 1 week", "date", 0},
        {"now() - moment", "duration", 0},
        {"today() + 1 day", "date", 0},
    };
    RIGHT(fine);
}

static void arithmetic_wrong(void **state)
{
    (void)state;
    static const Row bad[] = {
        {"$5 + €5", "E0305", "USD and EUR"},
        {"usd + eur", "E0305", "USD and EUR"},
        {"usd - €1", "E0305", NULL},
        {"$5 / €5", "E0305", NULL},
        {"usd * usd", "E0305", NULL},
        {"usd + 5", "E0305", NULL},
        {"usd + 5%", "E0305", NULL},
        {"n / usd", "E0305", NULL},
        {"n / 2 h", "E0305", NULL},
        {"3 h + $2", "E0305", "duration and money"},
        {"n + \"x\"", "E0305", "${value}"},
        {"s - \"x\"", "E0305", NULL},
        {"b + b", "E0305", NULL},
        {"b * 2", "E0305", NULL},
        {"-s", "E0305", NULL},
        {"-b", "E0305", NULL},
        {"-d", "E0305", NULL},
        {"d + d", "E0305", NULL},
        {"moment + moment", "E0305", NULL},
        {"2 days - d", "E0305", NULL},
        {"d - moment", "E0305", NULL},
        {"d + 12 h", "E0305", "whole days"},
        {"d - 90 min", "E0305", "whole days"},
        {"d + 2 business hours", "E0305", "whole days"},
        {"tm + 1 h", "E0305", NULL},
        {"d + 3", "E0305", NULL},
        {"1 h + 2 business days", "E0305", "apart"},
        {"3 months + 2 days", "E0305", "apart"},
        {"2 business days + 3 business hours", "E0305", "apart"},
        {"2 business days / 1 business day", "E0305", NULL},
        {"3 months / 1 month", "E0305", NULL},
        {"m + 1", "E0303", "m is not none"},
        {"1 + m", "E0303", NULL},
        {"-m", "E0303", NULL},
        {"d2 + 1 day", "E0303", NULL},
        {"none + 1", "E0303", NULL},
        {"lead + 1", "E0305", NULL},
        {"ns + ts", "E0305", NULL},
        {"ns - ns", "E0305", NULL},
        {"n / 0", "E0315", "zero"},
        {"usd / 0", "E0315", "zero"},
        {"2 h / 0", "E0315", "zero"},
        {"n / (2 - 2)", "E0315", "zero"},
        {"9000000000000 + 9000000000000", "E0315", "too large"},
        {"9000000000 * 9000000", "E0315", "too large"},
    };
    WRONG(bad);
}

/* ---- comparisons ---- */

static void comparisons(void **state)
{
    (void)state;
    static const Row fine[] = {
        {"n < 3", "boolean", 0},
        {"3 >= n", "boolean", 0},
        {"p > 0.5", "boolean", 0},
        {"usd > $5", "boolean", 0},
        {"cash > €5", "boolean", 0},
        {"d < 2026-12-24", "boolean", 0},
        {"d <= today", "boolean", 0},
        {"moment < now", "boolean", 0},
        {"moment > 2026-12-24T09:00", "boolean", 0},
        {"tm < 09:30", "boolean", 0},
        {"dur > 2 h", "boolean", 0},
        {"s < \"b\"", "boolean", 0},
        {"n is 3", "boolean", 0},
        {"n is not m", "boolean", 0},
        {"m is none", "boolean", 0},
        {"none is m", "boolean", 0},
        {"m is k", "boolean", 0},
        {"s is \"x\"", "boolean", 0},
        {"src is web", "boolean", 0},
        {"web is src", "boolean", 0},
        {"src is not web", "boolean", 0},
        {"src2 is web", "boolean", 0},
        {"src is \"web\"", "boolean", 0},
        {"\"web\" is src", "boolean", 0},
        {"src is s", "boolean", 0},
        {"lead.source is referral", "boolean", 0},
        {"referral is lead.source", "boolean", 0},
        {"lead2.source is ad", "boolean", 0},
        {"b is yes", "boolean", 0},
        {"ns is [1, 2]", "boolean", 0},
        {"lead is lead", "boolean", 0},
        {"lead2 is lead", "boolean", 0},
        {"usd is cash", "boolean", 0},
        {"doc is mia", "boolean", 0},
        {"mia is doc", "boolean", 0},
        {"doc is \"leo\"", "boolean", 0},
        {"\"Draft quote\".person is mia", "boolean", 0},
        {"mia is \"Draft quote\".person", "boolean", 0},
        {"Send.person is not doc", "boolean", 0},
        {"\"Draft quote\".person is Send.person", "boolean", 0},
        {"doc is s", "boolean", 0},
        {"(if b then src else ad) is web", "boolean", 0},
        {"web is (if b then src else ad)", "boolean", 0},
    };
    RIGHT(fine);
    static const Row bad[] = {
        {"3 h > $2", "E0305", "duration and money"},
        {"usd > eur", "E0305", "USD and EUR"},
        {"usd > 5", "E0305", NULL},
        {"n > \"3\"", "E0305", NULL},
        {"d < moment", "E0305", NULL},
        {"d < 09:00", "E0305", NULL},
        {"b < b", "E0305", NULL},
        {"lead < lead", "E0305", NULL},
        {"ns < ns", "E0305", NULL},
        {"grade > low", "E0305", "no order"},
        {"src < src", "E0305", "no order"},
        {"2 business days > 3 h", "E0305", "apart"},
        {"1 month > 3 days", "E0305", "apart"},
        {"m > 3", "E0303", "m is not none"},
        {"3 < m", "E0303", NULL},
        {"lead2.budget > $5", "E0303", NULL},
        {"Deals[s].price > $5", "E0303", NULL},
        {"n is \"3\"", "E0305", NULL},
        {"usd is €5", "E0305", NULL},
        {"usd is eur", "E0305", NULL},
        {"2 h is 2 business hours", "E0305", NULL},
        {"d is moment", "E0305", NULL},
        {"b is 1", "E0305", NULL},
        {"src is grade", "E0305", NULL},
        {"ns is ts", "E0305", NULL},
        {"lead is deal", "E0305", NULL},
        {"src is wbe", "E0301", "web"},
        {"src is \"wbe\"", "E0302", "web"},
        {"\"wbe\" is src", "E0302", "web"},
        {"wbe is src", "E0301", "web"},
        {"s is web", "E0301", "\"web\""},
        {"n is none", "W0314", "always"},
        {"n is not none", "W0314", "always"},
        {"none is n", "W0314", NULL},
    };
    WRONG(bad);
}

static void conditions(void **state)
{
    (void)state;
    static const Row fine[] = {
        {"b and not b or n > 3", "boolean", 0},
        {"src in [web, ad]", "boolean", 0},
        {"src not in [web]", "boolean", 0},
        {"n in ns", "boolean", 0},
        {"m in [1, 2]", "boolean", 0},
        {"s in ts", "boolean", 0},
        {"doc in [mia, ann]", "boolean", 0},
        {"\"Draft quote\".person in [mia, \"eva\"]", "boolean", 0},
        {"web in [src, ad]", "boolean", 0},
        {"mia in ps", "boolean", 0},
        {"doc in did(\"Draft quote\")", "boolean", 0},
        {"n in []", "boolean", 0},
        {"s matches \"^[a-z]+$\"", "boolean", 0},
        {"src matches \"^w\"", "boolean", 0},
        {"f matches \"pdf$\"", "boolean", 0},
        {"src is web or late", "boolean", 0},
        {"src is web and b", "boolean", 0},
        {"late", "boolean", 0},
        {"running and not failed", "boolean", 0},
        {"if b then 1 else 2", "number", 0},
        {"if b then 1 else 5%", "number", 0},
        {"if b then none else 3", "number or none", 0},
        {"if b then src else web", CHOICE, 0},
        {"if b then web else src", CHOICE, 0},
        {"if b then m else 3", "number or none", 0},
        {"if b then src else grade", "text", 0},
        {"if b then [] else ns", "list of number", 0},
        {"if b then 1 else if n > 2 then 2 else 3", "number", 0},
        {"if b then $5 else cash", "money", 0},
    };
    RIGHT(fine);
    static const Row bad[] = {
        {"src is web or referral", "E0308", "in [web, referral]"},
        {"src is web or referral or ad", "E0308", "in [web, referral, ad]"},
        {"src is not web and referral", "E0308", "not in [web, referral]"},
        {"s is \"a\" or \"b\"", "E0308", "in [\"a\", \"b\"]"},
        {"n is 1 or 2 or 3", "E0308", "in [1, 2, 3]"},
        {"b and (src is web or ad)", "E0308", NULL},
        {"b and src is web or ad", "E0308", "in [web, ad]"},
        {"n and b", "E0302", "> 0"},
        {"not n", "E0302", NULL},
        {"b and s", "E0302", NULL},
        {"c and b", "E0303", NULL},
        {"not c", "E0303", NULL},
        {"src in web", "E0302", "[a, b]"},
        {"src in \"web\"", "E0302", NULL},
        {"s in \"text\"", "E0302", "contains"},
        {"n in ts", "E0305", NULL},
        {"src in [web, refferal]", "E0301", "referral"},
        {"n in ms", "E0303", NULL},
        {"n in [1, \"a\"]", "E0302", NULL},
        {"src in [web, 3]", "E0302", NULL},
        {"usd in [$1, €2]", "E0302", NULL},
        {"s matches \"[\"", "E0516", NULL},
        {"s matches s", "E0311", "pattern"},
        {"n matches \"3\"", "E0305", NULL},
        {"t matches \"x\"", "E0303", NULL},
        {"if n then 1 else 2", "E0302", NULL},
        {"if b then 1 else \"x\"", "E0302", "number"},
        {"if b then $1 else €1", "E0302", NULL},
        {"if b then lead else deal", "E0302", NULL},
        {"if c then 1 else 2", "E0303", NULL},
        {"10m..25m", "E0305", "lasts"},
    };
    WRONG(bad);
}

/* ---- none ---- */

static void narrowing(void **state)
{
    (void)state;
    static const Row fine[] = {
        {"m is not none and m > 3", "boolean", 0},
        {"m is none or m > 3", "boolean", 0},
        {"not (m is none) and m > 3", "boolean", 0},
        {"not (m is none or k is none) and m > k", "boolean", 0},
        {"m is not none and k is not none and m + k > 3", "boolean", 0},
        {"if m is none then 0 else m", "number", 0},
        {"if m is not none then m + 1 else 0", "number", 0},
        {"none is not m and m > 3", "boolean", 0},
        {"if m is none or k is none then 0 else m + k", "number", 0},
        {"m is 3 and m + 1 > 3", "boolean", 0},
        {"m in [1, 2] and m + 1 > 2", "boolean", 0},
        {"m is n and m > 3", "boolean", 0},
        {"lead2 is not none and lead2.budget > $5", "boolean", 0},
        {"src2 is web and src2 in [web]", "boolean", 0},
        {"lead2.phone", "text or none", 0},
        {"lead2.name", "text or none", 0},
        {"lead.phone", "text or none", 0},
        {"lead.name", "text", 0},
        {"if lead2 is not none then lead2.name else \"\"", "text", 0},
        {"\"a ${m} ${t} ${lead.phone}\"", "text", 0},
        {"(m is not none and m > 1) or (k is not none and k > 1)", "boolean", 0},
        {"lead.phone is not none and length(lead.phone) > 3", "boolean", 0},
        {"if lead.phone is none then \"\" else upper(lead.phone)", "text", 0},
        {"lead2.phone is not none and length(lead2.phone + lead2.name) > 3", "boolean", 0},
    };
    RIGHT(fine);
    static const Row bad[] = {
        {"m is not none or m > 3", "E0303", NULL},
        {"m is none and m > 3", "E0303", NULL},
        {"m > 3 and m is not none", "E0303", NULL},
        {"m is k and m > 3", "E0303", NULL},
        {"m in [k] and m > 3", "E0303", NULL},
        {"not (m is not none) and m > 3", "E0303", NULL},
        {"(m is not none or b) and m > 3", "E0303", NULL},
        {"if m is none then m + 1 else 0", "E0303", NULL},
        {"m is not 3 and m > 1", "E0303", NULL},
        {"m not in [3] and m > 1", "E0303", NULL},
        {"(m is not none and b) or m > 3", "E0303", NULL},
        {"length(lead.phone)", "E0303", "lead.phone is not none"},
        {"lead.phone is none and length(lead.phone) > 3", "E0303", NULL},
        {"lead2.name is not none and length(lead2.phone) > 3", "E0303", NULL},
        {"upper(t)", "E0303", NULL},
    };
    WRONG(bad);
}

/* ---- names, fields, elements ---- */

static void names(void **state)
{
    (void)state;
    static const Row fine[] = {
        {"lead.name", "text", 0},
        {"lead.tags[1]", "text or none", 0},
        {"ns[n]", "number or none", 0},
        {"Deals[lead.email]", "Deal or none", 0},
        {"Deals[t]", "Deal or none", 0},
        {"Deals[\"a\"].price", "money or none", 0},
        {"Deals[s].note", "text or none", 0},
        {"\"Draft quote\".person", "person or none", 0},
        {"\"Draft quote\".started", "datetime or none", 0},
        {"Send.late", "boolean", 0},
        {"Send.count", "number", 0},
        {"Send.waiting", "duration or none", 0},
        {"Send.outcome", "text or none", 0},
        {"Send.cost", "money or none", 0},
        {"started", "datetime", 0},
        {"started + 2 days", "datetime", 0},
        {"duration", "duration or none", 0},
        {"late", "boolean", 0},
        {"cost", "money or none", 0},
        {"today", "date", 0},
        {"now", "datetime", 0},
        {"good", "number", 0},
        {"rate", "percent", 0},
        {"good > 40 and rate >= 20%", "boolean", 0},
        {"count(\"Draft quote\")", "number", 0},
        {"count(Send) > 2", "boolean", 0},
        {"did(\"Draft quote\")", "list of person", 0},
        {"2026-12-24T09:00", "datetime", 0},
        {"[1, 2.5]", "list of number", 0},
        {"[mia, ann]", "list of person", 0},
        {"mia", "person", 0},
        {"[doc, mia]", "list of person", 0},
        {"[src, web]", "list of " CHOICE, 0},
        {"[1, none]", "list of number or none", 0},
        {"[m]", "list of number or none", 0},
        {"2 business days in Office", "duration", 0},
    };
    RIGHT(fine);
    static const Row bad[] = {
        {"nn", "E0301", NULL},
        {"leed.name", "E0301", "lead"},
        {"lead.nane", "E0306", "name"},
        {"n.name", "E0306", "number"},
        {"s.length", "E0306", NULL},
        {"Deals[s].prize", "E0306", "price"},
        {"Deal", "E0301", NULL},
        {"Dels[s]", "E0301", "Deals"},
        {"Deals[n]", "E0302", "text"},
        {"Deals", "E0301", "Deals["},
        {"\"Draft qoute\".person", "E0210", "Draft quote"},
        {"Send.persn", "E0313", "person"},
        {"\"Nothing\".person", "E0210", NULL},
        {"Sned.person", "E0301", "Send"},
        {"n[1]", "E0305", "list"},
        {"ns[s]", "E0302", "number"},
        {"ms[1]", "E0303", NULL},
        {"ns[m]", "E0303", NULL},
        {"latte", "E0301", "late"},
        {"god", "E0301", "good"},
        {"count(\"Draft qoute\")", "E0210", "Draft quote"},
        {"count(n)", "E0210", NULL},
        {"count(\"Send\", \"Send\")", "E0307", NULL},
        {"count()", "E0307", NULL},
        {"did(\"Draft qoute\")", "E0210", NULL},
        {"2 business days in Ofice", "E0206", "Office"},
        {"todya", "E0301", "today"},
        {"nn + mm", "E0301", NULL},
    };
    /* the last one has two names that nobody knows: two mistakes, two messages */
    assert_int_equal(wrong_in(OFFICE, bad, sizeof bad / sizeof *bad - 1), 0);
    Compilation *c = in_world(OFFICE, "nn + mm");
    assert_int_equal(diags_count(c->diags), 2);
    compilation_free(c);
}

/* A mistake is reported once, whatever is done with what it gives. */
static void silence(void **state)
{
    (void)state;
    static const Row rows[] = {
        {"nn + 1 > $5 and b", "E0301", NULL},
        {"lead.nane.first[3] + 1", "E0306", NULL},
        {"round(nn, s) + $1", "E0301", NULL},
        {"-(usd + eur) * s", "E0305", NULL},
        {"[nn, 1, 2]", "E0301", NULL},
        {"if b then nn else 3", "E0301", NULL},
        {"nn in [1, 2]", "E0301", NULL},
        {"src in nn", "E0301", NULL},
        {"\"${nn}!\" + s", "E0301", NULL},
        {"Lead(name = nn, email = s, tags = []).name is \"x\"", "E0301", NULL},
        {"not nn", "E0301", NULL},
        {"max(nn, 3, s)", "E0301", NULL},
        {"nn matches \"x\"", "E0301", NULL},
        {"Deals[nn].price", "E0301", NULL},
        {"nn is web", "E0301", NULL},
        {"ns[nn] is none", "E0301", NULL},
        {"frob(1) + s", "E0307", NULL},
    };
    WRONG(rows);
}

/* ---- functions ---- */

static void functions(void **state)
{
    (void)state;
    static const Row fine[] = {
        {"round(n)", "number", 0},
        {"round(usd, 2)", "money in USD", 0},
        {"round(p, places = 2)", "percent", 0},
        {"floor(n / 2) + ceil(n)", "number", 0},
        {"abs(-n)", "number", 0},
        {"abs(usd - $5)", "money in USD", 0},
        {"abs(moment - now)", "duration", 0},
        {"min(1, n, 3)", "number", 0},
        {"max(usd, $5)", "money in USD", 0},
        {"max(d, today)", "date", 0},
        {"min(ns)", "number or none", 0},
        {"max([1, n])", "number", 0},
        {"min(n, p)", "number", 0},
        {"max(dur, 2 h)", "duration", 0},
        {"length(s)", "number", 0},
        {"length(ns)", "number", 0},
        {"upper(s) + lower(src)", "text", 0},
        {"contains(s, \"x\")", "boolean", 0},
        {"starts_with(s, s)", "boolean", 0},
        {"ends_with(f, \".pdf\")", "boolean", 0},
        {"days_between(d, today)", "number", 0},
        {"days_between(d, moment)", "number", 0},
        {"business_days(d, today)", "number", 0},
        {"business_days(d, today, Office)", "number", 0},
        {"format(d, \"31.12.2017\")", "text", 0},
        {"format(moment, \"31.12.2017 23:59\")", "text", 0},
        {"format(d, \"31.12. 23:59\")", "text", 0},
        {"format(n, \"1.234,56\")", "text", 0},
        {"format(cash, \"1.234,56\")", "text", 0},
        {"format(tm, \"23:59\")", "text", 0},
        {"format(b, \"TRUE/FALSE\")", "text", 0},
        {"Lead(name = \"Zoe\", email = \"z@x\", tags = [])", "Lead", 0},
        {"Lead(email = s, name = s, source = ad, phone = none, budget = $5, tags = ts, owner = mia)", "Lead",
         0},
    };
    RIGHT(fine);
}

static void functions_wrong(void **state)
{
    (void)state;
    static const Row bad[] = {
        {"round()", "E0307", "round("},
        {"round(n, 2, 3)", "E0307", "round("},
        {"round(s)", "E0307", "text"},
        {"round(n, \"2\")", "E0307", NULL},
        {"round(n, 7)", "E0307", "0 to 6"},
        {"round(n, digits = 2)", "E0307", "digits"},
        {"upper(value = s)", "E0307", NULL},
        {"floor(usd)", "E0307", NULL},
        {"round(m)", "E0303", NULL},
        {"abs(s)", "E0307", NULL},
        {"abs(2 business days)", "E0307", NULL},
        {"min()", "E0307", NULL},
        {"min(1, \"a\")", "E0307", NULL},
        {"min(usd, eur)", "E0307", NULL},
        {"min(n)", "E0307", "list"},
        {"max(lead, lead)", "E0307", NULL},
        {"max([lead])", "E0307", NULL},
        {"max(b, b)", "E0307", NULL},
        {"max(src, web)", "E0307", NULL},
        {"length(n)", "E0307", NULL},
        {"upper(n)", "E0307", NULL},
        {"contains(s)", "E0307", NULL},
        {"contains(s, 3)", "E0307", NULL},
        {"contains(ts, s)", "E0307", " in "},
        {"days_between(d, n)", "E0307", NULL},
        {"business_days(d, today, Ofice)", "E0206", "Office"},
        {"business_days(d, today, 3)", "E0307", NULL},
        {"format(d)", "E0307", NULL},
        {"format(d, 3)", "E0307", NULL},
        {"format(d, \"01-02-2017\")", "E0307", NULL},
        {"format(d, \"1.234,56\")", "E0307", NULL},
        {"format(d, \"23:59\")", "E0307", NULL},
        {"format(n, \"31.12.2017\")", "E0307", NULL},
        {"format(lead, \"31.12.2017\")", "E0307", NULL},
        {"format(d, s)", "E0311", NULL},
        {"rond(n)", "E0307", "round"},
        {"Leed(name = s)", "E0307", "Lead"},
        {"sum(ns)", "E0312", NULL},
        {"today(3)", "E0307", NULL},
        {"now(n)", "E0307", NULL},
        {"n(3)", "E0307", NULL},
        {"(n + 1)(3)", "E0307", NULL},
        {"count(Close, all time)", "E0312", "metric"},
        {"share(won of Close, all time)", "E0312", "metric"},
        {"days_between(d, 2 where 3)", "E0312", "metric"},
        {"Lead(nane = s, name = s, email = s, tags = [])", "E0306", "name"},
        {"Lead(name = s, email = s)", "E0306", "tags"},
        {"Lead(s, s)", "E0306", "name = "},
        {"Lead(name = n, email = s, tags = [])", "E0302", "text"},
        {"Lead(name = t, email = s, tags = [])", "E0303", NULL},
        {"Lead(name = s, name = s, email = s, tags = [])", "E0306", "twice"},
        {"Lead(name = s, email = s, tags = [], source = wbe)", "E0301", "web"},
    };
    WRONG(bad);
}

/* ---- wanted types ---- */

static void wanted(void **state)
{
    (void)state;
    static const struct { const char *type, *value, *code;
    } rows[] = {
        {"number", "3", NULL},
        {"number", "5%", NULL},
        {"percent", "3", "E0302"},
        {"money", "$5", NULL},
        {"money in EUR", "€5", NULL},
        {"money in EUR", "$5", "E0302"},
        {"money", "5", "E0302"},
        {"text", "\"x\"", NULL},
        {"text", "5", "E0302"},
        {"text", "web", "E0301"},
        {"Source", "web", NULL},
        {"Source", "\"web\"", NULL},
        {"Source", "wbe", "E0301"},
        {"Source", "\"wbe\"", "E0302"},
        {"Source or none", "web", NULL},
        {"Source or none", "none", NULL},
        {"Source", "none", "E0302"},
        {"text", "none", "E0302"},
        {"date", "2026-01-31", NULL},
        {"date", "2026-01-31T09:00", "E0302"},
        {"datetime", "2026-01-31T09:00", NULL},
        {"datetime", "2026-01-31", "E0302"},
        {"duration", "2 business days", NULL},
        {"list of Source", "[web, ad]", NULL},
        {"list of Source", "[]", NULL},
        {"list of Source", "[wbe]", "E0301"},
        {"list of number", "[\"a\"]", "E0302"},
        {"list of Source", "web", "E0302"},
        {"person", "mia", NULL},
        {"person", "\"leo\"", NULL},
        {"person", "nobody", "E0301"},
        {"person or none", "ann", NULL},
        {"list of person", "[mia, \"leo\"]", NULL},
        {"file", "\"a.pdf\"", NULL},
        {"boolean", "yes", NULL},
        {"boolean", "1", "E0302"},
        {"time", "09:00", NULL},
        {"Lead", "Lead(name = \"a\", email = \"b\", tags = [])", NULL},
        {"Lead", "\"x\"", "E0302"},
        {"Lead or none", "none", NULL},
        {"Source", "if late then web else ad", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Buf b = {0};
        buf_printf(&b,
                   OFFICE WORLD "process Q < takes v %s; stop \"x\" >\nprocess P < start Q with v = %s >\n",
                   rows[i].type, rows[i].value);
        text_gives(buf_text(&b), rows[i].code, NULL);
        buf_free(&b);
    }
}

/* ---- calendars ---- */

static void calendars(void **state)
{
    (void)state;
    static const Row none[] = {
        {"2 business days", "E0309", NULL}, {"business_days(d, today)", "E0309", NULL},
    };
    assert_int_equal(wrong_in("", none, sizeof none / sizeof *none), 0);
#define TWO OFFICE "calendar Lab < zone \"Asia/Tokyo\"; open mon..fri 09:00..17:00 >\n"
    static const Row two[] = {
        {"2 business days", "E0309", "Office"},
        {"today", "E0309", NULL},
        {"2026-12-24T09:00", "E0309", NULL},
        {"business_days(d, d)", "E0309", "Lab"},
        {"format(moment, \"31.12.2017 23:59\")", "E0309", NULL},
    };
    assert_int_equal(wrong_in(TWO, two, sizeof two / sizeof *two), 0);
    static const char *const fine[] = {"2 business days in Lab", "business_days(d, d, Lab)", "now",
                                       "format(d, \"31.12.2017\")"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        Compilation *c = in_world(TWO, fine[i]);
        if (diags_count(c->diags))
            show(c, fine[i]);
        assert_int_equal(diags_count(c->diags), 0);
        compilation_free(c);
    }
}

/* ---- code ---- */

static void code(void **state)
{
    (void)state;
    code_is("n + 1 * 2", "SLOT 0; CONST 2; ADD; END");
    code_is("n > 3", "CONST 3; SLOT 0; LESS; END");
    code_is("n <= 3", "SLOT 0; CONST 3; LESS_EQ; END");
    code_is("-3", "CONST -3; END");
    code_is("-n", "SLOT 0; NEG; END");
    code_is("b and n > 3", "SLOT 2; AND @5; CONST 3; SLOT 0; LESS; 5: END");
    code_is("b or n > 3", "SLOT 2; OR @5; CONST 3; SLOT 0; LESS; 5: END");
    code_is("not b", "SLOT 2; NOT; END");
    code_is("if b then n else 0", "SLOT 2; UNLESS @4; SLOT 0; JUMP @5; 4: CONST 0; 5: END");
    code_is("src is web", "SLOT 3; CONST \"web\"; EQ; END");
    code_is("web is not src", "SLOT 3; CONST \"web\"; NE; END");
    code_is("src in [web, ad]", "SLOT 3; CONST [\"web\", \"ad\"]; IN; END");
    code_is("src not in [web]", "SLOT 3; CONST [\"web\"]; IN; NOT; END");
    code_is("[n, 1]", "SLOT 0; CONST 1; LIST 2; END");
    code_is("\"${s}: ${n}\"", "SLOT 4; CONST \": \"; SLOT 0; TEXT 3; END");
    code_is("\"${s}${n}\"", "SLOT 4; SLOT 0; TEXT 2; END");
    code_is("round(n, 2)", "SLOT 0; CONST 2; CONST 2; CALL round; END");
    code_is("10 / 4 + 0.5", "CONST 3; END");
    code_is("$10 * 15%", "CONST $1.5; END");
    code_is("2 h * 1.5", "CONST 3h; END");
    code_is("1 / 3", "CONST 0.333333; END");
    code_is("started", "ATTR started; END");
    code_is("today", "TODAY Office; END");
}

/* What is known is reckoned as it would be when it runs: half to even. */
static void folding(void **state)
{
    (void)state;
    code_is("0.000005 / 10", "CONST 0; END");
    code_is("0.000015 / 10", "CONST 0.000002; END");
    code_is("5% + 10%", "CONST 15%; END");
    code_is("50% * 50%", "CONST 25%; END");
    code_is("$5 - $7.25", "CONST -$2.25; END");
    code_is("$9 / $2", "CONST 4.5; END");
    code_is("3 h / 30 min", "CONST 6; END");
    code_is("-(2 h)", "CONST -2h; END");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),
        cmocka_unit_test(arithmetic),
        cmocka_unit_test(arithmetic_wrong),
        cmocka_unit_test(comparisons),
        cmocka_unit_test(conditions),
        cmocka_unit_test(narrowing),
        cmocka_unit_test(names),
        cmocka_unit_test(silence),
        cmocka_unit_test(functions),
        cmocka_unit_test(functions_wrong),
        cmocka_unit_test(wanted),
        cmocka_unit_test(calendars),
        cmocka_unit_test(code),
        cmocka_unit_test(folding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
