/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our BTF parser against BTF_LOAD of the running kernel: the same errno and the
 * same report, byte for byte, for generated BTF and for mutations of files.
 *
 *	btf-compare live FIRST COUNT [FILE...]   compare; seeds FIRST, FIRST + 1, ...
 *	btf-compare record FIRST COUNT           print the kernel's answers
 *	btf-compare replay TRANSCRIPT KERNEL     compare with answers recorded on "6.18"
 *	btf-compare show SEED                    print that BTF and our answer
 *
 * A transcript has a line for each seed: errno, length and digest of the report.
 * Exit status 0: all the same; 1: not; 77: the kernel won't let us ask it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "btf/btf.h"
#include "generate.h"

#define LOG_SIZE  (4u << 20)
#define FILE_MAX  (1u << 20)
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

/* Whose rules ours are. */
static enum alv_kernel version = V6_18;

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
	const struct alv_report_request request = { .level = 1,
						    .size = LOG_SIZE,
						    .has_buffer = true,
						    .old_rules = version < V6_4 };
	const struct alv_btf_rules rules = { .version = version, .vmlinux = vmlinux };
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

static u64 digest(const struct answer *answer)
{
	u64 hash = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < answer->size; i++)
		hash = (hash ^ (u8)answer->log[i]) * 0x100000001b3ull;
	return hash;
}

static bool check(const char *what, const struct answer *theirs,
		  const struct answer *ours)
{
	size_t same = 0;

	if (theirs->err == ours->err && theirs->size == ours->size &&
	    !memcmp(theirs->log, ours->log, theirs->size))
		return true;
	while (same < theirs->size && same < ours->size &&
	       theirs->log[same] == ours->log[same])
		same++;
	while (same && theirs->log[same - 1] != '\n')
		same--;
	printf("%s: kernel %d, ours %d\nkernel: %.400s\nours:   %.400s\n", what,
	       theirs->err, ours->err, theirs->log + same, ours->log + same);
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

/* Another kernel has other rules. */
static bool right_kernel(void)
{
	struct utsname name;

	return !uname(&name) && !strncmp(name.release, "6.18.", 5);
}

static int run(bool record, u64 first, u64 count, int argc, char **argv)
{
	struct answer theirs = { .log = malloc(LOG_SIZE) },
		      ours = { .log = malloc(LOG_SIZE) };
	struct alv_btf *vmlinux = load_vmlinux();
	u8 *data = malloc(FILE_MAX);
	unsigned long different = 0, accepted = 0;

	if (!record && !right_kernel())
		return EXIT_SKIP;
	for (u64 seed = first; seed < first + count; seed++) {
		u32 size = make(seed, argc, argv, data);
		char what[32];

		ask_kernel(data, size, &theirs);
		if (theirs.err == EPERM)
			return EXIT_SKIP;
		accepted += !theirs.err;
		if (record) {
			printf("%llu %d %zu %016llx\n", (unsigned long long)seed,
			       theirs.err, theirs.size,
			       (unsigned long long)digest(&theirs));
			continue;
		}
		ask_ours(data, size, vmlinux, &ours);
		snprintf(what, sizeof(what), "seed %llu", (unsigned long long)seed);
		if (!check(what, &theirs, &ours) && ++different == 10)
			break;
	}
	if (!record)
		printf("%llu compared, %lu accepted, %lu different\n",
		       (unsigned long long)count, accepted, different);
	alv_btf_free(vmlinux);
	free(data);
	free(theirs.log);
	free(ours.log);
	return different ? 1 : 0;
}

/*
 * Kernel BTF for replays: of the generator's names, the structs that Linux has.
 * Nothing but their being there matters.
 */
static struct alv_btf *small_vmlinux(void)
{
	static const char strings[] =
		"\0node\0task_struct\0cpumask\0bpf_spin_lock\0bpf_timer\0bpf_wq"
		"\0bpf_list_head\0bpf_list_node\0bpf_rb_root\0bpf_rb_node"
		"\0bpf_refcount\0bpf_res_spin_lock\0bpf_task_work";
	const struct alv_btf_rules rules = { .version = V6_18, .kernel = true };
	struct btf_header header = { .magic = BTF_MAGIC,
				     .version = 1,
				     .hdr_len = sizeof(header),
				     .str_len = sizeof(strings) };
	struct alv_btf *btf = NULL;
	struct alv_buf raw;
	u8 *at;

	if (alv_buf_init(&raw, 4096))
		abort();
	at = raw.data + sizeof(header);
	for (u32 i = 1; i < sizeof(strings); i += (u32)strlen(strings + i) + 1) {
		struct btf_type type = { .name_off = i, .info = BTF_KIND_STRUCT << 24 };

		memcpy(at, &type, sizeof(type));
		at += sizeof(type);
		header.type_len += sizeof(type);
	}
	header.str_off = header.type_len;
	memcpy(raw.data, &header, sizeof(header));
	memcpy(at, strings, sizeof(strings));
	raw.size = (size_t)(at + sizeof(strings) - raw.data);
	if (alv_btf_parse(&raw, &rules, NULL, &btf))
		abort();
	return btf;
}

static int replay(const char *path, const char *kernel)
{
	struct answer ours = { .log = malloc(LOG_SIZE) };
	struct alv_btf *vmlinux = small_vmlinux();
	unsigned long lines = 0, different = 0;
	unsigned long long seed, hash;
	FILE *file = fopen(path, "r");
	u8 data[GENERATED_MAX];
	size_t length;
	int err;

	if (!file) {
		perror(path);
		return 1;
	}
	if (alv_kernel_parse(kernel, &version)) {
		fprintf(stderr, "no kernel %s\n", kernel);
		return 1;
	}
	while (fscanf(file, "%llu %d %zu %llx", &seed, &err, &length, &hash) == 4) {
		ask_ours(data, generate_btf(seed, data), vmlinux, &ours);
		lines++;
		if (ours.err == err && ours.size == length && digest(&ours) == hash)
			continue;
		different++;
		printf("seed %llu: recorded errno %d length %zu, ours %d %zu\n", seed,
		       err, length, ours.err, ours.size);
	}
	fclose(file);
	alv_btf_free(vmlinux);
	free(ours.log);
	printf("%lu compared, %lu different\n", lines, different);
	return different || !lines ? 1 : 0;
}

static int show(u64 seed)
{
	struct answer ours = { .log = malloc(LOG_SIZE) };
	struct alv_btf *vmlinux = small_vmlinux();
	u8 data[GENERATED_MAX];
	u32 size = generate_btf(seed, data);

	ask_ours(data, size, vmlinux, &ours);
	fprintf(stderr, "errno %d\n%s", ours.err, ours.log);
	alv_btf_free(vmlinux);
	free(ours.log);
	return fwrite(data, 1, size, stdout) == size ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "replay"))
		return replay(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "show"))
		return show(strtoull(argv[2], NULL, 0));
	if (argc >= 4 && (!strcmp(argv[1], "live") || !strcmp(argv[1], "record")))
		return run(argv[1][0] == 'r', strtoull(argv[2], NULL, 0),
			   strtoull(argv[3], NULL, 0), argc - 4, argv + 4);
	fprintf(stderr,
		"usage: %s live|record FIRST COUNT [FILE...] | replay TRANSCRIPT KERNEL "
		"| show "
		"SEED\n",
		argv[0]);
	return 1;
}
