/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/print.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "verifier/dynptr.h"
#include "verifier/iter.h"
#include "verifier/kernel_type.h"
#include "verifier/kfunc.h"

static const char *const reg_base_texts[] = {
#define X(NAME, text) [ALV_REG_##NAME] = text,
	ALV_REG_BASES(X)
#undef X
};

static const struct {
	u32 flag;
	const char *text;
} type_prefixes[] = {
	{ ALV_RDONLY, "rdonly_" },      { ALV_RINGBUF_MEM, "ringbuf_" }, { ALV_USER_MEM, "user_" },
	{ ALV_PERCPU_MEM, "percpu_" },  { ALV_RCU_MEM, "rcu_" },
	{ ALV_UNTRUSTED, "untrusted_" }, { ALV_TRUSTED, "trusted_" },
};

const char *alv_type_text(char text[ALV_TYPE_TEXT], struct alv_type type)
{
	const char *null = "";
	size_t n = 0;

	if (type.flags & ALV_MAYBE_NULL)
		null = type.base == ALV_REG_BTF_ID ? "or_null_" : "_or_null";
	for (size_t i = 0; i < ALV_COUNT(type_prefixes); i++)
		if (type.flags & type_prefixes[i].flag)
			n += (size_t)snprintf(text + n, ALV_TYPE_TEXT - n, "%s",
					      type_prefixes[i].text);
	snprintf(text + n, ALV_TYPE_TEXT - n, "%s%s", reg_base_texts[type.base], null);
	return text;
}

void alv_say_text(struct alv_env *env, enum alv_message id, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	alv_report_vprintf(env->request->report, format, args);
	va_end(args);
}

void alv_trace(struct alv_env *env, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	alv_report_vprintf(env->request->report, format, args);
	va_end(args);
}

static void print_signed(struct alv_env *env, s64 n)
{
	if (n >= INT16_MIN && n <= INT16_MAX)
		alv_trace(env, "%lld", (long long)n);
	else
		alv_trace(env, "%#llx", (unsigned long long)n);
}

static void print_unsigned(struct alv_env *env, u64 n)
{
	alv_trace(env, n <= UINT16_MAX ? "%llu" : "%#llx", (unsigned long long)n);
}

/* "(a=1,b=2": the separator before an item. */
static const char *next_separator(bool *started)
{
	const char *text = *started ? "," : "";

	*started = true;
	return text;
}

static bool has_map(const struct alv_reg *reg)
{
	return reg->type.base == ALV_REG_MAP || reg->type.base == ALV_REG_MAP_KEY ||
	       reg->type.base == ALV_REG_MAP_VALUE;
}

static void print_details(struct alv_env *env, const struct alv_reg *reg, bool *started)
{
	if (reg->id)
		alv_trace(env, "%sid=%d", next_separator(started), reg->id & ~ALV_ID_ADDED);
	if (reg->id & ALV_ID_ADDED)
		alv_trace(env, "%+d", reg->off);
	if (reg->ref)
		alv_trace(env, "%sref_obj_id=%d", next_separator(started), reg->ref);
	if (reg->type.flags & ALV_NON_OWNING)
		alv_trace(env, "%snon_own_ref", next_separator(started));
	if (has_map(reg)) {
		if (reg->map->name[0])
			alv_trace(env, "%smap=%s", next_separator(started), reg->map->name);
		alv_trace(env, "%sks=%d,vs=%d", next_separator(started), reg->map->key_size,
			  reg->map->value_size);
	}
	if (!alv_reg_is_scalar(reg) && reg->off) {
		alv_trace(env, "%soff=", next_separator(started));
		print_signed(env, reg->off);
	}
	if (alv_reg_is_packet(reg)) {
		alv_trace(env, "%sr=", next_separator(started));
		print_unsigned(env, (u64)(s64)reg->range);
	}
	if (reg->type.base == ALV_REG_MEM) {
		alv_trace(env, "%ssz=", next_separator(started));
		print_unsigned(env, reg->mem_size);
	}
	if (reg->type.base == ALV_REG_DYNPTR)
		alv_trace(env, "%stype=%s", next_separator(started), alv_dynptr_text(reg->dynptr));
}

static void print_reg(struct alv_env *env, u32 frame, const struct alv_reg *reg)
{
	char text[256];
	bool started = false;

	if (alv_reg_is_scalar(reg) && reg->precise)
		alv_trace(env, "P");
	if (alv_reg_is_const(reg)) {
		print_signed(env, (s64)reg->val.bits.value);
		return;
	}
	alv_trace(env, "%s", alv_type_text(text, reg->type));
	if (reg->type.base == ALV_REG_BTF_ID)
		alv_trace(env, "%s", alv_reg_type_name(reg));
	if (alv_reg_is(reg, ALV_REG_ARENA))
		return;
	if (alv_reg_is(reg, ALV_REG_STACK)) {
		if (frame != reg->frame)
			alv_trace(env, "[%d]", reg->frame);
		if (alv_scalar_is_const(&reg->val)) {
			print_signed(env, (s64)reg->val.bits.value + reg->off);
			return;
		}
	}
	alv_trace(env, "(");
	print_details(env, reg, &started);
	if (!alv_scalar_is_const(&reg->val)) {
		alv_scalar_print(text, sizeof(text), &reg->val);
		if (text[0])
			alv_trace(env, "%s%s", next_separator(&started), text);
	} else if (reg->val.bits.value) {
		alv_trace(env, "%simm=", next_separator(&started));
		print_signed(env, (s64)reg->val.bits.value);
	}
	alv_trace(env, ")");
}

static const char stack_letters[] = {
#define X(NAME, letter) [ALV_STACK_##NAME] = letter,
	ALV_STACK_BYTES(X)
#undef X
};

static void print_dynptr(struct alv_env *env, const struct alv_reg *reg, u32 slot)
{
	bool started = false;

	if (!reg->dynptr_first)
		return;
	alv_trace(env, " fp%d=dynptr_%s(", -(s32)(slot + 1) * ALV_REG_SIZE,
		  alv_dynptr_text(reg->dynptr));
	if (reg->id)
		alv_trace(env, "%sid=%d", next_separator(&started), reg->id);
	if (reg->ref)
		alv_trace(env, "%sref_id=%d", next_separator(&started), reg->ref);
	/* Linux shows the mark of the first half as if it were a slice's. */
	alv_trace(env, "%sdynptr_id=1)", next_separator(&started));
}

static void print_slot(struct alv_env *env, const struct alv_frame *frame, u32 i)
{
	const struct alv_slot *slot = &frame->slots[i];
	char text[ALV_REG_SIZE + 1] = {};
	bool valid = false, spill = alv_slot_is_spill(slot);

	for (u32 k = 0; k < ALV_REG_SIZE; k++) {
		valid |= slot->bytes[k] != ALV_STACK_INVALID;
		if (spill && slot->bytes[k] == ALV_STACK_SPILL)
			break;
		text[k] = stack_letters[slot->bytes[k]];
	}
	if (slot->bytes[ALV_REG_SIZE - 1] == ALV_STACK_DYNPTR) {
		print_dynptr(env, &slot->spilled, i);
		return;
	}
	if (slot->bytes[ALV_REG_SIZE - 1] == ALV_STACK_ITER) {
		alv_iter_print(env, &slot->spilled, i);
		return;
	}
	if (!valid && !spill)
		return;
	alv_trace(env, " fp%d=%s", -(s32)(i + 1) * ALV_REG_SIZE, text);
	if (spill)
		print_reg(env, frame->number, &slot->spilled);
}

static void print_refs(struct alv_env *env, const struct alv_state *state)
{
	/* Locks of values that have no id have none either. */
	if (!state->n_refs || !state->refs[0].id)
		return;
	alv_trace(env, " refs=%d", state->refs[0].id);
	for (u32 i = 1; i < state->n_refs; i++)
		if (state->refs[i].id)
			alv_trace(env, ",%d", state->refs[i].id);
}

void alv_print_state(struct alv_env *env, const struct alv_state *state, u32 number, bool all)
{
	const struct alv_frame *frame = state->frames[number];

	if (frame->number)
		alv_trace(env, " frame%d:", frame->number);
	for (u32 i = 0; i < ALV_N_REGS; i++) {
		if (frame->regs[i].type.base == ALV_REG_NOT_INIT ||
		    (!all && !(env->scratched_regs & 1u << i)))
			continue;
		alv_trace(env, " R%d=", i);
		print_reg(env, frame->number, &frame->regs[i]);
	}
	for (u32 i = 0; i < frame->n_slots; i++)
		if (all || env->scratched_slots & 1ull << i)
			print_slot(env, frame, i);
	print_refs(env, state);
	if (frame->in_callback)
		alv_trace(env, " cb");
	if (frame->in_async_callback)
		alv_trace(env, " async_cb");
	alv_trace(env, "\n");
	if (!all) {
		env->scratched_regs = 0;
		env->scratched_slots = 0;
	}
}

/* Columns up to where the state goes: at 40, or at the next multiple of 8. */
static int padding(u32 used)
{
	u32 column = used + 4 > 40 ? used + 4 : 40;

	return (int)(alv_round_up(column, 8) - used - 1);
}

void alv_print_change(struct alv_env *env)
{
	struct alv_report *report = env->request->report;

	if (!alv_env_logs(env, ALV_LOG_ANY))
		return;
	if (env->line_start && env->line_start == report->length) {
		alv_report_rewind(report, env->line_start - 1);
		alv_trace(env, "%*c;", padding(env->line_size), ' ');
	} else {
		alv_trace(env, "%d:", env->insn);
	}
	alv_print_state(env, env->state, env->state->top, false);
}

static const char *helper_name(void *data, const struct bpf_insn *insn, char *text, size_t size)
{
	char name[ALV_HELPER_TEXT];

	if (alv_insn_is_kfunc_call(insn))
		return alv_kfunc_name(data, insn);
	if (!alv_insn_is_helper_call(insn))
		return NULL;
	alv_helper_text(name, (u32)insn->imm);
	snprintf(text, size, "%s", name);
	return text;
}

void alv_print_code(struct alv_env *env, u32 insn)
{
	const struct alv_insn_names names = {
		.data = env,
		.call = helper_name,
		.hide_pointers = !env->may_leak,
	};
	char text[ALV_INSN_TEXT];

	alv_insn_print(text, sizeof(text), &env->insns[insn], &names);
	alv_trace(env, "%s\n", text);
}

void alv_print_insn(struct alv_env *env, u32 insn)
{
	struct alv_report *report = env->request->report;
	u64 start;

	if (env->scratched_regs || env->scratched_slots)
		alv_print_change(env);
	alv_print_source(env, insn);
	start = report->length;
	alv_trace(env, "%d: ", insn);
	alv_print_code(env, insn);
	env->line_start = report->length;
	env->line_size = (u32)(report->length - start);
}

/* The last line record at or before the instruction. */
static const struct bpf_line_info *find_line(const struct alv_env *env, u32 insn)
{
	const struct alv_verifier_request *request = env->request;
	u32 low = 0, high = request->n_line_info;

	if (!high)
		return NULL;
	while (high - low > 1) {
		u32 middle = low + (high - low) / 2;

		if (request->line_info[middle].insn_off <= insn)
			low = middle;
		else
			high = middle;
	}
	return &request->line_info[low];
}

void alv_print_source(struct alv_env *env, u32 insn)
{
	const struct bpf_line_info *line, *last = env->last_line;
	const char *text, *file, *slash;

	if (!alv_report_wanted(env->request->report))
		return;
	line = find_line(env, insn);
	if (!line || line == last)
		return;
	if (last && line->file_name_off == last->file_name_off &&
	    BPF_LINE_INFO_LINE_NUM(line->line_col) == BPF_LINE_INFO_LINE_NUM(last->line_col))
		return;
	text = alv_btf_string(env->request->btf, line->line_off);
	file = alv_btf_string(env->request->btf, line->file_name_off);
	while (text && isspace((unsigned char)*text))
		text++;
	slash = file ? strrchr(file, '/') : NULL;
	alv_trace(env, "; %s", text ? text : "");
	alv_trace(env, " @ %s:%u\n", slash ? slash + 1 : file ? file : "",
		  BPF_LINE_INFO_LINE_NUM(line->line_col));
	env->last_line = line;
}

void alv_print_regs_set(struct alv_env *env, u32 regs)
{
	bool started = false;

	for (u32 i = 0; i < 32; i++)
		if (regs & 1u << i)
			alv_trace(env, "%sr%d", next_separator(&started), i);
}

void alv_print_slots_set(struct alv_env *env, u64 slots)
{
	bool started = false;

	for (u32 i = 0; i < 64; i++)
		if (slots & 1ull << i)
			alv_trace(env, "%s%d", next_separator(&started),
				  -(s32)(i + 1) * ALV_REG_SIZE);
}

void alv_print_live(struct alv_env *env)
{
	alv_trace(env, "Live regs before insn:\n");
	for (u32 i = 0; i < env->n_insns; i++) {
		const struct alv_insn_facts *mark = &env->cfg.facts[i];
		char regs[ALV_N_REGS] = {};

		for (u32 r = 0; r < BPF_REG_10; r++)
			regs[r] = mark->live & 1u << r ? (char)('0' + r) : '.';
		if (mark->scc)
			alv_trace(env, "%3d ", mark->scc);
		else
			alv_trace(env, "    ");
		alv_trace(env, "%3d: %s ", i, regs);
		alv_print_code(env, i);
		if (alv_insn_is_ldimm64(&env->insns[i]))
			i++;
	}
}

u64 alv_print_clock(void)
{
	return alv_clock_ns(CLOCK_MONOTONIC);
}

/* What the compiled program's frame has beside the stack: counters of its loops. */
static u32 counters_of(const struct alv_env *env, u32 subprog)
{
	const struct alv_subprog *s = &env->cfg.subprogs[subprog];
	u32 for_goto = 0, for_loop = 0;

	for (u32 i = s[0].start; i < s[1].start; i++) {
		if (!env->facts[i].seen)
			continue;
		if (alv_insn_is_may_goto(&env->insns[i]) && env->insns[i].off)
			for_goto = env->request->traits.kernel >= V6_15 ? 16 : 8;
		if (env->facts[i].loops_plainly)
			for_loop = 24;
	}
	return for_goto + for_loop;
}

static bool is_reached(const struct alv_env *env, u32 subprog)
{
	const struct alv_subprog *s = &env->cfg.subprogs[subprog];

	for (u32 i = s[0].start; i < s[1].start; i++)
		if (env->facts[i].seen)
			return true;
	return false;
}

/* Of an accepted program dead functions are gone; those of the unprivileged stay. */
static void print_stack_depths(struct alv_env *env, bool accepted)
{
	alv_trace(env, "stack depth ");
	for (u32 i = 0; i < env->cfg.n_subprogs; i++) {
		u32 depth = env->functions[i].stack_depth;

		if (accepted && env->capable && !is_reached(env, i))
			continue;
		if (accepted)
			depth += counters_of(env, i);
		alv_trace(env, "%s%d", i ? "+" : "", depth);
	}
	alv_trace(env, "\n");
}

void alv_print_stats(struct alv_env *env, bool accepted)
{
	if (!alv_report_wanted(env->request->report))
		return;
	if (alv_env_logs(env, ALV_REPORT_STATS)) {
		alv_trace(env, "verification time %llu usec\n",
			  (unsigned long long)(alv_print_clock() - env->started_ns) / 1000);
		print_stack_depths(env, accepted);
	}
	alv_trace(env,
		  "processed %d insns (limit %d) max_states_per_insn %d total_states %d "
		  "peak_states %d mark_read %d\n",
		  env->n_processed, ALV_VERIFIER_MAX_PROCESSED,
		  env->verdict->max_states_per_insn, env->verdict->total_states,
		  env->verdict->peak_states, 0);
}
