/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads through pointers to the kernel's structs. What they give is as trustworthy as
 * the way that led there: a pointer that a trusted struct is known to keep valid stays
 * trusted, one that RCU protects is valid in a critical section, the rest may be
 * anything and is only good for loads that can't fault.
 */
#include "verifier/kernel_type.h"
#include "verifier/print.h"

#define TRUSTED (ALV_ALLOCATED | ALV_TRUSTED)

void alv_reg_set_struct(struct alv_env *env, struct alv_reg *reg, const struct alv_btf *btf,
			u32 id, u32 flags)
{
	alv_reg_set_pointer(reg, ALV_REG_BTF_ID, flags);
	reg->precise = false;
	reg->btf = btf;
	reg->btf_id = id;
	if (flags & ALV_MAYBE_NULL)
		reg->id = alv_env_new_id(env);
}

bool alv_reg_is_trusted(const struct alv_reg *reg)
{
	if (reg->ref)
		return true;
	if (reg->type.flags & ~(u32)TRUSTED)
		return false;
	switch (reg->type.base) {
	case ALV_REG_SOCKET:
	case ALV_REG_SOCK_COMMON:
	case ALV_REG_TCP_SOCK:
	case ALV_REG_MAP:
		return true;
	default:
		return reg->type.flags & TRUSTED;
	}
}

/* May what RCU protects be used here? */
bool alv_env_in_rcu(const struct alv_env *env)
{
	return env->state->in_rcu || env->state->n_locks || !alv_env_may_sleep(env);
}

static u32 flags_in_rcu(const struct alv_reg *reg, const struct alv_walk_result *found)
{
	u32 flags = found->flags;

	if (alv_type_is_safe(reg, found, "__safe_rcu"))
		return flags | ALV_RCU_MEM;
	if (alv_type_is_safe(reg, found, "__safe_rcu_or_null"))
		return (flags | ALV_RCU_MEM | ALV_MAYBE_NULL) & ~(u32)ALV_UNTRUSTED;
	if (flags & ALV_RCU_MEM)
		return flags | ALV_MAYBE_NULL;
	if (flags & (ALV_PERCPU_MEM | ALV_USER_MEM))
		return flags;
	return flags & ~(u32)(TRUSTED | ALV_RCU_MEM);
}

/* How far a pointer that was found in a struct can be trusted. */
static u32 flags_of(const struct alv_env *env, const struct alv_reg *reg,
		    const struct alv_walk_result *found)
{
	if (reg->type.flags & ALV_UNTRUSTED)
		return ALV_UNTRUSTED;
	if (!alv_reg_is_trusted(reg) && !(reg->type.flags & ALV_RCU_MEM))
		return found->flags & ~(u32)(TRUSTED | ALV_RCU_MEM);
	if (alv_type_is_safe(reg, found, "__safe_trusted"))
		return found->flags | ALV_TRUSTED;
	if (alv_type_is_safe(reg, found, "__safe_trusted_or_null"))
		return found->flags | ALV_TRUSTED | ALV_MAYBE_NULL;
	if (alv_env_in_rcu(env) && !alv_reg_maybe_null(reg))
		return flags_in_rcu(reg, found);
	return ALV_UNTRUSTED;
}

static void load(struct alv_env *env, const struct alv_mem_access *access,
		 const struct alv_btf *btf, int what, const struct alv_walk_result *found,
		 u32 flags)
{
	struct alv_reg *value;

	if (access->kind != ALV_ACCESS_READ || access->value < 0)
		return;
	value = alv_env_reg(env, (u32)access->value);
	if (what == ALV_WALK_POINTER) {
		alv_reg_set_struct(env, value, btf, found->id, flags);
	} else if (what == ALV_WALK_UNTYPED_POINTER) {
		alv_reg_set_pointer(value, ALV_REG_MEM, ALV_RDONLY | ALV_UNTRUSTED);
		value->precise = false;
	} else {
		alv_env_set_unknown(env, value);
	}
}

static int refuse_rights(struct alv_env *env, const char *name, bool kernel)
{
	if (!env->may_leak) {
		alv_say(env, STRUCT_RIGHTS, name);
		return -EPERM;
	}
	if (kernel && !env->request->traits.gpl) {
		alv_say(env, STRUCT_GPL, name);
		return -EINVAL;
	}
	return 0;
}

static int check_pointer(struct alv_env *env, const struct alv_mem_access *access, s32 off)
{
	const struct alv_reg *reg = alv_env_reg(env, access->pointer);
	const char *name = alv_reg_type_name(reg);
	char bits[64];

	if (off < 0) {
		alv_say(env, STRUCT_NEGATIVE, access->pointer, name, off);
		return -EACCES;
	}
	if (!alv_scalar_is_const(&reg->val) || reg->val.bits.value) {
		alv_tnum_print(bits, sizeof(bits), reg->val.bits);
		alv_say(env, STRUCT_VARIABLE, access->pointer, name, off, bits);
		return -EACCES;
	}
	if (reg->type.flags & (ALV_USER_MEM | ALV_PERCPU_MEM)) {
		alv_say(env, STRUCT_FOREIGN, access->pointer, name,
			reg->type.flags & ALV_USER_MEM ? "user" : "percpu", off);
		return -EACCES;
	}
	/* Programs' own objects are written to; the kernel's are not. */
	if (access->kind == ALV_ACCESS_WRITE &&
	    ((reg->type.flags & ALV_UNTRUSTED) || !(reg->type.flags & ALV_ALLOCATED))) {
		alv_say(env, STRUCT_READ_ONLY);
		return -EACCES;
	}
	return 0;
}

int alv_access_struct(struct alv_env *env, const struct alv_mem_access *access, s32 off)
{
	const struct alv_reg reg = *alv_env_reg(env, access->pointer);
	struct alv_walk_result found;
	int what, err;

	err = refuse_rights(env, alv_reg_type_name(&reg), reg.btf->kernel);
	if (!err)
		err = check_pointer(env, access, off);
	if (err)
		return err;
	what = alv_type_access(env, reg.btf, reg.btf_id, off, access->size, true, &found);
	if (what < 0)
		return what;
	env->facts[env->insn].probes = true;
	load(env, access, reg.btf, what, &found,
	     what == ALV_WALK_POINTER ? flags_of(env, &reg, &found) : 0);
	return 0;
}

/* The kernel's struct behind each type of map. */
static const struct {
	u32 type;
	const char *name;
} map_structs[] = {
	{ BPF_MAP_TYPE_HASH, "bpf_htab" },
	{ BPF_MAP_TYPE_PERCPU_HASH, "bpf_htab" },
	{ BPF_MAP_TYPE_LRU_HASH, "bpf_htab" },
	{ BPF_MAP_TYPE_LRU_PERCPU_HASH, "bpf_htab" },
	{ BPF_MAP_TYPE_HASH_OF_MAPS, "bpf_htab" },
	{ BPF_MAP_TYPE_ARRAY, "bpf_array" },
	{ BPF_MAP_TYPE_PERCPU_ARRAY, "bpf_array" },
	{ BPF_MAP_TYPE_PROG_ARRAY, "bpf_array" },
	{ BPF_MAP_TYPE_PERF_EVENT_ARRAY, "bpf_array" },
	{ BPF_MAP_TYPE_CGROUP_ARRAY, "bpf_array" },
	{ BPF_MAP_TYPE_ARRAY_OF_MAPS, "bpf_array" },
	{ BPF_MAP_TYPE_STACK_TRACE, "bpf_stack_map" },
	{ BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, "reuseport_array" },
	{ BPF_MAP_TYPE_DEVMAP, "bpf_dtab" },
	{ BPF_MAP_TYPE_DEVMAP_HASH, "bpf_dtab" },
	{ BPF_MAP_TYPE_CPUMAP, "bpf_cpu_map" },
	{ BPF_MAP_TYPE_XSKMAP, "xsk_map" },
	{ BPF_MAP_TYPE_SOCKMAP, "bpf_stab" },
	{ BPF_MAP_TYPE_SOCKHASH, "bpf_shtab" },
	{ BPF_MAP_TYPE_RINGBUF, "bpf_ringbuf_map" },
	{ BPF_MAP_TYPE_USER_RINGBUF, "bpf_ringbuf_map" },
	{ BPF_MAP_TYPE_LPM_TRIE, "lpm_trie" },
	{ BPF_MAP_TYPE_BLOOM_FILTER, "bpf_bloom_filter" },
	{ BPF_MAP_TYPE_QUEUE, "bpf_queue_stack" },
	{ BPF_MAP_TYPE_STACK, "bpf_queue_stack" },
	{ BPF_MAP_TYPE_CGROUP_STORAGE, "bpf_cgroup_storage_map" },
	{ BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, "bpf_cgroup_storage_map" },
	{ BPF_MAP_TYPE_SK_STORAGE, "bpf_local_storage_map" },
	{ BPF_MAP_TYPE_INODE_STORAGE, "bpf_local_storage_map" },
	{ BPF_MAP_TYPE_TASK_STORAGE, "bpf_local_storage_map" },
};

static const char *map_struct(u32 type)
{
	for (size_t i = 0; i < ALV_COUNT(map_structs); i++)
		if (map_structs[i].type == type)
			return map_structs[i].name;
	return NULL;
}

int alv_access_map(struct alv_env *env, const struct alv_mem_access *access, s32 off)
{
	const struct alv_checked_map *map = alv_env_reg(env, access->pointer)->map;
	const struct alv_btf *btf = alv_env_vmlinux(env);
	const char *name = map_struct(map->type);
	struct alv_walk_result found;
	u32 id;
	int what;

	/* A host that has no kernel's objects has none for its maps. */
	if (!btf || !env->request->has_map_structs) {
		alv_say(env, MAP_NO_VMLINUX);
		return -ALV_ENOTSUPP;
	}
	id = alv_kernel_struct(env, name);
	if (!id) {
		alv_say(env, MAP_NO_STRUCT, map->type);
		return -ALV_ENOTSUPP;
	}
	what = refuse_rights(env, name, false);
	if (what)
		return what;
	if (off < 0) {
		alv_say(env, MAP_NEGATIVE, access->pointer, name, off);
		return -EACCES;
	}
	if (access->kind == ALV_ACCESS_WRITE) {
		alv_say(env, MAP_READ, name);
		return -EACCES;
	}
	what = alv_type_access(env, btf, id, off, access->size, true, &found);
	if (what < 0)
		return what;
	env->facts[env->insn].probes = true;
	load(env, access, btf, what, &found, found.flags);
	return 0;
}
