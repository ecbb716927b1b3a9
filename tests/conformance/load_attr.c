/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attributes of BPF_PROG_LOAD beside instructions and records: flags, attach types,
 * targets, devices, names, licenses, lists of maps. Two wrong ones tell the order.
 */
#include "client.h"
#include "load.h"
#include "sample.h"

#include <stdio.h>
#include <string.h>

#define MOVI(d, i) { BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i }
#define EXIT	   { BPF_JMP | BPF_EXIT, 0, 0, 0, 0 }
#define ATTACHES   64

/* Program types whose names and rules are no question here. */
static const u32 types[] = {
	BPF_PROG_TYPE_SOCKET_FILTER,	 BPF_PROG_TYPE_KPROBE,
	BPF_PROG_TYPE_SCHED_CLS,	 BPF_PROG_TYPE_SCHED_ACT,
	BPF_PROG_TYPE_TRACEPOINT,	 BPF_PROG_TYPE_XDP,
	BPF_PROG_TYPE_PERF_EVENT,	 BPF_PROG_TYPE_CGROUP_SKB,
	BPF_PROG_TYPE_CGROUP_SOCK,	 BPF_PROG_TYPE_SOCK_OPS,
	BPF_PROG_TYPE_RAW_TRACEPOINT,	 BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
	BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, BPF_PROG_TYPE_SYSCALL,
	0, 99,
};

static const struct bpf_insn insns[] = { MOVI(0, 0), EXIT };
/* Accepted or refused, by what flags say of alignment, and states. */
static const struct bpf_insn unaligned[] = {
	{ BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0 },
	{ BPF_LDX | BPF_MEM | BPF_W, 2, 6, 76, 0 },
	{ BPF_LDX | BPF_MEM | BPF_W, 3, 6, 80, 0 },
	{ BPF_ALU64 | BPF_MOV | BPF_X, 4, 2, 0, 0 },
	{ BPF_ALU64 | BPF_ADD | BPF_K, 4, 0, 0, 8 },
	{ BPF_JMP | BPF_JGT | BPF_X, 4, 3, 1, 0 },
	{ BPF_LDX | BPF_MEM | BPF_W, 0, 2, 1, 0 },
	MOVI(0, 0),
	EXIT,
};

static struct attr_load load;
static char license[256];

static void prepare(void)
{
	load_init(&load, insns, ARRAY_SIZE(insns));
	strcpy(license, "GPL");
	load.license = PTR(license);
	load.log_level = 0;
	load.log_buf = 0;
	load.log_size = 0;
}

static const char *answer(void)
{
	return transcript_errno(load_quietly(&load, sizeof(load)));
}

/* "what: 0-3 EINVAL, 4 0": runs of equal answers. */
static char runs[4096];
static char current[32];
static u32 first;

static void run_end(u32 end)
{
	size_t at = strlen(runs);

	if (!current[0])
		return;
	if (end == first + 1)
		snprintf(runs + at, sizeof(runs) - at, " %u %s,", first, current);
	else
		snprintf(runs + at, sizeof(runs) - at, " %u-%u %s,", first, end - 1, current);
}

static void run_add(u32 value, const char *text)
{
	if (strcmp(current, text)) {
		run_end(value);
		snprintf(current, sizeof(current), "%s", text);
		first = value;
	}
}

static void run_flush(const char *what, u32 number, u32 end)
{
	run_end(end);
	transcript_line("PROG_LOAD %s %u:%s", what, number, runs);
	runs[0] = 0;
	current[0] = 0;
}

static void each_flag(void)
{
	client_case("flags");
	for (unsigned int t = 0; t < ARRAY_SIZE(types); t++) {
		for (u32 bit = 0; bit < 32; bit++) {
			prepare();
			load.prog_type = types[t];
			load.prog_flags = 1u << bit;
			run_add(bit, answer());
		}
		run_flush("flag bits of type", types[t], 32);
	}
	for (u32 flags = 0; flags < 256; flags++) {
		prepare();
		load.prog_flags = flags;
		run_add(flags, answer());
	}
	run_flush("flags together, type", 1, 256);
}

static void each_attach_type(void)
{
	client_case("expected attach types");
	for (unsigned int t = 0; t < ARRAY_SIZE(types); t++) {
		for (u32 attach = 0; attach < ATTACHES; attach++) {
			prepare();
			load.prog_type = types[t];
			load.expected_attach_type = attach;
			run_add(attach, answer());
		}
		run_flush("expected_attach_type of type", types[t], ATTACHES);
	}
	prepare();
	load.expected_attach_type = 0xffffffff;
	load_said(&load, "expected_attach_type -1");
}

static void alignment(void)
{
	static const u32 flags[] = { 0, 1, 2, 3, 4, 8, 9, 16, 32, 64, 128, 128 | 8 };

	client_case("flags that the verifier knows");
	for (unsigned int i = 0; i < ARRAY_SIZE(flags); i++) {
		load_init(&load, unaligned, ARRAY_SIZE(unaligned));
		load.prog_type = BPF_PROG_TYPE_SCHED_CLS;
		load.log_level = 2;
		load.prog_flags = flags[i];
		load_said(&load, "an unaligned access, flags %#x", flags[i]);
	}
}

static void each_target(void)
{
	static const u32 ids[] = { 0, 1, 0x7fffffff, 0xffffffff };

	client_case("targets");
	for (unsigned int t = 0; t < ARRAY_SIZE(types); t++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
			prepare();
			load.prog_type = types[t];
			load.attach_btf_id = ids[i];
			run_add(i, answer());
		}
		run_flush("attach_btf_id by index, type", types[t], ARRAY_SIZE(ids));
	}
	for (int i = 0; i < (int)WRONG_COUNT; i++) {
		prepare();
		load.attach_prog_fd = (u32)descriptor_wrong(i);
		load_said(&load, "attach_prog_fd %s", descriptor_name(descriptor_wrong(i)));
		load.attach_btf_id = 1;
		load_said(&load, "attach_prog_fd %s and an id",
			  descriptor_name(descriptor_wrong(i)));
	}
	prepare();
	load.attach_prog_fd = (u32)client_map(client_type("ARRAY"));
	load.attach_btf_id = 1;
	load_said(&load, "attach_prog_fd of a map");
	prepare();
	load.attach_prog_fd = (u32)bpf_raw(BPF_PROG_LOAD, &load, sizeof(load));
	load_said(&load, "attach_prog_fd of a program");
	load.attach_btf_id = 1;
	load_said(&load, "attach_prog_fd of a program, and an id");
}

static void each_device(void)
{
	static const u32 devices[] = { 1, 9999999, 0x7fffffff, 0xffffffff };

	client_case("devices");
	for (unsigned int t = 0; t < ARRAY_SIZE(types); t++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(devices); i++) {
			for (u32 flag = 0; flag < 2; flag++) {
				prepare();
				load.prog_type = types[t];
				load.prog_ifindex = devices[i];
				load.prog_flags = flag << 6;
				run_add(2 * i + flag, answer());
			}
		}
		run_flush("prog_ifindex by index, with and without device-bound, type", types[t],
			  2 * ARRAY_SIZE(devices));
	}
}

static void each_name(void)
{
	client_case("names");
	for (u32 c = 0; c < 256; c++) {
		prepare();
		load.prog_name[0] = 'a';
		load.prog_name[1] = (char)c;
		run_add(c, answer());
	}
	run_flush("characters after", 'a', 256);
	for (u32 n = 0; n <= 16; n++) {
		prepare();
		memset(load.prog_name, 'n', n);
		run_add(n, answer());
	}
	run_flush("lengths of names, type", 1, 17);
	prepare();
	memcpy(load.prog_name, "a\0b", 3);
	load_said(&load, "a name with more behind its end");
}

static void each_license(void)
{
	/* A helper that asks for the license. */
	static const struct bpf_insn gpl[] = {
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ktime_get_ns }, MOVI(0, 0), EXIT,
	};
	static const char *const texts[] = {
		"",	 "GPL",		 "GPL v2",	 "GPL v3",
		"gpl",	 "GPL ",	 "Dual BSD/GPL", "Dual MIT/GPL",
		"Dual MPL/GPL", "GPL and additional rights", "BSD", "Proprietary",
	};

	client_case("licenses");
	for (unsigned int i = 0; i < ARRAY_SIZE(texts); i++) {
		prepare();
		load.insns = PTR(gpl);
		load.insn_cnt = ARRAY_SIZE(gpl);
		strcpy(license, texts[i]);
		load_said(&load, "license '%s'", texts[i]);
	}
	for (u32 n = 120; n < 140; n++) {
		prepare();
		memset(license, 0, sizeof(license));
		memset(license, 'x', n);
		run_add(n, answer());
	}
	run_flush("lengths of licenses, type", 1, 140);
	for (int i = 0; i < BAD_COUNT; i++) {
		prepare();
		load.license = memory_bad(i);
		load_said(&load, "license at %s", memory_name(memory_bad(i)));
		prepare();
		load.insns = memory_bad(i);
		load_said(&load, "instructions at %s", memory_name(memory_bad(i)));
	}
}

static void each_count(void)
{
	static const u32 counts[] = { 0, 1, 1000001, 0x10000000, 0x20000000, 0x7fffffff,
				      0xffffffff };

	client_case("counts");
	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		prepare();
		load.insn_cnt = counts[i];
		load_said(&load, "%u instructions", counts[i]);
	}
	for (u32 version = 0; version < 3; version++) {
		prepare();
		load.prog_type = BPF_PROG_TYPE_KPROBE;
		load.kern_version = version;
		load_said(&load, "kern_version %u", version);
	}
}

static void each_list(void)
{
	static const u32 counts[] = { 0, 1, 2, 3, 64, 65, 66, 0x10000000, 0x40000000, 0xffffffff };
	static s32 fds[128];

	client_case("lists of maps");
	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		prepare();
		load.log_level = 1;
		load.log_buf = PTR(load_report());
		load.log_size = LOAD_LOG_ROOM;
		load.fd_array_cnt = counts[i];
		load_said(&load, "%#x maps at no address", counts[i]);
		load.fd_array = memory_bad(BAD_UNMAPPED);
		load_said(&load, "%#x maps at a bad address", counts[i]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = client_map(client_type(i & 1 ? "HASH" : "ARRAY"));
	for (unsigned int i = 0; i < ARRAY_SIZE(counts) && counts[i] <= ARRAY_SIZE(fds); i++) {
		prepare();
		load.log_level = 1;
		load.log_buf = PTR(load_report());
		load.log_size = LOAD_LOG_ROOM;
		load.fd_array = PTR(fds);
		load.fd_array_cnt = counts[i];
		load_said(&load, "%u maps", counts[i]);
	}
	for (int i = 0; i < (int)WRONG_COUNT; i++) {
		prepare();
		load.log_level = 1;
		load.log_buf = PTR(load_report());
		load.log_size = LOAD_LOG_ROOM;
		load.fd_array = PTR(fds);
		load.fd_array_cnt = 2;
		fds[1] = descriptor_wrong(i);
		load_said(&load, "the second of two is %s", descriptor_name(fds[1]));
	}
	prepare();
	fds[1] = (s32)bpf_raw(BPF_PROG_LOAD, &load, sizeof(load));
	load.fd_array = PTR(fds);
	load.fd_array_cnt = 2;
	load_said(&load, "the second of two is a program");
}

static void each_other(void)
{
	client_case("tokens, signatures, relocations");
	for (int i = 0; i < (int)WRONG_COUNT; i++) {
		prepare();
		load.prog_token_fd = descriptor_wrong(i);
		load_said(&load, "prog_token_fd %s without its flag",
			  descriptor_name(descriptor_wrong(i)));
		load.prog_flags = F_TOKEN_FD;
		load_said(&load, "prog_token_fd %s", descriptor_name(descriptor_wrong(i)));
	}
	prepare();
	load.signature_size = 16;
	load.signature = PTR(license);
	load_said(&load, "a signature that is none");
	load.keyring_id = -5;
	load_said(&load, "a signature that is none, and a keyring that is none");
	prepare();
	load.signature_size = 16;
	load_said(&load, "a signature at no address");
	load.signature = memory_bad(BAD_UNMAPPED);
	load_said(&load, "a signature at a bad address");
	load.signature_size = 0xffffffff;
	load_said(&load, "a huge signature");
	prepare();
	load.keyring_id = -5;
	load_said(&load, "a keyring alone");
}

/* Each fault alone, and each pair: which is found first. */
struct fault {
	const char *name;
	void (*make)(void);
};

static void bad_flags(void) { load.prog_flags |= 1u << 20; }
static void bad_token(void) { load.prog_flags |= F_TOKEN_FD; load.prog_token_fd = -1; }
static void no_insns(void) { load.insn_cnt = 0; }
static void bad_type(void) { load.prog_type = 77; }
static void bad_target(void) { load.attach_btf_id = 0x7fffffff; load.attach_prog_fd = 9999; }
static void bad_attach(void) { load.expected_attach_type = 0x1000; }
static void bad_device(void) { load.prog_ifindex = 1; }
static void bad_insns(void) { load.insns = memory_bad(BAD_UNMAPPED); }
static void bad_license(void) { load.license = memory_bad(BAD_UNMAPPED); }
static void bad_name(void) { load.prog_name[0] = '/'; }
static void bad_log(void) { load.log_level = 64; load.log_size = 100; load.log_buf = 8192; }
static void bad_maps(void) { load.fd_array_cnt = 1; load.fd_array = memory_bad(BAD_UNMAPPED); }
static void bad_btf(void) { load.func_info_cnt = 1; load.prog_btf_fd = 9999; }
static void bad_signature(void) { load.signature_size = 8; load.signature = 8; }
static void bad_relocations(void) { load.core_relo_cnt = 1; load.core_relo_rec_size = 3; }

static const struct fault faults[] = {
	{ "flags", bad_flags },	      { "token", bad_token },
	{ "insn_cnt", no_insns },     { "type", bad_type },
	{ "target", bad_target },     { "attach type", bad_attach },
	{ "device", bad_device },     { "insns", bad_insns },
	{ "license", bad_license },   { "name", bad_name },
	{ "log", bad_log },	      { "maps", bad_maps },
	{ "btf", bad_btf },	      { "signature", bad_signature },
	{ "relocations", bad_relocations },
};

static void each_pair(void)
{
	client_case("which fault is found first");
	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++) {
		for (unsigned int k = i; k < ARRAY_SIZE(faults); k++) {
			prepare();
			load.prog_type = BPF_PROG_TYPE_CGROUP_SOCK;
			faults[i].make();
			faults[k].make();
			transcript_line("PROG_LOAD %s and %s -> %s", faults[i].name,
					i == k ? "no other" : faults[k].name, answer());
		}
	}
}

int main(void)
{
	client_start();
	each_flag();
	each_attach_type();
	alignment();
	each_target();
	each_device();
	each_name();
	each_license();
	each_count();
	each_list();
	each_other();
	each_pair();
	return 0;
}
