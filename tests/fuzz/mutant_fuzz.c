/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzzer of the verifier with generated programs, which get far: four bytes of
 * choices, three of seed, then at most MAX_CHANGES changes: a 16-bit place and an
 * instruction each. func_info is the generated program's, and so is the type unless the
 * first choice's upper bit is set.
 */
#include <string.h>

#include "../oracle/generate.h"
#include "subject.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define CHANGE      (2 + sizeof(struct bpf_insn))
#define MAX_CHANGES 8

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct generated program;
	struct oracle_maps maps;
	struct subject subject = { .insns = program.insns };

	if (size < 7)
		return 0;
	subject_maps(&maps);
	generate_program(data[4] | (u64)data[5] << 8 | (u64)data[6] << 16, &maps, &program);
	subject_choose(&subject, data);
	if (!(data[0] & 128)) {
		subject.type = program.type;
		subject.attach = program.attach;
	}
	for (size_t at = 7; at + CHANGE <= size && at < 7 + MAX_CHANGES * CHANGE; at += CHANGE) {
		u32 place = (data[at] | (u32)data[at + 1] << 8) % program.n_insns;

		memcpy(&program.insns[place], data + at + 2, sizeof(struct bpf_insn));
	}
	subject.n_insns = program.n_insns;
	subject.btf = subject_types();
	subject.func_info = program.functions;
	subject.n_func_info = program.n_functions;
	subject_verify(&subject);
	return 0;
}
