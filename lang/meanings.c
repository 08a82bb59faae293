/* meanings.c -- what the names of the language mean that are no words of its grammar. */
#include "lang/ir.h"
#include "lang/parse.h"

#include <string.h>

static const Meaning MEANINGS[] = {
#define MEANING(name, help) {name, help},
#include "lang/meanings.def"
#undef MEANING
#define BUILTIN(NAME, number, name, least, most, signature, help) {name, signature ": " help},
#include "lang/ir.def"
#undef BUILTIN
#define ATTRIBUTE(NAME, number, name, of_case, of_step, type, help) {name, "of a case or step, " type ": " help},
#include "lang/ir.def"
#undef ATTRIBUTE
};

const Meaning *meaning_get(uint32_t i)
{
    return i < sizeof MEANINGS / sizeof *MEANINGS ? &MEANINGS[i] : NULL;
}

bool meanings_print(Buf *b, const char *name)
{
    size_t before = b->n;
    const WordInfo *word = word_find(name, strlen(name));
    if (word) buf_printf(b, "%s: %s\n", word->text, word->help);
    for (size_t i = 0; i < sizeof MEANINGS / sizeof *MEANINGS; i++)
        if (strcmp(MEANINGS[i].name, name) == 0) buf_printf(b, "%s: %s\n", name, MEANINGS[i].help);
    return b->n > before;
}
