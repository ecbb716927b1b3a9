/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/call.h"

#include <errno.h>

#define ANSWERS(name, id, value)                                                         \
	static u64 answer_##name(ALV_HELPER_PARAMS)                                      \
	{                                                                                \
		return (u64)(s64)(value);                                                \
	}
#define SERVED(name, id)
#define SERVED_FOR(TYPE, name, id)
#include "helper/served.def"
#undef ANSWERS
#undef SERVED
#undef SERVED_FOR

static alv_helper_fn *const served[] = {
#define ANSWERS(name, id, value) [id] = answer_##name,
#define SERVED(name, id) [id] = alv_help_##name,
#define SERVED_FOR(TYPE, name, id)
#include "helper/served.def"
#undef ANSWERS
#undef SERVED
#undef SERVED_FOR
};

/* Where a type of program has an implementation of its own. */
static const struct served_for {
	u32 prog_type;
	u32 id;
	alv_helper_fn *call;
} served_for[] = {
#define ANSWERS(name, id, value)
#define SERVED(name, id)
#define SERVED_FOR(TYPE, name, number) { BPF_PROG_TYPE_##TYPE, number, alv_help_##name },
#include "helper/served.def"
#undef ANSWERS
#undef SERVED
#undef SERVED_FOR
};

alv_helper_fn *alv_helper_call(u32 prog_type, u32 id)
{
	for (size_t i = 0; i < ALV_COUNT(served_for); i++)
		if (served_for[i].prog_type == prog_type && served_for[i].id == id)
			return served_for[i].call;
	return id < ALV_COUNT(served) ? served[id] : NULL;
}
