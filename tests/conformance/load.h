/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_PROG_LOAD by all of its attributes: a program that is right, for a case to spoil
 * in one place. What a load answered is a line, its report the indented lines below.
 */
#ifndef CONFORM_LOAD_H
#define CONFORM_LOAD_H

#include "attr.h"

#define LOAD_LOG_ROOM (1u << 20)

/* A socket filter of these instructions, with a report of level 1. */
void load_init(struct attr_load *load, const struct bpf_insn *insns, u32 n_insns);

/* The call: the line, and the report if there is one. */
long load_said(struct attr_load *load, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The call alone; the report is in load_report(). */
long load_quietly(struct attr_load *load, u32 size);
const char *load_report(void);

#endif
