# Tests. `check` is what a change must pass; the rest is longer or rarer.

check: check-style check-unit check-oracle check-bad check-cli check-import-tflite check-hostile-tflite check-rtl check-cosim check-random check-synth ## all of the quick tests (a few minutes)

# --------------------------------------------------------------- unit tests

UNIT_SOURCES := $(wildcard tests/unit/*.c)
UNIT_OBJECTS := $(call object,$(UNIT_SOURCES))

$(OUT)/unit/suites.inc: $(wildcard tests/unit/test_*.c)
	$(Q)mkdir -p $(@D)
	$(Q)grep -ho '^void suite_[a-z0-9_]*' $^ | \
	    sed 's/void \(.*\)/SUITE(\1)/' | sort -u > $@

$(OUT)/obj/tests/unit/main.o: ALL_CFLAGS += -I$(OUT)/unit
$(OUT)/obj/tests/unit/main.o: $(OUT)/unit/suites.inc

$(OUT)/unit/tests: $(UNIT_OBJECTS) $(OUT)/libnapier.a
	$(call say,LINK $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS) -lcunit

check-unit: $(OUT)/unit/tests ## CUnit tests
	$(Q)$(OUT)/unit/tests

-include $(patsubst %.o,%.d,$(UNIT_OBJECTS))

# ------------------------------------------------ the arithmetic and SystemC

$(OUT)/oracle/sc_oracle.o: tests/oracle/sc_oracle.cpp tests/oracle/sc_oracle.h
	$(call say,CXX  $<)
	$(Q)mkdir -p $(@D)
	$(Q)g++ -std=c++17 -O2 -Wall -Wextra -I. -c $< -o $@

$(OUT)/oracle/test_systemc: $(OUT)/obj/tests/oracle/test_systemc.o $(OUT)/oracle/sc_oracle.o $(OUT)/libnapier.a
	$(call say,LINK $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS) -lsystemc -lstdc++

check-oracle: $(OUT)/oracle/test_systemc ## sim/fx against Accellera SystemC
	$(Q)$(OUT)/oracle/test_systemc

check-oracle-mutations: ## defects planted in sim/fx must be caught
	$(Q)OUT=$(OUT) JOBS=$(JOBS) tests/oracle/run_mutations.sh

# ------------------------------------------------------ files and the command

check-bad: $(OUT)/napier ## every wrong file gets its message
	$(Q)tests/bad/run.sh $(OUT)/napier

check-cli: $(OUT)/napier ## the command as a user runs it
	$(Q)OUT=$(OUT) tests/cli/run.sh $(OUT)/napier

golden: $(OUT)/napier ## rewrite the expected texts of bad and cli
	$(Q)GOLDEN=1 tests/bad/run.sh $(OUT)/napier
	$(Q)GOLDEN=1 OUT=$(OUT) tests/cli/run.sh $(OUT)/napier

check-style: $(OUT)/napier ## layers, headers alone, generated files current, messages tested
	$(Q)tests/style/layers.sh
	$(Q)CC="$(CC)" tests/style/headers.sh
	$(Q)tests/style/generated.sh $(OUT)/napier
	$(Q)python3 tests/style/messages.py

# ------------------------------------------------------------------------ RTL

check-rtl: ## lint, elaboration, the engine against a golden loop, Icarus
	$(Q)OUT=$(OUT) tests/rtl/lint.sh
	$(Q)OUT=$(OUT) tests/rtl/run_bench.sh quick
	$(Q)OUT=$(OUT) tests/rtl/run_smoke.sh

check-core: ## the whole core against its own reference, and under Icarus
	$(Q)OUT=$(OUT) tests/rtl/core/run_bench.sh quick
	$(Q)OUT=$(OUT) tests/rtl/core/run_smoke.sh

check-rtl-long: ## many more configurations of engine and core
	$(Q)OUT=$(OUT) tests/rtl/run_bench.sh long
	$(Q)OUT=$(OUT) tests/rtl/core/run_bench.sh long

check-cosim: $(OUT)/napier ## model and Verilated RTL, a short matrix
	$(Q)OUT=$(OUT) tests/cosim/run_matrix.sh $(OUT)/napier short

check-cosim-long: $(OUT)/napier check-random-long ## shipped designs x hardware, pairs of all settings, random cases
	$(Q)OUT=$(OUT) tests/cosim/run_matrix.sh $(OUT)/napier long

check-random: $(OUT)/napier ## 50 random cases, machine and network, on the core
	$(Q)OUT=$(OUT) tests/cosim/run_random.sh $(OUT)/napier short

check-random-long: $(OUT)/napier ## a thousand of them
	$(Q)OUT=$(OUT) tests/cosim/run_random.sh $(OUT)/napier long

check-cosim-mutations: $(OUT)/napier ## planted RTL defects, as napier cosim reports them
	$(Q)OUT=$(OUT) JOBS=$(JOBS) tests/cosim/run_mutations.sh $(OUT)/napier

check-mutations: check-cosim-mutations ## all planted RTL defects
	$(Q)OUT=$(OUT) tests/rtl/run_mutations.sh
	$(Q)OUT=$(OUT) tests/rtl/core/run_mutations.sh

# ----------------------------------------------- sanitizers, coverage, speed

SANITIZE = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
    -fno-omit-frame-pointer

check-sanitize: ## unit, bad and cli tests under ASan and UBSan
	$(Q)$(MAKE) --no-print-directory OUT=$(OUT)/sanitize \
	    CFLAGS="$(SANITIZE)" LDFLAGS="-fsanitize=address,undefined" \
	    check-unit check-bad check-cli

coverage: ## line coverage of sim/ and codegen/
	$(Q)rm -rf $(OUT)/coverage
	$(Q)$(MAKE) --no-print-directory OUT=$(OUT)/coverage \
	    CFLAGS="-O1 -g --coverage -fprofile-update=atomic" LDFLAGS="--coverage" \
	    check-unit check-bad check-cli check-cosim \
	    check-cosim-mutations check-random > $(OUT)/coverage.log 2>&1 \
	    || { tail -40 $(OUT)/coverage.log; exit 1; }
	$(Q)tests/style/coverage.sh $(OUT)/coverage 90

lint: ## cppcheck on C
	$(Q)cppcheck --quiet --error-exitcode=1 --std=c11 -I. \
	    --enable=warning --inline-suppr -D__SIZEOF_INT128__=16 \
	    --suppress=missingInclude --suppress=unknownMacro sim codegen

$(OUT)/bench/bench_kernels: $(OUT)/obj/tests/bench/bench_kernels.o $(OUT)/libnapier.a
	$(call say,LINK $@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

bench: $(OUT)/bench/bench_kernels ## speeds, as ratios to named references
	$(Q)$(OUT)/bench/bench_kernels

.PHONY: check check-unit check-oracle check-oracle-mutations check-bad \
    check-cli golden check-style check-rtl check-rtl-long check-core check-cosim \
    check-cosim-long check-random check-random-long check-cosim-mutations check-mutations check-sanitize coverage lint bench
