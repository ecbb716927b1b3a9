/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

static u32 row_action(const struct alv_filter_plan *plan, const struct alv_call_row *row)
{
	return alv_call_action(row, plan) == ALV_ACTION_TRAP ? SCMP_ACT_TRAP : SCMP_ACT_NOTIFY;
}

static int add_row(scmp_filter_ctx ctx, const struct alv_filter_plan *plan, const struct alv_call_row *row,
		   int nr)
{
	struct scmp_arg_cmp conditions[ALV_MAX_CONDITIONS];

	for (size_t i = 0; i < row->n_conditions; i++) {
		const struct alv_condition *from = &row->conditions[i];

		conditions[i] = (struct scmp_arg_cmp){
			.arg = from->index,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = from->mask,
			.datum_b = from->value,
		};
	}
	return seccomp_rule_add_exact_array(ctx, row_action(plan, row), nr,
					    (unsigned int)row->n_conditions, conditions);
}

/* libseccomp wants the native number of a call of any architecture, or its own for it. */
static int native_number(u32 arch, int nr)
{
	ALV_AUTO(mem) char *name = seccomp_syscall_resolve_num_arch(arch, nr);

	return name ? seccomp_syscall_resolve_name(name) : __NR_SCMP_ERROR;
}

/*
 * Without a user namespace the filter itself tells who the caller is: an "errno"
 * of 0. The calls that write ids to memory are requests like others.
 */
static int add_root(scmp_filter_ctx ctx, const struct alv_filter_plan *plan)
{
	static const char *const calls[] = {
		"getuid", "geteuid", "getgid", "getegid",
		"getuid32", "geteuid32", "getgid32", "getegid32",
	};
	int err = 0;

	if (!plan->root || plan->view != ALV_VIEW_PATHS)
		return 0;
	for (size_t i = 0; !err && i < ALV_COUNT(calls); i++)
		/* Not "exact": some of them are i386's only. */
		err = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(0),
				       seccomp_syscall_resolve_name(calls[i]), 0);
	return err;
}

/* One architecture's rules. */
static int build_arch(const struct alv_filter_plan *plan, u32 arch, scmp_filter_ctx *ret_ctx)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int err = 0;

	if (!ctx)
		return -ENOMEM;
	if (arch != seccomp_arch_native()) {
		err = seccomp_arch_add(ctx, arch);
		if (!err)
			err = seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE);
	}
	if (!err)
		err = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	for (size_t i = 0; !err && i < alv_n_call_rows; i++) {
		const struct alv_call_row *row = &alv_call_rows[i];
		int nr = arch == SCMP_ARCH_X86 ? row->nr_i386 : row->nr;

		if (nr >= 0 && alv_call_action(row, plan) != ALV_ACTION_PASS)
			err = add_row(ctx, plan, row, native_number(arch, nr));
	}
	if (!err)
		err = add_root(ctx, plan);
	if (err) {
		seccomp_release(ctx);
		return err;
	}
	*ret_ctx = ctx;
	return 0;
}

/* libseccomp writes a program to a descriptor only. */
static int export(scmp_filter_ctx ctx, struct alv_filter *ret_filter)
{
	ALV_AUTO(fd) int fd = memfd_create("filter", MFD_CLOEXEC);
	off_t size;
	int err;

	if (fd < 0)
		return -errno;
	err = seccomp_export_bpf(ctx, fd);
	if (err)
		return err;
	size = lseek(fd, 0, SEEK_END);
	ret_filter->code = malloc((size_t)size);
	if (!ret_filter->code)
		return -ENOMEM;
	ret_filter->count = (size_t)size / sizeof(*ret_filter->code);
	if (pread(fd, ret_filter->code, (size_t)size, 0) != size) {
		alv_filter_fini(ret_filter);
		return -EIO;
	}
	return 0;
}

int alv_filter_build(const struct alv_filter_plan *plan, struct alv_filter *ret_filter)
{
	scmp_filter_ctx ctx, i386;
	int err;

	err = build_arch(plan, SCMP_ARCH_X86_64, &ctx);
	if (err)
		return err;
	err = build_arch(plan, SCMP_ARCH_X86, &i386);
	if (!err) {
		err = seccomp_merge(ctx, i386);
		if (err)
			seccomp_release(i386);
	}
	if (!err)
		err = export(ctx, ret_filter);
	seccomp_release(ctx);
	if (!err && plan->transport == ALV_TRANSPORT_TRAP) {
		err = alv_filter_add_gate(ret_filter, plan);
		if (err)
			alv_filter_fini(ret_filter);
	}
	return err;
}

void alv_filter_fini(struct alv_filter *filter)
{
	free(filter->code);
	filter->code = NULL;
	filter->count = 0;
}

int alv_filter_load(const struct alv_filter *filter, bool listener)
{
	struct sock_fprog program = {
		.len = (unsigned short)filter->count,
		.filter = filter->code,
	};
	/* Without WAIT_KILLABLE_RECV each signal would make the call once more. */
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER |
			      ALV_FILTER_FLAG_WAIT_KILLABLE_RECV;
	long fd = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, listener ? flags : 0, &program);

	if (fd < 0 && listener && errno == EINVAL) /* Linux 5.14 to 5.18 */
		fd = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER,
			     SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	return fd < 0 ? -errno : (int)fd;
}
