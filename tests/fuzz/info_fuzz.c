/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzzer of what the verifier makes of type information. Four bytes of choices, three
 * of seed for a program, three of seed for BTF (even: the program's own); then counts of
 * function and line records, and those; what is left changes the BTF, at most
 * MAX_CHANGES times: a 16-bit place and a byte each.
 */
#include <string.h>

#include "../btf/generate.h"
#include "../oracle/generate.h"
#include "subject.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define MAX_RECORDS 64
#define MAX_CHANGES 16

static struct alv_btf *parse(const u8 *seed, const u8 *changes, size_t size)
{
	const struct alv_btf_rules rules = { .version = V6_18 };
	struct alv_btf *btf;
	struct alv_buf raw;
	u64 number = seed[0] | (u64)seed[1] << 8 | (u64)seed[2] << 16;

	if (!(number & 1)) {
		oracle_types(&raw);
	} else {
		if (alv_buf_init(&raw, GENERATED_MAX))
			return NULL;
		raw.size = generate_btf(number, raw.data);
	}
	for (u32 i = 0; size >= 3 && i < MAX_CHANGES; i++, changes += 3, size -= 3)
		raw.data[(changes[0] | (u32)changes[1] << 8) % raw.size] = changes[2];
	return alv_btf_parse(&raw, &rules, NULL, &btf) ? NULL : btf;
}

/* As many records as there are bytes for; the rest of the input moves on. */
static u32 take_records(const u8 **data, size_t *size, void *records, size_t record)
{
	u32 n = *size ? **data % (MAX_RECORDS + 1) : 0;

	if (!*size)
		return 0;
	*data += 1;
	*size -= 1;
	if (n > *size / record)
		n = (u32)(*size / record);
	memcpy(records, *data, n * record);
	*data += n * record;
	*size -= n * record;
	return n;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct generated program;
	static struct bpf_func_info functions[MAX_RECORDS];
	static struct bpf_line_info lines[MAX_RECORDS];
	struct oracle_maps maps;
	struct subject subject = { .insns = program.insns };
	const u8 *seeds = data + 4;
	struct alv_btf *btf;

	if (size < 10)
		return 0;
	subject_maps(&maps);
	generate_program(seeds[0] | (u64)seeds[1] << 8 | (u64)seeds[2] << 16, &maps, &program);
	subject_choose(&subject, data);
	if (!(data[0] & 128)) {
		subject.type = program.type;
		subject.attach = program.attach;
	}
	subject.n_insns = program.n_insns;
	data += 10;
	size -= 10;
	subject.n_func_info = take_records(&data, &size, functions, sizeof(functions[0]));
	subject.n_line_info = take_records(&data, &size, lines, sizeof(lines[0]));
	subject.func_info = subject.n_func_info ? functions : program.functions;
	if (!subject.n_func_info)
		subject.n_func_info = program.n_functions;
	subject.line_info = lines;
	btf = parse(seeds + 3, data, size);
	subject.btf = btf;
	if (btf)
		subject_verify(&subject);
	alv_btf_free(btf);
	return 0;
}
