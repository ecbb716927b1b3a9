/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs of programs cost, in nanoseconds a run of a thousand turns, one line a
 * program: "name: figure". Plain (as root) it measures the kernel's native code; built
 * with EMBEDDED, a host of its own. bench/ratios compares.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caller.h"

#define TURNS     1000
#define REPEAT    2000
#define ROUNDS    5
#define BODY_MAX  24
#define INSNS_MAX (BODY_MAX + 32)

#define INSN(op, dst, src, offset, immediate)                                      \
	{ .code = (op), .dst_reg = (dst), .src_reg = (src), .off = (offset),       \
	  .imm = (immediate) }
#define ALU_X(op, dst, src) INSN(BPF_ALU64 | BPF_##op | BPF_X, dst, src, 0, 0)
#define ALU_K(op, dst, imm) INSN(BPF_ALU64 | BPF_##op | BPF_K, dst, 0, 0, imm)
#define MAP(dst)                                                                   \
	INSN(BPF_LD | BPF_IMM | BPF_DW, dst, BPF_PSEUDO_MAP_FD, 0, 0), { 0 }
#define CALL(id)            INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##id)
#define KEY_ON_STACK                                                               \
	INSN(BPF_STX | BPF_MEM | BPF_DW, 10, 6, -8, 0), ALU_X(MOV, 2, 10),         \
		ALU_K(ADD, 2, -8)
#define EXIT                INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* One turn; R6 counts them down, R7 is for results. */
static const struct program {
	const char *name;
	uint32_t map_type; /* of 1024 values of 8 bytes; 0: none */
	struct bpf_insn body[BODY_MAX];
	struct bpf_insn function[4]; /* behind the program */
} programs[] = {
	{ "an empty loop", 0, { { 0 } }, { { 0 } } },
	{ "eleven steps of arithmetic", 0,
	  { ALU_X(MOV, 1, 7), ALU_K(LSH, 1, 13), ALU_X(XOR, 7, 1), ALU_X(MOV, 1, 7),
	    ALU_K(RSH, 1, 7), ALU_X(XOR, 7, 1), ALU_X(MOV, 1, 7), ALU_K(LSH, 1, 17),
	    ALU_X(XOR, 7, 1), ALU_X(ADD, 7, 6), ALU_K(MUL, 7, 31) }, { { 0 } } },
	{ "four stores and loads of the stack", 0,
	  { INSN(BPF_STX | BPF_MEM | BPF_DW, 10, 6, -8, 0),
	    INSN(BPF_STX | BPF_MEM | BPF_W, 10, 7, -16, 0),
	    INSN(BPF_LDX | BPF_MEM | BPF_DW, 1, 10, -8, 0),
	    INSN(BPF_LDX | BPF_MEM | BPF_W, 2, 10, -16, 0), ALU_X(ADD, 7, 1),
	    ALU_X(ADD, 7, 2) },
	  { { 0 } } },
	{ "a call of a function", 0,
	  { ALU_X(MOV, 1, 6), INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0),
	    ALU_X(ADD, 7, 0) },
	  { ALU_X(MOV, 0, 1), ALU_K(ADD, 0, 3), EXIT } },
	{ "a call of a helper", 0, { CALL(get_prandom_u32), ALU_X(ADD, 7, 0) },
	  { { 0 } } },
	{ "a lookup in an array", BPF_MAP_TYPE_ARRAY,
	  { KEY_ON_STACK, MAP(1), CALL(map_lookup_elem),
	    INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 0),
	    INSN(BPF_LDX | BPF_MEM | BPF_DW, 1, 0, 0, 0), ALU_X(ADD, 7, 1) }, { { 0 } } },
	{ "a lookup in a hash table", BPF_MAP_TYPE_HASH,
	  { KEY_ON_STACK, MAP(1), CALL(map_lookup_elem),
	    INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 0),
	    INSN(BPF_LDX | BPF_MEM | BPF_DW, 1, 0, 0, 0), ALU_X(ADD, 7, 1) }, { { 0 } } },
	{ "an atomic addition to an array", BPF_MAP_TYPE_ARRAY,
	  { KEY_ON_STACK, MAP(1), CALL(map_lookup_elem),
	    INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1, 0),
	    INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 0, 6, 0, BPF_ADD) }, { { 0 } } },
};

static int map_new(uint32_t type)
{
	union bpf_attr attr = { .map_type = type,
				.key_size = type == BPF_MAP_TYPE_HASH ? 8 : 4,
				.value_size = 8,
				.max_entries = 1024 };
	long fd = bpf(BPF_MAP_CREATE, &attr, sizeof(attr));

	for (uint64_t key = 1; fd >= 0 && key < 1000; key++) {
		union bpf_attr update = { .map_fd = (uint32_t)fd,
					  .key = (uintptr_t)&key,
					  .value = (uintptr_t)&key };

		bpf(BPF_MAP_UPDATE_ELEM, &update, sizeof(update));
	}
	return (int)fd;
}

static void append(struct bpf_insn *insns, uint32_t *n, struct bpf_insn insn)
{
	insns[(*n)++] = insn;
}

/* Behind the second half of a constant there is more. */
static uint32_t body_size(const struct program *program)
{
	uint32_t n = BODY_MAX;

	while (n && !program->body[n - 1].code)
		n--;
	return n;
}

/* One turn of the loop; answers where it calls the function, or 0. */
static uint32_t append_body(const struct program *program, int map, struct bpf_insn *insns,
			    uint32_t *n)
{
	uint32_t call = 0, size = body_size(program);

	for (uint32_t i = 0; i < size; i++) {
		struct bpf_insn insn = program->body[i];

		if (insn.code == (BPF_LD | BPF_IMM | BPF_DW))
			insn.imm = map;
		if (insn.code == (BPF_JMP | BPF_CALL) && insn.src_reg == BPF_PSEUDO_CALL)
			call = *n;
		append(insns, n, insn);
	}
	return call;
}

/* All of the program; answers how many instructions it has. */
static uint32_t assemble(const struct program *program, int map, struct bpf_insn *insns)
{
	static const struct bpf_insn start[] = { ALU_K(MOV, 6, TURNS), ALU_K(MOV, 7, 1) };
	static const struct bpf_insn end[] = { ALU_K(MOV, 0, 0), EXIT };
	uint32_t n = 0, body, call;

	for (size_t i = 0; i < 2; i++)
		append(insns, &n, start[i]);
	body = n;
	call = append_body(program, map, insns, &n);
	append(insns, &n, (struct bpf_insn)ALU_K(SUB, 6, 1));
	append(insns, &n,
	       (struct bpf_insn)INSN(BPF_JMP | BPF_JNE | BPF_K, 6, 0,
				     (int16_t)((int)body - (int)n - 1), 0));
	for (size_t i = 0; i < 2; i++)
		append(insns, &n, end[i]);
	if (call)
		insns[call].imm = (int)(n - call - 1);
	for (size_t i = 0; program->function[i].code; i++)
		append(insns, &n, program->function[i]);
	return n;
}

static int load(const struct program *program)
{
	struct bpf_insn insns[INSNS_MAX];
	int map = program->map_type ? map_new(program->map_type) : -1;
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_XDP,
				.insns = (uintptr_t)insns,
				.license = (uintptr_t)"GPL" };
	int fd;

	attr.insn_cnt = assemble(program, map, insns);
	fd = (int)bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	close(map);
	return fd;
}

static uint32_t run(int fd)
{
	uint8_t packet[64] = { 0 };
	uint32_t best = UINT32_MAX;

	for (int round = 0; round < ROUNDS; round++) {
		union bpf_attr attr = { .test = { .prog_fd = (uint32_t)fd,
						  .data_size_in = sizeof(packet),
						  .data_in = (uintptr_t)packet,
						  .repeat = REPEAT } };

		if (!bpf(BPF_PROG_TEST_RUN, &attr, sizeof(attr)) &&
		    attr.test.duration < best)
			best = attr.test.duration;
	}
	return best;
}

int main(void)
{
	if (bench_begin())
		return 1;
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		int fd = load(&programs[i]);

		if (fd < 0) {
			fprintf(stderr, "%s: %s\n", programs[i].name, strerror(errno));
			continue;
		}
		printf("%s: %u\n", programs[i].name, run(fd));
		close(fd);
	}
	return 0;
}
