/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/filter.h"

static struct alv_notify_request *notify_of(struct alv_request *req)
{
	return alv_container(req, struct alv_notify_request, req);
}

/* The notification is gone when its thread was killed. */
static int notify_error(void)
{
	return errno == ENOENT || errno == EINPROGRESS ? -ESRCH : -errno;
}

static int notify_send(struct alv_request *req, s64 result, u32 flags)
{
	struct alv_notify_request *notify = notify_of(req);
	struct seccomp_notif_resp *out = notify->buffers->out;

	memset(out, 0, notify->buffers->out_size);
	out->id = notify->id;
	out->flags = flags;
	/* The kernel returns `error` when it is set, else `val`. */
	if (result < 0 && result >= -4095)
		out->error = (s32)result;
	else
		out->val = result;
	return ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_SEND, out) ? notify_error() : 0;
}

static int notify_reply(struct alv_request *req, s64 result)
{
	return notify_send(req, result, 0);
}

static int notify_proceed(struct alv_request *req)
{
	return notify_send(req, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

static int notify_reply_fd(struct alv_request *req, int fd, bool cloexec)
{
	struct alv_notify_request *notify = notify_of(req);
	struct seccomp_notif_addfd add = {
		.id = notify->id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = (u32)fd,
		.newfd_flags = cloexec ? O_CLOEXEC : 0,
	};
	int err = 0;

	if (ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0)
		err = notify_error();
	close(fd);
	return err;
}

static bool notify_alive(struct alv_request *req)
{
	struct alv_notify_request *notify = notify_of(req);

	return !ioctl(notify->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &notify->id);
}

/* Nobody else's turn depends on it. */
static void notify_waits(struct alv_request *req)
{
}

static const struct alv_transport_ops notify_ops = {
	.name = "notify",
	.reply = notify_reply,
	.reply_fd = notify_reply_fd,
	.proceed = notify_proceed,
	.waits = notify_waits,
	.alive = notify_alive,
};

bool alv_notify_is_killable(void)
{
	const unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER |
				    ALV_FILTER_FLAG_WAIT_KILLABLE_RECV;

	/* There is no filter at NULL; a kernel that does not know the flag sees that first. */
	return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 &&
	       errno == EFAULT;
}

static size_t at_least(size_t size, size_t least)
{
	return size > least ? size : least;
}

int alv_notify_buffers_init(struct alv_notify_buffers *buffers)
{
	struct seccomp_notif_sizes sizes;

	if (syscall(__NR_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes))
		return -errno;
	buffers->in_size = at_least(sizes.seccomp_notif, sizeof(*buffers->in));
	buffers->out_size = at_least(sizes.seccomp_notif_resp, sizeof(*buffers->out));
	buffers->in = calloc(1, buffers->in_size);
	buffers->out = calloc(1, buffers->out_size);
	if (buffers->in && buffers->out)
		return 0;
	alv_notify_buffers_fini(buffers);
	return -ENOMEM;
}

void alv_notify_buffers_fini(struct alv_notify_buffers *buffers)
{
	free(buffers->in);
	free(buffers->out);
	buffers->in = NULL;
	buffers->out = NULL;
}

void alv_notify_tune(int listener)
{
	/* Kernels before 6.6 don't know it and go without: slower, not wrong. */
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

int alv_notify_receive(int listener, struct alv_notify_buffers *buffers,
		       struct alv_notify_request *ret_request)
{
	struct seccomp_notif *in = buffers->in;
	struct alv_request *req = &ret_request->req;

	/* The kernel refuses a buffer that is not zeroed. */
	memset(in, 0, buffers->in_size);
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, in))
		return -errno;
	ret_request->listener = listener;
	ret_request->id = in->id;
	ret_request->buffers = buffers;
	req->transport = &notify_ops;
	req->nr = in->data.nr;
	req->arch = in->data.arch;
	for (size_t i = 0; i < ALV_COUNT(req->args); i++)
		req->args[i] = in->data.args[i];
	req->answered = false;
	req->task.tid = (int)in->pid;
	return 0;
}
