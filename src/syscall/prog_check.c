/* SPDX-License-Identifier: BSD-2-Clause */
#include "syscall/prog_check.h"

#include <errno.h>
#include <stdlib.h>

#include "base/report.h"
#include "engine/interpreter.h"
#include "engine/rewrite.h"
#include "helper/call.h"
#include "map/prog_array.h"
#include "syscall/log_buffer.h"
#include "syscall/prog_maps.h"
#include "syscall/prog_records.h"
#include "verifier/verifier.h"

/* A program on its way through the verifier. */
struct check {
	struct alv_call *call;
	struct alv_program *prog;
	struct alv_report *report;
	struct alv_verifier_request request;
	struct alv_prog_maps maps;
	struct alv_verdict verdict;
};

/* A kernel without the helpers that are not served. */
static const struct alv_helper *served_helper(const struct alv_prog_traits *traits, u32 id)
{
	const struct alv_prog_type *type = alv_prog_type(traits->kernel, traits->type->type);

	if (id != BPF_FUNC_tail_call && !alv_helper_call(type->type, id))
		return NULL;
	return type->helper ? type->helper(traits, id) : NULL;
}

/* Types are only looked at by those who give records that speak of them. */
static int find_btf(struct check *check)
{
	const struct alv_attr_prog_load *attr = &check->call->attr.prog_load;
	struct alv_object *obj;
	int err;

	if (!attr->func_info_cnt && !attr->line_info_cnt)
		return 0;
	err = alv_task_object(check->call->task, (int)attr->prog_btf_fd, ALV_KIND_BTF, &obj, NULL);
	if (err)
		return err;
	if (alv_btf_object_of(obj)->btf->kernel) {
		alv_object_put(obj);
		return -EACCES;
	}
	check->prog->btf = alv_btf_object_of(obj);
	check->request.btf = check->prog->btf->btf;
	return 0;
}

static int find_records(struct check *check)
{
	struct alv_program *prog = check->prog;
	int err = alv_prog_func_info(check->call, check->report, &prog->func_info);

	if (!err)
		err = alv_prog_line_info(check->call, check->report, &prog->line_info);
	check->request.func_info = prog->func_info.data;
	check->request.n_func_info = prog->func_info.count;
	check->request.line_info = prog->line_info.data;
	check->request.n_line_info = prog->line_info.count;
	return err;
}

/* All maps that it names belong to it, and prog arrays must be for its kind. */
static int keep_maps(struct check *check)
{
	for (u32 i = 0; i < check->maps.n; i++) {
		struct alv_map *map = check->maps.list[i]->map;
		int err = alv_program_bind_map(check->prog, map);

		if (!err && map->type == BPF_MAP_TYPE_PROG_ARRAY)
			err = alv_prog_array_own(map, &check->prog->tail);
		if (err)
			return err;
	}
	return 0;
}

static int rewrite(struct check *check)
{
	const struct alv_rewrite_request request = {
		.insns = check->request.insns,
		.n_insns = check->request.n_insns,
		.facts = check->verdict.facts,
		.functions = check->verdict.functions,
		.n_functions = check->verdict.n_functions,
		.prog_type = check->prog->type,
	};
	struct alv_program *prog = check->prog;
	struct alv_rewritten rewritten;
	int err = alv_rewrite(&request, &rewritten);

	if (err)
		return err;
	prog->code = rewritten.code;
	prog->shown = rewritten.shown;
	prog->n_code = rewritten.n_code;
	prog->engine = alv_interpret;
	alv_prog_records_follow(&prog->func_info, &rewritten);
	alv_prog_records_follow(&prog->line_info, &rewritten);
	free(rewritten.index);
	return 0;
}

static int judge(struct check *check)
{
	int err = alv_prog_maps_add_all(&check->maps);

	if (!err)
		err = find_btf(check);
	if (!err)
		err = find_records(check);
	if (err)
		return err;
	err = alv_verify(&check->request, &check->verdict);
	check->prog->verified_insns = check->verdict.processed;
	check->prog->max_ctx_offset = check->verdict.ctx_reach;
	if (!err)
		err = keep_maps(check);
	if (!err)
		err = rewrite(check);
	free(check->verdict.facts);
	return err;
}

int alv_prog_check(struct alv_call *call, const struct alv_prog_traits *traits,
		   const struct bpf_insn *insns, struct alv_program *prog)
{
	const struct alv_attr_prog_load *attr = &call->attr.prog_load;
	const struct alv_log_request log = {
		.buffer = attr->log_buf,
		.size = attr->log_size,
		.level = attr->log_level,
		.true_size_field = offsetof(union alv_attr, prog_load.log_true_size),
	};
	struct alv_prog_type type = *traits->type;
	struct alv_log_buffer buffer;
	struct alv_report report;
	struct check check = {
		.call = call,
		.prog = prog,
		.report = &report,
		.request = {
			.insns = insns,
			.n_insns = attr->insn_cnt,
			.traits = *traits,
			.flags = attr->prog_flags,
			.n_cpus = call->task->host->cpus,
			.report = &report,
		},
	};
	int err = alv_log_open(call, &log, &buffer, &report);

	if (err)
		return err;
	type.helper = served_helper;
	check.request.traits.type = &type;
	alv_prog_maps_init(&check.maps, call, prog->digest, &report);
	alv_prog_maps_names(&check.maps, &check.request.names);
	err = judge(&check);
	alv_prog_maps_fini(&check.maps);
	return alv_log_close(call, &log, &report, err);
}
