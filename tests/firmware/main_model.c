/* main_model.c - the driver on the C model behind registers: on the host, on a
 * Cortex-M and on a RISC-V. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static uint32_t word_at(const uint8_t *at)
{
    return at[0] | (uint32_t) at[1] << 8 | (uint32_t) at[2] << 16
        | (uint32_t) at[3] << 24;
}

/* The first section of a kind: its bytes. */
static uint8_t *find_section(uint8_t *image, uint32_t kind)
{
    const uint8_t *s = image + 4 * NPU_IMAGE_HEADER_WORDS;

    while ((word_at(s) & 0xffff) != kind)
        s += 4 * NPU_IMAGE_SECTION_WORDS;
    return image + word_at(s + 4 * NPU_IMAGE_OFFSET_WORD);
}

/* The same program over another weight; and as if the network had been trained
 * again, with the program that goes with it. */
static int make_others(struct device **mixed, struct device **twin)
{
    uint8_t *image = malloc(npu_image_bytes);

    if (!image)
        return -1;
    memcpy(image, npu_image, npu_image_bytes);
    find_section(image, NPU_IMAGE_WEIGHT)[0] ^= 1;
    *mixed = device_new(&device_hw, image, npu_image_bytes);
    *twin = device_new(&device_hw, image, npu_image_bytes);
    free(image);
    if (!*mixed || !*twin)
        return -1;
    device_seal(*twin);
    return 0;
}

int main(void)
{
    struct device *d = device_new(&device_hw, npu_image, npu_image_bytes);
    struct device *mixed = NULL, *twin = NULL;
    struct backend b = { .name = BACKEND, .irq = irq, .fail = fail };
    int failures = 1;

    if (d && !make_others(&mixed, &twin)) {
        device_set_delay(d, 12);
        b.bus = device_bus(d);
        b.mixed = device_bus(mixed);
        b.twin = device_bus(twin);
        failures = driver_tests_run(&b);
    }
    device_free(twin);
    device_free(mixed);
    device_free(d);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
