/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks the running kernel; run by root. Its output is what recorded/ keeps; with the
 * name of such a record it compares.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "questions.h"

#define INSN(CODE, DST, SRC, OFF, IMM)                                                   \
	{ .code = (CODE), .dst_reg = (DST), .src_reg = (SRC), .off = (OFF), .imm = (IMM) }
#define RETURN(VALUE)                                                                    \
	INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, VALUE),                               \
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define MEMSX 0x80

static char report[65536];

static void set_caps(uint64_t caps)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data)) {
		perror("capget");
		exit(1);
	}
	data[0].effective = data[0].permitted & (uint32_t)caps;
	data[1].effective = data[1].permitted & (uint32_t)(caps >> 32);
	if (syscall(SYS_capset, &header, data)) {
		perror("capset");
		exit(1);
	}
}

/* Load it for its report; 0 or -errno. */
static int load(const struct subject *subject, const struct bpf_insn *insns, size_t count)
{
	union bpf_attr attr = {
		.prog_type = subject->type,
		.expected_attach_type = subject->attach_type,
		.insns = (uintptr_t)insns,
		.insn_cnt = count,
		.license = (uintptr_t) "GPL",
		.log_level = 2,
		.log_buf = (uintptr_t)report,
		.log_size = sizeof(report),
	};
	int fd, err;

	if (subject->type == BPF_PROG_TYPE_SYSCALL)
		attr.prog_flags = BPF_F_SLEEPABLE;
	report[0] = 0;
	if (subject->without_perfmon)
		set_caps(1ull << CAP_NET_ADMIN | 1ull << CAP_BPF);
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	err = fd < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	if (subject->without_perfmon)
		set_caps(~0ull);
	if (err == -EPERM) {
		fprintf(stderr, "type %u: may not load programs\n", subject->type);
		exit(1);
	}
	return err;
}

static bool says(const char *text)
{
	return strstr(report, text);
}

static int may_call(const struct subject *subject, uint32_t id)
{
	struct bpf_insn insns[] = { INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id), RETURN(0) };

	load(subject, insns, 3);
	if (says("cannot use helper") || says("invalid func"))
		return 0;
	return says("helper call is not allowed in probe") ? 2 : 1;
}

static uint8_t width_of(int size)
{
	return size == 1 ? BPF_B : size == 2 ? BPF_H : size == 4 ? BPF_W : BPF_DW;
}

static void pointer_name(char *ret_type)
{
	const char *value = strstr(report, "R0=");
	size_t length;

	*ret_type = 0;
	if (!value)
		return;
	value += strlen("R0=");
	length = strspn(value, "abcdefghijklmnopqrstuvwxyz_");
	if (!length || !strncmp(value, "scalar", length))
		return;
	snprintf(ret_type, 32, "%.*s", (int)length, value);
}

static bool may_access(const struct subject *subject, int how, int offset, int size,
		       char *ret_type)
{
	uint8_t width = width_of(size);
	struct bpf_insn loads[] = { INSN(BPF_LDX | BPF_MEM | width, 0, 1, offset, 0),
				    RETURN(0) };
	struct bpf_insn stores[] = { INSN(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 0),
				     INSN(BPF_STX | BPF_MEM | width, 1, 2, offset, 0),
				     RETURN(0) };

	*ret_type = 0;
	if (how == STORE) {
		load(subject, stores, 4);
		return !says("invalid bpf_context access");
	}
	if (how == LOAD_SIGNED)
		loads[0].code = BPF_LDX | MEMSX | width;
	load(subject, loads, 3);
	if (says("invalid bpf_context access"))
		return false;
	pointer_name(ret_type);
	return true;
}

static int new_map(uint32_t type)
{
	union bpf_attr attr = { .map_type = type, .key_size = 4, .value_size = 4,
				.max_entries = 1 };
	int fd = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));

	if (fd < 0) {
		perror("map");
		exit(1);
	}
	return fd;
}

/* "if (!r0) return 0" */
#define UNLESS_NULL INSN(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 2, 0), RETURN(0)
#define CALL(ID)    INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 0, 0, 0),                       \
		    INSN(BPF_JMP | BPF_CALL, 0, 0, 0, ID), UNLESS_NULL

/* One map for all programs that look one up. */
static int xsk_map(void)
{
	static int map = -1;

	if (map < 0)
		map = new_map(BPF_MAP_TYPE_XSKMAP);
	return map;
}

static bool may_look(int kind, int offset, int size)
{
	static const struct subject tc = { .type = BPF_PROG_TYPE_SCHED_CLS };
	static const struct subject xdp = { .type = BPF_PROG_TYPE_XDP };
	struct bpf_insn look = INSN(BPF_LDX | BPF_MEM | width_of(size), 1, 0, offset, 0);
	int16_t sk = offsetof(struct __sk_buff, sk);
	struct bpf_insn common[] = { INSN(BPF_LDX | BPF_MEM | BPF_DW, 0, 1, sk, 0),
				     UNLESS_NULL, look, RETURN(0) };
	struct bpf_insn cast[] = { INSN(BPF_LDX | BPF_MEM | BPF_DW, 0, 1, sk, 0),
				   UNLESS_NULL,
				   CALL(kind == SOCKET ? BPF_FUNC_sk_fullsock :
							 BPF_FUNC_tcp_sock),
				   look, RETURN(0) };
	struct bpf_insn lookup[] = { INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0),
				     INSN(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0),
				     INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4),
				     INSN(BPF_LD | BPF_IMM | BPF_DW, 0,
					  BPF_PSEUDO_MAP_FD, 0, xsk_map()),
				     INSN(0, 0, 0, 0, 0),
				     CALL(BPF_FUNC_map_lookup_elem), look, RETURN(0) };
	if (kind == SOCK_COMMON)
		return !load(&tc, common, sizeof(common) / sizeof(common[0]));
	if (kind == XDP_SOCK)
		return !load(&xdp, lookup, sizeof(lookup) / sizeof(lookup[0]));
	return !load(&tc, cast, sizeof(cast) / sizeof(cast[0]));
}

static void returns(const struct subject *subject, char *ret_range)
{
	struct bpf_insn insns[] = { RETURN(77) };
	int err = load(subject, insns, 2);
	const char *range = strstr(report, "should have been in [");

	if (range)
		snprintf(ret_range, 32, "%.*s", (int)strcspn(strchr(range, '['), "\n"),
			 strchr(range, '['));
	else
		snprintf(ret_range, 32, "%s", err ? "EINVAL" : "any");
}

int main(int argc, char **argv)
{
	static const struct answers answers = { may_call, may_access, may_look, returns };

	if (argc == 2)
		return compare(&answers, argv[1]) ? 1 : 0;
	ask_all(&answers, stdout);
	return 0;
}
