/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	isa-compare live FIRST COUNT     random programs against the running kernel
 *	isa-compare record FIRST COUNT   print what the kernel says of them
 *	isa-compare replay TRANSCRIPT    compare with what was recorded
 *
 * A transcript has for each program a line with its bytes in hex, the report, and an
 * empty line; '#' begins a comment. Exit status 0: no difference; 1: some; 77: the kernel won't let us ask.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "compare.h"
#include "generate.h"

#define LOG_SIZE  (1u << 20)
#define EXIT_SKIP 77

static char log_text[LOG_SIZE];

static void ask_kernel(const struct bpf_insn *insns, u32 n)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (unsigned long)insns,
		.insn_cnt = n,
		.license = (unsigned long)"GPL",
		.log_level = 2,
		.log_buf = (unsigned long)log_text,
		.log_size = LOG_SIZE,
	};
	long fd;

	log_text[0] = 0;
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd >= 0)
		close(fd);
}

static bool is_kernel_willing(void)
{
	struct bpf_insn insns[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K },
				    { .code = BPF_JMP | BPF_EXIT } };

	ask_kernel(insns, ALV_COUNT(insns));
	return strstr(log_text, "processed 2 insns");
}

static void print_record(const struct bpf_insn *insns, u32 n)
{
	const u8 *bytes = (const u8 *)insns;

	for (u32 i = 0; i < n * sizeof(*insns); i++)
		printf("%02x", bytes[i]);
	putchar('\n');
	/* An empty line is the record's end. */
	for (const char *at = log_text; *at; at++) {
		if (at == log_text || at[0] != '\n' || at[-1] != '\n')
			putchar(*at);
	}
	putchar('\n');
}

static int ask(const char *verb, u64 first, u64 count)
{
	struct bpf_insn insns[ISA_MAX_INSNS];

	if (!is_kernel_willing())
		return EXIT_SKIP;
	for (u64 i = 0; i < count; i++) {
		u32 n = isa_generate(first + i, insns);

		ask_kernel(insns, n);
		if (!strcmp(verb, "record"))
			print_record(insns, n);
		else if (log_text[0])
			isa_compare(insns, n, log_text, false);
	}
	return 0;
}

static u32 parse_insns(const char *line, struct bpf_insn insns[ISA_MAX_INSNS])
{
	u8 *bytes = (u8 *)insns;
	u32 n = 0, byte;

	while (n < ISA_MAX_INSNS * sizeof(*insns) && sscanf(line + 2 * n, "%2x", &byte) == 1)
		bytes[n++] = byte;
	return n / sizeof(*insns);
}

/* The report up to an empty line. */
static bool read_report(FILE *file)
{
	size_t used = 0;

	log_text[0] = 0;
	while (used + 1 < LOG_SIZE && fgets(log_text + used, LOG_SIZE - used, file)) {
		if (log_text[used] == '\n') {
			log_text[used] = 0;
			return true;
		}
		used += strlen(log_text + used);
	}
	return used;
}

static int replay(const char *path)
{
	char line[ISA_MAX_INSNS * sizeof(struct bpf_insn) * 2 + 2];
	struct bpf_insn insns[ISA_MAX_INSNS];
	FILE *file = fopen(path, "r");

	if (!file) {
		perror(path);
		return 1;
	}
	while (fgets(line, sizeof(line), file)) {
		u32 n;

		if (line[0] == '#')
			continue;
		n = parse_insns(line, insns);
		if (!n || !read_report(file))
			break;
		isa_compare(insns, n, log_text, false);
	}
	fclose(file);
	return !isa_counts.programs;
}

int main(int argc, char **argv)
{
	int err = 1;

	if (argc == 3 && !strcmp(argv[1], "replay"))
		err = replay(argv[2]);
	else if (argc == 4)
		err = ask(argv[1], strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0));
	if (err)
		return err;
	if (isa_counts.programs)
		printf("%llu programs, %llu analysed, %llu errors, %llu differences\n",
		       (unsigned long long)isa_counts.programs,
		       (unsigned long long)isa_counts.analysed,
		       (unsigned long long)isa_counts.errors,
		       (unsigned long long)isa_counts.differences);
	return isa_counts.differences != 0;
}
