/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * union alv_attr: the attributes of bpf(2) as Linux 6.18 lays them out.
 *
 * <linux/bpf.h> of the build machine may be older than the newest profile, so
 * the layout is stated here, a named struct for each family of commands;
 * constants come from the header, newer ones from abi/uapi.h. Fields keep the
 * UAPI's names. Static asserts in attr.c hold it against the header.
 */
#ifndef ALV_ABI_ATTR_H
#define ALV_ABI_ATTR_H

#include "base/types.h"

#define ALV_NAME_LEN 16 /* BPF_OBJ_NAME_LEN, the NUL included */

/* 64-bit fields are aligned to 8 for i386 callers, too. */
typedef u64 __attribute__((aligned(8))) alv_attr_u64;

struct alv_attr_map_create {
	u32 map_type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u32 map_flags;
	u32 inner_map_fd;
	u32 numa_node;
	char map_name[ALV_NAME_LEN];
	u32 map_ifindex;
	u32 btf_fd;
	u32 btf_key_type_id;
	u32 btf_value_type_id;
	u32 btf_vmlinux_value_type_id;
	alv_attr_u64 map_extra;
	s32 value_type_btf_obj_fd;
	s32 map_token_fd;
	alv_attr_u64 excl_prog_hash;
	u32 excl_prog_hash_size;
};

/* MAP_{LOOKUP,UPDATE,DELETE,LOOKUP_AND_DELETE}_ELEM, MAP_GET_NEXT_KEY, MAP_FREEZE. */
struct alv_attr_elem {
	u32 map_fd;
	alv_attr_u64 key;
	alv_attr_u64 value; /* next_key */
	alv_attr_u64 flags;
};

struct alv_attr_batch {
	alv_attr_u64 in_batch;
	alv_attr_u64 out_batch;
	alv_attr_u64 keys;
	alv_attr_u64 values;
	u32 count;
	u32 map_fd;
	alv_attr_u64 elem_flags;
	alv_attr_u64 flags;
};

struct alv_attr_obj {
	alv_attr_u64 pathname;
	u32 bpf_fd;
	u32 file_flags;
	s32 path_fd;
};

struct alv_attr_id {
	u32 id; /* start_id of the GET_NEXT_ID commands */
	u32 next_id;
	u32 open_flags;
	s32 fd_by_id_token_fd;
};

struct alv_attr_info {
	u32 bpf_fd;
	u32 info_len;
	alv_attr_u64 info;
};

struct alv_attr_btf_load {
	alv_attr_u64 btf;
	alv_attr_u64 btf_log_buf;
	u32 btf_size;
	u32 btf_log_size;
	u32 btf_log_level;
	u32 btf_log_true_size;
	u32 btf_flags;
	s32 btf_token_fd;
};

struct alv_attr_enable_stats {
	u32 type;
};

struct alv_attr_prog_load {
	u32 prog_type;
	u32 insn_cnt;
	alv_attr_u64 insns;
	alv_attr_u64 license;
	u32 log_level;
	u32 log_size;
	alv_attr_u64 log_buf;
	u32 kern_version;
	u32 prog_flags;
	char prog_name[ALV_NAME_LEN];
	u32 prog_ifindex;
	u32 expected_attach_type;
	u32 prog_btf_fd;
	u32 func_info_rec_size;
	alv_attr_u64 func_info;
	u32 func_info_cnt;
	u32 line_info_rec_size;
	alv_attr_u64 line_info;
	u32 line_info_cnt;
	u32 attach_btf_id;
	u32 attach_prog_fd; /* attach_btf_obj_fd */
	u32 core_relo_cnt;
	alv_attr_u64 fd_array;
	alv_attr_u64 core_relos;
	u32 core_relo_rec_size;
	u32 log_true_size;
	s32 prog_token_fd;
	u32 fd_array_cnt;
	alv_attr_u64 signature;
	u32 signature_size;
	s32 keyring_id;
};

struct alv_attr_test_run {
	u32 prog_fd;
	u32 retval;
	u32 data_size_in;
	u32 data_size_out;
	alv_attr_u64 data_in;
	alv_attr_u64 data_out;
	u32 repeat;
	u32 duration;
	u32 ctx_size_in;
	u32 ctx_size_out;
	alv_attr_u64 ctx_in;
	alv_attr_u64 ctx_out;
	u32 flags;
	u32 cpu;
	u32 batch_size;
};

struct alv_attr_bind_map {
	u32 prog_fd;
	u32 map_fd;
	u32 flags;
};

#define ALV_ATTR_SIZE 168 /* sizeof(union bpf_attr) of Linux 6.18 */

union alv_attr {
	struct alv_attr_map_create map_create;
	struct alv_attr_elem elem;
	struct alv_attr_batch batch;
	struct alv_attr_obj obj;
	struct alv_attr_id id;
	struct alv_attr_info info;
	struct alv_attr_btf_load btf_load;
	struct alv_attr_enable_stats enable_stats;
	struct alv_attr_prog_load prog_load;
	struct alv_attr_test_run test_run;
	struct alv_attr_bind_map bind_map;
	u8 bytes[ALV_ATTR_SIZE];
};

/* BPF_OBJ_GET_INFO_BY_FD of a map. */
struct alv_map_info {
	u32 type;
	u32 id;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u32 map_flags;
	char name[ALV_NAME_LEN];
	u32 ifindex;
	u32 btf_vmlinux_value_type_id;
	alv_attr_u64 netns_dev;
	alv_attr_u64 netns_ino;
	u32 btf_id;
	u32 btf_key_type_id;
	u32 btf_value_type_id;
	u32 btf_vmlinux_id;
	alv_attr_u64 map_extra;
	alv_attr_u64 hash;
	u32 hash_size;
};

/* BPF_OBJ_GET_INFO_BY_FD of a BTF object. */
struct alv_btf_info {
	alv_attr_u64 btf;
	u32 btf_size;
	u32 id;
	alv_attr_u64 name;
	u32 name_len;
	u32 kernel_btf;
};

#endif
