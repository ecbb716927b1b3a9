/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * <linux/bpf.h>, plus the constants of Linux 6.18 that the build machine's
 * header (6.1 and newer) may lack, with the prefix ALV_.
 */
#ifndef ALV_ABI_UAPI_H
#define ALV_ABI_UAPI_H

#include <linux/bpf.h>
#include <linux/btf.h>

#define ALV_BPF_F_PATH_FD          (1u << 14)
#define ALV_BPF_F_VTYPE_BTF_OBJ_FD (1u << 15)
#define ALV_BPF_F_TOKEN_FD         (1u << 16)
#define ALV_BPF_F_SEGV_ON_FAULT    (1u << 17)
#define ALV_BPF_F_NO_USER_CONV     (1u << 18)

/* An errno of the kernel's own that reaches user space. */
#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif

/* Statfs magic of a bpf filesystem. */
#define ALV_BPF_FS_MAGIC 0xcafe4a11

#endif
