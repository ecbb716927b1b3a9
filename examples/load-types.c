/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load-types: create the maps of a compiled object with their types, fill and pin them.
 *
 *   load-types OBJECT DIRECTORY
 *
 * An ordinary program on libbpf: under `alveary run` its maps are made by Alveary.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

struct item {
	unsigned int count;
	int shelf;
	unsigned long long price;
	char name[8];
};

static int fill(int fd)
{
	static const struct item items[] = {
		{ 12, 0, 250, "apple" },
		{ 3, 1, 1900, "melon" },
	};

	for (int key = 0; key < 2; key++) {
		int err = bpf_map_update_elem(fd, &key, &items[key], BPF_ANY);

		if (err)
			return err;
	}
	return 0;
}

static int create(const struct bpf_map *map, int types, const char *directory)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .btf_fd = (__u32)types,
		    .btf_key_type_id = bpf_map__btf_key_type_id(map),
		    .btf_value_type_id = bpf_map__btf_value_type_id(map));
	char path[256];
	int fd, err;

	fd = bpf_map_create(bpf_map__type(map), bpf_map__name(map),
			    bpf_map__key_size(map), bpf_map__value_size(map),
			    bpf_map__max_entries(map), &opts);
	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "%s/%s", directory, bpf_map__name(map));
	err = fill(fd);
	err = err ?: bpf_obj_pin(fd, path);
	if (!err)
		printf("%s is pinned\n", path);
	close(fd);
	return err;
}

/* The descriptor of the object's types, loaded; or -errno. */
static int load_types(const struct bpf_object *object)
{
	const void *data;
	struct btf *btf;
	__u32 size;
	int fd;

	data = btf__raw_data(bpf_object__btf(object), &size);
	btf = btf__new(data, size);
	if (!btf)
		return -errno;
	fd = btf__load_into_kernel(btf);
	if (!fd)
		fd = dup(btf__fd(btf));
	btf__free(btf);
	return fd;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_map *map;
	int types, err = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: load-types OBJECT DIRECTORY\n");
		return 2;
	}
	object = bpf_object__open(argv[1]);
	if (!object) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	types = load_types(object);
	if (types < 0)
		err = types;
	bpf_object__for_each_map(map, object)
		err = err ?: create(map, types, argv[2]);
	if (err)
		fprintf(stderr, "load-types: %s\n", strerror(-err));
	close(types);
	bpf_object__close(object);
	return err ? 1 : 0;
}
