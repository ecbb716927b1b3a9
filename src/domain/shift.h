/* SPDX-License-Identifier: BSD-2-Clause */
/* Shifts of scalars by a known amount; of other amounts the domain knows nothing. */
#ifndef ALV_DOMAIN_SHIFT_H
#define ALV_DOMAIN_SHIFT_H

#include "domain/scalar.h"

/* Is the amount one number, and less than the width? */
bool alv_shift_is_known(const struct alv_scalar *amount, bool wide);

/*
 * `op` is BPF_LSH, BPF_RSH or BPF_ARSH. Of a 32-bit shift only the lower half's ranges
 * are the result's, the caller extends them; in any case the caller syncs.
 */
void alv_shift(struct alv_scalar *s, u8 amount, u8 op, bool wide);

#endif
