/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions that come of rewriting, each in two forms side by side: as clients see
 * it (bpftool's "xlated", which is what Linux 6.18 on x86-64 makes of the program), and
 * as it runs here. They differ where the kernel's structures are not ours.
 */
#ifndef ALV_ENGINE_EMIT_H
#define ALV_ENGINE_EMIT_H

#include "abi/uapi.h"
#include "base/types.h"

#define ALV_NO_TARGET UINT32_MAX

struct alv_emitter {
	struct bpf_insn *shown;
	struct bpf_insn *code;
	u32 *targets; /* of each: an instruction before rewriting, or ALV_NO_TARGET */
	u32 n;
	u32 room;
	bool failed; /* no memory: what was emitted since is lost */
};

#define ALV_INSN(op, dst, src, offset, immediate)                                          \
	((struct bpf_insn){ .code = (op),                                                  \
			    .dst_reg = (dst),                                              \
			    .src_reg = (src),                                              \
			    .off = (offset),                                               \
			    .imm = (immediate) })

void alv_emitter_fini(struct alv_emitter *to);

void alv_emit(struct alv_emitter *to, struct bpf_insn insn);
void alv_emit_as(struct alv_emitter *to, struct bpf_insn shown, struct bpf_insn code);
/* Jumps, calls and addresses of functions, which alv_emit_link() completes. */
void alv_emit_jump(struct alv_emitter *to, struct bpf_insn insn, u32 target);
/* `n` instructions are shown; the first one's place does all the work, the rest is skipped. */
void alv_emit_instead(struct alv_emitter *to, const struct bpf_insn *shown, u32 n,
		      struct bpf_insn code);

/*
 * Fill in distances: instruction `at` goes to instruction `to_insn`, function `subprog`
 * if it names one. -E2BIG: the field can't say so.
 */
int alv_emit_link(struct alv_emitter *to, u32 at, u32 to_insn, u32 subprog);

#endif
