/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sample: attributes with which a command succeeds (or would, if the type had
 * the command), to be spoilt in one place by a case.
 */
#ifndef CONFORM_SAMPLE_H
#define CONFORM_SAMPLE_H

#include "client.h"

/* A valid BTF object, "int" and a struct of two of them; type ids 1 and 2. */
extern const u8 sample_btf[];
extern const u32 sample_btf_size;

/* Loads it without a word in the transcript. */
int sample_btf_load(void);

/* The kernel's own types; -1 where the system has none to give. */
int sample_kernel_btf(void);

/* Loads "return 7" as a program of the type, without a word in the transcript. */
int sample_program(u32 type);

/* What a program is loaded as. */
struct sample_kind {
	const char *name; /* NULL: there is one kind only */
	u32 type, attach, flags;
};

/* These instructions as a program of the kind; the error is a line. */
int sample_load_as(const struct sample_kind *kind, const struct bpf_insn *insns, u32 count);

/* A map of the type that holds element 1, as far as it can hold any. */
int sample_map(const struct map_type *t);

/*
 * Attributes for the command on such a map. What the command leaves behind in
 * the file system is gone first. -1 for commands without a map; those of programs
 * work on one of their own.
 */
void sample_attr(int command, const struct map_type *t, int map, union attr *attr);

/* The commands that take a map's descriptor and leave the map to the next one. */
#define SAMPLE_MAP_COMMANDS                                                             \
	BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM,                  \
		BPF_MAP_GET_NEXT_KEY, BPF_MAP_LOOKUP_AND_DELETE_ELEM,                   \
		BPF_MAP_LOOKUP_BATCH, BPF_MAP_LOOKUP_AND_DELETE_BATCH,                  \
		BPF_MAP_UPDATE_BATCH, BPF_MAP_DELETE_BATCH, BPF_OBJ_GET_INFO_BY_FD

/* Path of the pin that samples of OBJ_PIN make and those of OBJ_GET open. */
const char *sample_path(void);

#endif
