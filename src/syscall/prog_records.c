/* SPDX-License-Identifier: BSD-2-Clause */
#include "syscall/prog_records.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RECORD_SIZE 252

struct request {
	u64 from;
	u32 count;
	u32 size;       /* of the caller's records */
	u32 least;      /* what callers must know of a record */
	u32 known;      /* bytes of ours */
	u32 size_field; /* where in the attributes `size` stands */
	const char *surplus; /* what reports say of records with more in them */
};

static int copy_one(struct alv_call *call, struct alv_report *report,
		    const struct request *request, u32 i, void *dst)
{
	alv_uaddr from = alv_uaddr_at(request->from + (u64)i * request->size);
	u32 size = request->size < request->known ? request->size : request->known;
	int zero;

	if (request->size > request->known) {
		zero = alv_copy_is_zero(call->task, alv_uaddr_add(from, request->known),
					request->size - request->known);
		if (zero < 0)
			return zero;
		if (!zero) {
			alv_report_printf(report, "nonzero tailing record in %s",
					  request->surplus);
			zero = alv_copy_out(call->task,
					    alv_uaddr_add(call->uattr, request->size_field),
					    &size, sizeof(size));
			return zero ? zero : -E2BIG;
		}
	}
	return alv_copy_in(call->task, dst, from, size);
}

/*
 * Records are in order of their instructions, so that of more records than there are
 * instructions one of the first is wrong: the rest need not be copied.
 */
static int copy_all(struct alv_call *call, struct alv_report *report,
		    const struct request *request, struct alv_prog_records *ret_records)
{
	u32 most = call->attr.prog_load.insn_cnt + 1;
	u32 n = request->count < most ? request->count : most;
	u8 *data = calloc(n, request->known);
	int err = data ? 0 : -ENOMEM;

	if (!err && request->size == request->known)
		err = alv_copy_in(call->task, data, alv_uaddr_at(request->from),
				  (size_t)n * request->known);
	else
		for (u32 i = 0; !err && i < n; i++)
			err = copy_one(call, report, request, i,
				       data + (size_t)i * request->known);
	if (err) {
		free(data);
		return err;
	}
	*ret_records = (struct alv_prog_records){
		.data = data,
		.size = request->known,
		.count = n,
	};
	return 0;
}

static bool bad_size(const struct request *request)
{
	return request->size < request->least || request->size > MAX_RECORD_SIZE ||
	       request->size % sizeof(u32);
}

int alv_prog_func_info(struct alv_call *call, struct alv_report *report,
		       struct alv_prog_records *ret_records)
{
	const struct alv_attr_prog_load *attr = &call->attr.prog_load;
	const struct request request = {
		.from = attr->func_info,
		.count = attr->func_info_cnt,
		.size = attr->func_info_rec_size,
		.least = sizeof(struct bpf_func_info),
		.known = sizeof(struct bpf_func_info),
		.size_field = offsetof(union alv_attr, prog_load.func_info_rec_size),
		.surplus = "func info",
	};

	if (!request.count)
		return 0;
	if (bad_size(&request)) {
		alv_report_printf(report, "invalid func info rec size %u\n", request.size);
		return -EINVAL;
	}
	if (request.count > INT_MAX / request.known)
		return -ENOMEM;
	return copy_all(call, report, &request, ret_records);
}

int alv_prog_line_info(struct alv_call *call, struct alv_report *report,
		       struct alv_prog_records *ret_records)
{
	const struct alv_attr_prog_load *attr = &call->attr.prog_load;
	const struct request request = {
		.from = attr->line_info,
		.count = attr->line_info_cnt,
		.size = attr->line_info_rec_size,
		.least = sizeof(struct bpf_line_info),
		.known = sizeof(struct bpf_line_info),
		.size_field = offsetof(union alv_attr, prog_load.line_info_rec_size),
		.surplus = "line_info",
	};

	if (!request.count)
		return 0;
	if (request.count > INT_MAX / request.known || bad_size(&request))
		return -EINVAL;
	return copy_all(call, report, &request, ret_records);
}

/* Both kinds of records begin with the instruction's number. */
void alv_prog_records_follow(struct alv_prog_records *records,
			     const struct alv_rewritten *rewritten)
{
	u8 *data = records->data;
	u32 n = 0, at;

	for (u32 i = 0; i < records->count; i++) {
		u8 *record = data + (size_t)i * records->size;

		memcpy(&at, record, sizeof(at));
		at = rewritten->index[at];
		if (at >= rewritten->n_code)
			continue;
		/* Nothing is left of what the one before stands for. */
		if (n && !memcmp(data + (size_t)(n - 1) * records->size, &at, sizeof(at)))
			n--;
		memcpy(record, &at, sizeof(at));
		memmove(data + (size_t)n++ * records->size, record, records->size);
	}
	records->count = n;
}
