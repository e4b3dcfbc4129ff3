/*
 * main_rtl.c - the driver as the master of the Verilated core's AXI4-Lite port:
 *
 *     main_rtl DIR RTL SHIM
 *
 * DIR/rom is what `napier rom` wrote; DIR/damaged the same with a wrong word in
 * a descriptor; DIR/twin the ROMs of a network of the same shape with other
 * weights, DIR/mixed those weights below this network's program. Once without
 * pauses on the bus, then with random ones.
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

enum { ROM, DAMAGED, TWIN, MIXED, CORES };

static int open_cores(const char *dir, struct npu_core *core[CORES])
{
    static const char *const name[] = { "rom", "damaged", "twin", "mixed" };
    char err[300] = "", path[300];

    for (int i = 0; i < CORES; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, name[i]);
        core[i] = lib->npu_new(path, err, sizeof(err));
        if (!core[i]) {
            fprintf(stderr, "%s\n", err);
            return -1;
        }
    }
    return 0;
}

static int run_tests(struct npu_core *const core[CORES])
{
    struct backend b = { .name = "Verilated core", .bus = bus_of(core[ROM]),
                         .irq = irq, .damaged = bus_of(core[DAMAGED]),
                         .twin = bus_of(core[TWIN]),
                         .mixed = bus_of(core[MIXED]) };
    int failures = driver_tests_run(&b);

    b.name = "Verilated core, pauses on the bus";
    lib->npu_bus_pauses(core[ROM], 0x9e3779b97f4a7c15u);
    failures += driver_tests_run(&b);
    return failures;
}

int main(int argc, char **argv)
{
    struct npu_core *core[CORES] = { NULL };
    struct library library;
    struct diag diag;
    int failures = 1;

    if (argc != 4)
        return 2;
    const struct library_sources sources = { argv[2], argv[3] };

    diag_init(&diag);
    if (library_open(&library, LIBRARY_CORE, &device_hw, &sources, false,
                     &diag)) {
        diag_print(&diag, stderr);
        return EXIT_FAILURE;
    }
    lib = &library.core;
    if (!open_cores(argv[1], core))
        failures = run_tests(core);
    for (int i = 0; i < CORES; i++)
        if (core[i])
            lib->npu_free(core[i]);
    library_close(&library);
    diag_release(&diag);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
