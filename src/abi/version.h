/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel versions: each row of a feature table says with which one it came,
 * a profile says which one a host is. Versions order as integers.
 */
#ifndef ALV_ABI_VERSION_H
#define ALV_ABI_VERSION_H

#include "base/types.h"

#define ALV_VERSION(major, minor) ((u32)(major) << 8 | (minor))

/* ALV_NEVER: known to the UAPI, in no profile. */
enum alv_kernel {
	V3_18 = ALV_VERSION(3, 18),
	V3_19 = ALV_VERSION(3, 19),
	V4_1 = ALV_VERSION(4, 1),
	V4_2 = ALV_VERSION(4, 2),
	V4_3 = ALV_VERSION(4, 3),
	V4_4 = ALV_VERSION(4, 4),
	V4_5 = ALV_VERSION(4, 5),
	V4_6 = ALV_VERSION(4, 6),
	V4_7 = ALV_VERSION(4, 7),
	V4_8 = ALV_VERSION(4, 8),
	V4_9 = ALV_VERSION(4, 9),
	V4_10 = ALV_VERSION(4, 10),
	V4_11 = ALV_VERSION(4, 11),
	V4_12 = ALV_VERSION(4, 12),
	V4_13 = ALV_VERSION(4, 13),
	V4_14 = ALV_VERSION(4, 14),
	V4_15 = ALV_VERSION(4, 15),
	V4_16 = ALV_VERSION(4, 16),
	V4_17 = ALV_VERSION(4, 17),
	V4_18 = ALV_VERSION(4, 18),
	V4_19 = ALV_VERSION(4, 19),
	V4_20 = ALV_VERSION(4, 20),
	V5_0 = ALV_VERSION(5, 0),
	V5_1 = ALV_VERSION(5, 1),
	V5_2 = ALV_VERSION(5, 2),
	V5_3 = ALV_VERSION(5, 3),
	V5_4 = ALV_VERSION(5, 4),
	V5_5 = ALV_VERSION(5, 5),
	V5_6 = ALV_VERSION(5, 6),
	V5_7 = ALV_VERSION(5, 7),
	V5_8 = ALV_VERSION(5, 8),
	V5_9 = ALV_VERSION(5, 9),
	V5_10 = ALV_VERSION(5, 10),
	V5_11 = ALV_VERSION(5, 11),
	V5_12 = ALV_VERSION(5, 12),
	V5_13 = ALV_VERSION(5, 13),
	V5_14 = ALV_VERSION(5, 14),
	V5_15 = ALV_VERSION(5, 15),
	V5_16 = ALV_VERSION(5, 16),
	V5_17 = ALV_VERSION(5, 17),
	V5_18 = ALV_VERSION(5, 18),
	V5_19 = ALV_VERSION(5, 19),
	V6_0 = ALV_VERSION(6, 0),
	V6_1 = ALV_VERSION(6, 1),
	V6_2 = ALV_VERSION(6, 2),
	V6_3 = ALV_VERSION(6, 3),
	V6_4 = ALV_VERSION(6, 4),
	V6_5 = ALV_VERSION(6, 5),
	V6_6 = ALV_VERSION(6, 6),
	V6_7 = ALV_VERSION(6, 7),
	V6_9 = ALV_VERSION(6, 9),
	V6_10 = ALV_VERSION(6, 10),
	V6_11 = ALV_VERSION(6, 11),
	V6_12 = ALV_VERSION(6, 12),
	V6_13 = ALV_VERSION(6, 13),
	V6_15 = ALV_VERSION(6, 15),
	V6_16 = ALV_VERSION(6, 16),
	V6_17 = ALV_VERSION(6, 17),
	V6_18 = ALV_VERSION(6, 18),
	ALV_NEVER = 0xffff,
};

/* "6.1" to V6_1. -EINVAL when it is none of the profiles' versions. */
int alv_kernel_parse(const char *text, enum alv_kernel *ret_kernel);

/* sizeof(union bpf_attr) of a profile's kernel: longer attributes must be zero behind it. */
u32 alv_kernel_attr_size(enum alv_kernel kernel);

#endif
