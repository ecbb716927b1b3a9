/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The view "mounts": the client gets a mount namespace of its own in which the
 * provided places are bind mounts.
 */
#ifndef ALV_SUPERVISOR_VIEW_MOUNTS_H
#define ALV_SUPERVISOR_VIEW_MOUNTS_H

#include "supervisor/session.h"

/*
 * Take the calling process, which has one thread, there. With `root` it becomes
 * uid 0 of a user namespace. An errno of unshare(2) or mount(2): try it in a
 * child first.
 */
int alv_view_mounts_enter(const struct alv_session_place *places, size_t n_places, bool root);

#endif
