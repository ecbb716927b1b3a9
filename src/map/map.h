/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A map: what all types share, and the operations that each type fills in.
 *
 * Storage is one flat region (base/region.h) that is addressed by u32 indices,
 * never by pointers, so that it can be copied or mapped elsewhere.
 *
 * Two faces. bpf(2) uses read, update, remove, next, take and the batches, with
 * values as clients see them (per-CPU values side by side, ids for maps). Running
 * programs use find and update, with pointers to what is stored.
 */
#ifndef ALV_MAP_MAP_H
#define ALV_MAP_MAP_H

#include "abi/attr.h"
#include "abi/uapi.h"
#include "base/region.h"
#include "base/types.h"
#include "btf/record.h"
#include "object/host.h"
#include "object/object.h"
#include "object/readiness.h"
#include "object/task.h"

struct alv_btf;
struct alv_btf_object;
struct alv_map;

#define ALV_NO_NUMA_NODE UINT32_MAX

/* What MAP_CREATE asked for, checked as far as all types share the checks. */
struct alv_map_def {
	u32 type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u32 flags;
	u64 extra;
	u32 numa_node; /* ALV_NO_NUMA_NODE: none asked for */
	struct alv_map *inner; /* the map to take as template of inner ones; NULL: none */
};

/* A request of mmap(2) on a map's descriptor. */
struct alv_map_mmap {
	u64 offset; /* bytes */
	u64 size;   /* bytes, a multiple of the page size */
	bool write; /* PROT_WRITE now */
};

#define ALV_MAP_HASH_SIZE 32

/* One of the batch commands; see batch.h. */
struct alv_batch;

struct alv_map_ops {
	/* Refuse a definition, with the errno of MAP_CREATE. */
	int (*check)(struct alv_host *host, const struct alv_map_def *def);
	/* Make one; alv_map_init() first, storage after. */
	int (*create)(struct alv_host *host, const struct alv_map_def *def,
		      struct alv_map **ret_map);
	/* Free the storage and the struct (after a grace period). */
	void (*destroy)(struct alv_map *map);
	/* The last reference went: put the objects that it holds. NULL: it holds none. */
	void (*release)(struct alv_map *map);
	/* The last descriptor went; there may be pins. NULL: nothing. */
	void (*closed)(struct alv_map *map);
	/* The last user reference went (prog arrays drop their programs). NULL: nothing. */
	void (*unused)(struct alv_map *map);

	/*
	 * From bpf(2). NULL: -ENOTSUPP (524) where the kernel answers so. key is key_size
	 * bytes, value alv_map_value_bytes(). Flags are already checked for BPF_F_LOCK
	 * without a lock; the rest of them belongs to the type.
	 */
	int (*read)(struct alv_map *map, const void *key, void *value, u64 flags);
	int (*update)(struct alv_map *map, const void *key, const void *value, u64 flags);
	/* Instead of update for maps whose values are descriptors of the caller. */
	int (*update_fd)(struct alv_map *map, struct alv_task *task, const void *key,
			 int fd, u64 flags);
	int (*remove)(struct alv_map *map, const void *key);
	/* key NULL: the first one. -ENOENT: none after it. */
	int (*next)(struct alv_map *map, const void *key, void *next_key);
	/* Read and remove as one step. NULL: -ENOTSUPP. */
	int (*take)(struct alv_map *map, const void *key, void *value, u64 flags);
	/* Batches; NULL: -ENOTSUPP. */
	int (*read_batch)(struct alv_map *map, struct alv_batch *batch);
	int (*take_batch)(struct alv_map *map, struct alv_batch *batch);
	int (*update_batch)(struct alv_map *map, struct alv_batch *batch);
	int (*remove_batch)(struct alv_map *map, struct alv_batch *batch);

	/*
	 * From a running program, under the RCU read lock: where the value is (this
	 * CPU's, for per-CPU maps), or NULL.
	 */
	void *(*find)(struct alv_map *map, const void *key, u32 cpu);
	/*
	 * From a running program, for per-CPU maps: update, of this CPU's value only. A
	 * new element has zeroes for the other CPUs. NULL: update is meant for both.
	 */
	int (*update_cpu)(struct alv_map *map, const void *key, const void *value,
			  u64 flags, u32 cpu);

	/* May this be mapped? NULL: -ENOTSUPP. */
	int (*mmap)(struct alv_map *map, const struct alv_map_mmap *request);
	/*
	 * Part of the identity's pages repeats what lies before it: where does that begin,
	 * and how many bytes before? 0: nothing does. NULL: for no map of the type.
	 */
	u64 (*repeat)(const struct alv_map *map, u64 *ret_distance);
	/* From now on clients map what is repeated, not the repetition. NULL: no difference. */
	void (*join)(struct alv_map *map);
	/* How it is in epoll instances. NULL: with an error. -EMFILE, -ENFILE, -ENOMEM. */
	int (*poll)(struct alv_map *map, struct alv_poll *ret_poll);
	/*
	 * Does the type take BTF of this key (0: none given) and value? NULL: any, but a
	 * key must be given.
	 */
	int (*check_btf)(const struct alv_map *map, const struct alv_btf *btf,
			 u32 key_type, u32 value_type);
	/* May `inner` go into an outer map whose template is `map`? NULL: alv_map_same_shape(). */
	bool (*same_shape)(const struct alv_map *template, const struct alv_map *inner);
	/* Never an inner map: MAP_CREATE of the outer one answers -ENOTSUPP. */
	bool never_inner;
	/* "memlock" of fdinfo: bytes that the map takes now, as the kernel reckons. */
	u64 (*usage)(const struct alv_map *map);
	/* SHA-256 of the content of a map that can't change. NULL: the type has none. */
	void (*digest)(const struct alv_map *map, u8 digest[ALV_MAP_HASH_SIZE]);
};

struct alv_map {
	struct alv_object obj;
	const struct alv_map_ops *ops;
	u32 type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u32 flags;
	u64 extra;
	char name[ALV_NAME_LEN]; /* MAP_CREATE fills it in */

	struct alv_map *inner; /* template of what goes into it (inner.h); NULL: no outer map */

	struct alv_btf_object *btf; /* of keys and values; NULL: none; owned reference */
	u32 btf_key_type;
	u32 btf_value_type;
	struct alv_record *record; /* special fields of the value; NULL: none; owned */

	bool exclusive; /* only for the program with this digest */
	u8 owner_digest[ALV_MAP_HASH_SIZE];

	u64 charged; /* bytes taken from the host's memory limit */

	struct alv_readiness ready; /* in epoll instances */

	s64 writers; /* bpf(2) calls that write right now */
	bool frozen;
};

/* alv_array_map_ops and so on: one for each type that is served. */
#define TYPE(NAME, number, since, noun) \
	extern const struct alv_map_ops alv_##noun##_map_ops;
#define TYPE_ABSENT(NAME, number, since)
#include "abi/map_type.def"
#undef TYPE
#undef TYPE_ABSENT

/* The operations of a type in this host's profile; NULL: the host has no such type. */
const struct alv_map_ops *alv_map_type(const struct alv_host *host, u32 type);

/*
 * Fill in what types share and start the object with `mappable` identity bytes
 * and `charge` bytes of the memory limit. With def->inner the map gets its template.
 * -ENOMEM, -EMFILE.
 */
int alv_map_init(struct alv_map *map, struct alv_host *host,
		 const struct alv_map_ops *ops, const struct alv_map_def *def, u64 charge,
		 u64 mappable);
/* The same, with `size` bytes of storage that clients can't map, and are charged. */
int alv_map_init_storage(struct alv_map *map, struct alv_host *host,
			 const struct alv_map_ops *ops, const struct alv_map_def *def,
			 u64 size, struct alv_region *storage);
/* Undo alv_map_init(); for create's error paths and for destroy. */
void alv_map_fini(struct alv_map *map);

static inline struct alv_map *alv_map_of(struct alv_object *obj)
{
	return alv_container(obj, struct alv_map, obj);
}

static inline void alv_map_get(struct alv_map *map)
{
	alv_object_get(&map->obj);
}

static inline void alv_map_put(struct alv_map *map)
{
	if (map)
		alv_object_put(&map->obj);
}

static inline void alv_map_cleanup(struct alv_map **map)
{
	alv_map_put(*map);
}

/* Does the type keep a value for each CPU? */
bool alv_map_is_percpu(const struct alv_map *map);
/* Are its values descriptors of other objects? */
bool alv_map_holds_objects(const struct alv_map *map);
/* Bytes of one value as bpf(2) copies it. */
u32 alv_map_value_bytes(const struct alv_map *map);
/* Bytes of one CPU's value in such a copy: value_size rounded up to 8. */
static inline u32 alv_map_percpu_stride(const struct alv_map *map)
{
	return (u32)alv_round_up(map->value_size, 8);
}

/*
 * Copy a value between a client's buffer and the storage, around special fields
 * (record.h). copy_out writes zeroes for them, copy_in leaves them alone. With
 * `locked` the value's spin lock is held over the copy (BPF_F_LOCK).
 */
void alv_map_copy_out(const struct alv_map *map, void *dst, const void *stored);
void alv_map_copy_in(const struct alv_map *map, void *stored, const void *src);
void alv_map_copy_out_locked(const struct alv_map *map, void *dst, void *stored);
void alv_map_copy_in_locked(const struct alv_map *map, void *stored, const void *src);
/* Zero a stored value, special fields apart. */
void alv_map_zero_value(const struct alv_map *map, void *stored);
/* Zero the special fields of a fresh value. */
void alv_map_init_special(const struct alv_map *map, void *stored);

/* Flags of an update that every keyed type refuses: beyond ANY/NOEXIST/EXIST and LOCK. */
static inline bool alv_map_bad_update_flags(u64 flags)
{
	return (flags & ~(u64)BPF_F_LOCK) > BPF_EXIST;
}

/* The map's access flags make sense: not read-only and write-only at once, on either side. */
static inline bool alv_map_access_flags_ok(u32 flags)
{
	return (flags & (BPF_F_RDONLY | BPF_F_WRONLY)) != (BPF_F_RDONLY | BPF_F_WRONLY) &&
	       (flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)) !=
		       (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG);
}

#define ALV_MAP_ACCESS_FLAGS                                                                       \
	(BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)

/*
 * A call of bpf(2) that writes is bracketed by these two. -EPERM: the map is
 * frozen. A freeze either sees the writer (-EBUSY) or is seen by it.
 */
int alv_map_begin_write(struct alv_map *map);
void alv_map_end_write(struct alv_map *map);
/* -EBUSY: somebody writes right now, or froze it before. */
int alv_map_freeze(struct alv_map *map);
/* Undo a freeze that could not be completed. */
void alv_map_thaw(struct alv_map *map);

/* How the map is registered in an epoll instance. -EMFILE, -ENFILE, -ENOMEM. */
int alv_map_poll(struct alv_map *map, struct alv_poll *ret_poll);

/* check_btf of types that take none: -ENOTSUPP. */
int alv_map_takes_no_btf(const struct alv_map *map, const struct alv_btf *btf,
			 u32 key_type, u32 value_type);

/* The same type, sizes, flags and special fields: may stand for each other as inner maps. */
bool alv_map_same_shape(const struct alv_map *template, const struct alv_map *inner);

#endif
