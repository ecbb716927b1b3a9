/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what was loaded and verified to what runs, in the same instruction set: dead
 * code goes, contexts are the host's, maps are addresses, helpers are functions. Beside
 * it what clients see, which is what the kernel would run.
 */
#ifndef ALV_ENGINE_REWRITE_H
#define ALV_ENGINE_REWRITE_H

#include "abi/uapi.h"
#include "base/types.h"
#include "verifier/verifier.h"

struct alv_rewrite_request {
	const struct bpf_insn *insns;
	u32 n_insns;
	const struct alv_insn_verdict *facts; /* of each; maps' owners are struct alv_map * */
	const struct alv_checked_function *functions;
	u32 n_functions;
	u32 prog_type;
};

struct alv_rewritten {
	struct bpf_insn *code;  /* the caller frees it; functions' addresses point into it */
	struct bpf_insn *shown; /* of the same length; the caller frees it */
	u32 n_code;
	u32 *index; /* of the first instruction that came of each; the caller frees it */
};

/* -ENOMEM; -E2BIG: a jump became too long. */
int alv_rewrite(const struct alv_rewrite_request *request, struct alv_rewritten *ret_rewritten);

#endif
