/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the suite's clients have in common: start and signal storm, maps of
 * each type ready to use, and short forms of the calls.
 */
#ifndef CONFORM_CLIENT_H
#define CONFORM_CLIENT_H

#include "attr.h"
#include "call.h"
#include "descriptor.h"
#include "map_type.h"
#include "memory.h"
#include "transcript.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * The first thing in main(). With CONFORM_STORM=microseconds in the environment
 * a sibling sends signals for as long as this process lives: SIGUSR1 with
 * SA_RESTART, SIGUSR2 without.
 */
void client_start(void);

/* A private directory of a bpf filesystem: $CONFORM_BPFFS or /sys/fs/bpf. */
const char *client_bpffs(void);

/* A new case: all descriptors of the previous one are closed. */
void client_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Attributes that create the type's map; a nested one gets an inner map. */
void client_create_attr(const struct map_type *t, union attr *attr);

/* A map, created without a word in the transcript. -errno when it fails. */
int client_map(const struct map_type *t);
int client_map_with(const struct map_type *t, u32 flags);
const struct map_type *client_type(const char *name);

/* The i-th key of a map of this type, and a value to put there. */
void *client_key(const struct map_type *t, unsigned int i);
void *client_value(const struct map_type *t, unsigned int i);

/* A buffer for what comes back; each call fills it with 0xee first. */
void *client_room(void);

/* What the last call left there. */
const void *client_came(void);

/* The calls, in the transcript. */
long client_lookup(int fd, const void *key, u64 flags);
/* ... with a value that the lookup reads: a bloom filter's. */
long client_lookup_in(int fd, const void *key, const void *value, u64 flags);
long client_update(int fd, const void *key, const void *value, u64 flags);
long client_delete(int fd, const void *key);
long client_next(int fd, const void *key);
long client_take(int fd, const void *key, u64 flags);
long client_freeze(int fd);
long client_info(int fd);

/* All keys by MAP_GET_NEXT_KEY, sorted, in one line. */
void client_keys(int fd);

/*
 * Gives up capabilities (bits 0 to 31 and above) for good. What a client under
 * another kernel may do is not decided by them: there it changes nothing.
 */
void client_drop_capabilities(u64 mask);

/* The object's id, without a word in the transcript; 0 when there is none. */
u32 client_id(int fd);

/* Does the object with this id live? Opens it by id and closes it. */
void client_lives(int command, u32 id);

/* Objects go some time after their last reference: is it gone within ten seconds? */
void client_gone(int command, u32 id);

/* Waits for a child; signals do not end that. */
void client_wait(int child);

#endif
