/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where subprograms begin, and that they are closed. Opcodes are not checked yet:
 * what is no jump to the instruction set may still be one here, as in the kernel.
 */
#include "isa/cfg.h"

#include <errno.h>
#include <string.h>

static int add_subprog(struct alv_cfg *cfg, s64 start, u32 insn,
		       struct alv_isa_error *error)
{
	u32 at = cfg->n_subprogs;

	if (start < 0 || start >= cfg->n)
		return alv_isa_fail(error, -EINVAL, insn, "call to invalid destination");
	if (alv_cfg_subprog_at(cfg, start) >= 0)
		return 0;
	if (cfg->n_subprogs >= ALV_MAX_SUBPROGS)
		return alv_isa_fail(error, -E2BIG, insn, "too many subprograms");
	while (at && cfg->subprogs[at - 1].start > start) {
		cfg->subprogs[at] = cfg->subprogs[at - 1];
		at--;
	}
	cfg->subprogs[at] = (struct alv_subprog){ .start = start };
	cfg->n_subprogs++;
	cfg->subprogs[cfg->n_subprogs] = (struct alv_subprog){ .start = cfg->n };
	return 0;
}

int alv_cfg_find_subprogs(struct alv_cfg *cfg, const struct alv_cfg_rules *rules,
			  struct alv_isa_error *error)
{
	int err = add_subprog(cfg, 0, 0, error);

	for (u32 i = 0; !err && i < cfg->n; i++) {
		const struct bpf_insn *insn = &cfg->insns[i];
		bool is_kfunc = alv_insn_is_kfunc_call(insn);

		if (!is_kfunc && !alv_insn_is_subprog_call(insn) &&
		    !alv_insn_is_func_load(insn))
			continue;
		if (!rules->may_call)
			return alv_isa_fail(
				error, -EPERM, i,
				"loading/calling other bpf or kernel functions are "
				"allowed for CAP_BPF and CAP_SYS_ADMIN");
		if (!is_kfunc) {
			err = add_subprog(cfg, alv_cfg_callee(cfg, i), i, error);
		} else if (rules->kfunc) {
			err = rules->kfunc(rules->data, i);
			if (err)
				return alv_isa_fail(error, err, i, "%s", "");
		}
	}
	return err;
}

int alv_cfg_add_exception_callback(struct alv_cfg *cfg, u32 insn,
				   struct alv_isa_error *error)
{
	int err = add_subprog(cfg, insn, insn, error);

	if (err)
		return err;
	cfg->exception_callback = alv_cfg_subprog_at(cfg, insn);
	return 0;
}

static bool is_any_jump(const struct bpf_insn *insn)
{
	u8 class = alv_insn_class(insn), op = BPF_OP(insn->code);

	return (class == BPF_JMP || class == BPF_JMP32) && op != BPF_CALL &&
	       op != BPF_EXIT;
}

static bool is_closing(const struct bpf_insn *insn)
{
	return alv_insn_is_exit(insn) || insn->code == (BPF_JMP | BPF_JA) ||
	       insn->code == (BPF_JMP32 | BPF_JA);
}

static void note_insn(struct alv_subprog *subprog, const struct bpf_insn *insn)
{
	u8 mode = BPF_MODE(insn->code);

	if (alv_insn_is_helper_call(insn) && insn->imm == BPF_FUNC_tail_call)
		subprog->has_tail_call = true;
	if (alv_insn_class(insn) == BPF_LD && (mode == BPF_ABS || mode == BPF_IND))
		subprog->has_ld_abs = true;
}

int alv_cfg_check_subprogs(struct alv_cfg *cfg, struct alv_isa_error *error)
{
	struct alv_subprog *subprog = cfg->subprogs;

	for (u32 i = 0; i < cfg->n; i++) {
		const struct bpf_insn *insn = &cfg->insns[i];
		u32 end = subprog[1].start;

		note_insn(subprog, insn);
		if (is_any_jump(insn)) {
			/* gotol's distance wraps around as the kernel's int does. */
			s32 target = (s32)(i + (u32)alv_insn_jump_offset(insn) + 1);

			if (target < (s32)subprog->start || target >= (s32)end)
				return alv_isa_fail(
					error, -EINVAL, i,
					"jump out of range from insn %u to %d", i,
					target);
		}
		if (i + 1 < end)
			continue;
		if (!is_closing(insn))
			return alv_isa_fail(error, -EINVAL, i,
					    "last insn is not an exit or jmp");
		subprog++;
	}
	return 0;
}
