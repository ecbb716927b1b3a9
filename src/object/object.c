/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/object.h"

#include <errno.h>
#include <stdlib.h>

#include "object/host.h"

int alv_object_init(struct alv_object *obj, struct alv_host *host,
		    const struct alv_object_ops *ops, u64 mappable)
{
	obj->host = host;
	obj->ops = ops;
	obj->users = 0;
	obj->id = 0;
	alv_ref_init(&obj->refs);
	obj->restricted[0] = obj->restricted[1] = NULL;
	return alv_identity_init(&obj->identity, obj,
				 ops->access ? ops->access : ALV_MAY_BOTH, mappable);
}

int alv_object_publish(struct alv_object *obj)
{
	struct alv_host *host = obj->host;
	int err;

	pthread_mutex_lock(&host->lock);
	err = alv_ids_add(&host->ids[obj->ops->kind], obj, &obj->id);
	pthread_mutex_unlock(&host->lock);
	return err;
}

/* From here on nobody finds the object any more. */
static void object_hide(struct alv_object *obj)
{
	struct alv_host *host = obj->host;

	if (obj->id) {
		pthread_mutex_lock(&host->lock);
		alv_ids_remove(&host->ids[obj->ops->kind], obj->id);
		pthread_mutex_unlock(&host->lock);
	}
	alv_identity_fini(&obj->identity);
	for (size_t i = 0; i < ALV_COUNT(obj->restricted); i++)
		if (obj->restricted[i])
			alv_identity_fini(obj->restricted[i]);
}

/* Readers of the identity table may look at identities until a grace period is over. */
static void free_restricted(struct alv_object *obj)
{
	for (size_t i = 0; i < ALV_COUNT(obj->restricted); i++)
		free(obj->restricted[i]);
}

void alv_object_fini(struct alv_object *obj)
{
	object_hide(obj);
	free_restricted(obj);
	obj->restricted[0] = obj->restricted[1] = NULL;
}

static void object_free(struct rcu_head *head)
{
	struct alv_object *obj = alv_container(head, struct alv_object, rcu);

	free_restricted(obj);
	obj->restricted[0] = obj->restricted[1] = NULL;
	obj->ops->free(obj);
}

void alv_object_get(struct alv_object *obj)
{
	alv_ref_get(&obj->refs);
}

void alv_object_put(struct alv_object *obj)
{
	if (!obj || !alv_ref_put(&obj->refs))
		return;
	object_hide(obj);
	if (obj->ops->release)
		obj->ops->release(obj);
	/* Readers of the identity table may still be looking at it. */
	alv_rcu_defer(&obj->rcu, object_free);
}

void alv_object_get_user(struct alv_object *obj)
{
	alv_add_relaxed(&obj->users, 1);
	alv_object_get(obj);
}

void alv_object_put_user(struct alv_object *obj)
{
	if (!alv_sub_acq_rel(&obj->users, 1) && obj->ops->unused)
		obj->ops->unused(obj);
	alv_object_put(obj);
}

int alv_object_by_id(struct alv_host *host, enum alv_kind kind, u32 id,
		     struct alv_object **ret_obj)
{
	struct alv_object *obj;
	int err = -ENOENT;

	pthread_mutex_lock(&host->lock);
	obj = alv_ids_find(&host->ids[kind], id);
	if (obj && alv_ref_get_live(&obj->refs)) {
		*ret_obj = obj;
		err = 0;
	}
	pthread_mutex_unlock(&host->lock);
	return err;
}

int alv_object_next_id(struct alv_host *host, enum alv_kind kind, u32 after, u32 *ret_id)
{
	const struct alv_ids_slot *slot;

	pthread_mutex_lock(&host->lock);
	slot = alv_ids_next(&host->ids[kind], after);
	if (slot)
		*ret_id = slot->id;
	pthread_mutex_unlock(&host->lock);
	return slot ? 0 : -ENOENT;
}
