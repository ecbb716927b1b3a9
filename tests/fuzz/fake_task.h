/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A caller that is made up: a few pages of memory and a few descriptors, so that
 * small numbers of a fuzzer's input hit them, and every other one is a bad pointer
 * or descriptor.
 */
#ifndef FAKE_TASK_H
#define FAKE_TASK_H

#include "object/host.h"
#include "object/task.h"

#define FAKE_MEMORY_START 0x1000
#define FAKE_MEMORY_SIZE  0x4000
#define FAKE_FDS          12

struct fake_task {
	struct alv_task task;
	u8 memory[FAKE_MEMORY_SIZE];
	int fds[FAKE_FDS]; /* -1: free */
};

void fake_task_init(struct fake_task *fake, struct alv_host *host);
void fake_task_fini(struct fake_task *fake);
void fake_task_close(struct fake_task *fake, unsigned int fd);

#endif
