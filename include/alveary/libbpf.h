/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libbpf on an embedded host.
 *
 * libbpf reaches the kernel by syscall(2) of the C library. A program that links
 * libalveary-libbpf before the C library (`pkg-config --libs alveary-libbpf`, ahead
 * of -lbpf) has those calls go to a host instead, once it said which one:
 *
 *	alv_libbpf_use(host);
 *	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "counts", 4, 8, 16, NULL);
 *
 * Routed are bpf(2), epoll_ctl(2), and what libbpf does to names below /sys/fs/bpf
 * around its pins: statfs, mkdir, rmdir and unlink. Perf buffers are not. Static programs can't be routed this way:
 * they call alv_bpf() themselves.
 */
#ifndef ALVEARY_LIBBPF_H
#define ALVEARY_LIBBPF_H

#include <alveary/alveary.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * From now on all threads' bpf(2) calls by the C library's syscall() go to this
 * host; NULL: to the kernel again. The host is the caller's, and must outlive the
 * last call. Returns the host that was in use before.
 */
ALV_API struct alv_host *alv_libbpf_use(struct alv_host *host);

#ifdef __cplusplus
}
#endif
#endif
