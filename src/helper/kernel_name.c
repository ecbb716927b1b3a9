/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the kernel's types and symbols. */
#include <errno.h>

#include "helper/call.h"
#include "object/btf_object.h"

static bool is_name(const char *name, u32 size)
{
	return size > 1 && !name[size - 1];
}

/* bpf_btf_find_by_name_kind(name, size, kind, flags): an id of kernel BTF. */
u64 alv_help_btf_find_by_name_kind(ALV_HELPER_PARAMS)
{
	const char *name = alv_helper_ptr(r1);
	struct alv_btf_object *vmlinux;
	u32 id;
	int err;

	if (r4 || !is_name(name, (u32)r2))
		return alv_helper_errno(-EINVAL);
	vmlinux = alv_host_vmlinux(run->host);
	if (!vmlinux)
		return alv_helper_errno(-EINVAL);
	err = alv_btf_find(vmlinux->btf, name, (u32)r3, &id);
	return err ? alv_helper_errno(err) : id;
}

/* The emulated kernel shows no symbols. */
u64 alv_help_kallsyms_lookup_name(ALV_HELPER_PARAMS)
{
	u64 *address = alv_helper_ptr(r4);

	*address = 0;
	if (r3 || !is_name(alv_helper_ptr(r1), (u32)r2))
		return alv_helper_errno(-EINVAL);
	return alv_helper_errno(-ENOENT);
}
