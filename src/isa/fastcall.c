/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fastcalls: a compiler may keep registers over a call that it believes to leave
 * them alone, and surrounds the call with spills and fills for kernels that don't:
 *
 *	*(u64 *)(r10 - 16) = r2
 *	*(u64 *)(r10 - 8) = r1
 *	call helper
 *	r1 = *(u64 *)(r10 - 8)
 *	r2 = *(u64 *)(r10 - 16)
 *
 * with slots at the stack's lowest end that nothing else uses, the lowest nearest to
 * the call in this direction. Where the host inlines the call the pairs go away.
 */
#include "isa/cfg.h"

#define SLOT 8

static bool is_spill(const struct bpf_insn *insn)
{
	return insn->code == (BPF_STX | BPF_MEM | BPF_DW) && insn->dst_reg == BPF_REG_10;
}

static bool is_fill(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LDX | BPF_MEM | BPF_DW) && insn->src_reg == BPF_REG_10;
}

/* Of R0 to R5, those that the call leaves alone. */
static u16 kept_regs(const struct alv_call_facts *facts)
{
	u16 overwritten = (2u << facts->n_args) - 1;

	if (facts->traits & ALV_CALL_VOID)
		overwritten &= ~1u;
	return ALV_CALL_REGS & ~overwritten;
}

static bool is_target(const struct alv_cfg *cfg, u32 insn)
{
	return cfg->facts[insn].marks & ALV_MARK_TARGET;
}

/* Are the instructions `distance` before and behind the call a pair for slot `off`? */
static bool is_pair(const struct alv_cfg *cfg, u32 call, u32 distance, u16 regs, s16 off)
{
	const struct bpf_insn *spill, *fill;

	if (distance > call || call + distance >= cfg->n)
		return false;
	/* The pattern is entered at its first spill alone. */
	if (is_target(cfg, call - distance + 1) || is_target(cfg, call + distance))
		return false;
	spill = &cfg->insns[call - distance];
	fill = &cfg->insns[call + distance];
	return is_spill(spill) && is_fill(fill) && spill->src_reg == fill->dst_reg &&
	       (regs >> spill->src_reg & 1) && spill->off == off && fill->off == off;
}

static void mark_call(struct alv_cfg *cfg, struct alv_subprog *subprog, u32 call,
		      s16 lowest, const struct alv_call_facts *facts)
{
	u16 regs = kept_regs(facts);
	s16 off = lowest;
	u32 pairs = 0;

	while (is_pair(cfg, call, pairs + 1, regs, off)) {
		pairs++;
		regs &= ~(1u << cfg->insns[call - pairs].src_reg);
		cfg->facts[call - pairs].marks |= ALV_MARK_FASTCALL;
		cfg->facts[call + pairs].marks |= ALV_MARK_FASTCALL;
		off += SLOT;
	}
	if (!pairs)
		return;
	if (facts->traits & ALV_CALL_FASTCALL)
		cfg->facts[call].spills = pairs;
	else
		subprog->keep_fastcall_stack = true;
	if (off < subprog->fastcall_stack_off)
		subprog->fastcall_stack_off = off;
}

static void find_in_subprog(struct alv_cfg *cfg, struct alv_subprog *subprog,
			    const struct alv_cfg_rules *rules)
{
	u32 end = subprog[1].start;
	s16 lowest = 0;

	for (u32 i = subprog->start; i < end; i++) {
		if (is_spill(&cfg->insns[i]) && cfg->insns[i].off < lowest)
			lowest = cfg->insns[i].off;
	}
	for (u32 i = subprog->start; i < end; i++) {
		const struct bpf_insn *insn = &cfg->insns[i];
		struct alv_call_facts facts;

		if (!alv_insn_is_call(insn) || alv_insn_is_subprog_call(insn))
			continue;
		facts = rules->call(rules->data, insn);
		if (facts.traits & ALV_CALL_KNOWN)
			mark_call(cfg, subprog, i, lowest, &facts);
	}
}

void alv_cfg_find_fastcalls(struct alv_cfg *cfg, const struct alv_cfg_rules *rules)
{
	if (!rules->call)
		return;
	for (u32 i = 0; i < cfg->n_subprogs; i++)
		find_in_subprog(cfg, &cfg->subprogs[i], rules);
}
