/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs by hand, verified without a host; include it behind cmocka's header. */
#ifndef ALV_TESTS_VERIFY_H
#define ALV_TESTS_VERIFY_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/verifier.h"

#define LOG_SIZE 65536

#define INSN(CODE, DST, SRC, OFF, IMM)                                                             \
	((struct bpf_insn){                                                                        \
		.code = (CODE), .dst_reg = (DST), .src_reg = (SRC), .off = (OFF), .imm = (IMM) })
#define MOV(DST, IMM) INSN(BPF_ALU64 | BPF_MOV | BPF_K, DST, 0, 0, IMM)
#define COPY(DST, SRC) INSN(BPF_ALU64 | BPF_MOV | BPF_X, DST, SRC, 0, 0)
#define ADD(DST, IMM) INSN(BPF_ALU64 | BPF_ADD | BPF_K, DST, 0, 0, IMM)
#define CALL(ID) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, ID)
#define LOAD_MAP(DST, FD)                                                                          \
	INSN(BPF_LD | BPF_IMM | BPF_DW, DST, BPF_PSEUDO_MAP_FD, 0, FD), INSN(0, 0, 0, 0, 0)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static char report_text[LOG_SIZE];

static int text_write(void *ctx, u32 offset, const void *src, u32 size)
{
	memcpy(report_text + offset, src, size);
	return 0;
}

static int text_read(void *ctx, u32 offset, void *dst, u32 size)
{
	memcpy(dst, report_text + offset, size);
	return 0;
}

static const struct alv_checked_map hash = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = 8,
	.value_size = 8,
	.max_entries = 1,
};

static const struct alv_checked_map ringbuf = {
	.type = BPF_MAP_TYPE_RINGBUF,
	.max_entries = 4096,
	.name = "events",
};

static const struct alv_checked_map sockmap = {
	.type = BPF_MAP_TYPE_SOCKMAP,
	.key_size = 4,
	.value_size = 4,
	.max_entries = 1,
};

/* A constant text, which a test writes before it loads. */
static char constant_text[16];

static const void *constant_value(const struct alv_checked_map *map)
{
	return constant_text;
}

static const struct alv_checked_map constant = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = 4,
	.value_size = sizeof(constant_text),
	.max_entries = 1,
	.flags = BPF_F_RDONLY_PROG,
	.constant = true,
	.direct = true,
	.value = constant_value,
};

/* Descriptor 3 is a hash, 4 a ring buffer, 5 a map of sockets, 6 a constant text. */
static int find_map(void *data, s32 fd, const struct alv_checked_map **ret_map)
{
	static const struct alv_checked_map *const maps[] = { &hash, &ringbuf, &sockmap, &constant };

	if (fd < 3 || fd > 6)
		return -EBADF;
	*ret_map = maps[fd - 3];
	return 0;
}

/* What verify() loads programs as; a test may change it. */
static struct {
	u32 type;
	u64 caps;
	u32 flags;
} subject = { .type = BPF_PROG_TYPE_SOCKET_FILTER, .caps = ~0ull };

/* What it learned of the first instructions. */
static struct alv_insn_verdict learned[32];

/* The kernel's types, and whether functions of it may be called that can't run. */
static const struct alv_btf *kernel_types;
static bool all_kfuncs;

static const struct alv_btf *find_vmlinux(void *data)
{
	return kernel_types;
}

static int verify(const struct bpf_insn *insns, u32 n, u32 level, struct alv_verdict *verdict)
{
	const struct alv_report_sink sink = { .write = text_write, .read = text_read };
	const struct alv_report_request want = {
		.level = level,
		.size = LOG_SIZE,
		.has_buffer = true,
	};
	struct alv_report report;
	struct alv_verifier_request request = {
		.insns = insns,
		.n_insns = n,
		.flags = subject.flags,
		.n_cpus = 2,
		.names = { .map = find_map, .vmlinux = find_vmlinux },
		.has_all_kfuncs = all_kfuncs,
		.report = &report,
	};
	u32 size;
	int err;

	memset(report_text, 0, sizeof(report_text));
	request.traits.type = alv_prog_type(V6_18, subject.type);
	request.traits.kernel = V6_18;
	request.traits.authority.caps = subject.caps;
	request.traits.authority.unprivileged = !subject.caps;
	request.traits.gpl = true;
	request.traits.sleepable = subject.flags & BPF_F_SLEEPABLE;
	assert_int_equal(alv_report_init(&report, &want, &sink), 0);
	err = alv_verify(&request, verdict);
	err = alv_report_finish(&report, err, &size);
	alv_report_fini(&report);
	for (u32 i = 0; verdict->facts && i < n && i < ALV_COUNT(learned); i++)
		learned[i] = verdict->facts[i];
	free(verdict->facts);
	verdict->facts = NULL;
	return err;
}

#endif
