/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of a program that no verifier looked at, each with the largest stack. */
#ifndef ALV_UNIT_FUNCTIONS_H
#define ALV_UNIT_FUNCTIONS_H

#include "isa/insn.h"
#include "verifier/verifier.h"

static inline bool begins_function(const struct bpf_insn *insns, u32 n, u32 at)
{
	for (u32 i = 0; i < n; i++)
		if ((alv_insn_is_subprog_call(&insns[i]) || alv_insn_is_func_load(&insns[i])) &&
		    i + 1 + (u32)insns[i].imm == at)
			return true;
	return !at;
}

static inline u32 functions_of(const struct bpf_insn *insns, u32 n,
			       struct alv_checked_function functions[ALV_MAX_SUBPROGS])
{
	u32 count = 0;

	for (u32 i = 0; i < n; i++)
		if (begins_function(insns, n, i))
			functions[count++] = (struct alv_checked_function){ i, 512 };
	return count;
}

#endif
