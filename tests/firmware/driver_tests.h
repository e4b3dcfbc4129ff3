/*
 * driver_tests.h - what the driver must do, on any backend.
 *
 * The backends differ in how the bus reaches the core; the driver and these
 * tests are the same source on all of them.
 */
#ifndef DRIVER_TESTS_H
#define DRIVER_TESTS_H

#include "npu_driver.h"

struct backend {
    const char *name;
    struct npu_bus bus;
    /* Whether the interrupt line is high. */
    bool (*irq)(void *context);
    /* A core whose program ROM is damaged in a descriptor, or context NULL. */
    struct npu_bus damaged;
    /* A core with the ROMs of a network of the same shape and other weights;
     * and one with this network's program over those weights. */
    struct npu_bus twin, mixed;
    /* Make the next run end with that code; NULL: not possible here. */
    void (*fail)(void *context, uint32_t code);
};

/* Runs all; prints each failure and one line at the end. Failures. */
int driver_tests_run(const struct backend *backend);

#endif
