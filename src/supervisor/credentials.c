/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisor/proc_file.h"

/* What a change of the file-system user takes away and gives back (capabilities(7)). */
#define FILE_CAPS                                                                          \
	(1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH |            \
	 1u << CAP_FOWNER | 1u << CAP_FSETID | 1u << CAP_LINUX_IMMUTABLE | 1u << CAP_MKNOD)

struct ids {
	uid_t user;
	gid_t group;
	gid_t *groups;
	size_t n_groups;
	u64 caps;
	mode_t umask;
};

/* Credentials are a property of the thread, and so is what it had before. */
static _Thread_local struct {
	unsigned int depth;
	bool changed; /* ids and capabilities, not only the umask */
	struct ids own;
	u32 own_caps; /* effective, of FILE_CAPS */
	enum { UMASK_UNKNOWN, UMASK_OF_THREAD, UMASK_OF_PROCESS } umask_of;
} assumed;

/* Held while the umask is a client's, where threads cannot have their own. */
static pthread_mutex_t umask_lock = PTHREAD_MUTEX_INITIALIZER;

static void ids_fini(struct ids *ids)
{
	free(ids->groups);
	ids->groups = NULL;
	ids->n_groups = 0;
}

static int parse_groups(struct ids *ids, const char *text)
{
	size_t capacity = strlen(text) / 2 + 1;
	char *end;

	ids->groups = calloc(capacity, sizeof(*ids->groups));
	if (!ids->groups)
		return -ENOMEM;
	for (;; text = end) {
		unsigned long group = strtoul(text, &end, 10);

		if (end == text)
			return 0;
		ids->groups[ids->n_groups++] = (gid_t)group;
	}
}

/* The value of a line "Name:\t...", NULL: there is none. */
static const char *find_line(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? line + strlen(name) : NULL;
}

static int parse_status(struct ids *ids, const char *status)
{
	const char *user = find_line(status, "\nUid:"), *group = find_line(status, "\nGid:");
	const char *mask = find_line(status, "\nUmask:"), *caps = find_line(status, "\nCapEff:");
	const char *groups = find_line(status, "\nGroups:");

	/* A thread on its way out has neither directory nor umask. */
	if (!user || !group || !groups || !caps || !mask)
		return -ESRCH;
	/* Real, effective, saved, and the one that counts for files. */
	if (sscanf(user, "%*u %*u %*u %u", &ids->user) != 1 ||
	    sscanf(group, "%*u %*u %*u %u", &ids->group) != 1)
		return -ESRCH;
	ids->umask = (mode_t)strtoul(mask, NULL, 8);
	ids->caps = strtoull(caps, NULL, 16);
	return parse_groups(ids, groups);
}

/* Capabilities over files of this machine are those in the user namespace we are in. */
static bool same_user_namespace(int tid)
{
	struct stat ours, theirs;
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/ns/user", tid);
	return !stat(path, &theirs) && !stat("/proc/self/ns/user", &ours) &&
	       ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

static int ids_read(struct ids *ids, int tid)
{
	ALV_AUTO(mem) char *status = NULL;
	ALV_AUTO(fd) int fd = -1;
	char path[32];
	int err;

	*ids = (struct ids){};
	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	err = alv_proc_read(fd, &status);
	return err ? err : parse_status(ids, status);
}

static int own_ids(struct ids *ids)
{
	int n = getgroups(0, NULL);

	*ids = (struct ids){ .user = geteuid(), .group = getegid() };
	if (n < 0)
		return -errno;
	ids->groups = calloc((size_t)n + 1, sizeof(*ids->groups));
	if (!ids->groups)
		return -ENOMEM;
	n = getgroups(n, ids->groups);
	if (n < 0) {
		ids_fini(ids);
		return -EPERM;
	}
	ids->n_groups = (size_t)n;
	return 0;
}

static int caps_get(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &header, data) ? -errno : 0;
}

/* Have exactly these of FILE_CAPS in effect, as far as they are permitted. */
static int caps_set(u32 wanted)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	u32 effective;
	int err = caps_get(data);

	if (err)
		return err;
	effective = (data[0].effective & ~FILE_CAPS) | (wanted & FILE_CAPS & data[0].permitted);
	if (effective == data[0].effective)
		return 0;
	data[0].effective = effective;
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

static bool same_groups(const struct ids *a, const struct ids *b)
{
	return a->user == b->user && a->group == b->group && a->n_groups == b->n_groups &&
	       !memcmp(a->groups, b->groups, a->n_groups * sizeof(*a->groups));
}

/* setfsuid() and setfsgid() never fail visibly: ask again what came of them. */
static int take_ids(const struct ids *ids, u32 caps)
{
	if (syscall(SYS_setgroups, ids->n_groups, ids->groups))
		return -errno;
	setfsgid(ids->group);
	if ((gid_t)setfsgid((gid_t)-1) != ids->group)
		return -EPERM;
	setfsuid(ids->user);
	if ((uid_t)setfsuid((uid_t)-1) != ids->user)
		return -EPERM;
	return caps_set(caps);
}

static int give_back_ids(void)
{
	/* The user first: with it come the capabilities that the rest needs. */
	setfsuid(assumed.own.user);
	setfsgid(assumed.own.group);
	if (syscall(SYS_setgroups, assumed.own.n_groups, assumed.own.groups))
		return -errno;
	return caps_set(assumed.own_caps);
}

static int change_ids(const struct ids *theirs, int tid)
{
	struct __user_cap_data_struct data[2];
	int err = own_ids(&assumed.own);
	u32 caps;

	if (!err)
		err = caps_get(data);
	if (err)
		return err;
	assumed.own_caps = data[0].effective & FILE_CAPS;
	caps = assumed.own_caps && same_user_namespace(tid) ? (u32)theirs->caps : 0;
	assumed.changed = !same_groups(theirs, &assumed.own) ||
			  (assumed.own_caps & ~caps) != 0;
	if (!assumed.changed)
		return 0;
	err = take_ids(theirs, caps);
	if (!err)
		return 0;
	give_back_ids();
	assumed.changed = false;
	/* Groups that a client dropped in its own user namespace cannot be dropped here. */
	if (theirs->user == assumed.own.user && theirs->group == assumed.own.group)
		return 0;
	return err;
}

static void take_umask(mode_t mask)
{
	if (assumed.umask_of == UMASK_UNKNOWN)
		assumed.umask_of = unshare(CLONE_FS) ? UMASK_OF_PROCESS : UMASK_OF_THREAD;
	if (assumed.umask_of == UMASK_OF_PROCESS)
		pthread_mutex_lock(&umask_lock);
	assumed.own.umask = umask(mask);
}

static void give_back_umask(void)
{
	umask(assumed.own.umask);
	if (assumed.umask_of == UMASK_OF_PROCESS)
		pthread_mutex_unlock(&umask_lock);
}

int alv_credentials_assume(int tid)
{
	struct ids theirs;
	int err;

	if (assumed.depth) {
		assumed.depth++;
		return 0;
	}
	err = ids_read(&theirs, tid);
	if (err)
		return err;
	err = change_ids(&theirs, tid);
	if (err) {
		ids_fini(&assumed.own);
	} else {
		take_umask(theirs.umask);
		assumed.depth = 1;
	}
	ids_fini(&theirs);
	return err;
}

void alv_credentials_resume(void)
{
	if (--assumed.depth)
		return;
	give_back_umask();
	if (assumed.changed)
		give_back_ids();
	ids_fini(&assumed.own);
}

int alv_client_assume(struct alv_task *task)
{
	return alv_credentials_assume(task->tid);
}

void alv_client_resume(struct alv_task *task)
{
	alv_credentials_resume();
}
