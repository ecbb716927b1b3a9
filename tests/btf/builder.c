/* SPDX-License-Identifier: BSD-2-Clause */
#include "builder.h"

#include <stdlib.h>
#include <string.h>

#include <linux/btf.h>

void builder_init(struct builder *builder)
{
	memset(builder, 0, sizeof(*builder));
	builder->strings_size = 1;
}

u32 builder_name(struct builder *builder, const char *name)
{
	u32 at = builder->strings_size, size;

	if (!name)
		return 0;
	size = (u32)strlen(name) + 1;
	if (at + size > sizeof(builder->strings))
		abort();
	memcpy(builder->strings + at, name, size);
	builder->strings_size += size;
	return at;
}

void builder_word(struct builder *builder, u32 word)
{
	if (builder->size + sizeof(word) > sizeof(builder->types))
		abort();
	memcpy(builder->types + builder->size, &word, sizeof(word));
	builder->size += (u32)sizeof(word);
}

u32 builder_type(struct builder *builder, u32 kind, const char *name, u32 vlen, u32 value)
{
	builder_word(builder, builder_name(builder, name));
	builder_word(builder, kind << 24 | vlen);
	builder_word(builder, value);
	return ++builder->count;
}

void builder_member(struct builder *builder, const char *name, u32 type, u32 offset)
{
	builder_word(builder, builder_name(builder, name));
	builder_word(builder, type);
	builder_word(builder, offset * 8);
}

u32 builder_int(struct builder *builder, const char *name, u32 bits)
{
	u32 id = builder_type(builder, BTF_KIND_INT, name, 0, bits / 8);

	builder_word(builder, bits);
	return id;
}

bool builder_try_finish(struct builder *builder, struct alv_buf *ret_raw)
{
	struct btf_header header = { .magic = BTF_MAGIC,
				     .version = 1,
				     .hdr_len = sizeof(header),
				     .type_len = builder->size,
				     .str_off = builder->size,
				     .str_len = builder->strings_size };

	if (alv_buf_init(ret_raw, sizeof(header) + builder->size + builder->strings_size))
		return false;
	memcpy(ret_raw->data, &header, sizeof(header));
	memcpy(ret_raw->data + sizeof(header), builder->types, builder->size);
	memcpy(ret_raw->data + sizeof(header) + builder->size, builder->strings,
	       builder->strings_size);
	return true;
}

void builder_finish(struct builder *builder, struct alv_buf *ret_raw)
{
	if (!builder_try_finish(builder, ret_raw))
		abort();
}
