/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host: one emulated kernel's BPF subsystem. It owns everything; there is no
 * state outside of hosts.
 *
 * Locks: `lock` guards the id spaces, the table of identities and their `held`
 * flags. It is a leaf: nothing is called under it that takes another lock or
 * touches a client.
 */
#ifndef ALV_OBJECT_HOST_H
#define ALV_OBJECT_HOST_H

#include <pthread.h>
#include <sys/types.h>

#include <alveary/alveary.h>

#include "abi/version.h"
#include "base/log.h"
#include "base/types.h"
#include "object/attendant.h"
#include "object/authority.h"
#include "object/ids.h"
#include "object/lease.h"
#include "object/object.h"
#include "object/trace.h"

struct alv_bpffs;
struct alv_btf_object;

struct alv_host {
	enum alv_kernel kernel;
	unsigned int cpus;
	struct alv_authority authority;
	struct alv_log log;
	pid_t owner; /* the process that made it */
	/* A page that fork(2) wipes in the child: reads 1 in the owner. */
	const volatile int *alive;

	pthread_mutex_t lock;
	struct alv_ids ids[ALV_N_KINDS];
	struct alv_identities identities;

	struct alv_leases leases; /* of CPUs, see lease.h */
	struct alv_attendant attendant;
	s64 memory; /* bytes charged for maps */
	u64 memory_limit; /* 0: none */
	u64 machine_memory; /* no single map may take more */
	struct alv_trace trace;
	u64 perf_events; /* made so far; atomic */
	u64 secret; /* a random number, for hashes that strangers must not foresee */
	u64 socket_cookies; /* given so far; relaxed */
	s64 stats_users; /* descriptors of BPF_ENABLE_STATS */
	struct alv_bpffs *bpffs;
	struct alv_btf_object *vmlinux; /* kernel BTF, see alv_host_vmlinux() */
	int vmlinux_fd;                 /* where it is to be read from; -1: nowhere (any more) */
	pthread_mutex_t vmlinux_loading; /* before `lock` */
};

/* Account for memory of a map. -ENOMEM when the host's limit would be passed. */
int alv_host_charge(struct alv_host *host, u64 bytes);
void alv_host_uncharge(struct alv_host *host, u64 bytes);

/* 0, or -EOWNERDEAD in a child of fork(). */
int alv_host_check_owner(const struct alv_host *host);

static inline bool alv_host_has(const struct alv_host *host, enum alv_kernel since)
{
	return host->kernel >= since;
}

#endif
