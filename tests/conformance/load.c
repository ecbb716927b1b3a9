/* SPDX-License-Identifier: BSD-2-Clause */
#include "load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "memory.h"
#include "transcript.h"

static char report[LOAD_LOG_ROOM];

void load_init(struct attr_load *load, const struct bpf_insn *insns, u32 n_insns)
{
	memset(load, 0, sizeof(*load));
	load->prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	load->insns = PTR(insns);
	load->insn_cnt = n_insns;
	load->license = PTR("GPL");
	load->log_level = 1;
	load->log_size = sizeof(report);
	load->log_buf = PTR(report);
}

const char *load_report(void)
{
	return report;
}

long load_quietly(struct attr_load *load, u32 size)
{
	long fd;

	memset(report, 0, 4096);
	fd = bpf_raw(BPF_PROG_LOAD, load, size);
	if (fd < 0)
		return fd;
	close((int)fd);
	return 0;
}

/* Line by line, without what differs from one run to the next. */
static void print_report(void)
{
	const char *at = report;

	while (*at) {
		size_t size = strcspn(at, "\n");

		if (!strncmp(at, "verification time ", 18))
			transcript_line("  | verification time");
		else
			transcript_line("  | %.*s%s", (int)size, at, at[size] ? "" : "\\");
		at += size + (at[size] != 0);
	}
}

long load_said(struct attr_load *load, const char *format, ...)
{
	char what[256];
	va_list args;
	long err;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	err = load_quietly(load, sizeof(*load));
	transcript_line("PROG_LOAD %s -> %s", what, transcript_errno(err));
	print_report();
	return err;
}
