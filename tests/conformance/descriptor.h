/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this client knows about its descriptors: their symbols in the
 * transcript, and for maps what is needed to print keys and values. And
 * descriptors of other kinds, to be refused.
 */
#ifndef CONFORM_DESCRIPTOR_H
#define CONFORM_DESCRIPTOR_H

#include <stdint.h>
#include <stddef.h>

struct descriptor {
	char symbol[16]; /* m1, p1, b1, ... */
	uint32_t type;	 /* of the map */
	uint32_t key_size;
	uint32_t value_size;
};

enum wrong_descriptor {
	WRONG_NEGATIVE, /* -1 */
	WRONG_CLOSED,
	WRONG_HUGE, /* far above any limit */
	WRONG_FILE,
	WRONG_DIRECTORY,
	WRONG_PATH, /* opened with O_PATH */
	WRONG_SOCKET,
	WRONG_PIPE,
	WRONG_EVENTFD,
	WRONG_MEMFD,
	WRONG_EPOLL,
	WRONG_COUNT,
};

void descriptor_init(void);

/* The kind of an object behind a descriptor of bpf(2): 'm', 'p', 'b' or '?'. */
char descriptor_kind(int fd);

/* Gives a new descriptor a symbol; a map's sizes are asked of the system. */
void descriptor_add(int fd);

/* Closes it and forgets what was known. */
void descriptor_close(int fd);

/* Closes all that descriptor_add() knows, before a new case. */
void descriptor_close_all(void);

/* NULL when it is none of bpf(2)'s. */
const struct descriptor *descriptor_find(int fd);

int descriptor_wrong(enum wrong_descriptor which);

/* A symbol for every number: "m1", "socket", "-1". */
const char *descriptor_name(int fd);

/* What a lookup writes; 0 for NULL. */
size_t descriptor_value_size(const struct descriptor *d);

#endif
