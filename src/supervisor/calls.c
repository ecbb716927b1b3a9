/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "supervisor/call.h"
#include "supervisor/gate.h"

#define IOC_TYPE_MASK ((u64)_IOC_TYPEMASK << _IOC_TYPESHIFT)
#define MAP_KIND (MAP_TYPE | MAP_ANONYMOUS)

/* Calls that name files: in both views, or where the view is made of nothing else. */
#define NAMES(call) { #call, __NR_##call, -1, ALV_WHEN_ALWAYS, false, alv_call_path, 0, {} }
#define PATHS(call) { #call, __NR_##call, -1, ALV_WHEN_PATHS, false, alv_call_path, 0, {} }

/* Newer than the C library's headers. */
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif

/* A call whose first argument is a descriptor, rare enough to look at each. */
#define DESCRIPTOR_ROW(name, nr, nr_i386)                                                          \
	{                                                                                          \
		name, nr, nr_i386, ALV_WHEN_ALWAYS, false, alv_call_descriptor, 0, {}              \
	}

const struct alv_call_row alv_call_rows[] = {
	{ "bpf", __NR_bpf, 357, ALV_WHEN_ALWAYS, true, alv_call_bpf, 0, {} },
	/* Mappings of files; i386's pages instead of bytes concern the handler. */
	{ "mmap", __NR_mmap, 192, ALV_WHEN_ALWAYS, false, alv_call_mmap, 1,
	  { { 3, MAP_KIND, MAP_SHARED } } },
	{ "mmap", __NR_mmap, 192, ALV_WHEN_ALWAYS, false, alv_call_mmap, 1,
	  { { 3, MAP_KIND, MAP_SHARED_VALIDATE } } },
	/* The dynamic loader's own mappings are many, and never of maps. */
	{ "mmap", __NR_mmap, 192, ALV_WHEN_ALWAYS, false, alv_call_mmap, 1,
	  { { 3, MAP_KIND | MAP_DENYWRITE, MAP_PRIVATE } } },
	/* Rare but for programs that translate others, at one notification each. */
	{ "mprotect", __NR_mprotect, 125, ALV_WHEN_ALWAYS, false, alv_call_mprotect, 1,
	  { { 2, PROT_EXEC, PROT_EXEC } } },
	{ "pkey_mprotect", __NR_pkey_mprotect, 380, ALV_WHEN_ALWAYS, false, alv_call_mprotect, 1,
	  { { 2, PROT_EXEC, PROT_EXEC } } },
	/* Of the transport "trap": the signal that it uses, and its way in for descriptors. */
	{ "rt_sigaction", __NR_rt_sigaction, -1, ALV_WHEN_TRAP, false, alv_call_sigaction, 1,
	  { { 0, ~0u, SIGSYS } } },
	{ "getpid", __NR_getpid, ALV_GATE_NR_I386, ALV_WHEN_GATE, false, alv_call_gate, 0, {} },
	{ "epoll_ctl", __NR_epoll_ctl, 255, ALV_WHEN_ALWAYS, false, alv_call_epoll_ctl, 0, {} },
	{ "perf_event_open", __NR_perf_event_open, 336, ALV_WHEN_ALWAYS, true,
	  alv_call_perf_event_open, 0, {} },
	/* Requests of perf events are all of one type, which nobody else has. */
	{ "ioctl", __NR_ioctl, 54, ALV_WHEN_ALWAYS, false, alv_call_perf_ioctl, 1,
	  { { 1, IOC_TYPE_MASK, PERF_EVENT_IOC_DISABLE & IOC_TYPE_MASK } } },
	{ "mount", __NR_mount, 21, ALV_WHEN_ALWAYS, true, alv_call_mount, 0, {} },
	{ "getresuid", __NR_getresuid, 209, ALV_WHEN_PATHS_ROOT, false, alv_call_getres, 0, {} },
	{ "getresgid", __NR_getresgid, 211, ALV_WHEN_PATHS_ROOT, false, alv_call_getres, 0, {} },
	/* Rare calls, in which a bpf filesystem differs from other directories. */
	NAMES(openat2),
	NAMES(statfs),
	NAMES(mkdir),
	NAMES(mkdirat),
	NAMES(mknod),
	NAMES(mknodat),
	NAMES(symlink),
	NAMES(symlinkat),
	NAMES(unlink),
	NAMES(unlinkat),
	NAMES(rmdir),
	NAMES(link),
	NAMES(linkat),
	NAMES(rename),
	NAMES(renameat),
	NAMES(renameat2),
	{ "fstatfs", __NR_fstatfs, -1, ALV_WHEN_ALWAYS, false, alv_call_fstatfs, 0, {} },
	/* Without a path it is futimens(3). */
	{ "utimensat", __NR_utimensat, 320, ALV_WHEN_ALWAYS, false, alv_call_descriptor, 1,
	  { { 1, UINT64_MAX, 0 } } },
	{ "open", __NR_open, -1, ALV_WHEN_OPENS, false, alv_call_path, 0, {} },
	{ "openat", __NR_openat, -1, ALV_WHEN_OPENS, false, alv_call_path, 0, {} },
	{ "open", __NR_open, -1, ALV_WHEN_CREATES, false, alv_call_path, 1,
	  { { 1, O_CREAT, O_CREAT } } },
	{ "openat", __NR_openat, -1, ALV_WHEN_CREATES, false, alv_call_path, 1,
	  { { 2, O_CREAT, O_CREAT } } },
	/* Without mounts, every path may be one of ours. */
	NAMES(creat),
	PATHS(stat),
	PATHS(lstat),
	PATHS(newfstatat),
	PATHS(statx),
	PATHS(access),
	PATHS(faccessat),
	PATHS(faccessat2),
	PATHS(readlink),
	PATHS(readlinkat),
	PATHS(getxattr),
	PATHS(lgetxattr),
	PATHS(listxattr),
	PATHS(llistxattr),
	PATHS(setxattr),
	PATHS(lsetxattr),
	PATHS(name_to_handle_at),
	PATHS(chdir),
	PATHS(truncate),
	PATHS(chmod),
	PATHS(fchmodat),
	PATHS(fchmodat2),
	PATHS(chown),
	PATHS(lchown),
	PATHS(fchownat),
	PATHS(utimensat),
	{ "getcwd", __NR_getcwd, -1, ALV_WHEN_PATHS, false, alv_call_getcwd, 0, {} },
	DESCRIPTOR_ROW("fallocate", __NR_fallocate, 324),
	DESCRIPTOR_ROW("fchmod", __NR_fchmod, 94),
	DESCRIPTOR_ROW("fchown", __NR_fchown, 207),
	DESCRIPTOR_ROW("fchown16", -1, 95),
	DESCRIPTOR_ROW("flock", __NR_flock, 143),
	DESCRIPTOR_ROW("ftruncate", __NR_ftruncate, 93),
	DESCRIPTOR_ROW("ftruncate64", -1, 194),
	{ "fcntl", __NR_fcntl, 55, ALV_WHEN_ALWAYS, false, alv_call_descriptor, 1,
	  { { 1, UINT32_MAX, F_ADD_SEALS } } },
	{ "fcntl", __NR_fcntl, 221, ALV_WHEN_ALWAYS, false, alv_call_descriptor, 1,
	  { { 1, UINT32_MAX, F_GET_SEALS } } },
};

const size_t alv_n_call_rows = ALV_COUNT(alv_call_rows);

static bool call_wanted(const struct alv_call_row *row, const struct alv_filter_plan *plan)
{
	bool paths = plan->view == ALV_VIEW_PATHS;

	switch (row->when) {
	case ALV_WHEN_ALWAYS:
		return true;
	case ALV_WHEN_MOUNTS:
		return !paths;
	case ALV_WHEN_PATHS:
		return paths;
	case ALV_WHEN_PATHS_ROOT:
		return paths && plan->root;
	case ALV_WHEN_OPENS:
		return paths || plan->opens;
	case ALV_WHEN_CREATES:
		return !paths && !plan->opens;
	case ALV_WHEN_TRAP:
		return plan->transport == ALV_TRANSPORT_TRAP;
	case ALV_WHEN_GATE:
		break;
	}
	return false;
}

static bool row_matches(const struct alv_call_row *row, u32 arch, int nr, const u64 args[6])
{
	if ((arch == AUDIT_ARCH_I386 ? row->nr_i386 : row->nr) != nr)
		return false;
	for (size_t i = 0; i < row->n_conditions; i++) {
		const struct alv_condition *condition = &row->conditions[i];

		if ((args[condition->index] & condition->mask) != condition->value)
			return false;
	}
	return true;
}

enum alv_action alv_call_action(const struct alv_call_row *row,
				const struct alv_filter_plan *plan)
{
	if (!call_wanted(row, plan))
		return ALV_ACTION_PASS;
	if (plan->transport == ALV_TRANSPORT_TRAP && (row->denied || !plan->listener))
		return ALV_ACTION_TRAP;
	return ALV_ACTION_NOTIFY;
}

struct alv_filter_plan alv_server_plan(const struct alv_server *server)
{
	return (struct alv_filter_plan){
		.transport = server->transport,
		.view = server->view,
		.opens = server->opens,
		.root = server->root,
		.listener = server->listener >= 0,
	};
}

enum alv_action alv_calls_action(const struct alv_filter_plan *plan, u32 arch, int nr,
				 const u64 args[6])
{
	enum alv_action strongest = ALV_ACTION_PASS;

	for (size_t i = 0; i < alv_n_call_rows; i++) {
		const struct alv_call_row *row = &alv_call_rows[i];

		if (row_matches(row, arch, nr, args) && alv_call_action(row, plan) > strongest)
			strongest = alv_call_action(row, plan);
	}
	return strongest;
}

void alv_calls_serve(struct alv_request *req)
{
	for (size_t i = 0; i < alv_n_call_rows; i++) {
		if (!row_matches(&alv_call_rows[i], req->arch, req->nr, req->args))
			continue;
		alv_call_rows[i].serve(req);
		return;
	}
	alv_request_reply(req, -ENOSYS);
}
