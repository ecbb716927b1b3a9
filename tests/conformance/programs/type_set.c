/* SPDX-License-Identifier: BSD-2-Clause */
/* BTF for the functions of a program: types that all have, then a FUNC for each. */
#include "program.h"

#include "../call.h"
#include "../memory.h"

#include <linux/btf.h>
#include <stdio.h>
#include <string.h>

enum {
	TYPE_VOID,
	TYPE_INT,
	TYPE_CHAR,
	TYPE_LONG,
	TYPE_UINT,
	TYPE_PAIR,
	TYPE_SKB,
	TYPE_PAIR_PTR,
	TYPE_SKB_PTR,
	TYPE_VOID_PTR,
	TYPE_CHAR_PTR,
	TYPE_PROTO, /* the first one of the prototypes */
};

#define PARAMS_MAX 6

static const struct {
	u32 result, params[PARAMS_MAX];
} protos[PROGRAM_PROTOS] = {
	[PROTO_CTX] = { TYPE_INT, { TYPE_SKB_PTR } },
	[PROTO_INT] = { TYPE_INT, { TYPE_INT } },
	[PROTO_VOID_INT] = { TYPE_VOID, { TYPE_INT } },
	[PROTO_PAIR] = { TYPE_INT, { TYPE_PAIR_PTR } },
	[PROTO_CTX_INT] = { TYPE_INT, { TYPE_SKB_PTR, TYPE_INT } },
	[PROTO_INTS] = { TYPE_INT, { TYPE_INT, TYPE_INT, TYPE_INT, TYPE_INT, TYPE_INT } },
	[PROTO_SIX] = { TYPE_INT,
			{ TYPE_INT, TYPE_INT, TYPE_INT, TYPE_INT, TYPE_INT, TYPE_INT } },
	[PROTO_LONG] = { TYPE_LONG, { TYPE_LONG } },
	[PROTO_LOOP] = { TYPE_LONG, { TYPE_UINT, TYPE_VOID_PTR } },
	[PROTO_EACH] = { TYPE_LONG,
			 { TYPE_VOID_PTR, TYPE_VOID_PTR, TYPE_VOID_PTR, TYPE_VOID_PTR } },
	[PROTO_EMPTY] = { TYPE_INT, {} },
	[PROTO_CHAR] = { TYPE_INT, { TYPE_CHAR_PTR } },
};

static struct {
	struct btf_header header;
	u32 words[1024];
} types;
static char strings[512];
static u32 word_count, string_size, type_count, first_function;

static u32 name(const char *text)
{
	u32 at = string_size;

	if (!*text)
		return 0;
	strcpy(strings + at, text);
	string_size += strlen(text) + 1;
	return at;
}

static void add(u32 word)
{
	types.words[word_count++] = word;
}

static void add_type(const char *text, u32 kind, u32 members, u32 size_or_type)
{
	add(name(text));
	add(kind << 24 | members);
	add(size_or_type);
	type_count++;
}

static void add_number(const char *text, u32 size, u32 encoding)
{
	add_type(text, BTF_KIND_INT, 0, size);
	add(encoding << 24 | size * 8);
}

static void add_member(const char *text, u32 type, u32 bits)
{
	add(name(text));
	add(type);
	add(bits);
}

/* In the order of the enumeration above. */
static void add_common(void)
{
	add_number("int", 4, BTF_INT_SIGNED);
	add_number("char", 1, 0);
	add_number("long", 8, 0);
	add_number("uint", 4, 0);
	add_type("pair", BTF_KIND_STRUCT, 2, 8);
	add_member("a", TYPE_INT, 0);
	add_member("b", TYPE_INT, 32);
	add_type("__sk_buff", BTF_KIND_STRUCT, 1, 4);
	add_member("len", TYPE_UINT, 0);
	add_type("", BTF_KIND_PTR, 0, TYPE_PAIR);
	add_type("", BTF_KIND_PTR, 0, TYPE_SKB);
	add_type("", BTF_KIND_PTR, 0, TYPE_VOID);
	add_type("", BTF_KIND_PTR, 0, TYPE_CHAR);
}

static void add_proto(enum program_proto proto)
{
	char text[] = "a";
	u32 count = 0, i;

	while (count < PARAMS_MAX && protos[proto].params[count])
		count++;
	add_type("", BTF_KIND_FUNC_PROTO, count, protos[proto].result);
	for (i = 0; i < count; i++) {
		text[0] = 'a' + i;
		add(name(text));
		add(protos[proto].params[i]);
	}
}

static void add_functions(const struct program_function *functions, u32 count)
{
	char text[16];
	u32 i;

	for (i = 1; i < PROGRAM_PROTOS; i++)
		add_proto(i);
	first_function = type_count + 1;
	for (i = 0; i < count; i++) {
		snprintf(text, sizeof(text), i ? "function%u" : "entry", i);
		add_type(text, BTF_KIND_FUNC, functions[i].linkage,
			 TYPE_PROTO + functions[i].proto - 1);
	}
}

int type_set_load(const struct program_function *functions, u32 count)
{
	static union attr attr;

	word_count = type_count = 0;
	string_size = 1;
	add_common();
	add_functions(functions, count);
	types.header = (struct btf_header){
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(types.header),
		.type_len = word_count * 4,
		.str_off = word_count * 4,
		.str_len = string_size,
	};
	memcpy(types.words + word_count, strings, string_size);
	memset(&attr, 0, ATTR_SIZE);
	attr.btf.btf = PTR(&types);
	attr.btf.size = sizeof(types.header) + word_count * 4 + string_size;
	return bpf_raw(BPF_BTF_LOAD, &attr, ATTR_SIZE);
}

u32 type_set_function(u32 i)
{
	return first_function + i;
}
