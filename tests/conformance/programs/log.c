/* SPDX-License-Identifier: BSD-2-Clause */
/* The verifier's log, line by line, without addresses and times. */
#include "program.h"

#include "../transcript.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define TIME "verification time "

static int names_address(const struct bpf_insn *insn)
{
	return insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE ||
	       insn->src_reg == BPF_PSEUDO_MAP_IDX ||
	       insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
}

/* Where "= 0x..." of a map's address begins: the line tells "N: ... (18) r1 = 0x...". */
static const char *find_address(const struct bpf_insn *insns, u32 count, const char *line,
				const char *end)
{
	const char *code = strstr(line, " (18) r"), *number;
	unsigned long at;

	if (!code || code > end)
		return NULL;
	for (number = code; number > line && *number != ':'; number--)
		;
	for (; number > line && isdigit((unsigned char)number[-1]); number--)
		;
	at = strtoul(number, NULL, 10);
	if (at >= count || !names_address(&insns[at]))
		return NULL;
	number = strstr(code, "= 0x");
	return number && number < end ? number : NULL;
}

static void print_line(const struct bpf_insn *insns, u32 count, const char *line,
		       const char *end)
{
	const char *address = find_address(insns, count, line, end), *rest;

	if (!strncmp(line, TIME, strlen(TIME))) {
		transcript_line("    " TIME "N usec");
	} else if (!address) {
		transcript_line("    %.*s", (int)(end - line), line);
	} else {
		rest = address + strlen("= 0x");
		rest += strspn(rest, "0123456789abcdef");
		rest += strspn(rest, " ");
		transcript_line("    %.*s= ADDRESS %.*s", (int)(address - line), line,
				(int)(end - rest), rest);
	}
}

static u32 count_lines(const char *log)
{
	u32 lines = 0;

	for (; *log; log++)
		lines += *log == '\n';
	return lines;
}

void log_print(const struct program *program, const struct bpf_insn *insns, u32 count,
	       const char *log)
{
	const char *line = log, *end;
	u32 lines = count_lines(log), number = 0;

	for (; *line; line = *end ? end + 1 : end, number++) {
		end = line + strcspn(line, "\n");
		if (!program->brief || number < 3 || number + 6 > lines)
			print_line(insns, count, line, end);
	}
}
