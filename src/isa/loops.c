/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loops: strongly connected components of the instructions, calls left out
 * (R. Tarjan, "Depth-first search and linear graph algorithms", 1972). They are
 * numbered from 1 in the order in which the walk completes them; an instruction
 * that cannot come back to itself has none.
 */
#include "isa/cfg.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

/* `low` of instructions whose component is complete: greater than any number. */
#define COMPLETE UINT32_MAX

struct search {
	struct alv_cfg *cfg;
	u32 *number;  /* in order of discovery, from 1; 0: not seen */
	u32 *low;     /* least number known to be reachable */
	u32 *pending; /* seen, component not complete, in order of discovery */
	u32 n_pending;
	u32 *path; /* from the root to the instruction at hand */
	u32 depth;
	u32 n_seen;
};

static void discover(struct search *search, u32 insn)
{
	search->n_seen++;
	search->number[insn] = search->n_seen;
	search->low[insn] = search->n_seen;
	search->pending[search->n_pending++] = insn;
}

/* `insn` is the first discovered of its component: all behind it belong to it. */
static void complete(struct search *search, u32 insn, bool loops)
{
	u32 scc = loops ? ++search->cfg->n_sccs : 0;
	u32 member;

	do {
		member = search->pending[--search->n_pending];
		search->low[member] = COMPLETE;
		search->cfg->facts[member].scc = scc;
	} while (member != insn);
}

/* The instruction at the path's end: go on to a successor, or leave it. */
static void visit(struct search *search)
{
	u32 insn = search->path[search->depth - 1], next[2];
	u32 n = alv_cfg_successors(search->cfg, insn, next);
	bool loops;

	if (!search->number[insn])
		discover(search, insn);
	for (u32 s = 0; s < n; s++) {
		if (!search->number[next[s]]) {
			search->path[search->depth++] = next[s];
			return;
		}
		if (search->low[next[s]] < search->low[insn])
			search->low[insn] = search->low[next[s]];
	}
	search->depth--;
	if (search->low[insn] < search->number[insn])
		return;
	loops = search->pending[search->n_pending - 1] != insn;
	for (u32 s = 0; s < n; s++)
		loops |= next[s] == insn;
	complete(search, insn, loops);
}

int alv_cfg_find_loops(struct alv_cfg *cfg)
{
	ALV_AUTO(mem) u32 *number = calloc(cfg->n, sizeof(*number));
	ALV_AUTO(mem) u32 *low = calloc(cfg->n, sizeof(*low));
	ALV_AUTO(mem) u32 *pending = calloc(cfg->n, sizeof(*pending));
	ALV_AUTO(mem) u32 *path = calloc(cfg->n, sizeof(*path));
	struct search search = {
		.cfg = cfg,
		.number = number,
		.low = low,
		.pending = pending,
		.path = path,
	};

	if (!number || !low || !pending || !path)
		return -ENOMEM;
	cfg->n_sccs = 0;
	for (u32 i = 0; i < cfg->n; i++) {
		if (number[i])
			continue;
		path[search.depth++] = i;
		while (search.depth)
			visit(&search);
	}
	return 0;
}
