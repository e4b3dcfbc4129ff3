/* main_model.c - the driver on the C model behind registers: on the host, on a
 * Cortex-M and on a RISC-V. */
#include <stdio.h>
#include <stdlib.h>

#include "device.h"
#include "driver_tests.h"
#include "npu_image.h"

#ifndef BACKEND
#define BACKEND "C model"
#endif

static bool irq(void *context)
{
    return device_irq(context);
}

static void fail(void *context, uint32_t code)
{
    device_set_error(context, code);
}

int main(void)
{
    struct device *d = device_new(&device_hw, npu_image, npu_image_bytes);
    struct backend b = { .name = BACKEND, .irq = irq, .fail = fail };

    if (!d)
        return EXIT_FAILURE;
    device_set_delay(d, 12);
    b.bus = device_bus(d);
    const int failures = driver_tests_run(&b);

    device_free(d);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
