/* SPDX-License-Identifier: BSD-2-Clause */
/* A rewritten program as clients may see it: ids instead of addresses. */
#ifndef ALV_ENGINE_DUMP_H
#define ALV_ENGINE_DUMP_H

#include "program/program.h"

/* Its instructions, prog->n_code of them, to `ret_code`. */
void alv_program_dump(struct alv_program *prog, struct bpf_insn *ret_code);

#endif
