/* SPDX-License-Identifier: BSD-2-Clause */
#include "isa/cfg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int alv_cfg_init(struct alv_cfg *cfg, const struct bpf_insn *insns, u32 n)
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->insns = insns;
	cfg->n = n;
	cfg->facts = calloc(n, sizeof(*cfg->facts));
	cfg->postorder = calloc(n, sizeof(*cfg->postorder));
	if (cfg->facts && cfg->postorder)
		return 0;
	alv_cfg_fini(cfg);
	return -ENOMEM;
}

void alv_cfg_fini(struct alv_cfg *cfg)
{
	free(cfg->facts);
	free(cfg->postorder);
	cfg->facts = NULL;
	cfg->postorder = NULL;
}

u32 alv_cfg_subprog_of(const struct alv_cfg *cfg, u32 insn)
{
	u32 low = 0, high = cfg->n_subprogs;

	/* subprogs[low].start <= insn < subprogs[high].start */
	while (high - low > 1) {
		u32 middle = low + (high - low) / 2;

		if (cfg->subprogs[middle].start <= insn)
			low = middle;
		else
			high = middle;
	}
	return low;
}

int alv_cfg_subprog_at(const struct alv_cfg *cfg, s64 insn)
{
	u32 subprog;

	if (insn < 0 || insn >= cfg->n || !cfg->n_subprogs)
		return -ENOENT;
	subprog = alv_cfg_subprog_of(cfg, insn);
	return cfg->subprogs[subprog].start == insn ? (int)subprog : -ENOENT;
}

u32 alv_cfg_successors(const struct alv_cfg *cfg, u32 insn, u32 ret_next[2])
{
	const struct bpf_insn *at = &cfg->insns[insn];
	enum alv_insn_kind kind = alv_insn_kind(at);
	u32 n = 0;

	if (kind != ALV_INSN_EXIT && kind != ALV_INSN_JA && insn + 1 < cfg->n)
		ret_next[n++] = insn + alv_insn_length(at);
	if (alv_insn_is_jump(at)) {
		u32 target = insn + alv_insn_jump_offset(at) + 1;

		if (!n || ret_next[0] != target)
			ret_next[n++] = target;
	}
	return n;
}
