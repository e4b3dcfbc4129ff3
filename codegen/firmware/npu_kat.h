/*
 * npu_kat.h - the known-answer test: one input, and all that must come of it.
 *
 * The answers are those of the C model that the RTL is compared with. A core
 * that gives them has the right ROM, a working memory and the right wires.
 */
#ifndef NPU_KAT_H
#define NPU_KAT_H

#include "npu_driver.h"

struct npu_kat_layer {
    uint32_t signature;
    uint64_t overflows;
};

struct npu_kat {
    const int16_t *input;                  /* codes, NHWC */
    const int16_t *output;                 /* codes, NHWC */
    const struct npu_kat_layer *layer;     /* [network.layers] */
};

extern const struct npu_kat npu_kat;

/*
 * Verify the ROMs (npu_verify_rom), load, start, wait, compare: each layer's
 * signature, overflows and cycles in order, then every output element.
 * npu->index is the layer or the element that differs.
 */
enum npu_result npu_kat_run(struct npu *npu, const struct npu_kat *kat,
                            bool interrupt);

#endif
