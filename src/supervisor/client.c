/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/cleanup.h"
#include "base/region.h"
#include "object/host.h"
#include "object/mappings.h"
#include "supervisor/credentials.h"
#include "supervisor/nest.h"
#include "supervisor/server.h"
#include "supervisor/walk.h"

static void slot_drop(struct alv_client_slot *slot)
{
	if (slot->fds >= 0)
		close(slot->fds);
	if (slot->call >= 0)
		close(slot->call);
	slot->fds = slot->call = -1;
}

void alv_client_cache_init(struct alv_client_cache *cache)
{
	for (size_t i = 0; i < ALV_CLIENT_SLOTS; i++)
		cache->slots[i].fds = cache->slots[i].call = -1;
}

void alv_client_cache_fini(struct alv_client_cache *cache)
{
	for (size_t i = 0; i < ALV_CLIENT_SLOTS; i++)
		slot_drop(&cache->slots[i]);
}

struct alv_client_slot *alv_client_slot(struct alv_client_cache *cache, int tid)
{
	struct alv_client_slot *slot = &cache->slots[(unsigned int)tid % ALV_CLIENT_SLOTS];

	if (slot->tid != tid)
		slot_drop(slot);
	slot->tid = tid;
	return slot;
}

void alv_client_init_task(struct alv_request *req, int tid)
{
	req->server = alv_nest_find(req->server, tid);
	req->clients->window.size = 0;
	req->clients->window.fresh = true;
	req->task.host = req->server->host;
	req->task.ops = &alv_client_task_ops;
	req->task.authority = req->server->host->authority;
	req->task.tid = tid;
}

/*
 * Another uid's process, or one that made itself non-dumpable: nobody but a
 * privileged supervisor may look into it. Said once; the call gets the errno.
 */
static int client_refused(struct alv_task *task, int err)
{
	struct alv_request *req = alv_request_of(task);
	struct alv_server *server = req->server;

	/* Those who are about to be gone are closed, too. */
	if (req->transport->alive(req) && !alv_swap_acq_rel(&server->refusal_told, true))
		alv_log(&server->log, ALV_LOG_ERROR,
			"process %d cannot be served: it changed its user or made itself "
			"non-dumpable, so its memory is closed to the supervisor",
			task->tid);
	return err;
}

static int client_copy(struct alv_task *task, void *ours, alv_uaddr theirs, size_t size,
		       ssize_t (*copy)(pid_t, const struct iovec *, unsigned long,
				       const struct iovec *, unsigned long, unsigned long))
{
	struct iovec local = { .iov_base = ours, .iov_len = size };
	/* iov_base is only a number here: an address in the other process. */
	struct iovec remote = { .iov_base = (void *)(uintptr_t)theirs.addr, .iov_len = size };
	ssize_t done;

	if (!size)
		return 0;
	done = copy(task->tid, &local, 1, &remote, 1, 0);
	if (done == (ssize_t)size)
		return 0;
	if (done < 0 && (errno == EPERM || errno == EACCES))
		return client_refused(task, -EPERM);
	if (done < 0 && errno == ENOMEM)
		return -ENOMEM;
	return -EFAULT;
}

/* Read what is wanted and the rest of its page, as far as the window goes. */
static int window_fill(struct alv_task *task, struct alv_client_window *window, alv_uaddr src,
		       size_t size)
{
	size_t rest = alv_page_size() - src.addr % alv_page_size();
	size_t extent = rest < ALV_CLIENT_WINDOW ? rest : ALV_CLIENT_WINDOW;
	int err;

	if (extent < size)
		return -ERANGE;
	err = client_copy(task, window->data, src, extent, process_vm_readv);
	if (err)
		return err;
	window->start = src.addr;
	window->size = extent;
	return 0;
}

static int client_read(struct alv_task *task, void *dst, alv_uaddr src, size_t size)
{
	struct alv_client_window *window = &alv_request_of(task)->clients->window;
	u64 skip;
	int err;

	if (window->fresh && size) {
		window->fresh = false;
		err = window_fill(task, window, src, size);
		if (err && err != -ERANGE)
			return err;
	}
	skip = src.addr - window->start;
	if (skip < window->size && size <= window->size - skip) {
		memcpy(dst, window->data + skip, size);
		return 0;
	}
	return client_copy(task, dst, src, size, process_vm_readv);
}

/*
 * The client is asked for before its memory is written: if it was killed, its
 * thread id may be somebody else's by now.
 */
static int client_write(struct alv_task *task, alv_uaddr dst, const void *src, size_t size)
{
	struct alv_request *req = alv_request_of(task);

	req->clients->window.size = 0;
	if (!req->transport->alive(req))
		return -EFAULT;
	return client_copy(task, (void *)(uintptr_t)src, dst, size, process_vm_writev);
}

static void decimal(char *text, unsigned int number)
{
	char digits[12];
	int n = 0;

	do {
		digits[n++] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (n)
		*text++ = digits[--n];
	*text = '\0';
}

/* A file of /proc/TID, opened for a slot of the cache: the others are not worth EMFILE. */
int alv_client_open(struct alv_client_cache *cache, int tid, const char *name, int flags)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd >= 0 || errno != EMFILE)
		return fd < 0 ? -errno : fd;
	for (size_t i = 0; i < ALV_CLIENT_SLOTS; i++)
		if (cache->slots[i].tid != tid)
			slot_drop(&cache->slots[i]);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * The kept directory belongs to a task: once that is gone every lookup in it
 * fails, whoever has the number now. So a failure is tried again with a fresh
 * directory, unless it was fresh.
 */
static int client_stat(struct alv_task *task, const char *name, int flags, struct stat *ret_st)
{
	struct alv_client_cache *cache = alv_request_of(task)->clients;
	struct alv_client_slot *slot = alv_client_slot(cache, task->tid);

	if (slot->fds >= 0 && !fstatat(slot->fds, name, ret_st, flags))
		return 0;
	if (slot->fds >= 0)
		close(slot->fds);
	slot->fds = alv_client_open(cache, task->tid, "fd", O_PATH | O_DIRECTORY);
	if (slot->fds < 0)
		return slot->fds;
	return fstatat(slot->fds, name, ret_st, flags) ? -errno : 0;
}

/* stat(2) of /proc/TID/fd/N. Whatever goes wrong with it, it is none of ours. */
static int client_stat_fd(struct alv_task *task, int fd, int flags, struct stat *ret_st)
{
	char name[12];
	int err;

	if (fd < 0)
		return -EBADF;
	decimal(name, (unsigned int)fd);
	err = client_stat(task, name, flags, ret_st);
	if (err == -EACCES || err == -EPERM)
		return client_refused(task, -EPERM);
	if (err == -EMFILE || err == -ENFILE || err == -ENOMEM)
		return err;
	return err ? -EBADF : 0;
}

static int client_file(struct alv_task *task, int fd, struct alv_file *ret_file)
{
	struct stat st;
	int err = client_stat_fd(task, fd, 0, &st);

	if (err)
		return err;
	ret_file->device = st.st_dev;
	ret_file->inode = st.st_ino;
	return 0;
}

/* The mode of the link says how a file was opened: O_PATH is neither way. */
static bool client_path_only(struct alv_task *task, int fd)
{
	struct stat st;

	return client_stat_fd(task, fd, AT_SYMLINK_NOFOLLOW, &st) ||
	       !(st.st_mode & (S_IRUSR | S_IWUSR));
}

/*
 * Clients may have passed descriptors on to processes that never called us, so all
 * that we may look at are looked at. Only freezing a map that can be mapped asks.
 */
static int client_maps_writable(struct alv_task *task, struct alv_object *obj)
{
	bool ever = !alv_load_acquire(&obj->identity.plain);
	int found = 0;
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	if (!proc)
		return -errno;
	while (!found && (entry = readdir(proc))) {
		int count, pid = atoi(entry->d_name);
		bool own = pid == task->host->owner;

		if (pid <= 0)
			continue;
		/* An error: it ended, or it is nobody's that we could serve. */
		count = alv_mappings_count_writable(pid, obj->identity.inode, ever && !own);
		if (own)
			count -= (int)obj->identity.host_mappings;
		found = count > 0;
	}
	closedir(proc);
	return found;
}

/* Threads have their own pidfds since Linux 6.9; before, the process must do. */
static int open_pidfd(int tid)
{
	int leader = 0, pidfd = (int)syscall(__NR_pidfd_open, tid, O_EXCL);
	char path[32], line[64];
	FILE *status;

	if (pidfd >= 0 || errno != EINVAL)
		return pidfd < 0 ? -errno : pidfd;
	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	status = fopen(path, "re");
	if (!status)
		return -errno;
	while (!leader && fgets(line, sizeof(line), status))
		sscanf(line, "Tgid: %d", &leader);
	fclose(status);
	pidfd = leader ? (int)syscall(__NR_pidfd_open, leader, 0) : -1;
	return pidfd < 0 ? -ESRCH : pidfd;
}

int alv_client_take_fd(struct alv_task *task, int fd, int *ret_fd)
{
	struct alv_request *req = alv_request_of(task);
	ALV_AUTO(fd) int pidfd = open_pidfd(task->tid);
	int ours;

	if (pidfd < 0)
		return pidfd;
	/* Still the same task, now that the number can't change its meaning. */
	if (!req->transport->alive(req))
		return -ESRCH;
	ours = (int)syscall(__NR_pidfd_getfd, pidfd, fd, 0);
	if (ours < 0)
		return -errno;
	*ret_fd = ours;
	return 0;
}

static int client_install(struct alv_task *task, int fd)
{
	int err = alv_request_reply_fd(alv_request_of(task), fd, true);

	return err ? err : -EINPROGRESS;
}

static bool client_waits(struct alv_task *task)
{
	struct alv_request *req = alv_request_of(task);

	return req->transport->alive(req);
}

const struct alv_task_ops alv_client_task_ops = {
	.read = client_read,
	.write = client_write,
	.file = client_file,
	.path_only = client_path_only,
	.install = client_install,
	.resolve = alv_client_resolve,
	.maps_writable = client_maps_writable,
	.waits = client_waits,
	.assume = alv_client_assume,
	.resume = alv_client_resume,
};
