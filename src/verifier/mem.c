/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads and stores: what may be done through a pointer depends on what it points to. */
#include "verifier/kernel_type.h"
#include "verifier/kptr.h"
#include "verifier/print.h"

#include <string.h>

#include "program/socket.h"

#define IP_ALIGN 2 /* headers behind 14 bytes of Ethernet */

static const char *const alignment_names[ALV_N_REG_BASES] = {
	[ALV_REG_FLOW_KEYS] = "flow keys ",
	[ALV_REG_MAP_KEY] = "key ",
	[ALV_REG_MAP_VALUE] = "value ",
	[ALV_REG_CTX] = "context ",
	[ALV_REG_STACK] = "stack ",
	[ALV_REG_SOCKET] = "sock ",
	[ALV_REG_SOCK_COMMON] = "sock_common ",
	[ALV_REG_TCP_SOCK] = "tcp_sock ",
	[ALV_REG_XDP_SOCK] = "xdp_sock ",
};

int alv_check_alignment(struct alv_env *env, const struct alv_reg *reg, s32 off, u32 size,
			bool strict)
{
	bool packet = alv_reg_is_packet(reg);
	const char *name = alignment_names[reg->type.base];
	s32 shift = packet ? IP_ALIGN : 0;
	struct alv_tnum at;
	char text[64];

	strict |= env->strict_alignment || alv_reg_is(reg, ALV_REG_STACK);
	if (!strict || size == 1 || alv_reg_is(reg, ALV_REG_ARENA))
		return 0;
	at = alv_tnum_add(reg->val.bits, alv_tnum_const((u64)(s64)(shift + reg->off + off)));
	if (alv_tnum_is_aligned(at, size))
		return 0;
	alv_tnum_print(text, sizeof(text), reg->val.bits);
	if (packet)
		alv_say(env, MISALIGNED_PACKET, shift, text, reg->off, off, size);
	else
		alv_say(env, MISALIGNED, name ? name : "", text, reg->off, off, size);
	return -EACCES;
}

/* Bytes [off, off + size) of `region` bytes? */
static int check_bytes(struct alv_env *env, u32 number, s64 off, s64 size, u32 region, bool zero_ok)
{
	const struct alv_reg *reg = alv_env_reg(env, number);

	if (off >= 0 && (size > 0 || (!size && zero_ok)) && (u64)off + (u64)size <= region)
		return 0;
	if (alv_reg_is(reg, ALV_REG_MAP_KEY))
		alv_say(env, OUT_OF_KEY, region, (s32)off, (s32)size);
	else if (alv_reg_is(reg, ALV_REG_MAP_VALUE))
		alv_say(env, OUT_OF_VALUE, region, (s32)off, (s32)size);
	else if (alv_reg_is_packet_any(reg))
		alv_say(env, OUT_OF_PACKET, (s32)off, (s32)size, number, reg->id, (s32)off,
			region);
	else
		alv_say(env, OUT_OF_MEMORY, region, (s32)off, (s32)size);
	return -EACCES;
}

int alv_check_region(struct alv_env *env, u32 number, s64 off, s64 size, u32 region, bool zero_ok)
{
	const struct alv_scalar *s = &alv_env_reg(env, number)->val;
	s64 low;
	int err;

	low = s->smin == INT64_MIN ? INT64_MIN : s->smin + off;
	if (s->smin < 0 && (s->smin == INT64_MIN || low != (s32)low || low < 0)) {
		alv_say(env, MIN_NEGATIVE, number);
		return -EACCES;
	}
	err = check_bytes(env, number, (s32)low, size, region, zero_ok);
	if (err) {
		alv_say(env, BELOW_REGION, number);
		return err;
	}
	if (s->umax >= ALV_MAX_OFFSET) {
		alv_say(env, UNBOUNDED, number);
		return -EACCES;
	}
	err = check_bytes(env, number, (s32)((s64)s->umax + off), size, region, zero_ok);
	if (err)
		alv_say(env, ABOVE_REGION, number);
	return err;
}

int alv_check_fixed_offset(struct alv_env *env, const struct alv_reg *reg, u32 number,
			   bool offset_ok)
{
	char type[ALV_TYPE_TEXT], bits[64];

	alv_type_text(type, reg->type);
	if (reg->off < 0) {
		alv_say(env, NEGATIVE_OFFSET, type, number, reg->off);
		return -EACCES;
	}
	if (!offset_ok && reg->off) {
		alv_say(env, MODIFIED_POINTER, type, number, reg->off);
		return -EACCES;
	}
	if (!alv_scalar_is_const(&reg->val) || reg->val.bits.value) {
		alv_tnum_print(bits, sizeof(bits), reg->val.bits);
		alv_say(env, VARIABLE_POINTER, type, bits);
		return -EACCES;
	}
	return 0;
}

int alv_check_map_flags(struct alv_env *env, u32 number, s32 off, s32 size, enum alv_access kind)
{
	const struct alv_checked_map *map = alv_env_reg(env, number)->map;

	if (kind == ALV_ACCESS_WRITE && (map->flags & BPF_F_RDONLY_PROG)) {
		alv_say(env, MAP_READ_ONLY, map->value_size, off, size);
		return -EACCES;
	}
	if (kind == ALV_ACCESS_READ && (map->flags & BPF_F_WRONLY_PROG)) {
		alv_say(env, MAP_WRITE_ONLY, map->value_size, off, size);
		return -EACCES;
	}
	return 0;
}

int alv_check_packet(struct alv_env *env, u32 number, s32 off, s32 size, bool zero_ok)
{
	const struct alv_reg *reg = alv_env_reg(env, number);
	int err = -EINVAL;

	if (reg->val.smin < 0) {
		alv_say(env, MIN_NEGATIVE, number);
		return -EACCES;
	}
	if (reg->range >= 0)
		err = check_bytes(env, number, off, size, (u32)reg->range, zero_ok);
	if (err)
		alv_say(env, NOT_IN_PACKET, number);
	return err;
}

int alv_check_buffer(struct alv_env *env, const struct alv_reg *reg, u32 number, s32 off,
		     s32 size, const char *what)
{
	char text[64];

	if (off < 0) {
		alv_say(env, BUFFER_NEGATIVE, number, what, off, size);
		return -EACCES;
	}
	if (alv_scalar_is_const(&reg->val) && !reg->val.bits.value)
		return 0;
	alv_tnum_print(text, sizeof(text), reg->val.bits);
	alv_say(env, BUFFER_VARIABLE, number, off, text);
	return -EACCES;
}

/* Pointers that loads through probes serve, whether they can be trusted or not. */
static bool is_probed(struct alv_type type)
{
	return type.base == ALV_REG_BTF_ID ||
	       (type.base == ALV_REG_MEM && (type.flags & ALV_UNTRUSTED));
}

static struct alv_type merge(struct alv_type a, struct alv_type b)
{
	bool memory = a.base == ALV_REG_MEM || b.base == ALV_REG_MEM;

	return (struct alv_type){
		.base = memory ? ALV_REG_MEM : ALV_REG_BTF_ID,
		.flags = (a.flags | b.flags) & (ALV_UNTRUSTED | ALV_RDONLY),
	};
}

int alv_check_pointer_type(struct alv_env *env, struct alv_type type, bool loads)
{
	/* These are accessed in ways of their own: paths must agree on them. */
	const u32 own = 1u << ALV_REG_CTX | 1u << ALV_REG_SOCKET | 1u << ALV_REG_SOCK_COMMON |
			1u << ALV_REG_TCP_SOCK | 1u << ALV_REG_XDP_SOCK | 1u << ALV_REG_BTF_ID |
			1u << ALV_REG_ARENA;
	struct alv_insn_verdict *facts = &env->facts[env->insn];

	if (facts->pointer.base == ALV_REG_NOT_INIT) {
		facts->pointer = type;
		return 0;
	}
	if (alv_type_equal(type, facts->pointer) ||
	    !((1u << type.base | 1u << facts->pointer.base) & own))
		return 0;
	if (loads && is_probed(type) && is_probed(facts->pointer)) {
		facts->pointer = merge(type, facts->pointer);
		return 0;
	}
	alv_say(env, SAME_INSN);
	return -EINVAL;
}

static int refuse_leak(struct alv_env *env, const struct alv_mem_access *access, const char *where)
{
	if (access->kind != ALV_ACCESS_WRITE || access->value < 0 ||
	    !alv_env_is_pointer(env, alv_env_reg(env, (u32)access->value)))
		return 0;
	alv_say(env, LEAK_INTO, access->value, where);
	return -EACCES;
}

static int refuse_write(struct alv_env *env, const struct alv_mem_access *access,
			const struct alv_reg *reg)
{
	char text[ALV_TYPE_TEXT];

	if (access->kind != ALV_ACCESS_WRITE)
		return 0;
	alv_say(env, READ_ONLY, access->pointer, alv_type_text(text, reg->type));
	return -EACCES;
}

static void load_unknown(struct alv_env *env, const struct alv_mem_access *access)
{
	if (access->kind == ALV_ACCESS_READ && access->value >= 0)
		alv_env_set_unknown(env, alv_env_reg(env, (u32)access->value));
}

/* The bytes of a constant map. */
static u64 constant_at(const struct alv_checked_map *map, s64 off, const struct alv_mem_access *a)
{
	u64 value = 0;

	memcpy(&value, (const u8 *)map->value(map) + off, a->size);
	if (a->sign_extends && a->size < 8) {
		u32 shift = 64 - 8 * a->size;

		value = (u64)((s64)(value << shift) >> shift);
	}
	return value;
}

static int access_map_value(struct alv_env *env, const struct alv_mem_access *access, s32 off)
{
	const struct alv_reg reg = *alv_env_reg(env, access->pointer);
	const struct alv_field *field;
	int err = refuse_leak(env, access, "map");

	if (!err)
		err = alv_check_map_flags(env, access->pointer, off, (s32)access->size,
					  access->kind);
	if (!err)
		err = alv_check_map_value(env, access->pointer, off, (s32)access->size,
					  false, true);
	if (err)
		return err;
	field = alv_kptr_at(&reg, off);
	if (field)
		return alv_access_kptr(env, access, field);
	load_unknown(env, access);
	if (access->kind == ALV_ACCESS_READ && access->value >= 0 && reg.map->constant &&
	    alv_scalar_is_const(&reg.val))
		alv_reg_set_const(alv_env_reg(env, (u32)access->value),
				  constant_at(reg.map, off + (s64)reg.val.bits.value, access));
	return 0;
}

static int access_map_key(struct alv_env *env, const struct alv_mem_access *access, s32 off)
{
	const struct alv_reg *reg = alv_env_reg(env, access->pointer);
	int err;

	if (access->kind == ALV_ACCESS_WRITE) {
		alv_say(env, KEY_WRITE, access->pointer);
		return -EACCES;
	}
	err = alv_check_region(env, access->pointer, off, access->size, reg->map->key_size, false);
	if (!err)
		load_unknown(env, access);
	return err;
}

static int access_memory(struct alv_env *env, const struct alv_mem_access *access, s32 off)
{
	const struct alv_reg *reg = alv_env_reg(env, access->pointer);
	int err = 0;

	if (reg->type.flags & ALV_RDONLY)
		err = refuse_write(env, access, reg);
	if (!err)
		err = refuse_leak(env, access, "mem");
	if (!err && (reg->type.flags & ALV_UNTRUSTED))
		env->facts[env->insn].probes = true;
	else if (!err)
		err = alv_check_region(env, access->pointer, off, access->size, reg->mem_size,
				       false);
	if (!err)
		load_unknown(env, access);
	return err;
}

static int find_ctx(struct alv_env *env, const struct alv_mem_access *access, s32 off,
		    struct alv_ctx_access *ret_access)
{
	int err = alv_ctx_access(&env->request->traits, off, (u8)access->size,
				 access->kind == ALV_ACCESS_WRITE, access->sign_extends, ret_access);

	if (err) {
		alv_say(env, BAD_CTX, off, access->size);
		alv_print_source(env, env->insn);
	}
	return err;
}

static int access_ctx(struct alv_env *env, const struct alv_mem_access *access, s32 off)
{
	const struct alv_reg *reg = alv_env_reg(env, access->pointer);
	struct alv_ctx_access found;
	struct alv_reg *value;
	int err = refuse_leak(env, access, "ctx");

	if (!err)
		err = alv_check_fixed_offset(env, reg, access->pointer, false);
	if (err)
		return err;
	err = find_ctx(env, access, off, &found);
	if (err)
		return err;
	if (env->verdict->ctx_reach < (u32)off + access->size)
		env->verdict->ctx_reach = (u32)off + access->size;
	load_unknown(env, access);
	if (access->kind != ALV_ACCESS_READ || access->value < 0 ||
	    found.type.base == ALV_REG_SCALAR)
		return 0;
	value = alv_env_reg(env, (u32)access->value);
	alv_reg_set_pointer(value, found.type.base, found.type.flags);
	if (alv_reg_maybe_null(value))
		value->id = alv_env_new_id(env);
	return 0;
}

static int access_stack(struct alv_env *env, const struct alv_mem_access *access, s32 off)
{
	int err = alv_check_stack_bounds(env, access->pointer, off, (s32)access->size,
					 access->kind);

	if (err)
		return err;
	if (access->kind == ALV_ACCESS_READ)
		return alv_check_stack_read(env, access->pointer, off, access->size,
					    access->value);
	return alv_check_stack_write(env, access->pointer, off, access->size, access->value);
}

static int access_packet(struct alv_env *env, const struct alv_mem_access *access, s32 off)
{
	int err;

	if (access->kind == ALV_ACCESS_WRITE && !env->request->traits.type->writes_packet) {
		alv_say(env, PACKET_WRITE);
		return -EACCES;
	}
	err = refuse_leak(env, access, "packet");
	if (!err)
		err = alv_check_packet(env, access->pointer, off, (s32)access->size, false);
	if (!err)
		load_unknown(env, access);
	return err;
}

static int access_flow_keys(struct alv_env *env, const struct alv_mem_access *access, s32 off)
{
	int err = refuse_leak(env, access, "flow keys");

	if (err)
		return err;
	if (off < 0 || (u64)off + access->size > sizeof(struct bpf_flow_keys)) {
		alv_say(env, BAD_FLOW_KEYS, off, access->size);
		return -EACCES;
	}
	load_unknown(env, access);
	return 0;
}

static int access_sock(struct alv_env *env, const struct alv_mem_access *access, s32 off)
{
	const struct alv_reg *reg = alv_env_reg(env, access->pointer);
	char text[ALV_TYPE_TEXT];
	int err = refuse_write(env, access, reg);

	if (err)
		return err;
	if (reg->val.smin < 0) {
		alv_say(env, MIN_NEGATIVE, access->pointer);
		return -EACCES;
	}
	if (!alv_socket_field(reg->type.base, env->request->traits.kernel, off,
			      (u8)access->size)) {
		alv_say(env, BAD_SOCK, access->pointer, alv_type_text(text, reg->type), off,
			access->size);
		return -EACCES;
	}
	load_unknown(env, access);
	return 0;
}

static int access_buffer(struct alv_env *env, const struct alv_mem_access *access, s32 off)
{
	const struct alv_reg *reg = alv_env_reg(env, access->pointer);
	bool read_only = reg->type.flags & ALV_RDONLY;
	const char *what = read_only ? "rdonly" : "rdwr";
	int err = 0;

	if (reg->type.base == ALV_REG_TP_BUFFER)
		what = "tracepoint";
	else if (read_only)
		err = refuse_write(env, access, reg);
	if (!err)
		err = alv_check_buffer(env, reg, access->pointer, off, (s32)access->size, what);
	if (!err)
		load_unknown(env, access);
	return err;
}

typedef int access_fn(struct alv_env *env, const struct alv_mem_access *access, s32 off);

static access_fn *const accesses[ALV_N_REG_BASES] = {
	[ALV_REG_MAP_KEY] = access_map_key,     [ALV_REG_MAP_VALUE] = access_map_value,
	[ALV_REG_MEM] = access_memory,          [ALV_REG_CTX] = access_ctx,
	[ALV_REG_STACK] = access_stack,         [ALV_REG_PACKET] = access_packet,
	[ALV_REG_PACKET_META] = access_packet,  [ALV_REG_FLOW_KEYS] = access_flow_keys,
	[ALV_REG_SOCKET] = access_sock,         [ALV_REG_SOCK_COMMON] = access_sock,
	[ALV_REG_TCP_SOCK] = access_sock,       [ALV_REG_XDP_SOCK] = access_sock,
	[ALV_REG_TP_BUFFER] = access_buffer,    [ALV_REG_BUF] = access_buffer,
	[ALV_REG_BTF_ID] = alv_access_struct,   [ALV_REG_MAP] = alv_access_map,
};

/* What was loaded has the access's size. */
static void narrow_value(struct alv_env *env, const struct alv_mem_access *access)
{
	struct alv_reg *value;

	if (access->kind != ALV_ACCESS_READ || access->value < 0 || access->size == 8)
		return;
	value = alv_env_reg(env, (u32)access->value);
	if (!alv_reg_is_scalar(value))
		return;
	if (!access->sign_extends) {
		alv_scalar_zext(&value->val, (u8)access->size);
		return;
	}
	/* Another number than the one on the stack, for all that Linux keeps them equal. */
	if (value->val.umax >> (8 * access->size - 1))
		alv_reg_forget_id(value);
	alv_scalar_sext(&value->val, (u8)access->size, true);
}

int alv_check_mem(struct alv_env *env, const struct alv_mem_access *access)
{
	const struct alv_reg *reg = alv_env_reg(env, access->pointer);
	access_fn *fn = accesses[reg->type.base];
	char text[ALV_TYPE_TEXT];
	int err = alv_check_alignment(env, reg, access->off, access->size, access->strict);

	if (err)
		return err;
	if (!fn || alv_reg_maybe_null(reg)) {
		alv_say(env, BAD_POINTER, access->pointer, alv_type_text(text, reg->type));
		return -EACCES;
	}
	err = fn(env, access, access->off + reg->off);
	if (!err)
		narrow_value(env, access);
	return err;
}

int alv_step_load(struct alv_env *env, const struct bpf_insn *insn)
{
	struct alv_mem_access access = {
		.pointer = insn->src_reg,
		.off = insn->off,
		.size = alv_insn_access_size(insn),
		.kind = ALV_ACCESS_READ,
		.value = insn->dst_reg,
		.sign_extends = BPF_MODE(insn->code) == ALV_BPF_MEMSX,
	};
	struct alv_type type;
	int err = alv_check_reads(env, insn->src_reg);

	if (!err)
		err = alv_check_writes(env, insn->dst_reg);
	if (err)
		return err;
	type = alv_env_reg(env, insn->src_reg)->type;
	err = alv_check_mem(env, &access);
	if (!err)
		err = alv_check_pointer_type(env, type, true);
	return err ? err : alv_check_bounds(env, alv_env_reg(env, insn->dst_reg), "ldx");
}

static int store(struct alv_env *env, const struct bpf_insn *insn, s32 value)
{
	struct alv_mem_access access = {
		.pointer = insn->dst_reg,
		.off = insn->off,
		.size = alv_insn_access_size(insn),
		.kind = ALV_ACCESS_WRITE,
		.value = value,
	};
	struct alv_type type = alv_env_reg(env, insn->dst_reg)->type;
	int err = alv_check_mem(env, &access);

	return err ? err : alv_check_pointer_type(env, type, false);
}

int alv_step_store(struct alv_env *env, const struct bpf_insn *insn)
{
	int err;

	if (BPF_MODE(insn->code) != BPF_MEM || insn->imm) {
		alv_say(env, RESERVED_STX);
		return -EINVAL;
	}
	err = alv_check_reads(env, insn->src_reg);
	if (!err)
		err = alv_check_reads(env, insn->dst_reg);
	return err ? err : store(env, insn, insn->src_reg);
}

int alv_step_store_imm(struct alv_env *env, const struct bpf_insn *insn)
{
	int err;

	if (BPF_MODE(insn->code) != BPF_MEM || insn->src_reg) {
		alv_say(env, RESERVED_ST);
		return -EINVAL;
	}
	err = alv_check_reads(env, insn->dst_reg);
	return err ? err : store(env, insn, -1);
}
