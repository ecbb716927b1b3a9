/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cases of the kernel's test_lpm_map.
 *
 *   lpm [PART-OF-A-NAME]...
 */
#define main static __attribute__((unused)) kernel_main
#include "test_lpm_map.c"
#undef main

#include "cases.h"

int main(int argc, char **argv)
{
	char group[32];

	case_filters = argv + 1;
	srand(0xf00ba1);
	CASE("lpm", test_lpm_basic());
	CASE("lpm", test_lpm_order());
	for (int bytes = 1; bytes <= 16; bytes++) {
		snprintf(group, sizeof(group), "%d bits", bytes * 8);
		CASE(group, test_lpm_map(bytes));
	}
	CASE("lpm", test_lpm_ipaddr());
	CASE("lpm", test_lpm_delete());
	CASE("lpm", test_lpm_get_next_key());
	CASE("lpm", test_lpm_multi_thread());
	return cases_end();
}
