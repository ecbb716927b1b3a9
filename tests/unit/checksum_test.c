/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets that come with the sum over all of them (BPF_F_TEST_SKB_CHECKSUM_COMPLETE):
 * after a test run it must still be theirs.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <alveary/alveary.h>

#include "base/cleanup.h"
#include "base/types.h"
#include "helper/checksum.h"
#include "insns.h"

#define CALL(id)         INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##id)
#define PUT(value)       INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8, value)
#define POINT(reg)       MOV(reg, 10), INSN(BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0, -8)
#define STORE(at, n, f)  MOV(1, 6), MOV_IMM(2, at), POINT(3), MOV_IMM(4, n), MOV_IMM(5, f),        \
			 CALL(skb_store_bytes)
#define REPLACE(l, at, from, to, f)                                                                \
	MOV(1, 6), MOV_IMM(2, at), MOV_IMM(3, from), MOV_IMM(4, to), MOV_IMM(5, f),                \
		CALL(l##_csum_replace)
#define TAIL(size)       MOV(1, 6), MOV_IMM(2, size), MOV_IMM(3, 0), CALL(skb_change_tail)
#define ROOM(difference) MOV(1, 6), MOV_IMM(2, difference), MOV_IMM(3, BPF_ADJ_ROOM_MAC),          \
			 MOV_IMM(4, 0), CALL(skb_adjust_room)
#define VLAN(tag)        MOV(1, 6), MOV_IMM(2, 0x0081), MOV_IMM(3, tag), CALL(skb_vlan_push)
#define UPDATE(sum)      MOV(1, 6), MOV_IMM(2, sum), CALL(csum_update)

#define COMPLETE  (1u << 2) /* BPF_F_TEST_SKB_CHECKSUM_COMPLETE */
#define SIZE      64
#define LINK_SIZE 14
#define IP_SUM    24
#define IP_SOURCE 26
#define TCP_SUM   50
#define OLD       0x1c150e07 /* what is at IP_SOURCE, and what goes there */
#define NEW       0x11223344

static u8 packet[SIZE];
static struct alv_host *host;

static const struct {
	const char *name;
	struct bpf_insn insns[32];
	int result;
} programs[] = {
	{ "nothing", { MOV_IMM(0, 0) }, 0 },
	{ "no sum", { UPDATE(1), MOV_IMM(0, 0) }, -EBADMSG },
	{ "stored", { PUT(NEW), STORE(20, 6, 0) }, -EBADMSG },
	{ "stored in the link header", { PUT(NEW), STORE(2, 6, 0) }, 0 },
	{ "summed", { PUT(NEW), STORE(20, 6, BPF_F_RECOMPUTE_CSUM) }, 0 },
	{ "summed at an odd offset", { PUT(NEW), STORE(21, 5, BPF_F_RECOMPUTE_CSUM) }, 0 },
	{ "summed in the link header", { PUT(NEW), STORE(2, 6, BPF_F_RECOMPUTE_CSUM) },
	  -EBADMSG },
	{ "checksum alone", { REPLACE(l3, IP_SUM, OLD, NEW, 4) }, -EBADMSG },
	{ "address and its checksum",
	  { PUT(NEW), STORE(IP_SOURCE, 4, 0), REPLACE(l3, IP_SUM, OLD, NEW, 4) }, 0 },
	{ "address and all checksums",
	  { PUT(NEW), STORE(IP_SOURCE, 4, 0), REPLACE(l3, IP_SUM, OLD, NEW, 4),
	    REPLACE(l4, TCP_SUM, OLD, NEW, 4 | BPF_F_PSEUDO_HDR) }, 0 },
	{ "no address", { REPLACE(l4, TCP_SUM, OLD, NEW, 4) }, -EBADMSG },
	{ "difference", { REPLACE(l4, TCP_SUM, 0, 1234, BPF_F_PSEUDO_HDR) }, 0 },
	{ "difference of IPv6", { REPLACE(l4, TCP_SUM, 0, 1234, BPF_F_PSEUDO_HDR | BPF_F_IPV6) },
	  -EBADMSG },
	{ "longer", { TAIL(SIZE + 10) }, 0 },
	{ "shorter", { TAIL(SIZE - 10) }, -EBADMSG },
	{ "room", { ROOM(20) }, 0 },
	{ "less room", { ROOM(-8) }, 0 },
	{ "protocol", { MOV(1, 6), MOV_IMM(2, 0xdd86), MOV_IMM(3, 0), CALL(skb_change_proto) }, 0 },
	{ "head", { MOV(1, 6), MOV_IMM(2, 20), MOV_IMM(3, 0), CALL(skb_change_head) }, 0 },
	{ "tag beside", { VLAN(7) }, 0 },
	{ "tag within", { VLAN(7), VLAN(8) }, -EBADMSG },
};

static int load(const struct bpf_insn *body)
{
	struct bpf_insn insns[36] = { MOV(6, 1) };
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SCHED_CLS };
	u32 n = 1;

	while (body->code)
		insns[n++] = *body++;
	insns[n++] = EXIT();
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = n;
	attr.license = (uintptr_t) "GPL";
	return alv_bpf(host, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int run(const struct bpf_insn *body, u32 flags, u32 *ret_value)
{
	ALV_AUTO(fd) int fd = load(body);
	union bpf_attr attr = { .test = { .prog_fd = (u32)fd } };
	int err;

	assert_true(fd >= 0);
	attr.test.data_in = (uintptr_t)packet;
	attr.test.data_size_in = sizeof(packet);
	attr.test.flags = flags;
	err = alv_bpf(host, BPF_PROG_TEST_RUN, &attr, sizeof(attr));
	*ret_value = attr.test.retval;
	return err;
}

static void test_programs(void **state)
{
	u32 value;

	for (size_t i = 0; i < ALV_COUNT(programs); i++) {
		int err = run(programs[i].insns, COMPLETE, &value);

		if (err != programs[i].result)
			fail_msg("%s: %d", programs[i].name, err);
		assert_int_equal(value, 0);
		assert_int_equal(run(programs[i].insns, 0, &value), 0);
		assert_int_equal(value, 0);
	}
}

/* What a program sees of the sum: all of it, where there is one. */
static void test_value(void **state)
{
	static const struct bpf_insn insns[] = { UPDATE(0), { 0 } };
	u32 value;

	assert_int_equal(run(insns, 0, &value), 0);
	assert_int_equal((s32)value, -524); /* ENOTSUPP */
	assert_int_equal(run(insns, COMPLETE, &value), 0);
	assert_int_equal(value, alv_csum_partial(packet + LINK_SIZE, SIZE - LINK_SIZE, 0));
}

/* Words of 32 bits in this machine's order, the last one filled with zeroes. */
static void test_sums(void **state)
{
	static const u8 bytes[] = { 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 5, 6, 7 };

	assert_int_equal(alv_csum_partial(bytes, 4, 0), 0x04030201);
	assert_int_equal(alv_csum_partial(bytes, 8, 0), 0x04030201);
	assert_int_equal(alv_csum_partial(bytes, 11, 9), 0x040a0806 + 9);
	assert_int_equal(alv_csum_fold(0x040a0806), 0x0c10);
	assert_int_equal(alv_csum_partial(bytes, 0, 5), 5);
}

static int make_host(void **state)
{
	struct alv_host_config config = { .size = sizeof(config) };

	for (u32 i = 0; i < sizeof(packet); i++)
		packet[i] = (u8)((i + 1) * 7);
	packet[12] = 8;
	packet[13] = 0;
	memcpy(packet + IP_SOURCE, &(u32){ OLD }, sizeof(u32));
	return alv_host_new(&config, &host);
}

static int free_host(void **state)
{
	alv_host_free(host);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_sums),
	};

	return cmocka_run_group_tests(tests, make_host, free_host);
}
