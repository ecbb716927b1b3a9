/* SPDX-License-Identifier: BSD-2-Clause */
#include "pair.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <alveary/alveary.h>

#include "map/map.h"

#define MAX_SHOWN 40

static struct alv_host *host;
static unsigned int differences;

static int kernel_bpf(int cmd, union bpf_attr *attr)
{
	long result = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return result < 0 ? -errno : (int)result;
}

static int host_bpf(int cmd, union bpf_attr *attr)
{
	return alv_bpf(host, cmd, attr, sizeof(*attr));
}

bpf_fn *const sides[N_SIDES] = { kernel_bpf, host_bpf };

int sides_start(void)
{
	struct alv_host_config config = { .size = sizeof(config) };
	int fd = make_inner(kernel_bpf);

	if (fd < 0)
		return SKIP;
	close(fd);
	return alv_host_new(&config, &host) ? 1 : 0;
}

int sides_end(void)
{
	alv_host_free(host);
	printf("%u differences\n", differences);
	return differences ? 1 : 0;
}

uint32_t draw(uint32_t below)
{
	static uint64_t seed = 1;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % below;
}

int make_inner(bpf_fn *bpf)
{
	union bpf_attr def = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 2,
	};

	return bpf(BPF_MAP_CREATE, &def);
}

void pair_differ(const struct pair *pair, const char *what, long kernel, long ours)
{
	const union bpf_attr *def = &pair->def;

	if (differences++ < MAX_SHOWN)
		printf("%s (type %u key %u value %u max %u flags 0x%x extra 0x%llx) %s: "
		       "kernel %ld, host %ld\n",
		       pair->name, def->map_type, def->key_size, def->value_size,
		       def->max_entries, def->map_flags, (unsigned long long)def->map_extra, what,
		       kernel, ours);
}

void pair_close(struct pair *pair)
{
	for (int side = 0; side < N_SIDES; side++)
		if (pair->fds[side] >= 0)
			close(pair->fds[side]);
}

void pair_init(struct pair *pair, const struct pair_type *type, uint32_t max_entries,
	       const int inner[N_SIDES])
{
	*pair = (struct pair){
		.name = type->name,
		.def = {
			.map_type = type->type,
			.key_size = type->key_size,
			.value_size = type->value_size,
			.max_entries = max_entries,
			.map_flags = type->flags,
		},
		.fds = { -1, -1 },
		.value_bytes = type->value_size,
	};
	if (type->type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
	    type->type == BPF_MAP_TYPE_HASH_OF_MAPS)
		memcpy(pair->inner, inner, sizeof(pair->inner));
}

bool pair_open(struct pair *pair)
{
	int results[N_SIDES];

	for (int side = 0; side < N_SIDES; side++) {
		union bpf_attr def = pair->def;

		if (pair->inner[side])
			def.inner_map_fd = (uint32_t)pair->inner[side];
		if (pair->btf[side])
			def.btf_fd = (uint32_t)pair->btf[side];
		results[side] = pair->fds[side] = sides[side](BPF_MAP_CREATE, &def);
	}
	if ((results[0] < 0 || results[1] < 0) && results[0] != results[1])
		pair_differ(pair, "MAP_CREATE", results[0], results[1]);
	if (results[0] >= 0 && results[1] >= 0)
		return true;
	pair_close(pair);
	return false;
}

static long kernel_memlock(int fd)
{
	char path[64], line[128];
	long memlock = -1;
	FILE *fdinfo;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	fdinfo = fopen(path, "re");
	while (fdinfo && fgets(line, sizeof(line), fdinfo))
		if (sscanf(line, "memlock: %ld", &memlock) == 1)
			break;
	if (fdinfo)
		fclose(fdinfo);
	return memlock;
}

static long host_memlock(int fd)
{
	struct alv_task task;
	struct alv_object *obj;
	long memlock;

	alv_task_init_self(&task, host);
	if (alv_task_object(&task, fd, ALV_KIND_MAP, &obj, NULL))
		return -1;
	memlock = (long)alv_map_of(obj)->ops->usage(alv_map_of(obj));
	alv_object_put(obj);
	return memlock;
}

void pair_compare_memlock(const struct pair *pair)
{
	long kernel = kernel_memlock(pair->fds[0]), ours = host_memlock(pair->fds[1]);

	if (kernel != ours)
		pair_differ(pair, "memlock", kernel, ours);
}

void pair_try(struct pair *pair)
{
	if (!pair_open(pair))
		return;
	pair_compare_memlock(pair);
	pair_close(pair);
}
