/* SPDX-License-Identifier: BSD-2-Clause */
#include "client.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KEYS_MAX 256

static u8 room[65536];

static void on_signal(int number)
{
	(void)number;
}

static void storm_loop(pid_t target, long microseconds)
{
	struct timespec pause = { 0, microseconds * 1000 };
	unsigned int turn;

	for (turn = 0; getppid() == target; turn++) {
		if (kill(target, turn & 1 ? SIGUSR1 : SIGUSR2))
			break;
		nanosleep(&pause, NULL);
	}
	_exit(0);
}

/* The sibling comes before any descriptor, so that it holds none. */
static void start_storm(const char *microseconds)
{
	struct sigaction restart = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct sigaction interrupt = { .sa_handler = on_signal };
	pid_t self = getpid(), child;

	if (sigaction(SIGUSR1, &restart, NULL) || sigaction(SIGUSR2, &interrupt, NULL))
		abort();
	child = fork();
	if (child < 0)
		abort();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		storm_loop(self, atol(microseconds));
	}
}

void client_start(void)
{
	const char *storm = getenv("CONFORM_STORM");

	if (storm)
		start_storm(storm);
	/* Modes of files count for root as for everybody. */
	client_drop_capabilities(1 << CAP_DAC_OVERRIDE | 1 << CAP_DAC_READ_SEARCH);
	memory_init();
	descriptor_init();
}

const char *client_bpffs(void)
{
	const char *path = getenv("CONFORM_BPFFS");

	return path ? path : "/sys/fs/bpf";
}

void client_case(const char *format, ...)
{
	char name[128];
	va_list args;

	descriptor_close_all();
	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	transcript_case("%s", name);
}

const struct map_type *client_type(const char *name)
{
	const struct map_type *t;

	for_each_map_type(t) if (!strcmp(t->name, name)) return t;
	abort();
}

static int inner_map(void)
{
	static union attr attr;
	int fd;

	memset(&attr, 0, ATTR_SIZE);
	attr.create.map_type = BPF_MAP_TYPE_ARRAY;
	attr.create.key_size = 4;
	attr.create.value_size = 4;
	attr.create.max_entries = 1;
	fd = bpf_raw(BPF_MAP_CREATE, &attr, ATTR_SIZE);
	if (fd >= 0)
		descriptor_add(fd);
	return fd;
}

void client_create_attr(const struct map_type *t, union attr *attr)
{
	memset(attr, 0, ATTR_SIZE);
	attr->create.map_type = t->type;
	attr->create.key_size = t->key_size;
	attr->create.value_size = t->value_size;
	attr->create.max_entries = t->max_entries;
	attr->create.map_flags = t->flags;
	if (t->traits & MAP_NESTED)
		attr->create.inner_map_fd = inner_map();
}

int client_map_with(const struct map_type *t, u32 flags)
{
	static union attr attr;
	int fd;

	client_create_attr(t, &attr);
	attr.create.map_flags |= flags;
	fd = bpf_raw(BPF_MAP_CREATE, &attr, ATTR_SIZE);
	if (fd >= 0)
		descriptor_add(fd);
	else
		transcript_line("MAP_CREATE %s failed: %s", t->name,
				transcript_errno(fd));
	return fd;
}

int client_map(const struct map_type *t)
{
	return client_map_with(t, 0);
}

void *client_key(const struct map_type *t, unsigned int i)
{
	static u8 keys[4][512];
	static unsigned int turn;
	u8 *key = keys[turn++ % 4];
	u32 prefix = 32;

	if (t->traits & MAP_KEYLESS)
		return NULL;
	memset(key, 0, sizeof(keys[0]));
	if (t->type == BPF_MAP_TYPE_LPM_TRIE) {
		memcpy(key, &prefix, 4);
		key[4] = 10;
		key[7] = i;
	} else {
		memcpy(key, &i, sizeof(i));
	}
	return key;
}

/* A descriptor for the types that want one, else i in every byte, a CPU's in each part.
 */
void *client_value(const struct map_type *t, unsigned int i)
{
	static u8 values[4][16384];
	static unsigned int turn;
	u8 *value = values[turn++ % 4];
	unsigned int cpu, stride = (t->value_size + 7) & ~7u;
	int fd = -1;

	if (t->traits & MAP_PER_CPU) {
		for (cpu = 0; cpu < map_type_cpus(); cpu++)
			memset(value + cpu * stride, 0x10 * cpu + i, stride);
		return value;
	}
	memset(value, i, sizeof(values[0]));
	if (t->traits & MAP_FD_VALUE) {
		if (t->traits & MAP_NESTED)
			fd = inner_map();
		memcpy(value, &fd, sizeof(fd));
	}
	return value;
}

void *client_room(void)
{
	memset(room, 0xee, sizeof(room));
	return room;
}

const void *client_came(void)
{
	return room;
}

static void elem(union attr *attr, int fd, const void *key, const void *value, u64 flags)
{
	memset(attr, 0, ATTR_SIZE);
	attr->elem.map_fd = fd;
	attr->elem.key = PTR(key);
	attr->elem.value = PTR(value);
	attr->elem.flags = flags;
}

long client_lookup(int fd, const void *key, u64 flags)
{
	static union attr attr;

	elem(&attr, fd, key, client_room(), flags);
	return call(BPF_MAP_LOOKUP_ELEM, &attr);
}

long client_lookup_in(int fd, const void *key, const void *value, u64 flags)
{
	static union attr attr;

	elem(&attr, fd, key, value, flags);
	return call(BPF_MAP_LOOKUP_ELEM, &attr);
}

long client_update(int fd, const void *key, const void *value, u64 flags)
{
	static union attr attr;

	elem(&attr, fd, key, value, flags);
	return call(BPF_MAP_UPDATE_ELEM, &attr);
}

long client_delete(int fd, const void *key)
{
	static union attr attr;

	elem(&attr, fd, key, NULL, 0);
	return call(BPF_MAP_DELETE_ELEM, &attr);
}

long client_next(int fd, const void *key)
{
	static union attr attr;

	elem(&attr, fd, key, client_room(), 0);
	return call(BPF_MAP_GET_NEXT_KEY, &attr);
}

long client_take(int fd, const void *key, u64 flags)
{
	static union attr attr;

	elem(&attr, fd, key, client_room(), flags);
	return call(BPF_MAP_LOOKUP_AND_DELETE_ELEM, &attr);
}

long client_freeze(int fd)
{
	static union attr attr;

	memset(&attr, 0, ATTR_SIZE);
	attr.elem.map_fd = fd;
	return call(BPF_MAP_FREEZE, &attr);
}

long client_info(int fd)
{
	static union attr attr;
	static union {
		struct map_info map;
		struct prog_info prog;
	} info;

	memset(&attr, 0, ATTR_SIZE);
	memset(&info, 0, sizeof(info));
	attr.info.bpf_fd = fd;
	attr.info.info_len = descriptor_kind(fd) == 'p' ? sizeof(info.prog) : sizeof(info.map);
	attr.info.info = PTR(&info);
	return call(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

u32 client_id(int fd)
{
	static union attr attr;
	struct map_info info = {};

	memset(&attr, 0, ATTR_SIZE);
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = PTR(&info);
	if (bpf_raw(BPF_OBJ_GET_INFO_BY_FD, &attr, ATTR_SIZE))
		return 0;
	/* Maps' and programs' are at one place. */
	if (descriptor_kind(fd) != 'b')
		return info.id;
	return ((struct btf_info *)&info)->id;
}

static int compare_key;

static int compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, compare_key);
}

void client_keys(int fd)
{
	static union attr attr;
	static u8 keys[KEYS_MAX][64];
	const struct descriptor *d = descriptor_find(fd);
	const void *key = NULL;
	unsigned int count, i;
	long result;

	if (!d || d->key_size > sizeof(keys[0])) {
		transcript_line("keys %s: no map", descriptor_name(fd));
		return;
	}
	for (count = 0; count < KEYS_MAX; count++) {
		elem(&attr, fd, key, keys[count], 0);
		result = bpf_raw(BPF_MAP_GET_NEXT_KEY, &attr, ATTR_SIZE);
		if (result)
			break;
		key = keys[count];
	}
	compare_key = d->key_size;
	qsort(keys, count, sizeof(keys[0]), compare_keys);
	transcript_add("keys %s %u, then %s:", descriptor_name(fd), count,
		       transcript_errno(result));
	for (i = 0; i < count; i++) {
		transcript_add(" ");
		transcript_bytes(keys[i], d->key_size);
	}
	transcript_end();
}

void client_drop_capabilities(u64 mask)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};
	unsigned int i;

	if (syscall(SYS_capget, &header, data))
		abort();
	for (i = 0; i < 2; i++) {
		data[i].effective &= ~(u32)(mask >> 32 * i);
		data[i].permitted &= ~(u32)(mask >> 32 * i);
	}
	if (syscall(SYS_capset, &header, data))
		abort();
}

static long open_and_close(int command, u32 id)
{
	static union attr attr;
	long fd;

	memset(&attr, 0, ATTR_SIZE);
	attr.id.id = id;
	fd = bpf_raw(command, &attr, ATTR_SIZE);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static const char *id_symbol(int command, u32 id)
{
	return transcript_symbol(command == BPF_BTF_GET_FD_BY_ID ? "btf" : "id", id);
}

void client_lives(int command, u32 id)
{
	transcript_line("%s - id=%s and closed -> %s", call_name(command),
			id_symbol(command, id),
			transcript_errno(open_and_close(command, id)));
}

void client_gone(int command, u32 id)
{
	time_t end = time(NULL) + 10;
	long result = 0;

	/* Signals may cut the sleep short, so the clock decides. */
	while (!result && time(NULL) <= end) {
		result = open_and_close(command, id);
		if (!result)
			usleep(2000);
	}
	transcript_line("%s - id=%s after a while -> %s", call_name(command),
			id_symbol(command, id),
			result ? transcript_errno(result) : "still there");
}

void client_wait(int child)
{
	int status;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
}
