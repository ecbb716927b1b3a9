/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions about program types, asked of a kernel or of the tables: which helpers a
 * program may call, which accesses to its context it may make, what it may return.
 * The answers are lines of text, which must be the same from both.
 */
#ifndef PROGRAM_QUESTIONS_H
#define PROGRAM_QUESTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The program that is asked about. */
struct subject {
	uint32_t type;
	uint32_t attach_type;
	bool without_perfmon; /* its loader has CAP_BPF and CAP_NET_ADMIN alone */
};

enum { SOCK_COMMON, SOCKET, TCP_SOCK, XDP_SOCK, N_SOCKETS };
enum { LOAD, LOAD_SIGNED, STORE };

struct answers {
	/* 0 no, 1 yes, 2 it is one of the type's, but each call is refused */
	int (*may_call)(const struct subject *subject, uint32_t id);
	/* ret_type (32 bytes): the name of the loaded pointer, "" for a number. */
	bool (*may_access)(const struct subject *subject, int how, int offset, int size,
			   char *ret_type);
	/* May a program load so from a socket? */
	bool (*may_look)(int kind, int offset, int size);
	/* "[0, 1]", "any", or "EINVAL" when there is no such attach type. */
	void (*returns)(const struct subject *subject, char *ret_range);
};

void ask_all(const struct answers *answers, FILE *out);
/* How many lines are not the recorded ones; they are printed. */
int compare(const struct answers *answers, const char *recorded);

#endif
