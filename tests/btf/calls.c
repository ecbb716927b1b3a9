/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BTF through bpf(2), on the running kernel and on a host, call by call: the
 * report's many shapes, what info says, which maps take which types, and which
 * bytes of a value the host keeps for itself. Every difference is printed.
 *
 *	btf-calls FIRST COUNT    with generated BTF of these seeds maps are made
 *
 * Exit status 0: no difference; 77: the kernel won't let us ask it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <alveary/alveary.h>

#include "abi/attr.h"
#include "abi/uapi.h"
#include "generate.h"

#define EXIT_SKIP 77
#define ROOM	  8192

static struct alv_host *host;
static unsigned long different, compared;

static int ask(int side, int cmd, union alv_attr *attr, u32 size)
{
	int result;

	if (side)
		return alv_bpf(host, cmd, attr, size);
	result = (int)syscall(SYS_bpf, cmd, attr, size);
	return result < 0 ? -errno : result;
}

/* A result as both sides can agree on it. */
static int verdict(int result)
{
	return result < 0 ? result : 0;
}

static void report(const char *what, int kernel, int ours)
{
	if (different++ < 40)
		printf("%s: kernel %d, ours %d\n", what, kernel, ours);
}

static void same(const char *what, int kernel, int ours)
{
	compared++;
	if (verdict(kernel) != verdict(ours))
		report(what, kernel, ours);
}

static void same_bytes(const char *what, const void *kernel, const void *ours,
		       size_t size)
{
	size_t i = 0;

	compared++;
	while (i < size && ((const u8 *)kernel)[i] == ((const u8 *)ours)[i])
		i++;
	if (i < size && different++ < 40)
		printf("%s: byte %zu: kernel %02x, ours %02x\n", what, i,
		       ((const u8 *)kernel)[i], ((const u8 *)ours)[i]);
}

static int load(int side, const u8 *data, u32 size)
{
	union alv_attr attr = { .btf_load = { .btf = (uintptr_t)data, .btf_size = size } };

	return ask(side, BPF_BTF_LOAD, &attr, sizeof(attr));
}

/* A buffer of `size` bytes that ends where unmapped memory begins. */
static u8 *guarded(size_t size)
{
	size_t page = 4096, all = (size + page - 1) / page * page;
	u8 *base = mmap(NULL, all + page, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED)
		abort();
	munmap(base + all, page);
	return base + all - size;
}

/* A report into `room` bytes, of which the caller says that there are `said`. */
static void compare_report(const u8 *data, u32 size, u32 level, u32 said, u32 room,
			   bool buffer, u32 attr_size)
{
	u8 *logs[2], *at[2];
	union alv_attr attrs[2];
	int results[2];
	char what[128];

	snprintf(what, sizeof(what), "report level %u size %u room %u buffer %d attr %u",
		 level, said, room, buffer, attr_size);
	for (int side = 0; side < 2; side++) {
		union alv_attr *attr = &attrs[side];

		logs[side] = guarded(room);
		memset(logs[side], 0xee, room);
		memset(attr, 0, sizeof(*attr));
		attr->btf_load.btf = (uintptr_t)data;
		attr->btf_load.btf_size = size;
		attr->btf_load.btf_log_buf = buffer ? (uintptr_t)logs[side] : 0;
		attr->btf_load.btf_log_size = said;
		attr->btf_load.btf_log_level = level;
		attr->btf_load.btf_log_true_size = 0xdead;
		results[side] = ask(side, BPF_BTF_LOAD, attr, attr_size);
		if (results[side] >= 0)
			close(results[side]);
		at[side] = logs[side];
	}
	same(what, results[0], results[1]);
	same(what, (int)attrs[0].btf_load.btf_log_true_size * -1,
	     (int)attrs[1].btf_load.btf_log_true_size * -1);
	/* After a fault the kernel has written what came before it; we need not. */
	if (results[0] != -EFAULT)
		same_bytes(what, at[0], at[1], room);
}

static void compare_reports(void)
{
	static const u32 sizes[] = {0,	 1,   2,    3,	  50,	127,  128,
				    129, 500, 1000, 1023, 1024, 4096, 100000};
	static const u32 levels[] = { 0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 0x80000000 };
	static const u32 attr_sizes[] = { 28, 29, 32, 36, 40, 144, 168 };
	u8 data[GENERATED_MAX];

	for (u64 seed = 1; seed < 60; seed++) {
		u32 size = generate_btf(seed, data);

		for (size_t s = 0; s < ALV_COUNT(sizes); s++)
			for (size_t l = 0; l < ALV_COUNT(levels); l++) {
				compare_report(data, size, levels[l], sizes[s], sizes[s],
					       true, 168);
				compare_report(data, size, levels[l], sizes[s], 16, false,
					       168);
			}
		for (size_t a = 0; a < ALV_COUNT(attr_sizes); a++)
			compare_report(data, size, 1, 100000, 100000, true,
				       attr_sizes[a]);
		compare_report(data, size, 1, 4096, 20, true, 168);
		compare_report(data, size, 1, 0x3fffffff, 100000, true, 168);
		compare_report(data, size, 1, 0x40000000, 100000, true, 168);
	}
}

static void compare_info(void)
{
	static const u32 lens[] = { 0, 4, 8, 12, 16, 24, 28, 32, 33, 40, 5000 };
	u8 data[GENERATED_MAX], *extra = guarded(64);
	u32 size, seed = 0;
	int fds[2] = { -1, -1 };

	do {
		size = generate_btf(++seed, data);
		for (int side = 0; side < 2; side++)
			fds[side] = load(side, data, size);
	} while (fds[0] < 0);
	for (size_t l = 0; l < ALV_COUNT(lens); l++) {
		for (u32 room = 0; room < 4; room++) {
			for (int named = 0; named < 4; named++) {
				u8 infos[2][64] = {}, bytes[2][GENERATED_MAX],
				   names[2][8];
				int results[2];
				char what[80];

				for (int side = 0; side < 2; side++) {
					struct alv_btf_info *info = (void *)infos[side];
					union alv_attr attr = {
						.info = { .bpf_fd = (u32)fds[side],
							  .info_len = lens[l],
							  .info = (uintptr_t)infos[side] }
					};

					memset(bytes[side], 0xee, sizeof(bytes[side]));
					memset(names[side], 0xee, sizeof(names[side]));
					info->btf =
						room == 3 ? 8 : (uintptr_t)bytes[side];
					info->btf_size = room == 1 ? 100
							 : room	   ? GENERATED_MAX
								   : 0;
					info->name =
						named & 1 ? (uintptr_t)names[side] : 0;
					info->name_len = named & 2 ? named : 0;
					results[side] = ask(side, BPF_OBJ_GET_INFO_BY_FD,
							    &attr, sizeof(attr));
					info->id = info->btf = info->name = 0;
				}
				snprintf(what, sizeof(what),
					 "info len %u room %u name %d", lens[l], room,
					 named);
				same(what, results[0], results[1]);
				same_bytes(what, infos[0], infos[1], sizeof(infos[0]));
				same_bytes(what, bytes[0], bytes[1], sizeof(bytes[0]));
				same_bytes(what, names[0], names[1], sizeof(names[0]));
			}
		}
	}
	munmap((void *)((uintptr_t)extra & ~4095ul), 4096);
	close(fds[0]);
	close(fds[1]);
}

/* Sizes by type id, as MAP_CREATE wants them: tried out on the kernel. */
static int create(int side, int btf, u32 map_type, u32 key, u32 value, u32 size,
		  u32 flags)
{
	bool keyless = map_type == BPF_MAP_TYPE_QUEUE || map_type == BPF_MAP_TYPE_STACK ||
		       map_type == BPF_MAP_TYPE_BLOOM_FILTER;
	union alv_attr attr = { .map_create = { .map_type = map_type,
						.key_size = keyless ? 0 : 4,
						.value_size = size,
						.max_entries = 1,
						.map_flags = flags,
						.btf_fd = (u32)btf,
						.btf_key_type_id = key,
						.btf_value_type_id = value } };

	return ask(side, BPF_MAP_CREATE, &attr, sizeof(attr));
}

/*
 * What of a value full of ones comes back. Some fields show addresses of the
 * kernel's there, so words are the same when both are hidden, except for counts,
 * which are 1.
 */
static void compare_value(const char *what, const int maps[2], u32 size)
{
	u8 values[2][ROOM];
	u8 ones[ROOM];
	u32 key = 0;

	memset(ones, 0xff, sizeof(ones));
	for (int side = 0; side < 2; side++) {
		union alv_attr attr = { .elem = { .map_fd = (u32)maps[side],
						  .key = (uintptr_t)&key,
						  .value = (uintptr_t)ones } };

		memset(values[side], 0xaa, sizeof(values[side]));
		if (ask(side, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)))
			continue;
		attr.elem.value = (uintptr_t)values[side];
		ask(side, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr));
	}
	for (u32 at = 0; at + 4 <= size; at += 4) {
		u32 kernel, ours;

		memcpy(&kernel, values[0] + at, 4);
		memcpy(&ours, values[1] + at, 4);
		same(what,
		     kernel == 1     ? -1
		     : kernel == ~0u ? -2
				     : 0,
		     ours == 1	   ? -1
		     : ours == ~0u ? -2
				   : 0);
	}
}

static bool has_values(u32 type)
{
	return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static void compare_map(const int btfs[2], u64 seed, u32 type, u32 key, u32 value,
			u32 size, u32 flags)
{
	char what[96];
	int maps[2];

	snprintf(what, sizeof(what), "seed %llu map %u key %u value %u size %u flags %x",
		 (unsigned long long)seed, type, key, value, size, flags);
	for (int side = 0; side < 2; side++)
		maps[side] = create(side, btfs[side], type, key, value, size, flags);
	same(what, maps[0], maps[1]);
	if (type >= BPF_MAP_TYPE_PERCPU_HASH && type != BPF_MAP_TYPE_LRU_HASH) {
		/* The kernel does not say what is in the padding behind special fields.
		 */
		size = size % 8 ? ROOM : size * (u32)sysconf(_SC_NPROCESSORS_CONF);
	}
	if (maps[0] >= 0 && maps[1] >= 0 && has_values(type) && !flags && size < ROOM)
		compare_value(what, maps, size);
	for (int side = 0; side < 2; side++)
		if (maps[side] >= 0)
			close(maps[side]);
}

/* The size that a type would have if it had one: the third word of its header. */
static u32 size_of(const u8 *data, u32 id)
{
	const struct btf_header *header = (const void *)data;
	const u8 *types = data + header->hdr_len;
	u32 at = 0;

	while (id--) {
		const struct btf_type *type = (const void *)(types + at);
		static const u8 extra[][2] = {
			[1] = { 4, 0 },  [3] = { 12, 0 }, [4] = { 0, 12 }, [5] = { 0, 12 },
			[6] = { 0, 8 },  [13] = { 0, 8 }, [14] = { 4, 0 }, [15] = { 0, 12 },
			[17] = { 4, 0 }, [19] = { 0, 12 }};
		u32 kind = BTF_INFO_KIND(type->info);

		if (!id)
			return type->size;
		at += 12 + extra[kind][0] + extra[kind][1] * BTF_INFO_VLEN(type->info);
		if (at >= header->type_len)
			return 0;
	}
	return 0;
}

static void compare_maps(u64 first, u64 count)
{
	static const u32 types[] = {BPF_MAP_TYPE_ARRAY,
				    BPF_MAP_TYPE_HASH,
				    BPF_MAP_TYPE_LRU_HASH,
				    BPF_MAP_TYPE_PERCPU_HASH,
				    BPF_MAP_TYPE_LRU_PERCPU_HASH,
				    BPF_MAP_TYPE_PERCPU_ARRAY,
				    BPF_MAP_TYPE_QUEUE,
				    BPF_MAP_TYPE_BLOOM_FILTER,
				    BPF_MAP_TYPE_PROG_ARRAY,
				    BPF_MAP_TYPE_STACK,
				    BPF_MAP_TYPE_PERF_EVENT_ARRAY,
				    BPF_MAP_TYPE_LPM_TRIE,
				    BPF_MAP_TYPE_STACK_TRACE};
	u8 data[GENERATED_MAX];
	u32 loaded = 0;

	for (u64 seed = first; seed < first + count; seed++) {
		u32 size = generate_btf(seed, data);
		int fds[2] = { load(0, data, size), load(1, data, size) };

		same("load", fds[0], fds[1]);
		loaded += fds[0] >= 0;
		for (u32 id = 0; id < 40 && fds[0] >= 0 && fds[1] >= 0; id++) {
			u32 value_size = size_of(data, id);

			for (size_t t = 0; t < ALV_COUNT(types); t++) {
				compare_map(fds, seed, types[t], 1, id, value_size, 0);
				compare_map(fds, seed, types[t], id, 1, 4, 0);
				compare_map(fds, seed, types[t], 0, id, value_size, 0);
				compare_map(fds, seed, types[t], 1, id, value_size,
					    BPF_F_RDONLY_PROG);
			}
		}
		if (fds[0] >= 0)
			close(fds[0]);
		if (fds[1] >= 0)
			close(fds[1]);
	}
	printf("%u loaded\n", loaded);
}

int main(int argc, char **argv)
{
	struct alv_host_config config = { .size = sizeof(config),
					  .btf = "/sys/kernel/btf/vmlinux" };
	struct utsname name;
	union alv_attr attr = {};
	int err;

	if (argc != 3) {
		fprintf(stderr, "usage: %s FIRST COUNT\n", argv[0]);
		return 1;
	}
	if (uname(&name) || strncmp(name.release, "6.18.", 5) ||
	    ask(0, BPF_BTF_LOAD, &attr, sizeof(attr)) == -EPERM ||
	    access(config.btf, R_OK))
		return EXIT_SKIP;
	err = alv_host_new(&config, &host);
	if (err) {
		printf("no host: %d\n", err);
		return 1;
	}
	compare_reports();
	compare_info();
	compare_maps(strtoull(argv[1], NULL, 0), strtoull(argv[2], NULL, 0));
	alv_host_free(host);
	printf("%lu compared, %lu different\n", compared, different);
	return different ? 1 : 0;
}
