/* SPDX-License-Identifier: BSD-2-Clause */
/* kprobe: programs at functions of the kernel and (uprobes) of users. */
#include <sys/user.h>

#include "program/fields.h"
#include "program/helper_set.h"
#include "program/types.h"

/* The registers without those that only ptrace(2) shows. */
#define CTX_SIZE offsetof(struct user_regs_struct, fs_base)

static const struct alv_ctx_field fields[] = {
	ALV_BYTES("regs", 0, CTX_SIZE, sizeof(u64), ALV_CTX_FREE, ALV_CTX_READ),
};

static const struct alv_helper *helper(const struct alv_prog_traits *traits, u32 id)
{
	const struct alv_helper *found = alv_helper_in_tracing(traits, id);

	if (!found || id != ALV_FN_get_func_ip)
		return found;
	switch (traits->expected_attach_type) {
	case BPF_TRACE_KPROBE_MULTI:
	case ALV_BPF_TRACE_KPROBE_SESSION:
	case ALV_BPF_TRACE_UPROBE_MULTI:
	case ALV_BPF_TRACE_UPROBE_SESSION:
		return alv_helper_variant(ALV_VARIANT_multi_func_ip);
	}
	return found;
}

/* At a function's entry a session's program says whether it wants the exit, too. */
static struct alv_ret_range returns(const struct alv_prog_traits *traits)
{
	bool session = traits->expected_attach_type == ALV_BPF_TRACE_KPROBE_SESSION ||
		       traits->expected_attach_type == ALV_BPF_TRACE_UPROBE_SESSION;

	return (struct alv_ret_range){ .min = 0, .max = 1, .checked = session };
}

const struct alv_prog_type alv_prog_type_kprobe = {
	.name = "kprobe",
	.type = BPF_PROG_TYPE_KPROBE,
	.since = V4_1,
	.loader = ALV_LOADER_PERFMON,
	.fields = fields,
	.n_fields = ALV_COUNT(fields),
	.ctx_size = CTX_SIZE,
	.helper = helper,
	.returns = returns,
	.may_sleep = true,
};
