/* SPDX-License-Identifier: BSD-2-Clause */
/* What firewall.bpf.c and the programs that read its maps agree on. */
#ifndef EXAMPLES_FIREWALL_H
#define EXAMPLES_FIREWALL_H

struct counter {
	unsigned long long packets;
	unsigned long long bytes;
};

/* A TCP connection that somebody tries to open. */
struct attempt {
	unsigned short port; /* of the destination */
	unsigned char family; /* 4 or 6 */
	unsigned char dropped;
};

#endif
