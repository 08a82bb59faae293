# make            build/ops
# make demo       sets up, builds, runs the example business
# make test       sets up, builds, runs all tests (T=lang/unknown-role or T=terminal/repl-dumb: one)
# make bless      accepts the new output of golden tests (T=... for one)
# make bench      figures, as ratios against a peer in the same run
# make bench-scale  the same of a store with many open cases (CASES=1000000)
# make fuzz       random and spoilt programs through parser, checker, formatter, codec; random Lua at the border; random
#                 businesses beside a reference model (SECONDS=600 each)
# make lua-tests  Lua's own tests, unpacked in LUA_TESTS=DIR, in the sandbox and beside it
# make docs       pages and editor files made from the tables, below build/docs and build/editors
# make torture    kills and faults at every point (minutes to hours)
# make install    to PREFIX (/usr/local)
# MODE=asan       the same with AddressSanitizer and UndefinedBehaviorSanitizer
# CC=clang        with another compiler
# V=1             shows the commands

MODE  ?= release
BUILD ?= build
OUT   := $(BUILD)/$(MODE)
PREFIX ?= /usr/local

VERSION := 0.1.0

WARN   := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla -Werror
CFLAGS_release := -O2 -g
CFLAGS_debug   := -O0 -g
CFLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS_asan   := -fsanitize=address,undefined

PKGS   := lua5.4 sqlite3 readline libutf8proc libsodium
PKGFLAGS = $(shell pkg-config --cflags $(PKGS) libcurl 2>/dev/null)
LIBS     = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm

CPPFLAGS = -I. -I$(OUT) -D_GNU_SOURCE -DOPS_VERSION='"$(VERSION)"' $(PKGFLAGS) -MMD -MP
# Hidden: a function of ours must not answer when a library calls one of that name.
CFLAGS   = -std=gnu11 -fvisibility=hidden $(WARN) $(CFLAGS_$(MODE))

ROOMS := base lang runtime analysis cli
SRC   := $(foreach room,$(ROOMS),$(wildcard $(room)/*.c))

# Mail by a server and requests of Lua need libcurl: its headers here, itself when the first of them leaves.
CURL  := runtime/libcurl.c runtime/smtp.c runtime/http_send.c
ifeq ($(shell pkg-config --exists libcurl && echo yes),yes)
SRC   := $(filter-out runtime/without_libcurl.c,$(SRC))
else
$(info libcurl is not there (libcurl4-openssl-dev): built without mail by a server, and without http for Lua)
SRC   := $(filter-out $(CURL),$(SRC))
endif
GEN   := $(OUT)/lang/grammar.c $(OUT)/lang/scan.c $(OUT)/lang/stdlib.c
OBJ   := $(SRC:%.c=$(OUT)/%.o) $(GEN:.c=.o)
MAIN  := $(OUT)/cli/main.o
PARTS := $(filter-out $(MAIN),$(OBJ))
LIB   := $(OUT)/libops.a

# One short line for each thing that is made.
Q   = $(if $(V),,@printf '%-5s %s\n' '$(1)' '$@';)

.PHONY: all units demo test bless bench bench-scale docs fuzz lua-tests torture install clean
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

all: $(BUILD)/ops

$(BUILD)/ops: $(OUT)/ops
	@cp -f $< $@

$(OUT)/ops: $(MAIN) $(LIB)
	$(call Q,link)$(CC) $(LDFLAGS_$(MODE)) -o $@ $^ $(LIBS)

$(LIB): $(PARTS)
	@rm -f $@
	$(call Q,ar)ar rcsD $@ $^

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(call Q,cc)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# Lists of words go from the table of words into the grammar and its look-up.
$(OUT)/lang/grammar.y: lang/words.awk lang/words.def lang/grammar.y
	@mkdir -p $(@D)
	$(call Q,awk)awk -f lang/words.awk lang/words.def lang/grammar.y >$@

$(OUT)/lang/words_hash.h: lang/words.awk lang/words.def
	@mkdir -p $(@D)
	$(call Q,awk)awk -v mode=hash -f lang/words.awk lang/words.def >$@

$(OUT)/lang/grammar.c $(OUT)/lang/grammar.h &: $(OUT)/lang/grammar.y
	$(call Q,bison)bison -Wall -Werror --header=$(OUT)/lang/grammar.h -o $(OUT)/lang/grammar.c $<

$(OUT)/lang/scan.c: lang/scan.l
	@mkdir -p $(@D)
	$(call Q,flex)flex -o $@ $<

$(OUT)/lang/stdlib.c: lang/embed.awk $(wildcard stdlib/*.ops)
	@mkdir -p $(@D)
	$(call Q,awk)LC_ALL=C awk -f lang/embed.awk $(wildcard stdlib/*.ops) >$@

$(OBJ): | $(OUT)/lang/grammar.h $(OUT)/lang/words_hash.h

# Generated code is held to its generators' taste, not ours.
$(OUT)/%.o: $(OUT)/%.c
	$(call Q,cc)$(CC) $(CPPFLAGS) $(CFLAGS) -Wno-unused-function -Wno-sign-compare -Wno-unused-but-set-variable -Wno-missing-prototypes -Wno-shadow -c -o $@ $<

-include $(OBJ:.o=.d)

# ---- tests -----------------------------------------------------------------------
UNIT := $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(wildcard tests/unit/*.c))
CMOCKA = $(shell pkg-config --cflags --libs cmocka 2>/dev/null || echo -lcmocka)

$(OUT)/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(call Q,cc)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS_$(MODE)) -o $@ $< $(LIB) $(LIBS) $(CMOCKA)

# ops as it is where libcurl is not there: what is named ahead of the library is not taken out of it.
WITHOUT := $(OUT)/ops-without-libcurl
$(WITHOUT): $(MAIN) $(OUT)/runtime/without_libcurl.o $(LIB)
	$(call Q,link)$(CC) $(LDFLAGS_$(MODE)) -o $@ $^ $(LIBS)

# Types at a pseudo terminal.
DRIVE := $(OUT)/terminal/drive
$(DRIVE): tests/terminal/drive.c
	@mkdir -p $(@D)
	$(call Q,cc)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS_$(MODE)) -o $@ $< -lutil

units: $(UNIT) $(DRIVE) $(WITHOUT) $(OUT)/docs/pages $(OUT)/fuzz/engine $(OUT)/fuzz/bridge $(OUT)/fuzz/move $(OUT)/fuzz/model

-include $(UNIT:=.d) $(DRIVE:=.d)

test:
	@sh tests/setup.sh tools
	@$(MAKE) --no-print-directory -j2 all $(if $(T),$(DRIVE),units)
	@sh tests/run.sh $(OUT)/ops $(OUT)/unit $(T)

bless: all
	@sh tests/golden.sh $(OUT)/ops -b $(T)

demo:
	@sh tests/setup.sh
	@$(MAKE) --no-print-directory -j2 all >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@rm -f $(BUILD).log
	$(BUILD)/ops run examples/studio/studio.ops --answers examples/studio/answers.csv
	@command -v ops >/dev/null || printf '\n`ops` is %s here: PATH="%s:$$PATH" finds it, `make install` keeps it.\n' '$(BUILD)/ops' '$(abspath $(BUILD))'

# Long hunts: every kill, and SECONDS of damaged programs.
SECONDS ?= 600
SEED    ?= 1
torture: all units
	OPS_WHOLE=1 $(OUT)/unit/zone
	OPS_WHOLE=1 $(OUT)/unit/exec
	OPS_WHOLE=1 $(OUT)/unit/attacks
	@for script in tests/fault/*.sh; do sh $$script $(OUT)/ops full || exit 1; done

# Lua's own tests, which are no part of this project, in the sandbox (tests/lua/official.sh).
LUA_TESTS ?=
lua-tests: all
	@sh tests/lua/official.sh $(OUT)/ops "$(LUA_TESTS)"

fuzz:
	@$(MAKE) --no-print-directory -j2 MODE=asan $(BUILD)/asan/fuzz/parse $(BUILD)/asan/fuzz/programs $(BUILD)/asan/fuzz/engine $(BUILD)/asan/fuzz/bridge $(BUILD)/asan/fuzz/move $(BUILD)/asan/fuzz/model
	@$(MAKE) --no-print-directory $(OUT)/fuzz/mutants $(OUT)/fuzz/model
	$(BUILD)/asan/fuzz/parse $(SECONDS) $(SEED) examples/*/*.ops tests/unit/parse.ops tests/seeds/*.ops tests/*/*/*.ops
	$(BUILD)/asan/fuzz/programs $(SECONDS) $(SEED)
	$(BUILD)/asan/fuzz/engine $(SECONDS) $(SEED)
	$(BUILD)/asan/fuzz/bridge $(SECONDS) $(SEED)
	$(BUILD)/asan/fuzz/move $(SECONDS) $(SEED)
	$(OUT)/fuzz/model $(SECONDS) $(SEED)
	$(BUILD)/asan/fuzz/model $(SECONDS) $(SEED)
	$(OUT)/fuzz/mutants $(SECONDS) $(SEED) examples/*/*.ops tests/unit/parse.ops tests/seeds/*.ops

$(OUT)/fuzz/%: tests/fuzz/%.c $(LIB)
	@mkdir -p $(@D)
	$(call Q,cc)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS_$(MODE)) -o $@ $< $(LIB) $(LIBS)

# The reference model, beside the engine.
MODEL := $(wildcard tests/model/*.c)
$(OUT)/fuzz/model: $(MODEL) $(wildcard tests/model/*.h) tests/model/plan.def tests/chance.h tests/disk.h $(LIB)
	@mkdir -p $(@D)
	$(call Q,cc)$(CC) $(filter-out -MMD -MP,$(CPPFLAGS)) $(CFLAGS) $(LDFLAGS_$(MODE)) -o $@ $(MODEL) $(LIB) $(LIBS)

# Pages that are the tables themselves.
docs: $(OUT)/docs/pages
	@mkdir -p $(BUILD)/docs $(BUILD)/editors
	$< messages >$(BUILD)/docs/messages.md
	$< ir >$(BUILD)/docs/ir.md
	$< vim >$(BUILD)/editors/ops.vim
	$< textmate >$(BUILD)/editors/ops.tmLanguage.json

$(OUT)/docs/pages: docs/pages.c $(LIB)
	@mkdir -p $(@D)
	$(call Q,cc)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS_$(MODE)) -o $@ $< $(LIB) $(LIBS)

$(OUT)/bench/lua: tests/bench/lua.c $(LIB)
	@mkdir -p $(@D)
	$(call Q,cc)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS_$(MODE)) -o $@ $< $(LIB) $(LIBS)

bench: all $(OUT)/bench/lua
	@for script in run store scale; do sh tests/bench/$$script.sh $(OUT)/ops $(OUT)/bench $(CC) || exit 1; done

CASES ?= 1000000
bench-scale: all
	@sh tests/bench/scale.sh $(OUT)/ops $(OUT)/bench $(CC) $(CASES)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/ops $(DESTDIR)$(PREFIX)/bin/ops

clean:
	rm -rf $(BUILD)
