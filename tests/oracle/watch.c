/* SPDX-License-Identifier: BSD-2-Clause */
#include "watch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "helper/run.h"
#include "helper/skb.h"
#include "base/spin.h"
#include "helper/xdp.h"
#include "isa/insn.h"
#include "map/map.h"
#include "map/ringbuf.h"

#define STACK_BYTES 512

static __attribute__((format(printf, 3, 4))) void say(struct watch *watch, u32 insn,
						      const char *format, ...)
{
	int n = snprintf(watch->fault, sizeof(watch->fault), "insn %u: ", insn);
	va_list args;

	va_start(args, format);
	vsnprintf(watch->fault + n, sizeof(watch->fault) - (size_t)n, format, args);
	va_end(args);
}

void watch_begin(struct watch *watch)
{
	watch->depth = 0;
	watch->n_objects = 0;
	watch->n_judged = 0;
	watch->lock = NULL;
	watch->fault[0] = 0;
}

void watch_add(struct watch *watch, const void *base, u64 size)
{
	const struct watch_object object = { (u64)(uintptr_t)base, size };

	for (u32 i = 0; i < watch->n_objects; i++)
		if (watch->objects[i].base == object.base && watch->objects[i].size == size)
			return;
	if (watch->n_objects < WATCH_OBJECTS)
		watch->objects[watch->n_objects++] = object;
}

static void forget(struct watch *watch, u64 base)
{
	for (u32 i = 0; i < watch->n_objects; i++)
		if (watch->objects[i].base == base)
			watch->objects[i] = watch->objects[--watch->n_objects];
}

static bool contains(u64 base, u64 room, u64 address, u64 size)
{
	return address - base <= room && size <= room - (address - base);
}

static bool reaches(const struct watch *watch, u64 address, u64 size)
{
	for (u32 f = 0; f < watch->depth; f++)
		if (contains(watch->stack[f].fp - STACK_BYTES, STACK_BYTES, address, size))
			return true;
	for (u32 i = 0; i < watch->n_objects; i++)
		if (contains(watch->objects[i].base, watch->objects[i].size, address, size))
			return true;
	return watch->packet && contains((u64)(uintptr_t)watch->packet,
					 (u64)(watch->packet_end - watch->packet), address, size);
}

/* Where the packet is now: helpers move it. */
static void find_packet(struct watch *watch, const struct alv_run *run)
{
	const struct alv_xdp *xdp = run->ctx;
	const struct alv_skb *skb = run->ctx;

	switch (watch->prog_type) {
	case BPF_PROG_TYPE_XDP:
		watch->packet = xdp->data;
		watch->packet_end = xdp->data_end;
		break;
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
	case BPF_PROG_TYPE_CGROUP_SKB:
		watch->packet = skb->data;
		watch->packet_end = skb->data_end;
		break;
	default:
		watch->packet = NULL;
	}
}

/* Which function runs: calls and returns show in the frame pointer. */
static struct activation *activate(struct watch *watch, const u64 *regs)
{
	u64 fp = regs[BPF_REG_10];

	for (u32 f = 0; f < watch->depth; f++) {
		if (watch->stack[f].fp == fp) {
			watch->depth = f + 1;
			return &watch->stack[f];
		}
	}
	if (watch->depth == WATCH_FRAMES)
		return NULL;
	watch->stack[watch->depth] = (struct activation){
		.regs = regs,
		.fp = fp,
		.insn = UINT32_MAX,
	};
	return &watch->stack[watch->depth++];
}

static s32 helper_at(const struct watch *watch, u32 insn)
{
	return insn < watch->n_insns && alv_insn_is_helper_call(&watch->insns[insn]) ?
		       watch->insns[insn].imm :
		       0;
}

/* What the last call of the function gave it, or took. */
static void take_result(struct watch *watch, const struct activation *activation)
{
	const struct alv_map *map = (const struct alv_map *)(uintptr_t)activation->args[0];
	const void *result = (const void *)(uintptr_t)activation->regs[BPF_REG_0];

	switch (helper_at(watch, activation->insn)) {
	case BPF_FUNC_map_lookup_elem:
		if (result)
			watch_add(watch, result, map->value_size);
		break;
	case BPF_FUNC_ringbuf_reserve:
		if (result)
			watch_add(watch, result, activation->args[1]);
		break;
	case BPF_FUNC_ringbuf_submit:
	case BPF_FUNC_ringbuf_discard:
		forget(watch, activation->args[0]);
		break;
	case BPF_FUNC_spin_lock:
		watch->lock = (u32 *)(uintptr_t)activation->args[0];
		break;
	case BPF_FUNC_spin_unlock:
		watch->lock = NULL;
		break;
	}
}

/* Does a callback begin here? */
static bool is_callback(const struct watch *watch, u32 at)
{
	for (u32 i = 0; i + 1 < watch->n_insns; i += alv_insn_length(&watch->insns[i]))
		if (alv_insn_is_func_load(&watch->insns[i]) &&
		    i + 1 + (u32)watch->insns[i].imm == at)
			return true;
	return false;
}

/* What a callback was given. */
static void take_arguments(struct watch *watch, u32 at, const u64 *regs)
{
	const struct alv_map *map = (const struct alv_map *)(uintptr_t)regs[BPF_REG_1];

	if (watch->depth < 2 || helper_at(watch, watch->stack[watch->depth - 2].insn) !=
					BPF_FUNC_for_each_map_elem ||
	    !is_callback(watch, at))
		return;
	watch_add(watch, (const void *)(uintptr_t)regs[BPF_REG_2], map->key_size);
	watch_add(watch, (const void *)(uintptr_t)regs[BPF_REG_3], map->value_size);
}

static bool accesses_memory(const struct watch *watch, u32 at, u8 *ret_reg)
{
	const struct bpf_insn *insn = &watch->insns[at];

	switch (alv_insn_kind(insn)) {
	case ALV_INSN_LDX:
	case ALV_INSN_LDSX:
		*ret_reg = insn->src_reg;
		break;
	case ALV_INSN_ST:
	case ALV_INSN_STX:
	case ALV_INSN_ATOMIC:
		*ret_reg = insn->dst_reg;
		break;
	default:
		return false;
	}
	return watch->facts[at].pointer.base != ALV_REG_CTX &&
	       watch->facts[at].pointer.base != ALV_REG_BTF_ID;
}

static void check_access(struct watch *watch, u32 at, const u64 *regs)
{
	static const u8 bytes[] = { [BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1,
				    [BPF_DW >> 3] = 8 };
	const struct bpf_insn *insn = &watch->insns[at];
	u64 address;
	u8 reg;

	if (!accesses_memory(watch, at, &reg))
		return;
	address = regs[reg] + (u64)(s64)insn->off;
	if (!reaches(watch, address, bytes[BPF_SIZE(insn->code) >> 3]))
		say(watch, at, "%u bytes at 0x%" PRIx64 " (R%u) are nobody's",
		    bytes[BPF_SIZE(insn->code) >> 3], address, reg);
}

/* Bytes that a helper may touch behind an argument; 0: none, or nobody knows. */
static u64 argument_size(const struct alv_helper *helper, u32 i, const u64 *args)
{
	const struct alv_arg *arg = &helper->args[i];
	const struct alv_map *map = (const struct alv_map *)(uintptr_t)args[0];
	bool has_map = helper->args[0].base == ALV_ARG_MAP;

	if (arg->base == ALV_ARG_MEM && arg->flags & ALV_FIXED_SIZE)
		return arg->size;
	if (arg->base == ALV_ARG_MEM && i + 1 < ALV_HELPER_ARGS)
		return args[i + 1];
	if (arg->base == ALV_ARG_MAP_KEY && has_map)
		return map->key_size;
	if (arg->base == ALV_ARG_MAP_VALUE && has_map)
		return map->value_size;
	return 0;
}

static void check_call(struct watch *watch, u32 at, const u64 *args)
{
	const struct alv_helper *helper = alv_helper_by_id((u32)helper_at(watch, at));

	if (!helper_at(watch, at) || !helper)
		return;
	for (u32 i = 0; i < ALV_HELPER_ARGS; i++) {
		u64 size = argument_size(helper, i, args);

		if (!size || (!args[i] && helper->args[i].flags & ALV_MAYBE_NULL))
			continue;
		if (!reaches(watch, args[i], size))
			say(watch, at,
			    "argument %u: %" PRIu64 " bytes at 0x%" PRIx64 " are nobody's", i + 1,
			    size, args[i]);
	}
}

void watch_insn(void *data, struct alv_run *run, const struct bpf_insn *pc, const u64 *regs)
{
	struct watch *watch = data;
	struct activation *activation = activate(watch, regs);
	u64 place = (u64)(pc - watch->code);
	char why[128];
	u32 at;

	if (watch->fault[0])
		return;
	if (!activation || place >= watch->n_code) {
		say(watch, 0, activation ? "the program was left" : "too many frames");
		return;
	}
	at = watch->origin[place];
	if (at == UINT32_MAX)
		return;
	take_result(watch, activation);
	take_arguments(watch, at, regs);
	activation->insn = at;
	memcpy(activation->args, &regs[BPF_REG_1], sizeof(activation->args));
	watch->n_checked++;
	watch->n_judged++;
	watch->ctx = run->ctx;
	find_packet(watch, run);
	if (!watch_covered(watch, at, why, sizeof(why)))
		say(watch, at, "no state fits: %s", why);
	if (!watch->fault[0])
		check_access(watch, at, regs);
	if (!watch->fault[0])
		check_call(watch, at, activation->args);
}

void watch_stop(struct watch *watch, struct alv_run *run)
{
	if (watch->lock)
		alv_spin_unlock(watch->lock);
	for (u32 i = 0; i < ALV_RUN_RESERVATIONS; i++) {
		struct alv_reservation *one = &run->reservations[i];

		if (one->sample)
			alv_ringbuf_discard(one->map, one->sample, BPF_RB_NO_WAKEUP);
		one->sample = NULL;
	}
}

void watch_end(struct watch *watch, const struct alv_run *run)
{
	for (u32 i = 0; i < ALV_RUN_RESERVATIONS; i++)
		if (run->reservations[i].sample && !watch->fault[0])
			say(watch, 0, "a reservation was not given back");
}
