/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/grace.h"

#include <errno.h>
#include <stdlib.h>

#include "base/atomic.h"
#include "base/rcu.h"
#include "base/ref.h"

#ifdef __SANITIZE_THREAD__
char alv_rcu_readers;
#endif

struct alv_grace {
	struct alv_ref refs; /* the owner's, and one of the grace period that runs */
	bool passed;
	struct rcu_head rcu;
};

int alv_grace_new(struct alv_grace **ret_grace)
{
	struct alv_grace *grace = calloc(1, sizeof(*grace));

	if (!grace)
		return -ENOMEM;
	alv_ref_init(&grace->refs);
	grace->passed = true;
	*ret_grace = grace;
	return 0;
}

void alv_grace_free(struct alv_grace *grace)
{
	if (grace && alv_ref_put(&grace->refs))
		free(grace);
}

static void grace_pass(struct rcu_head *head)
{
	struct alv_grace *grace = alv_container(head, struct alv_grace, rcu);

	alv_rcu_grace_ends();
	alv_store_release(&grace->passed, true);
	alv_grace_free(grace);
}

void alv_grace_start(struct alv_grace *grace)
{
	alv_store_relaxed(&grace->passed, false);
	alv_ref_get(&grace->refs);
	alv_rcu_defer(&grace->rcu, grace_pass);
}

bool alv_grace_passed(const struct alv_grace *grace)
{
	return alv_load_acquire(&grace->passed);
}
