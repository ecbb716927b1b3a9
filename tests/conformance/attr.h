/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attributes of bpf(2) as these clients write them, up to Linux 6.18.
 * <linux/bpf.h> of the build machine may be older, so the layout is here.
 */
#ifndef CONFORM_ATTR_H
#define CONFORM_ATTR_H

#include <linux/bpf.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;

#define ATTR_SIZE 168 /* sizeof(union bpf_attr) of Linux 6.18 */
#define ATTR_ROOM (3 * 4096)

#define F_PATH_FD	   (1u << 14)
#define F_VTYPE_BTF_OBJ_FD (1u << 15)
#define F_TOKEN_FD	   (1u << 16)

union attr {
	struct attr_create {
		u32 map_type, key_size, value_size, max_entries, map_flags;
		u32 inner_map_fd, numa_node;
		char map_name[16];
		u32 map_ifindex, btf_fd, btf_key_type_id, btf_value_type_id;
		u32 btf_vmlinux_value_type_id;
		u64 map_extra;
		s32 value_type_btf_obj_fd, map_token_fd;
		u64 excl_prog_hash;
		u32 excl_prog_hash_size;
	} create;
	struct attr_elem {
		u32 map_fd;
		u64 key, value, flags;
	} elem;
	struct attr_batch {
		u64 in_batch, out_batch, keys, values;
		u32 count, map_fd;
		u64 elem_flags, flags;
	} batch;
	struct attr_obj {
		u64 pathname;
		u32 bpf_fd, file_flags;
		s32 path_fd;
	} obj;
	struct attr_id {
		u32 id, next_id, open_flags;
		s32 token_fd;
	} id;
	struct attr_info {
		u32 bpf_fd, info_len;
		u64 info;
	} info;
	struct attr_btf {
		u64 btf, log_buf;
		u32 size, log_size, log_level, log_true_size, flags;
		s32 token_fd;
	} btf;
	struct attr_stats {
		u32 type;
	} stats;
	struct attr_load {
		u32 prog_type, insn_cnt;
		u64 insns, license;
		u32 log_level, log_size;
		u64 log_buf;
		u32 kern_version, prog_flags;
		char prog_name[16];
		u32 prog_ifindex, expected_attach_type, prog_btf_fd, func_info_rec_size;
		u64 func_info;
		u32 func_info_cnt, line_info_rec_size;
		u64 line_info;
		u32 line_info_cnt, attach_btf_id, attach_prog_fd, core_relo_cnt;
		u64 fd_array, core_relos;
		u32 core_relo_rec_size, log_true_size;
		s32 prog_token_fd;
		u32 fd_array_cnt;
		u64 signature;
		u32 signature_size;
		s32 keyring_id;
	} load;
	struct attr_run {
		u32 prog_fd, retval, data_size_in, data_size_out;
		u64 data_in, data_out;
		u32 repeat, duration, ctx_size_in, ctx_size_out;
		u64 ctx_in, ctx_out;
		u32 flags, cpu, batch_size;
	} run;
	struct attr_bind {
		u32 prog_fd, map_fd, flags;
	} bind;
	u8 bytes[ATTR_ROOM];
};

/* What OBJ_GET_INFO_BY_FD writes for a map. */
struct map_info {
	u32 type, id, key_size, value_size, max_entries, map_flags;
	char name[16];
	u32 ifindex, btf_vmlinux_value_type_id;
	u64 netns_dev, netns_ino;
	u32 btf_id, btf_key_type_id, btf_value_type_id, btf_vmlinux_id;
	u64 map_extra, hash;
	u32 hash_size, pad;
};

/* ... and for a BTF object. */
struct btf_info {
	u64 btf;
	u32 btf_size, id;
	u64 name;
	u32 name_len, kernel_btf;
};

#endif
