/* angles_class.c -- what the filter must know of each word and sign. */
#include "lang/angles_private.h"

/* What a word's class says of it, and what it is beyond its class. */
#define CLASS_S BEGINS
#define CLASS_P BEGINS
#define CLASS_L BEGINS_VALUE
#define CLASS_C JOINS
#define CLASS_B JOINS
#define CLASS_K (JOINS | ENDS_VALUE | BEGINS_VALUE)
#define CLASS_M (JOINS | ENDS_VALUE)
#define BITS(k)                                                                                              \
    (((k) == K_YES || (k) == K_NO || (k) == K_NONE ? ENDS_VALUE | BEGINS_VALUE : 0) |                        \
     ((k) == K_AND || (k) == K_OR || (k) == K_NOT || (k) == K_IS || (k) == K_IN || (k) == K_MATCHES          \
          ? GOES_ON | OPERATOR                                                                               \
          : 0) |                                                                                             \
     ((k) == K_WITH || (k) == K_WHERE ? GOES_ON : 0) | ((k) == K_NOT ? BEGINS_VALUE : 0) |                   \
     ((k) == K_OF || (k) == K_LIST || (k) == K_EXCEPT ? OPERATOR : 0) |                                      \
     ((k) == K_CALENDAR || (k) == K_PERSON || (k) == K_ROLE || (k) == K_RECORD || (k) == K_EVENT ||          \
              (k) == K_TABLE || (k) == K_SYSTEM || (k) == K_PROCESS || (k) == K_STEP || (k) == K_AUDIT ||    \
              (k) == K_LOG || (k) == K_TEST || (k) == K_SCENARIO                                             \
          ? DECLARES | OPENS                                                                                 \
          : 0) |                                                                                             \
     ((k) == K_ELSE || (k) == K_SEQUENCE || (k) == K_RACE || (k) == K_EACH || (k) == K_REPEAT ||             \
              (k) == K_LOCK                                                                                  \
          ? OPENS                                                                                            \
          : 0) |                                                                                             \
     ((k) == K_IF ? OPENS | OPERATOR : 0) | ((k) == K_ON || (k) == K_PARALLEL ? OPENS | BEGINS : 0) |        \
     ((k) == K_WHEN || (k) == K_WITHIN ? BEGINS : 0))

const unsigned char angles_class[ANGLES_KINDS] = {
#define WORD(TOKEN, text, class, help) [K_##TOKEN - ANGLES_LOWEST] = CLASS_##class | BITS(K_##TOKEN),
#include "lang/words.def"
#undef WORD
#define VALUE(k) [(k)-ANGLES_LOWEST] = ENDS_VALUE | BEGINS_VALUE
    VALUE(IDENT), VALUE(NUMBER), VALUE(PERCENT), VALUE(MONEY), VALUE(DURATION), VALUE(BDUR), VALUE(DATE),
    VALUE(TIME), VALUE(DATETIME), VALUE(PERIOD), VALUE(STRING),
    [STR_HEAD - ANGLES_LOWEST] = BEGINS_VALUE, [STR_TAIL - ANGLES_LOWEST] = ENDS_VALUE,
    [LE - ANGLES_LOWEST] = GOES_ON | OPERATOR, [GE - ANGLES_LOWEST] = GOES_ON | OPERATOR,
    [RANGE - ANGLES_LOWEST] = GOES_ON | OPERATOR,
    [ISNOT - ANGLES_LOWEST] = GOES_ON, [NOTIN - ANGLES_LOWEST] = GOES_ON,
};

bool angles_opens(Word w)
{
    return class_of(w) & OPENS;
}

bool angles_begins(Word w)
{
    return class_of(w) & (BEGINS | OPENS);
}

bool angles_declares(Word w)
{
    return (class_of(w) & DECLARES) || w == K_TYPE || w == K_METRIC;
}
