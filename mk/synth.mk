# What the core takes on FPGAs, by yosys and nextpnr; docs/rtl/synthesis.md has
# the tables. Results are cached by content.

SYNTH_TARGETS ?= ice40 ecp5 xilinx
SYNTH_HARDWARE ?= $(wildcard configs/hardware/*.yaml)

synth: $(OUT)/napier ## cells, LUTs, DSPs by module of the shipped hardware
	$(Q)for h in $(SYNTH_HARDWARE); do for t in $(SYNTH_TARGETS); do \
	    echo "$$h on $$t"; \
	    NAPIER=$(OUT)/napier tools/synth.sh --modules $$h $$t || exit 1; \
	done; done
	$(Q)for flow in weight output; do \
	    echo "clock of the 4x4 array, $$flow stationary, iCE40 HX8K"; \
	    NAPIER=$(OUT)/napier tools/synth.sh --clock \
	        configs/hardware/tiny4.yaml ice40 \
	        --set array.dataflow=$${flow}_stationary || exit 1; \
	done

check-synth: $(OUT)/napier ## the smallest machine synthesized, and a clock
	$(Q)OUT=$(OUT) tests/rtl/run_synth.sh $(OUT)/napier

.PHONY: synth check-synth
