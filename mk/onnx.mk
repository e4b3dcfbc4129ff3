# ONNX: the reader of protobuf messages is generated, and so is not in sim/.

ONNX_PB := $(OUT)/gen/onnx.pb-c
GENERATED_SOURCES := $(ONNX_PB).c
PACKAGES += libprotobuf-c
LIB_CFLAGS += -I$(OUT)/gen

$(ONNX_PB).c: sim/graph/onnx.proto
	$(call say,GEN  $@)
	$(Q)mkdir -p $(@D)
	$(Q)protoc-c --proto_path=$(<D) --c_out=$(@D) $<

$(ONNX_PB).h: $(ONNX_PB).c ;

$(OUT)/obj/$(ONNX_PB).o: WARNINGS :=
$(patsubst %.c,$(OUT)/obj/%.o,$(wildcard sim/graph/onnx*.c tests/import/onnx*.c)): | $(ONNX_PB).h
