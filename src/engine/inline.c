/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/inline.h"

#include <errno.h>

#include "engine/interpreter.h"
#include "helper/call.h"
#include "helper/helper.h"
#include "isa/insn.h"

/* Where a 6.18 kernel has them: bytes of an array before its values, of an element
 * before its key, of an LRU element before the byte that says it was used. */
#define ARRAY_VALUES 312
#define ELEMENT_KEY  48
#define LRU_USED     35
#define LOOPS_MAX    (8u << 20)

#define R0 BPF_REG_0
#define R1 BPF_REG_1
#define R2 BPF_REG_2

#define MOV_X(dst, src)          ALV_INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define MOV_K(dst, imm)          ALV_INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define MOV32_K(dst, imm)        ALV_INSN(BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define ADD_K(dst, imm)          ALV_INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm)
#define LOAD(size, dst, src, at) ALV_INSN(BPF_LDX | BPF_MEM | (size), dst, src, at, 0)
#define GOTO(over)               ALV_INSN(BPF_JMP | BPF_JA, 0, 0, over, 0)
#define IF_K(op, reg, imm, over) ALV_INSN(BPF_JMP | (op) | BPF_K, reg, 0, over, imm)
#define CALL(id)                 ALV_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
/* A per-CPU address becomes this CPU's. */
#define THIS_CPU(dst)            ALV_INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, dst, -1, 0)

#define SHOWN_MAX 16

struct shown {
	struct bpf_insn insns[SHOWN_MAX];
	u32 n;
};

static void show(struct shown *shown, struct bpf_insn insn)
{
	shown->insns[shown->n++] = insn;
}

/* R0 = index; behind the jump R0 = the address of the value, or of what stands for it. */
static void show_index(struct shown *shown, const struct alv_checked_map *map, u32 stride,
		       s16 over)
{
	bool power = !(stride & (stride - 1));

	show(shown, ADD_K(R1, ARRAY_VALUES));
	show(shown, LOAD(BPF_W, R0, R2, 0));
	show(shown, IF_K(BPF_JGE, R0, (s32)map->max_entries, over));
	if (power)
		show(shown, ALV_INSN(BPF_ALU64 | BPF_LSH | BPF_K, R0, 0, 0,
				     __builtin_ctz(stride)));
	else
		show(shown, ALV_INSN(BPF_ALU64 | BPF_MUL | BPF_K, R0, 0, 0, (s32)stride));
	show(shown, ALV_INSN(BPF_ALU64 | BPF_ADD | BPF_X, R0, R1, 0, 0));
}

static void show_array(struct shown *shown, const struct alv_checked_map *map)
{
	show_index(shown, map, (u32)alv_round_up(map->value_size, 8), 3);
	show(shown, GOTO(1));
	show(shown, MOV_K(R0, 0));
}

static void show_percpu_array(struct shown *shown, const struct alv_checked_map *map)
{
	show_index(shown, map, sizeof(u64), 5);
	show(shown, LOAD(BPF_DW, R0, R0, 0));
	show(shown, THIS_CPU(R0));
	show(shown, GOTO(1));
	show(shown, MOV_K(R0, 0));
}

static void show_array_of_maps(struct shown *shown, const struct alv_checked_map *map)
{
	show_index(shown, map, sizeof(u64), 5);
	show(shown, LOAD(BPF_DW, R0, R0, 0));
	show(shown, IF_K(BPF_JEQ, R0, 0, 1));
	show(shown, GOTO(1));
	show(shown, MOV_K(R0, 0));
}

static s32 value_offset(const struct alv_checked_map *map)
{
	return ELEMENT_KEY + (s32)alv_round_up(map->key_size, 8);
}

static void show_find(struct shown *shown, s16 over)
{
	show(shown, CALL(BPF_FUNC_map_lookup_elem));
	show(shown, IF_K(BPF_JEQ, R0, 0, over));
}

static void show_hash(struct shown *shown, const struct alv_checked_map *map)
{
	show_find(shown, 1);
	show(shown, ADD_K(R0, value_offset(map)));
}

static void show_lru_hash(struct shown *shown, const struct alv_checked_map *map)
{
	show_find(shown, 4);
	show(shown, LOAD(BPF_B, R1, R0, LRU_USED));
	show(shown, IF_K(BPF_JNE, R1, 0, 1));
	show(shown, ALV_INSN(BPF_ST | BPF_MEM | BPF_B, R0, 0, LRU_USED, 1));
	show(shown, ADD_K(R0, value_offset(map)));
}

static void show_percpu_hash(struct shown *shown, const struct alv_checked_map *map)
{
	show_find(shown, 3);
	show(shown, ADD_K(R0, value_offset(map)));
	show(shown, LOAD(BPF_DW, R0, R0, 0));
	show(shown, THIS_CPU(R0));
}

static void show_hash_of_maps(struct shown *shown, const struct alv_checked_map *map)
{
	show_find(shown, 2);
	show(shown, ADD_K(R0, value_offset(map)));
	show(shown, LOAD(BPF_DW, R0, R0, 0));
}

/* Lookups that are inlined, by the map's type; those of the others are calls. */
static const struct {
	void (*show)(struct shown *shown, const struct alv_checked_map *map);
	bool sized; /* the number of elements is part of it: not if it may differ */
} lookups[] = {
	[BPF_MAP_TYPE_ARRAY] = { show_array, true },
	[BPF_MAP_TYPE_PERCPU_ARRAY] = { show_percpu_array, true },
	[BPF_MAP_TYPE_ARRAY_OF_MAPS] = { show_array_of_maps, true },
	[BPF_MAP_TYPE_HASH] = { show_hash, false },
	[BPF_MAP_TYPE_LRU_HASH] = { show_lru_hash, false },
	[BPF_MAP_TYPE_PERCPU_HASH] = { show_percpu_hash, false },
	[BPF_MAP_TYPE_HASH_OF_MAPS] = { show_hash_of_maps, false },
};

static bool show_lookup(struct shown *shown, const struct alv_inline_request *request)
{
	const struct alv_checked_map *map = request->fact->call_map;

	if (!map || map->type >= ALV_COUNT(lookups) || !lookups[map->type].show)
		return false;
	if (lookups[map->type].sized && (map->flags & BPF_F_INNER_MAP))
		return false;
	lookups[map->type].show(shown, map);
	return true;
}

/* The address is the kernel's own: none is shown. */
static bool show_cpu(struct shown *shown, const struct alv_inline_request *request)
{
	show(shown, MOV_K(R0, 0));
	show(shown, THIS_CPU(R0));
	show(shown, LOAD(BPF_W, R0, R0, 0));
	return true;
}

static bool show_jiffies(struct shown *shown, const struct alv_inline_request *request)
{
	show(shown, ALV_INSN(BPF_LD | BPF_IMM | BPF_DW, R0, 0, 0, 0));
	show(shown, ALV_INSN(0, 0, 0, 0, 0));
	show(shown, LOAD(BPF_DW, R0, R0, 0));
	return true;
}

static bool show_exchange(struct shown *shown, const struct alv_inline_request *request)
{
	show(shown, MOV_X(R0, R2));
	show(shown, ALV_INSN(BPF_STX | BPF_ATOMIC | BPF_DW, R1, R0, 0, BPF_XCHG));
	return true;
}

/* Helpers that the kernel inlines; false: not this time. */
static const struct {
	u32 id;
	bool (*show)(struct shown *shown, const struct alv_inline_request *request);
} inlined[] = {
	{ BPF_FUNC_map_lookup_elem, show_lookup },
	{ BPF_FUNC_get_smp_processor_id, show_cpu },
	{ BPF_FUNC_jiffies64, show_jiffies },
	{ BPF_FUNC_kptr_xchg, show_exchange },
};

static bool show_inlined(struct shown *shown, const struct alv_inline_request *request)
{
	for (size_t i = 0; i < ALV_COUNT(inlined); i++)
		if (inlined[i].id == (u32)request->insn->imm)
			return inlined[i].show(shown, request);
	return false;
}

/* A call is shown by the helper's id, by which tools know its name. */
void alv_emit_helper(struct alv_emitter *to, const struct alv_inline_request *request)
{
	alv_helper_fn *function =
		alv_helper_call(request->prog_type, (u32)request->insn->imm);
	struct bpf_insn code = CALL(function ? alv_helper_distance(function) : 0);
	struct shown shown = { .n = 0 };

	if (request->insn->imm == BPF_FUNC_tail_call)
		code = ALV_INSN(ALV_BPF_TAIL_CALL, 0, 0, 0, 0);
	else if (show_inlined(&shown, request))
		return alv_emit_instead(to, shown.insns, shown.n, code);
	alv_emit_as(to, *request->insn, code);
}

static struct bpf_insn keep(u8 reg, s16 at)
{
	return ALV_INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, reg, at, 0);
}

void alv_emit_loop(struct alv_emitter *to, u32 callback, s16 base)
{
	const u8 end = BPF_REG_6, turn = BPF_REG_7, data = BPF_REG_8;

	alv_emit(to, IF_K(BPF_JLE, R1, LOOPS_MAX, 2));
	alv_emit(to, MOV32_K(R0, -E2BIG));
	alv_emit(to, GOTO(16));
	for (u8 i = 0; i < 3; i++)
		alv_emit(to, keep(end + i, base + 8 * i));
	alv_emit(to, MOV_X(end, R1));
	alv_emit(to, MOV32_K(turn, 0));
	alv_emit(to, MOV_X(data, BPF_REG_3));
	alv_emit(to, ALV_INSN(BPF_JMP | BPF_JGE | BPF_X, turn, end, 5, 0));
	alv_emit(to, MOV_X(R1, turn));
	alv_emit(to, MOV_X(R2, data));
	alv_emit_jump(to, ALV_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0), callback);
	alv_emit(to, ADD_K(turn, 1));
	alv_emit(to, IF_K(BPF_JEQ, R0, 0, -6));
	alv_emit(to, MOV_X(R0, turn));
	for (u8 i = 0; i < 3; i++)
		alv_emit(to, LOAD(BPF_DW, end + i, BPF_REG_10, base + 8 * i));
}
