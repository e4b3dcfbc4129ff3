/*
 * npu_print_shim.h - where a Verilated model prints. build_engine.sh includes it
 * before everything else; each shim has its own function.
 */
#ifndef NPU_PRINT_SHIM_H
#define NPU_PRINT_SHIM_H

#ifdef __cplusplus
extern "C"
#endif
int npu_printf(const char *format, ...);

#define VL_PRINTF npu_printf

#endif
