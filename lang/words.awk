# words.awk -- what the generators need to know of words.def.
#
#   awk -f words.awk words.def grammar.y           grammar.y with its lists filled in:
#                                                  @TOKENS@ the words' tokens, @NAMES@ the
#                                                  words that may be names, @ANY@ every
#                                                  token but the angles of blocks
#   awk -v mode=hash -f words.awk words.def        the look-up table, as a C header
#
# Every list stays on its one line, so the grammar keeps its line numbers.

BEGIN { count = 0 }

/^WORD\(/ {
    split($0, quoted, "\"")
    token = quoted[1]
    sub(/^WORD\(/, "", token)
    sub(/,.*$/, "", token)
    class = quoted[3]
    gsub(/[, ]/, "", class)
    if (quoted[2] in seen) {
        print "words.def: `" quoted[2] "` stands there twice" > "/dev/stderr"
        exit failed = 1
    }
    seen[quoted[2]] = 1
    text[count] = quoted[2]
    count++
    tokens = tokens " K_" token " \"" quoted[2] "\""
    any = any " | K_" token
    if (class == "K" || class == "M")
        names = names (names == "" ? "" : " | ") "K_" token
    next
}

FILENAME !~ /grammar\.y$/ { next }

# A token line of the grammar: %token <type> NAME "alias" ...
/^%token/ && !/@/ {
    n = split($0, field, " ")
    for (i = 2; i <= n; i++)
        if (field[i] ~ /^[A-Z][A-Z_]*$/ && field[i] !~ /^(LBLK|RBLK|END|BEGIN_[A-Z]*)$/)
            any = any " | " field[i]
}

{
    sub(/@TOKENS@/, tokens)
    sub(/@NAMES@/, names)
    sub(/@ANY@/, substr(any, 4) " | '+' | '-' | '*' | '/' | '.' | ',' | '=' | '(' | ')' | '[' | ']'")
    print
}

# The slot of a word: h = (h + byte) * factor in 32 bits, its 12 upper ones. A factor
# without collisions is searched for, so that a look-up is one probe and one comparison.
function slot(word, factor,    i, h)
{
    h = 0
    for (i = 1; i <= length(word); i++)
        h = (h + code[substr(word, i, 1)]) * factor % 4294967296
    return int(h / 1048576)
}

function free_of_collisions(factor,    i, at)
{
    for (at in taken)
        delete taken[at]
    for (i = 0; i < count; i++) {
        at = slot(text[i], factor)
        if (at in taken)
            return 0
        taken[at] = i + 1
    }
    return 1
}

END {
    if (failed || mode != "hash")
        exit failed
    for (i = 97; i < 123; i++)
        code[sprintf("%c", i)] = i
    code["_"] = 95
    factor = 1900001
    while (!free_of_collisions(factor)) {
        factor += 2
        if (factor > 2097151) {
            print "words.awk: no table without collisions" > "/dev/stderr"
            exit 1
        }
    }
    print "/* Made from lang/words.def by words.awk: slot of a word -> its row, counted from 1. */"
    print "#define WORD_FACTOR " factor "u"
    print "#define WORD_SHIFT 20"
    print "#define WORD_SLOTS 4096"
    print "static const unsigned char WORD_SLOT[WORD_SLOTS] = {"
    for (i = 0; i < 4096; i++)
        if (i in taken)
            print "    [" i "] = " taken[i] ", /* " text[taken[i] - 1] " */"
    print "};"
}
