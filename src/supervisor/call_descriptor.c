/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls on a descriptor that would touch the memfd behind it (size, seals, mode,
 * owner, lock). On the kernel's descriptors of BPF objects they fail, except for
 * flock(2), which locks an inode that all of them share; here they must not reach
 * the memfd, because the host counts holders by its locks.
 */
#include <errno.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include "supervisor/call.h"

static const struct {
	int nr;
	int nr_i386;
	int result; /* of Linux 6.18 */
} answers[] = {
	{ __NR_fallocate, 324, -ENODEV },	{ __NR_fchmod, 94, -EOPNOTSUPP },
	{ __NR_fchown, 95, -EOPNOTSUPP },	{ __NR_fchown, 207, -EOPNOTSUPP },
	{ __NR_fcntl, 55, -EINVAL },		{ __NR_fcntl, 221, -EINVAL },
	{ __NR_flock, 143, 0 },			{ __NR_ftruncate, 93, -EINVAL },
	{ __NR_ftruncate, 194, -EINVAL },	{ __NR_utimensat, 320, -EOPNOTSUPP },
};

void alv_call_descriptor(struct alv_request *req)
{
	struct alv_object *obj;

	if (alv_task_object(&req->task, (int)req->args[0], ALV_N_KINDS, &obj, NULL)) {
		alv_request_proceed(req);
		return;
	}
	alv_object_put(obj);
	for (size_t i = 0; i < ALV_COUNT(answers); i++) {
		if ((req->arch == AUDIT_ARCH_I386 ? answers[i].nr_i386 : answers[i].nr) != req->nr)
			continue;
		alv_request_reply(req, answers[i].result);
		return;
	}
	alv_request_proceed(req);
}
