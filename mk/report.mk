# The report's page: its own files are taken in by the assembler, which the
# compiler's list of dependencies does not know.

$(OUT)/obj/sim/report/assets.o: $(wildcard sim/report/page/*)

check-report: $(OUT)/napier ## the report's page, clicked in a headless Chromium
	$(Q)OUT=$(OUT) tests/report/run.sh $(OUT)/napier

$(OUT)/bench/bench_pareto: $(OUT)/obj/tests/bench/bench_pareto.o $(OUT)/libnapier.a
	$(call say,LINK $@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

bench: bench-pareto
bench-pareto: $(OUT)/bench/bench_pareto ## the front of 100,000 points
	$(Q)$(OUT)/bench/bench_pareto

# From the shipped sweep; minutes, unless the results are there already.
pictures: $(OUT)/napier ## docs/images anew, from the sweep of fashion
	$(Q)mkdir -p $(OUT)/report
	$(OUT)/napier sweep configs/sweeps/fashion.yaml --db $(OUT)/report/fashion.db
	$(OUT)/napier report $(OUT)/report/fashion.db -o $(OUT)/report/fashion.html
	$(Q)/usr/bin/python3 tests/report/pictures.py $(OUT)/report/fashion.html \
	    docs/images

.PHONY: check-report bench-pareto pictures
