/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_CREATE: each type with each flag, sizes at their limits, and every other
 * attribute set alone.
 */
#include "client.h"

#include <string.h>

static union attr attr;

static long create(void)
{
	long fd = call(BPF_MAP_CREATE, &attr);

	if (fd >= 0)
		descriptor_close(fd);
	return fd;
}

static void each_flag(const struct map_type *t)
{
	unsigned int bit;

	client_case("%s: each flag", t->name);
	for (bit = 0; bit < 32; bit++) {
		client_create_attr(t, &attr);
		attr.create.map_flags ^= 1u << bit;
		/* These want a BTF descriptor or a token: a case of their own. */
		if (1u << bit == F_VTYPE_BTF_OBJ_FD || 1u << bit == F_TOKEN_FD)
			attr.create.map_token_fd = attr.create.value_type_btf_obj_fd = -1;
		create();
	}
}

static void flag_pairs(const struct map_type *t)
{
	static const u32 pairs[] = {
		BPF_F_RDONLY | BPF_F_WRONLY,
		BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG,
		BPF_F_RDONLY | BPF_F_RDONLY_PROG,
		BPF_F_WRONLY | BPF_F_WRONLY_PROG,
		BPF_F_NO_PREALLOC | BPF_F_NO_COMMON_LRU,
		BPF_F_NO_PREALLOC | BPF_F_ZERO_SEED,
		BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE,
		BPF_F_NO_PREALLOC | BPF_F_MMAPABLE,
		BPF_F_MMAPABLE | BPF_F_INNER_MAP,
		BPF_F_MMAPABLE | BPF_F_RDONLY_PROG,
		BPF_F_MMAPABLE | BPF_F_RDONLY,
		BPF_F_MMAPABLE | BPF_F_WRONLY,
		BPF_F_NUMA_NODE | BPF_F_NO_COMMON_LRU,
		BPF_F_NUMA_NODE | BPF_F_MMAPABLE,
		BPF_F_PRESERVE_ELEMS | BPF_F_RDONLY,
		BPF_F_STACK_BUILD_ID | BPF_F_NO_PREALLOC,
		BPF_F_ZERO_SEED | BPF_F_NO_COMMON_LRU,
	};
	unsigned int i;

	client_case("%s: pairs of flags", t->name);
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		client_create_attr(t, &attr);
		attr.create.map_flags |= pairs[i];
		create();
	}
}

/* A size that a machine may have or not have the memory for is no case. */
static int depends_on_memory(const struct map_type *t, u32 value_size, u32 max_entries)
{
	if (value_size == 0x7fffffff)
		return t->type == BPF_MAP_TYPE_ARRAY;
	if (max_entries < 0x80000000)
		return 0;
	return t->traits & MAP_FD_VALUE || t->type == BPF_MAP_TYPE_BLOOM_FILTER ||
	       (!t->value_size && max_entries == 0x80000000);
}

static void key_sizes(const struct map_type *t)
{
	static const u32 sizes[] = {
		0,   1,	  2,   3,    4,		 5,	     6,		 7,
		8,   12,  16,  17,   255,	 256,	     260,	 261,
		264, 512, 513, 4096, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
	unsigned int i;

	client_case("%s: key sizes", t->name);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		client_create_attr(t, &attr);
		attr.create.key_size = sizes[i];
		create();
	}
}

static void value_sizes(const struct map_type *t)
{
	static const u32 sizes[] = {
		0,     1,     2,	  3,	      4,	  5,	      7,
		8,     12,    16,	  24,	      1016,	  1024,	      4095,
		32768, 32769, 0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffff8, 0xffffffff};
	unsigned int i;

	client_case("%s: value sizes", t->name);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		client_create_attr(t, &attr);
		attr.create.value_size = sizes[i];
		if (!depends_on_memory(t, sizes[i], t->max_entries))
			create();
	}
}

static void entry_counts(const struct map_type *t)
{
	static const u32 counts[] = {0,		 1,	     2,		3,     5,
				     4096,	 4097,	     8192,	12288, 16384,
				     0x80000000, 0x80000001, 0xffffffff};
	unsigned int i;

	client_case("%s: numbers of entries", t->name);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		client_create_attr(t, &attr);
		attr.create.max_entries = counts[i];
		/* With the type's own value the largest may just fit somewhere. */
		if (counts[i] > 0x10000000 && t->value_size)
			attr.create.value_size = 1 << 20;
		if (!depends_on_memory(t, t->value_size, counts[i]))
			create();
	}
}

static void other_attributes(const struct map_type *t)
{
	static const u64 extras[] = { 1, 2, 15, 16, 1ull << 32, UINT64_MAX };
	unsigned int i;

	client_case("%s: other attributes", t->name);
	for (i = 0; i < ARRAY_SIZE(extras); i++) {
		client_create_attr(t, &attr);
		attr.create.map_extra = extras[i];
		create();
	}
	for (i = 0; i < 3; i++) {
		client_create_attr(t, &attr);
		attr.create.numa_node = (const u32[]){ 1, 4096, UINT32_MAX }[i];
		create();
		attr.create.map_flags |= BPF_F_NUMA_NODE;
		create();
	}
	client_create_attr(t, &attr);
	attr.create.map_ifindex = 1;
	create();
	attr.create.map_ifindex = 0x7fffffff;
	create();
	client_create_attr(t, &attr);
	attr.create.btf_vmlinux_value_type_id = 1;
	create();
	attr.create.btf_fd = 1;
	create();
	client_create_attr(t, &attr);
	attr.create.value_type_btf_obj_fd = 1;
	create();
	client_create_attr(t, &attr);
	attr.create.map_token_fd = 1;
	create();
}

/* A program's hash makes a map exclusive to it: 32 bytes or nothing. */
static void exclusive(const struct map_type *t)
{
	static const u32 hash_sizes[] = { 0, 1, 31, 32, 33, UINT32_MAX };
	static u8 hash[64] = { 1 };
	unsigned int i;

	client_case("%s: exclusive to a program", t->name);
	for (i = 0; i < ARRAY_SIZE(hash_sizes); i++) {
		client_create_attr(t, &attr);
		attr.create.excl_prog_hash_size = hash_sizes[i];
		create();
		attr.create.excl_prog_hash = PTR(hash);
		create();
		attr.create.excl_prog_hash = memory_bad(BAD_UNMAPPED);
		create();
	}
}

static void inner_descriptor(const struct map_type *t)
{
	unsigned int i;
	int own;

	client_case("%s: inner_map_fd", t->name);
	own = client_map(t);
	for (i = 0; i < WRONG_COUNT; i++) {
		client_create_attr(t, &attr);
		attr.create.inner_map_fd = descriptor_wrong(i);
		create();
	}
	client_create_attr(t, &attr);
	attr.create.inner_map_fd = own;
	create();
}

static void btf_descriptor(const struct map_type *t)
{
	unsigned int i;
	int own;

	client_case("%s: btf_fd", t->name);
	own = client_map(t);
	for (i = 0; i < WRONG_COUNT; i++) {
		client_create_attr(t, &attr);
		attr.create.btf_fd = descriptor_wrong(i);
		create();
		attr.create.btf_value_type_id = 1;
		create();
	}
	attr.create.btf_fd = own;
	create();
	client_create_attr(t, &attr);
	attr.create.btf_key_type_id = 1;
	create();
	attr.create.btf_key_type_id = 0;
	attr.create.btf_value_type_id = 1;
	create();
}

static void names(void)
{
	static const struct {
		char text[17];
	} cases[] = {
		{ "a" },		 { "A.b_C9" },  { "fifteen_letters" }, { "sixteen_letters_" },
		{ "with space" },	 { "dash-ed" }, { "slash/" },	   { "plus+" },
		{ "utf\xc3\xa9" }, { "\x01" },    { "ok\0bad" },	   { "\0late" },
		{ "." },		 { "..." },
	};
	unsigned int i;
	int fd;

	client_case("names");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		client_create_attr(client_type("ARRAY"), &attr);
		memcpy(attr.create.map_name, cases[i].text, 16);
		fd = call(BPF_MAP_CREATE, &attr);
		if (fd >= 0)
			client_info(fd);
		descriptor_close(fd);
	}
}

static void types(void)
{
	static const u32 numbers[] = {0,   34,	       35,	   64,	      255,
				      256, 0x7fffffff, 0x80000000, 0xffffffff};
	unsigned int i;

	client_case("types that no kernel has");
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		client_create_attr(client_type("ARRAY"), &attr);
		attr.create.map_type = numbers[i];
		transcript_add("type %u: ", numbers[i]);
		create();
	}
}

int main(void)
{
	const struct map_type *t;

	client_start();
	types();
	names();
	for_each_map_type(t)
	{
		client_case("%s", t->name);
		client_create_attr(t, &attr);
		client_info(call(BPF_MAP_CREATE, &attr));
		each_flag(t);
		flag_pairs(t);
		key_sizes(t);
		value_sizes(t);
		entry_counts(t);
		other_attributes(t);
		exclusive(t);
		inner_descriptor(t);
		btf_descriptor(t);
	}
	return 0;
}
