/* SPDX-License-Identifier: BSD-2-Clause */
#include "isa/error.h"

#include <stdarg.h>
#include <stdio.h>

int alv_isa_fail(struct alv_isa_error *error, int err, u32 insn, const char *format, ...)
{
	va_list args;

	error->err = err;
	error->insn = insn;
	error->n_lines = 0;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return err;
}
