/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cases of the kernel's test_maps that need no program, socket, storage or
 * device: those of test_maps.c with and without preallocation, then those of
 * map_tests/.
 *
 *   maps [[-]PART-OF-A-NAME]...
 */
#define main static __attribute__((unused)) kernel_main
#include "test_maps.c"
#undef main

#include "cases.h"

#define MAP_TEST(name) void test_##name(void);
#include "map_tests.def"
#undef MAP_TEST

static void element_cases(const char *group)
{
	CASE(group, test_hashmap(0, NULL));
	CASE(group, test_hashmap_percpu(0, NULL));
	CASE(group, test_hashmap_walk(0, NULL));
	CASE(group, test_hashmap_zero_seed());
	CASE(group, test_hashmap_sizes(0, NULL));
	CASE(group, test_arraymap(0, NULL));
	CASE(group, test_arraymap_percpu(0, NULL));
	CASE(group, test_arraymap_percpu_many_keys());
	CASE(group, test_map_large());
	CASE(group, test_map_parallel());
	CASE(group, test_map_stress());
	CASE(group, test_map_rdonly());
	CASE(group, test_map_wronly());
	CASE(group, test_queuemap(0, NULL));
	CASE(group, test_stackmap(0, NULL));
}

int main(int argc, char **argv)
{
	case_filters = argv + 1;
	map_opts.map_flags = 0;
	element_cases("prealloc");
	map_opts.map_flags = BPF_F_NO_PREALLOC;
	element_cases("no-prealloc");

#define MAP_TEST(name) CASE("map_tests", test_##name());
#include "map_tests.def"
#undef MAP_TEST
	return cases_end();
}
