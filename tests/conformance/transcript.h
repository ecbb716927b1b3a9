/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The transcript: text on standard output in which equal behaviour gives equal
 * lines. Each call is one line,
 *
 *	COMMAND MAP_TYPE attributes -> RESULT what came back
 *
 * and what differs from run to run (ids, descriptors) is a symbol, numbered by
 * order of appearance within its case.
 */
#ifndef CONFORM_TRANSCRIPT_H
#define CONFORM_TRANSCRIPT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Starts a case: symbols are numbered anew. */
void transcript_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Appends to the current line; the line goes out with transcript_end(). */
void transcript_add(const char *format, ...) __attribute__((format(printf, 1, 2)));
void transcript_bytes(const void *data, size_t size);
void transcript_end(void);

/* A whole line. */
void transcript_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* While muted nothing is written (preparations that are no part of a case). */
void transcript_mute(int on);

/* "EINVAL" for EINVAL or -EINVAL, "0" for 0. */
const char *transcript_errno(long err);

/* "id1" for the first id that is asked for in this case, and so on. */
const char *transcript_symbol(const char *kind, uint64_t value);

#endif
