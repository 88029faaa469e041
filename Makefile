# make [B=DIR] [CC=clang] [SAN=address,undefined] [DEVELOPER=1] [V=1] [TARGET]
#
#   B          the folder of all that is built: build, or build-san with SAN; a B of the environment is nobody's
#
#   all        $(B)/cowtop (the default)
#   check      build and run every test; CHECK="unit cli" runs some suites
#   demo       a small real pool, and cowtop on it
#   tests      build what the tests need, run nothing; programs: those of the bench
#   doors-check  every fault at every door of every verb, and the table of them; DOORS_ARGS='--only kpageflags';
#              then memory that is refused: MEMORY_ARGS='--most 0 --verb json' each allocation of that verb
#   soak       live view, recordings, JSON and a scraped exporter for SOAK_TIME seconds (3600) beside a pool at work
#   why-check  the suite foretold, which takes long: what cowtop why foretells of real servers and made pools, twice run
#   try-check  the suite trials, which takes long: what cowtop try says of real servers and of pools whose truth is known
#   try-table  what cowtop try says of five servers; TRY_ARGS='--runs 5 gunicorn'
#   why-table  what cowtop why foretells beside what is true, of pools drawn by lot; WHY_ARGS='--count 100 --seed 2'
#   bench      what cowtop costs beside a bare read and other tools, which it installs; BENCH_ARGS='--only latency'
#   export-check  the suite scraped, which takes long: pools that come and go by the hundred, clients that drip
#   fleet-bench  what 1000 hosts cost the Prometheus that scrapes them, played from a recording; FLEET_ARGS='--hosts 100'
#   build-check  build and unit tests in other distributions; BUILD="trixie /srv/rhel9"
#   analyze    gcc's -fanalyzer and cppcheck over src/
#   valgrind   cowtop's verbs under memcheck
#   tidy       clang-tidy over src/, by .clang-tidy; QUICK=1 without the analyzer, as a guard does
#   vm-check   tests on other kernels and processors; VM="6.1 arm64:6.12 --tests ledger"
#   fuzz       every fuzzer for FUZZ_TIME seconds (clang), and what each covered and found; FUZZERS=fuzz_elf: one
#   fuzz-keep  what these runs found that covers more goes into tests/fuzz/corpus/
#   fuzz-lines  which lines of src/ the inputs in tests/fuzz/corpus/ enter, by rooms and files (gcc, gcov)
#   install    PREFIX=/usr/local DESTDIR=          uninstall takes it back
#   clean      remove $(B)

VERSION := 0.1.0
comma   := ,

ifeq ($(origin CC),default)
CC = gcc
endif
# Another processor's: make CC=aarch64-linux-gnu-gcc SYSROOT=DIR B=build-arm64, with the packages of DIR.
SYSROOT    ?=
PKG_CONFIG ?= pkg-config
ifneq ($(SYSROOT),)
override CC += --sysroot=$(SYSROOT)
AR = $(patsubst %gcc,%ar,$(firstword $(CC)))
override PKG_CONFIG := env PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/$(shell \
	$(CC) -print-multiarch)/pkgconfig:$(SYSROOT)/usr/share/pkgconfig $(PKG_CONFIG)
endif
# What is there for one processor alone: NAME_x86_64.c, NAME_aarch64.c, and headers for tests.
ARCHES := x86_64 aarch64
ARCH   := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
ifneq ($(filter-out $(ARCHES),$(ARCH)),)
$(error $(CC) builds for $(ARCH); cowtop knows $(ARCHES) (src/sys/arch.h))
endif
PREFIX    ?= /usr/local
FUZZ_TIME ?= 60
SAN       ?=
ifneq ($(origin B),command line)
override B := $(if $(SAN),build-san,build)
endif

# From top to bottom: an archive uses only symbols of the archives to its right. src/layers has the rule.
LAYERS := cmd tui sink recording probe trial watch pool unwind find heap runtime sys analysis ledger codec \
	  parse model base

WARN   := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition -Wshadow \
	  -Wvla -Wwrite-strings -Wformat=2 -Wpointer-arith -Wundef -Wimplicit-fallthrough \
	  -Wno-unused-parameter $(if $(DEVELOPER),-Werror)
SANITIZE := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
# Three may be absent, and `cowtop -V` says so: then our own reader of /proc stands in for libproc2, without
# libiberty the names of C++ and Rust stay as they are, and without libmicrohttpd nothing is listened at. LIBPROC2=,
# LIBIBERTY= and MICROHTTPD= leave them out.
LIBPROC2  ?= $(shell $(PKG_CONFIG) --exists libproc2 2>/dev/null && echo libproc2)
LIBIBERTY ?= $(shell echo 'int main(void) { return 0; }' | $(CC) -x c - -include libiberty/demangle.h \
		-liberty -o /dev/null 2>/dev/null && echo -liberty)
MICROHTTPD ?= $(shell $(PKG_CONFIG) --exists libmicrohttpd 2>/dev/null && echo libmicrohttpd)
LIBPROC2   := $(LIBPROC2)
LIBIBERTY  := $(LIBIBERTY)
MICROHTTPD := $(MICROHTTPD)
PACKAGES := $(LIBPROC2) libcjson libcap-ng ncursesw libzstd zlib libunwind-generic
CHOICES  := $(if $(LIBPROC2),-DCOWTOP_LIBPROC2) $(if $(LIBIBERTY),-DCOWTOP_LIBIBERTY) \
	    $(if $(MICROHTTPD),-DCOWTOP_MICROHTTPD)
LEFT_OUT := $(if $(LIBPROC2),,src/sys/table_libproc2.c) \
	    $(foreach a,$(filter-out $(ARCH),$(ARCHES)),$(wildcard src/*/*_$(a).c))

CFLAGS ?= -O2 -g
# What a program that root runs against strangers' processes should have, as far as the compiler knows it.
# Sanitizers have checks of their own; fortified functions need -O.
knows = $(shell echo 'int main(void) { return 0; }' | \
	  $(CC) -Werror $(1) -x c - -o /dev/null 2>/dev/null && echo '$(1)')
HARDEN := -fPIE $(call knows,-fstack-protector-strong) $(call knows,-fstack-clash-protection) \
	  $(call knows,$(if $(filter x86_64,$(ARCH)),-fcf-protection,-mbranch-protection=standard)) \
	  $(if $(SAN)$(findstring FORTIFY,$(CFLAGS)),,$(if $(findstring -O,$(filter-out -O0,$(CFLAGS))), \
	       -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
HARDEN_LINK := $(call knows,-pie) \
	       $(call knows,-Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now$(comma)-z$(comma)noexecstack)
# The same sources give the same bytes in any folder.
SAME := $(call knows,-ffile-prefix-map=$(CURDIR)=.)
LANGUAGE := -std=gnu11 -D_GNU_SOURCE
ALL_CFLAGS = $(LANGUAGE) -DCOWTOP_VERSION='"$(VERSION)"' $(CHOICES) -Isrc $(PACKAGE_CFLAGS) \
	     $(WARN) $(HARDEN) $(SAME) $(CFLAGS) $(SANITIZE)
LINK = $(CC) $(HARDEN_LINK) $(SANITIZE) $(LDFLAGS)
# Programs that only the tests run are built without cowtop's modules and without sanitizers: what they
# do is measured. Those that are told errors by name have the names from base/.
PLAIN = $(CC) $(LDFLAGS) $(LANGUAGE) $(WARN) $(CFLAGS)
PACKAGE_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
PACKAGE_LIBS   := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null || \
			  echo $(LIBPROC2:lib%=-l%) -lcjson -lcap-ng -lncursesw -ltinfo -lzstd \
				-lunwind-generic -lunwind -lz)
LIBS = $(PACKAGE_LIBS) $(LIBIBERTY) -lm -pthread

Q   := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

PRESENT := $(foreach l,$(LAYERS),$(if $(wildcard src/$(l)/*.c),$(l)))
ARCHIVE  = $(B)/lib$(1).a
ARCHIVES := $(foreach l,$(PRESENT),$(call ARCHIVE,$(l)))
# Tests reach the code below cmd/ directly, and cmd/ through the program.
BELOW    := $(filter-out $(call ARCHIVE,cmd),$(ARCHIVES))

UNIT    := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZERS := $(filter-out fuzz_main,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c)))
REPLAY  := $(FUZZERS:%=$(B)/tests/%)
POOL    := $(if $(wildcard tests/pool/mkpool*.c),$(B)/mkpool)
HELPERS := $(patsubst tests/deny/%.c,$(B)/tests/%,$(wildcard tests/deny/*.c))
DOORS   := $(if $(wildcard tests/doors/*.c),$(B)/tests/doors)
SHIMS   := $(patsubst tests/fault/%.c,$(B)/tests/%.so,$(wildcard tests/fault/*.c))
GCREAD  := $(patsubst tests/gc/%.c,$(B)/tests/%,$(wildcard tests/gc/*.c))
HEAP    := $(if $(wildcard tests/heap/inventory.c),$(B)/tests/inventory)
MALLOCS := $(patsubst tests/heap/%.c,$(B)/tests/%,$(filter-out %/inventory.c,$(wildcard tests/heap/*.c)))
WATCH   := $(patsubst tests/stacks/%.c,$(B)/tests/%,$(wildcard tests/stacks/*.c))
MAKERS  := $(patsubst tests/html/%.c,$(B)/tests/%,$(wildcard tests/html/*.c))
TRIAL   := $(patsubst tests/try/%.c,$(B)/tests/%,$(wildcard tests/try/*.c))
TWIN    := $(patsubst tests/cli/%.c,$(B)/tests/%,$(wildcard tests/cli/*.c))
BENCH   := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))
# Those that read recordings and open events do it with cowtop's own modules.
WITHIN  := $(B)/bench/day $(B)/bench/event $(B)/bench/scrapes

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all check doors-check soak demo tests programs bench why-check why-table try-check try-table export-check fleet-bench build-check vm-check tidy analyze valgrind fuzz fuzz-keep fuzz-lines fuzzers replays install uninstall clean archives FORCE

all: $(B)/cowtop

$(B)/cowtop: $(ARCHIVES)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

archives: $(ARCHIVES)

objects_of = $(patsubst src/%.c,$(B)/obj/%.o,$(filter-out $(LEFT_OUT),$(wildcard src/$(1)/*.c)))

define layer
OBJECTS += $(call objects_of,$(1))
$(B)/lib$(1).a: $(call objects_of,$(1))
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
endef
$(foreach l,$(PRESENT),$(eval $(call layer,$(l))))

$(B)/obj/%.o: src/%.c $(B)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Made from what it has the assembler read.
$(B)/obj/trial/shim.o: $(wildcard src/trial/shim/*)

# Other flags, other objects: this file changes when the command line does.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$$FLAGS_NOW" | cmp -s - $@ || printf '%s\n' "$$FLAGS_NOW" >$@
$(B)/flags: export FLAGS_NOW = $(CC) $(ALL_CFLAGS)

# ---- tests

tests: $(UNIT) $(REPLAY) $(POOL) $(HELPERS) $(DOORS) $(SHIMS) $(GCREAD) $(HEAP) $(MALLOCS) $(WATCH) $(MAKERS) $(TRIAL) $(TWIN)

# What a program was made from, headers too: NAME.d beside NAME or NAME.so.
DEPENDENCIES = -MMD -MP -MF $(basename $@).d -MT $@

# Programs $(1), one source of tests/$(2)/ each, with cowtop's modules and what else $(3) says.
define with_modules
$(1): $(B)/$(if $(filter bench,$(2)),bench,tests)/%: tests/$(2)/%.c $(BELOW) $(B)/flags
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(LINK) $$(ALL_CFLAGS) -Itests -Itests/lib/$$(ARCH) $$(DEPENDENCIES) -o $$@ $$< $(3) $$(BELOW) $$(LIBS)
endef
$(eval $(call with_modules,$(UNIT),unit,-lcmocka))
# Of cmd/ they have the grammars of options and settings.
$(eval $(call with_modules,$(REPLAY),fuzz,$(B)/tests/fuzz_main.o $(call ARCHIVE,cmd)))
# -rdynamic: one of them exports symbols, to be found.
$(eval $(call with_modules,$(GCREAD),gc,-rdynamic))
$(eval $(call with_modules,$(HEAP),heap))
$(eval $(call with_modules,$(WATCH),stacks))
$(eval $(call with_modules,$(MAKERS),html,-lcmocka))
$(eval $(call with_modules,$(TRIAL),try))
$(eval $(call with_modules,$(TWIN),cli))
$(eval $(call with_modules,$(WITHIN),bench))

$(REPLAY): $(B)/tests/fuzz_main.o $(call ARCHIVE,cmd)
$(B)/tests/fuzz_main.o: tests/fuzz/fuzz_main.c $(B)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests $(DEPENDENCIES) -c -o $@ $<

# -fPIC: some of them are preloaded.
$(B)/plain/%.o: %.c $(B)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(PLAIN) -Isrc -fPIC $(DEPENDENCIES) -c -o $@ $<

$(B)/mkpool: $(patsubst %.c,$(B)/plain/%.o,$(wildcard tests/pool/mkpool*.c))
	$(call say,LD,$@)
	$(Q)$(PLAIN) -o $@ $^

# Without optimization: what it allocates and never reads is allocated.
$(MALLOCS): $(B)/tests/%: tests/heap/%.c $(B)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(PLAIN) -O0 -pthread $(DEPENDENCIES) -o $@ $<

$(HELPERS): $(B)/tests/%: $(B)/plain/tests/deny/%.o $(B)/plain/src/base/errname.o
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(PLAIN) -o $@ $^

$(DOORS): $(patsubst %.c,$(B)/plain/%.o,$(wildcard tests/doors/*.c)) $(B)/plain/src/base/errname.o
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(PLAIN) -o $@ $^

$(SHIMS): $(B)/tests/%.so: $(B)/plain/tests/fault/%.o $(B)/plain/src/base/errname.o
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(PLAIN) -shared -o $@ $^ -ldl

$(filter-out $(WITHIN),$(BENCH)): $(B)/bench/%: tests/bench/%.c $(B)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(PLAIN) $(DEPENDENCIES) -o $@ $<

# What the guards would have gcc build once more is here: with a warning it would not be.
BUILT := $(if $(DEVELOPER),$(if $(SAN)$(filter-out gcc,$(CC)),,$(B)))

check: all tests programs
	@B='$(B)' BUILT='$(BUILT)' ./scripts/run-tests $(CHECK)

programs: $(BENCH) $(GCREAD) $(HEAP) $(MALLOCS) $(WATCH)

doors-check: all tests
	@COWTOP='$(B)/cowtop' B='$(B)' python3 tests/doors/doors.py --all --table $(DOORS_ARGS)
	@COWTOP='$(B)/cowtop' B='$(B)' python3 tests/doors/memory.py $(MEMORY_ARGS)

SOAK_TIME ?= 3600

soak: all
	@COWTOP='$(B)/cowtop' python3 tests/soak/soak.py $(SOAK_TIME)

why-check: all programs
	@B='$(B)' ./scripts/run-tests foretold

why-table: all
	@COWTOP='$(B)/cowtop' python3 tests/why/table.py $(WHY_ARGS)

try-check: all
	@B='$(B)' ./scripts/run-tests trials

try-table: all
	@COWTOP='$(B)/cowtop' python3 tests/try/table.py $(TRY_ARGS)

bench: all programs
	@./scripts/install-deps -y --bench || echo 'bench: goes on with what is here' >&2
	@COWTOP='$(B)/cowtop' BENCH='$(B)/bench' python3 tests/bench/bench.py $(BENCH_ARGS)

export-check: all tests programs
	@B='$(B)' ./scripts/run-tests scraped

fleet-bench: all programs
	@COWTOP='$(B)/cowtop' BENCH='$(B)/bench' python3 tests/bench/fleet.py $(FLEET_ARGS)

build-check:
	@./scripts/build-check $(BUILD)

vm-check:
	@./scripts/vm-check $(VM)

TIDY := $(filter-out $(LEFT_OUT),$(wildcard src/*/*.c))

tidy:
	@command -v clang-tidy >/dev/null || { echo 'tidy: clang-tidy is not installed' >&2; exit 1; }
	@mkdir -p $(B)
	@printf '%s\n' $(TIDY) | xargs -P "$$(nproc)" -I{} clang-tidy --quiet \
		$(if $(QUICK),'--checks=-clang-analyzer-*') {} -- $(ALL_CFLAGS) 2>$(B)/tidy.log

# Findings of gcc's analyzer are those of its version 12, for which tests/lib/analyzer.supp is.
analyze: $(B)/flags
	@FLAGS="$$(cat $(B)/flags)" ./scripts/analyze $(B)/analyze $(TIDY)

valgrind: all
	@./scripts/valgrind $(B)/cowtop

demo: all
	@COWTOP='$(B)/cowtop' ./scripts/demo

# ---- fuzzing: the same sources under clang's libFuzzer, from the committed corpora

fuzz:
	@$(MAKE) --no-print-directory CC=clang SAN=fuzzer-no-link,address,undefined B=$(B)-fuzz fuzzers
	@./scripts/fuzz $(B)-fuzz $(FUZZ_TIME) $(FUZZERS)

fuzz-keep:
	@./scripts/fuzz --keep $(B)-fuzz $(FUZZERS)

fuzz-lines:
	@$(MAKE) --no-print-directory CC=gcc CFLAGS='-O0 -g --coverage' B=$(B)-lines archives replays
	@./scripts/fuzz-lines $(B)-lines

replays: $(REPLAY)

fuzzers: $(FUZZERS:%=$(B)/fuzz/%)

$(B)/fuzz/%: tests/fuzz/%.c $(ARCHIVES) $(B)/flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Itests $(DEPENDENCIES) -fsanitize=fuzzer $(LDFLAGS) -o $@ $< $(ARCHIVES) $(LIBS)

# ---- install

BASH_DIR = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_DIR  = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISH_DIR = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
MAN_DIR  = $(DESTDIR)$(PREFIX)/share/man
MAN      = $(wildcard man/*.[157])

install: all
	install -D -m 755 $(B)/cowtop $(DESTDIR)$(PREFIX)/bin/cowtop
	install -d $(MAN_DIR)/man1 $(MAN_DIR)/man5 $(MAN_DIR)/man7
	install -m 644 $(filter %.1,$(MAN)) $(MAN_DIR)/man1/
	install -m 644 $(filter %.5,$(MAN)) $(MAN_DIR)/man5/
	install -m 644 $(filter %.7,$(MAN)) $(MAN_DIR)/man7/
	install -D -m 644 completions/cowtop.bash $(BASH_DIR)/cowtop
	install -D -m 644 completions/_cowtop $(ZSH_DIR)/_cowtop
	install -D -m 644 completions/cowtop.fish $(FISH_DIR)/cowtop.fish

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/cowtop \
		$(foreach s,1 5 7,$(addprefix $(MAN_DIR)/man$(s)/,$(notdir $(filter %.$(s),$(MAN)))))
	rm -f $(BASH_DIR)/cowtop $(ZSH_DIR)/_cowtop $(FISH_DIR)/cowtop.fish

clean:
	rm -rf $(B)

FORCE:

-include $(wildcard $(OBJECTS:.o=.d) $(B)/tests/*.d $(B)/bench/*.d $(B)/fuzz/*.d $(B)/plain/*/*/*.d)
