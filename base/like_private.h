/* like_private.h -- what like.c finds in an example and like_read.c reads and writes by. For no one else. */
#ifndef OPS_BASE_LIKE_PRIVATE_H
#define OPS_BASE_LIKE_PRIVATE_H

#include "base/like.h"

typedef enum PartKind {
    PART_TEXT,                         /* separators, as in the example */
    PART_YEAR4, PART_YEAR2, PART_MONTH, PART_MONTH_NAME, PART_DAY,
    PART_HOUR, PART_MINUTE, PART_SECOND,
    PART_HALF                          /* AM or PM; the hour is then one of 1..12 */
} PartKind;

typedef enum LetterCase { CASE_NAME, CASE_UPPER, CASE_LOWER } LetterCase;

typedef struct Part {
    PartKind kind;
    uint8_t width;                     /* digits at least; of a month's name: 3, or 0 for all of it */
    LetterCase letters;
    char text[7];                      /* of PART_TEXT, with its NUL */
} Part;

enum { PARTS = 20 };

struct Like {
    LikeKind kind;
    const char *example;
    /* dates and times */
    Part parts[PARTS];
    uint32_t n;
    bool has_date, has_year, has_time, has_half;
    /* numbers */
    char point;                        /* '.' or ','; 0: the example shows no decimals */
    const char *group;                 /* between thousands, its plain form; "" for none */
    char group_sign[4];                /* as the example has it: perhaps a no-break blank */
    int places;
    /* booleans */
    const char *yes, *no;
};

/* 1..12 and the bytes it takes, where p begins with a month's name, whole or cut to three letters; else 0. */
int like_month(const char *p, size_t *n);
/* The bytes of a sign that may stand between thousands at p; *sign gets its plain form: . , ' or a blank. */
size_t like_group(const char *p, const char **sign);
/* Whether there is such a date; else err says which part is impossible. */
Status like_check_date(const char *text, int year, int month, int day, Error *err);
Status like_check_time(const char *text, int hour, int minute, int second, bool half, Error *err);
/* A two-digit year in full. */
int like_full_year(int year);
/* Equal but for upper and lower case; a has n bytes. */
bool like_same_word(const char *a, size_t n, const char *b);
void like_print_parts(Buf *b, const Like *l, const Civil *c);

#endif
