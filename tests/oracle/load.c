/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client that loads generated programs and says how many were accepted:
 *
 *	oracle-load FIRST COUNT [-v]
 *
 * With tests/verifier/run it compares the verifier with the kernel's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "generate.h"

#define LOG_SIZE (1u << 20)

static long call(void *data, int cmd, union bpf_attr *attr, u32 size)
{
	long result = syscall(SYS_bpf, cmd, attr, size);

	return result < 0 ? -errno : result;
}

/* The line in front of the statistics: why it was refused. */
static void say_refusal(u64 seed, u32 type, char *log)
{
	char *end = strstr(log, "processed "), *start;

	if (end && end > log) {
		end[-1] = 0;
		start = strrchr(log, '\n');
		printf("%llu type %u: %s\n", (unsigned long long)seed, type, start ? start + 1 : log);
	} else {
		printf("%llu type %u: %s\n", (unsigned long long)seed, type, log);
	}
}

static bool load(const struct oracle_caller *caller, struct oracle_maps *maps, u64 seed,
		 bool verbose)
{
	static struct generated program;
	static char log[LOG_SIZE];
	union bpf_attr attr = {};
	long fd;

	if (!oracle_renew_progs(caller, maps))
		return false;
	generate_program(seed, maps, &program);
	attr.prog_type = program.type;
	attr.expected_attach_type = program.attach;
	attr.insns = (u64)(uintptr_t)program.insns;
	attr.insn_cnt = program.n_insns;
	attr.prog_flags = program.type == BPF_PROG_TYPE_SYSCALL ? BPF_F_SLEEPABLE : 0;
	attr.license = (u64)(uintptr_t)"GPL";
	attr.prog_btf_fd = (u32)maps->btf;
	attr.func_info = (u64)(uintptr_t)program.functions;
	attr.func_info_cnt = program.n_functions;
	attr.func_info_rec_size = sizeof(program.functions[0]);
	if (verbose) {
		attr.log_level = 1;
		attr.log_buf = (u64)(uintptr_t)log;
		attr.log_size = LOG_SIZE;
	}
	fd = caller->bpf(caller->data, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd >= 0)
		close((int)fd);
	else if (verbose)
		say_refusal(seed, program.type, log);
	return fd >= 0;
}

int main(int argc, char **argv)
{
	const struct oracle_caller caller = { .bpf = call };
	struct oracle_maps maps;
	u64 first, count, accepted = 0;
	bool verbose = argc > 3;

	if (argc < 3) {
		fprintf(stderr, "usage: oracle-load FIRST COUNT [-v]\n");
		return 2;
	}
	first = strtoull(argv[1], NULL, 0);
	count = strtoull(argv[2], NULL, 0);
	if (!oracle_make_maps(&caller, &maps))
		return 1;
	for (u64 i = 0; i < count; i++)
		accepted += load(&caller, &maps, first + i, verbose);
	printf("%llu of %llu programs accepted\n", (unsigned long long)accepted,
	       (unsigned long long)count);
	return 0;
}
