/*
 * main_rtl.c - the driver as the master of the Verilated core's AXI4-Lite port:
 *
 *     main_rtl ROM DAMAGED_ROM RTL SHIM
 *
 * ROM is what `napier rom` wrote; DAMAGED_ROM the same with a wrong word in a
 * descriptor. Once without pauses on the bus, then with random ones.
 */
#include <stdio.h>
#include <stdlib.h>

#include "device.h"
#include "driver_tests.h"
#include "sim/cosim/library.h"

static const struct library_core *lib;

static int bus_read(void *context, uint32_t address, uint32_t *value)
{
    return lib->npu_read(context, address, value);
}

static int bus_write(void *context, uint32_t address, uint32_t value,
                     uint32_t strobe)
{
    return lib->npu_write(context, address, value, strobe);
}

/* The processor sleeps: the core goes on. */
static void bus_wait(void *context)
{
    lib->npu_step(context, 1);
}

static bool irq(void *context)
{
    return lib->npu_irq(context) != 0;
}

static struct npu_bus bus_of(struct npu_core *core)
{
    return (struct npu_bus) { core, bus_read, bus_write, bus_wait };
}

int main(int argc, char **argv)
{
    struct library library;
    struct diag diag;
    char err[300] = "";
    int failures = 1;

    if (argc != 5)
        return 2;
    const struct library_sources sources = { argv[3], argv[4] };

    diag_init(&diag);
    if (library_open(&library, LIBRARY_CORE, &device_hw, &sources, false,
                     &diag)) {
        diag_print(&diag, stderr);
        return EXIT_FAILURE;
    }
    lib = &library.core;
    struct npu_core *core = lib->npu_new(argv[1], err, sizeof(err));
    struct npu_core *damaged = lib->npu_new(argv[2], err, sizeof(err));

    if (core && damaged) {
        struct backend b = { .name = "Verilated core", .bus = bus_of(core),
                             .irq = irq, .damaged = bus_of(damaged) };

        failures = driver_tests_run(&b);
        b.name = "Verilated core, pauses on the bus";
        lib->npu_bus_pauses(core, 0x9e3779b97f4a7c15u);
        failures += driver_tests_run(&b);
    } else {
        fprintf(stderr, "%s\n", err);
    }
    if (core)
        lib->npu_free(core);
    if (damaged)
        lib->npu_free(damaged);
    library_close(&library);
    diag_release(&diag);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
