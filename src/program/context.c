/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses of programs to their contexts, judged by the types' field tables. */
#include <errno.h>

#include "program/fields.h"

static const struct alv_ctx_field *field_at(const struct alv_ctx_fields *fields,
					    u32 offset)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct alv_ctx_field *field = &fields->fields[i];

		if (offset - field->offset < field->size)
			return field;
	}
	return NULL;
}

static bool size_fits(const struct alv_ctx_field *field, u32 offset, u8 size, bool write)
{
	u32 start = (offset - field->offset) % field->unit;

	if (offset + size > field->offset + field->size)
		return false;
	switch (field->width) {
	case ALV_CTX_FREE:
		return true;
	case ALV_CTX_WIDE:
		if (size == sizeof(u64))
			return true;
		break;
	case ALV_CTX_START:
		if (start)
			return false;
		break;
	case ALV_CTX_LOWER:
		if (size < field->unit && start + size > field->unit / 2)
			return false;
		break;
	}
	if (write || field->width == ALV_CTX_EXACT)
		return size == field->unit;
	return size <= field->unit;
}

const struct alv_ctx_field *alv_field_for(const struct alv_ctx_fields *fields,
					  enum alv_kernel kernel, s32 offset, u8 size,
					  bool write)
{
	const struct alv_ctx_field *field;

	if (offset < 0 || (u32)offset >= fields->end || offset % size)
		return NULL;
	field = field_at(fields, offset);
	if (!field || field->since > kernel)
		return NULL;
	if (!(field->access & (write ? ALV_CTX_WRITE : ALV_CTX_READ)))
		return NULL;
	return size_fits(field, offset, size, write) ? field : NULL;
}

int alv_ctx_access(const struct alv_prog_traits *traits, s32 offset, u8 size, bool write,
		   bool signs, struct alv_ctx_access *ret_access)
{
	const struct alv_prog_type *type = traits->type;
	const struct alv_ctx_fields fields = { type->fields, type->n_fields,
					       type->ctx_size };
	const struct alv_ctx_field *field =
		alv_field_for(&fields, traits->kernel, offset, size, write);

	if (!field)
		return -EACCES;
	/* A pointer's lower half can't be sign-extended. */
	if (signs && field->type.base != ALV_REG_SCALAR)
		return -EACCES;
	if (field->allowed && !field->allowed(traits, write))
		return -EACCES;
	*ret_access = (struct alv_ctx_access){ .field = field, .type = field->type };
	return 0;
}
