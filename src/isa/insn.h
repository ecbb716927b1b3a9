/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF instructions (RFC 9669) as data: decode, check and print, no meaning. The
 * 8-byte instruction is the UAPI's struct bpf_insn. Everything that is true of an
 * opcode is in its row of opcode.def.
 */
#ifndef ALV_ISA_INSN_H
#define ALV_ISA_INSN_H

#include "abi/uapi.h"
#include "abi/version.h"
#include "base/types.h"
#include "isa/error.h"

/* Of instruction set v4, which the build machine's header may lack. */
#define ALV_BPF_MEMSX     0x80
#define ALV_BPF_JCOND     0xe0
#define ALV_BPF_LOAD_ACQ  0x100
#define ALV_BPF_STORE_REL 0x110

/* Offsets of a register's move that make it another instruction. */
#define ALV_BPF_ADDR_SPACE_CAST 1
#define ALV_BPF_ADDR_PERCPU     (-1) /* of rewritten programs only */
/* Mode of a store that is a speculation barrier; of rewritten programs only. */
#define ALV_BPF_NOSPEC 0xc0

#define ALV_N_REGS     11
#define ALV_ALL_REGS   0xffffu
/* R0 to R5, which a call overwrites. */
#define ALV_CALL_REGS  0x3fu

/* What an instruction is, its width and operands apart. */
enum alv_insn_kind {
	ALV_INSN_UNKNOWN,
	ALV_INSN_ALU,      /* dst = dst op (src or imm) */
	ALV_INSN_DIV,      /* the same; division and remainder, signed with off 1 */
	ALV_INSN_SHIFT,    /* the same; a constant must be less than the width */
	ALV_INSN_NEG,
	ALV_INSN_END,      /* byte swaps of all sorts */
	ALV_INSN_MOV,
	ALV_INSN_LDX,
	ALV_INSN_LDSX,
	ALV_INSN_ST,
	ALV_INSN_STX,
	ALV_INSN_ATOMIC,
	ALV_INSN_LD_ABS,
	ALV_INSN_LD_IND,
	ALV_INSN_LD_IMM64, /* and the instruction behind it */
	ALV_INSN_JA,       /* goto and gotol */
	ALV_INSN_JCC,
	ALV_INSN_MAY_GOTO,
	ALV_INSN_CALL,
	ALV_INSN_EXIT,
};

struct alv_opcode {
	u8 kind;            /* enum alv_insn_kind */
	u8 zero;            /* fields that must be zero, ALV_ZERO_* */
	u16 since;          /* enum alv_kernel */
	const char *symbol; /* the operator, or the type in memory: "s>>=", "u16" */
};

#define ALV_ZERO_DST 1
#define ALV_ZERO_SRC 2
#define ALV_ZERO_OFF 4
#define ALV_ZERO_IMM 8

extern const struct alv_opcode alv_opcodes[256];

static inline u8 alv_insn_class(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code);
}

static inline enum alv_insn_kind alv_insn_kind(const struct bpf_insn *insn)
{
	return alv_opcodes[insn->code].kind;
}

static inline bool alv_insn_is_ldimm64(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* How many of the program's struct bpf_insn it takes. */
static inline u32 alv_insn_length(const struct bpf_insn *insn)
{
	return alv_insn_is_ldimm64(insn) ? 2 : 1;
}

static inline bool alv_insn_is_alu32(const struct bpf_insn *insn)
{
	return alv_insn_class(insn) == BPF_ALU;
}

static inline bool alv_insn_is_exit(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_EXIT);
}

static inline bool alv_insn_is_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL);
}

/* Calls by what they name. */
static inline bool alv_insn_is_helper_call(const struct bpf_insn *insn)
{
	return alv_insn_is_call(insn) && insn->src_reg == 0;
}

static inline bool alv_insn_is_kfunc_call(const struct bpf_insn *insn)
{
	return alv_insn_is_call(insn) && insn->src_reg == BPF_PSEUDO_KFUNC_CALL;
}

static inline bool alv_insn_is_subprog_call(const struct bpf_insn *insn)
{
	return alv_insn_is_call(insn) && insn->src_reg == BPF_PSEUDO_CALL;
}

/* An address of a subprogram: callbacks' loads. */
static inline bool alv_insn_is_func_load(const struct bpf_insn *insn)
{
	return alv_insn_is_ldimm64(insn) && insn->src_reg == BPF_PSEUDO_FUNC;
}

static inline bool alv_insn_is_may_goto(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | ALV_BPF_JCOND) && !insn->src_reg;
}

/* Jump of any width, conditional or not, calls and exit excluded. */
bool alv_insn_is_jump(const struct bpf_insn *insn);
/* Has it two successors? may_goto has. */
bool alv_insn_is_conditional(const struct bpf_insn *insn);
/* The distance of a jump in instructions, from the one behind it (gotol's is in imm). */
s32 alv_insn_jump_offset(const struct bpf_insn *insn);
/* Bytes of a load or store. */
u8 alv_insn_access_size(const struct bpf_insn *insn);
/* Is the code one that the newest instruction set has? */
bool alv_insn_is_known(const struct bpf_insn *insn);
/* Is `imm` of an atomic instruction an operation of the instruction set? */
bool alv_insn_is_atomic_op(s32 imm);

/*
 * The checks that need nothing but instructions, as `kernel` makes them.
 *
 * alv_insn_check_form: of insns[i] before the program is explored (the caller skips
 * the second half of a 64-bit constant). -EINVAL.
 * alv_insn_check_fields: of an instruction when it is reached, before its operands
 * are looked at (a conditional jump's destination register was found readable).
 * -EINVAL.
 * alv_insn_check_constant: after its operands were found readable: division by a
 * constant zero, a constant shift out of range. -EINVAL.
 */
int alv_insn_check_form(enum alv_kernel kernel, const struct bpf_insn *insns, u32 n,
			u32 i, struct alv_isa_error *error);
int alv_insn_check_fields(enum alv_kernel kernel, const struct bpf_insn *insn,
			  struct alv_isa_error *error);
int alv_insn_check_constant(const struct bpf_insn *insn, struct alv_isa_error *error);

/* Registers read and written, as bit sets. */
struct alv_insn_regs {
	u16 uses;
	u16 defines;
};

/*
 * By the instruction alone. A call reads R1 to R`n_args` (0 to 5) and writes R0 to
 * R5. LD_ABS and LD_IND may end the program and are said to read everything.
 */
struct alv_insn_regs alv_insn_regs(const struct bpf_insn *insn, u32 n_args);

/*
 * How calls and 64-bit constants are named. Each answers the text (its own or what
 * it wrote to `text`), or NULL: the printer's default ("unknown", "+12",
 * "kernel-function"; "0x2a"). A NULL member is always the default.
 */
struct alv_insn_names {
	void *data;
	const char *(*call)(void *data, const struct bpf_insn *insn, char *text,
			    size_t size);
	const char *(*immediate)(void *data, const struct bpf_insn *insn, u64 value,
				 char *text, size_t size);
	bool hide_pointers; /* addresses of maps and variables print as zero */
};

#define ALV_INSN_TEXT 256

/*
 * "(b7) r0 = 0" and so on, as the kernel's reports and bpftool print it, no newline;
 * cut at `size`. Behind a 64-bit constant its second half must be there. Answers the
 * length as snprintf() does.
 */
int alv_insn_print(char *text, size_t size, const struct bpf_insn *insn,
		   const struct alv_insn_names *names);

#endif
