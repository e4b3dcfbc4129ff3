#include "npu_mmio.h"

#include <stddef.h>

/* The context of the bus is the base address itself. */
static int mmio_read(void *context, uint32_t address, uint32_t *value)
{
    const volatile uint8_t *at = (const volatile uint8_t *) context + address;

    *value = *(const volatile uint32_t *) (const volatile void *) at;
    return 0;
}

static int mmio_write(void *context, uint32_t address, uint32_t value,
                      uint32_t strobe)
{
    volatile uint8_t *at = (volatile uint8_t *) context + address;

    if (strobe == 15u) {
        *(volatile uint32_t *) (volatile void *) at = value;
        return 0;
    }
    for (uint32_t half = 0; half < 2u; half++) {
        const uint32_t lanes = strobe >> (2u * half) & 3u;
        const uint32_t part = value >> (16u * half) & 0xffffu;
        volatile uint8_t *to = at + (size_t) 2u * half;

        if (lanes == 3u)
            *(volatile uint16_t *) (volatile void *) to = (uint16_t) part;
        else if (lanes == 1u)
            to[0] = (uint8_t) (part & 0xffu);
        else if (lanes == 2u)
            to[1] = (uint8_t) (part >> 8);
    }
    return 0;
}

struct npu_bus npu_mmio_bus(volatile void *base)
{
    /* The driver hands the context back as it is. */
    struct npu_bus bus = { NULL, mmio_read, mmio_write, NULL };

    bus.context = (void *) (uintptr_t) base;
    return bus;
}
