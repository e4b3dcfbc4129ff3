/*
 * window.h - which input element a tap of a sliding window sees.
 *
 * The one place where stride, dilation and padding become an index. NHWC.
 */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdint.h>

#include "sim/net/net.h"

/* Index of channel 0 of the pixel seen at (oy, ox) by tap (ky, kx), or -1 where
 * the window lies in the padding. */
static inline int64_t window_index(const struct net_window *w,
                                   struct net_shape in, int oy, int ox, int ky,
                                   int kx)
{
    const int y = oy * w->stride_h + ky * w->dilation_h - w->pad_top;
    const int x = ox * w->stride_w + kx * w->dilation_w - w->pad_left;

    if (y < 0 || y >= in.h || x < 0 || x >= in.w)
        return -1;
    return ((int64_t) y * in.w + x) * in.c;
}

#endif
