/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "object/bpffs.h"
#include "object/host.h"
#include "supervisor/credentials.h"
#include "supervisor/request.h"

#define MAX_LINKS     40 /* the kernel's own bound of path_resolution(7) */
#define PROC_ROOT_INO 1

enum { OPEN_DIR = O_PATH | O_DIRECTORY | O_CLOEXEC };

struct walk {
	const struct alv_server *server;
	int tid;
	bool texts; /* keep text: the paths view */
	int root;
	struct stat root_st;
	struct stat bpffs_st; /* of the root of the host's bpf filesystem */
	int dir;    /* -1: only the text exists, above a provided place */
	bool inside;
	unsigned int links;
	const struct alv_provided *provided; /* dir itself is it */
	char text[PATH_MAX];
	char rest[2 * PATH_MAX]; /* still to walk */
};

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* The provided place where clients see the host's bpf filesystem. */
static const struct alv_provided *provided_bpffs(const struct walk *walk)
{
	for (size_t i = 0; i < walk->server->n_provided; i++)
		if (walk->server->provided[i].directory)
			return &walk->server->provided[i];
	return NULL;
}

/* What the kernel calls this descriptor of ours, as clients name it. */
static int text_of(const struct walk *walk, int fd, char text[PATH_MAX])
{
	const char *source = alv_bpffs_path(walk->server->host->bpffs);
	const struct alv_provided *provided = provided_bpffs(walk);
	char path[32], real[PATH_MAX];
	size_t skip = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, real, sizeof(real) - 1);
	if (n < 0)
		return -errno;
	real[n] = '\0';
	if (walk->inside && provided && !strncmp(real, source, strlen(source)))
		skip = strlen(source);
	n = snprintf(text, PATH_MAX, "%s%s", skip ? provided->path : "", real + skip);
	if (n >= PATH_MAX)
		return -ENAMETOOLONG;
	if (n == 1)
		text[0] = '\0'; /* "/": names are appended with their slash */
	return 0;
}

/* Does the text lead to a provided place (*ret_above), or is it one (returned)? */
static const struct alv_provided *match(const struct walk *walk, bool *ret_above)
{
	size_t len = strlen(walk->text);

	*ret_above = false;
	for (size_t i = 0; walk->texts && i < walk->server->n_provided; i++) {
		const struct alv_provided *provided = &walk->server->provided[i];

		if (strncmp(provided->path, walk->text, len))
			continue;
		if (!provided->path[len])
			return provided;
		if (provided->path[len] == '/')
			*ret_above = true;
	}
	return NULL;
}

static int enter_provided(struct walk *walk, const struct alv_provided *provided)
{
	int fd = fcntl(provided->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (walk->dir >= 0)
		close(walk->dir);
	walk->dir = fd;
	walk->inside = provided->directory;
	walk->provided = provided;
	return 0;
}

/* Stand on a descriptor that is not reached by a single step; takes it over. */
static int stand(struct walk *walk, int fd)
{
	const struct alv_provided *provided;
	bool above;
	int err;

	if (walk->dir >= 0)
		close(walk->dir);
	walk->dir = fd;
	walk->provided = NULL;
	walk->inside = alv_bpffs_contains(walk->server->host->bpffs, fd);
	if (!walk->texts)
		return 0;
	err = text_of(walk, fd, walk->text);
	if (err || walk->inside)
		return err;
	/* A client may have got to the machine's own directory, which ours covers. */
	provided = match(walk, &above);
	return provided ? enter_provided(walk, provided) : 0;
}

static int stand_on_root(struct walk *walk)
{
	int fd = fcntl(walk->root, F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? -errno : stand(walk, fd);
}

/* One step along the tree, to a directory that the kernel found; takes it over. */
static int step_to(struct walk *walk, int fd)
{
	struct stat st;

	if (walk->dir >= 0)
		close(walk->dir);
	walk->dir = fd;
	walk->provided = NULL;
	if (fstat(fd, &st))
		return -errno;
	if (!same_file(&st, &walk->bpffs_st))
		return 0;
	walk->inside = true;
	return walk->texts ? text_of(walk, fd, walk->text) : 0;
}

static int text_push(struct walk *walk, const char *name)
{
	size_t len = strlen(walk->text);
	int n;

	if (!walk->texts)
		return 0;
	n = snprintf(walk->text + len, sizeof(walk->text) - len, "/%s", name);
	if (n >= (int)(sizeof(walk->text) - len)) {
		walk->text[len] = '\0';
		return -ENAMETOOLONG;
	}
	return 0;
}

static void text_pop(struct walk *walk)
{
	char *slash = strrchr(walk->text, '/');

	if (walk->texts && slash)
		*slash = '\0';
}

/* The directory that the text names, from the client's root on. */
static int stand_on_text(struct walk *walk)
{
	struct open_how how = { .flags = OPEN_DIR, .resolve = RESOLVE_IN_ROOT };
	const char *path = *walk->text ? walk->text : "/";
	bool above;
	int fd = (int)syscall(SYS_openat2, walk->root, path, &how, sizeof(how));

	if (fd >= 0)
		return stand(walk, fd);
	match(walk, &above);
	if (errno != ENOENT || !above)
		return -errno;
	close(walk->dir);
	walk->dir = -1;
	walk->inside = false;
	walk->provided = NULL;
	return 0;
}

static int step_up(struct walk *walk)
{
	struct stat st;
	bool leaves;
	int fd;

	if (walk->dir >= 0) {
		if (fstat(walk->dir, &st))
			return -errno;
		if (!S_ISDIR(st.st_mode))
			return -ENOTDIR;
		if (same_file(&st, &walk->root_st))
			return 0;
	}
	text_pop(walk);
	leaves = walk->dir >= 0 && same_file(&st, &walk->bpffs_st);
	if (walk->texts && (leaves || walk->dir < 0))
		return stand_on_text(walk);
	fd = openat(walk->dir, "..", OPEN_DIR);
	if (fd < 0)
		return -errno;
	walk->inside = walk->inside && !leaves;
	return step_to(walk, fd);
}

/* "self" of a proc file system means the client, not us. */
static bool own_link(const struct walk *walk, const char *name, char target[PATH_MAX])
{
	bool thread = !strcmp(name, "thread-self");
	struct stat st, ours;
	char path[32], line[256];
	int tgid = 0, tid = walk->tid, inner_tgid = 0, inner_tid = 0;
	struct statfs fs;
	FILE *file;

	if (!thread && strcmp(name, "self"))
		return false;
	if (fstatfs(walk->dir, &fs) || fs.f_type != PROC_SUPER_MAGIC ||
	    fstat(walk->dir, &st) || st.st_ino != PROC_ROOT_INO)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/status", walk->tid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		const char *last = strrchr(line, '\t');

		if (sscanf(line, "Tgid: %d", &tgid) == 1 || !last)
			continue;
		/* One number for each PID namespace, the client's own comes last. */
		if (!strncmp(line, "NStgid:", 7))
			sscanf(last, "%d", &inner_tgid);
		else if (!strncmp(line, "NSpid:", 6))
			sscanf(last, "%d", &inner_tid);
	}
	fclose(file);
	if (stat("/proc", &ours) || ours.st_dev != st.st_dev) {
		tgid = inner_tgid;
		tid = inner_tid;
	}
	if (thread)
		snprintf(target, PATH_MAX, "%d/task/%d", tgid, tid);
	else
		snprintf(target, PATH_MAX, "%d", tgid);
	return true;
}

/* Links of /proc/PID that lead to the file itself, whatever their text says. */
static bool is_magic(const struct walk *walk, const char *name)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_NO_MAGICLINKS };
	struct statfs fs;
	int fd;

	if (fstatfs(walk->dir, &fs) || fs.f_type != PROC_SUPER_MAGIC)
		return false;
	fd = (int)syscall(SYS_openat2, walk->dir, name, &how, sizeof(how));
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == ELOOP;
}

/* Put a link's text before what is still to walk. */
static int follow_text(struct walk *walk, const char *target, const char *rest)
{
	size_t len = strlen(target), rest_len = strlen(rest);

	if (len + rest_len + 2 > sizeof(walk->rest))
		return -ENAMETOOLONG;
	/* `rest` lies in the same buffer: it moves first. */
	memmove(walk->rest + len + 1, rest, rest_len + 1);
	memcpy(walk->rest, target, len);
	walk->rest[len] = '/';
	if (!rest_len)
		walk->rest[len] = '\0';
	if (*target == '/')
		return stand_on_root(walk);
	return *target ? 0 : -ENOENT;
}

static int follow_link(struct walk *walk, const char *name, const char *target,
		       const char *rest)
{
	if (++walk->links > MAX_LINKS)
		return -ELOOP;
	if (is_magic(walk, name)) {
		int fd = openat(walk->dir, name, O_PATH | O_CLOEXEC);

		if (fd < 0)
			return -errno;
		memmove(walk->rest, rest, strlen(rest) + 1);
		return stand(walk, fd);
	}
	return follow_text(walk, target, rest);
}

enum step {
	STEP_DONE, /* the walk goes on with walk->rest */
	STEP_LAST, /* the name stays as the last component */
};

static int step_into(struct walk *walk, const char *name, const char *rest)
{
	bool above;
	int err, fd = openat(walk->dir, name, OPEN_DIR | O_NOFOLLOW);

	err = fd < 0 ? -errno : 0;
	if (!err || err == -ENOENT)
		if (text_push(walk, name))
			err = -ENAMETOOLONG;
	if (err == -ENOENT && (match(walk, &above), above)) {
		/* Missing here, yet clients are to find something below it. */
		close(walk->dir);
		walk->dir = -1;
		err = 0;
	} else if (!err) {
		err = step_to(walk, fd);
	} else if (fd >= 0) {
		close(fd);
	}
	if (err)
		return err;
	memmove(walk->rest, rest, strlen(rest) + 1);
	return STEP_DONE;
}

/* A provided place under this name? Then the walk stands on it. */
static int step_provided(struct walk *walk, const char *name, bool *ret_found)
{
	const struct alv_provided *provided;
	bool above;
	int err = text_push(walk, name);

	*ret_found = false;
	if (err)
		return err;
	provided = match(walk, &above);
	if (!provided) {
		text_pop(walk);
		return 0;
	}
	*ret_found = true;
	return enter_provided(walk, provided);
}

static int step(struct walk *walk, const char *name, const char *rest, bool last, bool follow)
{
	char target[PATH_MAX];
	bool found = false;
	ssize_t n;
	int err;

	if (walk->texts) {
		err = step_provided(walk, name, &found);
		if (err)
			return err;
		if (found) {
			memmove(walk->rest, rest, strlen(rest) + 1);
			return STEP_DONE;
		}
		if (walk->dir < 0)
			return last ? STEP_LAST : step_into(walk, name, rest);
	}
	n = readlinkat(walk->dir, name, target, sizeof(target) - 1);
	if (n < 0 && errno != EINVAL && errno != ENOENT)
		return -errno;
	if (walk->inside && strchr(name, '.'))
		return -EPERM;
	if (n < 0)
		return last ? STEP_LAST : step_into(walk, name, rest);
	if (last && !follow)
		return STEP_LAST;
	target[n] = '\0';
	own_link(walk, name, target);
	err = follow_link(walk, name, target, rest);
	return err ? err : STEP_DONE;
}

/* The last component is the root of the bpf filesystem, a mount: stand on it. */
static int enter_mounted(struct walk *walk, char name[256])
{
	struct stat st;
	int err;

	if (walk->dir < 0 || walk->inside || !*name ||
	    fstatat(walk->dir, name, &st, AT_SYMLINK_NOFOLLOW) ||
	    !same_file(&st, &walk->bpffs_st))
		return 0;
	err = step_into(walk, name, "");
	*name = '\0';
	return err;
}

/* Split the first component off walk->rest. Its length, 0 at the end, -ENAMETOOLONG. */
static int first_name(const struct walk *walk, char name[256], const char **ret_rest,
		      bool *ret_slash)
{
	const char *start = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(start, "/");
	const char *after = start + len;

	if (len > 255)
		return -ENAMETOOLONG;
	memcpy(name, start, len);
	name[len] = '\0';
	*ret_slash = *after == '/';
	*ret_rest = after + strspn(after, "/");
	return (int)len;
}

/* Walk all of walk->rest; the name of the last component is left in `name`. */
static int walk_rest(struct walk *walk, unsigned int flags, char name[256], bool *ret_slash)
{
	const char *rest;
	bool slash = false, found_slash;
	int len, err;

	for (;;) {
		len = first_name(walk, name, &rest, &found_slash);
		if (len <= 0)
			break;
		slash = slash || (found_slash && !*rest);
		if (!strcmp(name, ".") || !strcmp(name, "..")) {
			err = name[1] ? step_up(walk) : 0;
			if (err)
				return err;
			memmove(walk->rest, rest, strlen(rest) + 1);
			continue;
		}
		err = step(walk, name, rest, !*rest, flags & ALV_WALK_FOLLOW || slash);
		if (err < 0)
			return err;
		if (err == STEP_LAST)
			break;
	}
	*ret_slash = slash;
	return len < 0 ? len : enter_mounted(walk, name);
}

static int walk_init(struct walk *walk, const struct alv_server *server, int tid)
{
	char path[32];

	walk->server = server;
	walk->tid = tid;
	walk->texts = server->view == ALV_VIEW_PATHS;
	walk->dir = -1;
	walk->inside = false;
	walk->links = 0;
	walk->provided = NULL;
	walk->text[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/root", tid);
	walk->root = open(path, OPEN_DIR);
	if (walk->root < 0)
		return -errno;
	if (fstat(walk->root, &walk->root_st) ||
	    fstat(alv_bpffs_root(server->host->bpffs), &walk->bpffs_st))
		return -errno;
	return 0;
}

static void walk_fini(struct walk *walk)
{
	if (walk->root >= 0)
		close(walk->root);
	if (walk->dir >= 0)
		close(walk->dir);
}

/* Opened with our own credentials: what a client holds it may start from. */
static int walk_start(struct walk *walk, int dirfd, const char *path)
{
	char start[40];
	int fd;

	if (*path == '/')
		return stand_on_root(walk);
	if (dirfd == AT_FDCWD)
		snprintf(start, sizeof(start), "/proc/%d/cwd", walk->tid);
	else if (dirfd < 0)
		return -EBADF;
	else
		snprintf(start, sizeof(start), "/proc/%d/fd/%d", walk->tid, dirfd);
	fd = open(start, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -EBADF : -errno;
	return stand(walk, fd);
}

int alv_walk(const struct alv_server *server, int tid, int dirfd, const char *path,
	     unsigned int flags, struct alv_spot *ret_spot)
{
	struct walk walk;
	size_t len = strlen(path);
	bool from_inside;
	int err;

	if (len >= PATH_MAX)
		return -ENAMETOOLONG;
	if (!len && !(flags & ALV_WALK_EMPTY))
		return -ENOENT;
	memcpy(walk.rest, path, len + 1);
	err = walk_init(&walk, server, tid);
	if (!err)
		err = walk_start(&walk, dirfd, path);
	from_inside = !err && walk.inside;
	if (!err && !(flags & ALV_WALK_SCOUT))
		err = alv_credentials_assume(tid);
	if (!err) {
		err = walk_rest(&walk, flags, ret_spot->place.name, &ret_spot->slash);
		if (!(flags & ALV_WALK_SCOUT))
			alv_credentials_resume();
	}
	if (!err && walk.dir < 0)
		err = -ENOENT;
	ret_spot->inside = walk.inside;
	ret_spot->escaped = walk.texts && from_inside && !walk.inside;
	if (!err) {
		ret_spot->place.dir = alv_steal_fd(&walk.dir);
		ret_spot->provided = walk.provided;
		memcpy(ret_spot->text, walk.text, sizeof(walk.text));
	}
	walk_fini(&walk);
	return err;
}

/* A slash behind the last name asks for a directory, which no pin is. */
static int check_slash(const struct alv_spot *spot, bool follow)
{
	struct stat st;

	if (!spot->slash || !*spot->place.name)
		return 0;
	if (fstatat(spot->place.dir, spot->place.name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	return follow && !S_ISDIR(st.st_mode) ? -ENOTDIR : 0;
}

int alv_client_resolve(struct alv_task *task, int dirfd, const char *path, bool follow,
		       struct alv_place *ret_place)
{
	struct alv_spot spot;
	int err = alv_walk(alv_request_of(task)->server, task->tid, dirfd, path,
			   follow ? ALV_WALK_FOLLOW : 0, &spot);

	if (err)
		return err;
	err = check_slash(&spot, follow);
	if (err)
		close(spot.place.dir);
	else
		*ret_place = spot.place;
	return err;
}
