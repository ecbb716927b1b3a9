/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The BTF object of the kernel: its name, and maps that want its types. A
 * system without one says so here in every line.
 */
#include "sample.h"

#include <string.h>

static union attr attr;
static u8 room[64];

/* The kernel's types are for programs, not for keys and values. */
static void kernel_types(void)
{
	const struct map_type *t;
	int btf;

	client_case("types of the kernel");
	btf = sample_kernel_btf();
	for_each_map_type(t)
	{
		client_create_attr(t, &attr);
		attr.create.btf_fd = btf;
		call(BPF_MAP_CREATE, &attr);
		attr.create.btf_key_type_id = 1;
		attr.create.btf_value_type_id = 2;
		call(BPF_MAP_CREATE, &attr);
	}
}

/* Only the kernel's own BTF has a name: room for it is judged. */
static void btf_name(void)
{
	static const u32 rooms[] = { 0, 1, 2, 7, 8, 9, 64 };
	struct btf_info info;
	unsigned int i;
	long result;
	int fd;

	client_case("name of the kernel's BTF object");
	fd = sample_kernel_btf();
	for (i = 0; i < ARRAY_SIZE(rooms) * 2; i++) {
		memset(&attr, 0, ATTR_SIZE);
		memset(&info, 0, sizeof(info));
		memset(room, 0x7e, 64);
		info.name = i & 1 ? PTR(room) : 0;
		info.name_len = rooms[i / 2];
		attr.info.bpf_fd = fd;
		attr.info.info_len = sizeof(info);
		attr.info.info = PTR(&info);
		result = bpf_raw(BPF_OBJ_GET_INFO_BY_FD, &attr, ATTR_SIZE);
		transcript_add("OBJ_GET_INFO_BY_FD - name %s len=%u -> %s name_len=%u "
			       "kernel=%u ",
			       i & 1 ? "set" : "NULL", rooms[i / 2],
			       transcript_errno(result), info.name_len, info.kernel_btf);
		transcript_bytes(room, 10);
		transcript_end();
	}
}

int main(void)
{
	client_start();
	kernel_types();
	btf_name();
	return 0;
}
