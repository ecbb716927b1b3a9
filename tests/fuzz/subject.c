/* SPDX-License-Identifier: BSD-2-Clause */
#include "subject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../oracle/maps.h"
#include "engine/rewrite.h"
#include "verifier/state.h"

#define LOG_SIZE  65536
#define MAX_STEPS 20000

static struct {
	bool made;
	struct alv_btf *types;
	struct alv_record *record;
	struct alv_checked_map maps[N_MAPS];
	struct alv_checked_map inner;
	u8 constant[64];
} world;

static const void *constant_value(const struct alv_checked_map *map)
{
	return world.constant;
}

static void make_map(u32 i)
{
	const struct oracle_map_def *def = &oracle_map_defs[i];

	world.maps[i] = (struct alv_checked_map){
		.type = def->type,
		.key_size = def->key_size,
		.value_size = def->value_size,
		.max_entries = def->max_entries,
		.flags = def->flags,
		.direct = def->type == BPF_MAP_TYPE_ARRAY,
		.inner = def->type == BPF_MAP_TYPE_ARRAY_OF_MAPS ? &world.inner : NULL,
	};
	memcpy(world.maps[i].name, def->name, strlen(def->name));
}

static void make_world(void)
{
	const struct alv_btf_rules rules = { .version = V6_18 };
	struct alv_buf raw;

	oracle_types(&raw);
	if (alv_btf_parse(&raw, &rules, NULL, &world.types) ||
	    alv_record_parse(world.types, &rules, TYPE_LOCKED_VALUE, ALV_FIELDS_OF_MAPS,
			     LOCKED_VALUE_SIZE, &world.record))
		abort();
	world.inner = (struct alv_checked_map){
		.type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
		.direct = true,
	};
	for (u32 i = 0; i < N_MAPS; i++)
		make_map(i);
	world.maps[MAP_LOCKED].record = world.record;
	world.maps[MAP_LOCKED].btf = world.types;
	world.maps[MAP_CONST].constant = true;
	world.maps[MAP_CONST].value = constant_value;
	world.made = true;
}

const struct alv_btf *subject_types(void)
{
	if (!world.made)
		make_world();
	return world.types;
}

void subject_maps(struct oracle_maps *ret_maps)
{
	for (u32 i = 0; i < N_MAPS; i++)
		ret_maps->fds[i] = FIRST_FD + (int)i;
	ret_maps->inner = -1;
	ret_maps->btf = -1;
}

void subject_choose(struct subject *subject, const u8 choice[4])
{
	static const u32 levels[] = { 0, 1, 2, 4, 3, 9, 7, 1 };

	subject->type = choice[0] % 40;
	subject->attach = choice[0] >= 40 ? choice[1] % 60 : 0;
	subject->unprivileged = choice[2] & 1;
	subject->log_level = levels[choice[2] >> 1 & 7];
	subject->flags = choice[2] >> 4;
	subject->log_size = choice[3] & 1 ? 200 : LOG_SIZE;
}

static int find_map(void *data, s32 fd, const struct alv_checked_map **ret_map)
{
	if (fd < FIRST_FD || fd >= FIRST_FD + N_MAPS)
		return fd < 0 ? -EBADF : -EINVAL;
	*ret_map = &world.maps[fd - FIRST_FD];
	return 0;
}

static int fd_at(void *data, s32 index, s32 *ret_fd)
{
	if (index < 0)
		return -EPROTO;
	*ret_fd = index;
	return 0;
}

static int count_step(void *data, u32 insn, const struct alv_state *state)
{
	return ++*(u32 *)data > MAX_STEPS ? -E2BIG : 0;
}

static int end_path(void *data, struct alv_env *env)
{
	return 0;
}

static int to_log(void *ctx, u32 offset, const void *src, u32 size)
{
	if (offset > LOG_SIZE || size > LOG_SIZE - offset)
		abort();
	memcpy((char *)ctx + offset, src, size);
	return 0;
}

static int from_log(void *ctx, u32 offset, void *dst, u32 size)
{
	if (offset > LOG_SIZE || size > LOG_SIZE - offset)
		abort();
	memcpy(dst, (char *)ctx + offset, size);
	return 0;
}

static void rewrite(const struct subject *subject, const struct alv_verdict *verdict)
{
	const struct alv_rewrite_request request = {
		.insns = subject->insns,
		.n_insns = subject->n_insns,
		.facts = verdict->facts,
		.functions = verdict->functions,
		.n_functions = verdict->n_functions,
		.prog_type = subject->type,
	};
	struct alv_rewritten rewritten;

	if (alv_rewrite(&request, &rewritten))
		return;
	free(rewritten.code);
	free(rewritten.shown);
	free(rewritten.index);
}

static int verify(const struct subject *subject, struct alv_report *report)
{
	u32 steps = 0;
	const struct alv_verifier_observer observer = {
		.data = &steps,
		.visit = count_step,
		.ended = end_path,
	};
	struct alv_verifier_request request = {
		.insns = subject->insns,
		.n_insns = subject->n_insns,
		.flags = subject->flags,
		.n_cpus = 2,
		.names = { .map = find_map, .fd_at = fd_at },
		.btf = subject->btf,
		.func_info = subject->func_info,
		.n_func_info = subject->n_func_info,
		.line_info = subject->line_info,
		.n_line_info = subject->n_line_info,
		.report = report,
		.observer = &observer,
	};
	struct alv_verdict verdict;
	int err;

	request.traits.type = alv_prog_type(V6_18, subject->type);
	if (!request.traits.type)
		return -EINVAL;
	request.traits.kernel = V6_18;
	request.traits.expected_attach_type = subject->attach;
	if (alv_prog_type_attach(request.traits.type, V6_18,
				 &request.traits.expected_attach_type))
		return -EINVAL;
	request.traits.authority.caps = subject->unprivileged ? 0 : ~0ull;
	request.traits.gpl = true;
	request.traits.sleepable = request.traits.type->must_sleep;
	err = alv_verify(&request, &verdict);
	if (!err)
		rewrite(subject, &verdict);
	free(verdict.facts);
	return err;
}

int subject_verify(const struct subject *subject)
{
	static char log[LOG_SIZE];
	const struct alv_report_sink sink = { to_log, from_log, log };
	const struct alv_report_request want = {
		.level = subject->log_level,
		.size = subject->log_size,
		.has_buffer = subject->log_level,
	};
	struct alv_report report;
	u32 true_size;
	int err;

	subject_types();
	if (!subject->n_insns)
		return -E2BIG;
	if (!subject->log_level)
		return verify(subject, NULL);
	if (alv_report_init(&report, &want, &sink))
		return -EINVAL;
	err = verify(subject, &report);
	err = alv_report_finish(&report, err, &true_size);
	alv_report_fini(&report);
	return err;
}
