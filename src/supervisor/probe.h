/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this machine lets us do. Everything is found out by doing it, in a child:
 * systems that grant unshare(2) and then refuse the mount are not rare.
 */
#ifndef ALV_SUPERVISOR_PROBE_H
#define ALV_SUPERVISOR_PROBE_H

#include <stdio.h>

#include "supervisor/launch.h"

struct alv_probe {
	int listener;    /* a filter with a listener could be loaded: 0 or -errno */
	int bpf;         /* bpf(2) arrives at the listener: 0, or what it answered instead */
	int memory;      /* a client's memory can be read */
	int descriptors; /* a client's descriptors can be looked at */
	int mounts;      /* the view "mounts" works */
	int yama;        /* kernel.yama.ptrace_scope, -1: not there */
};

void alv_probe(struct alv_probe *probe, bool root);

/* Replace AUTO in the launch's transport and view. */
void alv_probe_choose(struct alv_launch *launch);

/* Every finding and the choice, a line each. */
void alv_probe_report(FILE *out);

#endif
