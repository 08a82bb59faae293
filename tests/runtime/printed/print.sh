# A character, so many times.
yes "$1" | head -n "$2" | tr -d '\n'
