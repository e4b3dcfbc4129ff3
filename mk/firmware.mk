# The firmware pack: its driver on four backends, and defects planted in it.

check-firmware: $(OUT)/napier ## the driver on model, RTL, Cortex-M and RISC-V
	$(Q)OUT=$(OUT) tests/firmware/run.sh $(OUT)/napier

check-firmware-mutations: $(OUT)/napier ## wrong constants in driver and RTL must be caught
	$(Q)OUT=$(OUT) tests/firmware/run_mutations.sh $(OUT)/napier

.PHONY: check-firmware check-firmware-mutations
