# Fuzzers: `check-fuzz` replays the kept corpus with gcc's sanitizers, `fuzz`
# searches on with clang's libFuzzer.

FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
FUZZ_FLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -I. \
    $(LIB_CFLAGS) -g -O1

$(OUT)/fuzz/replay_%: tests/fuzz/fuzz_%.c tests/fuzz/replay_main.c $(LIB_SOURCES)
	$(call say,CC   $@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(FUZZ_FLAGS) -fsanitize=address,undefined \
	    -fno-sanitize-recover=all -o $@ $(filter %.c,$^) $(ALL_LIBS)

$(OUT)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(LIB_SOURCES)
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

.PHONY: check-fuzz fuzz
