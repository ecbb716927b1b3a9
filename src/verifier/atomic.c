/* SPDX-License-Identifier: BSD-2-Clause */
/* Atomic operations: a load and a store of the same bytes. */
#include "verifier/print.h"

static bool takes_atomics(const struct alv_reg *reg)
{
	return !alv_reg_is(reg, ALV_REG_CTX) && !alv_reg_is_packet(reg) &&
	       !alv_reg_is(reg, ALV_REG_FLOW_KEYS) && !alv_reg_is_sock(reg) &&
	       !alv_reg_is(reg, ALV_REG_ARENA);
}

static int refuse_leak(struct alv_env *env, u32 number)
{
	if (!alv_env_is_pointer(env, alv_env_reg(env, number)))
		return 0;
	alv_say(env, LEAK_INTO, number, "mem");
	return -EACCES;
}

static int check_operands(struct alv_env *env, const struct bpf_insn *insn)
{
	const struct alv_reg *dst;
	char text[ALV_TYPE_TEXT];
	int err;

	if (BPF_SIZE(insn->code) != BPF_W && BPF_SIZE(insn->code) != BPF_DW) {
		alv_say(env, ATOMIC_SIZE);
		return -EINVAL;
	}
	err = alv_check_reads(env, insn->src_reg);
	if (!err)
		err = alv_check_reads(env, insn->dst_reg);
	if (!err && insn->imm == BPF_CMPXCHG)
		err = alv_check_reads(env, BPF_REG_0);
	if (!err && insn->imm == BPF_CMPXCHG)
		err = refuse_leak(env, BPF_REG_0);
	if (!err)
		err = refuse_leak(env, insn->src_reg);
	if (err)
		return err;
	dst = alv_env_reg(env, insn->dst_reg);
	if (takes_atomics(dst))
		return 0;
	alv_say(env, ATOMIC_KIND, insn->dst_reg, alv_type_text(text, dst->type));
	return -EACCES;
}

static int read_modify_write(struct alv_env *env, const struct bpf_insn *insn)
{
	struct alv_mem_access access = {
		.pointer = insn->dst_reg,
		.off = insn->off,
		.size = alv_insn_access_size(insn),
		.kind = ALV_ACCESS_READ,
		.value = -1,
		.strict = true,
	};
	s32 old = -1;
	int err = check_operands(env, insn);

	if (err)
		return err;
	if (insn->imm & BPF_FETCH) {
		old = insn->imm == BPF_CMPXCHG ? BPF_REG_0 : insn->src_reg;
		err = alv_check_clobbers(env, (u32)old);
	}
	if (!err)
		err = alv_check_mem(env, &access);
	if (!err && old >= 0) {
		access.value = old;
		err = alv_check_mem(env, &access);
	}
	if (!err)
		err = alv_check_pointer_type(env, alv_env_reg(env, insn->dst_reg)->type,
					     false);
	access.kind = ALV_ACCESS_WRITE;
	access.value = -1;
	return err ? err : alv_check_mem(env, &access);
}

int alv_step_atomic(struct alv_env *env, const struct bpf_insn *insn)
{
	if (alv_insn_is_atomic_op(insn->imm) && insn->imm != ALV_BPF_LOAD_ACQ &&
	    insn->imm != ALV_BPF_STORE_REL)
		return read_modify_write(env, insn);
	if (insn->imm == ALV_BPF_LOAD_ACQ || insn->imm == ALV_BPF_STORE_REL)
		return alv_step_ordered(env, insn);
	alv_say(env, BAD_ATOMIC, insn->imm);
	return -EINVAL;
}

/* A load that acquires, or a store that releases. */
int alv_step_ordered(struct alv_env *env, const struct bpf_insn *insn)
{
	bool load = insn->imm == ALV_BPF_LOAD_ACQ;
	u32 pointer = load ? insn->src_reg : insn->dst_reg;
	struct alv_mem_access access = {
		.pointer = pointer,
		.off = insn->off,
		.size = alv_insn_access_size(insn),
		.kind = load ? ALV_ACCESS_READ : ALV_ACCESS_WRITE,
		.value = load ? insn->dst_reg : insn->src_reg,
		.strict = true,
	};
	struct alv_type type;
	char text[ALV_TYPE_TEXT];
	int err = alv_check_reads(env, insn->src_reg);

	if (!err)
		err = load ? alv_check_writes(env, insn->dst_reg)
			   : alv_check_reads(env, insn->dst_reg);
	if (err)
		return err;
	type = alv_env_reg(env, pointer)->type;
	if (!takes_atomics(alv_env_reg(env, pointer))) {
		if (load)
			alv_say(env, ATOMIC_LOAD_KIND, pointer, alv_type_text(text, type));
		else
			alv_say(env, ATOMIC_KIND, pointer, alv_type_text(text, type));
		return -EACCES;
	}
	err = alv_check_mem(env, &access);
	return err ? err : alv_check_pointer_type(env, type, false);
}
