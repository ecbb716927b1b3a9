/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF instructions (RFC 9669) as data: decode and print, no meaning. The 8-byte
 * instruction is the UAPI's struct bpf_insn.
 */
#ifndef ALV_ISA_INSN_H
#define ALV_ISA_INSN_H

#include "abi/uapi.h"
#include "base/types.h"

/* Of instruction set v4, which the build machine's header may lack. */
#define ALV_BPF_MEMSX 0x80
#define ALV_BPF_JCOND 0xe0

/* dst of a pseudo instruction's src_reg field, as the UAPI's BPF_PSEUDO_*. */

static inline u8 alv_insn_class(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code);
}

static inline bool alv_insn_is_ldimm64(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* Jump of any width, conditional or not, calls and exit excluded. */
bool alv_insn_is_jump(const struct bpf_insn *insn);
bool alv_insn_is_conditional(const struct bpf_insn *insn);
bool alv_insn_is_exit(const struct bpf_insn *insn);
/* Calls by what they name. */
bool alv_insn_is_helper_call(const struct bpf_insn *insn);
bool alv_insn_is_kfunc_call(const struct bpf_insn *insn);
bool alv_insn_is_subprog_call(const struct bpf_insn *insn);
/* The distance of a jump in instructions, from the one behind it (gotol's is in imm). */
s32 alv_insn_jump_offset(const struct bpf_insn *insn);
/* Bytes of a load or store. */
u8 alv_insn_access_size(const struct bpf_insn *insn);
/* Is the code one that the instruction set has, with fields that must be zero zero? */
bool alv_insn_is_known(const struct bpf_insn *insn);

/*
 * Registers read and written as bit sets of R0..R10 (calls: what the convention
 * says: reads R1-R5 as told by `n_args`, writes R0-R5).
 */
struct alv_insn_regs {
	u16 uses;
	u16 defines;
};

/* How names of calls and immediates are found; NULL members: the kernel's defaults. */
struct alv_insn_names {
	void *data;
	const char *(*call)(void *data, const struct bpf_insn *insn, char *text, size_t size);
	const char *(*immediate)(void *data, const struct bpf_insn *insn, u64 value, char *text,
				 size_t size);
};

/* "(b7) r0 = 0" and so on, as the kernel's reports and bpftool print it, no newline. */
int alv_insn_print(char *text, size_t size, const struct bpf_insn *insn,
		   const struct alv_insn_names *names);

#endif
