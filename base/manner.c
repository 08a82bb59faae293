/* manner.c -- the table of manners, and writing by it.
 *
 * The rows follow what business letters in each language do, where those
 * differ by country: German as in Germany, Portuguese as in Brazil, the rest
 * as in Europe. Blanks between thousands do not break (U+00A0), so that a
 * figure stays one word.
 */
#include "base/manner.h"

#include "base/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FIXED "\xc2\xa0"

static const Manner manners[] = {
    {"en", ".", ",", "%", true, "", NULL, NULL, "d N Y", "y-M-D", "yes", "no", "none", "never", "d",
     {{"month", "months", "months"}, {"year", "years", "years"}, {"business day", "business days", "business days"},
      {"business hour", "business hours", "business hours"},
      {"business minute", "business minutes", "business minutes"}}},
    {"de", ",", ".", " %", false, " ", NULL, NULL, "D.M.Y", "D.M.Y", "ja", "nein", "nichts", "nie", "Tg.",
     {{"Monat", "Monate", "Monate"}, {"Jahr", "Jahre", "Jahre"}, {"Arbeitstag", "Arbeitstage", "Arbeitstage"},
      {"Arbeitsstunde", "Arbeitsstunden", "Arbeitsstunden"},
      {"Arbeitsminute", "Arbeitsminuten", "Arbeitsminuten"}}},
    {"fr", ",", FIXED, " %", false, " ", NULL, NULL, "D/M/Y", "D/M/Y", "oui", "non", "rien", "jamais", "j",
     {{"mois", "mois", "mois"}, {"an", "ans", "ans"}, {"jour ouvré", "jours ouvrés", "jours ouvrés"},
      {"heure ouvrée", "heures ouvrées", "heures ouvrées"},
      {"minute ouvrée", "minutes ouvrées", "minutes ouvrées"}}},
    {"es", ",", ".", " %", false, " ", NULL, NULL, "D/M/Y", "D/M/Y", "sí", "no", "nada", "nunca", "d",
     {{"mes", "meses", "meses"}, {"año", "años", "años"}, {"día hábil", "días hábiles", "días hábiles"},
      {"hora hábil", "horas hábiles", "horas hábiles"},
      {"minuto hábil", "minutos hábiles", "minutos hábiles"}}},
    {"it", ",", ".", "%", false, " ", NULL, NULL, "D/M/Y", "D/M/Y", "sì", "no", "niente", "mai", "g",
     {{"mese", "mesi", "mesi"}, {"anno", "anni", "anni"},
      {"giorno lavorativo", "giorni lavorativi", "giorni lavorativi"},
      {"ora lavorativa", "ore lavorative", "ore lavorative"},
      {"minuto lavorativo", "minuti lavorativi", "minuti lavorativi"}}},
    {"nl", ",", ".", "%", true, " ", NULL, NULL, "D-M-Y", "D-M-Y", "ja", "nee", "niets", "nooit", "d",
     {{"maand", "maanden", "maanden"}, {"jaar", "jaar", "jaar"}, {"werkdag", "werkdagen", "werkdagen"},
      {"werkuur", "werkuren", "werkuren"}, {"werkminuut", "werkminuten", "werkminuten"}}},
    {"pt", ",", ".", "%", true, " ", "BRL", "R$", "D/M/Y", "D/M/Y", "sim", "não", "nada", "nunca", "d",
     {{"mês", "meses", "meses"}, {"ano", "anos", "anos"}, {"dia útil", "dias úteis", "dias úteis"},
      {"hora útil", "horas úteis", "horas úteis"}, {"minuto útil", "minutos úteis", "minutos úteis"}}},
    {"pl", ",", FIXED, "%", false, " ", "PLN", "zł", "D.M.Y", "D.M.Y", "tak", "nie", "nic", "nigdy", "d",
     {{"miesiąc", "miesiące", "miesięcy"}, {"rok", "lata", "lat"},
      {"dzień roboczy", "dni robocze", "dni roboczych"},
      {"godzina robocza", "godziny robocze", "godzin roboczych"},
      {"minuta robocza", "minuty robocze", "minut roboczych"}}},
};
enum { MANNERS = sizeof manners / sizeof *manners };

const Manner *manner_find(const char *code)
{
    for (size_t i = 0; code && i < MANNERS; i++)
        if (strcmp(manners[i].code, code) == 0) return &manners[i];
    return NULL;
}

const Manner *manner_english(void)
{
    return &manners[0];
}

const char *const *manner_codes(uint32_t *n)
{
    static const char *codes[MANNERS];
    for (size_t i = 0; i < MANNERS; i++) codes[i] = manners[i].code;
    *n = MANNERS;
    return codes;
}

/* ---- figures ----------------------------------------------------------------- */

void manner_figure(Buf *b, const Manner *m, const char *text)
{
    if (*text == '-') buf_putc(b, *text++);
    size_t whole = strcspn(text, ".");
    for (size_t i = 0; i < whole; i++) {
        if (i && (whole - i) % 3 == 0) buf_puts(b, m->thousands);
        buf_putc(b, text[i]);
    }
    if (text[whole]) buf_printf(b, "%s%s", m->decimal, text + whole + 1);
}

const char *currency_sign(const char *code)
{
    static const struct { const char *code, *sign; } signs[] = {{"USD", "$"}, {"EUR", "€"}, {"GBP", "£"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strcmp(code, signs[i].code) == 0) return signs[i].sign;
    return NULL;
}

void manner_money(Buf *b, const Manner *m, const char *text, const char *currency)
{
    const char *sign = m->own_code && strcmp(currency, m->own_code) == 0 ? m->own_sign : currency_sign(currency);
    const char *shown = sign ? sign : currency;
    /* Letters want a blank: 5 CHF, where a sign would stand right ahead of the figures. */
    bool ahead = *shown && m->sign_ahead && (sign || *m->sign_gap);
    if (*text == '-') buf_putc(b, *text++);              /* the minus stands ahead of the sign: -$5 */
    if (ahead) buf_printf(b, "%s%s", shown, m->sign_gap);
    manner_figure(b, m, text);
    if (*shown && !ahead) buf_printf(b, " %s", shown);
}

/* ---- spans ------------------------------------------------------------------- */

static int form_of(int64_t millionths)
{
    enum { ONE, FEW, MANY };
    int64_t n = millionths / DECIMAL_ONE, ten = n % 10, hundred = n % 100;
    if (millionths == DECIMAL_ONE) return ONE;
    if (millionths % DECIMAL_ONE) return FEW;            /* 1,5 godziny; elsewhere few is as many */
    return ten >= 2 && ten <= 4 && (hundred < 12 || hundred > 14) ? FEW : MANY;
}

void manner_counted(Buf *b, const Manner *m, int64_t millionths, MannerUnit unit)
{
    char text[24];
    decimal_print(text, sizeof text, millionths, 0);
    manner_figure(b, m, text);
    buf_printf(b, " %s", m->units[unit][form_of(millionths)]);
}

void manner_span(Buf *b, const Manner *m, int64_t micros)
{
    char text[100];
    buf_add(b, text, span_print_exact(text, micros, m->day));
}

void manner_measured(Buf *b, const Manner *m, int64_t micros)
{
    char text[40];
    buf_add(b, text, span_print_as(text, micros, m->day));
}

/* ---- moments ----------------------------------------------------------------- */

static void add_day(Buf *b, const char *form, int year, int month, int day)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (; *form; form++) {
        switch (*form) {
        case 'd': buf_printf(b, "%d", day); break;
        case 'D': buf_printf(b, "%02d", day); break;
        case 'M': buf_printf(b, "%02d", month); break;
        case 'N': buf_puts(b, names[month - 1]); break;
        case 'Y': buf_printf(b, "%d", year); break;
        case 'y': buf_printf(b, "%04d", year); break;
        default: buf_putc(b, *form);
        }
    }
}

void manner_date(Buf *b, const Manner *m, int64_t date)
{
    int year, month, day;
    date_to_civil(date, &year, &month, &day);
    add_day(b, m->date, year, month, day);
}

void manner_moment(Buf *b, const Manner *m, Instant t, const Zone *zone, bool column)
{
    Civil c;
    zone_civil(zone ? zone : zone_utc(), t, &c);
    add_day(b, column ? m->column : m->date, c.year, c.month, c.day);
    buf_printf(b, " %02d:%02d%s", c.hour, c.minute, zone ? "" : " UTC");
}
