/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of proc: reading the kernel's, and answering an open of one with a file of
 * our own that reads as it would if the host were the kernel.
 */
#ifndef ALV_SUPERVISOR_PROC_FILE_H
#define ALV_SUPERVISOR_PROC_FILE_H

#include <stdio.h>

#include "object/task.h"

/* All of an open file as a string, to be freed. */
int alv_proc_read(int fd, char **ret_text);

/* The same of a place, opened as the task may. -ENOENT: it may not. */
int alv_proc_read_place(struct alv_task *task, const struct alv_place *place, char **ret_text);

/* Is the place in a proc file system? */
bool alv_proc_is_place(const struct alv_place *place);

/* The answer's text goes to ->out; finish() gives a descriptor for reading it. */
struct alv_proc_answer {
	int fd;
	FILE *out;
};

int alv_proc_answer_init(struct alv_proc_answer *answer);
/* With err, or after an error of writing, only cleans up: -errno. */
int alv_proc_answer_finish(struct alv_proc_answer *answer, int err);

#endif
