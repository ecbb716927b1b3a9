/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Alveary: bpf(2) in user space.
 *
 * A host is one emulated kernel's BPF subsystem. A program makes one (or
 * several, which do not know of each other), and calls alv_bpf() on it as it
 * would call bpf(2): the same commands, attributes, results and descriptors.
 *
 * Threads: every function here may be called from any thread at any time,
 * except alv_host_free(), which wants to be the last call on its host.
 *
 * fork(): the host belongs to the process that made it. A child keeps the
 * descriptors it inherited (they hold their objects in the parent's host), but
 * its copy of the host answers every call with -EOWNERDEAD.
 */
#ifndef ALVEARY_ALVEARY_H
#define ALVEARY_ALVEARY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ALV_API __attribute__((visibility("default")))
#else
#define ALV_API
#endif

struct alv_host;

enum alv_log_level {
	ALV_LOG_ERROR, /* something the host could not do */
	ALV_LOG_WARN,  /* something a client did that it will be surprised by */
	ALV_LOG_INFO,
	ALV_LOG_DEBUG,
};

/*
 * Called with one line of text, without a newline, that lives only for the
 * call. From any thread that is inside the library, with no lock held that the
 * callback could want; it must not call back into the library.
 */
typedef void alv_log_fn(void *data, enum alv_log_level level, const char *line);

/* Zero is a good default for every field but size. */
struct alv_host_config {
	size_t size;           /* sizeof(struct alv_host_config): which fields the caller knows */
	const char *kernel;    /* the kernel version to be: "6.18" (default), "6.1", ... */
	unsigned int cpus;     /* possible CPUs, sizes per-CPU values; 0: this machine's */
	const char *btf;       /* file of kernel BTF (raw .BTF data); NULL: none */
	const char *bpffs;     /* existing directory to keep pins in; NULL: a private one */
	uint64_t memory_limit; /* bytes that all maps together may take; 0: no limit */
	uint64_t caps;         /* ALV_CAP_* that clients have; used with ALV_HOST_CAPS */
	unsigned int flags;    /* ALV_HOST_* */
	alv_log_fn *log;       /* NULL: messages are dropped */
	void *log_data;
};

/* Flags of a host. */
#define ALV_HOST_CAPS         (1u << 0) /* caps is meant; else clients have all of them */
#define ALV_HOST_UNPRIVILEGED (1u << 1) /* kernel.unprivileged_bpf_disabled is 0 */

/* Capabilities of capabilities(7) that bpf(2) asks for. */
#define ALV_CAP_BPF       (1ull << 39)
#define ALV_CAP_PERFMON   (1ull << 38)
#define ALV_CAP_NET_ADMIN (1ull << 12)
#define ALV_CAP_SYS_ADMIN (1ull << 21)
#define ALV_CAP_ALL \
	(ALV_CAP_BPF | ALV_CAP_PERFMON | ALV_CAP_NET_ADMIN | ALV_CAP_SYS_ADMIN)

/*
 * Make a host. On success 0 and *ret_host, to be given to alv_host_free().
 * -EINVAL: config->size is none that this library knows, or a version that no
 * profile has; -ENOMEM; -EMFILE, -ENFILE: no descriptor left; an errno of
 * opening config->btf or config->bpffs; -EBADMSG: config->btf is no kernel BTF.
 */
ALV_API int alv_host_new(const struct alv_host_config *config,
			 struct alv_host **ret_host);

/*
 * End a host: its objects go, descriptors that are still open become dead
 * (EBADF). No call on the host may run or come later. NULL is fine.
 */
ALV_API void alv_host_free(struct alv_host *host);

/*
 * bpf(2) on a host. cmd, attr and size are the system call's; attr and every
 * pointer in it are addresses of this process, and bad ones give -EFAULT.
 * Descriptors that come back are real, close-on-exec ones: close(2), dup(2),
 * fork(2), SCM_RIGHTS and mmap(2) work on them.
 *
 * Returns what bpf(2) returns, with -errno where that sets errno.
 * Paths of BPF_OBJ_PIN and BPF_OBJ_GET below /sys/fs/bpf are the host's own.
 */
ALV_API int alv_bpf(struct alv_host *host, int cmd, const void *attr, unsigned int size);

/*
 * epoll_ctl(2) on a host's descriptor: those of ring buffers can be waited for as the
 * kernel's can. Descriptors that are none of the host's are the kernel's affair. Returns
 * 0 or -errno. A map stays in the instance until EPOLL_CTL_DEL or its end.
 */
struct epoll_event;
ALV_API int alv_epoll_ctl(struct alv_host *host, int epfd, int op, int fd,
			  struct epoll_event *event);

/*
 * The directory that stands for /sys/fs/bpf: in the file system of this process, a
 * real one whose files are the pins. The text lives as long as the host.
 */
ALV_API const char *alv_host_bpffs(const struct alv_host *host);

/*
 * The trace pipe: a descriptor, close-on-exec and the caller's to close, from which the
 * lines are read that programs print by bpf_trace_printk() and bpf_trace_vprintk(), as
 * /sys/kernel/tracing/trace_pipe has them. Each line goes to one reader; what nobody
 * reads is kept up to the size of a pipe. -EMFILE, -ENFILE, -EOWNERDEAD.
 */
ALV_API int alv_host_trace(struct alv_host *host);

/* The version of the library, "0.1.0". */
ALV_API const char *alv_version(void);

#ifdef __cplusplus
}
#endif
#endif
