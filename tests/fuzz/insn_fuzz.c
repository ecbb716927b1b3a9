/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzzer of the verifier: four bytes of choices, then instructions as they come. */
#include <string.h>

#include "subject.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct bpf_insn insns[SUBJECT_INSNS];
	struct subject subject = { .insns = insns };

	if (size < 4)
		return 0;
	subject_choose(&subject, data);
	subject.n_insns = (u32)((size - 4) / sizeof(insns[0]));
	if (subject.n_insns > SUBJECT_INSNS)
		subject.n_insns = SUBJECT_INSNS;
	memcpy(insns, data + 4, subject.n_insns * sizeof(insns[0]));
	subject_verify(&subject);
	return 0;
}
