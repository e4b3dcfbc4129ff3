# ONNX's own node tests, read from Debian's libonnx-testdata.

ONNX_NODE_FOLDER = $(patsubst %/test_qlinearconv/model.onnx,%,$(shell \
    dpkg -L libonnx-testdata 2>/dev/null | grep '/node/test_qlinearconv/model.onnx$$'))

$(OUT)/import/onnx_%: $(OUT)/obj/tests/import/onnx_%.o $(OUT)/libnapier.a
	$(call say,LINK $@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

check-onnx-node: $(OUT)/import/onnx_node ## ONNX's own node tests of the operators that are read
	$(Q)OUT=$(OUT) tests/import/run_onnx_node.sh $(OUT)/import/onnx_node $(ONNX_NODE_FOLDER)

.PHONY: check-onnx-node

check-onnx-fixtures: $(OUT)/import/onnx_fixtures ## our own ONNX models against what onnxruntime computed
	$(Q)$(OUT)/import/onnx_fixtures $(wildcard tests/import/fixtures/onnx/*)

.PHONY: check-onnx-fixtures

check-onnx-hostile: $(OUT)/import/onnx_hostile ## damaged ONNX files and their messages
	$(Q)tests/import/run_onnx_hostile.sh $(OUT)/import/onnx_hostile

check-onnx: check-onnx-node check-onnx-fixtures check-onnx-hostile ## all tests of ONNX files

.PHONY: check-onnx-hostile check-onnx

-include $(wildcard $(OUT)/obj/tests/import/onnx_*.d)

ONNX_FIXTURES := tests/import/fixtures/onnx

check-onnx-lower: $(OUT)/import/onnx_lower ## rewritten ONNX models against onnxruntime's outputs
	$(Q)tests/import/run_onnx_golden.sh $(OUT)/import/onnx_lower \
	    $(sort $(wildcard $(ONNX_FIXTURES)/*)) \
	    $(sort $(patsubst %/model.onnx,%,$(wildcard tests/import/onnx/*/model.onnx)))

# Convolutions and matrices are exact; Add, Mul and means, which onnxruntime does
# in float32, are near. What the core has no layer for is not here.
ONNX_EXACT = $(filter-out %_a16w8 %_grouped,$(sort $(wildcard \
    $(ONNX_FIXTURES)/fashion_q* $(ONNX_FIXTURES)/qlinear_conv_* \
    $(ONNX_FIXTURES)/qlinear_matmul_*)))
ONNX_NEAR = $(sort $(wildcard $(ONNX_FIXTURES)/net_mixed_q*))

check-onnx-machine: $(OUT)/import/onnx_machine ## quantized ONNX models on the modelled machine
	$(Q)tests/import/run_onnx_golden.sh $(OUT)/import/onnx_machine configs/hardware/onnx_16x16.yaml \
	    exact $(ONNX_EXACT) near $(ONNX_NEAR)

check-onnx: check-onnx-lower check-onnx-machine

.PHONY: check-onnx-lower check-onnx-machine

check-onnx-shared: $(OUT)/import/onnx_shared ## SHARED=DIR: a QONNX network against an independent evaluator
	$(Q)if [ -d "$(SHARED)/tfc_2w2a" ]; then \
	    $(OUT)/import/onnx_shared $(SHARED)/tfc_2w2a/TFC_2W2A.onnx \
	        $(SHARED)/mnist_conv/mnist_test_5000.npz \
	        $(SHARED)/tfc_2w2a/out_first_1000.npy; \
	else \
	    echo "onnx: reference network skipped: SHARED names no folder"; \
	fi

check-onnx: check-onnx-shared

.PHONY: check-onnx-shared

check: check-onnx
