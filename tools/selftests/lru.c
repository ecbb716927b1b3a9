/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cases of the kernel's test_lru_map.
 *
 *   lru [PART-OF-A-NAME]...
 */
#define main static __attribute__((unused)) kernel_main
#include "test_lru_map.c"
#undef main

#include "cases.h"

static void lru_cases(int type, int flags)
{
	unsigned int target = flags & BPF_F_NO_COMMON_LRU ? PERCPU_FREE_TARGET
							  : LOCAL_FREE_TARGET;
	char group[64];

	snprintf(group, sizeof(group), "%s%s",
		 type == BPF_MAP_TYPE_LRU_HASH ? "lru_hash" : "lru_percpu_hash",
		 flags & BPF_F_NO_COMMON_LRU ? ", no common list," : "");
	CASE(group, test_lru_sanity0(type, flags));
	CASE(group, test_lru_sanity1(type, flags, target));
	CASE(group, test_lru_sanity2(type, flags, target));
	CASE(group, test_lru_sanity3(type, flags, target));
	CASE(group, test_lru_sanity4(type, flags, target));
	CASE(group, test_lru_sanity5(type, flags));
	CASE(group, test_lru_sanity6(type, flags, target));
	CASE(group, test_lru_sanity7(type, flags));
	CASE(group, test_lru_sanity8(type, flags));
}

int main(int argc, char **argv)
{
	case_filters = argv + 1;
	nr_cpus = bpf_num_possible_cpus();
	lru_cases(BPF_MAP_TYPE_LRU_HASH, 0);
	lru_cases(BPF_MAP_TYPE_LRU_PERCPU_HASH, 0);
	lru_cases(BPF_MAP_TYPE_LRU_HASH, BPF_F_NO_COMMON_LRU);
	lru_cases(BPF_MAP_TYPE_LRU_PERCPU_HASH, BPF_F_NO_COMMON_LRU);
	return cases_end();
}
