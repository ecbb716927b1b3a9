/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Live registers: those that some path from an instruction reads before it writes
 * them. The least solution of
 *
 *	live before = (union of live before what follows, without defines) + uses
 *
 * found by repeating in postorder until nothing changes.
 */
#include "isa/cfg.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

static struct alv_insn_regs regs_of(const struct bpf_insn *insn,
				    const struct alv_cfg_rules *rules)
{
	struct alv_call_facts facts = { 0 };

	if (!alv_insn_is_call(insn))
		return alv_insn_regs(insn, 0);
	if (!alv_insn_is_subprog_call(insn) && rules->call)
		facts = rules->call(rules->data, insn);
	/* Nothing is known: it may read all arguments. */
	return alv_insn_regs(insn, facts.traits & ALV_CALL_KNOWN ? facts.n_args : 5);
}

static bool update(struct alv_cfg *cfg, const struct alv_insn_regs *regs, u32 insn)
{
	u32 next[2], n = alv_cfg_successors(cfg, insn, next);
	u16 live = 0;

	for (u32 s = 0; s < n; s++)
		live |= cfg->facts[next[s]].live;
	live = (live & ~regs[insn].defines) | regs[insn].uses;
	if (live == cfg->facts[insn].live)
		return false;
	cfg->facts[insn].live = live;
	return true;
}

int alv_cfg_find_live(struct alv_cfg *cfg, const struct alv_cfg_rules *rules)
{
	ALV_AUTO(mem) struct alv_insn_regs *regs = calloc(cfg->n, sizeof(*regs));
	bool changed = true;

	if (!regs)
		return -ENOMEM;
	for (u32 i = 0; i < cfg->n; i++) {
		regs[i] = regs_of(&cfg->insns[i], rules);
		cfg->facts[i].live = 0;
	}
	while (changed) {
		changed = false;
		for (u32 i = 0; i < cfg->n_postorder; i++)
			changed |= update(cfg, regs, cfg->postorder[i]);
	}
	return 0;
}
