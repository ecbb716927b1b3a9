/* SPDX-License-Identifier: BSD-2-Clause */
/* BTF as an object: what BTF_LOAD made, or the kernel BTF that a host was given. */
#ifndef ALV_OBJECT_BTF_OBJECT_H
#define ALV_OBJECT_BTF_OBJECT_H

#include "btf/btf.h"
#include "object/object.h"

struct alv_btf_object {
	struct alv_object obj;
	struct alv_btf *btf; /* owned; it never changes */
	const char *name;    /* "" for what clients load, "vmlinux" */
};

static inline struct alv_btf_object *alv_btf_object_of(struct alv_object *obj)
{
	return alv_container(obj, struct alv_btf_object, obj);
}

/*
 * An object with an id and one reference, the caller's. Takes btf over, also on
 * failure. -ENOMEM, -EMFILE, -ENFILE, -ENOSPC.
 */
int alv_btf_object_new(struct alv_host *host, struct alv_btf *btf, const char *name,
		       struct alv_btf_object **ret_obj);

static inline void alv_btf_object_get(struct alv_btf_object *obj)
{
	alv_object_get(&obj->obj);
}

static inline void alv_btf_object_put(struct alv_btf_object *obj)
{
	if (obj)
		alv_object_put(&obj->obj);
}

static inline void alv_btf_object_cleanup(struct alv_btf_object **obj)
{
	alv_btf_object_put(*obj);
}

/*
 * The kernel BTF of a host, from a file of raw BTF. Only its header is looked at now:
 * the types are read when somebody first wants to see them, which most clients never
 * do. An errno of opening the file; -EBADMSG: it is none.
 */
int alv_host_open_btf(struct alv_host *host, const char *path);

/*
 * The kernel BTF as an object, the first one of the host's; it lives as long as the
 * host. NULL: there is none, or (logged) it can't be read.
 */
struct alv_btf_object *alv_host_vmlinux(struct alv_host *host);

/* How user BTF is to be parsed on this host. */
void alv_host_btf_rules(struct alv_host *host, struct alv_btf_rules *ret_rules);

#endif
