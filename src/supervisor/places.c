/* SPDX-License-Identifier: BSD-2-Clause */
/* What a host shows of itself in the file system of its clients. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

static int write_text(const char *path, const char *text)
{
	ALV_AUTO(fd) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	if (fd < 0)
		return -errno;
	/* For all clients, whatever our umask says. */
	return fchmod(fd, 0444) || dprintf(fd, "%s\n", text) < 0 ? -errno : 0;
}

/* A file with one line, made by us, that stands at `path`. */
static int places_add_text(struct alv_places *places, const char *path, const char *text)
{
	char source[sizeof(places->directory) + NAME_MAX + 1];
	int err;

	snprintf(source, sizeof(source), "%s%s", places->directory, strrchr(path, '/'));
	err = write_text(source, text);
	return err ? err : places_add(places, path, source, false);
}

/* Clients size per-CPU values by these files. */
static int places_add_cpus(struct alv_places *places, unsigned int cpus)
{
	static const char *const paths[] = {
		"/sys/devices/system/cpu/possible",
		"/sys/devices/system/cpu/present",
		"/sys/devices/system/cpu/online",
	};
	char list[16] = "0";
	int err = 0;

	if (cpus > 1)
		snprintf(list, sizeof(list), "0-%u", cpus - 1);
	for (size_t i = 0; !err && i < ALV_COUNT(paths); i++)
		err = places_add_text(places, paths[i], list);
	return err;
}

/* What the machine itself does not have is not worth covering /proc/sys for. */
static int places_add_sysctls(struct alv_places *places, const struct alv_host *host)
{
	const struct {
		const char *path;
		const char *value;
	} sysctls[] = {
		{ "/proc/sys/kernel/unprivileged_bpf_disabled",
		  host->authority.unprivileged ? "0" : "2" },
		{ "/proc/sys/kernel/bpf_stats_enabled", "0" },
	};
	int err = 0;

	for (size_t i = 0; !err && i < ALV_COUNT(sysctls); i++)
		if (!access(sysctls[i].path, F_OK))
			err = places_add_text(places, sysctls[i].path, sysctls[i].value);
	return err;
}

/* The trace pipe stands where tracefs is mounted, by both of its names. */
static int places_add_trace(struct alv_places *places, struct alv_host *host)
{
	static const char *const paths[] = {
		"/sys/kernel/tracing/trace_pipe",
		"/sys/kernel/debug/tracing/trace_pipe",
	};
	char source[sizeof(places->directory) + NAME_MAX + 1];
	int err;

	snprintf(source, sizeof(source), "%s/trace_pipe", places->directory);
	err = alv_trace_name(host, source);
	for (size_t i = 0; !err && i < ALV_COUNT(paths); i++) {
		err = places_add(places, paths[i], source, false);
		if (!err)
			places->list[places->count - 1].optional = true;
	}
	return err;
}

/* For files that we make: beside the bpf filesystem, never inside. */
static int places_make_directory(struct alv_places *places, const char *bpffs)
{
	snprintf(places->directory, sizeof(places->directory), "%.100s-files-XXXXXX", bpffs);
	if (mkdtemp(places->directory))
		return 0;
	places->directory[0] = '\0';
	return -errno;
}

int alv_places_init(struct alv_places *places, struct alv_host *host, unsigned int cpus,
		    const char *btf)
{
	const char *bpffs = alv_bpffs_path(host->bpffs);
	int err;

	memset(places, 0, sizeof(*places));
	err = places_add(places, ALV_BPFFS_PATH, bpffs, true);
	if (!err && btf && strcmp(btf, BTF_PATH))
		err = places_add(places, BTF_PATH, btf, false);
	if (!err)
		err = places_make_directory(places, bpffs);
	if (!err && cpus)
		err = places_add_cpus(places, cpus);
	if (!err)
		err = places_add_sysctls(places, host);
	if (!err)
		err = places_add_trace(places, host);
	if (err)
		alv_places_fini(places);
	return err;
}

void alv_places_fini(struct alv_places *places)
{
	for (size_t i = 0; i < places->count; i++) {
		const struct alv_provided *place = &places->list[i];

		close(place->fd);
		if (*places->directory && !strncmp(place->source, places->directory,
						   strlen(places->directory)))
			unlink(place->source);
	}
	places->count = 0;
	if (*places->directory)
		rmdir(places->directory);
}
