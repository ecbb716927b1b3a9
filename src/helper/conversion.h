/* SPDX-License-Identifier: BSD-2-Clause */
/* What a '%' of a format asks for: the part of the kernel's printf that programs have. */
#ifndef ALV_HELPER_CONVERSION_H
#define ALV_HELPER_CONVERSION_H

#include "base/types.h"

struct alv_conversion {
	char kind; /* one of diuxX, c, s, p */
	/* Of %p: k, u (strings), I, i (addresses), K, x, s, S, B; or 0. */
	char extension;
	bool v6; /* %pI6, %pi6 */
	bool wide; /* a number of 64 bits */
	bool left, zero, plus, space;
	u32 width; /* 0: none was given */
};

/* The bytes of the conversion that begins behind a '%', or -EINVAL: there is none such. */
s32 alv_conversion_parse(const char *text, u32 size, struct alv_conversion *ret_conversion);

/* The kernel's classes of characters, which are Latin-1's in every locale. */
bool alv_is_alnum(char c);
/* May this character be in a format, outside of conversions? */
bool alv_is_text(char c);

#endif
