/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reaping: objects whose last descriptor went lose their user reference. The kernel
 * tells of a close before the descriptor's lock goes. So an identity that somebody
 * still holds then is in doubt for a while, and is asked again.
 */
#ifndef ALV_OBJECT_REAP_H
#define ALV_OBJECT_REAP_H

#include "object/object.h"

/*
 * Drop the user reference of objects whose last descriptor went. Called before
 * commands that show which objects exist, so that they see every close(2) that
 * came before them.
 */
void alv_reap(struct alv_host *host);
/* Ask this object once more, after a reap. Did it lose a user reference? */
bool alv_reap_id(struct alv_host *host, enum alv_kind kind, u32 id);

/*
 * Does nobody hold a descriptor any more? Under the host's lock; the answer
 * "nobody" is final for this round: the user reference is the caller's to drop.
 */
bool alv_identity_let_go(struct alv_identity *identity);
/* It is no longer in doubt. Under the host's lock. */
void alv_identity_trust(struct alv_identity *identity);

#endif
