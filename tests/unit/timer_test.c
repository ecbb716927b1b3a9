/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers in map values: what the helpers answer, and when callbacks run. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/atomic.h"
#include "helper/call.h"
#include "map_calls.h"
#include "program/program.h"

#define ARG(pointer)  (u64)(uintptr_t)(pointer)
#define MILLISECOND   1000000u
#define HOUR          (3600ull * 1000 * MILLISECOND)
#define PATIENCE      10000 /* milliseconds, for what must happen */
#define IMPATIENCE    30    /* for what must not */
#define MONOTONIC     1

struct value {
	u64 number;
	struct bpf_timer timer;
};

static struct alv_host *host;
static struct alv_program *prog;
static struct {
	u64 rings;
	u32 key;
	u64 number;
	s64 cancelled;
} seen;

static int setup(void **state)
{
	struct alv_host_config config = { .size = sizeof(config), .cpus = 2 };

	return alv_host_new(&config, &host) || alv_program_new(host, &prog) ? -1 : 0;
}

static int teardown(void **state)
{
	alv_program_put(prog);
	alv_host_free(host);
	return 0;
}

/* What stands for the engine: the callback's body is here. */
static u64 called(struct alv_run *run, const struct bpf_insn *function, const u64 args[5])
{
	struct value *value = (void *)(uintptr_t)args[2];

	memcpy(&seen.key, (void *)(uintptr_t)args[1], sizeof(seen.key));
	seen.number = value->number;
	seen.cancelled = (s64)alv_help_timer_cancel(run, ARG(&value->timer), 0, 0, 0, 0);
	alv_add_acq_rel(&seen.rings, 1);
	return 0;
}

static struct alv_map *make_map(struct test_map *map, u32 type)
{
	struct alv_record *record = calloc(1, sizeof(*record));
	struct alv_map *object;

	map->host = host;
	map->fd = test_create(host, type, 4, sizeof(struct value), 4, 0);
	assert_true(map->fd >= 0);
	object = test_map_of(map);
	record->kinds = ALV_FIELD_TIMER;
	record->count = 1;
	record->spin_lock = -1;
	record->fields[0] = (struct alv_field){ .kind = ALV_FIELD_TIMER,
						.offset = offsetof(struct value, timer),
						.size = sizeof(struct bpf_timer) };
	object->record = record;
	memset(&seen, 0, sizeof(seen));
	return object;
}

static void drop_map(struct test_map *map, struct alv_map *object)
{
	alv_map_put(object);
	close(map->fd);
}

static struct alv_run run_now(void)
{
	return (struct alv_run){ .host = host, .prog = prog, .call = called };
}

static s64 init(struct alv_map *map, struct value *value)
{
	struct alv_run run = run_now();

	return (s64)alv_help_timer_init(&run, ARG(&value->timer), ARG(map), MONOTONIC, 0, 0);
}

static s64 set_callback(struct value *value)
{
	struct alv_run run = run_now();

	return (s64)alv_help_timer_set_callback(&run, ARG(&value->timer), ARG(&run), 0, 0, 0);
}

static s64 start(struct value *value, u64 delay, u64 flags)
{
	struct alv_run run = run_now();

	return (s64)alv_help_timer_start(&run, ARG(&value->timer), delay, flags, 0, 0);
}

static s64 cancel(struct value *value)
{
	struct alv_run run = run_now();

	return (s64)alv_help_timer_cancel(&run, ARG(&value->timer), 0, 0, 0, 0);
}

static bool rings(u64 times, u32 patience)
{
	while (alv_load_acquire(&seen.rings) < times && patience--)
		usleep(1000);
	return alv_load_acquire(&seen.rings) >= times;
}

static void test_ring(void **state)
{
	struct test_map map;
	struct alv_map *object = make_map(&map, BPF_MAP_TYPE_ARRAY);
	u32 key = 3;
	struct value *value = object->ops->find(object, &key, 0);

	value->number = 77;
	assert_int_equal(init(object, value), 0);
	assert_int_equal(set_callback(value), 0);
	assert_int_equal(start(value, MILLISECOND, 0), 0);
	assert_true(rings(1, PATIENCE));
	assert_int_equal(seen.key, 3);
	assert_int_equal(seen.number, 77);
	/* Nobody can wait for the end of a callback that waits for it. */
	assert_int_equal(seen.cancelled, -EDEADLK);
	assert_int_equal(start(value, MILLISECOND, 0), 0);
	assert_true(rings(2, PATIENCE));
	drop_map(&map, object);
}

static void test_errors(void **state)
{
	struct test_map map;
	struct alv_map *object = make_map(&map, BPF_MAP_TYPE_ARRAY);
	u32 key = 0;
	struct value *value = object->ops->find(object, &key, 0);
	struct alv_run run = run_now();

	assert_int_equal(set_callback(value), -EINVAL);
	assert_int_equal(start(value, 0, 0), -EINVAL);
	assert_int_equal(cancel(value), -EINVAL);
	for (u64 clock = 2; clock < 20; clock++)
		if (clock != 7)
			assert_int_equal((s64)alv_help_timer_init(&run, ARG(&value->timer),
								  ARG(object), clock, 0, 0),
					 -EINVAL);
	assert_int_equal(init(object, value), 0);
	assert_int_equal(init(object, value), -EBUSY);
	assert_int_equal(start(value, 0, 0), -EINVAL);
	assert_int_equal(set_callback(value), 0);
	assert_int_equal(start(value, 0, 4), -EINVAL);
	/* A field that speaks of another's timer has none. */
	key = 1;
	memcpy(&((struct value *)object->ops->find(object, &key, 0))->timer, &value->timer,
	       sizeof(value->timer));
	assert_int_equal(start(object->ops->find(object, &key, 0), 0, 0), -EINVAL);
	drop_map(&map, object);
}

static void test_cancel(void **state)
{
	struct test_map map;
	struct alv_map *object = make_map(&map, BPF_MAP_TYPE_ARRAY);
	u32 key = 0;
	struct value *value = object->ops->find(object, &key, 0);

	assert_int_equal(init(object, value), 0);
	assert_int_equal(set_callback(value), 0);
	assert_int_equal(cancel(value), 0);
	assert_int_equal(start(value, 0, 0), -EINVAL); /* the callback is forgotten */
	assert_int_equal(set_callback(value), 0);
	assert_int_equal(start(value, HOUR, 0), 0);
	assert_int_equal(start(value, MILLISECOND, 1), 0); /* long ago */
	assert_true(rings(1, PATIENCE));
	assert_int_equal(start(value, HOUR, 0), 0);
	assert_int_equal(cancel(value), 1);
	assert_int_equal(cancel(value), 0);
	assert_false(rings(2, IMPATIENCE));
	drop_map(&map, object);
}

/* By deadline, whatever was started first. */
static void test_order(void **state)
{
	struct test_map map;
	struct alv_map *object = make_map(&map, BPF_MAP_TYPE_ARRAY);

	for (u32 key = 0; key < 4; key++) {
		struct value *value = object->ops->find(object, &key, 0);

		value->number = key;
		assert_int_equal(init(object, value), 0);
		assert_int_equal(set_callback(value), 0);
		assert_int_equal(start(value, key == 2 ? MILLISECOND : HOUR + key, 0), 0);
	}
	assert_true(rings(1, PATIENCE));
	assert_int_equal(seen.number, 2);
	drop_map(&map, object);
}

/* Elements that go take their timers along. */
static void test_elements(void **state)
{
	static const u32 types[] = { BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH };

	for (size_t i = 0; i < ALV_COUNT(types); i++) {
		struct test_map map;
		struct alv_map *object = make_map(&map, types[i]);
		struct value fresh = { 0 }, *value;
		u32 key = 9;

		for (int turn = 0; turn < 3; turn++) {
			assert_int_equal(object->ops->update(object, &key, &fresh, 0), 0);
			value = object->ops->find(object, &key, 0);
			assert_int_equal(init(object, value), 0);
			assert_int_equal(set_callback(value), 0);
			assert_int_equal(start(value, turn == 2 ? MILLISECOND : HOUR, 0), 0);
			if (turn == 1)
				assert_int_equal(object->ops->remove(object, &key), 0);
		}
		assert_true(rings(1, PATIENCE));
		assert_int_equal(seen.key, 9);
		assert_int_equal(object->ops->update(object, &key, &fresh, 0), 0);
		value = object->ops->find(object, &key, 0);
		assert_int_equal(cancel(value), -EINVAL);
		drop_map(&map, object);
	}
}

/* So does the last user of a map, though programs still have it. */
static void test_last_user(void **state)
{
	struct test_map map;
	struct alv_map *object = make_map(&map, BPF_MAP_TYPE_ARRAY);
	u32 key = 0;
	struct value *value = object->ops->find(object, &key, 0);

	assert_int_equal(init(object, value), 0);
	assert_int_equal(set_callback(value), 0);
	assert_int_equal(start(value, HOUR, 0), 0);
	close(map.fd);
	for (u32 turn = 0; init(object, value) == -EBUSY && turn < PATIENCE; turn++) {
		close(test_create(host, BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0));
		usleep(1000);
	}
	assert_int_equal(init(object, value), -EPERM);
	assert_int_equal(start(value, 0, 0), -EINVAL);
	alv_map_put(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring),	 cmocka_unit_test(test_errors),
		cmocka_unit_test(test_cancel),	 cmocka_unit_test(test_order),
		cmocka_unit_test(test_elements), cmocka_unit_test(test_last_user),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
