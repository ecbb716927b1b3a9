/* SPDX-License-Identifier: BSD-2-Clause */
/* tracepoint: programs on the records of trace events. */
#include "program/fields.h"
#include "program/helper_set.h"
#include "program/types.h"

/*
 * The first word is the kernel's own; how long a record is is known when attached.
 * Linux takes loads from below it, too, by an oversight; what is there is no program's
 * business, so they are refused.
 */
#define RECORD_START sizeof(u64)
#define RECORD_MAX   8192

static const struct alv_ctx_field fields[] = {
	ALV_BYTES("record", RECORD_START, RECORD_MAX - RECORD_START, sizeof(u64),
		  ALV_CTX_FREE, ALV_CTX_READ),
};

const struct alv_prog_type alv_prog_type_tracepoint = {
	.name = "tracepoint",
	.type = BPF_PROG_TYPE_TRACEPOINT,
	.since = V4_7,
	.loader = ALV_LOADER_PERFMON,
	.fields = fields,
	.n_fields = ALV_COUNT(fields),
	.ctx_size = RECORD_MAX,
	.helper = alv_helper_in_tracing,
};
