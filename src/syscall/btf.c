/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_BTF_LOAD. */
#include <errno.h>

#include "object/btf_object.h"
#include "object/reap.h"
#include "syscall/call.h"
#include "syscall/log_buffer.h"

/* There are no tokens, so whatever descriptor is given is none. */
static int check_flags(struct alv_call *call)
{
	const struct alv_attr_btf_load *attr = &call->attr.btf_load;
	struct alv_file file;
	int err;

	if (attr->btf_flags & ~ALV_BPF_F_TOKEN_FD)
		return -EINVAL;
	if (!(attr->btf_flags & ALV_BPF_F_TOKEN_FD))
		return 0;
	err = call->task->ops->file(call->task, attr->btf_token_fd, &file);
	return err ? err : -EINVAL;
}

static int parse(struct alv_call *call, struct alv_report *report,
		 struct alv_btf **ret_btf)
{
	const struct alv_attr_btf_load *attr = &call->attr.btf_load;
	struct alv_btf_rules rules;
	struct alv_buf raw;
	int err;

	err = alv_buf_init(&raw, attr->btf_size);
	if (err)
		return err;
	err = alv_copy_in(call->task, raw.data, alv_uaddr_at(attr->btf), raw.size);
	if (err) {
		alv_buf_fini(&raw);
		return err;
	}
	alv_host_btf_rules(call->task->host, &rules);
	return alv_btf_parse(&raw, &rules, report, ret_btf);
}

static int load(struct alv_call *call, struct alv_btf **ret_btf)
{
	const struct alv_attr_btf_load *attr = &call->attr.btf_load;
	const struct alv_log_request log = {
		.buffer = attr->btf_log_buf,
		.size = attr->btf_log_size,
		.level = attr->btf_log_level,
		.true_size_field = offsetof(union alv_attr, btf_load.btf_log_true_size),
	};
	struct alv_log_buffer buffer;
	struct alv_report report;
	int err = alv_log_open(call, &log, &buffer, &report);

	if (err)
		return err;
	err = parse(call, &report, ret_btf);
	return alv_log_close(call, &log, &report, err);
}

int alv_cmd_btf_load(struct alv_call *call)
{
	ALV_AUTO(btf_object) struct alv_btf_object *obj = NULL;
	ALV_AUTO(btf) struct alv_btf *btf = NULL;
	int err;

	err = check_flags(call);
	if (err)
		return err;
	if (!alv_may_bpf(&call->task->authority))
		return -EPERM;
	if (call->attr.btf_load.btf_size > ALV_BTF_MAX_SIZE)
		return -E2BIG;
	/* Objects that their clients closed make room first. */
	alv_reap(call->task->host);
	err = load(call, &btf);
	if (err)
		return err;
	err = alv_btf_object_new(call->task->host, alv_steal_ptr(btf), "", &obj);
	if (err)
		return err;
	return alv_task_install(call->task, &obj->obj, ALV_MAY_READ);
}
