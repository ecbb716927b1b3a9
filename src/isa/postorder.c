/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instructions of each subprogram, those that follow before those that are
 * followed. An instruction counts as seen when it is queued, not when its turn comes,
 * so the order is not that of a textbook's walk; others rely on the kernel's order.
 */
#include "isa/cfg.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

struct entry {
	u32 insn : 31;
	u32 expanded : 1; /* what follows it is on the stack above it */
};

static void order_subprog(struct alv_cfg *cfg, u32 start, bool *seen, struct entry *stack)
{
	u32 depth = 0, next[2];

	seen[start] = true;
	stack[depth++] = (struct entry){ .insn = start };
	while (depth) {
		struct entry *top = &stack[depth - 1];
		u32 n;

		if (top->expanded) {
			cfg->postorder[cfg->n_postorder++] = top->insn;
			depth--;
			continue;
		}
		top->expanded = 1;
		n = alv_cfg_successors(cfg, top->insn, next);
		for (u32 s = 0; s < n; s++) {
			if (seen[next[s]])
				continue;
			seen[next[s]] = true;
			stack[depth++] = (struct entry){ .insn = next[s] };
		}
	}
}

int alv_cfg_find_postorder(struct alv_cfg *cfg)
{
	ALV_AUTO(mem) bool *seen = calloc(cfg->n, sizeof(*seen));
	/* Each instruction is pushed once. */
	ALV_AUTO(mem) struct entry *stack = calloc(cfg->n, sizeof(*stack));

	if (!seen || !stack)
		return -ENOMEM;
	cfg->n_postorder = 0;
	for (u32 i = 0; i < cfg->n_subprogs; i++) {
		cfg->subprogs[i].postorder_start = cfg->n_postorder;
		order_subprog(cfg, cfg->subprogs[i].start, seen, stack);
	}
	cfg->subprogs[cfg->n_subprogs].postorder_start = cfg->n_postorder;
	return 0;
}
