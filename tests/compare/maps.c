/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same calls on this machine's kernel and on a host: every result, every
 * byte that comes out and every errno must be equal.
 *
 * First a grid of definitions, good and bad, then random sequences of operations
 * on a map of each type. Needs a kernel bpf(2) that answers (root); else it skips.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "pair.h"

#define KEY_MAX   264
#define VALUE_MAX 256
#define BATCH     8

static const struct pair_type types[] = {
	{ "ARRAY", BPF_MAP_TYPE_ARRAY, 4, 8, 0, false },
	{ "PROG_ARRAY", BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 0, false },
	{ "PERF_EVENT_ARRAY", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 0, false },
	{ "ARRAY_OF_MAPS", BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 0, false },
	{ "QUEUE", BPF_MAP_TYPE_QUEUE, 0, 12, 0, false },
	{ "STACK", BPF_MAP_TYPE_STACK, 0, 12, 0, false },
	{ "LPM_TRIE", BPF_MAP_TYPE_LPM_TRIE, 6, 8, BPF_F_NO_PREALLOC, false },
	{ "LPM_TRIE", BPF_MAP_TYPE_LPM_TRIE, 8, 8, BPF_F_NO_PREALLOC, false },
	{ "LPM_TRIE", BPF_MAP_TYPE_LPM_TRIE, 20, 7, BPF_F_NO_PREALLOC, false },
	{ "LPM_TRIE", BPF_MAP_TYPE_LPM_TRIE, 260, 1, BPF_F_NO_PREALLOC, false },
	{ "BLOOM_FILTER", BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, BPF_F_ZERO_SEED, false },
	{ "BLOOM_FILTER", BPF_MAP_TYPE_BLOOM_FILTER, 0, 13, BPF_F_ZERO_SEED, false },
	{ "STACK_TRACE", BPF_MAP_TYPE_STACK_TRACE, 4, 80, 0, false },
	{ "RINGBUF", BPF_MAP_TYPE_RINGBUF, 0, 0, 0, false },
	{ "USER_RINGBUF", BPF_MAP_TYPE_USER_RINGBUF, 0, 0, 0, false },
};

#define N_TYPES (sizeof(types) / sizeof(types[0]))

/* Each field of a good definition in turn gets values at the edges of what is allowed. */
static void compare_definitions(const struct pair_type *type, const int inner[N_SIDES])
{
	static const uint32_t keys[] = { 0, 1, 3, 4, 5, 8, 12, 260, 261, 65536, UINT32_MAX };
	static const uint32_t values[] = {
		0, 1, 4, 7, 8, 12, 32, 64, 127 * 8, 128 * 8, 127 * 32, 128 * 32,
		(4u << 20) - 64, 4u << 20, (4u << 20) + 1, 4194000, 4194008, 4194009, 4194024,
		4194025, 1u << 31, UINT32_MAX,
	};
	static const uint32_t maxima[] = {
		0, 1, 2, 3, 4095, 4096, 4097, 8192, 12288, 65536, 0x80000001, UINT32_MAX,
	};
	uint32_t good = type->type == BPF_MAP_TYPE_RINGBUF ||
			type->type == BPF_MAP_TYPE_USER_RINGBUF ? 4096 : 2;
	struct pair pair;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		pair_init(&pair, type, good, inner);
		pair.def.key_size = keys[i];
		pair_try(&pair);
	}
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		pair_init(&pair, type, 1, inner);
		pair.def.max_entries = good == 2 ? 1 : good;
		pair.def.value_size = values[i];
		pair_try(&pair);
		pair.def.map_flags |= BPF_F_STACK_BUILD_ID;
		pair_try(&pair);
	}
	for (size_t i = 0; i < sizeof(maxima) / sizeof(maxima[0]); i++) {
		/* What the kernel makes of giant maps depends on its free memory. */
		if (maxima[i] > 65536 && type->type != BPF_MAP_TYPE_QUEUE &&
		    type->type != BPF_MAP_TYPE_STACK && type->type != BPF_MAP_TYPE_LPM_TRIE &&
		    type->type != BPF_MAP_TYPE_RINGBUF &&
		    type->type != BPF_MAP_TYPE_USER_RINGBUF)
			continue;
		pair_init(&pair, type, maxima[i], inner);
		pair_try(&pair);
	}
	for (int bit = 0; bit < 32; bit++) {
		pair_init(&pair, type, good, inner);
		pair.def.map_flags ^= 1u << bit;
		pair_try(&pair);
		pair.def.map_flags |= BPF_F_RDONLY_PROG;
		pair_try(&pair);
		pair.def.map_flags |= BPF_F_WRONLY_PROG;
		pair_try(&pair);
	}
	for (uint64_t extra = 1; extra < 0x40; extra++) {
		pair_init(&pair, type, good, inner);
		pair.def.map_extra = extra == 0x3f ? 1ull << 40 : extra;
		pair_try(&pair);
	}
}

/* What one call leaves behind. */
struct outcome {
	int result;
	uint32_t count;
	uint8_t out[KEY_MAX > VALUE_MAX ? KEY_MAX : VALUE_MAX];
	uint8_t keys[BATCH * KEY_MAX];
	uint8_t values[BATCH * VALUE_MAX];
	uint8_t position[KEY_MAX];
};

static void draw_key(const struct pair *pair, uint8_t key[KEY_MAX])
{
	uint32_t number;

	memset(key, 0, KEY_MAX);
	if (pair->def.map_type == BPF_MAP_TYPE_LPM_TRIE) {
		uint32_t bits = (pair->def.key_size - 4) * 8;

		number = draw(24) ? draw(2) ? draw(bits + 1) : draw(bits < 18 ? bits : 18) :
				    bits + draw(3);
		/* Few different bytes, so that keys share prefixes; bits behind them, too. */
		for (uint32_t i = 4; i < pair->def.key_size; i++)
			key[i] = (uint8_t)(draw(3) ? draw(4) << 6 : draw(256));
	} else {
		number = draw(pair->def.max_entries + 2);
	}
	memcpy(key, &number, 4);
}

static uint64_t draw_flags(void)
{
	static const uint64_t flags[] = { 0, 0, 0, 0, 1, 2, 2, 3, 4, 5, 8, 1ull << 33 };

	return flags[draw(sizeof(flags) / sizeof(flags[0]))];
}

/* Run a call on both sides; ids and descriptors of the two differ by nature. */
static void both(const struct pair *pair, int cmd, const char *what, const uint8_t *key,
		 const uint8_t *value, uint64_t flags)
{
	static struct outcome outcomes[N_SIDES];

	for (int side = 0; side < N_SIDES; side++) {
		struct outcome *outcome = &outcomes[side];
		uint8_t in[VALUE_MAX];
		union bpf_attr attr = {
			.map_fd = (uint32_t)pair->fds[side],
			.key = (uintptr_t)key,
			.flags = flags,
		};

		memset(outcome, 0xa5, sizeof(*outcome));
		memcpy(in, value, sizeof(in));
		if (pair->inner[side])
			memcpy(in, &pair->inner[side], sizeof(int));
		memcpy(outcome->out, in, sizeof(in));
		attr.value = cmd == BPF_MAP_UPDATE_ELEM ? (uintptr_t)in : (uintptr_t)outcome->out;
		outcome->result = sides[side](cmd, &attr);
		if (pair->inner[side] && (cmd != BPF_MAP_GET_NEXT_KEY || outcome->result))
			memset(outcome->out, 0, sizeof(int));
	}
	if (outcomes[0].result != outcomes[1].result)
		pair_differ(pair, what, outcomes[0].result, outcomes[1].result);
	else if (memcmp(outcomes[0].out, outcomes[1].out, sizeof(outcomes[0].out)))
		pair_differ(pair, what, 1, 1);
}

static void both_batch(const struct pair *pair, int cmd, const char *what, const uint8_t *keys,
		       const uint8_t *values, const uint8_t *position, uint64_t elem_flags,
		       uint64_t flags, uint32_t count)
{
	static struct outcome outcomes[N_SIDES];

	for (int side = 0; side < N_SIDES; side++) {
		struct outcome *outcome = &outcomes[side];
		union bpf_attr attr = {};

		memset(outcome, 0xa5, sizeof(*outcome));
		memcpy(outcome->keys, keys, sizeof(outcome->keys));
		memcpy(outcome->values, values, sizeof(outcome->values));
		attr.batch.in_batch = (uintptr_t)position;
		attr.batch.out_batch = (uintptr_t)outcome->position;
		attr.batch.keys = (uintptr_t)outcome->keys;
		attr.batch.values = (uintptr_t)outcome->values;
		attr.batch.count = count;
		attr.batch.map_fd = (uint32_t)pair->fds[side];
		attr.batch.elem_flags = elem_flags;
		attr.batch.flags = flags;
		for (uint32_t i = 0; pair->inner[side] && i < BATCH; i++)
			memcpy(outcome->values + 4 * i, &pair->inner[side], 4);
		outcome->result = sides[side](cmd, &attr);
		outcome->count = attr.batch.count;
		if (pair->inner[side])
			memset(outcome->values, 0, sizeof(outcome->values));
	}
	if (outcomes[0].result != outcomes[1].result)
		pair_differ(pair, what, outcomes[0].result, outcomes[1].result);
	else if (memcmp(&outcomes[0], &outcomes[1], sizeof(outcomes[0])))
		pair_differ(pair, what, (int)outcomes[0].count, (int)outcomes[1].count);
}

static void one_batch(const struct pair *pair, uint8_t *values)
{
	static uint8_t keys[BATCH * KEY_MAX];
	uint8_t position[KEY_MAX];
	uint64_t elem_flags = draw(4) ? 0 : draw_flags();
	uint64_t flags = draw(16) ? 0 : draw_flags();
	uint32_t count = draw(BATCH + 1);
	const uint8_t *from = draw(3) ? position : NULL;
	uint32_t size = pair->def.key_size;

	draw_key(pair, position);
	for (uint32_t i = 0; i < BATCH; i++)
		draw_key(pair, keys + (size_t)i * size);
	switch (draw(4)) {
	case 0:
		both_batch(pair, BPF_MAP_UPDATE_BATCH, "UPDATE_BATCH", keys, values, NULL,
			   elem_flags, flags, count);
		break;
	case 1:
		both_batch(pair, BPF_MAP_DELETE_BATCH, "DELETE_BATCH", keys, values, NULL,
			   elem_flags, flags, draw(4) ? 1 : count);
		break;
	case 2:
		both_batch(pair, BPF_MAP_LOOKUP_AND_DELETE_BATCH, "LOOKUP_AND_DELETE_BATCH", keys,
			   values, from, elem_flags, flags, count);
		break;
	default:
		both_batch(pair, BPF_MAP_LOOKUP_BATCH, "LOOKUP_BATCH", keys, values, from,
			   elem_flags, flags, count);
	}
}

static void one_operation(const struct pair *pair)
{
	uint8_t key[KEY_MAX], value[VALUE_MAX];
	static uint8_t values[BATCH * VALUE_MAX];
	/* Maps without keys want a null pointer. */
	const uint8_t *at = pair->def.key_size || !draw(16) ? key : NULL;

	if (!draw(64))
		at = NULL;
	draw_key(pair, key);
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)draw(pair->def.map_type == BPF_MAP_TYPE_BLOOM_FILTER ? 2 : 256);
	memcpy(values, value, sizeof(value));
	switch (draw(8)) {
	case 0:
	case 1:
	case 2:
		both(pair, BPF_MAP_UPDATE_ELEM, "UPDATE", at, value, draw_flags());
		break;
	case 3:
		both(pair, BPF_MAP_LOOKUP_ELEM, "LOOKUP", at, value, draw(8) ? 0 : draw_flags());
		break;
	case 4:
		both(pair, BPF_MAP_DELETE_ELEM, "DELETE", at, value, 0);
		break;
	case 5:
		both(pair, BPF_MAP_GET_NEXT_KEY, "GET_NEXT_KEY", at, value, 0);
		break;
	case 6:
		both(pair, BPF_MAP_LOOKUP_AND_DELETE_ELEM, "LOOKUP_AND_DELETE", at, value,
		     draw(8) ? 0 : draw_flags());
		break;
	default:
		one_batch(pair, values);
	}
}

static void compare_operations(const struct pair_type *type, const int inner[N_SIDES],
			       uint32_t max_entries, unsigned int count)
{
	struct pair pair;

	if (type->type == BPF_MAP_TYPE_RINGBUF || type->type == BPF_MAP_TYPE_USER_RINGBUF)
		max_entries = 4096;
	pair_init(&pair, type, max_entries, inner);
	if (!pair_open(&pair))
		return;
	while (count--)
		one_operation(&pair);
	pair_compare_memlock(&pair);
	pair_close(&pair);
}

int main(int argc, char **argv)
{
	unsigned int count = argc > 1 ? (unsigned int)atoi(argv[1]) : 5000;
	const char *only = argc > 2 ? argv[2] : NULL;
	int inner[N_SIDES], status = sides_start();

	if (status)
		return status;
	for (int side = 0; side < N_SIDES; side++)
		inner[side] = make_inner(sides[side]);
	for (size_t i = 0; i < N_TYPES; i++) {
		if (only && strcmp(only, types[i].name))
			continue;
		compare_definitions(&types[i], inner);
		compare_operations(&types[i], inner, 1, count / 4);
		compare_operations(&types[i], inner, 20, count);
		compare_operations(&types[i], inner, 400, count);
	}
	close(inner[0]);
	close(inner[1]);
	return sides_end();
}
