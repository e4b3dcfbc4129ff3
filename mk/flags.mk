# Strict warnings always; WERROR=1 (CI) makes them errors.

Q := $(if $(filter 1,$(V)),,@)
say = @$(if $(filter 1,$(V)),:,echo "  $(1)")

PACKAGES := yaml-0.1 zlib jansson libcrypto sqlite3
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -pedantic
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif

# pkg-config is not there before `make setup`.
LIB_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LIB_LIBS = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)

ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE \
    $(WARNINGS) -I. $(LIB_CFLAGS) $(CFLAGS)
ALL_LIBS = $(LIB_LIBS) -ldl -lpthread -lm

# The kernels are where the time goes; the rest does not gain from it.
$(OUT)/obj/sim/array/%.o $(OUT)/obj/sim/net/net_float.o: CFLAGS += -O3
