/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clients' seccomp filter, built from the table of intercepted calls.
 * Architectures other than x86-64 and i386 (x32 in particular) get ENOSYS for
 * every call: nothing that could reach the kernel's bpf(2) is passed on.
 */
#ifndef ALV_SUPERVISOR_FILTER_H
#define ALV_SUPERVISOR_FILTER_H

#include <linux/filter.h>

#include "supervisor/calls.h"

/* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV of Linux 5.19, newer than some headers. */
#define ALV_FILTER_FLAG_WAIT_KILLABLE_RECV (1ul << 5)

struct alv_filter {
	struct sock_filter *code;
	size_t count;
};

int alv_filter_build(const struct alv_filter_plan *plan, struct alv_filter *ret_filter);
/* Let the gate's calls through, before all other rules; gate_filter.c. -ENOMEM. */
int alv_filter_add_gate(struct alv_filter *filter, const struct alv_filter_plan *plan);
void alv_filter_fini(struct alv_filter *filter);

/*
 * Put the calling thread and its descendants under it. With `listener`, answers
 * the new listener's descriptor, else 0. -EBUSY: there is a listener already;
 * -EACCES: no_new_privs is not set.
 */
int alv_filter_load(const struct alv_filter *filter, bool listener);

#endif
