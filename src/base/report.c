/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's buffer is a ring of `capacity` bytes of text: byte number n of
 * the text goes to offset n % capacity. A small ring waits wholly in the window
 * and is written once, in order; a larger one is written window by window and
 * turned in place at the end. The NUL comes last.
 */
#include "base/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OLD_MIN_SIZE 128
#define MAX_SIZE     (UINT32_MAX >> 2)

static bool request_ok(const struct alv_report_request *request)
{
	if (request->size > MAX_SIZE)
		return false;
	if (request->old_rules) {
		if (!request->level && !request->has_buffer && !request->size)
			return true;
		return request->size >= OLD_MIN_SIZE && request->level &&
		       request->has_buffer &&
		       !(request->level & ~(ALV_REPORT_MASK & ~ALV_REPORT_FIXED));
	}
	if (request->has_buffer != !!request->size)
		return false;
	if (request->has_buffer && !request->level)
		return false;
	return !(request->level & ~ALV_REPORT_MASK);
}

int alv_report_init(struct alv_report *report, const struct alv_report_request *request,
		    const struct alv_report_sink *sink)
{
	if (!request_ok(request))
		return -EINVAL;
	*report = (struct alv_report){
		.sink = *sink,
		.level = request->level,
		.capacity = request->size ? request->size - 1 : 0,
		.buffered = request->has_buffer,
		.has_size = request->size,
		.keep_start = request->old_rules || (request->level & ALV_REPORT_FIXED),
		.old_rules = request->old_rules,
	};
	return 0;
}

void alv_report_fini(struct alv_report *report)
{
	free(report->window);
	report->window = NULL;
}

static void report_fail(struct alv_report *report, int err)
{
	report->err = err;
	report->buffered = false;
}

static u32 report_min(u64 a, u64 b)
{
	return (u32)(a < b ? a : b);
}

/* Does the window hold the whole ring? Then nothing goes out before the end. */
static bool report_in_window(const struct alv_report *report)
{
	return report->capacity <= ALV_REPORT_WINDOW;
}

/* Write what waits in the window to its place in the client's ring. */
static void report_flush(struct alv_report *report)
{
	while (report->buffered && report->flushed < report->stored) {
		u32 from = (u32)(report->flushed % report->window_size);
		u32 to = (u32)(report->flushed % report->capacity);
		u32 n = report_min(report->stored - report->flushed,
				   report->window_size - from);

		n = report_min(n, report->capacity - to);
		if (report->sink.write(report->sink.ctx, to, report->window + from, n))
			report_fail(report, -EFAULT);
		report->flushed += n;
	}
}

static int report_make_window(struct alv_report *report)
{
	if (report->window)
		return 0;
	report->window_size = report_min(report->capacity, ALV_REPORT_WINDOW);
	report->window = malloc(report->window_size);
	return report->window ? 0 : -ENOMEM;
}

static void report_store(struct alv_report *report, const char *text, u32 size)
{
	if (report_make_window(report)) {
		report_fail(report, -ENOMEM);
		return;
	}
	while (size) {
		u32 to = (u32)(report->stored % report->window_size);
		u32 n = report_min(size, report->window_size - to);

		memcpy(report->window + to, text, n);
		report->stored += n;
		text += n;
		size -= n;
		if (!report_in_window(report) && !(report->stored % report->window_size))
			report_flush(report);
	}
}

static void report_append(struct alv_report *report, const char *text, u32 size)
{
	report->length += size;
	if (report->longest < report->length)
		report->longest = report->length;
	if (report->keep_start)
		size = report_min(size, report->capacity - report->stored);
	if (report->buffered && report->capacity && size)
		report_store(report, text, size);
}

void alv_report_rewind(struct alv_report *report, u64 length)
{
	u64 held = report->stored > report->capacity ? report->stored - report->capacity : 0;

	if (length >= report->length)
		return;
	if (report->lost < held)
		report->lost = held;
	report->length = length;
	if (report->stored > length)
		report->stored = length;
	if (report->flushed > report->stored)
		report->flushed = report->stored;
	if (report->lost > report->stored)
		report->lost = report->stored;
}

void alv_report_vprintf(struct alv_report *report, const char *format, va_list args)
{
	char line[ALV_REPORT_LINE];
	int n;

	if (!alv_report_wanted(report))
		return;
	n = vsnprintf(line, sizeof(line), format, args);
	if (n > 0)
		report_append(report, line, report_min((u64)n, sizeof(line) - 1));
}

void alv_report_printf(struct alv_report *report, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	alv_report_vprintf(report, format, args);
	va_end(args);
}

/* Swap the bytes [a, a + n) and [b, b + n) of the client's buffer. */
static int report_swap(struct alv_report *report, u32 a, u32 b, u32 n)
{
	u32 half = report->window_size / 2;
	char *left = report->window, *right = report->window + half;
	void *ctx = report->sink.ctx;

	while (n) {
		u32 part = report_min(n, half);

		if (report->sink.read(ctx, a, left, part) ||
		    report->sink.read(ctx, b, right, part) ||
		    report->sink.write(ctx, a, right, part) ||
		    report->sink.write(ctx, b, left, part))
			return -EFAULT;
		a += part;
		b += part;
		n -= part;
	}
	return 0;
}

/*
 * Turn the client's ring so that it begins at `first`. The two parts are swapped
 * as far as the shorter goes, which brings that much of the text to its place;
 * what remains is the same problem, smaller.
 */
static int report_turn(struct alv_report *report, u32 first)
{
	u32 at = 0, left = first, right = report->capacity - first;
	int err = 0;

	while (!err && left && right) {
		if (left <= right) {
			err = report_swap(report, at, at + left, left);
			at += left;
			right -= left;
		} else {
			err = report_swap(report, at, at + left, right);
			at += right;
			left -= right;
		}
	}
	return err;
}

/* A ring that waited in the window goes out in order. */
static int report_write_window(struct alv_report *report, u32 used, u32 first)
{
	const struct alv_report_sink *sink = &report->sink;
	u32 tail = report_min(used, report->capacity - first);

	if (tail && sink->write(sink->ctx, 0, report->window + first, tail))
		return -EFAULT;
	if (used > tail && sink->write(sink->ctx, tail, report->window, used - tail))
		return -EFAULT;
	return 0;
}

/* A kernel writes as it goes: what was said and taken back must have had room, too. */
static int report_touch(struct alv_report *report)
{
	u32 last = report_min(report->longest, report->capacity);
	void *ctx = report->sink.ctx;
	char byte;

	return report->sink.read(ctx, last, &byte, 1) || report->sink.write(ctx, last, &byte, 1)
		       ? -EFAULT
		       : 0;
}

static void report_complete(struct alv_report *report)
{
	u64 held = report->stored > report->capacity ? report->stored - report->capacity : 0;
	u64 from = held > report->lost ? held : report->lost;
	u32 used = (u32)(report->stored - from);
	u32 first = report->capacity ? (u32)(from % report->capacity) : 0;
	int err = 0;

	if (used && report_in_window(report)) {
		err = report_write_window(report, used, first);
	} else if (used) {
		report_flush(report);
		err = report->buffered ? report_turn(report, first) : report->err;
	}
	if (!err)
		err = report->sink.write(report->sink.ctx, used, "", 1);
	if (!err && used < report->longest)
		err = report_touch(report);
	if (err)
		report_fail(report, err);
}

int alv_report_finish(struct alv_report *report, int err, u32 *ret_true_size)
{
	u64 needed = report->longest ? report->longest + 1 : 0;

	*ret_true_size = 0;
	if (!report->level)
		return err;
	if (report->buffered && report->longest)
		report_complete(report);
	*ret_true_size = report_min(needed, UINT32_MAX);
	if (report->old_rules)
		return !err && !report->err && report->length >= report->capacity
			       ? -ENOSPC
			       : err;
	if (report->err)
		return report->err;
	if (report->has_size && needed > (u64)report->capacity + 1)
		return -ENOSPC;
	return err;
}
