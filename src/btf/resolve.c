/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What types refer to: every chain of references ends at a type that may stand
 * there, nothing contains itself, sizes do not overflow.
 *
 * The walk is depth first with a stack of its own. From a pointer on, structs and
 * arrays are ends (a struct may hold a pointer to itself); from a struct or array
 * on, pointers are. What the walk is after, its `goal`, is settled by the first of
 * them on the way. Nesting deeper than ALV_BTF_MAX_DEPTH is refused; since types
 * that are resolved already end a walk, that counts types met for the first time.
 *
 * A step looks at the topmost type once more after each type it waits for, and
 * either goes on (push), or is done with it (pop).
 */
#include <errno.h>
#include <stdlib.h>

#include "btf/parser.h"

enum state {
	UNSEEN,
	WAITING, /* on the stack */
	RESOLVED,
};

enum goal {
	ANY,
	POINTER,
	CONTENT, /* of a struct, union or array */
};

static bool is_resolved(const struct alv_btf_parser *parser, u32 id)
{
	return parser->states[id] == RESOLVED;
}

/* Does the walk end at this type? */
static bool is_end(const struct alv_btf_parser *parser, const struct btf_type *type)
{
	u32 traits = alv_btf_traits(type);

	switch (parser->goal) {
	case POINTER:
		return !(traits & ALV_BTF_MODIFIER) && !alv_btf_is(type, BTF_KIND_PTR);
	case CONTENT:
		return !(traits & (ALV_BTF_MODIFIER | ALV_BTF_COMPOSITE)) &&
		       !alv_btf_is(type, BTF_KIND_ARRAY);
	default:
		return !(traits & ALV_BTF_REFERS);
	}
}

/* Has this type to be resolved before the one that refers to it? */
static bool must_wait(const struct alv_btf_parser *parser, const struct btf_type *type,
		      u32 id)
{
	return !is_end(parser, type) && !is_resolved(parser, id);
}

static int push(struct alv_btf_parser *parser, u32 id)
{
	const struct btf_type *type = alv_btf_type(parser->btf, id);

	if (parser->depth == ALV_BTF_MAX_DEPTH)
		return -E2BIG;
	if (parser->states[id] != UNSEEN)
		return -EEXIST;
	parser->states[id] = WAITING;
	parser->stack[parser->depth++] = (struct alv_btf_visit){ .id = id };
	if (parser->goal == ANY) {
		if (alv_btf_is(type, BTF_KIND_PTR))
			parser->goal = POINTER;
		else if (alv_btf_is_composite(type) || alv_btf_is(type, BTF_KIND_ARRAY))
			parser->goal = CONTENT;
	}
	return 0;
}

static int pop(struct alv_btf_parser *parser, u32 resolved, u32 size)
{
	u32 id = parser->stack[--parser->depth].id;

	parser->btf->resolved[id] = resolved;
	parser->btf->sizes[id] = size;
	parser->states[id] = RESOLVED;
	return 0;
}

/* A type that others may refer to; NULL: none, or a variable, section or tag. */
static const struct btf_type *find_inner(const struct alv_btf_parser *parser, u32 id)
{
	const struct btf_type *type = alv_btf_type(parser->btf, id);

	return type && !(alv_btf_traits(type) & ALV_BTF_OUTER) ? type : NULL;
}

/*
 * A modifier that was met while looking for content may have stopped at a
 * pointer. A pointer to it has to go on from there: it could lead back. Answers
 * the id to go on with, 0 when there is nothing to do.
 */
static u32 pointer_left(const struct alv_btf_parser *parser, const struct btf_type *next,
			u32 id)
{
	const struct btf_type *end;
	u32 end_id;

	if (!(alv_btf_traits(next) & ALV_BTF_MODIFIER))
		return 0;
	end_id = parser->btf->resolved[id];
	end = alv_btf_type(parser->btf, end_id);
	if (!alv_btf_is(end, BTF_KIND_PTR) || !must_wait(parser, end, end_id))
		return 0;
	return end_id;
}

/* The end of a chain may have no size if it is void, a forward or a prototype. */
static int pop_sizeless(struct alv_btf_parser *parser, const struct btf_type *type,
			u32 id)
{
	const struct btf_type *next;

	if (is_resolved(parser, id))
		id = parser->btf->resolved[id];
	next = alv_btf_type(parser->btf, id);
	if (id && !alv_btf_is(next, BTF_KIND_FWD) &&
	    !alv_btf_is(next, BTF_KIND_FUNC_PROTO))
		return alv_btf_refuse_type(parser, type, "Invalid type_id");
	return pop(parser, id, 0);
}

static int step_reference(struct alv_btf_parser *parser, struct alv_btf_visit *visit,
			  const struct btf_type *type)
{
	u32 id = type->type;
	const struct btf_type *next = find_inner(parser, id);
	u32 left;

	if (!next)
		return alv_btf_refuse_type(parser, type, "Invalid type_id");
	if (must_wait(parser, next, id))
		return push(parser, id);
	/* Pointers and variables look behind modifiers. */
	left = alv_btf_is_modifier(type) ? 0 : pointer_left(parser, next, id);
	if (left)
		return push(parser, left);
	if (alv_btf_sized(parser->btf, &id, NULL))
		return pop(parser, id, 0);
	if (alv_btf_is(type, BTF_KIND_VAR))
		return alv_btf_refuse_type(parser, type, "Invalid type_id");
	return pop_sizeless(parser, type, id);
}

/* A type that an array may consist of, or be indexed by. */
static const struct btf_type *find_content(const struct alv_btf_parser *parser, u32 id)
{
	const struct btf_type *type = find_inner(parser, id);

	return type && !(alv_btf_traits(type) & ALV_BTF_SIZELESS) ? type : NULL;
}

static int step_array(struct alv_btf_parser *parser, struct alv_btf_visit *visit,
		      const struct btf_type *type)
{
	const struct btf_array *array = alv_btf_array(type);
	u32 index_id = array->index_type, element_id = array->type, size = 0;
	const struct btf_type *index = find_content(parser, index_id);
	const struct btf_type *element;

	if (!index)
		return alv_btf_refuse_type(parser, type, "Invalid index");
	if (must_wait(parser, index, index_id))
		return push(parser, index_id);
	index = alv_btf_sized(parser->btf, &index_id, NULL);
	if (!index || !alv_btf_is(index, BTF_KIND_INT) || !alv_btf_is_regular_int(index))
		return alv_btf_refuse_type(parser, type, "Invalid index");

	element = find_content(parser, element_id);
	if (!element)
		return alv_btf_refuse_type(parser, type, "Invalid elem");
	if (must_wait(parser, element, element_id))
		return push(parser, element_id);
	element = alv_btf_sized(parser->btf, &element_id, &size);
	if (!element)
		return alv_btf_refuse_type(parser, type, "Invalid elem");
	if (alv_btf_is(element, BTF_KIND_INT) && !alv_btf_is_regular_int(element))
		return alv_btf_refuse_type(parser, type, "Invalid array of int");
	if ((u64)size * array->nelems > UINT32_MAX)
		return alv_btf_refuse_type(parser, type, "Array size overflows U32_MAX");
	return pop(parser, element_id, size * array->nelems);
}

static int step_struct(struct alv_btf_parser *parser, struct alv_btf_visit *visit,
		       const struct btf_type *type)
{
	const struct btf_member *members = alv_btf_members(type);
	u32 count = alv_btf_vlen(type);

	while (visit->next < count) {
		const struct btf_member *member = &members[visit->next];
		const struct btf_type *next = find_content(parser, member->type);
		int err;

		if (!next)
			return alv_btf_refuse_member(parser, type, member,
						     "Invalid member");
		if (must_wait(parser, next, member->type))
			return push(parser, member->type);
		err = alv_btf_check_member(parser, type, member);
		if (err)
			return err;
		visit->next++;
	}
	return pop(parser, 0, 0);
}

static int step_section(struct alv_btf_parser *parser, struct alv_btf_visit *visit,
			const struct btf_type *type)
{
	const struct btf_var_secinfo *vars = alv_btf_vars(type);
	u32 count = alv_btf_vlen(type);

	parser->goal = ANY;
	while (visit->next < count) {
		const struct btf_var_secinfo *var = &vars[visit->next++];
		const struct btf_type *next = alv_btf_type(parser->btf, var->type);
		u32 id, size = 0;

		if (!next || !alv_btf_is(next, BTF_KIND_VAR))
			return alv_btf_refuse_var(parser, type, var,
						  "Not a VAR kind member");
		/* The size of one that is resolved only now is not looked at again. */
		if (must_wait(parser, next, var->type))
			return push(parser, var->type);
		id = next->type;
		if (!alv_btf_sized(parser->btf, &id, &size))
			return alv_btf_refuse_var(parser, type, var, "Invalid type");
		if (var->size < size)
			return alv_btf_refuse_var(parser, type, var, "Invalid size");
	}
	return pop(parser, 0, 0);
}

static int step_func(struct alv_btf_parser *parser, struct alv_btf_visit *visit,
		     const struct btf_type *type)
{
	const struct btf_type *proto = alv_btf_type(parser->btf, type->type);
	const struct btf_param *params;

	if (!proto || !alv_btf_is(proto, BTF_KIND_FUNC_PROTO))
		return alv_btf_refuse_type(parser, type, "Invalid type_id");
	params = alv_btf_params(proto);
	for (u32 i = 0; i < alv_btf_vlen(proto); i++)
		if (!params[i].name_off && params[i].type)
			return alv_btf_refuse_type(parser, type, "Invalid arg#%u", i + 1);
	return pop(parser, type->type, 0);
}

/* Is there a component of this number in what the tag is for? */
static bool has_component(const struct alv_btf_parser *parser,
			  const struct btf_type *target, u32 component)
{
	if (alv_btf_is(target, BTF_KIND_FUNC))
		target = alv_btf_type(parser->btf, target->type);
	else if (!alv_btf_is_composite(target))
		return false;
	return component < alv_btf_vlen(target);
}

static int step_tag(struct alv_btf_parser *parser, struct alv_btf_visit *visit,
		    const struct btf_type *type)
{
	s32 component = ((const struct btf_decl_tag *)(type + 1))->component_idx;
	const struct btf_type *target = alv_btf_type(parser->btf, type->type);
	u32 kind = target ? alv_btf_kind(target) : BTF_KIND_UNKN;

	/* Typedefs came later than the rest. */
	if (kind != BTF_KIND_FUNC && kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION &&
	    kind != BTF_KIND_VAR &&
	    !(kind == BTF_KIND_TYPEDEF && alv_btf_since(parser, V5_16)))
		return alv_btf_refuse_type(parser, type, "Invalid type_id");
	if (must_wait(parser, target, type->type))
		return push(parser, type->type);
	if (component != -1 && !has_component(parser, target, (u32)component))
		return alv_btf_refuse_type(parser, type, "Invalid component_idx");
	return pop(parser, type->type, 0);
}

typedef int step_fn(struct alv_btf_parser *parser, struct alv_btf_visit *visit,
		    const struct btf_type *type);

static step_fn *const steps[ALV_BTF_N_KINDS] = {
	[BTF_KIND_PTR] = step_reference,      [BTF_KIND_TYPEDEF] = step_reference,
	[BTF_KIND_VOLATILE] = step_reference, [BTF_KIND_CONST] = step_reference,
	[BTF_KIND_RESTRICT] = step_reference, [BTF_KIND_TYPE_TAG] = step_reference,
	[BTF_KIND_VAR] = step_reference,      [BTF_KIND_ARRAY] = step_array,
	[BTF_KIND_STRUCT] = step_struct,      [BTF_KIND_UNION] = step_struct,
	[BTF_KIND_DATASEC] = step_section,    [BTF_KIND_FUNC] = step_func,
	[BTF_KIND_DECL_TAG] = step_tag,
};

static int resolve(struct alv_btf_parser *parser, u32 id)
{
	const struct btf_type *type = alv_btf_type(parser->btf, id);
	u32 saved = parser->id;
	int err;

	parser->goal = ANY;
	parser->depth = 0;
	err = push(parser, id);
	while (!err && parser->depth) {
		struct alv_btf_visit *visit = &parser->stack[parser->depth - 1];
		const struct btf_type *top = alv_btf_type(parser->btf, visit->id);

		parser->id = visit->id;
		err = steps[alv_btf_kind(top)](parser, visit, top);
	}
	parser->id = id;
	if (err == -E2BIG)
		alv_btf_refuse_type(parser, type, "Exceeded max resolving depth:%u",
				    ALV_BTF_MAX_DEPTH);
	else if (err == -EEXIST)
		alv_btf_refuse_type(parser, type, "Loop detected");
	parser->id = saved;
	return err;
}

static int resolve_once(struct alv_btf_parser *parser, u32 id)
{
	const struct btf_type *type = alv_btf_type(parser->btf, id);

	if (!(alv_btf_traits(type) & ALV_BTF_REFERS) || is_resolved(parser, id))
		return 0;
	return resolve(parser, id);
}

/*
 * A prototype's result and parameters have sizes. It is no step of a walk: a
 * prototype ends one. Answers 0, an errno of resolve(), or 1: not such a type.
 */
static int check_value(struct alv_btf_parser *parser, u32 id)
{
	int err;

	if (!find_inner(parser, id))
		return 1;
	err = resolve_once(parser, id);
	if (err)
		return err;
	return alv_btf_sized(parser->btf, &id, NULL) ? 0 : 1;
}

static bool param_name_ok(const struct alv_btf_parser *parser, u32 name)
{
	return !name || (alv_btf_string_ok(parser->btf, name) &&
			 alv_btf_is_identifier(parser, name));
}

static int check_prototype(struct alv_btf_parser *parser, const struct btf_type *type)
{
	const struct btf_param *params = alv_btf_params(type);
	u32 count = alv_btf_vlen(type);
	int err;

	err = type->type ? check_value(parser, type->type) : 0;
	if (err > 0)
		return alv_btf_refuse_type(parser, type, "Invalid return type");
	if (err)
		return err;
	/* The last parameter may be "...": void and nameless. */
	if (count && !params[count - 1].type) {
		if (params[count - 1].name_off)
			return alv_btf_refuse_type(parser, type, "Invalid arg#%u", count);
		count--;
	}
	for (u32 i = 0; i < count; i++) {
		if (!find_inner(parser, params[i].type) ||
		    !param_name_ok(parser, params[i].name_off))
			return alv_btf_refuse_type(parser, type, "Invalid arg#%u", i + 1);
		err = check_value(parser, params[i].type);
		if (err > 0)
			return alv_btf_refuse_type(parser, type, "Invalid arg#%u", i + 1);
		if (err)
			return err;
	}
	return 0;
}

static int check_all(struct alv_btf_parser *parser)
{
	for (u32 id = 1; id < parser->btf->count; id++) {
		int err;

		parser->id = id;
		err = resolve_once(parser, id);
		if (err)
			return err;
		if (!alv_btf_is(alv_btf_type(parser->btf, id), BTF_KIND_FUNC_PROTO))
			continue;
		err = check_prototype(parser, alv_btf_type(parser->btf, id));
		if (err)
			return err;
	}
	return 0;
}

int alv_btf_check_references(struct alv_btf_parser *parser)
{
	struct alv_btf *btf = parser->btf;
	int err;

	parser->well_formed = true;
	btf->resolved = calloc(btf->count, sizeof(*btf->resolved));
	btf->sizes = calloc(btf->count, sizeof(*btf->sizes));
	parser->states = calloc(btf->count, 1);
	err = btf->resolved && btf->sizes && parser->states ? check_all(parser) : -ENOMEM;
	free(parser->states);
	parser->states = NULL;
	return err;
}
