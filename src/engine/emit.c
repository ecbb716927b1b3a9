/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/emit.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "isa/insn.h"

void alv_emitter_fini(struct alv_emitter *to)
{
	free(to->shown);
	free(to->code);
	free(to->targets);
}

static bool resize(void *pointer, u32 room, size_t size)
{
	void **array = pointer, *larger = realloc(*array, room * size);

	if (larger)
		*array = larger;
	return larger;
}

static bool has_room(struct alv_emitter *to)
{
	u32 room = to->room ? 2 * to->room : 64;

	if (to->failed || to->n < to->room)
		return !to->failed;
	to->failed = !resize(&to->shown, room, sizeof(*to->shown)) ||
		     !resize(&to->code, room, sizeof(*to->code)) ||
		     !resize(&to->targets, room, sizeof(*to->targets));
	if (!to->failed)
		to->room = room;
	return !to->failed;
}

void alv_emit_as(struct alv_emitter *to, struct bpf_insn shown, struct bpf_insn code)
{
	if (!has_room(to))
		return;
	to->shown[to->n] = shown;
	to->code[to->n] = code;
	to->targets[to->n++] = ALV_NO_TARGET;
}

void alv_emit(struct alv_emitter *to, struct bpf_insn insn)
{
	alv_emit_as(to, insn, insn);
}

void alv_emit_jump(struct alv_emitter *to, struct bpf_insn insn, u32 target)
{
	alv_emit(to, insn);
	if (!to->failed)
		to->targets[to->n - 1] = target;
}

void alv_emit_instead(struct alv_emitter *to, const struct bpf_insn *shown, u32 n,
		      struct bpf_insn code)
{
	alv_emit_as(to, shown[0], code);
	if (n > 1)
		alv_emit_as(to, shown[1], ALV_INSN(BPF_JMP | BPF_JA, 0, 0, (s16)(n - 2), 0));
	for (u32 i = 2; i < n; i++)
		alv_emit(to, shown[i]);
}

/* Tools read a call's distance in `off`, and in `imm` which function it is. */
static void link_call(struct alv_emitter *to, u32 at, s32 distance, u32 subprog)
{
	to->code[at].imm = distance;
	to->shown[at].off = (s16)distance;
	to->shown[at].imm = (s32)subprog;
}

static void link_address(struct alv_emitter *to, u32 at, u32 target, u32 subprog)
{
	u64 address = (u64)(uintptr_t)&to->code[target];

	to->code[at].imm = (s32)address;
	to->code[at + 1].imm = (s32)(address >> 32);
	to->shown[at].imm = (s32)(target - at - 1);
	to->shown[at + 1].imm = (s32)subprog;
}

int alv_emit_link(struct alv_emitter *to, u32 at, u32 to_insn, u32 subprog)
{
	const struct bpf_insn *insn = &to->code[at];
	s64 distance = (s64)to_insn - at - 1;

	if (alv_insn_is_func_load(insn)) {
		link_address(to, at, to_insn, subprog);
	} else if (alv_insn_is_call(insn)) {
		link_call(to, at, (s32)distance, subprog);
	} else if (insn->code == (BPF_JMP32 | BPF_JA)) {
		to->code[at].imm = to->shown[at].imm = (s32)distance;
	} else {
		if (distance < INT16_MIN || distance > INT16_MAX)
			return -E2BIG;
		to->code[at].off = to->shown[at].off = (s16)distance;
	}
	return 0;
}
