/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/view_mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static int write_file(const char *path, const char *format, unsigned int inside,
		      unsigned int outside)
{
	ALV_AUTO(fd) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return dprintf(fd, format, inside, outside) < 0 ? -errno : 0;
}

/* The caller stays who it is, or becomes root; nobody else exists in there. */
static int map_ids(uid_t uid, gid_t gid, bool root)
{
	int err;

	/* Kernels before 3.19 don't have it; they don't want it either. */
	err = write_file("/proc/self/setgroups", "deny", 0, 0);
	if (err && err != -ENOENT)
		return err;
	err = write_file("/proc/self/uid_map", "%u %u 1", root ? 0 : uid, uid);
	if (err)
		return err;
	return write_file("/proc/self/gid_map", "%u %u 1", root ? 0 : gid, gid);
}

/* With the privilege to mount, all users and groups stay as they are. */
static int unshare_mounts(bool root)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int err;

	if (unshare(CLONE_NEWNS)) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
			return -errno;
		err = map_ids(uid, gid, root);
		if (err)
			return err;
	} else if (root && uid) {
		return -EPERM;
	}
	/* Mounts that are made outside go on to appear in here, not the other way. */
	return mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) ? -errno : 0;
}

static int touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0444);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Make `entry` of the covered directory appear at the same name in the new one. */
static int restore_entry(int covered, const char *entry, const char *path)
{
	char source[64 + NAME_MAX], target[PATH_MAX];
	struct stat st;
	ssize_t size;
	int err;

	if (fstatat(covered, entry, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (S_ISLNK(st.st_mode)) {
		size = readlinkat(covered, entry, target, sizeof(target) - 1);
		if (size < 0)
			return -errno;
		target[size] = '\0';
		return symlink(target, path) ? -errno : 0;
	}
	if (S_ISDIR(st.st_mode))
		err = mkdir(path, 0755) ? -errno : 0;
	else
		err = touch(path);
	if (err)
		return err;
	snprintf(source, sizeof(source), "/proc/self/fd/%d/%s", covered, entry);
	return mount(source, path, NULL, MS_BIND | MS_REC, NULL) ? -errno : 0;
}

/*
 * Cover a directory by one in which names can be made, with the same content. What the
 * caller may not look into has none for it.
 */
static int cover_directory(const char *path)
{
	ALV_AUTO(fd) int covered = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char child[PATH_MAX];
	struct dirent *entry;
	int err = 0;
	DIR *dir;

	if (covered < 0 && errno != EACCES)
		return -errno;
	if (mount("alveary", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"))
		return -errno;
	if (covered < 0)
		return 0;
	dir = fdopendir(dup(covered));
	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (snprintf(child, sizeof(child), "%s/%s", path, entry->d_name) >=
		    (int)sizeof(child))
			err = -ENAMETOOLONG;
		else
			err = restore_entry(covered, entry->d_name, child);
	}
	closedir(dir);
	return err;
}

/* Make the missing rest of `path`, which begins below `parent` at `rest`. */
static int make_rest(char *path, char *rest, bool directory)
{
	char *slash;

	while ((slash = strchr(rest, '/'))) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
		rest = slash + 1;
	}
	if (directory)
		return mkdir(path, 0755) ? -errno : 0;
	return touch(path);
}

/* A mount point that the machine does not have: cover the nearest directory it has. */
static int make_mount_point(const char *wanted, bool directory)
{
	char path[PATH_MAX];
	struct stat st;
	char *slash;
	int err;

	if (!stat(wanted, &st))
		return S_ISDIR(st.st_mode) == directory ? 0 : -ENOTDIR;
	if (errno != ENOENT && errno != EACCES)
		return -errno;
	snprintf(path, sizeof(path), "%s", wanted);
	do {
		slash = strrchr(path, '/');
		if (!slash || slash == path)
			return -ENOENT; /* "/" itself is never covered */
		*slash = '\0';
	} while (stat(path, &st));
	err = cover_directory(path);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s", wanted);
	return make_rest(path, slash + 1, directory);
}

static int mount_place(const struct alv_session_place *place)
{
	int err = make_mount_point(place->path, place->directory);

	if (err)
		return err;
	return mount(place->source, place->path, NULL, MS_BIND, NULL) ? -errno : 0;
}

int alv_view_mounts_enter(const struct alv_session_place *places, size_t n_places, bool root)
{
	int err = unshare_mounts(root);

	/* A proc file system that something covers is one that clients may not mount anew. */
	for (size_t i = 0; !err && i < n_places; i++) {
		if (!strncmp(places[i].path, "/proc/", 6))
			continue;
		err = mount_place(&places[i]);
		if (places[i].optional)
			err = 0;
	}
	return err;
}
