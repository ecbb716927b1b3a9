/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of a program before it is explored: its subprograms, whether its
 * control flow is sound, and facts about each instruction. The phases below come in
 * this order; between them others look at the program (BTF information before
 * alv_insn_check_form, the attachment before the loops).
 *
 * Everything that exploration later counts (states, instructions) depends on the
 * marks, so each phase decides exactly as Linux does.
 */
#ifndef ALV_ISA_CFG_H
#define ALV_ISA_CFG_H

#include "isa/insn.h"

#define ALV_MAX_SUBPROGS 256

/* What a helper or a kfunc is, as far as the shape of a program depends on it. */
enum alv_call_trait {
	ALV_CALL_KNOWN = 1 << 0, /* has a prototype: n_args, VOID and FASTCALL hold */
	ALV_CALL_VOID = 1 << 1,
	ALV_CALL_FASTCALL = 1 << 2,       /* inlined, leaves other registers alone */
	ALV_CALL_SYNC_CALLBACK = 1 << 3,  /* runs a callback any number of times */
	ALV_CALL_ASYNC_CALLBACK = 1 << 4, /* hands a callback over for later */
	ALV_CALL_ITER_NEXT = 1 << 5,
	ALV_CALL_SLEEPS = 1 << 6,
	ALV_CALL_CHANGES_PACKET = 1 << 7,
};

struct alv_call_facts {
	u32 traits; /* enum alv_call_trait */
	u8 n_args;  /* 0 to 5 */
};

/* What the phases ask. */
struct alv_cfg_rules {
	bool may_call; /* CAP_BPF: subprograms and kfuncs are allowed, and loops */
	void *data;
	/* Of a helper's or kfunc's call; NULL: nothing is known of any. */
	struct alv_call_facts (*call)(void *data, const struct bpf_insn *call);
	/* A kfunc's call was found; reports its errors itself. NULL: all are fine. */
	int (*kfunc)(void *data, u32 insn);
};

enum alv_insn_mark {
	ALV_MARK_PRUNE = 1 << 0,      /* compare with states seen here before */
	ALV_MARK_JUMP = 1 << 1,       /* may be reached otherwise than from above */
	ALV_MARK_CHECKPOINT = 1 << 2, /* keep the state in any case */
	ALV_MARK_CALLBACK = 1 << 3,   /* calls something that runs a callback */
	ALV_MARK_TARGET = 1 << 4,     /* some jump or call goes here */
	ALV_MARK_FASTCALL = 1 << 5,   /* spill or fill around a fastcall */
};

struct alv_insn_facts {
	u32 scc;   /* loop that it is part of, from 1; 0: none */
	u16 live;  /* registers that may be read before they are written, bit set */
	u8 marks;  /* enum alv_insn_mark */
	u8 spills; /* of a fastcall: pairs of spill and fill that may be removed */
};

struct alv_subprog {
	u32 start;
	u32 postorder_start; /* in alv_cfg.postorder; ends where the next begins */
	bool has_tail_call;
	bool has_ld_abs;
	bool changes_packet; /* it, or a subprogram that it calls */
	bool sleeps;
	/* The stack below is used by fastcalls' spills alone, as far as is known. */
	s16 fastcall_stack_off;
	bool keep_fastcall_stack; /* not all of them can be removed */
};

struct alv_cfg {
	const struct bpf_insn *insns; /* the caller's */
	u32 n;
	u32 n_subprogs;
	/* In order of their starts; behind the last one the end. */
	struct alv_subprog subprogs[ALV_MAX_SUBPROGS + 1];
	u32 exception_callback;       /* subprogram; 0: none */
	struct alv_insn_facts *facts; /* of each instruction */
	u32 *postorder;               /* instructions, subprogram by subprogram */
	u32 n_postorder;
	u32 n_sccs;
};

/* All phases: 0, -ENOMEM, or what is in *error. `n` is at least 1. */
int alv_cfg_init(struct alv_cfg *cfg, const struct bpf_insn *insns, u32 n);
void alv_cfg_fini(struct alv_cfg *cfg);

/* Finds subprograms by calls and addresses taken. -EPERM, -EINVAL, -E2BIG. */
int alv_cfg_find_subprogs(struct alv_cfg *cfg, const struct alv_cfg_rules *rules,
			  struct alv_isa_error *error);
/* The program's exception callback (named by its BTF) begins at `insn`. */
int alv_cfg_add_exception_callback(struct alv_cfg *cfg, u32 insn,
				   struct alv_isa_error *error);
/* Jumps stay in their subprograms, which don't fall through their ends. -EINVAL. */
int alv_cfg_check_subprogs(struct alv_cfg *cfg, struct alv_isa_error *error);
/*
 * Every instruction is reachable; without `may_call` nothing leads back. Sets the
 * marks. -EINVAL.
 */
int alv_cfg_walk(struct alv_cfg *cfg, const struct alv_cfg_rules *rules,
		 struct alv_isa_error *error);
int alv_cfg_find_postorder(struct alv_cfg *cfg);
int alv_cfg_find_loops(struct alv_cfg *cfg);
/* After alv_cfg_find_postorder. */
int alv_cfg_find_live(struct alv_cfg *cfg, const struct alv_cfg_rules *rules);
void alv_cfg_find_fastcalls(struct alv_cfg *cfg, const struct alv_cfg_rules *rules);

/* Index of the subprogram that `insn` is part of. */
u32 alv_cfg_subprog_of(const struct alv_cfg *cfg, u32 insn);
/* Index of the subprogram that begins at `insn`; -ENOENT. */
int alv_cfg_subprog_at(const struct alv_cfg *cfg, s64 insn);
/* Where a subprogram's call or an address of one leads. */
static inline s64 alv_cfg_callee(const struct alv_cfg *cfg, u32 insn)
{
	return (s64)insn + cfg->insns[insn].imm + 1;
}
/* Instructions that may follow inside the subprogram (calls return): 0 to 2. */
u32 alv_cfg_successors(const struct alv_cfg *cfg, u32 insn, u32 ret_next[2]);

#endif
