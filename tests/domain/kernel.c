/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The domain against Linux 6.18: the same programs, the same words for every register
 * after every instruction.
 *
 *	kernel live COUNT SEED		ask the running kernel; exits with 77 if it is
 *another kernel record COUNT SEED	write what the running kernel says to standard
 *output kernel replay FILE		compare with what a kernel said
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "program.h"

#define LOG_SIZE (1u << 18)
#define SKIPPED	 77

static const char recorded_release[] = "6.18.";

/* The kernel's report on the program, or NULL. Whether it was accepted, is no matter. */
static const char *ask(const struct program *program)
{
	static char log[LOG_SIZE];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insn_cnt = program->length,
		.insns = (u64)(uintptr_t)program->insns,
		.license = (u64)(uintptr_t) "GPL",
		.log_level = 2,
		.log_size = sizeof(log),
		.log_buf = (u64)(uintptr_t)log,
	};
	long fd;

	log[0] = '\0';
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd >= 0)
		close((int)fd);
	return log[0] ? log : NULL;
}

/* "Pscalar(id=1+2,smin=0)" is "smin=0", "P5" is "5". Returns where the text goes on. */
static const char *take_register(const char *from, char *text)
{
	size_t size;

	from += *from == 'P';
	if (strncmp(from, "scalar(", 7)) {
		size = strcspn(from, " \n");
		snprintf(text, STATE_TEXT, "%.*s", (int)size, from);
		return from + size;
	}
	from += 7;
	if (!strncmp(from, "id=", 3)) {
		from += strcspn(from, ",)");
		from += *from == ',';
	}
	/* The bits' parentheses are within, if there are any. */
	size = strcspn(from, "()\n");
	if (from[size] == '(')
		size += strcspn(from + size, ")\n") + 1;
	snprintf(text, STATE_TEXT, "%.*s", (int)size, from);
	return from + size;
}

/* R6 and R7 of "R0=... R6=... R7=..." to the end of the line. */
static void take_registers(const char *line, u32 insn, bool jumped, struct states *states)
{
	while (*line && *line != '\n' && states->count < STATES_MAX) {
		struct state *state = &states->at[states->count];

		line += strspn(line, " ");
		if (line[0] != 'R' || !strchr("678", line[1]) || line[2] != '=') {
			char other[STATE_TEXT];
			size_t name = strcspn(line, "= \n");

			line += name;
			if (*line == '=')
				line = take_register(line + 1, other);
			line += strcspn(line, " \n");
			continue;
		}
		*state = (struct state){ .insn = insn, .jumped = jumped };
		state->reg = (u8)(line[1] - '0');
		line = take_register(line + 3, state->text);
		line += strcspn(line, " \n");
		states->count++;
	}
}

/*
 * "7: (0f) r6 += r7    ; R6=... R7=...", or "7: R6=... R7=..." if there was to say
 * something in between, and "from 7 to 12: R0=... R6=...", which "12: R0=..." repeats.
 */
static void parse(const char *log, struct states *states)
{
	u32 insn, target = 0;
	int length;

	states->count = 0;
	for (; log; log = strchr(log, '\n')) {
		const char *line = log += *log == '\n';
		size_t size = strcspn(line, "\n");
		const char *comment = memchr(line, ';', size);

		length = 0;
		if (sscanf(line, "from %u to %u: %n", &insn, &target, &length) == 2 &&
		    length)
			take_registers(line + length, insn, true, states);
		else if (comment && sscanf(line, "%u: (%n", &insn, &length) == 1 &&
			 length)
			take_registers(comment + 1, insn, false, states);
		else if (sscanf(line, "%u: R%n", &insn, &length) == 1 && length &&
			 insn != target)
			take_registers(line + length - 1, insn, false, states);
	}
}

static const struct state *find(const struct states *states, const struct state *like)
{
	u32 i;

	for (i = 0; i < states->count; i++) {
		const struct state *state = &states->at[i];

		if (state->insn == like->insn && state->jumped == like->jumped &&
		    state->reg == like->reg)
			return state;
	}
	return NULL;
}

static bool is_told(const struct state *state)
{
	return state->reg == BPF_REG_6 || state->reg == BPF_REG_7;
}

/* What was compared. */
struct tally {
	u32 programs;
	u32 forked;
	u64 states;
};

/* Each of ours must be the kernel's; and while there are ours, no state of its is
 * missing. */
static u32 compare(const struct program *program, const struct states *kernels,
		   struct tally *tally)
{
	struct states ours;
	u32 i, failures = 0;

	program_walk(program, &ours);
	tally->programs++;
	tally->forked += ours.forked;
	for (i = 0; i < ours.count; i++) {
		const struct state *state = &ours.at[i];
		const struct state *kernel = find(kernels, state);

		if (!is_told(state) || (state->optional && !kernel))
			continue;
		tally->states++;
		if (kernel && !strcmp(kernel->text, state->text))
			continue;
		fprintf(stderr, "insn %u%s R%u: kernel %s\n%*sours %s\n", state->insn,
			state->jumped ? " jumped" : "", state->reg,
			kernel ? kernel->text : "(not reached)", 12, "", state->text);
		failures++;
		break;
	}
	for (i = 0; !failures && !ours.forked && i < kernels->count; i++) {
		const struct state *state = &kernels->at[i];

		if (!is_told(state) || find(&ours, state))
			continue;
		fprintf(stderr, "insn %u%s R%u: kernel %s\n%*sours (not reached)\n",
			state->insn, state->jumped ? " jumped" : "", state->reg,
			state->text, 12, "");
		failures++;
	}
	if (failures)
		program_print(stderr, program);
	return failures;
}

static bool is_recorded_kernel(struct utsname *name)
{
	return !uname(name) &&
	       !strncmp(name->release, recorded_release, strlen(recorded_release));
}

static int report(const struct tally *tally, u32 failures)
{
	printf("%u programs (%u forked), %llu states, %u differ\n", tally->programs,
	       tally->forked, (unsigned long long)tally->states, failures);
	return failures ? 1 : 0;
}

static int live(u32 count, u64 seed)
{
	static struct states kernels;
	struct program program;
	struct tally tally = { 0 };
	u32 i, failures = 0;

	for (i = 0; i < count && failures < 10; i++) {
		const char *log;

		program_make(&program, seed + i);
		log = ask(&program);
		if (!log)
			return SKIPPED;
		parse(log, &kernels);
		failures += compare(&program, &kernels, &tally);
	}
	return report(&tally, failures);
}

static int record(const char *release, u32 count, u64 seed)
{
	static struct states kernels;
	struct program program;
	u32 i, j;

	printf("# Linux %.*s\n", (int)strspn(release, "0123456789."), release);
	for (i = 0; i < count; i++) {
		const char *log;

		program_make(&program, seed + i);
		log = ask(&program);
		if (!log)
			return SKIPPED;
		parse(log, &kernels);
		program_print(stdout, &program);
		for (j = 0; j < kernels.count; j++) {
			const struct state *state = &kernels.at[j];

			if (is_told(state))
				printf("%s %u %u %s\n",
				       state->jumped ? "jumped" : "passed", state->insn,
				       state->reg, state->text);
		}
	}
	return 0;
}

static void read_program(const char *line, struct program *program)
{
	char *end;

	program->length = 0;
	while (program->length < PROGRAM_MAX) {
		u64 raw = strtoull(line, &end, 16);

		if (end == line)
			break;
		memcpy(&program->insns[program->length++], &raw, sizeof(raw));
		line = end;
	}
}

static bool read_state(const char *line, struct states *states)
{
	struct state *state = &states->at[states->count];
	char how[8];
	unsigned int reg;

	if (states->count == STATES_MAX)
		return false;
	*state = (struct state){ .insn = 0 };
	if (sscanf(line, "%7s %u %u %319[^\n]", how, &state->insn, &reg, state->text) < 3)
		return false;
	state->jumped = !strcmp(how, "jumped");
	state->reg = (u8)reg;
	states->count++;
	return true;
}

static int replay(const char *path)
{
	static struct states kernels;
	struct program program = { .length = 0 };
	FILE *file = fopen(path, "r");
	static char line[1 << 12];
	u32 failures = 0;
	struct tally tally = { 0 };

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "program ", 8)) {
			if (line[0] != '#' && !read_state(line, &kernels)) {
				fprintf(stderr, "%s: what is \"%s\"?\n", path, line);
				failures++;
			}
			continue;
		}
		if (program.length)
			failures += compare(&program, &kernels, &tally);
		read_program(line + 8, &program);
		kernels.count = 0;
	}
	fclose(file);
	if (program.length)
		failures += compare(&program, &kernels, &tally);
	return report(&tally, failures);
}

int main(int argc, char **argv)
{
	struct utsname name;

	if (argc == 3 && !strcmp(argv[1], "replay"))
		return replay(argv[2]);
	if (argc == 4 && !is_recorded_kernel(&name)) {
		printf("this kernel is not %s\n", recorded_release);
		return SKIPPED;
	}
	if (argc == 4 && !strcmp(argv[1], "live"))
		return live((u32)strtoul(argv[2], NULL, 0), strtoull(argv[3], NULL, 0));
	if (argc == 4 && !strcmp(argv[1], "record"))
		return record(name.release, (u32)strtoul(argv[2], NULL, 0),
			      strtoull(argv[3], NULL, 0));
	fprintf(stderr, "usage: %s live|record COUNT SEED | replay FILE\n", argv[0]);
	return 2;
}
