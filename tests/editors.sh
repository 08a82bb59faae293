#!/bin/sh
# editors.sh PAGES -- vim, where there is one, shows a program of this project as it is: each text, comment and block of
# Lua ends where it ends, so that what closes a block or begins a line is coloured as what it is.
pages=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/.." || exit 70
command -v vim >/dev/null && vim --version | grep -q '+syntax' || { echo 'editors: 0 passed, 0 failed, 1 skipped: there is no vim'; exit 0; }
work=$(mktemp -d) || exit 70
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
mkdir -p "$work/syntax" "$work/ftdetect"
"$pages" vim >"$work/syntax/ops.vim"
echo 'autocmd BufRead,BufNewFile *.ops set filetype=ops' >"$work/ftdetect/ops.vim"
cat >"$work/look.vim" <<'VIM'
let g:wrong = []
for line in range(1, line('$'))
    let text = getline(line)
    let seen = synIDattr(synID(line, match(text, '\S') + 1, 1), 'name')
    let is = text =~# '^\s*>$' ? '' : text =~# '^\s*\(step\|each\|process\|system\|set\|stop\|emit\|wait\) ' ? 'opsStatement'
           \ : text =~# '^\s*\(who\|why\|ask\|gives\|takes\|owner\|check\) ' ? 'opsProperty' : text =~# '^\s*#' ? 'opsComment' : seen
    if seen !=# is | call add(g:wrong, line . ': ' . text . ' (is shown as ' . seen . ')') | endif
endfor
call writefile(g:wrong, $WRONG)
qa!
VIM
for program in examples/*/*.ops stdlib/*.ops tests/seeds/*.ops tests/unit/*.ops; do
    WRONG=$work/wrong vim -u NONE -N -i NONE -n -es --cmd "set runtimepath^=$work enc=utf-8" -c 'syntax on' -c "edit $program" \
        -c "source $work/look.vim" </dev/null
    if [ -e "$work/wrong" ] && [ ! -s "$work/wrong" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $program, in vim"
        head -n 5 "$work/wrong"
    fi
    rm -f "$work/wrong"
done
echo "editors: $passed passed, $failed failed"
[ "$failed" = 0 ]
