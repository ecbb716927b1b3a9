/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_ENABLE_STATS: statistics are kept as long as a descriptor of this kind is open. */
#include <errno.h>
#include <stdlib.h>

#include "syscall/call.h"

struct stats {
	struct alv_object obj;
};

static void stats_unused(struct alv_object *obj)
{
	alv_sub_relaxed(&obj->host->stats_users, 1);
}

static void stats_free(struct alv_object *obj)
{
	free(alv_container(obj, struct stats, obj));
}

static const struct alv_object_ops stats_ops = {
	.kind = ALV_KIND_STATS,
	.name = "bpf-stats",
	.unused = stats_unused,
	.free = stats_free,
};

int alv_cmd_enable_stats(struct alv_call *call)
{
	struct alv_task *task = call->task;
	struct stats *stats;
	int result;

	if (!alv_may_sys_admin(&task->authority))
		return -EPERM;
	if (call->attr.enable_stats.type != BPF_STATS_RUN_TIME)
		return -EINVAL;
	stats = calloc(1, sizeof(*stats));
	if (!stats)
		return -ENOMEM;
	result = alv_object_init(&stats->obj, task->host, &stats_ops, 0);
	if (result) {
		free(stats);
		return result;
	}
	alv_add_relaxed(&task->host->stats_users, 1);
	result = alv_task_install(task, &stats->obj, ALV_MAY_READ);
	alv_object_put(&stats->obj);
	return result;
}
