/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One activation of execute() is one function of a program: it has the registers and
 * the stack, a call is a recursion. The verifier bounds the depth: 8 functions of a
 * program, times the tail calls of a run.
 *
 * Each opcode is a label in the table behind `dispatch`; an opcode that the verifier
 * would never let through ends the program with 0. An observer is shown each
 * instruction before it is executed.
 */
#include "engine/interpreter.h"

#include <errno.h>
#include <string.h>

#include "base/atomic.h"
#include "base/clock.h"
#include "engine/atomic.h"
#include "engine/tail_call.h"
#include "isa/insn.h"

#define STACK_BYTES (512 + ALV_EXTRA_STACK)
#define MAY_GOTO_NS 250000000u

/* Memory as programs see it: any type may lie anywhere. */
#define ANYWHERE __attribute__((may_alias, aligned(1)))
typedef u8 ANYWHERE mem_u8;
typedef u16 ANYWHERE mem_u16;
typedef u32 ANYWHERE mem_u32;
typedef u64 ANYWHERE mem_u64;
typedef s8 ANYWHERE mem_s8;
typedef s16 ANYWHERE mem_s16;
typedef s32 ANYWHERE mem_s32;

#define AT(type, reg) (*(mem_##type *)(uintptr_t)((reg) + (u64)(s64)pc->off))

/* Division as RFC 9669 has it: by zero gives 0, the remainder is the dividend. */
static u64 divide(u64 a, u64 b)
{
	return b ? a / b : 0;
}

static u64 modulo(u64 a, u64 b)
{
	return b ? a % b : a;
}

/* The one signed overflow wraps: MIN / -1 is MIN. */
static s64 divide_signed(s64 a, s64 b)
{
	return b == -1 ? (s64)-(u64)a : b ? a / b : 0;
}

static s64 modulo_signed(s64 a, s64 b)
{
	return b == -1 ? 0 : b ? a % b : a;
}

static u64 swap(u64 value, s32 bits)
{
	return bits == 16 ? __builtin_bswap16((u16)value) :
	       bits == 32 ? __builtin_bswap32((u32)value) :
			    __builtin_bswap64(value);
}

static u64 cut(u64 value, s32 bits)
{
	return bits == 16 ? (u16)value : bits == 32 ? (u32)value : value;
}

/* To the order that the name says; the host is little-endian or not. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define TO_LE cut
#define TO_BE swap
#else
#define TO_LE swap
#define TO_BE cut
#endif

static s64 sign_extend(u64 value, s16 bits)
{
	return bits == 8 ? (s8)value : bits == 16 ? (s16)value : (s32)value;
}

/* Elsewhere the compiler alone is told: no other processor's barrier is known here. */
static inline void speculation_barrier(void)
{
#ifdef __x86_64__
	__builtin_ia32_lfence();
#else
	__asm__ volatile("" ::: "memory");
#endif
}

static u64 load_imm64(const struct bpf_insn *pc)
{
	return (u32)pc[0].imm | (u64)(u32)pc[1].imm << 32;
}

static alv_helper_fn *helper_of(const struct bpf_insn *pc)
{
	return (alv_helper_fn *)((intptr_t)alv_helper_unserved + pc->imm);
}

/* A load that never faults reads zero where there is nothing. */
static u64 probe(const struct alv_run *run, u64 address, u32 size)
{
	union {
		u8 b;
		u16 h;
		u32 w;
		u64 dw;
	} value;

	if (alv_run_probe(run, &value, address, size))
		return 0;
	return size == 1 ? value.b : size == 2 ? value.h : size == 4 ? value.w : value.dw;
}

/*
 * What a program reads of its stack without writing must not be the host's. The C
 * library's way is faster than what compilers make of a size that they know.
 */
static void clear(void *stack, size_t size)
{
	/* Hides the size. */
	__asm__("" : "+r"(size));
	memset(stack, 0, size);
}

/* What a function's stack has for its may_goto. */
struct turns {
	u64 left;
	u64 since; /* 0: the clock was not looked at yet */
};

/* A loop may go on for a quarter of a second. */
static u64 more_turns(struct turns *turns)
{
	u64 now = alv_clock_ns(CLOCK_MONOTONIC);

	if (!turns->since)
		turns->since = now;
	return now - turns->since < MAY_GOTO_NS ? ALV_MAY_GOTO_TURNS : 0;
}

/*
 * Every two-operand operation as four opcodes: of 64 and 32 bits, with a register and
 * with a constant.
 */
#define ALU_LABELS(OP, name)                                                                       \
	[BPF_ALU64 | BPF_##OP | BPF_X] = &&alu64_##name##_x,                                       \
	[BPF_ALU64 | BPF_##OP | BPF_K] = &&alu64_##name##_k,                                       \
	[BPF_ALU | BPF_##OP | BPF_X] = &&alu32_##name##_x,                                         \
	[BPF_ALU | BPF_##OP | BPF_K] = &&alu32_##name##_k

#define ALU_OP(name, op)                                                                           \
	alu64_##name##_x: DST = DST op SRC; NEXT;                                                  \
	alu64_##name##_k: DST = DST op IMM; NEXT;                                                  \
	alu32_##name##_x: DST = (u32)DST op (u32)SRC; DST = (u32)DST; NEXT;                        \
	alu32_##name##_k: DST = (u32)DST op (u32)IMM; DST = (u32)DST; NEXT;

#define SHIFT_OP(name, op, type64, type32)                                                         \
	alu64_##name##_x: DST = (u64)((type64)DST op (SRC & 63)); NEXT;                            \
	alu64_##name##_k: DST = (u64)((type64)DST op (pc->imm & 63)); NEXT;                        \
	alu32_##name##_x: DST = (u32)((type32)DST op (SRC & 31)); NEXT;                            \
	alu32_##name##_k: DST = (u32)((type32)DST op (pc->imm & 31)); NEXT;

/* `off` 1 means signed. */
#define DIV_OP(name, fn)                                                                           \
	alu64_##name##_x: DST = pc->off ? (u64)fn##_signed((s64)DST, (s64)SRC) :                   \
					  fn(DST, SRC); NEXT;                                      \
	alu64_##name##_k: DST = pc->off ? (u64)fn##_signed((s64)DST, pc->imm) :                    \
					  fn(DST, IMM); NEXT;                                      \
	alu32_##name##_x: DST = (u32)(pc->off ? (u64)fn##_signed((s32)DST, (s32)SRC) :             \
						fn((u32)DST, (u32)SRC)); NEXT;                     \
	alu32_##name##_k: DST = (u32)(pc->off ? (u64)fn##_signed((s32)DST, pc->imm) :              \
						fn((u32)DST, (u32)IMM)); NEXT;

#define JUMP_LABELS(OP, name)                                                                      \
	[BPF_JMP | BPF_##OP | BPF_X] = &&jmp64_##name##_x,                                         \
	[BPF_JMP | BPF_##OP | BPF_K] = &&jmp64_##name##_k,                                         \
	[BPF_JMP32 | BPF_##OP | BPF_X] = &&jmp32_##name##_x,                                       \
	[BPF_JMP32 | BPF_##OP | BPF_K] = &&jmp32_##name##_k

#define JUMP_OP(name, op, type64, type32)                                                          \
	jmp64_##name##_x: JUMP_IF((type64)DST op (type64)SRC);                                     \
	jmp64_##name##_k: JUMP_IF((type64)DST op (type64)IMM);                                     \
	jmp32_##name##_x: JUMP_IF((type32)DST op (type32)SRC);                                     \
	jmp32_##name##_k: JUMP_IF((type32)DST op (type32)IMM);

#define MEM_LABELS(SIZE, type)                                                                     \
	[BPF_LDX | BPF_MEM | BPF_##SIZE] = &&ldx_##type,                                           \
	[BPF_LDX | ALV_BPF_PROBE_MEM | BPF_##SIZE] = &&probe_##type,                               \
	[BPF_STX | BPF_MEM | BPF_##SIZE] = &&stx_##type,                                           \
	[BPF_ST | BPF_MEM | BPF_##SIZE] = &&st_##type,                                             \
	[BPF_STX | BPF_ATOMIC | BPF_##SIZE] = &&atomic_##type

#define MEM_OP(type)                                                                               \
	ldx_##type: DST = AT(type, SRC); NEXT;                                                     \
	probe_##type: DST = probe(run, SRC + (u64)(s64)pc->off, sizeof(type)); NEXT;               \
	stx_##type: AT(type, DST) = (type)SRC; NEXT;                                               \
	st_##type: AT(type, DST) = (type)IMM; NEXT;                                                \
	atomic_##type: alv_atomic_##type(regs, pc); NEXT;

#define SIGNED_LABELS(SIZE, type)                                                                  \
	[BPF_LDX | ALV_BPF_MEMSX | BPF_##SIZE] = &&ldsx_##type,                                    \
	[BPF_LDX | ALV_BPF_PROBE_MEMSX | BPF_##SIZE] = &&probesx_##type

#define SIGNED_OP(type)                                                                            \
	ldsx_##type: DST = (u64)(s64)AT(type, SRC); NEXT;                                          \
	probesx_##type: DST = (u64)(s64)(type)probe(run, SRC + (u64)(s64)pc->off,                  \
						    sizeof(type)); NEXT;

#define DST  regs[pc->dst_reg]
#define SRC  regs[pc->src_reg]
#define IMM  ((u64)(s64)pc->imm)
#define GO   goto *table[pc->code]
#define NEXT do { pc++; GO; } while (0)
#define JUMP_IF(condition) do { pc += 1 + ((condition) ? pc->off : 0); GO; } while (0)

/* Whatever the table does not name is unknown. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static u64 execute(struct alv_run *run, const struct bpf_insn *pc, const u64 args[5])
{
	static const void *const dispatch[256] = {
		[0 ... 255] = &&unknown,
		ALU_LABELS(ADD, add), ALU_LABELS(SUB, sub), ALU_LABELS(MUL, mul),
		ALU_LABELS(DIV, div), ALU_LABELS(MOD, mod), ALU_LABELS(OR, or),
		ALU_LABELS(AND, and), ALU_LABELS(XOR, xor), ALU_LABELS(LSH, lsh),
		ALU_LABELS(RSH, rsh), ALU_LABELS(ARSH, arsh), ALU_LABELS(MOV, mov),
		[BPF_ALU64 | BPF_NEG] = &&neg64,
		[BPF_ALU | BPF_NEG] = &&neg32,
		[BPF_ALU | BPF_END | BPF_TO_LE] = &&to_le,
		[BPF_ALU | BPF_END | BPF_TO_BE] = &&to_be,
		[BPF_ALU64 | BPF_END | BPF_TO_LE] = &&bswap,
		JUMP_LABELS(JEQ, eq), JUMP_LABELS(JNE, ne), JUMP_LABELS(JGT, gt),
		JUMP_LABELS(JGE, ge), JUMP_LABELS(JLT, lt), JUMP_LABELS(JLE, le),
		JUMP_LABELS(JSGT, sgt), JUMP_LABELS(JSGE, sge), JUMP_LABELS(JSLT, slt),
		JUMP_LABELS(JSLE, sle), JUMP_LABELS(JSET, set),
		[BPF_JMP | BPF_JA] = &&ja,
		[BPF_JMP32 | BPF_JA] = &&gotol,
		MEM_LABELS(B, u8), MEM_LABELS(H, u16), MEM_LABELS(W, u32), MEM_LABELS(DW, u64),
		SIGNED_LABELS(B, s8), SIGNED_LABELS(H, s16), SIGNED_LABELS(W, s32),
		[BPF_ST | ALV_BPF_NOSPEC] = &&nospec,
		[BPF_LD | BPF_IMM | BPF_DW] = &&ldimm64,
		[BPF_JMP | BPF_CALL] = &&call,
		[ALV_BPF_TAIL_CALL] = &&tail_call,
		[ALV_BPF_MORE_TURNS] = &&more_turns,
		[BPF_JMP | BPF_EXIT] = &&leave,
	};
	/* With an observer every instruction goes to it first. */
	static const void *const observed[256] = { [0 ... 255] = &&observe };
	const void *const *table = run->observer ? observed : dispatch;
	u64 stack[STACK_BYTES / sizeof(u64)];
	u64 regs[16]; /* none is read before it is written */

	clear(stack, sizeof(stack));
	memcpy(&regs[BPF_REG_1], args, 5 * sizeof(u64));
	regs[BPF_REG_10] = (u64)(uintptr_t)(stack + ALV_COUNT(stack));
	GO;

	ALU_OP(add, +)
	ALU_OP(sub, -)
	ALU_OP(mul, *)
	ALU_OP(or, |)
	ALU_OP(and, &)
	ALU_OP(xor, ^)
	SHIFT_OP(lsh, <<, u64, u32)
	SHIFT_OP(rsh, >>, u64, u32)
	SHIFT_OP(arsh, >>, s64, s32)
	DIV_OP(div, divide)
	DIV_OP(mod, modulo)
alu64_mov_x:
	DST = pc->off ? (u64)sign_extend(SRC, pc->off) : SRC;
	NEXT;
alu64_mov_k:
	DST = IMM;
	NEXT;
alu32_mov_x:
	DST = (u32)(pc->off ? (u64)sign_extend(SRC, pc->off) : SRC);
	NEXT;
alu32_mov_k:
	DST = (u32)pc->imm;
	NEXT;
neg64:
	DST = -DST;
	NEXT;
neg32:
	DST = (u32)-DST;
	NEXT;
to_le:
	DST = TO_LE(DST, pc->imm);
	NEXT;
to_be:
	DST = TO_BE(DST, pc->imm);
	NEXT;
bswap:
	DST = swap(DST, pc->imm);
	NEXT;

	JUMP_OP(eq, ==, u64, u32)
	JUMP_OP(ne, !=, u64, u32)
	JUMP_OP(gt, >, u64, u32)
	JUMP_OP(ge, >=, u64, u32)
	JUMP_OP(lt, <, u64, u32)
	JUMP_OP(le, <=, u64, u32)
	JUMP_OP(sgt, >, s64, s32)
	JUMP_OP(sge, >=, s64, s32)
	JUMP_OP(slt, <, s64, s32)
	JUMP_OP(sle, <=, s64, s32)
	JUMP_OP(set, &, u64, u32)
ja:
	JUMP_IF(true);
gotol:
	pc += 1 + pc->imm;
	GO;
more_turns:
	DST = more_turns((struct turns *)(uintptr_t)(regs[BPF_REG_10] + DST));
	NEXT;

	MEM_OP(u8)
	MEM_OP(u16)
	MEM_OP(u32)
	MEM_OP(u64)
	SIGNED_OP(s8)
	SIGNED_OP(s16)
	SIGNED_OP(s32)
nospec:
	speculation_barrier();
	NEXT;
ldimm64:
	DST = load_imm64(pc);
	pc += 2;
	GO;

call:
	if (pc->src_reg == BPF_PSEUDO_CALL)
		regs[0] = execute(run, pc + 1 + pc->imm, &regs[BPF_REG_1]);
	else
		regs[0] = helper_of(pc)(run, regs[1], regs[2], regs[3], regs[4], regs[5]);
	NEXT;
tail_call: {
	const struct bpf_insn *target = alv_tail_call(run, regs[2], (u32)regs[3]);

	if (!target)
		NEXT;
	pc = target;
	GO;
}
leave:
	return regs[0];
observe:
	run->observer->insn(run->observer->data, run, pc, regs);
	goto *dispatch[pc->code];
unknown:
	return 0;
}
#pragma GCC diagnostic pop

static u64 call_function(struct alv_run *run, const struct bpf_insn *function,
			 const u64 args[5])
{
	return execute(run, function, args);
}

u64 alv_interpret(struct alv_run *run, const struct bpf_insn *code, void *ctx)
{
	const u64 args[5] = { (u64)(uintptr_t)ctx };

	run->call = call_function;
	return execute(run, code, args);
}
