/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an embedding program does first, in the C that is also C++: make a host,
 * create an array in it, write and read an element.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/bpf.h>

#include <alveary/alveary.h>

static int write_and_read(struct alv_host *host)
{
	union bpf_attr attr;
	__u32 key = 1;
	__u64 value = 42, seen = 0;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = sizeof(key);
	attr.value_size = sizeof(value);
	attr.max_entries = 4;
	fd = alv_bpf(host, BPF_MAP_CREATE, &attr, sizeof(attr));
	if (fd < 0)
		return fd;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (__u32)fd;
	attr.key = (__u64)(unsigned long)&key;
	attr.value = (__u64)(unsigned long)&value;
	if (alv_bpf(host, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)))
		return -1;
	attr.value = (__u64)(unsigned long)&seen;
	if (alv_bpf(host, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)))
		return -1;
	close(fd);
	return seen == value ? 0 : -1;
}

int main(void)
{
	struct alv_host_config config;
	struct alv_host *host;
	int err;

	memset(&config, 0, sizeof(config));
	config.size = sizeof(config);
	err = alv_host_new(&config, &host);
	if (err) {
		fprintf(stderr, "alv_host_new: %s\n", strerror(-err));
		return 1;
	}
	err = write_and_read(host);
	alv_host_free(host);
	return err ? 1 : 0;
}
