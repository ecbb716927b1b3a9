/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this machine lets us do. Everything is found out by doing it, in a child:
 * systems that grant unshare(2) and then refuse the mount are not rare.
 */
#ifndef ALV_SUPERVISOR_PROBE_H
#define ALV_SUPERVISOR_PROBE_H

#include "supervisor/launch.h"

/* 0: it works, else -errno. */
struct alv_probe {
	int proc;        /* /proc is there, and of this process namespace */
	int listener;    /* a filter with a listener can be loaded */
	int killable;    /* signals don't make a notified call happen again */
	int synchronous; /* the one who answers is woken on the caller's CPU */
	int bpf;         /* bpf(2) arrives at the listener: else what answered it instead */
	int memory;      /* a client's memory can be read */
	int descriptors; /* a client's descriptors can be looked at */
	int ptrace;      /* a client can be traced */
	int userns;      /* a user namespace can be made */
	int mounts;      /* the view "mounts" works */
	int pidfd_getfd; /* a client's descriptors can be taken */
	int yama;        /* kernel.yama.ptrace_scope; -1: not there */
};

void alv_probe(struct alv_probe *probe, bool root);

/* What AUTO stands for. */
enum alv_transport alv_probe_transport(const struct alv_probe *probe);
enum alv_view alv_probe_view(const struct alv_probe *probe);

/* Replace AUTO in the launch's transport and view, probing no more than that takes. */
void alv_probe_choose(struct alv_launch *launch);

/* -EXDEV: /proc belongs to another process namespace; nobody could be served. */
int alv_probe_proc(void);

#endif
