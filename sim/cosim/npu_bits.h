/*
 * npu_bits.h - bit fields of a Verilated model's ports, whatever type Verilator
 * gave them. For the shims only.
 */
#ifndef NPU_BITS_H
#define NPU_BITS_H

#include "verilated.h"

#include <cstddef>
#include <cstdint>

template <class T> static inline uint32_t get_bits(const T &port, unsigned low,
                                            unsigned bits)
{
    return uint32_t(port >> low) & ((1u << bits) - 1);
}

template <std::size_t N>
static inline uint32_t get_bits(const VlWide<N> &port, unsigned low, unsigned bits)
{
    const unsigned word = low / 32;
    uint64_t pair = port[word];
    if (word + 1 < N)
        pair |= uint64_t(port[word + 1]) << 32;
    return uint32_t(pair >> low % 32) & ((1u << bits) - 1);
}

/* Only ever adds bits: the port is cleared first. */
template <class T> static void or_bits(T &port, unsigned low, uint32_t value)
{
    port = T(port | T(value) << low);
}

template <std::size_t N>
static void or_bits(VlWide<N> &port, unsigned low, uint32_t value)
{
    const uint64_t pair = uint64_t(value) << low % 32;
    port[low / 32] |= uint32_t(pair);
    if (low / 32 + 1 < N)
        port[low / 32 + 1] |= uint32_t(pair >> 32);
}

template <class T> static void clear(T &port) { port = 0; }

template <std::size_t N> static void clear(VlWide<N> &port)
{
    for (std::size_t i = 0; i < N; i++)
        port[i] = 0;
}

/* A signal of `bits` bits, as Verilator stores it. */
static inline uint64_t load(const void *data, unsigned bits)
{
    return bits <= 8    ? *static_cast<const CData *>(data)
           : bits <= 16 ? *static_cast<const SData *>(data)
           : bits <= 32 ? *static_cast<const IData *>(data)
                        : *static_cast<const QData *>(data);
}

#endif
