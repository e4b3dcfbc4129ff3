# Fuzzers: `check-fuzz` replays the kept corpus with gcc's sanitizers, `fuzz`
# searches on with clang's libFuzzer.

FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
FUZZ_FLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -I. \
    $(LIB_CFLAGS) -g -O1

# The library once with each compiler's sanitizers, for all fuzzers.
FUZZ_GCC = $(OUT)/sanitize
FUZZ_CLANG = $(OUT)/fuzz/clang

$(FUZZ_GCC)/libnapier.a: FORCE
	$(Q)$(MAKE) --no-print-directory OUT=$(FUZZ_GCC) CFLAGS="$(SANITIZE)" \
	    $(FUZZ_GCC)/libnapier.a

$(FUZZ_CLANG)/libnapier.a: FORCE
	$(Q)$(MAKE) --no-print-directory OUT=$(FUZZ_CLANG) CC=clang WERROR= \
	    CFLAGS="-g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" \
	    $(FUZZ_CLANG)/libnapier.a

$(OUT)/fuzz/replay_%: tests/fuzz/fuzz_%.c tests/fuzz/replay_main.c $(FUZZ_GCC)/libnapier.a
	$(call say,CC   $@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(FUZZ_FLAGS) $(SANITIZE) -o $@ $^ $(ALL_LIBS)

$(OUT)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZ_CLANG)/libnapier.a
	$(call say,CC   $@)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined \
	    -fno-sanitize-recover=all \
	    -o $@ $^ $(ALL_LIBS)

check-fuzz: $(FUZZERS:%=$(OUT)/fuzz/replay_%) ## replay the fuzzers' corpora
	$(Q)for f in $(FUZZERS); do \
	    $(OUT)/fuzz/replay_$$f tests/fuzz/corpus/$$f/* > /dev/null || exit 1; \
	    echo "fuzz: $$f: $$(ls tests/fuzz/corpus/$$f | wc -l) inputs replayed"; \
	done

fuzz: $(FUZZERS:%=$(OUT)/fuzz/fuzz_%) ## search on, FUZZ_SECONDS each
	$(Q)for f in $(FUZZERS); do \
	    mkdir -p $(OUT)/fuzz/found_$$f; \
	    $(OUT)/fuzz/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) \
	        $(OUT)/fuzz/found_$$f tests/fuzz/corpus/$$f || exit 1; \
	done

FORCE:

.PHONY: check-fuzz fuzz FORCE
