# embed.awk -- turns stdlib/*.ops into a C file that holds their text.
#
#   LC_ALL=C awk -f lang/embed.awk stdlib/*.ops > stdlib.c
#
# Every line becomes a string literal. The files are checked elsewhere (they are
# compiled by the tests); here only quotes, backslashes, trigraphs and tabs count.

function begin(file,   name) {
    name = file
    sub(/^.*\//, "", name)
    sub(/\.ops$/, "", name)
    if (files++)
        print "    },"
    printf "    {\n        \"%s\",\n", name
    last = file
    lines = 0
}

BEGIN {
    print "/* Generated from stdlib by lang/embed.awk: change the sources, not this. */"
    print "#include \"lang/stdlib.h\"\n#include <stddef.h>\n"
    print "const StdlibFile stdlib_files[] = {"
    # An empty file gives no line below: it is an empty module all the same.
    for (i = 1; i < ARGC; i++)
        if ((getline line < ARGV[i]) <= 0) {
            name = ARGV[i]
            sub(/^.*\//, "", name)
            sub(/\.ops$/, "", name)
            printf "    {\"%s\", \"\"},\n", name
        } else
            close(ARGV[i])
}

FILENAME != last { begin(FILENAME) }

# Sign by sign: what gsub makes of backslashes differs from awk to awk.
function quoted(line,    i, sign, out)
{
    out = ""
    for (i = 1; i <= length(line); i++) {
        sign = substr(line, i, 1)
        if (sign == "\\" || sign == "\"" || sign == "?")
            out = out "\\" sign
        else if (sign == "\t")
            out = out "\\t"
        else
            out = out sign
    }
    return out
}

{ printf "        \"%s\\n\"\n", quoted($0) }

END {
    if (files)
        print "    },"
    print "    {NULL, NULL}\n};"
}
