/* SPDX-License-Identifier: BSD-2-Clause */
#include "abi/version.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *text;
	enum alv_kernel kernel;
	u32 attr_size; /* sizeof(union bpf_attr) */
} profiles[] = {
	{ "5.4", V5_4, 112 },	{ "5.10", V5_10, 120 }, { "5.15", V5_15, 128 },
	{ "6.1", V6_1, 144 },	{ "6.6", V6_6, 144 },	{ "6.12", V6_12, 152 },
	{ "6.18", V6_18, 168 },
};

int alv_kernel_parse(const char *text, enum alv_kernel *ret_kernel)
{
	for (size_t i = 0; i < ALV_COUNT(profiles); i++) {
		if (strcmp(profiles[i].text, text))
			continue;
		*ret_kernel = profiles[i].kernel;
		return 0;
	}
	return -EINVAL;
}

u32 alv_kernel_attr_size(enum alv_kernel kernel)
{
	size_t i = 0;

	while (i + 1 < ALV_COUNT(profiles) && profiles[i].kernel != kernel)
		i++;
	return profiles[i].attr_size;
}
