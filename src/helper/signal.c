/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals to the current task. */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper/call.h"

#define INIT        1
#define SIGNALS_MAX 64

/* Who has no user, or is the first process, gets none. */
static int check(const struct alv_run_caller *caller, u32 signal)
{
	if (caller->tgid <= INIT)
		return -EPERM;
	return signal > SIGNALS_MAX ? -EINVAL : 0;
}

u64 alv_help_send_signal(ALV_HELPER_PARAMS)
{
	const struct alv_run_caller *caller = alv_run_caller(run);
	int err = check(caller, (u32)r1);

	if (!err && kill((pid_t)caller->tgid, (int)r1))
		err = -errno;
	return alv_helper_errno(err);
}

u64 alv_help_send_signal_thread(ALV_HELPER_PARAMS)
{
	const struct alv_run_caller *caller = alv_run_caller(run);
	int err = check(caller, (u32)r1);

	if (!err && syscall(SYS_tgkill, caller->tgid, caller->pid, (int)r1))
		err = -errno;
	return alv_helper_errno(err);
}
