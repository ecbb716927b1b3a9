/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host inside a program: the program's own code on libbpf runs against it, without
 * privileges, and what it left behind is looked at from beside it. So a program's
 * BPF side can be tested where no kernel lets it in.
 *
 *	embedded [KERNEL]
 *
 * It is linked with libalveary-libbpf ahead of libbpf:
 *	cc embedded.c $(pkg-config --cflags --libs alveary-libbpf libbpf)
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/bpf.h>

#include <bpf/bpf.h>

#include <alveary/libbpf.h>

#define VISITS "/sys/fs/bpf/visits"

/* What is to be tested: ordinary code, which knows nothing of hosts. */
static int count_visits(const char *const *names, size_t n)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "visits", 16, sizeof(uint64_t), 64,
				NULL);
	int err = fd < 0 ? fd : 0;

	for (size_t i = 0; i < n && !err; i++) {
		char key[16] = {};
		uint64_t count = 0;

		strncpy(key, names[i], sizeof(key) - 1);
		bpf_map_lookup_elem(fd, key, &count); /* not there yet: 0 */
		count++;
		err = bpf_map_update_elem(fd, key, &count, BPF_ANY);
	}
	if (!err)
		err = bpf_obj_pin(fd, VISITS);
	if (fd >= 0)
		close(fd);
	return err;
}

/* The pins of the host are files of a real directory. */
static void list_pins(const struct alv_host *host)
{
	DIR *dir = opendir(alv_host_bpffs(host));
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			printf("pinned: %s\n", entry->d_name);
	if (dir)
		closedir(dir);
}

/* bpf(2) on the host, without libbpf: who came how often? 0, or -errno. */
static int visits_of(struct alv_host *host, const char *name, uint64_t *ret_count)
{
	union bpf_attr attr = { .pathname = (uintptr_t)VISITS };
	int fd = alv_bpf(host, BPF_OBJ_GET, &attr, sizeof(attr));
	char key[16] = {};
	int err;

	if (fd < 0)
		return fd;
	strncpy(key, name, sizeof(key) - 1);
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)fd;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)ret_count;
	err = alv_bpf(host, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr));
	close(fd);
	return err;
}

static void log_line(void *data, enum alv_log_level level, const char *line)
{
	fprintf(stderr, "host: %s\n", line);
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "ann", "bob", "ann", "cleo", "ann" };
	struct alv_host_config config = {
		.size = sizeof(config),
		.kernel = argc > 1 ? argv[1] : NULL,
		.log = log_line,
	};
	struct alv_host *host;
	uint64_t count = 0;
	int err;

	err = alv_host_new(&config, &host);
	if (err) {
		fprintf(stderr, "embedded: no host: %s\n", strerror(-err));
		return 1;
	}
	/* From here on libbpf's bpf(2) is the host's, in all threads. */
	alv_libbpf_use(host);
	err = count_visits(names, sizeof(names) / sizeof(names[0]));
	alv_libbpf_use(NULL);

	list_pins(host);
	if (!err)
		err = visits_of(host, "ann", &count);
	if (!err)
		printf("ann: %llu visits\n", (unsigned long long)count);
	else
		fprintf(stderr, "embedded: %s\n", strerror(-err));
	alv_host_free(host);
	return err || count != 3;
}
