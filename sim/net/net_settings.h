/* net_settings.h - the tables of the network file, for docs and --help. */
#ifndef NET_SETTINGS_H
#define NET_SETTINGS_H

#include "sim/config/settings.h"

extern const struct setting net_settings[];
extern const struct setting net_layer_settings[];

#endif
