/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pair of maps of one definition, one of this machine's kernel and one of a host,
 * and what programs that compare the two need: both bpf(2)s, random numbers that
 * are the same on every run, and a list of differences.
 */
#ifndef TEST_COMPARE_PAIR_H
#define TEST_COMPARE_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/bpf.h>

#define N_SIDES 2 /* the kernel, the host */
#define SKIP	77

/* A value or -errno. */
typedef int bpf_fn(int cmd, union bpf_attr *attr);
extern bpf_fn *const sides[N_SIDES];

/* A row of a table of types to compare. */
struct pair_type {
	const char *name;
	uint32_t type, key_size, value_size, flags;
	bool lock; /* the value has a spin lock at offset 4 */
};

struct pair {
	const char *name;
	union bpf_attr def;
	int fds[N_SIDES];
	int inner[N_SIDES]; /* of maps of maps: the descriptor that stands for a value */
	int btf[N_SIDES];   /* of the types in def; 0: none */
	uint32_t value_bytes; /* of a value as bpf(2) copies it */
};

/* Make the host. SKIP: there is no kernel bpf(2) to ask (root only). */
int sides_start(void);
/* End the host and say how much differed: the exit status. */
int sides_end(void);

/* A pair that is not open yet. inner: what maps of maps hold. */
void pair_init(struct pair *pair, const struct pair_type *type, uint32_t max_entries,
	       const int inner[N_SIDES]);
/* Make the maps. False: there are none, which is a difference if only one refused. */
bool pair_open(struct pair *pair);
void pair_close(struct pair *pair);
/* Open, compare what fdinfo calls memlock, close. */
void pair_try(struct pair *pair);
void pair_compare_memlock(const struct pair *pair);
void pair_differ(const struct pair *pair, const char *what, long kernel, long ours);

/* A map that fits into the maps of maps. */
int make_inner(bpf_fn *bpf);

uint32_t draw(uint32_t below);

#endif
