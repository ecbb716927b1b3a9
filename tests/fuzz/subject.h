/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that is verified, and rewritten if it is accepted, without a host. Its
 * maps are those of generated programs, with FIRST_FD and what follows as descriptors.
 */
#ifndef ALV_TESTS_FUZZ_SUBJECT_H
#define ALV_TESTS_FUZZ_SUBJECT_H

#include "verifier/verifier.h"

#define FIRST_FD      3
#define SUBJECT_INSNS 4096

struct subject {
	u32 type;
	u32 attach;
	u32 flags;
	bool unprivileged;
	u32 log_level;
	u32 log_size;
	const struct bpf_insn *insns;
	u32 n_insns;
	const struct alv_btf *btf; /* NULL: none */
	const struct bpf_func_info *func_info;
	u32 n_func_info;
	const struct bpf_line_info *line_info;
	u32 n_line_info;
};

/* Descriptors of the maps, as generated programs want them. */
struct oracle_maps;
void subject_maps(struct oracle_maps *ret_maps);
/* The types of generated programs. */
const struct alv_btf *subject_types(void);
/* Type, rights and log by four bytes; the log is bounded. */
void subject_choose(struct subject *subject, const u8 choice[4]);
/* What PROG_LOAD would answer; ends after some ten thousand instructions. */
int subject_verify(const struct subject *subject);

#endif
