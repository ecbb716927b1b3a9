/* SPDX-License-Identifier: BSD-2-Clause */
/* What a host shows of itself in the file system of its clients. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "object/bpffs.h"
#include "object/host.h"
#include "supervisor/supervisor.h"

#define BTF_PATH "/sys/kernel/btf/vmlinux"

static const char *const cpu_files[] = { "possible", "present", "online" };

/* Paths that end on another device cannot lead to this place. */
static u64 device_of(const char *path)
{
	char nearest[128];
	struct stat st;

	snprintf(nearest, sizeof(nearest), "%s", path);
	while (stat(*nearest ? nearest : "/", &st))
		*strrchr(nearest, '/') = '\0';
	return st.st_dev;
}

static int places_add(struct alv_places *places, const char *path, const char *source,
		      bool directory)
{
	struct alv_provided *place = &places->list[places->count];

	if (places->count == ALV_MAX_PROVIDED || strlen(source) >= sizeof(place->source))
		return -ENAMETOOLONG;
	place->fd = open(source, O_PATH | O_CLOEXEC | (directory ? O_DIRECTORY : 0));
	if (place->fd < 0)
		return -errno;
	place->path = path;
	place->directory = directory;
	place->device = device_of(path);
	snprintf(place->source, sizeof(place->source), "%s", source);
	places->count++;
	return 0;
}

static int write_list(const char *path, unsigned int cpus)
{
	ALV_AUTO(fd) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	int done;

	if (fd < 0)
		return -errno;
	done = cpus == 1 ? dprintf(fd, "0\n") : dprintf(fd, "0-%u\n", cpus - 1);
	return done < 0 ? -errno : 0;
}

/* Clients size per-CPU values by these files. */
static int places_add_cpus(struct alv_places *places, const char *bpffs, unsigned int cpus)
{
	static const char *const paths[] = {
		"/sys/devices/system/cpu/possible",
		"/sys/devices/system/cpu/present",
		"/sys/devices/system/cpu/online",
	};
	char source[192];
	int err = 0;

	/* Beside the bpf filesystem, never inside. */
	snprintf(places->directory, sizeof(places->directory), "%.100s-cpu-XXXXXX", bpffs);
	if (!mkdtemp(places->directory)) {
		places->directory[0] = '\0';
		return -errno;
	}
	for (size_t i = 0; !err && i < ALV_COUNT(cpu_files); i++) {
		snprintf(source, sizeof(source), "%s/%s", places->directory, cpu_files[i]);
		err = write_list(source, cpus);
		if (!err)
			err = places_add(places, paths[i], source, false);
	}
	return err;
}

int alv_places_init(struct alv_places *places, struct alv_host *host, unsigned int cpus,
		    const char *btf)
{
	const char *bpffs = alv_bpffs_path(host->bpffs);
	int err;

	memset(places, 0, sizeof(*places));
	err = places_add(places, ALV_BPFFS_PATH, bpffs, true);
	if (!err && btf)
		err = places_add(places, BTF_PATH, btf, false);
	if (!err && cpus)
		err = places_add_cpus(places, bpffs, cpus);
	if (err)
		alv_places_fini(places);
	return err;
}

void alv_places_fini(struct alv_places *places)
{
	char file[192];

	for (size_t i = 0; i < places->count; i++)
		close(places->list[i].fd);
	places->count = 0;
	if (!*places->directory)
		return;
	for (size_t i = 0; i < ALV_COUNT(cpu_files); i++) {
		snprintf(file, sizeof(file), "%s/%s", places->directory, cpu_files[i]);
		unlink(file);
	}
	rmdir(places->directory);
}
