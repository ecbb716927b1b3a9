/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A grace period that is asked for instead of waited for: start() it, and once
 * passed() says so, every RCU reader of that moment is gone. One at a time.
 */
#ifndef ALV_BASE_GRACE_H
#define ALV_BASE_GRACE_H

#include "base/types.h"

struct alv_grace;

/* Born as passed. -ENOMEM. */
int alv_grace_new(struct alv_grace **ret_grace);
/* At any time, also while it runs. NULL is fine. */
void alv_grace_free(struct alv_grace *grace);
/* Only when the one before has passed. May be called by readers. */
void alv_grace_start(struct alv_grace *grace);
bool alv_grace_passed(const struct alv_grace *grace);

#endif
