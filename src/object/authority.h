/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What clients may do. It belongs to the host, not to the machine: the caller's
 * real credentials decide about files, never about commands.
 */
#ifndef ALV_OBJECT_AUTHORITY_H
#define ALV_OBJECT_AUTHORITY_H

#include "base/types.h"

struct alv_authority {
	u64 caps;          /* ALV_CAP_* */
	bool unprivileged; /* kernel.unprivileged_bpf_disabled is 0 */
};

/* As the kernel's capable(): CAP_SYS_ADMIN stands in for CAP_BPF and CAP_PERFMON. */
bool alv_may_bpf(const struct alv_authority *authority);
bool alv_may_perfmon(const struct alv_authority *authority);
bool alv_may_net_admin(const struct alv_authority *authority);
bool alv_may_sys_admin(const struct alv_authority *authority);

#endif
