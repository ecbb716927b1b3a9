/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a descriptor permits: each command on read-only, write-only and frozen
 * maps of each type, by the map's own flags, by OBJ_GET and by id.
 */
#include "sample.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static union attr attr;

static const int commands[] = {
	SAMPLE_MAP_COMMANDS,
	BPF_MAP_GET_FD_BY_ID,
	BPF_OBJ_PIN,
	BPF_MAP_FREEZE,
};

static void every_command(const struct map_type *t, int fd)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		sample_attr(commands[i], t, fd, &attr);
		call(commands[i], &attr);
	}
	unlink(sample_path());
}

static void by_map_flags(const struct map_type *t)
{
	client_case("%s: no restriction", t->name);
	every_command(t, sample_map(t));
	client_case("%s: created with BPF_F_RDONLY", t->name);
	every_command(t, client_map_with(t, BPF_F_RDONLY));
	client_case("%s: created with BPF_F_WRONLY", t->name);
	every_command(t, client_map_with(t, BPF_F_WRONLY));
}

static void frozen(const struct map_type *t)
{
	int fd;

	client_case("%s: frozen", t->name);
	fd = sample_map(t);
	client_freeze(fd);
	every_command(t, fd);
}

static void by_pin(const struct map_type *t)
{
	static const u32 file_flags[] = {0, BPF_F_RDONLY, BPF_F_WRONLY,
					 BPF_F_RDONLY | BPF_F_WRONLY};
	unsigned int i;
	int fd;

	client_case("%s: from a pin", t->name);
	fd = sample_map(t);
	for (i = 0; i < ARRAY_SIZE(file_flags); i++) {
		sample_attr(BPF_OBJ_GET, t, fd, &attr);
		attr.obj.file_flags = file_flags[i];
		fd = call(BPF_OBJ_GET, &attr);
		if (fd < 0)
			return;
		every_command(t, fd);
		descriptor_close_all();
		fd = sample_map(t);
	}
}

static void by_id(const struct map_type *t)
{
	static const u32 open_flags[] = {BPF_F_RDONLY, BPF_F_WRONLY,
					 BPF_F_RDONLY | BPF_F_WRONLY};
	unsigned int i;
	int map, fd;

	for (i = 0; i < ARRAY_SIZE(open_flags); i++) {
		client_case("%s: by id with flags %x", t->name, open_flags[i]);
		map = sample_map(t);
		sample_attr(BPF_MAP_GET_FD_BY_ID, t, map, &attr);
		attr.id.open_flags = open_flags[i];
		fd = call(BPF_MAP_GET_FD_BY_ID, &attr);
		if (fd < 0)
			continue;
		every_command(t, fd);
	}
}

/* A map that no descriptor may read can be opened by nobody, and the reverse. */
static void flags_against_flags(void)
{
	static const u32 flags[] = {0, BPF_F_RDONLY, BPF_F_WRONLY, BPF_F_RDONLY_PROG,
				    1 << 20};
	const struct map_type *t = client_type("HASH");
	unsigned int i, k;
	int fd;

	for (i = 0; i < ARRAY_SIZE(flags) - 1; i++) {
		client_case("opened again: map flags %x", flags[i]);
		fd = client_map_with(t, flags[i]);
		for (k = 0; k < ARRAY_SIZE(flags); k++) {
			sample_attr(BPF_OBJ_GET, t, fd, &attr);
			attr.obj.file_flags = flags[k];
			client_update(call(BPF_OBJ_GET, &attr), client_key(t, 1),
				      client_value(t, 1), 0);
			unlink(sample_path());
			sample_attr(BPF_MAP_GET_FD_BY_ID, t, fd, &attr);
			attr.id.open_flags = flags[k];
			client_lookup(call(BPF_MAP_GET_FD_BY_ID, &attr), client_key(t, 1),
				      0);
		}
	}
}

int main(void)
{
	const struct map_type *t;

	client_start();
	for_each_map_type(t)
	{
		by_map_flags(t);
		frozen(t);
		by_pin(t);
		by_id(t);
	}
	flags_against_flags();
	return 0;
}
