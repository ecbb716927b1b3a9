/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compare the verifier with the running kernel's: preloaded into any client (as
 * root), it lets each BPF_PROG_LOAD happen, repeats it with a full log, verifies the
 * same program itself, and notes where verdict, message, log or counters differ.
 *
 * ALV_COMPARE: the file that gets a line for each program; ALV_COMPARE_DIR: a
 * directory for the two logs of those that differ. ALV_COMPARE_CAPS: with which
 * capabilities programs are loaded ("bpf,net_admin"; "none" asks for a machine whose
 * kernel.unprivileged_bpf_disabled is 0); without it, with all.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <alveary/alveary.h>

#include "map/map.h"
#include "verifier/verifier.h"

#define LOG_SIZE (16u << 20)
#define MAX_MAPS 128
#define MAX_BTFS 1024

typedef long syscall_fn(long number, ...);

struct known_map {
	struct alv_checked_map map;
	u32 id;
	u8 *value;
	struct alv_btf *btf;
	struct alv_record *record;
};

struct subject {
	union bpf_attr attr;
	struct known_map *maps[MAX_MAPS];
	u32 n_maps;
	bool unsupported;
};

static syscall_fn *real_syscall;

static long call_bpf(int cmd, union bpf_attr *attr, size_t size)
{
	return real_syscall(SYS_bpf, cmd, attr, size, 0L, 0L, 0L);
}

static const struct {
	const char *name;
	u64 cap;
} cap_names[] = {
	{ "bpf", ALV_CAP_BPF },
	{ "perfmon", ALV_CAP_PERFMON },
	{ "net_admin", ALV_CAP_NET_ADMIN },
	{ "sys_admin", ALV_CAP_SYS_ADMIN },
};

/* What programs are loaded with. */
static struct alv_authority read_authority(void)
{
	const char *names = getenv("ALV_COMPARE_CAPS");
	struct alv_authority authority = { .caps = ~0ull };

	if (!names)
		return authority;
	authority.caps = 0;
	authority.unprivileged = !strcmp(names, "none");
	for (size_t i = 0; i < ALV_COUNT(cap_names); i++)
		if (strstr(names, cap_names[i].name))
			authority.caps |= cap_names[i].cap;
	return authority;
}

/* The calling thread's effective capabilities: of those it has, the ones in `mask`. */
static void set_effective(u64 mask)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (real_syscall(SYS_capget, &header, data, 0L, 0L, 0L, 0L))
		return;
	data[0].effective = data[0].permitted & (u32)mask;
	data[1].effective = data[1].permitted & (u32)(mask >> 32);
	real_syscall(SYS_capset, &header, data, 0L, 0L, 0L, 0L);
}

static int map_info(int fd, struct bpf_map_info *info)
{
	union bpf_attr attr = {};

	memset(info, 0, sizeof(*info));
	attr.info.bpf_fd = (u32)fd;
	attr.info.info_len = sizeof(*info);
	attr.info.info = (u64)(uintptr_t)info;
	return (int)call_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));
}

static bool is_frozen(int fd)
{
	char path[64], line[128];
	bool frozen = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		frozen |= !strcmp(line, "frozen:\t1\n");
	if (file)
		fclose(file);
	return frozen;
}

/* The running kernel's types. */
static const struct alv_btf *find_vmlinux(void *data)
{
	static struct alv_btf *vmlinux;
	struct alv_btf_rules rules = { .version = V6_18, .kernel = true };
	struct alv_buf raw;
	int fd;

	if (vmlinux)
		return vmlinux;
	fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
	if (fd < 0)
		return NULL;
	if (!alv_buf_init(&raw, ALV_BTF_MAX_SIZE)) {
		size_t n = 0;
		ssize_t got;

		while ((got = read(fd, (char *)raw.data + n, raw.size - n)) > 0)
			n += (size_t)got;
		raw.size = n;
		if (alv_btf_parse(&raw, &rules, NULL, &vmlinux))
			vmlinux = NULL;
	}
	close(fd);
	return vmlinux;
}

/* The bytes of a BTF object's descriptor. */
static struct alv_btf *read_btf(int fd)
{
	struct bpf_btf_info info = {};
	union bpf_attr attr = {};
	struct alv_btf_rules rules = { .version = V6_18, .vmlinux = find_vmlinux(NULL) };
	struct alv_btf *btf = NULL;
	struct alv_buf raw;

	if (alv_buf_init(&raw, ALV_BTF_MAX_SIZE))
		return NULL;
	info.btf = (u64)(uintptr_t)raw.data;
	info.btf_size = (u32)raw.size;
	attr.info.bpf_fd = (u32)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (u64)(uintptr_t)&info;
	if (call_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr))) {
		alv_buf_fini(&raw);
		return NULL;
	}
	raw.size = info.btf_size;
	return alv_btf_parse(&raw, &rules, NULL, &btf) ? NULL : btf;
}

/* One for each id: programs and maps of one object share theirs. */
static struct alv_btf *find_btf(int fd)
{
	static struct {
		u32 id;
		struct alv_btf *btf;
	} known[MAX_BTFS];
	static u32 n;
	struct bpf_btf_info info = {};
	union bpf_attr attr = {};

	attr.info.bpf_fd = (u32)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (u64)(uintptr_t)&info;
	if (call_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)))
		return NULL;
	for (u32 i = 0; i < n; i++)
		if (known[i].id == info.id)
			return known[i].btf;
	if (n == MAX_BTFS)
		return read_btf(fd);
	known[n].id = info.id;
	known[n].btf = read_btf(fd);
	return known[n++].btf;
}

static void read_record(struct known_map *known, const struct bpf_map_info *info)
{
	struct alv_btf_rules rules = { .version = V6_18, .vmlinux = find_vmlinux(NULL) };
	union bpf_attr attr = { .btf_id = info->btf_id };
	int fd;

	if (!info->btf_id)
		return;
	fd = (int)call_bpf(BPF_BTF_GET_FD_BY_ID, &attr, sizeof(attr));
	if (fd < 0)
		return;
	known->btf = find_btf(fd);
	close(fd);
	known->map.btf = known->btf;
	if (known->btf && info->btf_value_type_id &&
	    !alv_record_parse(known->btf, &rules, info->btf_value_type_id, ALV_FIELDS_OF_MAPS,
			      info->value_size, &known->record))
		known->map.record = known->record;
}

static const void *value_of(const struct alv_checked_map *map)
{
	return alv_container(map, struct known_map, map)->value;
}

static void read_value(struct known_map *known, int fd)
{
	u32 key = 0;
	union bpf_attr attr = {
		.map_fd = (u32)fd,
		.key = (u64)(uintptr_t)&key,
	};

	known->value = calloc(1, known->map.value_size + 8);
	attr.value = (u64)(uintptr_t)known->value;
	known->map.constant = !call_bpf(BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr));
	known->map.value = value_of;
}

/* The template of a map of maps can't be asked for; this one serves test_verifier's. */
static const struct alv_checked_map inner_template = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = 4,
	.value_size = 4,
	.max_entries = 1,
	.direct = true,
};

static int find_map(void *data, s32 fd, const struct alv_checked_map **ret_map)
{
	struct subject *subject = data;
	struct bpf_map_info info;
	struct known_map *known;

	if (fcntl(fd, F_GETFD) < 0)
		return -EBADF;
	if (map_info(fd, &info))
		return -EINVAL;
	for (u32 i = 0; i < subject->n_maps; i++) {
		if (subject->maps[i]->id == info.id) {
			*ret_map = &subject->maps[i]->map;
			return 0;
		}
	}
	if (subject->n_maps == MAX_MAPS)
		return -E2BIG;
	known = calloc(1, sizeof(*known));
	subject->maps[subject->n_maps++] = known;
	known->id = info.id;
	known->map.type = info.type;
	known->map.key_size = info.key_size;
	known->map.value_size = info.value_size;
	known->map.max_entries = info.max_entries;
	known->map.flags = info.map_flags;
	memcpy(known->map.name, info.name, sizeof(info.name));
	known->map.direct = info.type == BPF_MAP_TYPE_ARRAY;
	read_record(known, &info);
	if (info.type == BPF_MAP_TYPE_ARRAY && info.max_entries == 1 &&
	    (info.map_flags & BPF_F_RDONLY_PROG) && is_frozen(fd))
		read_value(known, fd);
	if (info.type == BPF_MAP_TYPE_ARRAY_OF_MAPS || info.type == BPF_MAP_TYPE_HASH_OF_MAPS)
		known->map.inner = &inner_template;
	*ret_map = &known->map;
	return 0;
}

static int fd_at(void *data, s32 index, s32 *ret_fd)
{
	struct subject *subject = data;

	if (!subject->attr.fd_array)
		return -EPROTO;
	*ret_fd = ((const s32 *)(uintptr_t)subject->attr.fd_array)[index];
	return 0;
}

/* The kernel has symbols for some of the variables that its types have. */
static bool has_symbol(void *data, const char *name)
{
	char line[512], symbol[256];
	FILE *file = fopen("/proc/kallsyms", "r");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%*s %*s %255s", symbol) == 1 && !strcmp(symbol, name);
	if (file)
		fclose(file);
	return found;
}

struct text {
	char *bytes;
};

static int text_write(void *ctx, u32 offset, const void *src, u32 size)
{
	memcpy(((struct text *)ctx)->bytes + offset, src, size);
	return 0;
}

static int text_read(void *ctx, u32 offset, void *dst, u32 size)
{
	memcpy(dst, ((struct text *)ctx)->bytes + offset, size);
	return 0;
}

/* Our log of a program; what the command would answer. */
static int verify(struct subject *subject, u32 level, char *log, struct alv_verdict *verdict)
{
	const union bpf_attr *attr = &subject->attr;
	struct text text = { .bytes = log };
	struct alv_report_sink sink = { .write = text_write, .read = text_read, .ctx = &text };
	struct alv_report_request want = { .level = level, .size = LOG_SIZE, .has_buffer = true };
	struct alv_report report;
	struct alv_btf *btf = NULL;
	struct alv_verifier_request request = {
		.insns = (const struct bpf_insn *)(uintptr_t)attr->insns,
		.n_insns = attr->insn_cnt,
		.flags = attr->prog_flags,
		.n_cpus = (u32)sysconf(_SC_NPROCESSORS_CONF),
		.names = { .data = subject, .map = find_map, .fd_at = fd_at, .vmlinux = find_vmlinux,
			   .has_symbol = has_symbol },
		.has_all_kfuncs = true,
		.has_map_structs = true,
		.report = &report,
	};
	const char *license = (const char *)(uintptr_t)attr->license;
	u32 true_size;
	int err;

	request.traits.type = alv_prog_type(V6_18, attr->prog_type);
	if (!request.traits.type)
		return -EOPNOTSUPP;
	request.traits.kernel = V6_18;
	request.traits.expected_attach_type = attr->expected_attach_type;
	if (alv_prog_type_attach(request.traits.type, V6_18,
				 &request.traits.expected_attach_type))
		return -EOPNOTSUPP;
	request.traits.authority = read_authority();
	if (alv_prog_type_may_load(request.traits.type, &request.traits.authority))
		return -EOPNOTSUPP;
	request.traits.gpl = license && (strstr(license, "GPL") || strstr(license, "Dual"));
	request.traits.sleepable = attr->prog_flags & BPF_F_SLEEPABLE;
	if (attr->prog_btf_fd) {
		btf = find_btf((int)attr->prog_btf_fd);
		request.btf = btf;
	}
	if (btf && attr->func_info_rec_size == sizeof(struct bpf_func_info)) {
		request.func_info = (const void *)(uintptr_t)attr->func_info;
		request.n_func_info = attr->func_info_cnt;
	}
	if (btf && attr->line_info_rec_size == sizeof(struct bpf_line_info)) {
		request.line_info = (const void *)(uintptr_t)attr->line_info;
		request.n_line_info = attr->line_info_cnt;
	}
	alv_report_init(&report, &want, &sink);
	err = alv_verify(&request, verdict);
	err = alv_report_finish(&report, err, &true_size);
	alv_report_fini(&report);
	free(verdict->facts);
	return err;
}

/* The kernel's log of the same program. */
static int ask_kernel(const struct subject *subject, u32 level, char *log)
{
	union bpf_attr attr = subject->attr;
	int fd, err;

	attr.log_level = level;
	attr.log_size = LOG_SIZE;
	attr.log_buf = (u64)(uintptr_t)log;
	log[0] = 0;
	set_effective(read_authority().caps);
	fd = (int)call_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	err = fd < 0 ? -errno : 0;
	set_effective(~0ull);
	if (fd >= 0)
		close(fd);
	return err;
}

/* Is this the text of an address, which may differ? */
static bool is_noise(const char *line, size_t size)
{
	return (size > 17 && !strncmp(line, "verification time ", 18)) ||
	       memmem(line, size, "(18) r", 6);
}

static size_t line_size(const char *line)
{
	return strcspn(line, "\n");
}

/* The number of the first line that differs, 0: none. */
static u32 first_difference(const char *ours, const char *theirs)
{
	u32 line = 1;

	while (*ours || *theirs) {
		size_t our_size = line_size(ours), their_size = line_size(theirs);

		if (!strncmp(theirs, "verification time ", 18)) {
			theirs += their_size + 1;
			continue;
		}
		if (!(is_noise(ours, our_size) && is_noise(theirs, their_size)) &&
		    (our_size != their_size || memcmp(ours, theirs, our_size)))
			return line;
		ours += our_size + (ours[our_size] != 0);
		theirs += their_size + (theirs[their_size] != 0);
		line++;
	}
	return 0;
}

/* What the last line says; -1: nothing. */
static void read_stats(const char *log, long stats[4])
{
	const char *at = NULL, *next = log;

	while ((next = strstr(next, "processed ")))
		at = next++;
	memset(stats, 0, 4 * sizeof(*stats));
	if (at)
		sscanf(at,
		       "processed %ld insns (limit %*d) max_states_per_insn %ld total_states %ld "
		       "peak_states %ld",
		       &stats[0], &stats[1], &stats[2], &stats[3]);
}

/* The line before the statistics, where a refusal says why. */
static void message_of(const char *log, char text[256])
{
	const char *end = strstr(log, "processed "), *next = end;
	const char *start;
	size_t size;

	while (next && (next = strstr(next + 1, "processed ")))
		end = next;
	text[0] = 0;
	if (!end || end == log)
		return;
	start = end - 1;
	while (start > log && start[-1] != '\n')
		start--;
	size = (size_t)(end - 1 - start);
	size = size > 255 ? 255 : size;
	memcpy(text, start, size);
	text[size] = 0;
}

static void keep(u32 number, const char *which, const char *log)
{
	const char *folder = getenv("ALV_COMPARE_DIR");
	char path[512];
	FILE *file;

	if (!folder)
		return;
	snprintf(path, sizeof(path), "%s/%u.%s", folder, number, which);
	file = fopen(path, "w");
	if (file) {
		fputs(log, file);
		fclose(file);
	}
}

static void compare(struct subject *subject)
{
	static u32 number;
	static char *ours, *theirs;
	const char *path = getenv("ALV_COMPARE");
	struct alv_verdict verdict = {};
	char our_message[256], their_message[256];
	long our_stats[4], their_stats[4];
	int our_err, their_err;
	u32 line, line1;
	FILE *file;

	if (!ours)
		ours = malloc(LOG_SIZE + 1);
	if (!theirs)
		theirs = malloc(LOG_SIZE + 1);
	number++;
	ours[0] = 0;
	their_err = ask_kernel(subject, 1, theirs);
	our_err = verify(subject, 1, ours, &verdict);
	if (our_err == -EOPNOTSUPP && !ours[0])
		return;
	/* Refused before it was verified. */
	if (their_err && !theirs[0])
		return;
	line1 = first_difference(ours, theirs);
	their_err = ask_kernel(subject, 2, theirs);
	ours[0] = 0;
	our_err = verify(subject, 2, ours, &verdict);
	line = first_difference(ours, theirs);
	read_stats(ours, our_stats);
	read_stats(theirs, their_stats);
	message_of(ours, our_message);
	message_of(theirs, their_message);
	if (line || our_err != their_err) {
		keep(number, "ours", ours);
		keep(number, "theirs", theirs);
	}
	file = fopen(path, "a");
	if (!file)
		return;
	fprintf(file,
		"%u type=%u insns=%u verdict=%s errno=%s message=%s log1=%u log2=%u "
		"processed=%s states=%s | %d %d | %ld %ld | %s | %s\n",
		number, subject->attr.prog_type, subject->attr.insn_cnt,
		!our_err == !their_err ? "same" : our_err ? "REFUSED" : "ACCEPTED",
		our_err == their_err ? "same" : "OTHER",
		!their_err || !strcmp(our_message, their_message) ? "same" : "OTHER", line1, line,
		our_stats[0] == their_stats[0] ? "same" : "OTHER",
		!memcmp(our_stats + 1, their_stats + 1, 3 * sizeof(long)) ? "same" : "OTHER",
		our_err, their_err, our_stats[0], their_stats[0], our_err ? our_message : "",
		their_err ? their_message : "");
	fclose(file);
}

static void free_maps(struct subject *subject)
{
	for (u32 i = 0; i < subject->n_maps; i++) {
		free(subject->maps[i]->record);
		free(subject->maps[i]->value);
		free(subject->maps[i]);
	}
}

__attribute__((visibility("default"))) long syscall(long number, ...)
{
	long args[6];
	va_list list;
	int saved;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(list, long);
	va_end(list);
	if (!real_syscall)
		real_syscall = (syscall_fn *)dlsym(RTLD_NEXT, "syscall");
	saved = errno;
	if (number == SYS_bpf && args[0] == BPF_PROG_LOAD && getenv("ALV_COMPARE")) {
		struct subject subject = {};
		size_t size = (size_t)args[2];

		memcpy(&subject.attr, (const void *)args[1],
		       size < sizeof(subject.attr) ? size : sizeof(subject.attr));
		if (subject.attr.insn_cnt && subject.attr.insn_cnt <= 1000000)
			compare(&subject);
		free_maps(&subject);
	}
	errno = saved;
	return real_syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}
