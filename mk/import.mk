# Exchange files: the fixtures of the repository, and the reference models where
# the variable SHARED names their folder.

$(OUT)/import/tflite_fixtures: $(OUT)/obj/tests/import/tflite_fixtures.o $(OUT)/libnapier.a
	$(call say,LINK $@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

-include $(OUT)/obj/tests/import/tflite_fixtures.d

check-import-tflite: $(OUT)/import/tflite_fixtures ## .tflite fixtures, every recorded tensor
	$(Q)$(OUT)/import/tflite_fixtures fixtures tests/import/fixtures/tflite

check-models: $(OUT)/import/tflite_fixtures ## SHARED=DIR: the reference models, every tensor
	$(Q)if [ -d "$(SHARED)" ]; then \
	    $(OUT)/import/tflite_fixtures models $(SHARED); \
	else \
	    echo "import: reference models skipped: SHARED names no folder"; \
	fi

check-mlperf: $(OUT)/napier ## SHARED=DIR: MLPerf Tiny on the Verilated core, both dataflows
	$(Q)if [ -d "$(SHARED)" ]; then \
	    OUT=$(OUT) tests/import/run_mlperf.sh $(OUT)/napier $(SHARED); \
	else \
	    echo "import: MLPerf Tiny on the core skipped: SHARED names no folder"; \
	fi

check-import-core: $(OUT)/napier ## .tflite fixtures on the Verilated core
	$(Q)OUT=$(OUT) tests/import/run_tflite_core.sh $(OUT)/napier

check-hostile-tflite: $(OUT)/napier ## damaged .tflite files and their messages
	$(Q)tests/import/run_tflite_hostile.sh $(OUT)/napier

check-import: check-import-tflite check-hostile-tflite check-models ## exchange files, all of it

.PHONY: check-mlperf check-import-core check-import check-import-tflite check-hostile-tflite check-models
