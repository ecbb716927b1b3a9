/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A map in epoll instances. Its descriptors are memfds, which epoll refuses, so a
 * file of the host's stands for it there: an eventfd for ring buffers, and for all
 * other types a pipe without a reader, which reports EPOLLERR as they do.
 */
#ifndef ALV_MAP_POLL_H
#define ALV_MAP_POLL_H

#include "map/map.h"

/*
 * The file that stands for the map; it stays the map's. Of the events that a
 * caller asks for, only those in *ret_events can be reported. -EMFILE, -ENFILE.
 */
int alv_map_poll_file(struct alv_map *map, u32 *ret_events);
/* With the map's end. */
void alv_map_poll_fini(struct alv_map *map);

#endif
