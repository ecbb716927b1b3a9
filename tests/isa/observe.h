/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_ISA_OBSERVE_H
#define TESTS_ISA_OBSERVE_H

#include "base/types.h"

/* Differences found so far in this process. */
u64 isa_observed_differences(void);
/* Programs of which the kernel said how registers live. */
u64 isa_observed_programs(void);

#endif
