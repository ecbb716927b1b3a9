/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads of 64-bit constants, which may name maps and functions; loads from sk_buffs. */
#include "verifier/kernel_type.h"

static int load_function(struct alv_env *env, const struct bpf_insn *insn, struct alv_reg *dst)
{
	int subprog = alv_cfg_subprog_at(&env->cfg, alv_cfg_callee(&env->cfg, env->insn));

	if (subprog < 0)
		return -EFAULT;
	if (!env->request->n_func_info) {
		alv_say(env, NO_FUNC_INFO);
		return -EINVAL;
	}
	if (env->functions[subprog].is_global) {
		alv_say(env, CALLBACK_NOT_STATIC);
		return -EINVAL;
	}
	if (!subprog) {
		alv_say(env, CALLBACK_IS_MAIN);
		return -EINVAL;
	}
	alv_reg_set_pointer(dst, ALV_REG_FUNC, 0);
	dst->subprog = (u32)subprog;
	return 0;
}

int alv_step_ldimm64(struct alv_env *env, const struct bpf_insn *insn)
{
	const struct alv_insn_verdict *facts = &env->facts[env->insn];
	struct alv_reg *dst;
	int err;

	if (BPF_SIZE(insn->code) != BPF_DW) {
		alv_say(env, BAD_LDIMM64);
		return -EINVAL;
	}
	if (insn->off) {
		alv_say(env, RESERVED_LDIMM64);
		return -EINVAL;
	}
	err = alv_check_clobbers(env, insn->dst_reg);
	if (err)
		return err;
	dst = alv_env_reg(env, insn->dst_reg);
	switch (insn->src_reg) {
	case 0:
		alv_reg_set_const(dst, (u64)(u32)insn[1].imm << 32 | (u32)insn->imm);
		return 0;
	case BPF_PSEUDO_FUNC:
		return load_function(env, insn, dst);
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		alv_reg_set_pointer(dst, ALV_REG_MAP_VALUE, 0);
		dst->off = (s32)facts->map_offset;
		break;
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_IDX:
		alv_reg_set_pointer(dst, ALV_REG_MAP, 0);
		break;
	case BPF_PSEUDO_BTF_ID:
		alv_load_ksym(env, facts, dst);
		return 0;
	default:
		return -EFAULT;
	}
	dst->map = facts->map;
	return 0;
}

static bool reads_skb(u32 type)
{
	return type == BPF_PROG_TYPE_SOCKET_FILTER || type == BPF_PROG_TYPE_SCHED_CLS ||
	       type == BPF_PROG_TYPE_SCHED_ACT;
}

static int check_ld_abs(struct alv_env *env, const struct bpf_insn *insn)
{
	bool indirect = BPF_MODE(insn->code) == BPF_IND;
	int err;

	if (!reads_skb(env->request->traits.type->type)) {
		alv_say(env, LD_ABS_TYPE);
		return -EINVAL;
	}
	for (u32 i = env->state->top; i; i--) {
		if (env->state->frames[i]->in_callback) {
			alv_say(env, LD_ABS_CALLBACK);
			return -EINVAL;
		}
	}
	if (insn->dst_reg || insn->off || BPF_SIZE(insn->code) == BPF_DW ||
	    (!indirect && insn->src_reg)) {
		alv_say(env, RESERVED_LD_ABS);
		return -EINVAL;
	}
	err = alv_check_reads(env, BPF_REG_6);
	if (!err)
		err = alv_check_no_leak(env, false, "BPF_LD_[ABS|IND]");
	if (err)
		return err;
	if (!alv_reg_is(alv_env_reg(env, BPF_REG_6), ALV_REG_CTX)) {
		alv_say(env, LD_ABS_CTX);
		return -EINVAL;
	}
	if (indirect)
		err = alv_check_reads(env, insn->src_reg);
	return err ? err : alv_check_fixed_offset(env, alv_env_reg(env, BPF_REG_6), BPF_REG_6, false);
}

int alv_step_ld_abs(struct alv_env *env, const struct bpf_insn *insn, u32 *next)
{
	struct alv_state *other;
	int err = check_ld_abs(env, insn);

	if (err)
		return err;
	alv_env_clear_caller_saved(env, alv_env_frame(env));
	alv_env_set_unknown(env, alv_env_reg(env, BPF_REG_0));
	if (!env->state->top)
		return 0;
	/* Behind the packet's end the load returns 0 from the function. */
	alv_env_touch_reg(env, BPF_REG_0);
	err = alv_push(env, env->insn + 1, (s32)env->insn, &other);
	if (err)
		return err;
	alv_reg_set_const(alv_env_reg(env, BPF_REG_0), 0);
	return alv_step_return(env, next);
}
