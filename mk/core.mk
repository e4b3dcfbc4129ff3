# The Verilated core: its speed and what its tests reach.

bench-core: ## cycles a second and utilization of the Verilated core
	$(Q)OUT=$(OUT) tests/rtl/core/run_bench.sh speed

coverage-rtl: $(OUT)/napier ## line and toggle coverage of the RTL
	$(Q)OUT=$(OUT) tests/rtl/core/run_coverage.sh $(OUT)/napier

.PHONY: bench-core coverage-rtl
