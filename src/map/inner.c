/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/inner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int map_of_fd(struct alv_task *task, int fd, struct alv_map **ret_map)
{
	struct alv_object *obj;
	int err = alv_task_object(task, fd, ALV_KIND_MAP, &obj, NULL);

	if (!err)
		*ret_map = alv_map_of(obj);
	return err;
}

/* Until 6.2 maps with a spin lock could not be inner ones. */
static bool lock_is_in_the_way(const struct alv_host *host, const struct alv_map *map)
{
	return alv_record_has(map->record, ALV_FIELD_SPIN_LOCK) &&
	       !alv_host_has(host, V6_2);
}

int alv_inner_of_fd(struct alv_task *task, int fd, struct alv_map **ret_inner)
{
	ALV_AUTO(map) struct alv_map *map = NULL;
	int err;

	err = map_of_fd(task, fd, &map);
	if (err)
		return err;
	if (map->inner)
		return -EINVAL; /* one level, so there are no cycles */
	if (map->ops->never_inner || lock_is_in_the_way(task->host, map))
		return -ENOTSUPP;
	*ret_inner = alv_steal_ptr(map);
	return 0;
}

static int copy_record(const struct alv_record *record, struct alv_record **ret_copy)
{
	struct alv_record *copy;

	if (!record)
		return 0;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *record;
	*ret_copy = copy;
	return 0;
}

int alv_inner_template_new(const struct alv_map *inner, struct alv_map **ret_template)
{
	struct alv_map *template = calloc(1, sizeof(*template));

	if (!template)
		return -ENOMEM;
	template->ops = inner->ops;
	template->type = inner->type;
	template->key_size = inner->key_size;
	template->value_size = inner->value_size;
	template->max_entries = inner->max_entries;
	template->flags = inner->flags;
	if (copy_record(inner->record, &template->record)) {
		free(template);
		return -ENOMEM;
	}
	*ret_template = template;
	return 0;
}

void alv_inner_template_free(struct alv_map *template)
{
	if (!template)
		return;
	free(template->record);
	free(template);
}

static bool fits(const struct alv_map *template, const struct alv_map *map)
{
	return template->ops->same_shape ? template->ops->same_shape(template, map) :
					   alv_map_same_shape(template, map);
}

int alv_inner_fit_fd(const struct alv_map *outer, struct alv_task *task, int fd,
		     struct alv_map **ret_inner)
{
	ALV_AUTO(map) struct alv_map *map = NULL;
	int err;

	err = map_of_fd(task, fd, &map);
	if (err)
		return err;
	if (!fits(outer->inner, map))
		return -EINVAL;
	*ret_inner = alv_steal_ptr(map);
	return 0;
}
