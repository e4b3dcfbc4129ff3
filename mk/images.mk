# Images: properties over generated matrices, golden files, and the tools that
# people read such files with.

IMAGES_OBJECTS = $(OUT)/obj/tests/images/test_images.o \
    $(OUT)/obj/tests/unit/fixture.o

$(OUT)/images/test_images: $(IMAGES_OBJECTS) $(OUT)/libnapier.a
	$(call say,LINK $@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(OUT)/obj/tests/images/test_images.o: ALL_CFLAGS += -Itests/unit

check: check-images check-secded
check-images: $(OUT)/images/test_images $(OUT)/napier ## images: round trips, golden files, srec_cat, objcopy, simulators
	$(Q)$(OUT)/images/test_images
	$(Q)tests/images/run_golden.sh $(OUT)/napier
	$(Q)tests/images/run_bad.sh $(OUT)/napier
	$(Q)OUT=$(OUT) tests/images/run_tools.sh $(OUT)/napier

check-images-long: $(OUT)/images/test_images $(OUT)/napier ## the whole matrix of formats, widths, banking, byte order
	$(Q)$(OUT)/images/test_images long

.PHONY: check-images check-images-long

$(OUT)/images/words: $(OUT)/obj/tests/rtl/secded/words.o $(OUT)/libnapier.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

check-secded: $(OUT)/images/words ## the SECDED modules: proved, and compared with C
	$(Q)OUT=$(OUT) tests/rtl/secded/run.sh $(OUT)/images/words

.PHONY: check-secded

$(OUT)/bench/bench_images: $(OUT)/obj/tests/bench/bench_images.o $(OUT)/libnapier.a
	$(call say,LINK $@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

bench: bench-images
bench-images: $(OUT)/bench/bench_images ## 64 MiB through the image formats, against objcopy
	$(Q)$(OUT)/bench/bench_images $(OUT)/bench/images

.PHONY: bench-images
