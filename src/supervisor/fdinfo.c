/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/fdinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/region.h"
#include "map/map.h"
#include "object/host.h"
#include "program/program.h"
#include "supervisor/proc_file.h"

/* sizeof(struct bpf_prog) of Linux 6.18: what stands in front of the instructions. */
#define PROG_HEADER 72

/* What a kernel's fdinfo says first, for every file. */
struct common {
	unsigned long long pos;
	unsigned int flags;
	int mount;
	unsigned long long inode;
};

bool alv_fdinfo_is_place(const struct alv_place *place)
{
	static const char directory[] = "/fdinfo";
	char path[32], text[128];
	ssize_t n;

	if (place->name[strspn(place->name, "0123456789")] || !alv_proc_is_place(place))
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place->dir);
	n = readlink(path, text, sizeof(text) - 1);
	if (n < (ssize_t)strlen(directory))
		return false;
	text[n] = '\0';
	return !strcmp(text + n - strlen(directory), directory);
}

static int common_parse(const char *text, struct common *ret_common)
{
	int n = sscanf(text, "pos: %llu flags: %o mnt_id: %d ino: %llu", &ret_common->pos,
		       &ret_common->flags, &ret_common->mount, &ret_common->inode);

	return n == 4 ? 0 : -ENOENT;
}

/* Inodes are told apart by file system: a memfd's mount is that of our own memfds. */
static bool same_mount(const struct alv_object *obj, const struct common *common)
{
	ALV_AUTO(mem) char *text = NULL;
	ALV_AUTO(fd) int fd = -1;
	struct common own;
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", obj->identity.memfd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && !alv_proc_read(fd, &text) && !common_parse(text, &own) &&
	       own.mount == common->mount;
}

static int find_object(struct alv_host *host, const struct common *common,
		       struct alv_object **ret_obj)
{
	struct alv_file file = { .device = host->identities.device, .inode = common->inode };
	int err = alv_identity_find(host, &file, ret_obj, NULL);

	if (err)
		return -ENOENT;
	if (same_mount(*ret_obj, common))
		return 0;
	alv_object_put(*ret_obj);
	return -ENOENT;
}

static void print_map(FILE *out, struct alv_object *obj)
{
	struct alv_map *map = alv_map_of(obj);
	struct alv_tail_kind owner;

	/* How the map's own first descriptor was asked for is no property of the map. */
	fprintf(out,
		"map_type:\t%u\nkey_size:\t%u\nvalue_size:\t%u\nmax_entries:\t%u\n"
		"map_flags:\t0x%x\nmap_extra:\t0x%llx\nmemlock:\t%llu\nmap_id:\t%u\n"
		"frozen:\t%u\n",
		map->type, map->key_size, map->value_size, map->max_entries,
		map->flags & ~(unsigned int)(BPF_F_RDONLY | BPF_F_WRONLY),
		(unsigned long long)map->extra,
		(unsigned long long)(map->ops->usage ? map->ops->usage(map) : 0), obj->id,
		map->frozen);
	if (alv_prog_array_owner(map, &owner))
		fprintf(out, "owner_prog_type:\t%u\nowner_jited:\t0\n", owner.type);
}

/* There is no native code, so the interpreted one is all that a program takes. */
static void print_prog(FILE *out, struct alv_object *obj)
{
	struct alv_program *prog = alv_program_of(obj);
	u64 bytes = PROG_HEADER + (u64)prog->n_code * sizeof(*prog->code);
	char tag[2 * ALV_TAG_SIZE + 1];

	for (u32 i = 0; i < ALV_TAG_SIZE; i++)
		snprintf(tag + 2 * i, 3, "%02x", prog->tag[i]);
	fprintf(out,
		"prog_type:\t%u\nprog_jited:\t0\nprog_tag:\t%s\nmemlock:\t%llu\n"
		"prog_id:\t%u\nrun_time_ns:\t%llu\nrun_cnt:\t%llu\n"
		"recursion_misses:\t%llu\nverified_insns:\t%u\n",
		prog->type, tag, (unsigned long long)alv_round_up(bytes, alv_page_size()),
		obj->id, (unsigned long long)alv_load_relaxed(&prog->stats.run_time_ns),
		(unsigned long long)alv_load_relaxed(&prog->stats.run_cnt),
		(unsigned long long)alv_load_relaxed(&prog->stats.recursion_misses),
		prog->verified_insns);
}

static void print_btf(FILE *out, struct alv_object *obj)
{
	fprintf(out, "btf_id:\t%u\n", obj->id);
}

/* NULL: nothing more is told of such objects. */
static void (*const print_kind[ALV_N_KINDS])(FILE *out, struct alv_object *obj) = {
	[ALV_KIND_MAP] = print_map,
	[ALV_KIND_PROG] = print_prog,
	[ALV_KIND_BTF] = print_btf,
};

static void print(FILE *out, const struct common *common, struct alv_object *obj)
{
	/* Large files are a matter of memfds, not of the kernel's descriptors. */
	fprintf(out, "pos:\t%llu\nflags:\t0%o\nmnt_id:\t%d\nino:\t%llu\n", common->pos,
		common->flags & ~0100000u, common->mount, common->inode);
	if (print_kind[obj->ops->kind])
		print_kind[obj->ops->kind](out, obj);
}

int alv_fdinfo_open(struct alv_task *task, const struct alv_place *place)
{
	ALV_AUTO(mem) char *text = NULL;
	struct alv_proc_answer answer;
	struct alv_object *obj;
	struct common common;
	int err;

	err = alv_proc_read_place(task, place, &text);
	if (!err)
		err = common_parse(text, &common);
	if (!err)
		err = find_object(task->host, &common, &obj);
	if (err)
		return err;
	err = alv_proc_answer_init(&answer);
	if (!err) {
		print(answer.out, &common, obj);
		err = alv_proc_answer_finish(&answer, 0);
	}
	alv_object_put(obj);
	return err;
}
