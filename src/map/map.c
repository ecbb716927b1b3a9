/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/spin.h"
#include "base/words.h"
#include "map/inner.h"
#include "object/btf_object.h"

static const struct {
	const struct alv_map_ops *ops;
	enum alv_kernel since;
} map_types[] = {
#define TYPE(NAME, number, version, noun)                                                      \
	[number] = { .ops = &alv_##noun##_map_ops, .since = version },
#define TYPE_ABSENT(NAME, number, version) [number] = { .since = version },
#include "abi/map_type.def"
#undef TYPE
#undef TYPE_ABSENT
};

const struct alv_map_ops *alv_map_type(const struct alv_host *host, u32 type)
{
	if (type >= ALV_COUNT(map_types) || !alv_host_has(host, map_types[type].since))
		return NULL;
	return map_types[type].ops;
}

/* The object. */

static void map_free(struct alv_object *obj)
{
	struct alv_map *map = alv_map_of(obj);

	map->ops->destroy(map);
}

static void map_closed(struct alv_object *obj)
{
	struct alv_map *map = alv_map_of(obj);

	if (map->ops->closed)
		map->ops->closed(map);
}

static void map_unused(struct alv_object *obj)
{
	struct alv_map *map = alv_map_of(obj);

	if (map->ops->unused)
		map->ops->unused(map);
}

static void map_release(struct alv_object *obj)
{
	struct alv_map *map = alv_map_of(obj);

	if (map->ops->release)
		map->ops->release(map);
}

static const struct alv_object_ops map_object_ops = {
	.kind = ALV_KIND_MAP,
	.name = "bpf-map",
	.closed = map_closed,
	.unused = map_unused,
	.release = map_release,
	.free = map_free,
};

int alv_map_init(struct alv_map *map, struct alv_host *host,
		 const struct alv_map_ops *ops, const struct alv_map_def *def, u64 charge,
		 u64 mappable)
{
	int err;

	map->ops = ops;
	map->type = def->type;
	map->key_size = def->key_size;
	map->value_size = def->value_size;
	map->max_entries = def->max_entries;
	/* How a descriptor was opened is no property of the map. */
	map->flags = def->flags & ~(u32)(BPF_F_RDONLY | BPF_F_WRONLY);
	map->extra = def->extra;
	if (def->inner) {
		err = alv_inner_template_new(def->inner, &map->inner);
		if (err)
			return err;
	}
	err = alv_host_charge(host, charge);
	if (err)
		goto free_template;
	map->charged = charge;
	err = alv_object_init(&map->obj, host, &map_object_ops, mappable);
	if (err)
		goto uncharge;
	return 0;

uncharge:
	alv_host_uncharge(host, charge);
free_template:
	alv_inner_template_free(map->inner);
	return err;
}

int alv_map_init_storage(struct alv_map *map, struct alv_host *host,
			 const struct alv_map_ops *ops, const struct alv_map_def *def,
			 u64 size, struct alv_region *storage)
{
	int err = alv_map_init(map, host, ops, def, size, 0);

	if (err)
		return err;
	err = alv_region_init(storage, size);
	if (err)
		alv_map_fini(map);
	return err;
}

void alv_map_fini(struct alv_map *map)
{
	struct alv_host *host = map->obj.host;

	alv_object_fini(&map->obj);
	alv_readiness_fini(&map->ready);
	alv_host_uncharge(host, map->charged);
	alv_inner_template_free(map->inner);
	alv_btf_object_put(map->btf);
	free(map->record);
}

/*
 * Freezing. Writer: writers++, then look at frozen. Freezer: frozen = true, then
 * look at writers. Both steps are sequentially consistent, so at least one of
 * two that meet sees the other:
 *
 *	writer:  W(writers) ; R(frozen)
 *	freezer: W(frozen)  ; R(writers)
 */
int alv_map_begin_write(struct alv_map *map)
{
	__atomic_add_fetch(&map->writers, 1, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&map->frozen, __ATOMIC_SEQ_CST))
		return 0;
	alv_map_end_write(map);
	return -EPERM;
}

void alv_map_end_write(struct alv_map *map)
{
	alv_sub_acq_rel(&map->writers, 1);
}

int alv_map_freeze(struct alv_map *map)
{
	if (__atomic_exchange_n(&map->frozen, true, __ATOMIC_SEQ_CST))
		return -EBUSY;
	if (!__atomic_load_n(&map->writers, __ATOMIC_SEQ_CST))
		return 0;
	alv_map_thaw(map);
	return -EBUSY;
}

void alv_map_thaw(struct alv_map *map)
{
	alv_store_release(&map->frozen, false);
}

/* What a type's number tells. */

bool alv_map_is_percpu(const struct alv_map *map)
{
	return map->type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       map->type == BPF_MAP_TYPE_PERCPU_HASH ||
	       map->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

bool alv_map_holds_objects(const struct alv_map *map)
{
	return map->ops->update_fd;
}

u32 alv_map_value_bytes(const struct alv_map *map)
{
	if (alv_map_is_percpu(map))
		return alv_map_percpu_stride(map) * map->obj.host->cpus;
	if (alv_map_holds_objects(map))
		return sizeof(u32);
	return map->value_size;
}

/* Values around their special fields. */

/* Call move() for each stretch of the value between its special fields. */
typedef void move_fn(void *dst, const void *src, u32 size);

static void move_around(const struct alv_map *map, void *dst, const void *src,
			move_fn *move)
{
	u32 at = 0;

	for (u32 i = 0; map->record && i < map->record->count; i++) {
		const struct alv_field *field = &map->record->fields[i];

		move((u8 *)dst + at, (const u8 *)src + at, field->offset - at);
		at = field->offset + field->size;
	}
	move((u8 *)dst + at, (const u8 *)src + at, map->value_size - at);
}

void alv_map_copy_out(const struct alv_map *map, void *dst, const void *stored)
{
	move_around(map, dst, stored, alv_words_load);
	for (u32 i = 0; map->record && i < map->record->count; i++)
		alv_field_clear(&map->record->fields[i], dst);
}

void alv_map_copy_in(const struct alv_map *map, void *stored, const void *src)
{
	move_around(map, stored, src, alv_words_store);
}

static void zero_words(void *dst, const void *src, u32 size)
{
	alv_words_zero(dst, size);
}

void alv_map_zero_value(const struct alv_map *map, void *stored)
{
	move_around(map, stored, stored, zero_words);
}

void alv_map_init_special(const struct alv_map *map, void *stored)
{
	for (u32 i = 0; map->record && i < map->record->count; i++)
		alv_words_zero((u8 *)stored + map->record->fields[i].offset,
			       map->record->fields[i].size);
}

/* struct bpf_spin_lock is one u32, zero when free. */
static u32 *value_lock(const struct alv_map *map, void *stored)
{
	u32 *lock = (u32 *)((u8 *)stored + map->record->spin_lock);

	alv_spin_lock(lock);
	return lock;
}

void alv_map_copy_out_locked(const struct alv_map *map, void *dst, void *stored)
{
	u32 *lock = value_lock(map, stored);

	alv_map_copy_out(map, dst, stored);
	alv_spin_unlock(lock);
}

void alv_map_copy_in_locked(const struct alv_map *map, void *stored, const void *src)
{
	u32 *lock = value_lock(map, stored);

	alv_map_copy_in(map, stored, src);
	alv_spin_unlock(lock);
}

int alv_map_poll(struct alv_map *map, struct alv_poll *ret_poll)
{
	if (map->ops->poll)
		return map->ops->poll(map, ret_poll);
	return alv_readiness_poll(&map->ready, ALV_READINESS_NONE, ret_poll);
}

int alv_map_takes_no_btf(const struct alv_map *map, const struct alv_btf *btf,
			 u32 key_type, u32 value_type)
{
	return -ENOTSUPP;
}

static bool same_record(const struct alv_record *a, const struct alv_record *b)
{
	if (!a || !b)
		return a == b;
	return a->count == b->count &&
	       !memcmp(a->fields, b->fields, a->count * sizeof(a->fields[0]));
}

bool alv_map_same_shape(const struct alv_map *template, const struct alv_map *inner)
{
	return template->type == inner->type && template->key_size == inner->key_size &&
	       template->value_size == inner->value_size &&
	       template->flags == inner->flags &&
	       same_record(template->record, inner->record);
}
