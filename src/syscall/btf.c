/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_BTF_LOAD. */
#include <errno.h>

#include "base/report.h"
#include "object/btf_object.h"
#include "syscall/call.h"

/* Where the report goes: the caller's buffer. */
struct log_buffer {
	struct alv_task *task;
	alv_uaddr at;
};

static int write_log(void *ctx, u32 offset, const void *src, u32 size)
{
	const struct log_buffer *buffer = ctx;

	return alv_copy_out(buffer->task, alv_uaddr_add(buffer->at, offset), src, size);
}

static int read_log(void *ctx, u32 offset, void *dst, u32 size)
{
	const struct log_buffer *buffer = ctx;

	return alv_copy_in(buffer->task, dst, alv_uaddr_add(buffer->at, offset), size);
}

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

/* Callers that know of the field learn how large a buffer the report would have filled.
 */
static int put_true_size(struct alv_call *call, u32 true_size)
{
	u32 end =
		offsetof(union alv_attr, btf_load.btf_log_true_size) + sizeof(true_size);

	if (!alv_host_has(call->task->host, V6_4) || call->size < end)
		return 0;
	return alv_call_put(call, btf_load.btf_log_true_size, &true_size);
}

static int load(struct alv_call *call, struct alv_btf **ret_btf)
{
	const struct alv_attr_btf_load *attr = &call->attr.btf_load;
	struct log_buffer buffer = { call->task, alv_uaddr_at(attr->btf_log_buf) };
	const struct alv_report_sink sink = { write_log, read_log, &buffer };
	const struct alv_report_request request = {
		.level = attr->btf_log_level,
		.size = attr->btf_log_size,
		.has_buffer = attr->btf_log_buf,
		.old_rules = !alv_host_has(call->task->host, V6_4),
	};
	struct alv_report report;
	u32 true_size;
	int err, put;

	err = alv_report_init(&report, &request, &sink);
	if (err)
		return err;
	err = parse(call, &report, ret_btf);
	err = alv_report_finish(&report, err, &true_size);
	alv_report_fini(&report);
	put = put_true_size(call, true_size);
	return put ? put : err;
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
	alv_identity_reap(call->task->host);
	err = load(call, &btf);
	if (err)
		return err;
	err = alv_btf_object_new(call->task->host, alv_steal_ptr(btf), "", &obj);
	if (err)
		return err;
	return alv_task_install(call->task, &obj->obj, ALV_MAY_READ);
}
