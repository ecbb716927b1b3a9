/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PROG_LOAD: each attribute spoilt alone. What instructions may be is judged by
 * the tables below programs/.
 */
#include "field.h"
#include "programs/insn.h"
#include "sample.h"

#include <string.h>

static union attr attr;
static char log_text[4096];

static void sample(u32 type)
{
	sample_attr(BPF_PROG_LOAD, NULL, -1, &attr);
	attr.load.prog_type = type;
}

static void load(void)
{
	descriptor_close(call(BPF_PROG_LOAD, &attr));
}

static const struct bpf_insn zero[] = { MOVI(R0, 0), EXIT };
static const struct bpf_insn one[] = { MOVI(R0, 1), EXIT };

/* Those that the project serves; others depend on what a kernel was built with. */
static const u32 types[] = {
	BPF_PROG_TYPE_SOCKET_FILTER,
	BPF_PROG_TYPE_KPROBE,
	BPF_PROG_TYPE_SCHED_CLS,
	BPF_PROG_TYPE_SCHED_ACT,
	BPF_PROG_TYPE_TRACEPOINT,
	BPF_PROG_TYPE_XDP,
	BPF_PROG_TYPE_PERF_EVENT,
	BPF_PROG_TYPE_CGROUP_SKB,
	BPF_PROG_TYPE_CGROUP_SOCK,
	BPF_PROG_TYPE_SOCK_OPS,
	BPF_PROG_TYPE_RAW_TRACEPOINT,
	BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
	BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
	BPF_PROG_TYPE_SYSCALL,
};

/* Runs of attach types with one answer are one line. */
static void attach_types(u32 type)
{
	unsigned int at, first = 0;
	long result, last = 0;

	client_case("type %u: attach types", type);
	for (at = 0; at <= 70; at++) {
		sample(type);
		attr.load.insns = PTR(one);
		attr.load.expected_attach_type = at;
		attr.load.prog_flags =
			type == BPF_PROG_TYPE_SYSCALL ? BPF_F_SLEEPABLE : 0;
		result = at == 70 ? 1 : bpf_raw(BPF_PROG_LOAD, &attr, ATTR_SIZE);
		if (result >= 0 && at < 70) {
			descriptor_add(result);
			descriptor_close(result);
			result = 0;
		}
		if (at && result != last) {
			transcript_line("PROG_LOAD - type=%u attach=%u..%u -> %s", type,
					first, at - 1, transcript_errno(last));
			first = at;
		}
		last = result;
	}
}

static void each_flag(u32 type)
{
	unsigned int bit;

	client_case("type %u: each flag", type);
	for (bit = 0; bit < 32; bit++) {
		sample(type);
		attr.load.insns = PTR(one);
		attr.load.prog_flags = 1u << bit;
		attr.load.prog_token_fd = -1;
		if (type == BPF_PROG_TYPE_CGROUP_SOCK_ADDR)
			attr.load.expected_attach_type = BPF_CGROUP_INET4_BIND;
		load();
	}
}

static void odd_types(void)
{
	static const u32 numbers[] = { 0, 33, 34, 64, 255, 256, 0x7fffffff, UINT32_MAX };
	unsigned int i;

	client_case("types that no kernel has");
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		sample(numbers[i]);
		load();
	}
}

static void counts(void)
{
	static const u32 numbers[] = { 0,	1,	    2,		1000000,
				       1000001, 0x7fffffff, 0x80000000, UINT32_MAX };
	unsigned int i;
	void *edge;

	client_case("numbers of instructions");
	edge = memory_edge(sizeof(zero));
	memcpy(edge, zero, sizeof(zero));
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		sample(BPF_PROG_TYPE_SOCKET_FILTER);
		attr.load.insns = PTR(edge);
		attr.load.insn_cnt = numbers[i];
		load();
	}
	sample(BPF_PROG_TYPE_SOCKET_FILTER);
	attr.load.insns = PTR(edge) + 4;
	load();
}

/* Records and logs are only looked at when their numbers are not 0. */
static void each_pointer(void)
{
	const struct field *field = field_command(BPF_PROG_LOAD)->fields;
	unsigned int i;
	u64 bad;

	client_case("each pointer");
	for (; field->name; field++) {
		if (field->kind != FIELD_INPUT)
			continue;
		for (i = 0; i < BAD_COUNT; i++) {
			sample(BPF_PROG_TYPE_SOCKET_FILTER);
			bad = memory_bad(i);
			memcpy(attr.bytes + field->offset, &bad, sizeof(bad));
			load();
		}
	}
}

/* A helper for programs under the kernel's license. */
static void licenses(void)
{
	static const char *const texts[] = {
		"GPL",
		"GPL v2",
		"GPL and additional rights",
		"Dual BSD/GPL",
		"Dual MIT/GPL",
		"Dual MPL/GPL",
		"GPL v3",
		"gpl",
		"GPL ",
		"Dual BSD",
		"BSD",
		"MIT",
		"Proprietary",
		"",
	};
	static const struct bpf_insn calls[] = {
		LD64(R1, 0x00000a78), STORE(DW, R10, -8, R1),
		MOV(R1, R10),	      ALUI(ADD, R1, -8),
		MOVI(R2, 4),	      CALL(trace_printk),
		MOVI(R0, 0),	      EXIT,
	};
	unsigned int i, length;
	char *edge;

	client_case("licenses");
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		sample(BPF_PROG_TYPE_KPROBE);
		transcript_add("\"%s\": ", texts[i]);
		attr.load.license = PTR(texts[i]);
		load();
		attr.load.insns = PTR(calls);
		attr.load.insn_cnt = ARRAY_SIZE(calls);
		load();
	}
	client_case("long licenses");
	for (length = 126; length < 131; length++) {
		edge = memory_edge(length);
		memset(edge, 'x', length);
		sample(BPF_PROG_TYPE_KPROBE);
		attr.load.license = PTR(edge);
		transcript_add("%u bytes without an end: ", length);
		load();
	}
}

static void names(void)
{
	static const struct {
		char text[17];
	} cases[] = {
		{ "a" },
		{ "A.b_C9" },
		{ "fifteen_letters" },
		{ "sixteen_letters_" },
		{ "with space" },
		{ "dash-ed" },
		{ "slash/" },
		{ "plus+" },
		{ "utf\xc3\xa9" },
		{ "\x01" },
		{ "ok\0bad" },
		{ "\0late" },
		{ "." },
		{ "..." },
	};
	unsigned int i;
	int fd;

	client_case("names");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		sample(BPF_PROG_TYPE_SOCKET_FILTER);
		memcpy(attr.load.prog_name, cases[i].text, 16);
		fd = call(BPF_PROG_LOAD, &attr);
		if (fd >= 0)
			client_info(fd);
		descriptor_close(fd);
	}
}

static void numbers(void)
{
	static const u32 versions[] = { 0, 1, 0x060100, UINT32_MAX };
	static const u32 devices[] = { 1, 0x7ffffff0, UINT32_MAX };
	unsigned int i, k;

	client_case("versions of the kernel");
	for (i = 0; i < ARRAY_SIZE(versions); i++) {
		sample(BPF_PROG_TYPE_KPROBE);
		attr.load.kern_version = versions[i];
		load();
	}
	client_case("devices");
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		for (k = 0; k < ARRAY_SIZE(types); k++) {
			sample(types[k]);
			attr.load.prog_ifindex = devices[i];
			load();
		}
	}
}

/* What is judged when it is set, and how much of it when there is no more to it. */
static void others(void)
{
	static const u32 ids[] = { 1, 0x7fffffff, UINT32_MAX };
	unsigned int i, k;
	int map, btf, prog;

	client_case("attach_btf_id and attach_prog_fd");
	btf = sample_btf_load();
	map = client_map(client_type("ARRAY"));
	prog = sample_program(BPF_PROG_TYPE_SOCKET_FILTER);
	for (i = 0; i <= ARRAY_SIZE(ids); i++) {
		const int fds[] = { 0, btf, map, prog };

		for (k = 0; k < ARRAY_SIZE(fds) + WRONG_COUNT; k++) {
			sample(BPF_PROG_TYPE_SOCKET_FILTER);
			attr.load.attach_btf_id = i ? ids[i - 1] : 0;
			attr.load.attach_prog_fd =
				k < ARRAY_SIZE(fds)
					? fds[k]
					: descriptor_wrong(k - ARRAY_SIZE(fds));
			load();
		}
	}
	client_case("relocations");
	for (i = 0; i < 3; i++) {
		sample(BPF_PROG_TYPE_SOCKET_FILTER);
		attr.load.core_relo_cnt = i > 0;
		attr.load.core_relo_rec_size = i == 1 ? 0 : 16;
		attr.load.core_relos = PTR(log_text);
		load();
	}
	client_case("tokens");
	for (i = 0; i < WRONG_COUNT; i++) {
		sample(BPF_PROG_TYPE_SOCKET_FILTER);
		attr.load.prog_token_fd = descriptor_wrong(i);
		load();
		attr.load.prog_flags = F_TOKEN_FD;
		load();
	}
}

static void signatures(void)
{
	unsigned int i;

	client_case("signatures");
	for (i = 0; i < 6; i++) {
		sample(BPF_PROG_TYPE_SOCKET_FILTER);
		attr.load.signature = i & 1 ? PTR(log_text) : 0;
		attr.load.signature_size = i & 2 ? 64 : 0;
		attr.load.keyring_id = i & 4 ? 1 : 0;
		load();
	}
}

static void descriptor_arrays(void)
{
	static int fds[4];
	unsigned int i, k;

	client_case("arrays of descriptors");
	for (i = 0; i < 6; i++) {
		for (k = 0; k < 4; k++)
			fds[k] = 0;
		fds[0] = client_map(client_type("ARRAY"));
		fds[1] = i == 1 ? fds[0] : i == 2 ? sample_btf_load() : i == 3 ? -1 : 0;
		if (i == 4)
			fds[1] = descriptor_wrong(WRONG_SOCKET);
		if (i == 5)
			fds[1] = sample_program(BPF_PROG_TYPE_SOCKET_FILTER);
		for (k = 0; k < 4; k++) {
			sample(BPF_PROG_TYPE_SOCKET_FILTER);
			transcript_add("%u: ", i);
			attr.load.fd_array = PTR(fds);
			attr.load.fd_array_cnt = k;
			k == 2 ? (void)client_info(call(BPF_PROG_LOAD, &attr)) : load();
		}
	}
	sample(BPF_PROG_TYPE_SOCKET_FILTER);
	attr.load.fd_array_cnt = 1;
	load();
	attr.load.fd_array = PTR(fds);
	attr.load.fd_array_cnt = UINT32_MAX;
	load();
}

/* Statistics, level 4, have times of no fixed length. */
static void logs(void)
{
	static const u32 levels[] = { 0, 1, 2, 3, 8, 16, UINT32_MAX };
	static const u32 sizes[] = {
		0, 1, 127, 128, 4096, 1 << 20, (UINT32_MAX >> 2) - 1, UINT32_MAX
	};
	static const struct bpf_insn wrong[] = { MOV(R0, R3), EXIT };
	unsigned int i, k, way;

	client_case("logs");
	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		for (k = 0; k < ARRAY_SIZE(sizes); k++) {
			for (way = 0; way < 4; way++) {
				sample(BPF_PROG_TYPE_SOCKET_FILTER);
				memset(log_text, 0x7e, sizeof(log_text));
				attr.load.insns = PTR(way & 1 ? wrong : zero);
				attr.load.log_level = levels[i];
				attr.load.log_size = sizes[k];
				attr.load.log_buf = way & 2 ? PTR(log_text) : 0;
				load();
			}
		}
	}
	client_case("truncated logs");
	for (i = 1; i < 100; i += 7) {
		sample(BPF_PROG_TYPE_SOCKET_FILTER);
		memset(log_text, 0, sizeof(log_text));
		attr.load.insns = PTR(wrong);
		attr.load.log_level = 1;
		attr.load.log_size = i;
		attr.load.log_buf = PTR(log_text);
		load();
		transcript_line("# %s", log_text);
		memset(log_text, 0, sizeof(log_text));
		attr.load.log_level = 1 | 8;
		load();
		transcript_line("# %s", log_text);
	}
}

int main(void)
{
	unsigned int i;

	client_start();
	odd_types();
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		attach_types(types[i]);
		each_flag(types[i]);
	}
	counts();
	each_pointer();
	licenses();
	names();
	numbers();
	others();
	signatures();
	descriptor_arrays();
	logs();
	return 0;
}
