/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small BTF, made at random from a seed: mostly well formed, with a fault here
 * and there, so that every refusal is met. The same seed makes the same bytes.
 */
#ifndef ALV_TESTS_BTF_GENERATE_H
#define ALV_TESTS_BTF_GENERATE_H

#include "base/types.h"

#define GENERATED_MAX 8192

/* Answers the number of bytes written to dst, at most GENERATED_MAX. */
u32 generate_btf(u64 seed, u8 *dst);
/* Change a few bytes or words of existing BTF. */
void mutate_btf(u64 seed, u8 *data, u32 size);

#endif
