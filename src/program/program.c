/* SPDX-License-Identifier: BSD-2-Clause */
#include "program/program.h"

#include <errno.h>
#include <stdlib.h>

struct program {
	struct alv_object obj;
};

static void program_free(struct alv_object *obj)
{
	free(alv_container(obj, struct program, obj));
}

static const struct alv_object_ops program_ops = {
	.kind = ALV_KIND_PROG,
	.name = "bpf-prog",
	.free = program_free,
};

bool alv_program_is_trivial(const struct bpf_insn insns[ALV_TRIVIAL_INSNS])
{
	const struct bpf_insn *set = &insns[0], *end = &insns[1];

	if (set->code != (BPF_ALU64 | BPF_MOV | BPF_K) || set->dst_reg != BPF_REG_0 ||
	    set->src_reg || set->off)
		return false;
	return end->code == (BPF_JMP | BPF_EXIT) && !end->dst_reg && !end->src_reg &&
	       !end->off && !end->imm;
}

int alv_program_new(struct alv_host *host, struct alv_object **ret_obj)
{
	struct program *program = calloc(1, sizeof(*program));
	int err;

	if (!program)
		return -ENOMEM;
	err = alv_object_init(&program->obj, host, &program_ops, 0);
	if (err) {
		free(program);
		return err;
	}
	*ret_obj = &program->obj;
	return 0;
}
