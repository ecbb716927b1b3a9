/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hash tables and per-CPU maps on this machine's kernel and on a host: the same
 * calls have the same results, apart from the order of elements. Also after
 * evictions of LRU maps, and for what fdinfo calls memlock.
 *
 * Needs a kernel bpf(2) that answers (root); else it skips.
 */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/btf.h>

#include "pair.h"

#define ROW_MAX	 512 /* bytes of a key and its value */
#define ROWS_MAX 1024

static unsigned int cpus;

/* Types: int, struct bpf_spin_lock, and a value of four words of which one is a lock. */
enum { TYPE_INT = 1, TYPE_LOCK, TYPE_VALUE };

#define STRINGS "\0int\0bpf_spin_lock\0val\0value\0a\0lock\0b\0c"

static int load_btf(bpf_fn *bpf)
{
	struct {
		struct btf_header header;
		uint32_t types[4 + 3 + 3 + 3 + 4 * 3];
		char strings[sizeof(STRINGS)];
	} btf = {
		.header = {
			.magic = BTF_MAGIC,
			.version = BTF_VERSION,
			.hdr_len = sizeof(btf.header),
			.type_len = sizeof(btf.types),
			.str_off = sizeof(btf.types),
			.str_len = sizeof(btf.strings),
		},
		/* Of each type: name, kind, size; of an int its bits, of members name, type, offset. */
		.types = {
			1, BTF_KIND_INT << 24, 4, BTF_INT_SIGNED << 24 | 32,
			5, BTF_KIND_STRUCT << 24 | 1, 4,
			19, TYPE_INT, 0,
			23, BTF_KIND_STRUCT << 24 | 4, 16,
			29, TYPE_INT, 0,
			31, TYPE_LOCK, 32,
			36, TYPE_INT, 64,
			38, TYPE_INT, 96,
		},
		.strings = STRINGS,
	};
	union bpf_attr attr = { .btf = (uintptr_t)&btf, .btf_size = sizeof(btf) };

	return bpf(BPF_BTF_LOAD, &attr);
}

static int btf_fds[N_SIDES];

static const struct pair_type types[] = {
	{ "HASH", BPF_MAP_TYPE_HASH, 4, 8, 0, false },
	{ "HASH", BPF_MAP_TYPE_HASH, 7, 3, BPF_F_NO_PREALLOC, false },
	{ "HASH", BPF_MAP_TYPE_HASH, 16, 40, BPF_F_NO_PREALLOC | BPF_F_ZERO_SEED, false },
	{ "HASH", BPF_MAP_TYPE_HASH, 33, 65, 0, false },
	{ "HASH", BPF_MAP_TYPE_HASH, 4, 16, 0, true },
	{ "HASH", BPF_MAP_TYPE_HASH, 4, 16, BPF_F_NO_PREALLOC, true },
	{ "PERCPU_HASH", BPF_MAP_TYPE_PERCPU_HASH, 8, 5, 0, false },
	{ "PERCPU_HASH", BPF_MAP_TYPE_PERCPU_HASH, 5, 16, BPF_F_NO_PREALLOC, false },
	{ "LRU_HASH", BPF_MAP_TYPE_LRU_HASH, 8, 8, 0, false },
	{ "LRU_HASH", BPF_MAP_TYPE_LRU_HASH, 4, 8, BPF_F_NO_COMMON_LRU, false },
	{ "LRU_PERCPU_HASH", BPF_MAP_TYPE_LRU_PERCPU_HASH, 8, 8, 0, false },
	{ "LRU_PERCPU_HASH", BPF_MAP_TYPE_LRU_PERCPU_HASH, 12, 8, BPF_F_NO_COMMON_LRU, false },
	{ "HASH_OF_MAPS", BPF_MAP_TYPE_HASH_OF_MAPS, 4, 4, 0, false },
	{ "HASH_OF_MAPS", BPF_MAP_TYPE_HASH_OF_MAPS, 6, 4, BPF_F_NO_PREALLOC, false },
	{ "PERCPU_ARRAY", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 12, 0, false },
};

#define N_TYPES (sizeof(types) / sizeof(types[0]))

static bool is_percpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static void init_pair(struct pair *pair, const struct pair_type *type, uint32_t max_entries,
		      const int inner[N_SIDES])
{
	pair_init(pair, type, max_entries, inner);
	if (type->lock) {
		memcpy(pair->btf, btf_fds, sizeof(pair->btf));
		pair->def.btf_key_type_id = TYPE_INT;
		pair->def.btf_value_type_id = TYPE_VALUE;
	}
	if (is_percpu(type->type))
		pair->value_bytes = (type->value_size + 7) / 8 * 8 * cpus;
}

/* Definitions. */

static void compare_definitions(const struct pair_type *type, const int inner[N_SIDES])
{
	static const uint32_t keys[] = {
		0, 1, 4, 5, 512, 513, 4194304 - 56, 4194304 - 57, 1u << 31,
	};
	static const uint32_t values[] = {
		0, 1, 7, 9, 32760, 32761, 32768, 32769, 4194304 - 52, 4194304 - 53, 4194304 - 56,
		4194304 - 57, 4194304 - 60, 4194304, UINT32_MAX,
	};
	static const uint32_t maxima[] = {
		0, 1, 2, 3, 5, 7, 8, 9, 1000, 65536, (1u << 28) + 1, 0x80000001, UINT32_MAX,
	};
	struct pair pair;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		init_pair(&pair, type, 1, inner);
		pair.def.key_size = keys[i];
		pair_try(&pair);
	}
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		init_pair(&pair, type, 1, inner);
		pair.def.value_size = values[i];
		pair_try(&pair);
	}
	for (size_t i = 0; i < sizeof(maxima) / sizeof(maxima[0]); i++) {
		if (type->type == BPF_MAP_TYPE_PERCPU_ARRAY && maxima[i] > 65536)
			continue; /* depends on the kernel's free memory */
		init_pair(&pair, type, maxima[i], inner);
		pair_try(&pair);
	}
	for (int bit = 0; bit < 32; bit++) {
		for (int other = bit; other < 32; other++) {
			init_pair(&pair, type, 2, inner);
			pair.def.map_flags ^= 1u << bit | (other > bit ? 1u << other : 0);
			pair_try(&pair);
		}
	}
}

/* Contents: all rows of a map, sorted. */

struct rows {
	uint32_t count, size;
	int result; /* how the walk ended */
	uint8_t row[ROWS_MAX][ROW_MAX];
};

static size_t row_size;

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, row_size);
}

static void sort_rows(struct rows *rows, const struct pair *pair)
{
	row_size = pair->def.key_size + pair->value_bytes;
	for (uint32_t i = 0; pair->inner[0] && i < rows->count; i++)
		memset(rows->row[i] + pair->def.key_size, 0, pair->value_bytes);
	qsort(rows->row, rows->count, ROW_MAX, by_bytes);
}

static void read_rows(const struct pair *pair, int side, struct rows *rows)
{
	union bpf_attr attr = { .map_fd = (uint32_t)pair->fds[side] };
	uint8_t *previous = NULL;

	memset(rows, 0, sizeof(*rows));
	while (rows->count < ROWS_MAX) {
		uint8_t *row = rows->row[rows->count];

		attr.key = (uintptr_t)previous;
		attr.next_key = (uintptr_t)row;
		rows->result = sides[side](BPF_MAP_GET_NEXT_KEY, &attr);
		if (rows->result)
			break;
		attr.key = (uintptr_t)row;
		attr.value = (uintptr_t)(row + pair->def.key_size);
		rows->result = sides[side](BPF_MAP_LOOKUP_ELEM, &attr);
		if (rows->result)
			break;
		previous = row;
		rows->count++;
	}
	sort_rows(rows, pair);
}

/* The same by batches, of `step` elements or what a bucket needs. */
static void batch_rows(const struct pair *pair, int side, int cmd, uint32_t step,
		       struct rows *rows)
{
	static uint8_t keys[ROWS_MAX * ROW_MAX], values[ROWS_MAX * ROW_MAX];
	uint8_t position[ROW_MAX];
	bool first = true;

	memset(rows, 0, sizeof(*rows));
	while (!rows->result && rows->count < ROWS_MAX / 2) {
		union bpf_attr attr = {};

		attr.batch.map_fd = (uint32_t)pair->fds[side];
		attr.batch.in_batch = first ? 0 : (uintptr_t)position;
		attr.batch.out_batch = (uintptr_t)position;
		attr.batch.keys = (uintptr_t)keys;
		attr.batch.values = (uintptr_t)values;
		attr.batch.count = step;
		rows->result = sides[side](cmd, &attr);
		if (rows->result == -ENOSPC && !attr.batch.count) {
			step *= 2;
			rows->result = 0;
		}
		if (rows->result && rows->result != -ENOENT)
			break;
		for (uint32_t i = 0; i < attr.batch.count; i++, rows->count++) {
			memcpy(rows->row[rows->count], keys + i * pair->def.key_size,
			       pair->def.key_size);
			memcpy(rows->row[rows->count] + pair->def.key_size,
			       values + i * pair->value_bytes, pair->value_bytes);
		}
		first = false;
	}
	sort_rows(rows, pair);
}

static struct rows contents[N_SIDES];

static void compare_contents(const struct pair *pair, const char *what)
{
	if (contents[0].result != contents[1].result)
		pair_differ(pair, what, contents[0].result, contents[1].result);
	else if (contents[0].count != contents[1].count)
		pair_differ(pair, what, contents[0].count, contents[1].count);
	else if (memcmp(contents[0].row, contents[1].row, sizeof(contents[0].row)))
		pair_differ(pair, what, 0, 0);
}

static void compare_rows(const struct pair *pair, const char *what)
{
	for (int side = 0; side < N_SIDES; side++)
		read_rows(pair, side, &contents[side]);
	compare_contents(pair, what);
}

static void compare_batches(const struct pair *pair, int cmd, uint32_t step,
			    const char *what)
{
	for (int side = 0; side < N_SIDES; side++)
		batch_rows(pair, side, cmd, step, &contents[side]);
	compare_contents(pair, what);
}

/* Operations. */

static void draw_key(const struct pair *pair, uint8_t key[ROW_MAX])
{
	uint32_t number = draw(pair->def.max_entries * 3 / 2 + 2);

	memset(key, 0, ROW_MAX);
	memcpy(key, &number, 4);
	if (pair->def.key_size > 4)
		key[pair->def.key_size - 1] = (uint8_t)number;
}

static uint64_t draw_flags(void)
{
	static const uint64_t flags[] = { 0, 0, 0, 0, 0, 1, 2, 2, 3, 4, 5, 8, 1ull << 33 };

	return flags[draw(sizeof(flags) / sizeof(flags[0]))];
}

static void both(const struct pair *pair, int cmd, const char *what, const uint8_t *key,
		 const uint8_t *value, uint64_t flags)
{
	static uint8_t out[2][ROW_MAX];
	int results[2];

	for (int side = 0; side < N_SIDES; side++) {
		union bpf_attr attr = {
			.map_fd = (uint32_t)pair->fds[side],
			.key = (uintptr_t)key,
			.value = (uintptr_t)out[side],
			.flags = flags,
		};

		memcpy(out[side], value, ROW_MAX);
		if (pair->inner[side])
			memcpy(out[side], &pair->inner[side], 4);
		results[side] = sides[side](cmd, &attr);
		if (pair->inner[side] || cmd == BPF_MAP_GET_NEXT_KEY)
			memset(out[side], 0, pair->inner[side] ? 4 : ROW_MAX);
	}
	if (results[0] != results[1])
		pair_differ(pair, what, results[0], results[1]);
	else if (cmd != BPF_MAP_GET_NEXT_KEY && memcmp(out[0], out[1], ROW_MAX))
		pair_differ(pair, what, 0, 0);
}

/* A batch command whose outcome does not depend on the order. */
static void both_batch(const struct pair *pair)
{
	static const int commands[] = {
		BPF_MAP_UPDATE_BATCH,
		BPF_MAP_DELETE_BATCH,
		BPF_MAP_LOOKUP_BATCH,
		BPF_MAP_LOOKUP_AND_DELETE_BATCH,
	};
	uint32_t which = draw(4), count = draw(6), results[2][2], end = UINT32_MAX;
	static uint8_t keys[8 * ROW_MAX], values[8 * ROW_MAX];
	uint64_t elem_flags = draw(3) ? 0 : draw_flags(),
		 flags = draw(3) ? 0 : draw_flags();
	bool null = !draw(4);

	for (int i = 0; i < 8; i++)
		draw_key(pair, keys + (size_t)i * pair->def.key_size);
	for (int side = 0; side < N_SIDES; side++) {
		union bpf_attr attr = {};

		attr.batch.map_fd = (uint32_t)pair->fds[side];
		attr.batch.in_batch = which < 2 ? 0 : (uintptr_t)&end;
		attr.batch.keys = null ? 0 : (uintptr_t)keys;
		attr.batch.values = (uintptr_t)values;
		attr.batch.count = count;
		attr.batch.elem_flags = elem_flags;
		attr.batch.flags = flags;
		for (uint32_t i = 0; pair->inner[side] && i < 8; i++)
			memcpy(values + 4 * i, &pair->inner[side], 4);
		if (which >= 2 && pair->def.map_type == BPF_MAP_TYPE_PERCPU_ARRAY)
			attr.batch.count = 0;
		results[side][0] = (uint32_t)sides[side](commands[which], &attr);
		results[side][1] = attr.batch.count;
	}
	if (memcmp(results[0], results[1], sizeof(results[0])))
		pair_differ(pair, "a batch", (int)results[0][0] * 100 - (int)results[0][1],
		       (int)results[1][0] * 100 - (int)results[1][1]);
}

static void one_operation(const struct pair *pair)
{
	static const struct {
		int cmd;
		const char *name;
	} commands[] = {
		{ BPF_MAP_UPDATE_ELEM, "UPDATE" },
		{ BPF_MAP_UPDATE_ELEM, "UPDATE" },
		{ BPF_MAP_UPDATE_ELEM, "UPDATE" },
		{ BPF_MAP_LOOKUP_ELEM, "LOOKUP" },
		{ BPF_MAP_DELETE_ELEM, "DELETE" },
		{ BPF_MAP_GET_NEXT_KEY, "GET_NEXT_KEY" },
		{ BPF_MAP_LOOKUP_AND_DELETE_ELEM, "LOOKUP_AND_DELETE" },
	};
	uint32_t which = draw(8);
	uint8_t key[ROW_MAX], value[ROW_MAX];
	uint64_t flags;

	if (which == 7) {
		both_batch(pair);
		return;
	}
	draw_key(pair, key);
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)draw(256);
	flags = which < 3 || !draw(8) ? draw_flags() : 0;
	/* What comes after a key depends on the order; that it was unknown does not. */
	if (commands[which].cmd == BPF_MAP_GET_NEXT_KEY)
		memset(key, 0xee, sizeof(key));
	both(pair, commands[which].cmd, commands[which].name, draw(64) ? key : NULL,
	     value, flags);
}

static void compare_operations(const struct pair_type *type, const int inner[N_SIDES],
			       uint32_t max_entries, unsigned int count)
{
	struct pair pair;

	init_pair(&pair, type, max_entries, inner);
	if (!pair_open(&pair))
		return;
	for (unsigned int i = 1; i <= count; i++) {
		one_operation(&pair);
		if (i % 64 == 0) {
			pair_compare_memlock(&pair);
			compare_rows(&pair, "contents");
		}
		if (i % 256 == 0)
			compare_batches(&pair, BPF_MAP_LOOKUP_BATCH, 1 + draw(8),
					"batches");
		if (i % 1024 == 0)
			compare_batches(&pair, BPF_MAP_LOOKUP_AND_DELETE_BATCH,
					1 + draw(8), "taking batches");
	}
	pair_close(&pair);
}

/* Which elements an LRU map evicts depends on the CPU that asks. */
static void stay_on_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int main(int argc, char **argv)
{
	unsigned int count = argc > 1 ? (unsigned int)atoi(argv[1]) : 1024;
	static const uint32_t sizes[] = { 1, 2, 5, 20, 300 };
	int inner[N_SIDES], status = sides_start();

	if (status)
		return status;
	stay_on_one_cpu();
	cpus = (unsigned int)sysconf(_SC_NPROCESSORS_CONF);
	for (int side = 0; side < N_SIDES; side++) {
		inner[side] = make_inner(sides[side]);
		btf_fds[side] = load_btf(sides[side]);
		if (btf_fds[side] < 0)
			return 1;
	}
	for (size_t i = 0; i < N_TYPES; i++) {
		if (!i || types[i].type != types[i - 1].type)
			compare_definitions(&types[i], inner);
		for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++)
			compare_operations(&types[i], inner, sizes[j], count);
	}
	for (int side = 0; side < N_SIDES; side++) {
		close(inner[side]);
		close(btf_fds[side]);
	}
	return sides_end();
}
