/* SPDX-License-Identifier: BSD-2-Clause */
#include "program/type.h"

#include <errno.h>

#include "program/types.h"

static const struct alv_prog_type *const types[] = {
#define PROG_TYPE(NAME, NUMBER) [NUMBER] = &alv_prog_type_##NAME,
#define PROG_TYPE_ABSENT(NAME, NUMBER) [NUMBER] = NULL,
#include "program/type.def"
#undef PROG_TYPE
#undef PROG_TYPE_ABSENT
};

const struct alv_prog_type *alv_prog_type(enum alv_kernel kernel, u32 type)
{
	if (type >= ALV_COUNT(types) || !types[type] || types[type]->since > kernel)
		return NULL;
	return types[type];
}

int alv_prog_type_attach(const struct alv_prog_type *type, enum alv_kernel kernel,
			 u32 *attach_type)
{
	u32 attach = *attach_type ? *attach_type : type->default_attach;

	if (type->takes_attach && !type->takes_attach(kernel, attach))
		return -EINVAL;
	*attach_type = attach;
	return 0;
}

int alv_prog_type_may_load(const struct alv_prog_type *type,
			   const struct alv_authority *authority)
{
	bool allowed = alv_may_bpf(authority);

	switch (type->loader) {
	case ALV_LOADER_ANYBODY:
		allowed = allowed || authority->unprivileged;
		break;
	case ALV_LOADER_BPF:
		break;
	case ALV_LOADER_NET_ADMIN:
		allowed = allowed && alv_may_net_admin(authority);
		break;
	case ALV_LOADER_PERFMON:
		allowed = allowed && alv_may_perfmon(authority);
		break;
	}
	return allowed ? 0 : -EPERM;
}
