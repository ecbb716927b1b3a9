/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why instructions were refused: the errno, where, and the kernel's words. Pure
 * analyses fill one; who owns a report prints it.
 */
#ifndef ALV_ISA_ERROR_H
#define ALV_ISA_ERROR_H

#include "base/types.h"

#define ALV_ISA_ERROR_TEXT 120

struct alv_isa_error {
	int err;
	u32 insn; /* index of the instruction at fault */
	/* Instructions whose source lines ("%d: " before each) a report says first. */
	u32 lines[2];
	u32 n_lines;
	char text[ALV_ISA_ERROR_TEXT]; /* without the newline; empty: nothing is said */
};

/* Fills it and answers `err`. */
int alv_isa_fail(struct alv_isa_error *error, int err, u32 insn, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
