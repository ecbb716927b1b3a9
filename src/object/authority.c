/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/authority.h"

#include <alveary/alveary.h>

bool alv_may_sys_admin(const struct alv_authority *authority)
{
	return authority->caps & ALV_CAP_SYS_ADMIN;
}

bool alv_may_bpf(const struct alv_authority *authority)
{
	return authority->caps & (ALV_CAP_BPF | ALV_CAP_SYS_ADMIN);
}

bool alv_may_perfmon(const struct alv_authority *authority)
{
	return authority->caps & (ALV_CAP_PERFMON | ALV_CAP_SYS_ADMIN);
}

bool alv_may_net_admin(const struct alv_authority *authority)
{
	/* bpf_token_capable() lets CAP_SYS_ADMIN stand in for any other. */
	return authority->caps & (ALV_CAP_NET_ADMIN | ALV_CAP_SYS_ADMIN);
}
