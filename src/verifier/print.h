/* SPDX-License-Identifier: BSD-2-Clause */
/* The report: state lines, instruction lines and source lines as Linux 6.18 has them. */
#ifndef ALV_VERIFIER_PRINT_H
#define ALV_VERIFIER_PRINT_H

#include "verifier/env.h"

#define ALV_TYPE_TEXT 96

/* "rdonly_mem", "map_value_or_null"; returns text. */
const char *alv_type_text(char text[ALV_TYPE_TEXT], struct alv_type type);

/* Registers and stack of a frame: all, or what changed since the last time. */
void alv_print_state(struct alv_env *env, const struct alv_state *state, u32 frame, bool all);
/* The same behind the instruction's line, or on a line of its own. */
void alv_print_change(struct alv_env *env);
/* "N: (xx) ..." of the current instruction. */
void alv_print_insn(struct alv_env *env, u32 insn);
/* The instruction alone, with its end of line. */
void alv_print_code(struct alv_env *env, u32 insn);
/* "; text @ file:line" when the instruction begins another source line. */
void alv_print_source(struct alv_env *env, u32 insn);
/* "r0,r3" and "-8,-24". */
void alv_print_regs_set(struct alv_env *env, u32 regs);
void alv_print_slots_set(struct alv_env *env, u64 slots);
/* Which registers are live before each instruction, and its cycle. */
void alv_print_live(struct alv_env *env);
void alv_print_stats(struct alv_env *env, bool accepted);

/* Nanoseconds, for the time that the statistics tell. */
u64 alv_print_clock(void);

#endif
