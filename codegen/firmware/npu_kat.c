#include "npu_kat.h"

#include <stddef.h>

static enum npu_result check_layers(struct npu *npu, const struct npu_kat *kat)
{
    struct npu_layer_result have;

    for (uint32_t i = 0; i < npu->network->layers; i++) {
        const enum npu_result r = npu_layer_result(npu, i, &have);

        npu->index = i;
        if (r != NPU_OK)
            return r;
        if (have.signature != kat->layer[i].signature)
            return NPU_KAT_SIGNATURE;
        if (have.overflows != kat->layer[i].overflows)
            return NPU_KAT_OVERFLOWS;
        if (have.cycles != npu->network->layer[i].cycles)
            return NPU_KAT_CYCLES;
    }
    return NPU_OK;
}

/* A row of the output at a time would need memory: an element does. */
static enum npu_result check_output(struct npu *npu, const struct npu_kat *kat)
{
    const struct npu_network *whole = npu->network;
    const struct npu_dims shape = whole->output.shape;
    const uint32_t count = shape.height * (shape.width * shape.channels);
    struct npu_network one = *whole;
    enum npu_result r = NPU_OK;
    int16_t code = 0;
    const struct npu_sink sink = { &code, 2, 0, 0, 0 };

    one.output.shape.height = one.output.shape.width = 1;
    one.output.shape.channels = 1;
    npu->network = &one;
    for (uint32_t i = 0; i < count && r == NPU_OK; i++) {
        one.output.address = whole->output.address + i;
        r = npu_read_output(npu, &sink);
        npu->index = i;
        /* Two's complement or not: the low 16 bits are the code. */
        if (r == NPU_OK && (uint16_t) code != (uint16_t) kat->output[i])
            r = NPU_KAT_OUTPUT;
    }
    npu->network = whole;
    return r;
}

enum npu_result npu_kat_run(struct npu *npu, const struct npu_kat *kat,
                            bool interrupt)
{
    struct npu_source source = { NULL, 2, true, 0, 0, 0, NULL };
    enum npu_result r;

    source.data = kat->input;
    source.is_signed = npu->network->act_signed;
    npu_source_layout(&source, npu->network->input.shape, NPU_NHWC);
    r = npu_verify_rom(npu);
    if (r == NPU_OK)
        r = npu_load_input(npu, &source);
    if (r == NPU_OK)
        r = npu_start(npu, interrupt);
    if (r == NPU_OK)
        r = npu_wait(npu);
    if (r == NPU_OK)
        r = check_layers(npu, kat);
    return r == NPU_OK ? check_output(npu, kat) : r;
}
