/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/fdinfo.h"

/* First: the table of map types uses a name of <sys/mman.h>, too. */
#include "map/map.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "object/host.h"
#include "supervisor/credentials.h"

/* What a kernel's fdinfo says first, for every file. */
struct common {
	unsigned long long pos;
	unsigned int flags;
	int mount;
	unsigned long long inode;
};

bool alv_fdinfo_is_place(const struct alv_place *place)
{
	static const char directory[] = "/fdinfo";
	char path[32], text[128];
	struct statfs fs;
	ssize_t n;

	if (!*place->name || place->name[strspn(place->name, "0123456789")])
		return false;
	if (fstatfs(place->dir, &fs) || fs.f_type != PROC_SUPER_MAGIC)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place->dir);
	n = readlink(path, text, sizeof(text) - 1);
	if (n < (ssize_t)strlen(directory))
		return false;
	text[n] = '\0';
	return !strcmp(text + n - strlen(directory), directory);
}

static int common_parse(const char *text, struct common *ret_common)
{
	int n = sscanf(text, "pos: %llu flags: %o mnt_id: %d ino: %llu", &ret_common->pos,
		       &ret_common->flags, &ret_common->mount, &ret_common->inode);

	return n == 4 ? 0 : -ENOENT;
}

static int common_read(int fd, struct common *ret_common)
{
	char text[512];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return common_parse(text, ret_common);
}

/* Inodes are told apart by file system: a memfd's mount is that of our own memfds. */
static bool same_mount(const struct alv_object *obj, const struct common *common)
{
	ALV_AUTO(fd) int fd = -1;
	struct common own;
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", obj->identity.memfd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && !common_read(fd, &own) && own.mount == common->mount;
}

static int find_object(struct alv_host *host, const struct common *common,
		       struct alv_object **ret_obj)
{
	struct alv_file file = { .device = host->identities.device, .inode = common->inode };
	int err = alv_identity_find(host, &file, ret_obj, NULL);

	if (err)
		return -ENOENT;
	if (same_mount(*ret_obj, common))
		return 0;
	alv_object_put(*ret_obj);
	return -ENOENT;
}

static void print_map(FILE *out, struct alv_object *obj)
{
	const struct alv_map *map = alv_map_of(obj);

	/* How the map's own first descriptor was asked for is no property of the map. */
	fprintf(out,
		"map_type:\t%u\nkey_size:\t%u\nvalue_size:\t%u\nmax_entries:\t%u\n"
		"map_flags:\t0x%x\nmap_extra:\t0x%llx\nmemlock:\t%llu\nmap_id:\t%u\n"
		"frozen:\t%u\n",
		map->type, map->key_size, map->value_size, map->max_entries,
		map->flags & ~(unsigned int)(BPF_F_RDONLY | BPF_F_WRONLY),
		(unsigned long long)map->extra,
		(unsigned long long)(map->ops->usage ? map->ops->usage(map) : 0), obj->id,
		map->frozen);
}

static void print_btf(FILE *out, struct alv_object *obj)
{
	fprintf(out, "btf_id:\t%u\n", obj->id);
}

/* NULL: nothing more is told of such objects. */
static void (*const print_kind[ALV_N_KINDS])(FILE *out, struct alv_object *obj) = {
	[ALV_KIND_MAP] = print_map,
	[ALV_KIND_BTF] = print_btf,
};

static int print(FILE *out, const struct common *common, struct alv_object *obj)
{
	/* Large files are a matter of memfds, not of the kernel's descriptors. */
	fprintf(out, "pos:\t%llu\nflags:\t0%o\nmnt_id:\t%d\nino:\t%llu\n", common->pos,
		common->flags & ~0100000u, common->mount, common->inode);
	if (print_kind[obj->ops->kind])
		print_kind[obj->ops->kind](out, obj);
	return fflush(out) || ferror(out) ? -ENOMEM : 0;
}

/* A file of its own that holds the text, open for reading at its start. */
static int text_file(const struct common *common, struct alv_object *obj)
{
	ALV_AUTO(fd) int fd = memfd_create("fdinfo", MFD_CLOEXEC);
	char path[32];
	FILE *out;
	int dup, err;

	if (fd < 0)
		return -errno;
	dup = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	out = dup < 0 ? NULL : fdopen(dup, "w");
	if (!out) {
		err = -errno;
		if (dup >= 0)
			close(dup);
		return err;
	}
	err = print(out, common, obj);
	if (fclose(out) && !err)
		err = -errno;
	if (err)
		return err;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	dup = open(path, O_RDONLY | O_CLOEXEC);
	return dup < 0 ? -errno : dup;
}

int alv_fdinfo_open(struct alv_task *task, const struct alv_place *place)
{
	ALV_AUTO(fd) int fd = -1;
	struct alv_object *obj;
	struct common common;
	int err = alv_credentials_assume(task->tid);

	if (err)
		return err;
	fd = openat(place->dir, place->name, O_RDONLY | O_CLOEXEC);
	alv_credentials_resume();
	if (fd < 0)
		return -ENOENT;
	err = common_read(fd, &common);
	if (!err)
		err = find_object(task->host, &common, &obj);
	if (err)
		return err;
	err = text_file(&common, obj);
	alv_object_put(obj);
	return err;
}
