/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program as an object. The only one that is taken so far does nothing: it returns
 * a constant. Libraries load it to find out what a kernel can do, and leave out names
 * of maps, or fail to load any object, where it is refused.
 */
#ifndef ALV_PROGRAM_PROGRAM_H
#define ALV_PROGRAM_PROGRAM_H

#include "abi/uapi.h"
#include "object/object.h"

/* Instructions of the program that returns a constant. */
#define ALV_TRIVIAL_INSNS 2

/* "r0 = constant; exit"? */
bool alv_program_is_trivial(const struct bpf_insn insns[ALV_TRIVIAL_INSNS]);

/*
 * An object with one reference, the caller's. It has no id: nothing can be asked
 * about a program. -ENOMEM, -EMFILE, -ENFILE.
 */
int alv_program_new(struct alv_host *host, struct alv_object **ret_obj);

#endif
