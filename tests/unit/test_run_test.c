/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_PROG_TEST_RUN: the same requests to the host and, where it can be asked, to the
 * kernel get the same answers: result, return value, sizes, packet and context.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include <alveary/alveary.h>

#include "base/cleanup.h"
#include "engine/interpreter.h"
#include "engine/rewrite.h"
#include "functions.h"
#include "insns.h"
#include "isa/insn.h"
#include "program/program.h"

#define CALL(id) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##id)
#define LOAD(size, dst, src, off) INSN(BPF_LDX | BPF_MEM | BPF_##size, dst, src, off, 0)
#define STORE(size, dst, src, off) INSN(BPF_STX | BPF_MEM | BPF_##size, dst, src, off, 0)
#define SKB(field) offsetof(struct __sk_buff, field)
#define MD(field)  offsetof(struct xdp_md, field)

/* `size` bytes of text to a number: the low half of the number plus what was eaten. */
#define NUMBER(name, text, size, call, flags)                                                      \
	{                                                                                          \
		name, BPF_PROG_TYPE_SCHED_CLS,                                                     \
		{                                                                                  \
			LD_IMM64(2, text), STORE(DW, 10, 2, -8), MOV_IMM(2, 0x55),                 \
				STORE(DW, 10, 2, -16), MOV(1, 10), ADD(1, -8), MOV_IMM(2, size),   \
				MOV_IMM(3, flags), MOV(4, 10), ADD(4, -16), CALL(call),            \
				LOAD(DW, 2, 10, -16),                                              \
				INSN(BPF_ALU64 | BPF_LSH | BPF_K, 0, 0, 0, 16),                    \
				INSN(BPF_ALU64 | BPF_ADD | BPF_X, 0, 2, 0, 0), EXIT()              \
		}                                                                                  \
	}
#define ADD(reg, value) INSN(BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0, value)
/* Checksum of the difference of `from` and `to` bytes of a pattern on the stack. */
#define CSUM(from, to, seed)                                                                       \
	{                                                                                          \
		"checksum", BPF_PROG_TYPE_SCHED_CLS,                                               \
		{                                                                                  \
			LD_IMM64(2, 0xfedcba9876543210), STORE(DW, 10, 2, -8), MOV(1, 10),         \
				ADD(1, -8), MOV_IMM(2, from), MOV(3, 10), ADD(3, -4),              \
				MOV_IMM(4, to), MOV_IMM(5, seed), CALL(csum_diff), EXIT()          \
		}                                                                                  \
	}

struct code {
	const char *name;
	u32 type;
	struct bpf_insn insns[24];
};

/* Contexts are read through R1 and R6, other memory through other registers. */
static const struct code codes[] = {
	{ "constant", BPF_PROG_TYPE_SOCKET_FILTER, { MOV_IMM(0, 7), EXIT() } },
	{ "length", BPF_PROG_TYPE_SOCKET_FILTER, { LOAD(W, 0, 1, SKB(len)), EXIT() } },
	{ "protocol", BPF_PROG_TYPE_SOCKET_FILTER, { LOAD(W, 0, 1, SKB(protocol)), EXIT() } },
	{ "packet type", BPF_PROG_TYPE_SOCKET_FILTER, { LOAD(W, 0, 1, SKB(pkt_type)), EXIT() } },
	{ "device", BPF_PROG_TYPE_SCHED_CLS, { LOAD(W, 0, 1, SKB(ifindex)), EXIT() } },
	{ "incoming", BPF_PROG_TYPE_SCHED_CLS, { LOAD(W, 0, 1, SKB(ingress_ifindex)), EXIT() } },
	{ "wire length", BPF_PROG_TYPE_SCHED_CLS, { LOAD(W, 0, 1, SKB(wire_len)), EXIT() } },
	{ "segments", BPF_PROG_TYPE_SCHED_CLS, { LOAD(W, 0, 1, SKB(gso_segs)), EXIT() } },
	{ "mark", BPF_PROG_TYPE_SCHED_CLS,
	  { LOAD(W, 0, 1, SKB(mark)), MOV_IMM(2, 99), STORE(W, 1, 2, SKB(mark)),
	    STORE(W, 1, 2, SKB(cb[1])), STORE(W, 1, 2, SKB(priority)), EXIT() } },
	{ "part of the mark", BPF_PROG_TYPE_SCHED_CLS, { LOAD(H, 0, 1, SKB(mark) + 2), EXIT() } },
	{ "first byte", BPF_PROG_TYPE_SCHED_CLS,
	  { LOAD(W, 2, 1, SKB(data)), LOAD(W, 3, 1, SKB(data_end)), MOV(4, 2),
	    INSN(BPF_ALU64 | BPF_ADD | BPF_K, 4, 0, 0, 14), MOV_IMM(0, 0),
	    INSN(BPF_JMP | BPF_JGT | BPF_X, 4, 3, 3, 0), LOAD(B, 0, 2, 0), MOV_IMM(5, 3),
	    STORE(B, 2, 5, 1), EXIT() } },
	{ "absolute", BPF_PROG_TYPE_SOCKET_FILTER,
	  { MOV(6, 1), INSN(BPF_LD | BPF_ABS | BPF_H, 0, 0, 0, 2), EXIT() } },
	{ "link header", BPF_PROG_TYPE_SOCKET_FILTER,
	  { MOV(6, 1), INSN(BPF_LD | BPF_ABS | BPF_W, 0, 0, 0, -0x200000 + 10), EXIT() } },
	{ "beyond", BPF_PROG_TYPE_SOCKET_FILTER,
	  { MOV(6, 1), INSN(BPF_LD | BPF_ABS | BPF_W, 0, 0, 0, 5000), MOV_IMM(0, 5), EXIT() } },
	{ "indirect", BPF_PROG_TYPE_SCHED_CLS,
	  { MOV(6, 1), MOV_IMM(7, 10), INSN(BPF_LD | BPF_IND | BPF_B, 0, 7, 0, 3), EXIT() } },
	{ "load bytes", BPF_PROG_TYPE_SCHED_CLS,
	  { MOV_IMM(2, 12), MOV(3, 10), INSN(BPF_ALU64 | BPF_ADD | BPF_K, 3, 0, 0, -8),
	    MOV_IMM(4, 4), CALL(skb_load_bytes), LOAD(W, 0, 10, -8), EXIT() } },
	{ "store bytes", BPF_PROG_TYPE_SCHED_CLS,
	  { INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, 0x11223344), MOV_IMM(2, 5), MOV(3, 10),
	    INSN(BPF_ALU64 | BPF_ADD | BPF_K, 3, 0, 0, -8), MOV_IMM(4, 6), MOV_IMM(5, 0),
	    CALL(skb_store_bytes), EXIT() } },
	{ "longer", BPF_PROG_TYPE_SCHED_CLS,
	  { MOV_IMM(2, 100), MOV_IMM(3, 0), CALL(skb_change_tail), EXIT() } },
	{ "shorter", BPF_PROG_TYPE_SCHED_CLS,
	  { MOV_IMM(2, 20), MOV_IMM(3, 0), CALL(skb_change_tail), EXIT() } },
	{ "too short", BPF_PROG_TYPE_SCHED_CLS,
	  { MOV_IMM(2, 13), MOV_IMM(3, 0), CALL(skb_change_tail), EXIT() } },
	{ "pull", BPF_PROG_TYPE_SCHED_CLS, { MOV_IMM(2, 2000), CALL(skb_pull_data), EXIT() } },
	{ "type", BPF_PROG_TYPE_SCHED_CLS,
	  { MOV(6, 1), MOV_IMM(2, 3), CALL(skb_change_type), LOAD(W, 0, 6, SKB(pkt_type)), EXIT() } },
	{ "l3 checksum", BPF_PROG_TYPE_SCHED_CLS,
	  { MOV_IMM(2, 24), MOV_IMM(3, 0x1234), MOV_IMM(4, 0x9876), MOV_IMM(5, 2),
	    CALL(l3_csum_replace), EXIT() } },
	{ "l4 checksum", BPF_PROG_TYPE_SCHED_CLS,
	  { MOV_IMM(2, 36), MOV_IMM(3, 0x1234), MOV_IMM(4, -5), MOV_IMM(5, 0x14),
	    CALL(l4_csum_replace), EXIT() } },
	{ "l4 checksum, marked", BPF_PROG_TYPE_SCHED_CLS,
	  { MOV_IMM(2, 36), MOV_IMM(3, 0), MOV_IMM(4, -5), MOV_IMM(5, 0x20),
	    CALL(l4_csum_replace), EXIT() } },
	{ "xdp constant", BPF_PROG_TYPE_XDP, { MOV_IMM(0, 2), EXIT() } },
	{ "xdp size", BPF_PROG_TYPE_XDP,
	  { LOAD(W, 2, 1, MD(data)), LOAD(W, 0, 1, MD(data_end)),
	    INSN(BPF_ALU64 | BPF_SUB | BPF_X, 0, 2, 0, 0), EXIT() } },
	{ "xdp meta", BPF_PROG_TYPE_XDP,
	  { LOAD(W, 2, 1, MD(data_meta)), LOAD(W, 0, 1, MD(data)),
	    INSN(BPF_ALU64 | BPF_SUB | BPF_X, 0, 2, 0, 0), EXIT() } },
	{ "xdp device", BPF_PROG_TYPE_XDP, { LOAD(W, 0, 1, MD(ingress_ifindex)), EXIT() } },
	{ "xdp queue", BPF_PROG_TYPE_XDP, { LOAD(W, 0, 1, MD(rx_queue_index)), EXIT() } },
	{ "xdp head in", BPF_PROG_TYPE_XDP, { MOV_IMM(2, 8), CALL(xdp_adjust_head), EXIT() } },
	{ "xdp head out", BPF_PROG_TYPE_XDP, { MOV_IMM(2, -16), CALL(xdp_adjust_head), EXIT() } },
	{ "xdp head too far", BPF_PROG_TYPE_XDP,
	  { MOV_IMM(2, -217), CALL(xdp_adjust_head), EXIT() } },
	{ "xdp head far", BPF_PROG_TYPE_XDP,
	  { MOV_IMM(2, -216), CALL(xdp_adjust_head), EXIT() } },
	{ "xdp meta out", BPF_PROG_TYPE_XDP, { MOV_IMM(2, -4), CALL(xdp_adjust_meta), EXIT() } },
	{ "xdp meta odd", BPF_PROG_TYPE_XDP, { MOV_IMM(2, -3), CALL(xdp_adjust_meta), EXIT() } },
	{ "xdp meta far", BPF_PROG_TYPE_XDP, { MOV_IMM(2, -300), CALL(xdp_adjust_meta), EXIT() } },
	{ "xdp tail in", BPF_PROG_TYPE_XDP, { MOV_IMM(2, -8), CALL(xdp_adjust_tail), EXIT() } },
	{ "xdp tail out", BPF_PROG_TYPE_XDP, { MOV_IMM(2, 64), CALL(xdp_adjust_tail), EXIT() } },
	{ "xdp tail far", BPF_PROG_TYPE_XDP, { MOV_IMM(2, 3600), CALL(xdp_adjust_tail), EXIT() } },
	{ "xdp tail gone", BPF_PROG_TYPE_XDP, { MOV_IMM(2, -60), CALL(xdp_adjust_tail), EXIT() } },
	{ "xdp length", BPF_PROG_TYPE_XDP, { CALL(xdp_get_buff_len), EXIT() } },
};

/* These do nothing to their packets: one request is enough. */
static const struct code pure_codes[] = {
	NUMBER("12 0", 0x3231, 2, strtol, 0),
	NUMBER("12 16", 0x3231, 2, strtol, 16),
	NUMBER("12 8", 0x3231, 2, strtol, 8),
	NUMBER("12 0", 0x3231, 2, strtoul, 0),
	NUMBER("12 16", 0x3231, 2, strtoul, 16),
	NUMBER("12 8", 0x3231, 2, strtoul, 8),
	NUMBER("-12 0", 0x32312d, 3, strtol, 0),
	NUMBER("-12 16", 0x32312d, 3, strtol, 16),
	NUMBER("-12 8", 0x32312d, 3, strtol, 8),
	NUMBER("-12 0", 0x32312d, 3, strtoul, 0),
	NUMBER("-12 16", 0x32312d, 3, strtoul, 16),
	NUMBER("-12 8", 0x32312d, 3, strtoul, 8),
	NUMBER("0x1f 0", 0x66317830, 4, strtol, 0),
	NUMBER("0x1f 16", 0x66317830, 4, strtol, 16),
	NUMBER("0x1f 8", 0x66317830, 4, strtol, 8),
	NUMBER("0x1f 0", 0x66317830, 4, strtoul, 0),
	NUMBER("0x1f 16", 0x66317830, 4, strtoul, 16),
	NUMBER("0x1f 8", 0x66317830, 4, strtoul, 8),
	NUMBER("  7 0", 0x372020, 3, strtol, 0),
	NUMBER("  7 16", 0x372020, 3, strtol, 16),
	NUMBER("  7 8", 0x372020, 3, strtol, 8),
	NUMBER("  7 0", 0x372020, 3, strtoul, 0),
	NUMBER("  7 16", 0x372020, 3, strtoul, 16),
	NUMBER("  7 8", 0x372020, 3, strtoul, 8),
	NUMBER("012 0", 0x323130, 3, strtol, 0),
	NUMBER("012 16", 0x323130, 3, strtol, 16),
	NUMBER("012 8", 0x323130, 3, strtol, 8),
	NUMBER("012 0", 0x323130, 3, strtoul, 0),
	NUMBER("012 16", 0x323130, 3, strtoul, 16),
	NUMBER("012 8", 0x323130, 3, strtoul, 8),
	NUMBER("0 0", 0x30, 1, strtol, 0),
	NUMBER("0 16", 0x30, 1, strtol, 16),
	NUMBER("0 8", 0x30, 1, strtol, 8),
	NUMBER("0 0", 0x30, 1, strtoul, 0),
	NUMBER("0 16", 0x30, 1, strtoul, 16),
	NUMBER("0 8", 0x30, 1, strtoul, 8),
	NUMBER("99z 0", 0x7a3939, 3, strtol, 0),
	NUMBER("99z 16", 0x7a3939, 3, strtol, 16),
	NUMBER("99z 8", 0x7a3939, 3, strtol, 8),
	NUMBER("99z 0", 0x7a3939, 3, strtoul, 0),
	NUMBER("99z 16", 0x7a3939, 3, strtoul, 16),
	NUMBER("99z 8", 0x7a3939, 3, strtoul, 8),
	NUMBER("z 0", 0x7a, 1, strtol, 0),
	NUMBER("z 16", 0x7a, 1, strtol, 16),
	NUMBER("z 8", 0x7a, 1, strtol, 8),
	NUMBER("z 0", 0x7a, 1, strtoul, 0),
	NUMBER("z 16", 0x7a, 1, strtoul, 16),
	NUMBER("z 8", 0x7a, 1, strtoul, 8),
	NUMBER("- 0", 0x2d, 1, strtol, 0),
	NUMBER("- 16", 0x2d, 1, strtol, 16),
	NUMBER("- 8", 0x2d, 1, strtol, 8),
	NUMBER("- 0", 0x2d, 1, strtoul, 0),
	NUMBER("- 16", 0x2d, 1, strtoul, 16),
	NUMBER("- 8", 0x2d, 1, strtoul, 8),
	NUMBER("- 1 0", 0x31202d, 3, strtol, 0),
	NUMBER("- 1 16", 0x31202d, 3, strtol, 16),
	NUMBER("- 1 8", 0x31202d, 3, strtol, 8),
	NUMBER("- 1 0", 0x31202d, 3, strtoul, 0),
	NUMBER("- 1 16", 0x31202d, 3, strtoul, 16),
	NUMBER("- 1 8", 0x31202d, 3, strtoul, 8),
	NUMBER("+5 0", 0x352b, 2, strtol, 0),
	NUMBER("+5 16", 0x352b, 2, strtol, 16),
	NUMBER("+5 8", 0x352b, 2, strtol, 8),
	NUMBER("+5 0", 0x352b, 2, strtoul, 0),
	NUMBER("+5 16", 0x352b, 2, strtoul, 16),
	NUMBER("+5 8", 0x352b, 2, strtoul, 8),
	NUMBER("0x 0", 0x7830, 2, strtol, 0),
	NUMBER("0x 16", 0x7830, 2, strtol, 16),
	NUMBER("0x 8", 0x7830, 2, strtol, 8),
	NUMBER("0x 0", 0x7830, 2, strtoul, 0),
	NUMBER("0x 16", 0x7830, 2, strtoul, 16),
	NUMBER("0x 8", 0x7830, 2, strtoul, 8),
	NUMBER("0xg 0", 0x677830, 3, strtol, 0),
	NUMBER("0xg 16", 0x677830, 3, strtol, 16),
	NUMBER("0xg 8", 0x677830, 3, strtol, 8),
	NUMBER("0xg 0", 0x677830, 3, strtoul, 0),
	NUMBER("0xg 16", 0x677830, 3, strtoul, 16),
	NUMBER("0xg 8", 0x677830, 3, strtoul, 8),
	NUMBER("-0x8 0", 0x3878302d, 4, strtol, 0),
	NUMBER("-0x8 16", 0x3878302d, 4, strtol, 16),
	NUMBER("-0x8 8", 0x3878302d, 4, strtol, 8),
	NUMBER("-0x8 0", 0x3878302d, 4, strtoul, 0),
	NUMBER("-0x8 16", 0x3878302d, 4, strtoul, 16),
	NUMBER("-0x8 8", 0x3878302d, 4, strtoul, 8),
	NUMBER("08 0", 0x3830, 2, strtol, 0),
	NUMBER("08 16", 0x3830, 2, strtol, 16),
	NUMBER("08 8", 0x3830, 2, strtol, 8),
	NUMBER("08 0", 0x3830, 2, strtoul, 0),
	NUMBER("08 16", 0x3830, 2, strtoul, 16),
	NUMBER("08 8", 0x3830, 2, strtoul, 8),
	NUMBER("\t8 0", 0x3809, 2, strtol, 0),
	NUMBER("\t8 16", 0x3809, 2, strtol, 16),
	NUMBER("\t8 8", 0x3809, 2, strtol, 8),
	NUMBER("\t8 0", 0x3809, 2, strtoul, 0),
	NUMBER("\t8 16", 0x3809, 2, strtoul, 16),
	NUMBER("\t8 8", 0x3809, 2, strtoul, 8),
	NUMBER("base", 0x31, 1, strtol, 7),
	NUMBER("flags", 0x31, 1, strtol, 32),
	CSUM(4, 4, 0), CSUM(8, 4, 0), CSUM(4, 0, 0), CSUM(0, 4, 0), CSUM(0, 0, 77),
	CSUM(8, 4, -1), CSUM(4, 0, 0x12345678), CSUM(0, 4, -2), CSUM(3, 4, 0), CSUM(8, 4, 0xffff),
};

static u32 count_insns(const struct code *code)
{
	u32 n = ALV_COUNT(code->insns);

	while (n && !code->insns[n - 1].code)
		n--;
	return n;
}

/* What a verifier would say of these programs. */
static struct alv_insn_verdict *facts_of(const struct code *code, u32 n)
{
	struct alv_insn_verdict *facts = calloc(n, sizeof(*facts));

	for (u32 i = 0; i < n; i++) {
		bool loads = BPF_CLASS(code->insns[i].code) == BPF_LDX;
		u8 reg = loads ? code->insns[i].src_reg : code->insns[i].dst_reg;

		facts[i].seen = true;
		facts[i].pointer.base = reg == 1 || reg == 6 ? ALV_REG_CTX : ALV_REG_STACK;
	}
	return facts;
}

static int load_here(struct alv_host *host, const struct code *code)
{
	ALV_AUTO(program) struct alv_program *prog = NULL;
	struct alv_checked_function functions[ALV_MAX_SUBPROGS];
	struct alv_rewrite_request request = { .insns = code->insns,
					       .n_insns = count_insns(code),
					       .prog_type = code->type,
					       .functions = functions };
	struct alv_insn_verdict *facts = facts_of(code, request.n_insns);
	struct alv_rewritten rewritten;
	struct alv_task task;

	request.facts = facts;
	request.n_functions = functions_of(code->insns, request.n_insns, functions);
	assert_int_equal(alv_rewrite(&request, &rewritten), 0);
	free(rewritten.index);
	free(facts);
	assert_int_equal(alv_program_new(host, &prog), 0);
	prog->type = code->type;
	prog->code = rewritten.code;
	prog->shown = rewritten.shown;
	prog->n_code = rewritten.n_code;
	prog->engine = alv_interpret;
	prog->max_ctx_offset = code->insns[0].code == (BPF_LDX | BPF_MEM | BPF_DW) ? 16 : 0;
	assert_int_equal(alv_object_publish(&prog->obj), 0);
	alv_task_init_self(&task, host);
	return alv_task_install(&task, &prog->obj, ALV_MAY_BOTH);
}

static int kernel_bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr)) < 0 ? -errno : 0;
}

static int load_kernel(const struct code *code)
{
	static char log[4096];
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = code->type;
	attr.insns = (uintptr_t)code->insns;
	attr.insn_cnt = count_insns(code);
	attr.license = (uintptr_t) "GPL";
	attr.log_buf = (uintptr_t)log;
	attr.log_size = sizeof(log);
	attr.log_level = 1;
	attr.prog_flags = code->type == BPF_PROG_TYPE_SYSCALL ? BPF_F_SLEEPABLE : 0;
	return (int)syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

#define OUT_SIZE 9000

struct request {
	u32 size;
	u32 room; /* data_size_out */
	u32 flags;
	u32 cpu;
	u32 batch;
	u32 repeat;
	u32 ctx_in; /* bytes; 0: none */
	u32 ctx_out;
	u16 protocol; /* big-endian bytes at 12 */
	u8 first; /* byte of the packet */
};

static const struct request requests[] = {
	{ .size = 64, .room = OUT_SIZE },
	{ .size = 64, .room = OUT_SIZE, .protocol = 0x0800 },
	{ .size = 64, .room = OUT_SIZE, .protocol = 0x86dd, .first = 1 },
	{ .size = 30, .room = OUT_SIZE, .protocol = 0x0800 },
	{ .size = 34, .room = OUT_SIZE, .protocol = 0x0800, .first = 2 },
	{ .size = 50, .room = OUT_SIZE, .protocol = 0x86dd, .first = 255 },
	{ .size = 14, .room = OUT_SIZE },
	{ .size = 15, .room = OUT_SIZE },
	{ .size = 13, .room = OUT_SIZE },
	{ .size = 0 },
	{ .size = 3712, .room = OUT_SIZE },
	{ .size = 3713, .room = OUT_SIZE },
	{ .size = 9000, .room = OUT_SIZE },
	{ .size = 64, .room = 10 },
	{ .size = 64, .room = 0 },
	{ .size = 9000, .room = 100 },
	{ .size = 9000, .room = 6000 },
	{ .size = 64, .repeat = 3, .room = OUT_SIZE },
	{ .size = 64, .room = OUT_SIZE, .flags = 4, .protocol = 0x0800 },
	{ .size = 64, .flags = 1 },
	{ .size = 64, .flags = 16 },
	{ .size = 64, .batch = 1 },
	{ .size = 64, .cpu = 1, .room = OUT_SIZE },
	{ .size = 64, .room = OUT_SIZE, .ctx_out = 400 },
	{ .size = 64, .room = OUT_SIZE, .ctx_out = 8 },
	{ .size = 64, .room = OUT_SIZE, .ctx_in = 400, .ctx_out = 400 },
	{ .size = 64, .room = OUT_SIZE, .ctx_in = 8, .ctx_out = 400 },
	{ .size = 64, .room = OUT_SIZE, .ctx_in = 24, .ctx_out = 400 },
	{ .size = 64, .room = OUT_SIZE, .ctx_in = 192, .ctx_out = 192 },
	{ .size = 64, .room = OUT_SIZE, .ctx_in = 5000 },
};

struct answer {
	int result;
	u32 retval;
	u32 size;
	u32 ctx_size;
	u8 data[OUT_SIZE];
	u8 ctx[400];
};

typedef int call_fn(void *host, union bpf_attr *attr);

static int call_here(void *host, union bpf_attr *attr)
{
	return alv_bpf(host, BPF_PROG_TEST_RUN, attr, sizeof(*attr));
}

static int call_kernel(void *host, union bpf_attr *attr)
{
	return kernel_bpf(BPF_PROG_TEST_RUN, attr);
}

/* The packet and the context of a request; `ctx_set` is written over the context. */
static void ask(call_fn *call, void *host, int fd, const struct request *request,
		const void *ctx_set, u32 ctx_set_size, struct answer *answer)
{
	static u8 packet[OUT_SIZE], ctx[8192];
	union bpf_attr attr;

	memset(answer, 0, sizeof(*answer));
	for (u32 i = 0; i < sizeof(packet); i++)
		packet[i] = i < 12 ? request->first : (u8)(i * 7);
	packet[12] = (u8)(request->protocol >> 8);
	packet[13] = (u8)request->protocol;
	memset(ctx, 0, sizeof(ctx));
	if (ctx_set)
		memcpy(ctx, ctx_set, ctx_set_size);
	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (u32)fd;
	attr.test.data_in = (uintptr_t)packet;
	attr.test.data_size_in = request->size;
	attr.test.data_out = (uintptr_t)answer->data;
	attr.test.data_size_out = request->room;
	attr.test.repeat = request->repeat;
	attr.test.flags = request->flags;
	attr.test.cpu = request->cpu;
	attr.test.batch_size = request->batch;
	attr.test.ctx_size_in = request->ctx_in;
	attr.test.ctx_in = request->ctx_in ? (uintptr_t)ctx : 0;
	attr.test.ctx_size_out = request->ctx_out;
	attr.test.ctx_out = request->ctx_out ? (uintptr_t)answer->ctx : 0;
	answer->result = call(host, &attr);
	answer->retval = attr.test.retval;
	answer->size = attr.test.data_size_out;
	answer->ctx_size = attr.test.ctx_size_out;
}

static bool differs(const char *name, const char *what, size_t i, const struct answer *here,
		    const struct answer *kernel)
{
	if (!memcmp(here, kernel, sizeof(*here)))
		return false;
	print_message("%s, %s %zu: result %d retval %d size %u ctx %u; the kernel's %d %d %u %u%s%s\n",
		      name, what, i, here->result, (int)here->retval, here->size, here->ctx_size,
		      kernel->result, (int)kernel->retval, kernel->size, kernel->ctx_size,
		      memcmp(here->data, kernel->data, OUT_SIZE) ? " (packet)" : "",
		      memcmp(here->ctx, kernel->ctx, sizeof(here->ctx)) ? " (context)" : "");
	return true;
}

/* Every word of the context set to one and to other values, one at a time. */
static u32 compare_contexts(struct alv_host *host, const char *name, int here_fd, int kernel_fd)
{
	static const u32 values[] = { 1, 4, 0x10000, 50, 64, 70000 };
	static struct answer here, kernel;
	u32 failures = 0;

	for (u32 at = 0; at < 192; at += 4) {
		for (u32 v = 0; v < ALV_COUNT(values); v++) {
			struct request request = {
				.size = 64, .room = OUT_SIZE, .ctx_in = 192, .ctx_out = 192
			};
			u32 ctx[48] = { 0 };

			/* The machine may have more devices than the one that hosts have. */
			if (at == SKB(ifindex) && values[v] > 1)
				continue;
			ctx[at / 4] = values[v];
			ask(call_here, host, here_fd, &request, ctx, sizeof(ctx), &here);
			ask(call_kernel, NULL, kernel_fd, &request, ctx, sizeof(ctx), &kernel);
			failures += differs(name, "context word", at, &here, &kernel);
		}
	}
	return failures;
}

static u32 compare_xdp_contexts(struct alv_host *host, const char *name, int here_fd,
				int kernel_fd)
{
	static const struct xdp_md contexts[] = {
		{ .data_end = 64 }, { .data_end = 40 }, { .data = 4, .data_end = 64 },
		{ .data = 36, .data_end = 64 }, { .data = 5, .data_end = 64 },
		{ .data = 52, .data_end = 64 }, { .data = 48, .data_end = 60 },
		{ .data_end = 65 }, { .data = 4, .data_end = 64, .data_meta = 4 },
		{ .data_end = 64, .ingress_ifindex = 1 }, { .data_end = 64, .rx_queue_index = 1 },
		{ .data_end = 64, .ingress_ifindex = 1, .rx_queue_index = 1 },
		{ .data_end = 64, .ingress_ifindex = 9999 },
		{ .data_end = 64, .egress_ifindex = 1 }, { .data = 60, .data_end = 50 },
	};
	static struct answer here, kernel;
	u32 failures = 0;

	for (u32 i = 0; i < ALV_COUNT(contexts); i++) {
		struct request request = {
			.size = 64, .room = OUT_SIZE, .ctx_in = sizeof(struct xdp_md),
			.ctx_out = sizeof(struct xdp_md)
		};

		ask(call_here, host, here_fd, &request, &contexts[i], sizeof(contexts[i]), &here);
		ask(call_kernel, NULL, kernel_fd, &request, &contexts[i], sizeof(contexts[i]),
		    &kernel);
		failures += differs(name, "context", i, &here, &kernel);
	}
	return failures;
}

static u32 compare(struct alv_host *host, const struct code *code, size_t n_requests)
{
	static struct answer here, kernel;
	ALV_AUTO(fd) int here_fd = load_here(host, code);
	ALV_AUTO(fd) int kernel_fd = load_kernel(code);
	u32 failures = 0;

	assert_true(here_fd >= 0);
	if (kernel_fd < 0) {
		print_message("%s: the kernel does not load it\n", code->name);
		return 1;
	}
	for (size_t i = 0; i < n_requests; i++) {
		ask(call_here, host, here_fd, &requests[i], NULL, 0, &here);
		ask(call_kernel, NULL, kernel_fd, &requests[i], NULL, 0, &kernel);
		failures += differs(code->name, "request", i, &here, &kernel);
	}
	if (n_requests == 1)
		return failures;
	return failures + (code->type == BPF_PROG_TYPE_XDP ?
				   compare_xdp_contexts(host, code->name, here_fd, kernel_fd) :
				   compare_contexts(host, code->name, here_fd, kernel_fd));
}

static void test_same_answers(void **state)
{
	struct alv_host *host = *state;
	ALV_AUTO(fd) int probe = load_kernel(&codes[0]);
	u32 failures = 0;

	if (probe < 0)
		skip();
	for (size_t i = 0; i < ALV_COUNT(codes); i++)
		failures += compare(host, &codes[i], ALV_COUNT(requests));
	for (size_t i = 0; i < ALV_COUNT(pure_codes); i++)
		failures += compare(host, &pure_codes[i], 1);
	assert_int_equal(failures, 0);
}

/* Requests to programs whose context is bytes. */
static const struct raw_request {
	u32 size;
	u32 flags;
	u32 cpu;
	u32 repeat;
	u32 duration;
	u32 batch;
	bool data_out;
	bool ctx_out;
	bool bad_ctx;
} raw_requests[] = {
	{ .size = 16 },
	{ .size = 0 },
	{ .size = 8 },
	{ .size = 96 },
	{ .size = 97 },
	{ .size = 4000 },
	{ .size = 65535 },
	{ .size = 65536 },
	{ .size = 16, .flags = 1 },
	{ .size = 16, .flags = 2 },
	{ .size = 16, .flags = 1, .cpu = 1 },
	{ .size = 16, .cpu = 1 },
	{ .size = 16, .flags = 1, .cpu = 100000 },
	{ .size = 16, .flags = 1, .cpu = 0xffffffff },
	{ .size = 16, .repeat = 1 },
	{ .size = 16, .duration = 1 },
	{ .size = 16, .batch = 1 },
	{ .size = 16, .data_out = true },
	{ .size = 16, .ctx_out = true },
	{ .size = 16, .bad_ctx = true },
};

/* The second word of the context; syscall programs leave a mark in it. */
static const struct code raw_codes[] = {
	{ "raw tracepoint", BPF_PROG_TYPE_RAW_TRACEPOINT, { LOAD(DW, 0, 1, 8), EXIT() } },
	{ "syscall", BPF_PROG_TYPE_SYSCALL,
	  { LOAD(DW, 0, 1, 8), INSN(BPF_ST | BPF_MEM | BPF_W, 1, 0, 12, 55), EXIT() } },
	{ "syscall without context", BPF_PROG_TYPE_SYSCALL, { MOV_IMM(0, -3), EXIT() } },
};

static void ask_raw(call_fn *call, void *host, int fd, const struct raw_request *request,
		    struct answer *answer)
{
	static u8 ctx[70000];
	union bpf_attr attr;

	memset(answer, 0, sizeof(*answer));
	memset(&attr, 0, sizeof(attr));
	for (u32 i = 0; i < sizeof(ctx); i++)
		ctx[i] = (u8)i;
	attr.test.prog_fd = (u32)fd;
	attr.test.ctx_size_in = request->size;
	attr.test.ctx_in = !request->size ? 0 : request->bad_ctx ? 8 : (uintptr_t)ctx;
	attr.test.flags = request->flags;
	attr.test.cpu = request->cpu;
	attr.test.repeat = request->repeat;
	attr.test.duration = request->duration;
	attr.test.batch_size = request->batch;
	attr.test.data_out = request->data_out ? (uintptr_t)answer->data : 0;
	attr.test.ctx_out = request->ctx_out ? (uintptr_t)answer->ctx : 0;
	attr.test.ctx_size_out = request->ctx_out ? sizeof(answer->ctx) : 0;
	answer->result = call(host, &attr);
	answer->retval = attr.test.retval;
	memcpy(answer->data, ctx, OUT_SIZE);
}

static void test_raw_contexts(void **state)
{
	static struct answer here, kernel;
	struct alv_host *host = *state;
	u32 failures = 0;

	for (size_t i = 0; i < ALV_COUNT(raw_codes); i++) {
		ALV_AUTO(fd) int here_fd = load_here(host, &raw_codes[i]);
		ALV_AUTO(fd) int kernel_fd = load_kernel(&raw_codes[i]);

		if (kernel_fd < 0)
			skip();
		for (size_t r = 0; r < ALV_COUNT(raw_requests); r++) {
			ask_raw(call_here, host, here_fd, &raw_requests[r], &here);
			ask_raw(call_kernel, NULL, kernel_fd, &raw_requests[r], &kernel);
			failures += differs(raw_codes[i].name, "request", r, &here, &kernel);
		}
	}
	assert_int_equal(failures, 0);
}

static void test_bad_requests(void **state)
{
	struct alv_host *host = *state;
	ALV_AUTO(fd) int fd = load_here(host, &codes[0]);
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (u32)fd;
	attr.test.ctx_size_in = 4;
	assert_int_equal(call_here(host, &attr), -EINVAL);
	attr.test.ctx_size_in = 0;
	attr.test.data_size_in = 64;
	assert_int_equal(call_here(host, &attr), -EFAULT);
	attr.test.prog_fd = 10000;
	assert_int_equal(call_here(host, &attr), -EBADF);
}

static int make_host(void **state)
{
	struct alv_host_config config = { .size = sizeof(config), .cpus = 2 };

	return alv_host_new(&config, (struct alv_host **)state);
}

static int free_host(void **state)
{
	alv_host_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_answers),
		cmocka_unit_test(test_raw_contexts),
		cmocka_unit_test(test_bad_requests),
	};

	return cmocka_run_group_tests(tests, make_host, free_host);
}
