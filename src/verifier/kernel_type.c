/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/kernel_type.h"

#include <stdio.h>
#include <string.h>

#define MAX_NAME 128

const struct alv_btf *alv_env_vmlinux(struct alv_env *env)
{
	const struct alv_verifier_names *names = &env->request->names;

	if (!env->vmlinux && names->vmlinux)
		env->vmlinux = names->vmlinux(names->data);
	return env->vmlinux;
}

u32 alv_kernel_struct(struct alv_env *env, const char *name)
{
	const struct alv_btf *btf = alv_env_vmlinux(env);
	u32 id;

	return btf && name && !alv_btf_find(btf, name, BTF_KIND_STRUCT, &id) ? id : 0;
}

static const char *name_of(const struct alv_btf *btf, u32 name_off)
{
	const char *name = name_off ? alv_btf_string(btf, name_off) : "";

	return name ? name : "";
}

const char *alv_reg_type_name(const struct alv_reg *reg)
{
	const struct btf_type *type = reg->btf ? alv_btf_type(reg->btf, reg->btf_id) : NULL;

	return type ? name_of(reg->btf, type->name_off) : "";
}

/* A member: what it is after typedefs, and for arrays, what they are of. */
struct member {
	const struct btf_type *type;
	u32 id;         /* of the type, or of the elements */
	u32 size;
	u32 n_elements;
	bool is_array;
};

/* -EINVAL: it has no size. */
static int resolve(const struct alv_btf *btf, u32 id, struct member *ret_member)
{
	struct member member = { .id = id, .n_elements = 1 };
	const struct btf_type *type = alv_btf_type(btf, id);
	u64 size;

	for (u32 i = 0; type && i < ALV_BTF_MAX_DEPTH; i++) {
		if (alv_btf_is_modifier(type)) {
			id = type->type;
			member.id = member.is_array ? member.id : id;
		} else if (alv_btf_is(type, BTF_KIND_ARRAY)) {
			const struct btf_array *array = alv_btf_array(type);

			if (member.n_elements && array->nelems > UINT32_MAX / member.n_elements)
				return -EINVAL;
			member.n_elements *= array->nelems;
			member.is_array = true;
			member.id = id = array->type;
		} else {
			break;
		}
		type = alv_btf_type(btf, id);
	}
	if (!type || alv_btf_is_modifier(type) || !alv_btf_sized(btf, &id, &member.size))
		return -EINVAL;
	size = (u64)member.size * member.n_elements;
	if (size > UINT32_MAX)
		return -EINVAL;
	member.size = (u32)size;
	member.type = type;
	*ret_member = member;
	return 0;
}

/* Where the walk is. */
struct walk {
	struct alv_env *env;
	const struct alv_btf *btf;
	const struct btf_type *type;
	const char *name;
	s64 off;
	u32 size;
	struct alv_walk_result *result;
};

static int refuse_beyond(const struct walk *walk)
{
	alv_say(walk->env, BEYOND_STRUCT, walk->name, (u32)walk->off, walk->size);
	return -EACCES;
}

/* Behind a struct's end, if its last member is an array of any length. */
static int enter_flexible(struct walk *walk, bool flexible)
{
	const struct btf_type *type = walk->type;
	u32 n = alv_btf_vlen(type);
	const struct btf_member *last;
	const struct btf_type *array;
	s64 begin;

	if (!flexible || !n)
		return refuse_beyond(walk);
	last = &alv_btf_members(type)[n - 1];
	array = alv_btf_skip_modifiers(walk->btf, last->type, NULL);
	begin = alv_btf_bit_offset(type, last) / 8;
	if (!array || !alv_btf_is(array, BTF_KIND_ARRAY) || alv_btf_array(array)->nelems ||
	    walk->off < begin)
		return refuse_beyond(walk);
	type = alv_btf_skip_modifiers(walk->btf, alv_btf_array(array)->type, NULL);
	if (type && alv_btf_is(type, BTF_KIND_INT))
		return ALV_WALK_NUMBER;
	if (!type || !alv_btf_is_composite(type) || !type->size)
		return refuse_beyond(walk);
	walk->off = (walk->off - begin) % type->size;
	walk->type = type;
	return -EAGAIN;
}

static u32 tag_flags(const struct alv_btf *btf, u32 target)
{
	static const struct {
		const char *tag;
		u32 flag;
	} tags[] = {
		{ "user", ALV_USER_MEM },
		{ "percpu", ALV_PERCPU_MEM },
		{ "rcu", ALV_RCU_MEM },
	};
	const struct btf_type *type = alv_btf_type(btf, target);

	if (!type || !alv_btf_is(type, BTF_KIND_TYPE_TAG))
		return 0;
	for (size_t i = 0; i < ALV_COUNT(tags); i++)
		if (!strcmp(name_of(btf, type->name_off), tags[i].tag))
			return tags[i].flag;
	return 0;
}

/* The access falls into a pointer. */
static int found_pointer(const struct walk *walk, const char *name, const struct btf_type *pointer,
			 u32 begin, u32 size)
{
	const struct btf_type *target;
	u32 id;

	if (size != walk->size || walk->off != begin) {
		alv_say(walk->env, POINTER_PART, name, begin, walk->name, (u32)walk->off,
			walk->size);
		return -EACCES;
	}
	target = alv_btf_skip_modifiers(walk->btf, pointer->type, &id);
	if (!target || !alv_btf_is_composite(target))
		return ALV_WALK_UNTYPED_POINTER;
	walk->result->id = id;
	walk->result->flags |= tag_flags(walk->btf, pointer->type);
	walk->result->field = name;
	return ALV_WALK_POINTER;
}

/* The access falls into this member. -EAGAIN: into a member of it. */
static int found(struct walk *walk, const struct btf_member *at, struct member *member, u32 begin)
{
	const char *name = name_of(walk->btf, at->name_off);
	u32 end = begin + member->size, size = member->size;

	if (member->is_array) {
		size /= member->n_elements;
		begin += size ? (u32)(walk->off - begin) / size * size : 0;
	}
	if (alv_btf_is_composite(member->type)) {
		walk->type = member->type;
		if (walk->off == begin) {
			walk->result->id = member->id;
			return ALV_WALK_STRUCT;
		}
		walk->off -= begin;
		return -EAGAIN;
	}
	if (alv_btf_is(member->type, BTF_KIND_PTR))
		return found_pointer(walk, name, member->type, begin, size);
	if (walk->off + walk->size > end && !(walk->result->flags & ALV_UNTRUSTED)) {
		alv_say(walk->env, BEYOND_MEMBER, name, end, walk->name, (u32)walk->off,
			walk->size);
		return -EACCES;
	}
	return ALV_WALK_NUMBER;
}

static int refuse_hole(const struct walk *walk)
{
	alv_say(walk->env, NO_FIELD, walk->name, (s32)walk->off);
	return -EINVAL;
}

/* The members of one struct. */
static int walk_members(struct walk *walk)
{
	const struct btf_type *type = walk->type;

	for (u32 i = 0; i < alv_btf_vlen(type); i++) {
		const struct btf_member *at = &alv_btf_members(type)[i];
		u32 begin = alv_btf_bit_offset(type, at) / 8, bits = alv_btf_bit_size(type, at);
		struct member member;

		if (walk->off + walk->size <= begin)
			break;
		if (bits) {
			u32 end = (alv_btf_bit_offset(type, at) + bits + 7) / 8;

			if (walk->off <= begin && end <= walk->off + walk->size)
				return ALV_WALK_NUMBER;
			continue;
		}
		if (walk->off < begin)
			break;
		if (resolve(walk->btf, at->type, &member)) {
			alv_say(walk->env, FIELD_NO_SIZE, name_of(walk->btf, at->name_off));
			return -EFAULT;
		}
		if (walk->off >= (s64)begin + member.size)
			continue;
		return found(walk, at, &member, begin);
	}
	return refuse_hole(walk);
}

int alv_type_walk(struct alv_env *env, const struct alv_btf *btf, u32 id, s32 off, u32 size,
		  bool flexible, struct alv_walk_result *result)
{
	struct walk walk = {
		.env = env,
		.btf = btf,
		.type = alv_btf_type(btf, id),
		.off = off,
		.size = size,
		.result = result,
	};
	int what = -EAGAIN;

	/* The kernel's types are not known to end. */
	for (u32 depth = 0; what == -EAGAIN && depth < ALV_BTF_MAX_DEPTH; depth++) {
		if (walk.type && alv_btf_is_modifier(walk.type))
			walk.type = alv_btf_skip_modifiers(btf, walk.type->type, NULL);
		if (!walk.type)
			return -EINVAL;
		walk.name = name_of(btf, walk.type->name_off);
		if (!alv_btf_is_composite(walk.type)) {
			alv_say(env, NOT_STRUCT, walk.name);
			return -EINVAL;
		}
		/* Which member of a union is the valid one is not known. */
		if (alv_btf_is(walk.type, BTF_KIND_UNION) && alv_btf_vlen(walk.type) != 1)
			result->flags |= ALV_UNTRUSTED;
		what = walk.off + walk.size > walk.type->size ? enter_flexible(&walk, flexible)
							      : walk_members(&walk);
	}
	return what == -EAGAIN ? -EINVAL : what;
}

int alv_type_access(struct alv_env *env, const struct alv_btf *btf, u32 id, s32 off, u32 size,
		    bool flexible, struct alv_walk_result *result)
{
	int what = ALV_WALK_STRUCT;

	*result = (struct alv_walk_result){ .id = id };
	for (u32 depth = 0; what == ALV_WALK_STRUCT && depth < ALV_BTF_MAX_DEPTH; depth++) {
		what = alv_type_walk(env, btf, result->id, off, size, flexible, result);
		off = 0;
	}
	return what == ALV_WALK_STRUCT ? -EINVAL : what;
}

bool alv_type_holds(struct alv_env *env, const struct alv_btf *btf, u32 id, s32 off,
		    const struct alv_btf *need_btf, u32 need, bool strict, bool flexible)
{
	struct alv_walk_result result = { .id = id };

	if (!off && btf == need_btf && id == need)
		return true;
	for (u32 depth = 0; !strict && depth < ALV_BTF_MAX_DEPTH; depth++) {
		if (alv_type_walk(env, btf, result.id, off, 1, flexible, &result) !=
		    ALV_WALK_STRUCT)
			return false;
		if (btf == need_btf && result.id == need)
			return true;
		off = 0;
	}
	return false;
}

bool alv_type_is_safe(const struct alv_reg *reg, const struct alv_walk_result *field,
		      const char *suffix)
{
	const struct btf_type *type = alv_btf_type(reg->btf, reg->btf_id), *list;
	char name[MAX_NAME];
	u32 id;

	if (!type || !field->field)
		return false;
	snprintf(name, sizeof(name), "%s%s", name_of(reg->btf, type->name_off), suffix);
	if (alv_btf_find(reg->btf, name, alv_btf_kind(type), &id))
		return false;
	list = alv_btf_type(reg->btf, id);
	for (u32 i = 0; i < alv_btf_vlen(list); i++) {
		const struct btf_member *at = &alv_btf_members(list)[i];
		const struct btf_type *member = alv_btf_type(reg->btf, at->type);

		if (!member || !alv_btf_is(member, BTF_KIND_PTR) ||
		    !alv_btf_skip_modifiers(reg->btf, member->type, &id))
			continue;
		if (id == field->id && !strcmp(name_of(reg->btf, at->name_off), field->field))
			return true;
	}
	return false;
}
