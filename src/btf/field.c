/* SPDX-License-Identifier: BSD-2-Clause */
#include "btf/field.h"

#include <errno.h>
#include <string.h>

#include "btf/parser.h"

static const struct alv_field_type field_types[] = {
	{ "bpf_spin_lock", V5_1, ALV_FIELD_SPIN_LOCK, 4, 4, ALV_NEVER },
	{ "bpf_res_spin_lock", V6_15, ALV_FIELD_RES_SPIN_LOCK, 4, 4, ALV_NEVER },
	{ "bpf_timer", V5_15, ALV_FIELD_TIMER, 16, 8, ALV_NEVER },
	{ "bpf_wq", V6_10, ALV_FIELD_WORKQUEUE, 16, 8, ALV_NEVER },
	{ "bpf_task_work", V6_18, ALV_FIELD_TASK_WORK, 8, 8, ALV_NEVER },
	{ "bpf_list_head", V6_2, ALV_FIELD_LIST_HEAD, 16, 8, V6_2 },
	{ "bpf_list_node", V6_2, ALV_FIELD_LIST_NODE, 24, 8, V6_2 },
	{ "bpf_rb_root", V6_3, ALV_FIELD_RB_ROOT, 16, 8, V6_3 },
	{ "bpf_rb_node", V6_3, ALV_FIELD_RB_NODE, 32, 8, V6_3 },
	{ "bpf_refcount", V6_4, ALV_FIELD_REFCOUNT, 4, 4, V6_18 },
};

static const struct alv_field_type pointer_type = {
	"", V5_19, ALV_FIELD_KPTR_REF, 8, 8, V5_19,
};

/* A pointer's tag; the words changed their meaning in 6.4. */
static const struct {
	const char *tag;
	enum alv_kernel since;
	enum alv_kernel until;
	enum alv_field_kind kind;
} pointer_tags[] = {
	{ "kptr", V5_19, V6_4, ALV_FIELD_KPTR_UNREF },
	{ "kptr_ref", V5_19, V6_4, ALV_FIELD_KPTR_REF },
	{ "kptr_untrusted", V6_4, ALV_NEVER, ALV_FIELD_KPTR_UNREF },
	{ "kptr", V6_4, ALV_NEVER, ALV_FIELD_KPTR_REF },
	{ "percpu_kptr", V6_7, ALV_NEVER, ALV_FIELD_KPTR_PERCPU },
	{ "uptr", V6_13, ALV_NEVER, ALV_FIELD_UPTR },
};

/* Kernel types that a reference may be kept of: the kernel knows how to drop it. */
static const struct {
	const char *name;
	enum alv_kernel since;
} droppable[] = {
	{ "task_struct", V6_2 },	     { "cgroup", V6_2 },
	{ "bpf_cpumask", V6_3 },	     { "bpf_crypto_ctx", V6_10 },
	{ "prog_test_member", V5_19 }, { "prog_test_ref_kfunc", V5_19 },
};

const struct alv_field_type *alv_field_by_name(const char *name, enum alv_kernel version,
					       u32 wanted)
{
	for (size_t i = 0; i < ALV_COUNT(field_types); i++)
		if (wanted & field_types[i].kind && version >= field_types[i].since &&
		    !strcmp(field_types[i].name, name))
			return &field_types[i];
	return NULL;
}

const struct alv_field_type *alv_field_pointer(enum alv_kernel version)
{
	return version >= pointer_type.since ? &pointer_type : NULL;
}

int alv_field_match_pointer(const struct alv_btf *btf, const struct alv_btf_rules *rules,
			    const struct btf_type *type, u32 wanted,
			    struct alv_field *field)
{
	const struct btf_type *tagged;
	const char *tag;
	size_t i = 0;

	if (alv_btf_is(type, BTF_KIND_VOLATILE))
		type = alv_btf_type(btf, type->type);
	if (!alv_btf_is(type, BTF_KIND_PTR))
		return 0;
	tagged = alv_btf_type(btf, type->type);
	if (!alv_btf_is(tagged, BTF_KIND_TYPE_TAG) || alv_btf_kflag(tagged))
		return 0;
	if (alv_btf_is(alv_btf_type(btf, tagged->type), BTF_KIND_TYPE_TAG))
		return -EINVAL;
	tag = alv_btf_string(btf, tagged->name_off);
	while (i < ALV_COUNT(pointer_tags) && (strcmp(pointer_tags[i].tag, tag) ||
					       rules->version < pointer_tags[i].since ||
					       rules->version >= pointer_tags[i].until))
		i++;
	if (i == ALV_COUNT(pointer_tags))
		return -EINVAL;
	if (!(pointer_tags[i].kind & wanted))
		return 0;
	type = alv_btf_skip_modifiers(btf, tagged->type, &field->target);
	if (!type || !alv_btf_is(type, BTF_KIND_STRUCT))
		return -EINVAL;
	field->kind = pointer_tags[i].kind;
	return 1;
}

int alv_record_is_kptr(const struct alv_btf *btf, const struct alv_btf_rules *rules,
		       u32 type_id)
{
	struct alv_field field;

	return alv_field_match_pointer(btf, rules, alv_btf_type(btf, type_id),
				       ALV_FIELDS_KPTR, &field);
}

static bool is_droppable(const struct alv_btf_rules *rules, const char *name)
{
	for (size_t i = 0; i < ALV_COUNT(droppable); i++)
		if (!strcmp(droppable[i].name, name))
			return rules->version >= droppable[i].since;
	return false;
}

/* A pointer to a type that the kernel has, too, means the kernel's. */
static int check_pointer(const struct alv_btf *btf, const struct alv_btf_rules *rules,
			 struct alv_field *field)
{
	const struct alv_btf *vmlinux = rules->vmlinux;
	const struct btf_type *type = alv_btf_type(btf, field->target);
	const char *name = alv_btf_name(btf, type);
	u32 id;
	int err;

	if (!vmlinux)
		return -EINVAL;
	err = alv_btf_find(vmlinux, name, alv_btf_kind(type), &id);
	if (err == -ENOENT)
		return 0;
	if (err)
		return err;
	if (field->kind == ALV_FIELD_KPTR_REF && !is_droppable(rules, name))
		return -ENOENT;
	field->target = id;
	field->in_kernel = 1;
	return 0;
}

/* The struct that a root holds has one member of that name: a node of the right sort. */
static int check_root(const struct alv_btf *btf, const struct alv_found *found)
{
	const char *wanted = found->field.kind == ALV_FIELD_LIST_HEAD ? "bpf_list_node"
								      : "bpf_rb_node";
	const struct btf_type *type = alv_btf_type(btf, found->field.target);
	const struct btf_member *members = alv_btf_members(type);
	bool any = false;

	for (u32 i = 0; i < alv_btf_vlen(type); i++) {
		const struct btf_type *node;
		u32 bits;

		if (strcmp(found->node, alv_btf_name_at(btf, members[i].name_off)))
			continue;
		if (any)
			return -EINVAL;
		node = alv_btf_type(btf, members[i].type);
		if (!alv_btf_is(node, BTF_KIND_STRUCT) ||
		    strcmp(wanted, alv_btf_name(btf, node)))
			return -EINVAL;
		/* The node's flag, not its struct's, decides how the offset reads. */
		bits = alv_btf_bit_offset(node, &members[i]);
		if (bits % 64)
			return -EINVAL;
		any = true;
	}
	return any ? 0 : -ENOENT;
}

int alv_field_check(const struct alv_btf *btf, const struct alv_btf_rules *rules,
		    struct alv_found *found)
{
	if (found->field.kind & ALV_FIELDS_POINTER)
		return check_pointer(btf, rules, &found->field);
	if (found->field.kind & ALV_FIELDS_ROOT)
		return check_root(btf, found);
	return 0;
}
