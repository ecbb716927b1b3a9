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

/* Of enum bpf_attach_type. */
#define ALV_BPF_TRACE_UPROBE_MULTI        48
#define ALV_BPF_CGROUP_UNIX_CONNECT       49
#define ALV_BPF_CGROUP_UNIX_SENDMSG       50
#define ALV_BPF_CGROUP_UNIX_RECVMSG       51
#define ALV_BPF_CGROUP_UNIX_GETPEERNAME   52
#define ALV_BPF_CGROUP_UNIX_GETSOCKNAME   53
#define ALV_BPF_TRACE_KPROBE_SESSION      56
#define ALV_BPF_TRACE_UPROBE_SESSION      57

/* Statfs magic of a bpf filesystem. */
#define ALV_BPF_FS_MAGIC 0xcafe4a11

#endif
