/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

u64 alv_helper_unserved(struct alv_run *run, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return (u64)-(s64)EINVAL;
}

/* The number behind "\nName:\t" of /proc/TID/status. */
static u32 status_field(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? (u32)strtoul(at + strlen(name), NULL, 10) : 0;
}

/* The last of the numbers behind a name: there is one for each process namespace. */
static u32 innermost(const char *status, const char *name)
{
	const char *at = strstr(status, name);
	u32 value = 0;

	if (!at)
		return 0;
	for (at += strlen(name); *at >= '0' && *at <= '9'; at += *at == '\t') {
		char *end;

		value = (u32)strtoul(at, &end, 10);
		at = end;
	}
	return value;
}

static ssize_t read_proc(const char *path, char *text, size_t size)
{
	ALV_AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	if (n < 0)
		return -errno;
	text[n] = 0;
	return n;
}

/* A task that is gone by now has zeroes, like a kernel thread. */
static void ask_proc(struct alv_run_caller *caller, int tid)
{
	char path[64], status[4096], comm[ALV_COMM_LEN + 2];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	if (read_proc(path, status, sizeof(status)) <= 0)
		return;
	caller->tgid = status_field(status, "\nTgid:\t");
	caller->pid = status_field(status, "\nPid:\t");
	caller->uid = status_field(status, "\nUid:\t");
	caller->gid = status_field(status, "\nGid:\t");
	caller->ns_pid = innermost(status, "\nNSpid:\t");
	caller->ns_tgid = innermost(status, "\nNStgid:\t");
	snprintf(path, sizeof(path), "/proc/%d/comm", tid);
	n = read_proc(path, comm, sizeof(comm));
	if (n <= 0)
		return;
	if (comm[n - 1] == '\n')
		n--;
	memcpy(caller->comm, comm, (size_t)n < ALV_COMM_LEN ? (size_t)n : ALV_COMM_LEN - 1);
}

const struct alv_run_caller *alv_run_caller(struct alv_run *run)
{
	if (!run->known && run->task)
		ask_proc(&run->caller, run->task->tid ? run->task->tid : gettid());
	run->known = true;
	return &run->caller;
}

bool alv_run_expose(struct alv_run *run, const void *base, u64 size)
{
	if (run->n_windows == ALV_RUN_WINDOWS)
		return false;
	run->windows[run->n_windows++] = (struct alv_window){ .base = base, .size = size };
	return true;
}

int alv_run_probe(const struct alv_run *run, void *dst, u64 address, u64 size)
{
	for (u32 i = 0; i < run->n_windows; i++) {
		const struct alv_window *window = &run->windows[i];
		u64 offset = address - (u64)(uintptr_t)window->base;

		if (offset > window->size || size > window->size - offset)
			continue;
		memcpy(dst, (const u8 *)window->base + offset, size);
		return 0;
	}
	return -EFAULT;
}
