/* manner.h -- how values are written for people, language by language.
 *
 *     en   1,234.5   $1,500.00    5%    25 Dec 2026 09:30   yes
 *     de   1.234,5   1.500,00 €   5 %   25.12.2026 09:30    ja
 *
 * A closed table, one row for each language; English where nothing else is
 * known. Only values have a manner: sentences and column heads are English.
 * Nothing here is read back, and nothing here may be kept as a key: what is
 * compared later is always written in English manner.
 */
#ifndef OPS_BASE_MANNER_H
#define OPS_BASE_MANNER_H

#include "base/text.h"
#include "base/time.h"

typedef enum MannerUnit {
    MANNER_MONTH, MANNER_YEAR, MANNER_BUSINESS_DAY, MANNER_BUSINESS_HOUR, MANNER_BUSINESS_MINUTE, MANNER_UNITS
} MannerUnit;

typedef struct Manner {
    const char *code;                      /* "de": what `language` says */
    const char *decimal, *thousands;
    const char *percent;                   /* behind the figures, with its blank */
    bool sign_ahead;                       /* $5, not 5 $ */
    const char *sign_gap;                  /* between the currency and the figures */
    const char *own_code, *own_sign;       /* a currency that has a sign only for these readers, or NULL */
    const char *date;                      /* D M Y; d without zeros, y with them, N the month's short name */
    const char *column;                    /* the same where dates stand below each other */
    const char *yes, *no, *none, *never;
    const char *day;                       /* "3 d" */
    const char *units[MANNER_UNITS][3];    /* one, few (Polish: 2..4, 22..24, ...), many */
} Manner;

/* NULL where the language has no row. */
const Manner *manner_find(const char *code);
const Manner *manner_english(void);
/* The codes of all rows; *n of them. */
const char *const *manner_codes(uint32_t *n);

/* text is a figure as decimal_print writes it: with this manner's marks. */
void manner_figure(Buf *b, const Manner *m, const char *text);
/* The amount with its currency (three letters, or "" where it has none). */
void manner_money(Buf *b, const Manner *m, const char *text, const char *currency);
/* millionths of a unit with its word: "2 Arbeitstage". */
void manner_counted(Buf *b, const Manner *m, int64_t millionths, MannerUnit unit);
void manner_date(Buf *b, const Manner *m, int64_t date);
/* With hours and minutes, on the clock of zone (NULL: UTC, said so). For columns: in the form for them. */
void manner_moment(Buf *b, const Manner *m, Instant t, const Zone *zone, bool column);
/* "1 d 9 h 30 min", "3 Tg.": a span that is a value, so all of it. */
void manner_span(Buf *b, const Manner *m, int64_t micros);
/* "1 d 9 h": one that was measured, of which the two largest units tell enough. */
void manner_measured(Buf *b, const Manner *m, int64_t micros);

/* The sign that everybody knows a currency by, or NULL. */
const char *currency_sign(const char *code);

#endif
