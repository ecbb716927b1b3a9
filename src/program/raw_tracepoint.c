/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * raw_tracepoint: programs on the arguments of trace events, before these are made
 * records. raw_tracepoint_writable: where the first argument is a buffer that the
 * program may write.
 */
#include "program/fields.h"
#include "program/helper_set.h"
#include "program/types.h"

#define MAX_ARGS 12
#define CTX_SIZE (MAX_ARGS * sizeof(u64))

static const struct alv_ctx_field arguments[] = {
	ALV_BYTES("args", 0, CTX_SIZE, sizeof(u64), ALV_CTX_FREE, ALV_CTX_READ),
};

/* The buffer's pointer is one at offset 0 alone; parts of it are mere numbers. */
static const struct alv_ctx_field writable[] = {
	ALV_BYTES("args", 1, CTX_SIZE - 1, sizeof(u64), ALV_CTX_FREE, ALV_CTX_READ),
	ALV_POINTER(struct bpf_raw_tracepoint_args, args[0], sizeof(u64), TP_BUFFER, 0),
};

const struct alv_prog_type alv_prog_type_raw_tracepoint = {
	.name = "raw_tracepoint",
	.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.since = V4_17,
	.loader = ALV_LOADER_PERFMON,
	.fields = arguments,
	.n_fields = ALV_COUNT(arguments),
	.ctx_size = CTX_SIZE,
	.helper = alv_helper_in_tracing,
};

const struct alv_prog_type alv_prog_type_raw_tracepoint_writable = {
	.name = "raw_tracepoint_writable",
	.type = BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
	.since = V5_2,
	.loader = ALV_LOADER_PERFMON,
	.fields = writable,
	.n_fields = ALV_COUNT(writable),
	.ctx_size = CTX_SIZE,
	.helper = alv_helper_in_tracing,
};
