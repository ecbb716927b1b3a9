/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * typed: pin maps whose keys and values have BTF, for bpftool to print.
 *
 *   typed DIRECTORY
 *
 * A client like any that is built on libbpf. Each map of `maps` gets the BTF that
 * its row's function builds; between them they have every kind of type.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/btf.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

struct types {
	struct btf *btf;
	int key;
	int value;
};

struct typed_map {
	const char *name;
	enum bpf_map_type type;
	__u32 key_size;
	__u32 value_size;
	__u32 entries;
	int (*build)(struct types *types); /* < 0: -errno */
};

static int add_int(struct btf *btf)
{
	return btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
}

static int build_record(struct types *types)
{
	struct btf *btf = types->btf;
	int number = add_int(btf), wide = btf__add_int(btf, "unsigned long", 8, 0);
	int letter = btf__add_int(btf, "char", 1, BTF_INT_CHAR);
	int text = btf__add_array(btf, number, letter, 8);
	int color = btf__add_enum(btf, "color", 4);
	int err = btf__add_enum_value(btf, "RED", 0);

	err = err ?: btf__add_enum_value(btf, "GREEN", 1);
	types->key = number;
	types->value = btf__add_struct(btf, "record", 32);
	err = err ?: btf__add_field(btf, "count", number, 0, 0);
	err = err ?: btf__add_field(btf, "color", color, 32, 0);
	err = err ?: btf__add_field(btf, "total", wide, 64, 0);
	err = err ?: btf__add_field(btf, "name", text, 128, 0);
	err = err ?: btf__add_field(btf, "low", number, 192, 3);
	err = err ?: btf__add_field(btf, "high", number, 195, 29);
	err = err ?: btf__add_field(btf, "last", number, 224, 0);
	return err;
}

static int build_pair(struct types *types)
{
	struct btf *btf = types->btf;
	int number = add_int(btf), boolean = btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL);
	int alias = btf__add_typedef(btf, "flag_t", boolean);
	int row = btf__add_array(btf, number, number, 2);
	int matrix = btf__add_array(btf, number, row, 2);
	int either = btf__add_union(btf, NULL, 4);
	int err = btf__add_field(btf, "whole", number, 0, 0);

	err = err ?: btf__add_field(btf, "flag", alias, 0, 0);
	types->key = btf__add_struct(btf, "pair", 8);
	err = err ?: btf__add_field(btf, "x", number, 0, 0);
	err = err ?: btf__add_field(btf, "y", number, 32, 0);
	types->value = btf__add_struct(btf, "cell", 20);
	err = err ?: btf__add_field(btf, "", either, 0, 0);
	err = err ?: btf__add_field(btf, "matrix", matrix, 32, 0);
	return err;
}

static int build_counter(struct types *types)
{
	types->key = add_int(types->btf);
	types->value = btf__add_typedef(types->btf, "counter_t",
					btf__add_int(types->btf, "long long", 8,
						     BTF_INT_SIGNED));
	return 0;
}

static int build_lock(struct types *types)
{
	struct btf *btf = types->btf;
	int number = add_int(btf);
	int lock = btf__add_struct(btf, "bpf_spin_lock", 4);
	int err = btf__add_field(btf, "val", number, 0, 0);

	types->key = number;
	types->value = btf__add_struct(btf, "guarded", 8);
	err = err ?: btf__add_field(btf, "lock", lock, 0, 0);
	err = err ?: btf__add_field(btf, "n", number, 32, 0);
	return err;
}

static int build_data(struct types *types)
{
	struct btf *btf = types->btf;
	int number = add_int(btf);
	int first = btf__add_var(btf, "first", BTF_VAR_GLOBAL_ALLOCATED, number);
	int second = btf__add_var(btf, "second", BTF_VAR_STATIC, btf__add_const(btf, number));
	int err;

	types->key = 0;
	types->value = btf__add_datasec(btf, ".data", 8);
	err = btf__add_datasec_var_info(btf, first, 0, 4);
	return err ?: btf__add_datasec_var_info(btf, second, 4, 4);
}

static int build_pointers(struct types *types)
{
	struct btf *btf = types->btf;
	int number = add_int(btf);
	int hidden = btf__add_ptr(btf, btf__add_fwd(btf, "hidden", BTF_FWD_STRUCT));
	int anything = btf__add_restrict(btf, btf__add_ptr(btf, 0));
	int tagged = btf__add_ptr(btf, btf__add_type_tag(btf, "user", number));
	int proto = btf__add_func_proto(btf, number);
	int err = btf__add_func_param(btf, "of", hidden);
	int callback = btf__add_ptr(btf, proto);

	if (!err && btf__add_func(btf, "callback", BTF_FUNC_STATIC, proto) < 0)
		err = -errno;
	types->key = number;
	types->value = btf__add_struct(btf, "pointers", 32);
	err = err ?: btf__add_field(btf, "hidden", hidden, 0, 0);
	err = err ?: btf__add_field(btf, "anything", anything, 64, 0);
	err = err ?: btf__add_field(btf, "tagged", tagged, 128, 0);
	err = err ?: btf__add_field(btf, "callback", callback, 192, 0);
	return err;
}

static int build_mixed(struct types *types)
{
	struct btf *btf = types->btf;
	int number = add_int(btf);
	int real = btf__add_float(btf, "double", 8);
	int big = btf__add_enum64(btf, "big", 8, false);
	int err = btf__add_enum64_value(btf, "HUGE_ONE", 1ull << 40);
	int shaky = btf__add_volatile(btf, number);

	types->key = number;
	types->value = btf__add_struct(btf, "mixed", 24);
	err = err ?: btf__add_field(btf, "real", real, 0, 0);
	err = err ?: btf__add_field(btf, "big", big, 64, 0);
	err = err ?: btf__add_field(btf, "shaky", shaky, 128, 0);
	if (!err && btf__add_decl_tag(btf, "noted", types->value, 0) < 0)
		err = -errno;
	return err;
}

/* Value bytes 1, 2, 3 ... under a key of the same bytes (zero: keys of arrays). */
static int fill(int fd, const struct typed_map *map)
{
	unsigned char key[16] = {}, *value;
	int cpus = libbpf_num_possible_cpus(), err;

	value = calloc((size_t)cpus, map->value_size);
	if (!value)
		return -ENOMEM;
	for (__u32 at = 0; at < map->value_size; at++)
		value[at] = (unsigned char)(at + 1);
	if (map->type == BPF_MAP_TYPE_HASH) {
		key[0] = 1;
		key[4] = 2;
	}
	err = bpf_map_update_elem(fd, key, value, BPF_ANY);
	free(value);
	return err;
}

static const struct typed_map maps[] = {
	{ "ty_array", BPF_MAP_TYPE_ARRAY, 4, 32, 2, build_record },
	{ "ty_hash", BPF_MAP_TYPE_HASH, 8, 20, 4, build_pair },
	{ "ty_percpu", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 1, build_counter },
	{ "ty_lock", BPF_MAP_TYPE_ARRAY, 4, 8, 2, build_lock },
	{ "ty_data", BPF_MAP_TYPE_ARRAY, 4, 8, 1, build_data },
	{ "ty_inner", BPF_MAP_TYPE_ARRAY, 4, 32, 1, build_pointers },
	{ "ty_mixed", BPF_MAP_TYPE_ARRAY, 4, 24, 1, build_mixed },
};

static int make(const char *directory, const struct typed_map *map)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	struct types types = { .btf = btf__new_empty() };
	char path[256];
	int fd, err;

	if (!types.btf)
		return -errno;
	err = map->build(&types);
	err = err ?: btf__load_into_kernel(types.btf);
	if (err)
		goto out;
	opts.btf_fd = (__u32)btf__fd(types.btf);
	opts.btf_key_type_id = (__u32)types.key;
	opts.btf_value_type_id = (__u32)types.value;
	fd = bpf_map_create(map->type, map->name, map->key_size, map->value_size, map->entries,
			    &opts);
	if (fd < 0) {
		err = fd;
		goto out;
	}
	snprintf(path, sizeof(path), "%s/%s", directory, map->name);
	err = fill(fd, map);
	err = err ?: bpf_obj_pin(fd, path);
	close(fd);
out:
	btf__free(types.btf);
	return err;
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: typed DIRECTORY\n");
		return 2;
	}
	for (size_t at = 0; at < sizeof(maps) / sizeof(maps[0]); at++) {
		int err = make(argv[1], &maps[at]);

		printf("%s: %s\n", maps[at].name, err ? strerror(-err) : "pinned");
		failed += err != 0;
	}
	return failed != 0;
}
