/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/scc.h"

#include <stdlib.h>
#include <string.h>

#include "verifier/precision.h"
#include "verifier/prune.h"

/* Marks that don't settle in so many rounds are forced. */
#define MAX_ROUNDS 64

struct edge {
	struct alv_state state;
	struct edge *next;
};

struct chain {
	u32 sites[ALV_MAX_FRAMES];
	u32 scc;
};

struct visit {
	struct chain chain;
	struct alv_state *entry; /* NULL: nobody is inside */
	struct edge *edges;
	u32 n_edges;
	struct visit *next;
};

struct alv_scc {
	u32 n_edges;
	struct visit *visits[]; /* by cycle */
};

int alv_scc_new(struct alv_env *env)
{
	env->scc = calloc(1, sizeof(*env->scc) + (env->cfg.n_sccs + 1) * sizeof(struct visit *));
	return env->scc ? 0 : -ENOMEM;
}

static void free_edges(struct visit *visit)
{
	while (visit->edges) {
		struct edge *next = visit->edges->next;

		alv_state_fini(&visit->edges->state);
		free(visit->edges);
		visit->edges = next;
	}
}

void alv_scc_free(struct alv_scc *scc, u32 n_sccs)
{
	for (u32 i = 0; scc && i <= n_sccs; i++) {
		while (scc->visits[i]) {
			struct visit *next = scc->visits[i]->next;

			free_edges(scc->visits[i]);
			free(scc->visits[i]);
			scc->visits[i] = next;
		}
	}
	free(scc);
}

/* The outermost frame inside a cycle, and the calls that lead to it. */
static bool chain_of(const struct alv_env *env, const struct alv_state *state,
		     struct chain *ret_chain)
{
	*ret_chain = (struct chain){};
	for (u32 i = 0; i <= state->top; i++) {
		u32 insn = alv_state_insn_of(state, i);

		ret_chain->scc = env->cfg.facts[insn].scc;
		if (ret_chain->scc)
			return true;
		if (i < state->top)
			ret_chain->sites[i] = insn;
	}
	return false;
}

static struct visit *find(const struct alv_env *env, const struct chain *chain)
{
	struct visit *visit = env->scc->visits[chain->scc];

	while (visit && memcmp(&visit->chain, chain, sizeof(*chain)))
		visit = visit->next;
	return visit;
}

static void print(struct alv_env *env, const char *what, const struct chain *chain)
{
	if (!alv_env_logs(env, ALV_REPORT_LEVEL2))
		return;
	alv_trace(env, "SCC %s (", what);
	for (u32 i = 0; i < ALV_MAX_FRAMES && chain->sites[i]; i++)
		alv_trace(env, "%u,", chain->sites[i]);
	alv_trace(env, "%u)\n", chain->scc);
}

int alv_scc_enter(struct alv_env *env, struct alv_state *state)
{
	struct visit *visit;
	struct chain chain;

	if (!chain_of(env, state, &chain))
		return 0;
	visit = find(env, &chain);
	if (!visit) {
		visit = calloc(1, sizeof(*visit));
		if (!visit)
			return -ENOMEM;
		visit->chain = chain;
		visit->next = env->scc->visits[chain.scc];
		env->scc->visits[chain.scc] = visit;
	}
	if (!visit->entry) {
		visit->entry = state;
		print(env, "enter", &chain);
	}
	return 0;
}

static int propagate(struct alv_env *env, struct visit *visit)
{
	u32 rounds = 0;
	bool changed;

	do {
		if (rounds++ > MAX_ROUNDS) {
			if (alv_env_logs(env, ALV_REPORT_LEVEL2))
				alv_trace(env, "propagate_backedges: too many iterations\n");
			for (struct edge *edge = visit->edges; edge; edge = edge->next)
				alv_precision_force(env, &edge->state);
			break;
		}
		changed = false;
		for (struct edge *edge = visit->edges; edge; edge = edge->next) {
			int err = alv_precision_propagate(env, edge->state.equal, &edge->state,
							  &changed);

			if (err)
				return err;
		}
	} while (changed);
	free_edges(visit);
	return 0;
}

int alv_scc_exit(struct alv_env *env, struct alv_state *state)
{
	struct visit *visit;
	struct chain chain;

	if (!chain_of(env, state, &chain))
		return 0;
	visit = find(env, &chain);
	if (!visit)
		return -EFAULT;
	if (visit->entry != state)
		return 0;
	print(env, "exit", &chain);
	visit->entry = NULL;
	env->scc->n_edges -= visit->n_edges;
	visit->n_edges = 0;
	alv_prune_count_peak(env);
	return propagate(env, visit);
}

int alv_scc_add_edge(struct alv_env *env, const struct alv_state *equal)
{
	struct visit *visit;
	struct chain chain;
	struct edge *edge;

	if (!chain_of(env, equal, &chain))
		return -EFAULT;
	visit = find(env, &chain);
	if (!visit)
		return -EFAULT;
	edge = calloc(1, sizeof(*edge));
	if (!edge)
		return -ENOMEM;
	if (alv_state_copy(&edge->state, env->state)) {
		alv_state_fini(&edge->state);
		free(edge);
		return -ENOMEM;
	}
	edge->state.equal = equal;
	print(env, "backedge", &chain);
	edge->next = visit->edges;
	visit->edges = edge;
	visit->n_edges++;
	env->scc->n_edges++;
	alv_prune_count_peak(env);
	return 0;
}

bool alv_scc_is_open(struct alv_env *env, const struct alv_state *state)
{
	struct visit *visit;
	struct chain chain;

	if (!chain_of(env, state, &chain))
		return false;
	visit = find(env, &chain);
	return visit && visit->edges;
}

u32 alv_scc_edges(const struct alv_scc *scc)
{
	return scc->n_edges;
}
