/*
 * net_write.h - a float network as a network file of ours (net_read.c reads it).
 */
#ifndef NET_WRITE_H
#define NET_WRITE_H

#include "sim/net/net.h"

/*
 * Write FOLDER/NAME.yaml and FOLDER/NAME.npz, NAME the network's with what is no
 * letter, digit, '_', '-' or '.' replaced by '_'. A softmax at the end is left
 * out, which changes no class (a warning says so). What our files cannot say is
 * an error: a quantized network, another layer of the host, a reshape that is no
 * flatten. 0; or -1, and nothing is written.
 */
int net_write(const struct net *net, const char *folder, struct diag *diag);

#endif
