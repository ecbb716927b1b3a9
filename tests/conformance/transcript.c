/* SPDX-License-Identifier: BSD-2-Clause */
#include "transcript.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENOTSUPP 524 /* the kernel's own, not in <errno.h> */

#define SYMBOLS_MAX 1024

static struct symbol {
	char kind[8];
	uint64_t value;
	char text[24];
} symbols[SYMBOLS_MAX];
static unsigned int symbol_count;

static char line[65536];
static size_t line_length;
static int muted;

const char *transcript_errno(long err)
{
	const char *name = err ? strerrorname_np(err < 0 ? -err : err) : "0";

	if (err == -ENOTSUPP || err == ENOTSUPP)
		return "ENOTSUPP";
	if (!name)
		return "E?";
	return strcmp(name, "ENOTSUP") ? name : "EOPNOTSUPP";
}

static void add(const char *format, va_list args)
{
	size_t room = sizeof(line) - line_length;
	int length = vsnprintf(line + line_length, room, format, args);

	if (length < 0 || (size_t)length >= room)
		abort();
	line_length += length;
}

void transcript_add(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(format, args);
	va_end(args);
}

/* Signals may interrupt the client anywhere: a short write is continued. */
void transcript_end(void)
{
	const char *text = line;
	ssize_t written;

	transcript_add("\n");
	while (!muted && line_length) {
		written = write(STDOUT_FILENO, text, line_length);
		if (written < 0 && errno != EINTR)
			abort();
		if (written > 0) {
			text += written;
			line_length -= written;
		}
	}
	line_length = 0;
}

void transcript_line(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(format, args);
	va_end(args);
	transcript_end();
}

void transcript_case(const char *format, ...)
{
	va_list args;

	symbol_count = 0;
	transcript_add("\n## ");
	va_start(args, format);
	add(format, args);
	va_end(args);
	transcript_end();
}

void transcript_mute(int on)
{
	muted = on;
}

/* Up to 32 bytes as they are; longer ones as a repeated byte or a checksum. */
void transcript_bytes(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t sum = 0xcbf29ce484222325;
	size_t i;

	for (i = 1; i < size && bytes[i] == bytes[0]; i++)
		;
	if (size > 4 && i == size) {
		transcript_add("%02x*%zu", bytes[0], size);
		return;
	}
	for (i = 0; i < size && (size <= 32 || i < 16); i++)
		transcript_add("%02x", bytes[i]);
	if (size <= 32)
		return;
	for (i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3;
	transcript_add("..%zu:%08x", size, (unsigned int)(sum ^ sum >> 32));
}

const char *transcript_symbol(const char *kind, uint64_t value)
{
	unsigned int i, number = 1;

	for (i = 0; i < symbol_count; i++) {
		if (strcmp(symbols[i].kind, kind))
			continue;
		if (symbols[i].value == value)
			return symbols[i].text;
		number++;
	}
	if (symbol_count == SYMBOLS_MAX)
		abort();
	snprintf(symbols[i].kind, sizeof(symbols[i].kind), "%s", kind);
	symbols[i].value = value;
	snprintf(symbols[i].text, sizeof(symbols[i].text), "%s%u", kind, number);
	symbol_count++;
	return symbols[i].text;
}
