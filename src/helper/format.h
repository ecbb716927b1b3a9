/* SPDX-License-Identifier: BSD-2-Clause */
/* The formats of bpf_trace_printk() and bpf_snprintf(): a part of the kernel's printf. */
#ifndef ALV_HELPER_FORMAT_H
#define ALV_HELPER_FORMAT_H

#include "base/types.h"

#define ALV_FORMAT_ARGS 12

struct alv_run;

struct alv_format {
	const char *text;
	u32 size; /* there must be a NUL within it */
	const u64 *args;
	u32 n_args;
};

/*
 * May a program print this? -EINVAL: the text has no end within size, characters or
 * conversions that are not allowed, or more conversions than arguments.
 */
int alv_format_check(const char *text, u32 size, u32 n_args);
/*
 * The length of the whole text, without its NUL; as much of it as fits goes to dst,
 * with a NUL if there is room for anything. -EINVAL: as alv_format_check().
 */
s64 alv_format_print(struct alv_run *run, const struct alv_format *format, char *dst, u32 size);

#endif
