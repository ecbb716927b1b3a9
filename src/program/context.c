/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses of programs to their contexts, judged by the types' field tables. */
#include <errno.h>

#include "program/type.h"

static const struct alv_ctx_field *field_at(const struct alv_prog_type *type, u32 offset)
{
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct alv_ctx_field *field = &type->fields[i];

		if (offset - field->offset < field->size)
			return field;
	}
	return NULL;
}

static bool size_fits(const struct alv_ctx_field *field, u32 offset, u8 size, bool write)
{
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
		if ((offset - field->offset) % field->unit)
			return false;
		break;
	}
	if (write || field->width == ALV_CTX_EXACT)
		return size == field->unit;
	return size <= field->unit;
}

int alv_ctx_access(const struct alv_prog_traits *traits, s32 offset, u8 size, bool write,
		   bool signs, struct alv_ctx_access *ret_access)
{
	const struct alv_ctx_field *field;

	if (offset < 0 || (u32)offset >= traits->type->ctx_size || offset % size)
		return -EACCES;
	field = field_at(traits->type, offset);
	if (!field || !(field->access & (write ? ALV_CTX_WRITE : ALV_CTX_READ)))
		return -EACCES;
	if (!size_fits(field, offset, size, write))
		return -EACCES;
	/* A pointer's lower half can't be sign-extended. */
	if (signs && field->type.base != ALV_REG_SCALAR)
		return -EACCES;
	if (field->allowed && !field->allowed(traits, write))
		return -EACCES;
	*ret_access = (struct alv_ctx_access){ .field = field, .type = field->type };
	return 0;
}
