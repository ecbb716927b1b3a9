/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct isa_counts isa_counts;
struct isa_subject isa_subject = { .kernel = V6_18, .may_call = true };

struct program {
	const struct bpf_insn *insns;
	u32 n;
	const char *log;
	struct alv_cfg cfg;
	u8 *n_args;	/* of calls, by what the kernel thinks is live before them */
	const char *at; /* the kernel's text of the instruction being compared */
};

void isa_say(const char *format, ...)
{
	const char *path = getenv("ISA_OBSERVED");
	char line[2048];
	va_list args;
	int fd, n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	fd = open(path ? path : "/dev/stderr", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
		  0644);
	if (fd < 0)
		return;
	if (write(fd, line, n < (int)sizeof(line) ? n : (int)sizeof(line) - 1) < 0)
		abort();
	close(fd);
}

static void differ(const struct program *p, const char *what, const char *theirs,
		   const char *ours)
{
	isa_counts.differences++;
	isa_say("DIFFERENCE %s\n  kernel: %.300s\n  ours:   %.300s\n", what, theirs,
		ours);
	if (getenv("ISA_OBSERVED_LOGS"))
		isa_say("%.1800s\n", p->log);
}

#define NAME(name) [BPF_FUNC_##name] = "bpf_" #name
static const char *const helpers[] = { __BPF_FUNC_MAPPER(NAME) };
#undef NAME

/* The kernel's own words where we have no table: kfuncs, newer helpers. */
static const char *theirs_between(const char *from, char until, char *text, size_t size)
{
	size_t n = from ? strcspn(from, "\n") : 0;
	const char *end = from ? memchr(from, until, n) : NULL;

	if (end && (size_t)(end - from) < size)
		n = end - from;
	if (n >= size)
		n = size - 1;
	memcpy(text, from ? from : "", n);
	text[n] = 0;
	return text;
}

static const char *name_call(void *data, const struct bpf_insn *insn, char *text,
			     size_t size)
{
	const struct program *p = data;
	const char *call = p->at ? strstr(p->at, "call ") : NULL;

	if (insn->src_reg == 0 && insn->imm >= 0 && insn->imm < (s32)ALV_COUNT(helpers))
		return helpers[insn->imm];
	if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL || insn->imm == 210 ||
	    insn->imm == 211)
		return theirs_between(call ? call + 5 : NULL, '#', text, size);
	return NULL;
}

/* Addresses of maps are the kernel's. */
static const char *name_constant(void *data, const struct bpf_insn *insn, u64 value,
				 char *text, size_t size)
{
	const struct program *p = data;
	const char *constant = p->at ? strstr(p->at, "= 0x") : NULL;

	if (insn->src_reg == 0 || insn->src_reg == BPF_PSEUDO_FUNC)
		return NULL;
	return theirs_between(constant ? constant + 2 : NULL, ' ', text, size);
}

static struct alv_call_facts call_facts(void *data, const struct bpf_insn *insn)
{
	const struct program *p = data;

	return (struct alv_call_facts){ .traits = ALV_CALL_KNOWN,
					.n_args = p->n_args[insn - p->insns] };
}

/* `theirs` must be our text, and behind it nothing or what `; ` begins. */
static void compare_text(struct program *p, u32 i, const char *theirs)
{
	struct alv_insn_names names = {
		.data = p,
		.call = name_call,
		.immediate = name_constant,
	};
	char ours[ALV_INSN_TEXT];
	size_t n = strcspn(theirs, "\n"), length, padding;

	p->at = theirs;
	length = alv_insn_print(ours, sizeof(ours), &p->insns[i], &names);
	p->at = NULL;
	isa_counts.texts++;
	padding = length <= n ? strspn(theirs + length, " ") : 0;
	if (length > n || memcmp(theirs, ours, length) ||
	    (length + padding < n && theirs[length + padding] != ';'))
		differ(p, "text", theirs, ours);
}

/* "(b7) ...", or what cannot be an instruction. */
static bool is_insn_text(const char *text)
{
	return *text == '(' || !strncmp(text, "BUG_", 4);
}

/* One row of "Live regs before insn:". Answers false behind the last one. */
static bool parse_live(const char *line, u32 *scc, u32 *i, u16 *live, const char **text)
{
	const char *at = line;
	int used = 0;

	*scc = 0;
	if (strncmp(line, "    ", 4)) {
		if (sscanf(at, "%u %n", scc, &used) != 1 || !used)
			return false;
		at += used;
	}
	used = 0;
	if (sscanf(at, " %u: %n", i, &used) != 1 || !used)
		return false;
	at += used;
	*live = 0;
	for (u32 reg = 0; reg < 10; reg++) {
		if (at[reg] == (char)('0' + reg))
			*live |= 1u << reg;
		else if (at[reg] != '.')
			return false;
	}
	if (at[10] != ' ' || !is_insn_text(at + 11))
		return false;
	*text = at + 11;
	return true;
}

static const char *next_line(const char *line)
{
	line = strchr(line, '\n');
	return line && line[1] ? line + 1 : NULL;
}

static bool same_live(struct program *p, const char *rows)
{
	struct alv_cfg_rules rules = { .may_call = true, .data = p, .call = call_facts };
	const char *text;
	u32 scc, i;
	u16 live;

	for (const char *row = rows; row && parse_live(row, &scc, &i, &live, &text);
	     row = next_line(row)) {
		if (i >= p->n)
			return false;
		p->n_args[i] = __builtin_popcount(live & 0x3e);
	}
	if (alv_cfg_find_postorder(&p->cfg) || alv_cfg_find_loops(&p->cfg) ||
	    alv_cfg_find_live(&p->cfg, &rules))
		abort();
	alv_cfg_find_fastcalls(&p->cfg, &rules);
	for (const char *row = rows; row && parse_live(row, &scc, &i, &live, &text);
	     row = next_line(row)) {
		struct alv_insn_facts *facts = &p->cfg.facts[i];
		char ours[128];

		if (strchr(text, '\n'))
			compare_text(p, i, text);
		isa_counts.live++;
		if (facts->scc == scc && (facts->live & 0x3ff) == live)
			continue;
		snprintf(ours, sizeof(ours), "insn %u scc %u live %03x", i, facts->scc,
			 facts->live & 0x3ff);
		differ(p, "loops or live registers", row, ours);
		return false;
	}
	return true;
}

static void compare_funcs(struct program *p)
{
	u32 n = 0, index, start;

	for (const char *line = p->log;
	     line && sscanf(line, "func#%u @%u", &index, &start) == 2;
	     line = next_line(line)) {
		if (index != n || n >= p->cfg.n_subprogs ||
		    p->cfg.subprogs[n].start != start)
			differ(p, "subprograms", line, "");
		n++;
	}
	if (n && n != p->cfg.n_subprogs)
		differ(p, "number of subprograms", p->log, "");
}

/* The lines of exploration: "12: (b7) r0 = 0    ; R0=0". */
static u32 compare_explored(struct program *p, const char *from)
{
	u32 last = 0;

	for (const char *line = from; line; line = next_line(line)) {
		int used = 0;
		u32 i;

		if (sscanf(line, "%u: %n", &i, &used) != 1 || !used || i >= p->n ||
		    !is_insn_text(line + used))
			continue;
		last = i;
		if (strchr(line, '\n'))
			compare_text(p, i, line + used);
	}
	return last;
}

/* A comparison looks at its first operand before the fields. */
static bool is_unreadable(const struct bpf_insn *insn, const char *log)
{
	char text[32];

	snprintf(text, sizeof(text), "\nR%d !read_ok\n", insn->dst_reg);
	if (insn->dst_reg >= ALV_N_REGS)
		snprintf(text, sizeof(text), "\nR%d is invalid\n", insn->dst_reg);
	return alv_insn_kind(insn) == ALV_INSN_JCC && strstr(log, text);
}

/* Is it in the log as a line of its own? */
static bool is_said(const char *log, const char *text)
{
	size_t n = strlen(text);

	for (const char *line = log; line; line = next_line(line)) {
		if (!strncmp(line, text, n) && (line[n] == '\n' || !line[n]))
			return true;
	}
	return false;
}

/* What only BTF tells: a subprogram that nothing calls is the exception callback. */
static void add_callback(struct program *p)
{
	struct alv_isa_error error;
	u32 index, start;

	for (const char *line = p->log; line; line = next_line(line)) {
		if (sscanf(line, "func#%u @%u", &index, &start) == 2 &&
		    alv_cfg_subprog_at(&p->cfg, start) < 0 &&
		    alv_cfg_add_exception_callback(&p->cfg, start, &error))
			return;
	}
}

/* The phases up to the walk; what they say must be what the kernel says. */
static int analyse(struct program *p, struct alv_isa_error *error)
{
	struct alv_cfg_rules rules = {
		.kernel = isa_subject.kernel,
		.may_call = isa_subject.may_call,
		.data = p,
		.call = call_facts,
	};
	int err;

	err = alv_cfg_find_subprogs(&p->cfg, &rules, error);
	add_callback(p);
	if (!err)
		err = alv_cfg_check_subprogs(&p->cfg, error);
	for (u32 i = 0; !err && i < p->n; i += alv_insn_length(&p->insns[i]))
		err = alv_insn_check_form(isa_subject.kernel, p->insns, p->n, i, error);
	return err ? err : alv_cfg_walk(&p->cfg, &rules, error);
}

static const char *const our_words[] = {
	"call to invalid destination",
	"too many subprograms",
	"jump out of range",
	"last insn is not an exit or jmp",
	"unknown opcode",
	"BPF_LDX uses reserved",
	"invalid bpf_ld_imm64 insn",
	"unrecognized bpf_ld_imm64",
	"unreachable insn",
	"back-edge",
	"jump into the middle",
};

/* The kernel said something of ours, and we did not. */
static void look_for_ours(struct program *p)
{
	for (const char *line = p->log; line; line = next_line(line)) {
		for (u32 i = 0; i < ALV_COUNT(our_words); i++) {
			if (!strncmp(line, our_words[i], strlen(our_words[i])))
				differ(p, "missing error", line, "");
		}
	}
}

static const char *const our_field_words[] = {
	"uses reserved fields",
	"invalid may_goto",
	"uses invalid atomic opcode",
	"invalid atomic operand size",
	"can only convert between address",
	"div by zero",
	"invalid shift",
};

static void compare_fields(struct program *p, const char *from, u32 last)
{
	struct alv_isa_error error = { .n_lines = 0 };
	const struct bpf_insn *insn = &p->insns[last];
	bool said = false;

	for (u32 i = 0; i < ALV_COUNT(our_field_words); i++)
		said |= strstr(from, our_field_words[i]) != NULL;
	if (said) {
		isa_counts.errors++;
		if (!alv_insn_check_fields(isa_subject.kernel, insn, &error) &&
		    !alv_insn_check_constant(insn, &error))
			differ(p, "missing error of fields", strstr(from, "uses"), "");
		else if (!is_said(from, error.text))
			differ(p, "error of fields", "", error.text);
	} else if (strstr(from, "\nprocessed ") && !is_unreadable(insn, from) &&
		   alv_insn_check_fields(isa_subject.kernel, insn, &error)) {
		differ(p, "unsaid error of fields", "", error.text);
	}
}

static void compare(struct program *p, bool truncated)
{
	struct alv_isa_error error = { .n_lines = 0 };
	const char *rows = strstr(p->log, "Live regs before insn:\n");
	int err = analyse(p, &error);

	if (err && rows) {
		differ(p, "error", "", error.text);
		return;
	}
	if (err) {
		isa_counts.errors++;
		/* An error of BTF, maps or privilege may come first. */
		if (!is_said(p->log, error.text))
			isa_say("unsaid: %s (%s)\n", error.text, p->log);
		return;
	}
	if (!rows) {
		look_for_ours(p);
		/* Older kernels look at no lives before they explore. */
		if (strstr(p->log, "\n0: ") && !truncated)
			compare_fields(p, p->log, compare_explored(p, p->log));
		return;
	}
	isa_counts.analysed++;
	compare_funcs(p);
	rows = next_line(rows);
	if (same_live(p, rows) && !truncated)
		compare_fields(p, rows, compare_explored(p, rows));
}

void isa_compare(const struct bpf_insn *insns, u32 n, const char *log, bool truncated)
{
	struct program p = { .insns = insns, .n = n, .log = log };

	p.n_args = calloc(n, 1);
	if (!p.n_args || alv_cfg_init(&p.cfg, insns, n))
		abort();
	isa_counts.programs++;
	compare(&p, truncated);
	alv_cfg_fini(&p.cfg);
	free(p.n_args);
}
