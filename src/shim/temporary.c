/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into clients: temporary files, which the C library opens by itself. As in
 * repeat.c, what a signal ended before the launcher took notice comes again; the
 * template must be whole for that.
 */
#include "shim/next.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPEAT_TEMPORARY(type, failed, name, parameters, arguments)                        \
	EXPORT type name parameters                                                        \
	{                                                                                  \
		size_t size = strlen(template) + 1;                                        \
		bool kept = size <= PATH_MAX;                                              \
		char whole[PATH_MAX];                                                      \
		type result;                                                               \
                                                                                           \
		if (kept)                                                                  \
			memcpy(whole, template, size);                                     \
		for (;;) {                                                                 \
			result = NEXT(name) arguments;                                     \
			if (result != failed || errno != EINTR || !kept)                   \
				return result;                                             \
			memcpy(template, whole, size);                                     \
		}                                                                          \
	}

REPEAT_TEMPORARY(int, -1, mkstemp, (char *template), (template))
REPEAT_TEMPORARY(int, -1, mkstemp64, (char *template), (template))
REPEAT_TEMPORARY(int, -1, mkstemps, (char *template, int suffix), (template, suffix))
REPEAT_TEMPORARY(int, -1, mkstemps64, (char *template, int suffix), (template, suffix))
REPEAT_TEMPORARY(int, -1, mkostemp, (char *template, int flags), (template, flags))
REPEAT_TEMPORARY(int, -1, mkostemp64, (char *template, int flags), (template, flags))
REPEAT_TEMPORARY(int, -1, mkostemps, (char *template, int suffix, int flags),
		 (template, suffix, flags))
REPEAT_TEMPORARY(int, -1, mkostemps64, (char *template, int suffix, int flags),
		 (template, suffix, flags))
REPEAT_TEMPORARY(char *, NULL, mkdtemp, (char *template), (template))
