/* SPDX-License-Identifier: BSD-2-Clause */
#include "syscall/prog_maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "object/btf_object.h"

void alv_prog_maps_init(struct alv_prog_maps *maps, struct alv_call *call, const u8 *digest,
			struct alv_report *report)
{
	maps->call = call;
	maps->digest = digest;
	maps->report = report;
	maps->n = 0;
}

void alv_prog_maps_fini(struct alv_prog_maps *maps)
{
	for (u32 i = 0; i < maps->n; i++) {
		alv_map_put(maps->list[i]->map);
		free(maps->list[i]);
	}
	maps->n = 0;
}

static const void *first_value(const struct alv_checked_map *checked)
{
	struct alv_map *map = checked->owner;
	u32 first = 0;

	return map->ops->find(map, &first, 0);
}

/* Neither programs nor clients can write it (any more). */
static bool is_constant(struct alv_map *map)
{
	return map->type == BPF_MAP_TYPE_ARRAY && (map->flags & BPF_F_RDONLY_PROG) &&
	       alv_load_acquire(&map->frozen) && !alv_load_acquire(&map->writers);
}

static void describe(struct alv_map *map, struct alv_checked_map *checked)
{
	*checked = (struct alv_checked_map){
		.type = map->type,
		.key_size = map->key_size,
		.value_size = map->value_size,
		.max_entries = map->max_entries,
		.flags = map->flags,
		.record = map->record,
		.btf = map->btf ? map->btf->btf : NULL,
		.constant = is_constant(map),
		.direct = map->type == BPF_MAP_TYPE_ARRAY,
		.owner = map,
	};
	memcpy(checked->name, map->name, sizeof(checked->name));
	if (checked->constant)
		checked->value = first_value;
}

static bool is_forbidden(const struct alv_prog_maps *maps, const struct alv_map *map)
{
	if (!map->exclusive || !memcmp(map->owner_digest, maps->digest, ALV_MAP_HASH_SIZE))
		return false;
	alv_report_printf(maps->report, "program's hash doesn't match map's excl_prog_hash\n");
	return true;
}

/* Takes the reference over. */
static int add(struct alv_prog_maps *maps, struct alv_map *map, struct alv_prog_map **ret_entry)
{
	struct alv_prog_map *entry;

	for (u32 i = 0; i < maps->n; i++) {
		if (maps->list[i]->map != map)
			continue;
		alv_map_put(map);
		*ret_entry = maps->list[i];
		return 0;
	}
	if (is_forbidden(maps, map)) {
		alv_map_put(map);
		return -EACCES;
	}
	/* One more than programs may have: the verifier says so. */
	entry = maps->n < ALV_COUNT(maps->list) ? calloc(1, sizeof(*entry)) : NULL;
	if (!entry) {
		alv_map_put(map);
		return maps->n < ALV_COUNT(maps->list) ? -ENOMEM : -E2BIG;
	}
	entry->map = map;
	describe(map, &entry->checked);
	if (map->inner) {
		describe(map->inner, &entry->inner);
		/* A template says nothing about the values of what stands in its place. */
		entry->inner.constant = false;
		entry->checked.inner = &entry->inner;
	}
	maps->list[maps->n++] = entry;
	*ret_entry = entry;
	return 0;
}

static int find_map(void *data, s32 fd, const struct alv_checked_map **ret_map)
{
	struct alv_prog_maps *maps = data;
	struct alv_prog_map *entry;
	struct alv_object *obj;
	int err;

	err = alv_task_object(maps->call->task, fd, ALV_KIND_MAP, &obj, NULL);
	if (!err)
		err = add(maps, alv_map_of(obj), &entry);
	if (!err)
		*ret_map = &entry->checked;
	return err;
}

static int fd_at(void *data, s32 index, s32 *ret_fd)
{
	struct alv_prog_maps *maps = data;
	u64 fd_array = maps->call->attr.prog_load.fd_array;

	if (!fd_array)
		return -EPROTO;
	if (index < 0)
		return -EFAULT;
	return alv_copy_in(maps->call->task, ret_fd,
			   alv_uaddr_at(fd_array + (u64)index * sizeof(*ret_fd)),
			   sizeof(*ret_fd));
}

void alv_prog_maps_names(struct alv_prog_maps *maps, struct alv_verifier_names *ret_names)
{
	*ret_names = (struct alv_verifier_names){ .data = maps, .map = find_map, .fd_at = fd_at };
}

static int add_one(struct alv_prog_maps *maps, s32 fd)
{
	struct alv_prog_map *entry;
	struct alv_object *obj;
	int err = alv_task_object(maps->call->task, fd, ALV_N_KINDS, &obj, NULL);

	if (err)
		return err;
	if (obj->ops->kind == ALV_KIND_MAP)
		return add(maps, alv_map_of(obj), &entry);
	err = obj->ops->kind == ALV_KIND_BTF ? 0 : -EINVAL;
	alv_object_put(obj);
	return err;
}

int alv_prog_maps_add_all(struct alv_prog_maps *maps)
{
	u32 n = maps->call->attr.prog_load.fd_array_cnt;

	if (n && !maps->call->attr.prog_load.fd_array)
		return -EFAULT;
	for (u32 i = 0; i < n; i++) {
		s32 fd;
		int err = fd_at(maps, (s32)i, &fd);

		if (!err)
			err = add_one(maps, fd);
		if (err)
			return err;
	}
	return maps->n > ALV_VERIFIER_MAX_MAPS ? -E2BIG : 0;
}
