/*
 * npu_mmio.h - the bus of a core that lies in the processor's address map.
 *
 * `base` is its address. Whole words are written as words, parts of one byte
 * or half word by byte or half word. An error answer of the core is a fault of
 * the processor here; the driver looks at STATUS before it does anything that
 * could be answered so.
 */
#ifndef NPU_MMIO_H
#define NPU_MMIO_H

#include "npu_driver.h"

struct npu_bus npu_mmio_bus(volatile void *base);

#endif
