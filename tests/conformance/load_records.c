/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program says of its functions and lines: each field of each record with each
 * value that could matter, and what reports make of lines.
 */
#include "client.h"
#include "load.h"

#include <linux/btf.h>
#include <string.h>

#define CALL_SUB(off) { BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, off }
#define MOVI(d, i)    { BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i }
#define EXIT	      { BPF_JMP | BPF_EXIT, 0, 0, 0, 0 }

/* A main program, and a function with a constant of two instructions. */
static const struct bpf_insn insns[] = {
	CALL_SUB(2), MOVI(0, 0), EXIT, { BPF_LD | BPF_DW | BPF_IMM, 0, 0, 0, 7 }, { 0 }, EXIT,
};

static const char strings[] = "\0int\0void_fn\0__sk_buff\0main\0sub\0num\0e\0huge\0x\0dir/file.c\0"
			      "  int one;\0two();\0three\0bad-name\0";

static u32 name(const char *text)
{
	u32 at = 1;

	while (at < sizeof(strings) && strcmp(strings + at, text))
		at += strlen(strings + at) + 1;
	return at;
}

#define INFO(kind, vlen) ((u32)(kind) << 24 | (vlen))

enum type {
	INT = 1, SKB, SKB_PTR, MAIN_PROTO, MAIN, SUB_PROTO, SUB, GLOBAL_SUB, VOID_PROTO, VOID_SUB,
	NUM, NUM_PROTO, NUM_SUB, E, E_PROTO, E_SUB, HUGE, HUGE_PROTO, HUGE_SUB, SKB_PROTO, SKB_SUB,
	TYPES_END,
};

static u32 types[128];
static unsigned int used;

static void put(u32 a, u32 b, u32 c)
{
	types[used++] = a;
	types[used++] = b;
	types[used++] = c;
}

static void put_proto(u32 result, u32 param)
{
	put(0, INFO(BTF_KIND_FUNC_PROTO, 1), result);
	types[used++] = name("x");
	types[used++] = param;
}

static void put_int(const char *text, u32 size)
{
	put(name(text), INFO(BTF_KIND_INT, 0), size);
	types[used++] = size * 8;
}

static void put_types(void)
{
	put_int("int", 4);
	put(name("__sk_buff"), INFO(BTF_KIND_STRUCT, 0), 0);
	put(0, INFO(BTF_KIND_PTR, 0), SKB);
	put_proto(INT, SKB_PTR);
	put(name("main"), INFO(BTF_KIND_FUNC, BTF_FUNC_STATIC), MAIN_PROTO);
	put_proto(INT, INT);
	put(name("sub"), INFO(BTF_KIND_FUNC, BTF_FUNC_STATIC), SUB_PROTO);
	put(name("sub"), INFO(BTF_KIND_FUNC, BTF_FUNC_GLOBAL), SUB_PROTO);
	put_proto(0, INT);
	put(name("void_fn"), INFO(BTF_KIND_FUNC, BTF_FUNC_STATIC), VOID_PROTO);
	put(name("num"), INFO(BTF_KIND_TYPEDEF, 0), INT);
	put_proto(NUM, INT);
	put(name("sub"), INFO(BTF_KIND_FUNC, BTF_FUNC_STATIC), NUM_PROTO);
	put(name("e"), INFO(BTF_KIND_ENUM, 0), 4);
	put_proto(E, INT);
	put(name("sub"), INFO(BTF_KIND_FUNC, BTF_FUNC_STATIC), E_PROTO);
	put_int("huge", 16);
	put_proto(HUGE, INT);
	put(name("sub"), INFO(BTF_KIND_FUNC, BTF_FUNC_STATIC), HUGE_PROTO);
	put_proto(SKB_PTR, INT);
	put(name("sub"), INFO(BTF_KIND_FUNC, BTF_FUNC_GLOBAL), SKB_PROTO);
}

static int load_types(void)
{
	static u8 raw[2048];
	struct btf_header *header = (void *)raw;
	union attr attr = {};

	used = 0;
	put_types();
	*header = (struct btf_header){
		.magic = BTF_MAGIC,
		.version = 1,
		.hdr_len = sizeof(*header),
		.type_len = used * 4,
		.str_off = used * 4,
		.str_len = sizeof(strings),
	};
	memcpy(header + 1, types, used * 4);
	memcpy((u8 *)(header + 1) + used * 4, strings, sizeof(strings));
	attr.btf.btf = PTR(raw);
	attr.btf.size = sizeof(*header) + used * 4 + sizeof(strings);
	return (int)bpf_raw(BPF_BTF_LOAD, &attr, ATTR_SIZE);
}

static struct attr_load load;
static u32 funcs[64];
static u32 lines[64];

/* All as it should be. */
static void prepare(void)
{
	static int btf = -1;

	if (btf < 0)
		btf = load_types();
	load_init(&load, insns, ARRAY_SIZE(insns));
	memset(funcs, 0, sizeof(funcs));
	memset(lines, 0, sizeof(lines));
	funcs[1] = MAIN;
	funcs[2] = 3;
	funcs[3] = SUB;
	for (unsigned int i = 0; i < 4; i++) {
		static const u32 at[] = { 0, 1, 3, 5 };

		lines[4 * i] = at[i];
		lines[4 * i + 1] = name("dir/file.c");
		lines[4 * i + 2] = name(i ? "two();" : "  int one;");
		lines[4 * i + 3] = (10 + i) << 10 | 3;
	}
	load.prog_btf_fd = (u32)btf;
	load.func_info = PTR(funcs);
	load.func_info_rec_size = 8;
	load.func_info_cnt = 2;
	load.line_info = PTR(lines);
	load.line_info_rec_size = 16;
	load.line_info_cnt = 4;
}

static const u32 offsets[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x7fffffff, 0x80000000, 0xffffffff };

static void each_function(void)
{
	static const u32 more[] = { TYPES_END, 0x7fffffff, 0x80000000, 0xffffffff };

	client_case("records of functions");
	for (unsigned int record = 0; record < 2; record++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(offsets); i++) {
			prepare();
			funcs[2 * record] = offsets[i];
			load_said(&load, "func %u at %#x", record, offsets[i]);
		}
		for (u32 i = 0; i < TYPES_END + ARRAY_SIZE(more); i++) {
			u32 id = i < TYPES_END ? i : more[i - TYPES_END];

			prepare();
			funcs[2 * record + 1] = id;
			load_said(&load, "func %u of type %#x", record, id);
		}
	}
}

static void each_line(void)
{
	static const char *const fields[] = { "insn_off", "file_name_off", "line_off", "line_col" };
	const u32 values[] = { 0, 1, 2, 3, 4, 5, 6, sizeof(strings) - 1, sizeof(strings),
			       0x7fffffff, 0x80000000, 0xffffffff };

	client_case("records of lines");
	for (unsigned int record = 0; record < 4; record++) {
		for (unsigned int field = 0; field < 4; field++) {
			for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
				prepare();
				lines[4 * record + field] = values[i];
				load_said(&load, "line %u %s %#x", record, fields[field],
					  values[i]);
			}
		}
	}
}

static void each_count(void)
{
	static const u32 counts[] = { 0, 1, 2, 3, 4, 5, 6, 7, 0x10000000, 0x7fffffff, 0xffffffff };

	client_case("counts");
	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		/* Those that would have the kernel read far have nothing to read. */
		int far = counts[i] > 16;

		prepare();
		load.func_info_cnt = counts[i];
		if (far)
			load.func_info = memory_bad(BAD_UNMAPPED);
		if (!far || counts[i] > 0x7fffffff / 8)
			load_said(&load, "%#x functions", counts[i]);
		prepare();
		load.line_info_cnt = counts[i];
		if (far)
			load.line_info = memory_bad(BAD_UNMAPPED);
		if (!far || counts[i] > 0x7fffffff / 16)
			load_said(&load, "%#x lines", counts[i]);
		prepare();
		load.func_info_cnt = 0;
		load.line_info_cnt = far ? 4 : counts[i];
		load_said(&load, "no functions, %#x lines", load.line_info_cnt);
	}
}

static void each_size(void)
{
	static const u32 sizes[] = { 0,	 1,  4,	 7,  8,	  9,   12,  15,	 16,
				     18, 20, 24, 32, 252, 253, 256, 260, 0xfffffffc };

	client_case("sizes of records");
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		prepare();
		load.func_info_rec_size = sizes[i];
		load.func_info_cnt = 1;
		load_said(&load, "func_info_rec_size %u", sizes[i]);
		transcript_line("  now %u", load.func_info_rec_size);
		prepare();
		load.line_info_rec_size = sizes[i];
		load.line_info_cnt = 1;
		load_said(&load, "line_info_rec_size %u", sizes[i]);
		transcript_line("  now %u", load.line_info_rec_size);
	}
	client_case("records with more in them");
	for (unsigned int zero = 0; zero < 2; zero++) {
		prepare();
		load.func_info_rec_size = 16;
		memset(funcs + 2, 0, sizeof(funcs) - 8);
		funcs[4] = 3;
		funcs[5] = SUB;
		funcs[7] = !zero;
		load_said(&load, "functions of 16 bytes, the last %s", zero ? "zero" : "not");
		transcript_line("  now %u", load.func_info_rec_size);
		prepare();
		load.line_info_rec_size = 20;
		load.line_info_cnt = 1;
		lines[4] = !zero;
		load_said(&load, "lines of 20 bytes, the last %s", zero ? "zero" : "not");
		transcript_line("  now %u", load.line_info_rec_size);
	}
}

static void each_address(void)
{
	client_case("addresses");
	for (int i = 0; i < BAD_COUNT; i++) {
		prepare();
		load.func_info = memory_bad(i);
		load_said(&load, "func_info %s", memory_name(memory_bad(i)));
		prepare();
		load.line_info = memory_bad(i);
		load_said(&load, "line_info %s", memory_name(memory_bad(i)));
		prepare();
		load.func_info = memory_bad(i);
		load.func_info_rec_size = 16;
		load_said(&load, "func_info of 16 bytes %s", memory_name(memory_bad(i)));
	}
}

static void each_btf(void)
{
	client_case("descriptors of types");
	for (unsigned int which = 0; which < 4; which++) {
		static const char *const names[] = { "both", "functions", "lines", "neither" };

		for (int i = 0; i < (int)WRONG_COUNT; i++) {
			prepare();
			load.prog_btf_fd = (u32)descriptor_wrong(i);
			if (which & 1)
				load.line_info_cnt = 0;
			if (which & 2)
				load.func_info_cnt = 0;
			load_said(&load, "%s, prog_btf_fd %s", names[which],
				  descriptor_name(descriptor_wrong(i)));
		}
	}
}

static void sources(void)
{
	static const u32 columns[] = { 0, 1, 1 << 10, 10 << 10, 10 << 10 | 9, 0xffffffff };

	client_case("lines in reports");
	for (u32 level = 0; level <= 7; level++) {
		prepare();
		load.log_level = level;
		if (!level) {
			load.log_buf = 0;
			load.log_size = 0;
		}
		load_said(&load, "level %u", level);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(columns); i++) {
		prepare();
		load.log_level = 2;
		lines[7] = columns[i];
		lines[6] = name("three");
		load_said(&load, "line and column %#x", columns[i]);
	}
	for (unsigned int i = 0; i < 3; i++) {
		static const char *const files[] = { "", "num", "dir/file.c" };

		prepare();
		load.log_level = 2;
		lines[5] = *files[i] ? name(files[i]) : 0;
		lines[7] = lines[3];
		load_said(&load, "the same line of file '%s'", files[i]);
	}
}

static void relocations(void)
{
	static const u32 sizes[] = { 0, 4, 12, 16, 18, 20, 252, 256 };
	static u32 relo[64];

	client_case("relocations");
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		prepare();
		load.core_relos = PTR(relo);
		load.core_relo_cnt = 1;
		load.core_relo_rec_size = sizes[i];
		relo[0] = 3;
		load_said(&load, "core_relo_rec_size %u", sizes[i]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(offsets); i++) {
		prepare();
		load.core_relos = PTR(relo);
		load.core_relo_cnt = 1;
		load.core_relo_rec_size = 16;
		relo[0] = offsets[i] | 4;
		load_said(&load, "relocation at %#x", relo[0]);
	}
	prepare();
	load.core_relos = memory_bad(BAD_UNMAPPED);
	load.core_relo_cnt = 1;
	load.core_relo_rec_size = 16;
	load_said(&load, "relocations at a bad address");
	load.core_relo_cnt = 0x80000000;
	load_said(&load, "too many relocations");
	prepare();
	load.core_relos = PTR(relo);
	load.core_relo_cnt = 1;
	load.core_relo_rec_size = 16;
	load.func_info_cnt = 0;
	load.line_info_cnt = 0;
	load_said(&load, "relocations and no types");
}

/* Faults of records and of instructions: which is found first. */
static void order(void)
{
	static const struct {
		const char *name;
		struct bpf_insn insns[6];
	} programs[] = {
		{ "a call out of the program", { CALL_SUB(100), MOVI(0, 0), EXIT, MOVI(0, 0),
						 MOVI(0, 0), EXIT } },
		{ "a jump out of the function", { CALL_SUB(2), { BPF_JMP | BPF_JA, 0, 0, 3, 0 },
						  EXIT, MOVI(0, 0), MOVI(0, 0), EXIT } },
		{ "a function that falls through", { CALL_SUB(2), MOVI(0, 0), MOVI(0, 0),
						     MOVI(0, 0), MOVI(0, 0), EXIT } },
		{ "an unknown instruction", { CALL_SUB(2), { 0xff, 0, 0, 0, 0 }, EXIT,
					      MOVI(0, 0), MOVI(0, 0), EXIT } },
		{ "a loop", { CALL_SUB(2), { BPF_JMP | BPF_JA, 0, 0, -1, 0 }, EXIT,
			      MOVI(0, 0), MOVI(0, 0), EXIT } },
		{ "no fault", { CALL_SUB(2), MOVI(0, 0), EXIT, MOVI(0, 0), MOVI(0, 0), EXIT } },
	};

	client_case("which fault is found first");
	for (unsigned int i = 0; i < ARRAY_SIZE(programs); i++) {
		for (unsigned int fault = 0; fault < 7; fault++) {
			static const char *const names[] = {
				"no bad record",  "a function's type", "a function's place",
				"a line's place", "lines at a bad address", "a flag", "a list",
			};

			prepare();
			load.insns = PTR(programs[i].insns);
			load.log_level = 2;
			if (fault == 1)
				funcs[1] = INT;
			if (fault == 2)
				funcs[2] = 4;
			if (fault == 3)
				lines[4] = 0;
			if (fault == 4)
				load.line_info = memory_bad(BAD_UNMAPPED);
			if (fault == 5)
				load.prog_flags = BPF_F_SLEEPABLE;
			if (fault == 6)
				load.fd_array_cnt = 1;
			load_said(&load, "%s and %s", programs[i].name, names[fault]);
		}
	}
}

int main(void)
{
	client_start();
	each_function();
	each_line();
	each_count();
	each_size();
	each_address();
	each_btf();
	sources();
	relocations();
	order();
	return 0;
}
