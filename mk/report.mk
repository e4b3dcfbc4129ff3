# The report's page: its own files are taken in by the assembler, which the
# compiler's list of dependencies does not know.

$(OUT)/obj/sim/report/assets.o: $(wildcard sim/report/page/*)

check-report: $(OUT)/napier ## the report's page, clicked in a headless Chromium
	$(Q)OUT=$(OUT) tests/report/run.sh $(OUT)/napier

.PHONY: check-report
