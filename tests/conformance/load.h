/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_PROG_LOAD by all of its attributes: a program that is right, for a case to spoil
 * in one place. What a load answered is a line, its report the indented lines below.
 */
#ifndef CONFORM_LOAD_H
#define CONFORM_LOAD_H

#include "attr.h"

struct load {
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
};

#define LOAD_LOG_ROOM (1u << 20)

/* A socket filter of these instructions, with a report of level 1. */
void load_init(struct load *load, const struct bpf_insn *insns, u32 n_insns);

/* The call: the line, and the report if there is one. */
long load_said(struct load *load, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The call alone; the report is in load_report(). */
long load_quietly(struct load *load, u32 size);
const char *load_report(void);

#endif
