/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/dump.h"

#include <string.h>

#include "engine/interpreter.h"
#include "isa/insn.h"

/* A constant that is the address of a map or of its first value becomes the map's id. */
static void name_map(struct bpf_insn *insn, struct alv_map *map, u64 address)
{
	u32 first = 0;
	u64 value = 0;

	if (address == (u64)(uintptr_t)map) {
		insn[0].src_reg = BPF_PSEUDO_MAP_FD;
		insn[0].imm = (s32)map->obj.id;
		insn[1].imm = 0;
		return;
	}
	if (map->type == BPF_MAP_TYPE_ARRAY)
		value = (u64)(uintptr_t)map->ops->find(map, &first, 0);
	if (!value || address < value || address - value >= map->value_size)
		return;
	insn[0].src_reg = BPF_PSEUDO_MAP_VALUE;
	insn[0].imm = (s32)map->obj.id;
	insn[1].imm = (s32)(address - value);
}

static void name_constant(struct alv_program *prog, struct bpf_insn *insn)
{
	u64 value = (u32)insn[0].imm | (u64)(u32)insn[1].imm << 32;

	if (alv_insn_is_func_load(insn)) {
		insn[0].imm = insn[1].imm = 0;
		return;
	}
	pthread_mutex_lock(&prog->lock);
	for (u32 i = 0; i < prog->n_maps && !insn->src_reg; i++)
		name_map(insn, prog->maps[i], value);
	pthread_mutex_unlock(&prog->lock);
}

static void name_load(struct bpf_insn *insn)
{
	u8 mode = BPF_MODE(insn->code);

	if (mode == ALV_BPF_PROBE_MEM)
		insn->code = BPF_LDX | BPF_MEM | BPF_SIZE(insn->code);
	else if (mode == ALV_BPF_PROBE_MEMSX)
		insn->code = BPF_LDX | ALV_BPF_MEMSX | BPF_SIZE(insn->code);
}

void alv_program_dump(struct alv_program *prog, struct bpf_insn *ret_code)
{
	memcpy(ret_code, prog->code, prog->n_code * sizeof(*ret_code));
	for (u32 i = 0; i < prog->n_code; i += alv_insn_length(&ret_code[i])) {
		struct bpf_insn *insn = &ret_code[i];

		if (alv_insn_is_ldimm64(insn))
			name_constant(prog, insn);
		else if (insn->code == ALV_BPF_TAIL_CALL)
			*insn = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
						   .imm = BPF_FUNC_tail_call };
		else if (alv_insn_is_subprog_call(insn))
			insn->off = (s16)insn->imm; /* where tools look for it */
		else if (BPF_CLASS(insn->code) == BPF_LDX)
			name_load(insn);
	}
}
