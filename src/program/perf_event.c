/* SPDX-License-Identifier: BSD-2-Clause */
/* perf_event: programs on the overflow of performance counters. */
#include <linux/bpf_perf_event.h>

#include "program/fields.h"
#include "program/helper_set.h"
#include "program/types.h"

#define NUMBERS(MEMBER, WIDTH)                                                           \
	ALV_FIELD(struct bpf_perf_event_data, MEMBER, sizeof(u64), WIDTH, ALV_CTX_READ)

static const struct alv_ctx_field fields[] = {
	NUMBERS(regs, ALV_CTX_EXACT),
	NUMBERS(sample_period, ALV_CTX_NARROW),
	NUMBERS(addr, ALV_CTX_NARROW),
};

static const struct alv_helper_set own =
	ALV_HELPER_SET(ALV_FN_perf_prog_read_value, ALV_FN_read_branch_records);

static const struct alv_helper *helper(const struct alv_prog_traits *traits, u32 id)
{
	const struct alv_helper *found = alv_helper_in(&own, traits, id);

	if (!found && id == ALV_FN_get_stackid)
		found = alv_helper_variant(ALV_VARIANT_perf_stackid);
	return found ? found : alv_helper_in_tracing(traits, id);
}

const struct alv_prog_type alv_prog_type_perf_event = {
	.name = "perf_event",
	.type = BPF_PROG_TYPE_PERF_EVENT,
	.since = V4_9,
	.loader = ALV_LOADER_PERFMON,
	.fields = fields,
	.n_fields = ALV_COUNT(fields),
	.ctx_size = sizeof(struct bpf_perf_event_data),
	.helper = helper,
};
