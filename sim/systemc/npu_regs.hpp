// The registers of the core, for its SystemC twin: bytes from the base address.
// Written by 'napier rom --registers systemc': do not edit.
#ifndef NPU_REGS_HPP
#define NPU_REGS_HPP

#include <cstdint>

namespace npu_regs {

constexpr std::uint32_t RegId = 0x0u;
constexpr std::uint32_t RegIdValue = 0x3149504eu;
constexpr std::uint32_t RegVersion = 0x4u;
constexpr std::uint32_t RegVersionValue = 0x2u;
constexpr std::uint32_t RegCtrl = 0x8u;
constexpr std::uint32_t RegCtrlStartShift = 0x0u;
constexpr std::uint32_t RegCtrlStartMask = 0x1u;
constexpr std::uint32_t RegCtrlClearShift = 0x1u;
constexpr std::uint32_t RegCtrlClearMask = 0x2u;
constexpr std::uint32_t RegCtrlVerifyShift = 0x2u;
constexpr std::uint32_t RegCtrlVerifyMask = 0x4u;
constexpr std::uint32_t RegCtrlAbortShift = 0x3u;
constexpr std::uint32_t RegCtrlAbortMask = 0x8u;
constexpr std::uint32_t RegStatus = 0xcu;
constexpr std::uint32_t RegStatusBusyShift = 0x0u;
constexpr std::uint32_t RegStatusBusyMask = 0x1u;
constexpr std::uint32_t RegStatusDoneShift = 0x1u;
constexpr std::uint32_t RegStatusDoneMask = 0x2u;
constexpr std::uint32_t RegStatusErrorShift = 0x2u;
constexpr std::uint32_t RegStatusErrorMask = 0x4u;
constexpr std::uint32_t RegStatusCodeShift = 0x8u;
constexpr std::uint32_t RegStatusCodeMask = 0xf00u;
constexpr std::uint32_t RegStatusIndexShift = 0x10u;
constexpr std::uint32_t RegStatusIndexMask = 0xffff0000u;
constexpr std::uint32_t RegIrqEnable = 0x10u;
constexpr std::uint32_t RegIrqEnableEndShift = 0x0u;
constexpr std::uint32_t RegIrqEnableEndMask = 0x1u;
constexpr std::uint32_t RegIrqStatus = 0x14u;
constexpr std::uint32_t RegIrqStatusEndShift = 0x0u;
constexpr std::uint32_t RegIrqStatusEndMask = 0x1u;
constexpr std::uint32_t RegCyclesLow = 0x18u;
constexpr std::uint32_t RegCyclesHigh = 0x1cu;
constexpr std::uint32_t RegFinished = 0x20u;
constexpr std::uint32_t RegRomDigest = 0x24u;
constexpr std::uint32_t RegRomCount = 0x28u;
constexpr std::uint32_t RegActSize = 0x2cu;
constexpr std::uint32_t RegShape = 0x30u;
constexpr std::uint32_t RegShapeRowsShift = 0x0u;
constexpr std::uint32_t RegShapeRowsMask = 0xffu;
constexpr std::uint32_t RegShapeColsShift = 0x8u;
constexpr std::uint32_t RegShapeColsMask = 0xff00u;
constexpr std::uint32_t RegShapeLanesShift = 0x10u;
constexpr std::uint32_t RegShapeLanesMask = 0xff0000u;
constexpr std::uint32_t RegShapeDataflowShift = 0x18u;
constexpr std::uint32_t RegShapeDataflowMask = 0xff000000u;
constexpr std::uint32_t RegWeightWords = 0x34u;
constexpr std::uint32_t RegParamWords = 0x38u;
constexpr std::uint32_t RegProgramCrc = 0x3cu;
constexpr std::uint32_t RegImageCrc = 0x40u;

constexpr std::uint32_t LayerBase = 0x10000u;
constexpr std::uint32_t LayerStride = 0x20u;
constexpr std::uint32_t LayerCyclesLow = 0x0u;
constexpr std::uint32_t LayerCyclesHigh = 0x4u;
constexpr std::uint32_t LayerOverflowsLow = 0x8u;
constexpr std::uint32_t LayerOverflowsHigh = 0xcu;
constexpr std::uint32_t LayerSignature = 0x10u;
constexpr std::uint32_t LayerInfo = 0x14u;
constexpr std::uint32_t LayerInfoOpShift = 0x0u;
constexpr std::uint32_t LayerInfoOpMask = 0xffu;
constexpr std::uint32_t LayerInfoLayerShift = 0x10u;
constexpr std::uint32_t LayerInfoLayerMask = 0xffff0000u;

constexpr std::uint32_t WindowBase = 0x800000u;
constexpr std::uint32_t AddressBits = 0x18u;

constexpr std::uint32_t ErrorNone = 0x0u;
constexpr std::uint32_t ErrorMagic = 0x1u;
constexpr std::uint32_t ErrorHeader = 0x2u;
constexpr std::uint32_t ErrorProgram = 0x3u;
constexpr std::uint32_t ErrorDescriptor = 0x4u;
constexpr std::uint32_t ErrorStart = 0x5u;
constexpr std::uint32_t ErrorImage = 0x6u;
constexpr std::uint32_t ErrorAbort = 0x7u;

}

#endif
