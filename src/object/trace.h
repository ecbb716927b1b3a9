/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace pipe: lines that programs print. What nobody reads is kept as far as a
 * pipe goes; then new lines are dropped. All readers are at one pipe: each line goes to
 * one of them.
 */
#ifndef ALV_OBJECT_TRACE_H
#define ALV_OBJECT_TRACE_H

#include "base/types.h"

struct alv_host;

struct alv_trace {
	int ends[2]; /* of a pipe, made when first wanted; 0: none (under the host's lock) */
};

struct alv_trace_line {
	const char *comm;
	u32 pid;
	u32 cpu;
	const char *context; /* the column of flags: "b..11" */
	const char *text;
};

/* A line as trace_pipe shows it. */
void alv_trace_write(struct alv_host *host, const struct alv_trace_line *line);
/* A descriptor to read lines from, the caller's to close. -EMFILE, -ENFILE. */
int alv_trace_open(struct alv_host *host, int *ret_fd);
/* The pipe gets a name: the file `path` is made. Before anybody uses it. An errno. */
int alv_trace_name(struct alv_host *host, const char *path);
void alv_trace_fini(struct alv_trace *trace);

#endif
