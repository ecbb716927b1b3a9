/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our BTF parser against BTF_LOAD of the running kernel: the same errno and the
 * same report, byte for byte, for generated BTF and for mutations of files.
 *
 *	btf-compare live FIRST COUNT [FILE...]   compare; seeds FIRST, FIRST + 1, ...
 *	btf-compare record FIRST COUNT [FILE...] print the kernel's answers
 *	btf-compare replay TRANSCRIPT            compare with recorded answers
 *
 * A transcript has a line for each: errno, bytes of BTF in hex, report in hex.
 * Exit status 0: all the same; 1: not; 77: the kernel won't let us ask it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "btf/btf.h"
#include "generate.h"

#define LOG_SIZE (4u << 20)
#define FILE_MAX (1u << 20)
#define EXIT_SKIP 77

struct answer {
	int err;
	char *log;
	size_t size;
};

static int to_memory(void *ctx, u32 offset, const void *src, u32 size)
{
	memcpy((char *)ctx + offset, src, size);
	return 0;
}

static int from_memory(void *ctx, u32 offset, void *dst, u32 size)
{
	memcpy(dst, (char *)ctx + offset, size);
	return 0;
}

static void ask_kernel(const u8 *data, u32 size, struct answer *answer)
{
	union bpf_attr attr = {
		.btf = (uintptr_t)data,
		.btf_size = size,
		.btf_log_buf = (uintptr_t)answer->log,
		.btf_log_size = LOG_SIZE,
		.btf_log_level = 1,
	};
	int fd;

	answer->log[0] = 0;
	fd = (int)syscall(SYS_bpf, BPF_BTF_LOAD, &attr, sizeof(attr));
	answer->err = fd < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	answer->size = strlen(answer->log);
}

static void ask_ours(const u8 *data, u32 size, const struct alv_btf *vmlinux,
		     struct answer *answer)
{
	const struct alv_report_sink sink = { to_memory, from_memory, answer->log };
	const struct alv_report_request request = { .level = 1, .size = LOG_SIZE, .has_buffer = true };
	const struct alv_btf_rules rules = { .version = V6_18, .vmlinux = vmlinux };
	struct alv_report report;
	struct alv_btf *btf = NULL;
	struct alv_buf raw;
	u32 true_size;

	answer->log[0] = 0;
	if (alv_report_init(&report, &request, &sink) || alv_buf_init(&raw, size))
		abort();
	memcpy(raw.data, data, size);
	answer->err = -alv_btf_parse(&raw, &rules, &report, &btf);
	answer->err = -alv_report_finish(&report, -answer->err, &true_size);
	alv_report_fini(&report);
	alv_btf_free(btf);
	answer->size = strlen(answer->log);
}

static void print_hex(const void *data, size_t size)
{
	const u8 *bytes = data;

	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
}

static bool check(const char *what, const struct answer *theirs, const struct answer *ours)
{
	size_t same = 0;

	if (theirs->err == ours->err && theirs->size == ours->size &&
	    !memcmp(theirs->log, ours->log, theirs->size))
		return true;
	while (same < theirs->size && same < ours->size && theirs->log[same] == ours->log[same])
		same++;
	while (same && theirs->log[same - 1] != '\n')
		same--;
	printf("%s: kernel %d, ours %d\nkernel: %.400s\nours:   %.400s\n", what, theirs->err, ours->err,
	       theirs->log + same, ours->log + same);
	return false;
}

static struct alv_btf *load_vmlinux(void)
{
	const struct alv_btf_rules rules = { .version = V6_18, .kernel = true };
	FILE *file = fopen("/sys/kernel/btf/vmlinux", "rb");
	struct alv_btf *btf = NULL;
	struct alv_buf raw;

	if (!file)
		return NULL;
	if (alv_buf_init(&raw, ALV_BTF_MAX_SIZE))
		abort();
	raw.size = fread(raw.data, 1, raw.size, file);
	fclose(file);
	if (alv_btf_parse(&raw, &rules, NULL, &btf))
		return NULL;
	return btf;
}

static u32 make(u64 seed, int argc, char **argv, u8 *data)
{
	FILE *file;
	u32 size;

	if (!argc || seed % 2) {
		size = generate_btf(seed, data);
	} else {
		file = fopen(argv[seed / 2 % (u64)argc], "rb");
		if (!file) {
			perror(argv[seed / 2 % (u64)argc]);
			exit(1);
		}
		size = (u32)fread(data, 1, FILE_MAX, file);
		fclose(file);
		mutate_btf(seed, data, size);
	}
	return size;
}

static int run(bool record, u64 first, u64 count, int argc, char **argv)
{
	struct answer theirs = { .log = malloc(LOG_SIZE) }, ours = { .log = malloc(LOG_SIZE) };
	struct alv_btf *vmlinux = load_vmlinux();
	u8 *data = malloc(FILE_MAX);
	unsigned long different = 0, accepted = 0;

	for (u64 seed = first; seed < first + count; seed++) {
		u32 size = make(seed, argc, argv, data);
		char what[32];

		ask_kernel(data, size, &theirs);
		if (theirs.err == EPERM)
			return EXIT_SKIP;
		accepted += !theirs.err;
		if (record) {
			printf("%d ", theirs.err);
			print_hex(data, size);
			printf(" ");
			print_hex(theirs.log, theirs.size);
			printf("\n");
			continue;
		}
		ask_ours(data, size, vmlinux, &ours);
		snprintf(what, sizeof(what), "seed %llu", (unsigned long long)seed);
		if (!check(what, &theirs, &ours) && ++different == 10)
			break;
	}
	if (!record)
		printf("%llu compared, %lu accepted, %lu different\n", (unsigned long long)count, accepted,
		       different);
	alv_btf_free(vmlinux);
	free(data);
	free(theirs.log);
	free(ours.log);
	return different ? 1 : 0;
}

static size_t parse_hex(char *text)
{
	size_t size = strlen(text) / 2;

	for (size_t i = 0; i < size; i++) {
		char pair[3] = { text[2 * i], text[2 * i + 1] };

		text[i] = (char)strtoul(pair, NULL, 16);
	}
	text[size] = 0;
	return size;
}

static int replay(const char *path)
{
	struct answer theirs = {}, ours = { .log = malloc(LOG_SIZE) };
	unsigned long lines = 0, different = 0;
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;

	if (!file) {
		perror(path);
		return 1;
	}
	while (getline(&line, &room, file) > 0) {
		char *data, *log, what[32];
		size_t size;

		line[strcspn(line, "\n")] = 0;
		data = strchr(line, ' ');
		log = data ? strchr(data + 1, ' ') : NULL;
		if (!log)
			break;
		*data++ = 0;
		*log++ = 0;
		theirs.err = atoi(line);
		size = parse_hex(data);
		theirs.log = log;
		theirs.size = parse_hex(log);
		ask_ours((u8 *)data, (u32)size, NULL, &ours);
		snprintf(what, sizeof(what), "line %lu", ++lines);
		if (!check(what, &theirs, &ours))
			different++;
	}
	free(line);
	fclose(file);
	free(ours.log);
	printf("%lu compared, %lu different\n", lines, different);
	return different || !lines ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "replay"))
		return replay(argv[2]);
	if (argc >= 4 && (!strcmp(argv[1], "live") || !strcmp(argv[1], "record")))
		return run(argv[1][0] == 'r', strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0),
			   argc - 4, argv + 4);
	fprintf(stderr, "usage: %s live|record FIRST COUNT [FILE...] | replay TRANSCRIPT\n", argv[0]);
	return 1;
}
