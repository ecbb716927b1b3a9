/* SPDX-License-Identifier: BSD-2-Clause */
#include "abi/version.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *text;
	enum alv_kernel kernel;
} profiles[] = {
	{ "5.4", V5_4 },
	{ "5.10", V5_10 },
	{ "5.15", V5_15 },
	{ "6.1", V6_1 },
	{ "6.6", V6_6 },
	{ "6.12", V6_12 },
	{ "6.18", V6_18 },
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
