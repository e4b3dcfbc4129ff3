/*
 * device.h - the C model behind the core's registers.
 *
 * It takes its program from a firmware image alone (program_load), has the
 * activation memory as the core has it, and answers the bus as
 * docs/registers.md says, errors included. Runs take time: a run is busy for some looks at it.
 * The same source is linked on the host and on the emulated processors.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>

#include "npu_driver.h"

struct hw;                            /* sim/config/hardware.h */

extern const struct hw device_hw;     /* written by emit_hw */

struct device;

/* NULL when the image cannot be loaded; the reason is printed. */
struct device *device_new(const struct hw *hw, const uint8_t *image,
                          uint32_t bytes);
void device_free(struct device *d);

struct npu_bus device_bus(struct device *d);

/* Reads of STATUS for which a run stays busy, from the next start on. */
void device_set_delay(struct device *d, uint32_t looks);

/* The program's header goes with the other words, whatever the image said. */
void device_seal(struct device *d);

/* The next run or check ends in this error code of STATUS; 0: not. */
void device_set_error(struct device *d, uint32_t code);

/* The line that goes to the interrupt controller. */
bool device_irq(const struct device *d);

#endif
