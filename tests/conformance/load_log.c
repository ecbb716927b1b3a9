/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report of a load: levels, sizes and addresses, what is kept of a report that is
 * too long, and how long it would have been.
 */
#include "client.h"
#include "load.h"

#include <stdio.h>
#include <string.h>

#define MOVI(d, i) { BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i }
#define EXIT	   { BPF_JMP | BPF_EXIT, 0, 0, 0, 0 }

static const struct bpf_insn accepted[] = { MOVI(0, 0), MOVI(1, 1), MOVI(2, 2), MOVI(0, 3), EXIT };
static const struct bpf_insn refused[] = { MOVI(1, 1), MOVI(2, 2), EXIT };
/* Two paths: a report of level 1 goes back to where they part. */
static const struct bpf_insn branches[] = {
	{ BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0 },
	MOVI(0, 0),
	{ BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 2, 5 },
	MOVI(0, 1),
	EXIT,
	MOVI(3, 1),
	{ BPF_ALU64 | BPF_MOV | BPF_X, 0, 4, 0, 0 },
	EXIT,
};

static const struct subject {
	const char *name;
	const struct bpf_insn *insns;
	u32 n;
} subjects[] = {
	{ "accepted", accepted, ARRAY_SIZE(accepted) },
	{ "refused", refused, ARRAY_SIZE(refused) },
	{ "branches", branches, ARRAY_SIZE(branches) },
};

static struct attr_load load;
static u8 room[8192];

static void prepare(const struct subject *subject)
{
	load_init(&load, subject->insns, subject->n);
	memset(room, 0xee, sizeof(room));
	load.log_buf = PTR(room);
	load.log_size = sizeof(room) - 64;
	load.log_true_size = 0xeeeeeeee;
}

static const char *true_size(void)
{
	static char text[16];

	if (load.log_true_size == 0xeeeeeeee)
		return "untouched";
	snprintf(text, sizeof(text), "%u", load.log_true_size);
	return text;
}

/* The answer, and what the buffer has: the text's ends, and whether there is more. */
static void said(const char *what, u32 value)
{
	long err = load_quietly(&load, sizeof(load));
	size_t text = strnlen((char *)room, sizeof(room)), tail = text < 40 ? text : 40;

	transcript_add("PROG_LOAD %s %u -> %s true_size %s", what, value, transcript_errno(err),
		       true_size());
	if (room[0] == 0xee) {
		transcript_add(", nothing written");
	} else {
		transcript_add(", text of %zu", text);
		if (load.log_size < sizeof(room) && room[load.log_size] != 0xee)
			transcript_add(", and more than that");
	}
	if (room[0] != 0xee && room[0])
		transcript_add(": '%.20s' ... '%.*s'", (char *)room, (int)tail,
			       (char *)room + text - tail);
	transcript_end();
}

static void each_level(const struct subject *subject)
{
	client_case("%s: levels", subject->name);
	for (u32 level = 0; level < 20; level++) {
		if (level & 4)
			continue; /* times */
		prepare(subject);
		load.log_level = level;
		said("level", level);
		prepare(subject);
		load.log_level = level;
		load.log_buf = 0;
		load.log_size = 0;
		said("no buffer, level", level);
		prepare(subject);
		load.log_level = level;
		load.log_buf = 0;
		said("a size without a buffer, level", level);
		prepare(subject);
		load.log_level = level;
		load.log_size = 0;
		said("a buffer without a size, level", level);
	}
	for (u32 bit = 4; bit < 32; bit++) {
		prepare(subject);
		load.log_level = 1u << bit | 1;
		said("level with bit", bit);
	}
}

static void each_size(const struct subject *subject, u32 level)
{
	static const u32 large[] = { 1u << 24,	 1u << 26,   (1u << 30) - 1, 1u << 30,
				     1u << 31, 0x3fffffff, 0xffffffff };

	client_case("%s: sizes, level %u", subject->name, level);
	for (u32 size = 0; size < 1200; size += size < 12 ? 1 : size < 300 ? 13 : 97) {
		prepare(subject);
		load.log_level = level;
		load.log_size = size;
		said("size", size);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(large); i++) {
		prepare(subject);
		load.log_level = level;
		load.log_size = large[i];
		said("size", large[i]);
	}
}

/* Around the size that is just enough. */
static void enough(const struct subject *subject, u32 level)
{
	u32 whole;

	client_case("%s: just enough, level %u", subject->name, level);
	prepare(subject);
	load.log_level = level;
	load_quietly(&load, sizeof(load));
	whole = load.log_true_size;
	for (u32 size = whole - 2; size <= whole + 2; size++) {
		prepare(subject);
		load.log_level = level;
		load.log_size = size;
		said("size", size);
	}
}

static void each_address(const struct subject *subject)
{
	client_case("%s: addresses", subject->name);
	for (int i = 0; i < BAD_COUNT; i++) {
		for (u32 level = 1; level < 12; level += 8) {
			long err;

			prepare(subject);
			load.log_buf = memory_bad(i);
			load.log_level = level;
			err = load_quietly(&load, sizeof(load));
			transcript_line("PROG_LOAD log at %s, level %u -> %s true_size %s",
					memory_name(memory_bad(i)), level, transcript_errno(err),
					true_size());
		}
	}
	for (u32 size = 60; size < 200; size += 20) {
		long err;

		prepare(subject);
		load.log_buf = PTR(memory_edge(size));
		err = load_quietly(&load, sizeof(load));
		transcript_line("PROG_LOAD log of %u bytes before the end of memory -> %s "
				"true_size %s",
				size, transcript_errno(err), true_size());
	}
}

/* Callers that know nothing of log_true_size don't get it. */
static void attr_sizes(const struct subject *subject)
{
	client_case("%s: sizes of the attributes", subject->name);
	for (u32 size = 24; size <= sizeof(load); size += 4) {
		long err;

		prepare(subject);
		load.log_true_size = 0;
		err = load_quietly(&load, size);
		transcript_line("PROG_LOAD attributes of %u bytes -> %s true_size %u", size,
				transcript_errno(err), load.log_true_size);
	}
}

int main(void)
{
	client_start();
	for (unsigned int i = 0; i < ARRAY_SIZE(subjects); i++) {
		each_level(&subjects[i]);
		for (u32 level = 1; level < 12; level++) {
			if (level & 4)
				continue;
			each_size(&subjects[i], level);
			enough(&subjects[i], level);
		}
		each_address(&subjects[i]);
		attr_sizes(&subjects[i]);
	}
	return 0;
}
