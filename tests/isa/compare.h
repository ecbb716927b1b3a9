/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kernel's report (log level 2) says of a program, against what src/isa says:
 * subprograms, loops, live registers, instructions' texts, errors.
 */
#ifndef TESTS_ISA_COMPARE_H
#define TESTS_ISA_COMPARE_H

#include "isa/cfg.h"

struct isa_counts {
	u64 programs;
	u64 analysed; /* the kernel got as far as live registers */
	u64 texts;
	u64 live;
	u64 errors;
	u64 differences;
};

extern struct isa_counts isa_counts;

/* `truncated`: the report has no end. */
void isa_compare(const struct bpf_insn *insns, u32 n, const char *log, bool truncated);

/* To the file that $ISA_OBSERVED names, or stderr. */
void isa_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
