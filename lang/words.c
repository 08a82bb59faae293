/* words.c -- the table of words, and its look-up.
 *
 * The rows are words.def; where a word lies in them is known from a hash
 * without collisions that words.awk found when the program was built.
 */
#include "lang/grammar.h"
#include "lang/parse.h"
#include "lang/words_hash.h"

#include <string.h>
#include <strings.h>

static const WordInfo WORDS[] = {
#define WORD(TOKEN, text, class, help) {text, K_##TOKEN, #class[0], help},
#include "lang/words.def"
#undef WORD
};

static const unsigned char LENGTHS[] = {
#define WORD(TOKEN, text, class, help) sizeof(text) - 1,
#include "lang/words.def"
#undef WORD
};

enum { COUNT = sizeof WORDS / sizeof *WORDS, LONGEST = 12 };
_Static_assert(COUNT < 256, "the look-up table counts rows in bytes");

const WordInfo *word_find(const char *text, size_t n)
{
    if (n > LONGEST)
        return NULL;
    uint32_t h = 0;
    for (size_t i = 0; i < n; i++)
        h = (h + (unsigned char)text[i]) * WORD_FACTOR;
    unsigned row = WORD_SLOT[h >> WORD_SHIFT];
    if (!row || LENGTHS[row - 1] != n || memcmp(WORDS[row - 1].text, text, n) != 0)
        return NULL;
    return &WORDS[row - 1];
}

uint32_t word_count(void)
{
    return COUNT;
}

const WordInfo *word_get(uint32_t i)
{
    return &WORDS[i];
}

const char *word_text(Word w)
{
    switch (w) {
#define WORD(TOKEN, text, class, help) case K_##TOKEN: return text;
#include "lang/words.def"
#undef WORD
    case LT: return "<";
    case GT: return ">";
    case LE: return "<=";
    case GE: return ">=";
    case ISNOT: return "is not";
    case NOTIN: return "not in";
    case RANGE: return "..";
    case '+': return "+";
    case '-': return "-";
    case '*': return "*";
    case '/': return "/";
    case '=': return "=";
    case '.': return ".";
    case ',': return ",";
    case '(': return "(";
    case ')': return ")";
    case '[': return "[";
    case ']': return "]";
    }
    return "?";
}

const char *word_by_habit(const char *text, uint32_t i)
{
    static const struct { const char *theirs, *ours; } HABITS[] = {
#define HABIT(theirs, ours) {theirs, ours},
#include "lang/habits.def"
#undef HABIT
    };
    for (size_t k = 0; k < sizeof HABITS / sizeof *HABITS; k++)
        if (strcasecmp(HABITS[k].theirs, text) == 0 && strcmp(HABITS[k].ours, text) != 0 && i-- == 0)
            return HABITS[k].ours;
    return NULL;
}
