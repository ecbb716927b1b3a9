/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzzer of the BTF parser: the input is parsed as user or as kernel BTF, then
 * looked at in every way. A byte of flags, which pick report and rules, then
 *
 *	flags & 128   three bytes of seed for generated BTF, and changes of it:
 *	              16-bit place, value
 *	else          the BTF
 */
#include <stdlib.h>
#include <string.h>

#include "../btf/generate.h"

#include "btf/btf.h"
#include "btf/record.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define LOG_SIZE 4096

static int to_memory(void *ctx, u32 offset, const void *src, u32 size)
{
	if (offset > LOG_SIZE || size > LOG_SIZE - offset)
		abort();
	memcpy((char *)ctx + offset, src, size);
	return 0;
}

static int from_memory(void *ctx, u32 offset, void *dst, u32 size)
{
	if (offset > LOG_SIZE || size > LOG_SIZE - offset)
		abort();
	memcpy(dst, (char *)ctx + offset, size);
	return 0;
}

/* A record is sound whatever it was made of: in order, within the value. */
static void check_record(const struct alv_btf *btf, const struct alv_btf_rules *rules,
			 u32 id)
{
	struct alv_record *record;
	u32 sized = id, size, end = 0;

	if (!alv_btf_sized(btf, &sized, &size) ||
	    alv_record_parse(btf, rules, sized, ALV_FIELDS_OF_MAPS, size, &record) ||
	    !record)
		return;
	for (u32 i = 0; i < record->count; i++) {
		const struct alv_field *field = &record->fields[i];

		if (field->offset < end || field->offset + field->size > size)
			abort();
		end = field->offset + field->size;
	}
	free(record);
}

static void look(const struct alv_btf *btf, const struct alv_btf_rules *rules)
{
	for (u32 id = 0; id < alv_btf_end(btf) && id < 1000; id++) {
		const struct btf_type *type = alv_btf_type(btf, id);
		u32 found, sized = id;

		alv_btf_skip_modifiers(btf, id, &found);
		alv_btf_sized(btf, &sized, NULL);
		if (alv_btf_find(btf, alv_btf_string(btf, type->name_off),
				 alv_btf_kind(type), &found) ||
		    found > id)
			if (id)
				abort();
		if (!rules->kernel)
			check_record(btf, rules, id);
	}
}

static void parse(const u8 *data, size_t size, const struct alv_btf_rules *rules,
		  struct alv_report *report)
{
	struct alv_btf *btf;
	struct alv_buf raw;

	if (alv_buf_init(&raw, size))
		abort();
	memcpy(raw.data, data, size);
	if (alv_btf_parse(&raw, rules, report, &btf))
		return;
	look(btf, rules);
	alv_btf_free(btf);
}

/* Generated BTF is deeper inside the parser than bytes at random come. */
static size_t generate(const u8 *data, size_t size, u8 *dst)
{
	u32 seed = 0, made;

	for (; size && seed < 1u << 16; size--)
		seed = seed << 8 | (*data++ + 1u);
	made = generate_btf(seed, dst);
	for (; size >= 3; data += 3, size -= 3)
		dst[(data[0] | (u32)data[1] << 8) % made] = data[2];
	return made;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const enum alv_kernel versions[] = {V5_4,  V5_15, V6_1,	V6_6,
						   V6_12, V6_18, V6_18, V6_18};
	char log[LOG_SIZE];
	u8 made[GENERATED_MAX];
	struct alv_report_sink sink = { to_memory, from_memory, log };
	struct alv_report_request request = { .level = 1, .has_buffer = true };
	struct alv_btf_rules rules = {};
	struct alv_report report;
	u32 true_size;

	if (!size)
		return 0;
	rules.version = versions[data[0] & 7];
	rules.kernel = data[0] & 8;
	request.old_rules = data[0] & 16;
	request.level = data[0] & 32 ? 9 : 1;
	request.size = data[0] & 64 ? 200 : LOG_SIZE;
	if (request.old_rules)
		request.level = 1;
	if (alv_report_init(&report, &request, &sink))
		abort();
	if (data[0] & 128)
		parse(made, generate(data + 1, size - 1, made), &rules, &report);
	else
		parse(data + 1, size - 1, &rules, &report);
	alv_report_finish(&report, 0, &true_size);
	alv_report_fini(&report);
	return 0;
}
