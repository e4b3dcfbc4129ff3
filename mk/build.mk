# The library is everything but the command line; the command is a thin layer.

LIB_SOURCES := $(filter-out sim/cli/%,$(wildcard sim/*/*.c)) \
    $(wildcard codegen/*.c) $(GENERATED_SOURCES)
CLI_SOURCES := $(wildcard sim/cli/*.c)
object = $(patsubst %.c,$(OUT)/obj/%.o,$(1))

$(OUT)/napier: $(call object,$(CLI_SOURCES)) $(OUT)/libnapier.a
	$(call say,LINK $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(OUT)/libnapier.a: $(call object,$(LIB_SOURCES))
	$(call say,AR   $@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/obj/%.o: %.c
	$(call say,CC   $<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(patsubst %.o,%.d,$(call object,$(LIB_SOURCES) $(CLI_SOURCES)))
