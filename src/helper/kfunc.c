/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/kfunc.h"

#include <errno.h>
#include <string.h>

#include "helper/call.h"

/* Runs are not interrupted, and keep what RCU protects. */
static u64 alv_kfunc_section(ALV_HELPER_PARAMS)
{
	return 0;
}

/* Loads through what it returns never fault. */
static u64 alv_kfunc_rdonly_cast(ALV_HELPER_PARAMS)
{
	return r1;
}

/* The numbers [cur + 1, end). */
struct iter_num {
	s32 cur;
	s32 end;
};

#define MAX_NUMBERS (8 * 1024 * 1024)

static u64 alv_kfunc_iter_num_new(ALV_HELPER_PARAMS)
{
	struct iter_num *it = alv_helper_ptr(r1);
	s32 start = (s32)r2, end = (s32)r3;

	*it = (struct iter_num){};
	if (start > end)
		return alv_helper_errno(-EINVAL);
	if ((s64)end - start > MAX_NUMBERS)
		return alv_helper_errno(-E2BIG);
	/* The first call of next makes it `start`. */
	it->cur = (s32)((u32)start - 1);
	it->end = end;
	return 0;
}

static u64 alv_kfunc_iter_num_next(ALV_HELPER_PARAMS)
{
	struct iter_num *it = alv_helper_ptr(r1);
	s32 next = (s32)((u32)it->cur + 1);

	if (next >= it->end) {
		*it = (struct iter_num){};
		return 0;
	}
	it->cur = next;
	return r1;
}

static u64 alv_kfunc_iter_num_destroy(ALV_HELPER_PARAMS)
{
	*(struct iter_num *)alv_helper_ptr(r1) = (struct iter_num){};
	return 0;
}

enum {
	ACQUIRE = ALV_KFUNC_ACQUIRE,
	RELEASE = ALV_KFUNC_RELEASE,
	RET_NULL = ALV_KFUNC_RET_NULL,
	TRUSTED_ARGS = ALV_KFUNC_TRUSTED_ARGS,
	RCU = ALV_KFUNC_RCU,
	RCU_PROTECTED = ALV_KFUNC_RCU_PROTECTED,
	SLEEPS = ALV_KFUNC_SLEEPS,
	ITER_NEW = ALV_KFUNC_ITER_NEW,
	ITER_NEXT = ALV_KFUNC_ITER_NEXT,
	ITER_DESTROY = ALV_KFUNC_ITER_DESTROY,
	FASTCALL = ALV_KFUNC_FASTCALL,
	SPIN = ALV_KFUNC_SPIN,
};

static const struct alv_kfunc kfuncs[] = {
#define KFUNC(NAME, SINCE, USERS, FLAGS, CALL)                                                     \
	[ALV_KFUNC_ID_##NAME] = { #NAME, ALV_KFUNC_ID_##NAME, SINCE, ALV_KFUNC_FOR_##USERS,        \
				  FLAGS, CALL },
#include "helper/kfunc.def"
#undef KFUNC
};

const struct alv_kfunc *alv_kfunc_by_name(enum alv_kernel kernel, const char *name)
{
	for (size_t i = 0; i < ALV_COUNT(kfuncs); i++)
		if (!strcmp(kfuncs[i].name, name))
			return kfuncs[i].since <= kernel ? &kfuncs[i] : NULL;
	return NULL;
}

/* Types of programs with the same kernel functions. */
static const struct family {
	u8 users;
	u32 prog_type;
} families[] = {
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_TRACING },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_TRACEPOINT },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_PERF_EVENT },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_LSM },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_SCHED_CLS },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_XDP },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_STRUCT_OPS },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_SYSCALL },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_CGROUP_SKB },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_CGROUP_SOCK },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_CGROUP_DEVICE },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_CGROUP_SOCK_ADDR },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_CGROUP_SOCKOPT },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_CGROUP_SYSCTL },
	{ ALV_KFUNC_FOR_GENERIC, BPF_PROG_TYPE_SOCK_OPS },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_SCHED_CLS },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_SCHED_ACT },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_SK_SKB },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_SOCKET_FILTER },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_CGROUP_SKB },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_CGROUP_SOCK },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_CGROUP_DEVICE },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_CGROUP_SOCK_ADDR },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_CGROUP_SOCKOPT },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_CGROUP_SYSCTL },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_SOCK_OPS },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_LWT_IN },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_LWT_OUT },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_LWT_XMIT },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_LWT_SEG6LOCAL },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_TRACING },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_TRACEPOINT },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_PERF_EVENT },
	{ ALV_KFUNC_FOR_SKB, BPF_PROG_TYPE_LSM },
	{ ALV_KFUNC_FOR_SCHED, BPF_PROG_TYPE_SCHED_CLS },
	{ ALV_KFUNC_FOR_SCHED, BPF_PROG_TYPE_SCHED_ACT },
	{ ALV_KFUNC_FOR_XDP, BPF_PROG_TYPE_XDP },
	{ ALV_KFUNC_FOR_CPUMASK, BPF_PROG_TYPE_TRACING },
	{ ALV_KFUNC_FOR_CPUMASK, BPF_PROG_TYPE_TRACEPOINT },
	{ ALV_KFUNC_FOR_CPUMASK, BPF_PROG_TYPE_PERF_EVENT },
	{ ALV_KFUNC_FOR_CPUMASK, BPF_PROG_TYPE_LSM },
	{ ALV_KFUNC_FOR_CPUMASK, BPF_PROG_TYPE_STRUCT_OPS },
	{ ALV_KFUNC_FOR_CPUMASK, BPF_PROG_TYPE_SYSCALL },
};

bool alv_kfunc_is_for(const struct alv_kfunc *kfunc, u32 prog_type)
{
	for (size_t i = 0; i < ALV_COUNT(families); i++)
		if (families[i].users == kfunc->users && families[i].prog_type == prog_type)
			return true;
	return kfunc->users == ALV_KFUNC_FOR_ALL;
}
