/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hostile client does with a descriptor that bpf(2) gave it. Whether a
 * call succeeds is its own affair; only the others' peace counts.
 */
#ifndef HOSTILE_ATTACK_H
#define HOSTILE_ATTACK_H

struct attack {
	const char *name;
	void (*act)(int fd);
};

extern const struct attack attacks[];
extern const unsigned int attack_count;

#endif
