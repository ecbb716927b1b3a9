/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report: the log that a client asked for in BTF_LOAD (or PROG_LOAD), with
 * log_level, log_buf and log_size. It is written to the client's buffer by two
 * callbacks, so that who reports needs no client.
 *
 * When the text does not fit, the buffer ends up with its last bytes (or, with
 * ALV_REPORT_FIXED, its first ones) and the command fails with ENOSPC. At most
 * ALV_REPORT_WINDOW bytes wait in our memory, however large the buffer is.
 * Before Linux 6.4 a report kept its start and failed a command only when it
 * would have succeeded otherwise.
 */
#ifndef ALV_BASE_REPORT_H
#define ALV_BASE_REPORT_H

#include <stdarg.h>

#include "base/types.h"

/* Bits of log_level. */
#define ALV_REPORT_LEVEL1 1u
#define ALV_REPORT_LEVEL2 2u
#define ALV_REPORT_STATS  4u
#define ALV_REPORT_FIXED  8u
#define ALV_REPORT_MASK	  15u

#define ALV_REPORT_WINDOW (256u << 10)
/* One message is cut at this many bytes. */
#define ALV_REPORT_LINE 1024

/* The client's buffer. Both answer 0 or -EFAULT. */
struct alv_report_sink {
	int (*write)(void *ctx, u32 offset, const void *src, u32 size);
	int (*read)(void *ctx, u32 offset, void *dst, u32 size);
	void *ctx;
};

/* What the client asked for. */
struct alv_report_request {
	u32 level;
	u32 size;
	bool has_buffer; /* its address is not NULL */
	bool old_rules;	 /* of kernels before 6.4 */
};

struct alv_report {
	struct alv_report_sink sink;
	u32 level;
	u32 capacity;  /* bytes of text that the buffer holds: one less than its size */
	bool buffered; /* there is a buffer, and it could be written so far */
	bool has_size;
	bool keep_start;
	bool old_rules;
	int err;      /* -EFAULT, -ENOMEM: what became of the buffer */
	u64 length;   /* bytes of text so far */
	u64 stored;   /* of these, how many went into the ring */
	u64 flushed;  /* of these, how many the client's buffer has seen */
	char *window; /* the bytes between flushed and stored, a ring */
	u32 window_size;
};

/* -EINVAL: the request contradicts itself. */
int alv_report_init(struct alv_report *report, const struct alv_report_request *request,
		    const struct alv_report_sink *sink);
void alv_report_fini(struct alv_report *report);

/* Is anybody listening? NULL: no. */
static inline bool alv_report_wanted(const struct alv_report *report)
{
	return report && report->level;
}

void alv_report_printf(struct alv_report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void alv_report_vprintf(struct alv_report *report, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/*
 * Complete the client's buffer. Answers what the command answers when it came
 * to `err` by itself, and in *ret_true_size how large a buffer would have held
 * everything.
 */
int alv_report_finish(struct alv_report *report, int err, u32 *ret_true_size);

#endif
