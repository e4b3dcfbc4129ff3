/*
 * fault.c - which part of the machine a difference points to.
 */
#include "sim/cosim/cosim.h"

/* Where codes come from, and what a step is made of, by unit and dataflow. */
static const char *of_code(bool array, bool ws)
{
    if (!array)
        return "taps of the vector unit (npu_taps)";
    return ws ? "gather (npu_gather, npu_way, npu_cut, npu_segments)"
              : "gather (npu_gather, npu_way, npu_cut, npu_segments) or "
                "npu_transposer";
}

static const char *of_weight(bool array, bool ws)
{
    if (!array)
        return "weight ROM or load (npu_rom, npu_weight_op, npu_lanes)";
    return ws ? "weight ROM or load (npu_rom, npu_weight_op, npu_seq_ws, "
                "npu_array_ws)"
              : "weight ROM or load (npu_rom, npu_weight_op, npu_seq_os, "
                "npu_array_os)";
}

static const char *of_sum(const struct program_desc *desc, bool array)
{
    if (array)
        return "array (npu_pe, npu_product, npu_overflow)";
    if (desc->filters > 0)
        return "vector unit (npu_lanes, npu_pe)";
    return desc->second >= 0 ? "vector unit (npu_lanes, npu_pair)"
                             : "vector unit (npu_lanes, npu_pool)";
}

static const char *of_order(bool array, bool ws)
{
    if (!array)
        return "timing of the vector unit (npu_taps, npu_lanes)";
    return ws ? "timing of sequencer and gather (npu_seq_ws, npu_gather)"
              : "timing of sequencer and gather (npu_seq_os, npu_gather, "
                "npu_transposer)";
}

const char *cosim_points_to(const struct cosim_difference *d,
                            const struct program_desc *desc,
                            const struct hw *hw)
{
    const bool array = desc->unit == PROGRAM_ARRAY;
    const bool ws = hw->dataflow == HW_WEIGHT_STATIONARY;

    switch (d->fault) {
    case COSIM_UNKNOWN: break;
    case COSIM_CODE: return of_code(array, ws);
    case COSIM_ACTIVATION: return array
        ? "operands (npu_engine, and the array's edge)"
        : "operands (npu_lanes)";
    case COSIM_WEIGHT: return of_weight(array, ws);
    case COSIM_START: return d->step == 0
        ? "bias ROM or start of the sum (npu_rom, npu_engine)"
        : "sum from the row above or the buffer (npu_engine, npu_array_ws)";
    case COSIM_SUM: return of_sum(desc, array);
    case COSIM_NEVER:
    case COSIM_TIMED: return of_order(array, ws);
    case COSIM_AFTER: return "requantizer or its scale (npu_requant, "
                             "npu_round_inc, npu_rom)";
    case COSIM_STORED: return "store or memory (npu_store, npu_actmem)";
    case COSIM_COUNTED: return "overflow counts (npu_pe, npu_array_ws, "
                               "npu_array_os, npu_engine)";
    case COSIM_SIGNED: return "signature (npu_crc)";
    case COSIM_ASTRAY: return "order and place of results (npu_walk, "
                              "npu_store)";
    case COSIM_HANGS: return "control, or a sequencer that waits (npu_ctrl, "
                             "npu_seq_ws, npu_seq_os, npu_gather, npu_taps)";
    case COSIM_CONTROL: return "control (npu_ctrl)";
    case COSIM_HOST: return "host port or memory (npu_host, npu_regs, "
                            "npu_actmem)";
    case COSIM_IMAGES: return "check of the images (npu_images, npu_crc)";
    case COSIM_ASSERTED: return d->module;
    }
    return "";
}
