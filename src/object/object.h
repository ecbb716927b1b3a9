/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every object that a descriptor can stand for has: a kind, an id, a
 * reference count and an identity.
 *
 * References: `refs` keeps the memory and the id. Some of them are *user*
 * references, also counted in `users`: one for all descriptors together (see
 * identity.h) and one for each pin. When the last user goes, ops->unused() may
 * drop what only users could reach (the slots of a prog array).
 */
#ifndef ALV_OBJECT_OBJECT_H
#define ALV_OBJECT_OBJECT_H

#include "base/rcu.h"
#include "base/ref.h"
#include "base/types.h"
#include "object/identity.h"

struct alv_host;
struct alv_object;

enum alv_kind {
	ALV_KIND_MAP,
	ALV_KIND_PROG,
	ALV_KIND_LINK,
	ALV_KIND_BTF,
	ALV_KIND_STATS,
	ALV_KIND_PERF_EVENT,
	ALV_N_KINDS,
};

struct alv_object_ops {
	enum alv_kind kind;
	const char *name; /* of its descriptors: "bpf-map" */
	unsigned int access; /* of most of them, enum alv_access; 0: ALV_MAY_BOTH */
	bool grows; /* its mappable pages are made later, and may be made again */
	/* The last descriptor went, pins or not; NULL: nothing to do. */
	void (*closed)(struct alv_object *obj);
	/* The last user reference went; NULL: nothing to do. */
	void (*unused)(struct alv_object *obj);
	/* The last reference went: put what it refers to. NULL: it refers to nothing. */
	void (*release)(struct alv_object *obj);
	/* The last reference went and a grace period passed: free everything. */
	void (*free)(struct alv_object *obj);
};

struct alv_object {
	struct alv_host *host;
	const struct alv_object_ops *ops;
	struct alv_ref refs;
	s64 users;
	u32 id; /* 0: none (yet, or the kind has none) */
	struct alv_identity identity; /* of most descriptors, and what can be mapped */
	/* Of ALV_MAY_READ and ALV_MAY_WRITE, made when first wanted (the host's lock). */
	struct alv_identity *restricted[2];
	struct rcu_head rcu;
};

/*
 * Start an object with one reference, the caller's. Its identity gets
 * `mappable` bytes that clients may map (0: none). With `with_id` it is visible
 * by id at once: be ready for lookups. -ENOMEM, -EMFILE, -ENFILE.
 */
int alv_object_init(struct alv_object *obj, struct alv_host *host,
		    const struct alv_object_ops *ops, u64 mappable);
/* Give it an id of its kind's space. -ENOMEM, -ENOSPC. */
int alv_object_publish(struct alv_object *obj);
/* Undo alv_object_init() of an object that nobody else has seen. */
void alv_object_fini(struct alv_object *obj);

void alv_object_get(struct alv_object *obj);
void alv_object_put(struct alv_object *obj); /* NULL is fine */
/* A user reference: a pin, or all descriptors. */
void alv_object_get_user(struct alv_object *obj);
void alv_object_put_user(struct alv_object *obj);

/* A reference to the live object with this id. -ENOENT. */
int alv_object_by_id(struct alv_host *host, enum alv_kind kind, u32 id,
		     struct alv_object **ret_obj);
/* The lowest live id above `after`. -ENOENT. */
int alv_object_next_id(struct alv_host *host, enum alv_kind kind, u32 after, u32 *ret_id);

#endif
