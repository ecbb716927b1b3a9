/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_OBJ_GET_INFO_BY_FD of a program. The caller says for each array how many
 * elements it has room for; it gets so many and is told how many there are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "program/program.h"
#include "syscall/info.h"

static u32 lesser(u32 a, u32 b)
{
	return a < b ? a : b;
}

/* `there` elements of `size` bytes, as many as the caller has room for. */
static int put_array(struct alv_call *call, u64 to, const void *elements, u32 size, u32 there,
		     u32 *count)
{
	u32 n = lesser(*count, there);

	*count = there;
	return n ? alv_copy_out(call->task, alv_uaddr_at(to), elements, (size_t)n * size) : 0;
}

/* A copy of the ids: no lock is held while the caller's memory is written. */
static int put_map_ids(struct alv_call *call, struct alv_program *prog,
		       struct bpf_prog_info *info)
{
	u32 n, *ids;
	int err;

	pthread_mutex_lock(&prog->lock);
	n = prog->n_maps;
	ids = calloc(n ? n : 1, sizeof(*ids));
	for (u32 i = 0; ids && i < n; i++)
		ids[i] = prog->maps[i]->obj.id;
	pthread_mutex_unlock(&prog->lock);
	if (!ids)
		return -ENOMEM;
	err = put_array(call, info->map_ids, ids, sizeof(*ids), n, &info->nr_map_ids);
	free(ids);
	return err;
}

static int put_instructions(struct alv_call *call, struct alv_program *prog,
			    struct bpf_prog_info *info)
{
	u32 size = prog->n_code * (u32)sizeof(*prog->shown);

	if (!info->xlated_prog_len) {
		info->xlated_prog_len = size;
		return 0;
	}
	return put_array(call, info->xlated_prog_insns, prog->shown, 1, size,
			 &info->xlated_prog_len);
}

static int put_records(struct alv_call *call, struct alv_program *prog,
		       struct bpf_prog_info *info)
{
	int err;

	err = put_array(call, info->func_info, prog->func_info.data, prog->func_info.size,
			prog->func_info.count, &info->nr_func_info);
	if (!err)
		err = put_array(call, info->line_info, prog->line_info.data,
				prog->line_info.size, prog->line_info.count,
				&info->nr_line_info);
	if (!err)
		err = put_array(call, info->prog_tags, prog->tag, sizeof(prog->tag), 1,
				&info->nr_prog_tags);
	return err;
}

/* There is no native code: nothing of it has an address or a length. */
static void say_interpreted(struct bpf_prog_info *info)
{
	info->jited_prog_len = 0;
	info->nr_jited_ksyms = 0;
	info->nr_jited_func_lens = 0;
	info->nr_jited_line_info = 0;
}

static void describe(struct alv_program *prog, struct bpf_prog_info *info)
{
	info->type = prog->type;
	info->id = prog->obj.id;
	memcpy(info->tag, prog->tag, sizeof(info->tag));
	memcpy(info->name, prog->name, sizeof(info->name));
	info->load_time = prog->load_time;
	info->created_by_uid = prog->uid;
	info->gpl_compatible = prog->gpl;
	info->run_time_ns = alv_load_relaxed(&prog->stats.run_time_ns);
	info->run_cnt = alv_load_relaxed(&prog->stats.run_cnt);
	info->recursion_misses = alv_load_relaxed(&prog->stats.recursion_misses);
	info->verified_insns = prog->verified_insns;
	info->btf_id = prog->btf ? prog->btf->obj.id : 0;
	info->attach_btf_obj_id = prog->attach_btf_obj_id;
	info->attach_btf_id = prog->attach_btf_id;
}

/* Records have one size; a caller that speaks of them must know it. */
static int set_record_sizes(struct bpf_prog_info *info)
{
	if ((info->nr_func_info || info->func_info_rec_size) &&
	    info->func_info_rec_size != sizeof(struct bpf_func_info))
		return -EINVAL;
	if ((info->nr_line_info || info->line_info_rec_size) &&
	    info->line_info_rec_size != sizeof(struct bpf_line_info))
		return -EINVAL;
	if ((info->nr_jited_line_info || info->jited_line_info_rec_size) &&
	    info->jited_line_info_rec_size != sizeof(u64))
		return -EINVAL;
	info->func_info_rec_size = sizeof(struct bpf_func_info);
	info->line_info_rec_size = sizeof(struct bpf_line_info);
	info->jited_line_info_rec_size = sizeof(u64);
	return 0;
}

static int put_contents(struct alv_call *call, struct alv_program *prog,
			struct bpf_prog_info *info)
{
	int err;

	if (!alv_may_bpf(&call->task->authority)) {
		info->xlated_prog_len = 0;
		info->nr_func_info = 0;
		info->nr_line_info = 0;
		return 0;
	}
	err = put_instructions(call, prog, info);
	return err ? err : put_records(call, prog, info);
}

int alv_info_of_prog(struct alv_call *call, struct alv_program *prog)
{
	struct bpf_prog_info info;
	int err = alv_info_check_tail(call, sizeof(info));

	if (err)
		return err;
	memset(&info, 0, sizeof(info));
	err = alv_copy_in(call->task, &info, alv_uaddr_at(call->attr.info.info),
			  lesser(call->attr.info.info_len, sizeof(info)));
	if (err)
		return err;
	describe(prog, &info);
	err = put_map_ids(call, prog, &info);
	if (!err)
		err = set_record_sizes(&info);
	if (err)
		return err;
	say_interpreted(&info);
	err = put_contents(call, prog, &info);
	return err ? err : alv_info_put(call, &info, sizeof(info));
}
