/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments of helpers: types that each kind takes, and what is checked of each. */
#include <string.h>

#include "verifier/call.h"
#include "verifier/dynptr.h"
#include "verifier/kernel_type.h"
#include "verifier/kptr.h"
#include "verifier/print.h"

#define MAX_TYPES 10

struct types {
	struct alv_type list[MAX_TYPES];
	u32 n;
};

#define T(BASE)           { .base = ALV_REG_##BASE }
#define TF(BASE, FLAGS)   { .base = ALV_REG_##BASE, .flags = FLAGS }
#define TYPES(...)                                                                                 \
	{                                                                                          \
		.list = { __VA_ARGS__ },                                                           \
		.n = sizeof((struct alv_type[]){ __VA_ARGS__ }) / sizeof(struct alv_type)          \
	}
#define MEMORY                                                                                     \
	TYPES(T(STACK), T(PACKET), T(PACKET_META), T(MAP_KEY), T(MAP_VALUE), T(MEM),               \
	      TF(MEM, ALV_RINGBUF_MEM), T(BUF), TF(BTF_ID, ALV_TRUSTED))
#define SOCKETS T(SOCK_COMMON), T(SOCKET), T(TCP_SOCK), T(XDP_SOCK)

/* What each kind of argument takes; those without a row are not known here. */
static const struct types arg_types[ALV_N_ARG_BASES] = {
	[ALV_ARG_MAP] = TYPES(T(MAP)),
	[ALV_ARG_MAP_KEY] = MEMORY,
	[ALV_ARG_MAP_VALUE] = MEMORY,
	[ALV_ARG_MEM] = MEMORY,
	[ALV_ARG_SIZE] = TYPES(T(SCALAR)),
	[ALV_ARG_SIZE_OR_ZERO] = TYPES(T(SCALAR)),
	[ALV_ARG_ALLOC_SIZE] = TYPES(T(SCALAR)),
	[ALV_ARG_CTX] = TYPES(T(CTX)),
	[ALV_ARG_SPIN_LOCK] = TYPES(T(MAP_VALUE), TF(BTF_ID, ALV_ALLOCATED)),
	[ALV_ARG_SOCK_COMMON] = TYPES(SOCKETS),
	[ALV_ARG_SOCKET] = TYPES(T(SOCKET)),
	[ALV_ARG_BTF_ID] = TYPES(T(BTF_ID), TF(BTF_ID, ALV_TRUSTED), TF(BTF_ID, ALV_RCU_MEM)),
	[ALV_ARG_RINGBUF_MEM] = TYPES(TF(MEM, ALV_RINGBUF_MEM)),
	[ALV_ARG_BTF_SOCK_COMMON] = TYPES(SOCKETS, T(BTF_ID), TF(BTF_ID, ALV_TRUSTED)),
	[ALV_ARG_PERCPU_BTF_ID] =
		TYPES(TF(BTF_ID, ALV_PERCPU_MEM), TF(BTF_ID, ALV_PERCPU_MEM | ALV_RCU_MEM),
		      TF(BTF_ID, ALV_PERCPU_MEM | ALV_TRUSTED)),
	[ALV_ARG_FUNC] = TYPES(T(FUNC)),
	[ALV_ARG_STACK] = TYPES(T(STACK)),
	[ALV_ARG_CONST_STR] = TYPES(T(MAP_VALUE)),
	[ALV_ARG_TIMER] = TYPES(T(MAP_VALUE)),
	[ALV_ARG_KPTR] = TYPES(T(MAP_VALUE), TF(BTF_ID, ALV_ALLOCATED)),
	[ALV_ARG_DYNPTR] = TYPES(T(STACK), T(DYNPTR)),
};

int alv_check_arg_type(struct alv_env *env, const struct alv_call *call, u32 number,
		       const struct alv_arg *arg)
{
	const struct types *types = &arg_types[arg->base];
	struct alv_type type = alv_env_reg(env, number)->type;
	char text[ALV_TYPE_TEXT];
	u32 i;

	type.flags &= ~(arg->flags & (ALV_RDONLY | ALV_MAYBE_NULL));
	if (arg->base == ALV_ARG_MEM)
		type.flags &= ~(u32)ALV_DYNPTR_FLAGS;
	/* Objects of programs can be put into fields. */
	if (call && call->kptr && number == BPF_REG_2 && (type.flags & ALV_ALLOCATED))
		type.flags &= ~(u32)(ALV_ALLOCATED | ALV_PERCPU_MEM);
	for (i = 0; i < types->n; i++)
		if (alv_type_equal(type, types->list[i]))
			return type.base == ALV_REG_BTF_ID
				       ? alv_check_struct_arg(env, call, number, arg)
				       : 0;
	if (!types->n)
		return -EFAULT;
	alv_say(env, ARG_TYPE, number, alv_type_text(text, alv_env_reg(env, number)->type));
	for (i = 0; i + 1 < types->n; i++)
		alv_say(env, ARG_TYPE_ITEM, alv_type_text(text, types->list[i]));
	alv_say(env, ARG_TYPE_LAST, alv_type_text(text, types->list[i]));
	return -EACCES;
}

static int check_release_offset(struct alv_env *env, u32 number, const struct alv_arg *arg)
{
	const struct alv_reg *reg = alv_env_reg(env, number);

	/* It is not the stack that is given back, but what the dynptr on it stands for. */
	if (arg->base == ALV_ARG_DYNPTR && alv_reg_is(reg, ALV_REG_STACK))
		return 0;
	if (!reg->off)
		return alv_check_fixed_offset(env, reg, number, false);
	alv_say(env, RELEASE_OFFSET, number);
	return -EINVAL;
}

/* Structs of which a part may be passed. */
static bool is_plain_struct(struct alv_type type)
{
	static const u32 flags[] = {
		0,
		ALV_ALLOCATED,
		ALV_TRUSTED,
		ALV_RCU_MEM,
		ALV_ALLOCATED | ALV_NON_OWNING,
		ALV_ALLOCATED | ALV_NON_OWNING | ALV_RCU_MEM,
	};

	for (size_t i = 0; i < ALV_COUNT(flags); i++)
		if (type.base == ALV_REG_BTF_ID && type.flags == flags[i])
			return true;
	return false;
}

/* Memory may be offset; what is looked into by its type may not. */
int alv_check_arg_offset(struct alv_env *env, u32 number)
{
	const struct alv_reg *reg = alv_env_reg(env, number);

	switch (reg->type.base) {
	case ALV_REG_STACK:
	case ALV_REG_PACKET:
	case ALV_REG_PACKET_META:
	case ALV_REG_MAP_KEY:
	case ALV_REG_MAP_VALUE:
	case ALV_REG_ARENA:
	case ALV_REG_SCALAR:
		if (!reg->type.flags)
			return 0;
		break;
	case ALV_REG_MEM:
		if (!(reg->type.flags & ~(u32)(ALV_RDONLY | ALV_RINGBUF_MEM)))
			return 0;
		break;
	case ALV_REG_BUF:
		if (!(reg->type.flags & ~(u32)ALV_RDONLY))
			return 0;
		break;
	default:
		break;
	}
	return alv_check_fixed_offset(env, reg, number, is_plain_struct(reg->type));
}

static int refuse_write(struct alv_env *env, u32 number, enum alv_access kind)
{
	char text[ALV_TYPE_TEXT];

	if (kind != ALV_ACCESS_WRITE)
		return 0;
	alv_say(env, READ_ONLY, number, alv_type_text(text, alv_env_reg(env, number)->type));
	return -EACCES;
}

static int refuse_memory(struct alv_env *env, u32 number)
{
	const struct alv_type stack = { .base = ALV_REG_STACK };
	char text[ALV_TYPE_TEXT];

	alv_say(env, ARG_MEMORY, number, alv_type_text(text, alv_env_reg(env, number)->type));
	alv_say(env, ARG_MEMORY_EXPECTED, alv_type_text(text, stack));
	return -EACCES;
}

/* Contexts that the engine hands over as they are. */
static bool is_plain_ctx(u32 type)
{
	return type == BPF_PROG_TYPE_SYSCALL || type == BPF_PROG_TYPE_KPROBE ||
	       type == BPF_PROG_TYPE_TRACEPOINT || type == BPF_PROG_TYPE_RAW_TRACEPOINT ||
	       type == BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE;
}

/* A context without fields of its own is memory, as far as it may be accessed at all. */
static int check_ctx_memory(struct alv_env *env, u32 number, s32 size, enum alv_access kind,
			    bool zero_ok)
{
	struct alv_mem_access access = {
		.pointer = number,
		.off = size - 1,
		.size = 1,
		.kind = kind,
		.value = -1,
	};

	if (!is_plain_ctx(env->request->traits.type->type))
		return refuse_memory(env, number);
	if (!size)
		return zero_ok ? 0 : -EACCES;
	return alv_check_mem(env, &access);
}

int alv_check_arg_memory(struct alv_env *env, u32 number, s32 size, enum alv_access kind,
			 bool zero_ok, struct alv_raw_memory *raw)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	bool read_only = reg->type.flags & ALV_RDONLY;
	int err = 0;

	switch (reg->type.base) {
	case ALV_REG_PACKET:
	case ALV_REG_PACKET_META:
		return alv_check_packet(env, number, reg->off, size, zero_ok);
	case ALV_REG_MAP_KEY:
		err = refuse_write(env, number, kind);
		return err ? err
			   : alv_check_region(env, number, reg->off, size, reg->map->key_size,
					      false);
	case ALV_REG_MAP_VALUE:
		err = alv_check_map_flags(env, number, reg->off, size, kind);
		return err ? err
			   : alv_check_map_value(env, number, reg->off, size, zero_ok, false);
	case ALV_REG_MEM:
		if (read_only)
			err = refuse_write(env, number, kind);
		return err ? err
			   : alv_check_region(env, number, reg->off, size, reg->mem_size, zero_ok);
	case ALV_REG_BUF:
		if (read_only)
			err = refuse_write(env, number, kind);
		return err ? err
			   : alv_check_buffer(env, reg, number, reg->off, size,
					      read_only ? "rdonly" : "rdwr");
	case ALV_REG_STACK:
		return alv_check_stack_range(env, number, reg->off, size, zero_ok, kind, raw);
	case ALV_REG_CTX:
		return check_ctx_memory(env, number, size, kind, zero_ok);
	case ALV_REG_BTF_ID:
		return alv_access_struct(env,
					 &(struct alv_mem_access){ .pointer = number,
								   .size = (u32)size,
								   .value = -1 },
					 reg->off);
	default:
		if (zero_ok && !size && alv_reg_is_null(reg))
			return 0;
		return refuse_memory(env, number);
	}
}

static enum alv_access kind_of(const struct alv_arg *arg)
{
	return arg->flags & ALV_WRITES ? ALV_ACCESS_WRITE : ALV_ACCESS_READ;
}

/* The memory in the register before is as large as this one says. */
static int check_size(struct alv_env *env, u32 number, enum alv_access kind, bool zero_ok,
		      struct alv_raw_memory *raw)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	const struct alv_scalar *s = &reg->val;
	bool known = alv_scalar_is_const(s);
	int err;

	if (s->smin < 0) {
		alv_say(env, SIZE_NEGATIVE, number);
		return -EACCES;
	}
	if (!s->umin && !zero_ok) {
		alv_say(env, SIZE_ZERO, number, (long long)s->umin, (long long)s->umax);
		return -EACCES;
	}
	if (s->umax >= ALV_MAX_SIZE) {
		alv_say(env, SIZE_UNBOUNDED, number);
		return -EACCES;
	}
	err = alv_check_arg_memory(env, number - 1, (s32)s->umax, kind, zero_ok,
				   known ? raw : NULL);
	return err ? err : alv_mark_precise(env, number);
}

static int check_size_arg(struct alv_env *env, struct alv_call *call, u32 index, bool zero_ok)
{
	u32 number = BPF_REG_1 + index;

	call->max_size = alv_env_reg(env, number)->val.umax;
	return check_size(env, number, kind_of(&call->helper->args[index - 1]), zero_ok,
			  &call->raw);
}

/* A pointer that may be NULL is checked as if it were not. */
static bool suppose_not_null(struct alv_reg *reg)
{
	bool null = alv_reg_maybe_null(reg);

	if (null)
		alv_reg_set_not_null(reg);
	return null;
}

int alv_check_sized_arg(struct alv_env *env, u32 number)
{
	struct alv_reg *reg = alv_env_reg(env, number - 1);
	const struct alv_reg saved = *reg;
	bool null = suppose_not_null(reg);
	struct alv_raw_memory raw = {};
	int err = check_size(env, number, ALV_ACCESS_READ, true, &raw);

	if (!err)
		err = check_size(env, number, ALV_ACCESS_WRITE, true, &raw);
	if (null)
		*reg = saved;
	return err;
}

int alv_check_memory_arg(struct alv_env *env, u32 number, u32 size)
{
	struct alv_reg *reg = alv_env_reg(env, number);
	const struct alv_reg saved = *reg;
	bool null;
	int err;

	if (alv_reg_is_null(reg))
		return 0;
	null = suppose_not_null(reg);
	err = alv_check_arg_memory(env, number, (s32)size, ALV_ACCESS_READ, true, NULL);
	if (!err)
		err = alv_check_arg_memory(env, number, (s32)size, ALV_ACCESS_WRITE, true, NULL);
	if (null)
		*reg = saved;
	return err;
}

int alv_check_string(struct alv_env *env, u32 number)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	const struct alv_checked_map *map = reg->map;
	s64 at;
	int err;

	if (!map->constant) {
		alv_say(env, STR_NOT_CONSTANT_MAP, number);
		return -EACCES;
	}
	if (!alv_scalar_is_const(&reg->val)) {
		alv_say(env, STR_NOT_CONSTANT, number);
		return -EACCES;
	}
	if (!map->direct) {
		alv_say(env, STR_NO_VALUE);
		return -EACCES;
	}
	err = alv_check_map_value(env, number, reg->off, (s32)map->value_size - reg->off, false,
				  false);
	if (err)
		return err;
	at = reg->off + (s64)reg->val.bits.value;
	if (memchr((const char *)map->value(map) + at, 0, map->value_size - (size_t)at))
		return 0;
	alv_say(env, STR_NO_END);
	return -EINVAL;
}

static int check_release(struct alv_env *env, struct alv_call *call, u32 number,
			 const struct alv_arg *arg)
{
	const struct alv_reg *reg = alv_env_reg(env, number);

	if (arg->base == ALV_ARG_DYNPTR) {
		call->release = number;
		return alv_dynptr_check_release(env, number);
	}
	if (!reg->ref && !alv_reg_is_null(reg)) {
		alv_say(env, NOT_REFERENCED, number);
		return -EINVAL;
	}
	call->release = number;
	return 0;
}

/* How many bytes of this sort there are from byte `first` of a slot on. */
static u32 count_bytes(const struct alv_slot *slot, s32 first, enum alv_stack_byte byte)
{
	u32 n = 0;

	while (first >= 0 && slot->bytes[first--] == byte)
		n++;
	return n;
}

/* A constant on the stack as key of an array: it decides whether a value is found. */
static int find_constant_key(struct alv_env *env, struct alv_call *call, const struct alv_reg *key)
{
	const struct alv_checked_map *map = call->map;
	const struct alv_slot *slot;
	struct alv_frame *frame;
	u32 at;

	if ((map->type != BPF_MAP_TYPE_ARRAY && map->type != BPF_MAP_TYPE_PERCPU_ARRAY) ||
	    !env->capable || !alv_reg_is(key, ALV_REG_STACK) || !alv_scalar_is_const(&key->val))
		return 0;
	frame = alv_env_frame_of(env, key);
	at = (u32)(-(key->off + (s32)key->val.bits.value) - 1);
	slot = &frame->slots[at / ALV_REG_SIZE];
	if (count_bytes(slot, at % ALV_REG_SIZE, ALV_STACK_ZERO) >= map->key_size) {
		call->has_key = true;
		call->key = 0;
		return 0;
	}
	if (!alv_slot_is_scalar(slot) || !alv_scalar_is_const(&slot->spilled.val) ||
	    count_bytes(slot, at % ALV_REG_SIZE, ALV_STACK_SPILL) != map->key_size)
		return 0;
	call->has_key = true;
	call->key = slot->spilled.val.bits.value;
	return alv_mark_slot_precise(env, key->frame, at / ALV_REG_SIZE);
}

static int check_map_memory(struct alv_env *env, struct alv_call *call, u32 number,
			    const struct alv_arg *arg)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	int err;

	if (arg->base == ALV_ARG_MAP_KEY) {
		if (!call->map) {
			alv_say(env, NO_MAP_FOR_KEY);
			return -EACCES;
		}
		err = alv_check_arg_memory(env, number, (s32)call->map->key_size,
					   ALV_ACCESS_READ, false, NULL);
		return err ? err : find_constant_key(env, call, reg);
	}
	if ((arg->flags & ALV_MAYBE_NULL) && alv_reg_is_null(reg))
		return 0;
	if (!call->map) {
		alv_say(env, NO_MAP_FOR_VALUE);
		return -EACCES;
	}
	call->raw.uninit = arg->flags & ALV_UNINIT;
	return alv_check_arg_memory(env, number, (s32)call->map->value_size, kind_of(arg), false,
				    &call->raw);
}

static int check_memory(struct alv_env *env, struct alv_call *call, u32 number,
			const struct alv_arg *arg)
{
	int err = 0;

	call->raw.uninit = arg->flags & ALV_UNINIT;
	if (!(arg->flags & ALV_FIXED_SIZE))
		return 0;
	err = alv_check_arg_memory(env, number, (s32)arg->size, kind_of(arg), false, &call->raw);
	if (!err && (arg->flags & ALV_ALIGNED))
		err = alv_check_alignment(env, alv_env_reg(env, number), 0, arg->size, true);
	return err;
}

static int check_alloc_size(struct alv_env *env, struct alv_call *call, u32 number)
{
	const struct alv_reg *reg = alv_env_reg(env, number);

	if (!alv_scalar_is_const(&reg->val)) {
		alv_say(env, NOT_CONSTANT, number);
		return -EACCES;
	}
	call->mem_size = (u32)reg->val.bits.value;
	return alv_mark_precise(env, number);
}

/* A timer and the map that it is in: an inner map is known by the lookup that found it. */
static int check_map(struct alv_env *env, struct alv_call *call, const struct alv_reg *reg)
{
	if (call->map && (call->map != reg->map || call->map_uid != reg->map_uid)) {
		alv_say(env, TIMER_OTHER_MAP, call->map_uid, reg->map_uid);
		return -EINVAL;
	}
	call->map = reg->map;
	call->map_uid = reg->map_uid;
	return 0;
}

/* What is checked of an argument whose type fits. */
static int check_kind(struct alv_env *env, struct alv_call *call, u32 index,
		      const struct alv_arg *arg)
{
	u32 number = BPF_REG_1 + index;
	const struct alv_reg *reg = alv_env_reg(env, number);

	switch (arg->base) {
	case ALV_ARG_MAP:
		return check_map(env, call, reg);
	case ALV_ARG_MAP_KEY:
	case ALV_ARG_MAP_VALUE:
		return check_map_memory(env, call, number, arg);
	case ALV_ARG_MEM:
		return check_memory(env, call, number, arg);
	case ALV_ARG_SIZE:
		return check_size_arg(env, call, index, false);
	case ALV_ARG_SIZE_OR_ZERO:
		return check_size_arg(env, call, index, true);
	case ALV_ARG_ALLOC_SIZE:
		return check_alloc_size(env, call, number);
	case ALV_ARG_SPIN_LOCK:
		return alv_check_lock(env, number, call->helper->id == BPF_FUNC_spin_lock);
	case ALV_ARG_FUNC:
		call->subprog = reg->subprog;
		return 0;
	case ALV_ARG_PERCPU_BTF_ID:
		call->btf = reg->btf;
		call->btf_id = reg->btf_id;
		return 0;
	case ALV_ARG_CONST_STR:
		return alv_check_string(env, number);
	case ALV_ARG_TIMER:
		call->map = reg->map;
		call->map_uid = reg->map_uid;
		return alv_check_field(env, number, ALV_FIELD_TIMER);
	case ALV_ARG_DYNPTR:
		return alv_dynptr_check_arg(env, number, arg->flags, 0);
	case ALV_ARG_KPTR:
		return alv_kptr_check_field(env, call, number);
	default:
		return 0;
	}
}

/* Socket maps hold sockets instead of values. */
static int resolve_value(struct alv_env *env, const struct alv_call *call, struct alv_arg *arg)
{
	const struct alv_checked_map *map = call->map;

	if (!map)
		return 0;
	if (map->type == BPF_MAP_TYPE_SOCKMAP || map->type == BPF_MAP_TYPE_SOCKHASH) {
		if (arg->flags) {
			alv_say(env, BAD_SOCKMAP_TYPE);
			return -EINVAL;
		}
		arg->base = ALV_ARG_BTF_SOCK_COMMON;
	} else if (map->type == BPF_MAP_TYPE_BLOOM_FILTER &&
		   call->helper->id == BPF_FUNC_map_peek_elem) {
		arg->flags = 0;
	}
	return 0;
}

static bool takes_packet(const struct alv_env *env, const struct alv_call *call)
{
	return env->request->traits.type->reads_packet &&
	       (call->helper->flags & ALV_HELPER_PACKET);
}

int alv_check_arg(struct alv_env *env, struct alv_call *call, u32 index)
{
	struct alv_arg arg = call->helper->args[index];
	u32 number = BPF_REG_1 + index;
	struct alv_reg *reg;
	int err;

	if (arg.base == ALV_ARG_NONE)
		return 0;
	err = alv_check_reads(env, number);
	if (err)
		return err;
	reg = alv_env_reg(env, number);
	if (arg.base == ALV_ARG_ANYTHING) {
		if (!alv_env_is_pointer(env, reg))
			return 0;
		alv_say(env, LEAK_INTO_HELPER, number);
		return -EACCES;
	}
	if (alv_reg_is_packet(reg) && !takes_packet(env, call)) {
		alv_say(env, HELPER_NO_PACKET);
		return -EACCES;
	}
	if (arg.base == ALV_ARG_MAP_VALUE)
		err = resolve_value(env, call, &arg);
	if (err)
		return err;
	if (!alv_reg_is_null(reg) || !(arg.flags & ALV_MAYBE_NULL)) {
		err = alv_check_arg_type(env, call, number, &arg);
		if (!err)
			err = arg.flags & ALV_RELEASES ? check_release_offset(env, number, &arg)
						       : alv_check_arg_offset(env, number);
	}
	if (!err && (arg.flags & ALV_RELEASES))
		err = check_release(env, call, number, &arg);
	if (err)
		return err;
	if (reg->ref && arg.base != ALV_ARG_KPTR)
		call->ref = reg->ref;
	return check_kind(env, call, index, &arg);
}
