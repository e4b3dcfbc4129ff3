# The RTL's arithmetic: against sim/fx over DPI, and proved by yosys' solver.

check-dpi: ## RTL arithmetic against the C functions, by bound checkers
	$(Q)OUT=$(OUT) tests/rtl/dpi/run.sh 20000 1

check-formal: ## RTL arithmetic proved against a wide reference
	$(Q)OUT=$(OUT) tests/rtl/formal/run.sh quick

check-formal-long: ## more and wider proofs
	$(Q)OUT=$(OUT) tests/rtl/formal/run.sh all

.PHONY: check-dpi check-formal check-formal-long
