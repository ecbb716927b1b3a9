/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PROG_TEST_RUN: packets and contexts in and out, sizes, repetitions, flags, for
 * each type that can be run. And ENABLE_STATS, which counts the runs.
 */
#include "field.h"
#include "programs/insn.h"
#include "sample.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

static union attr attr;
static u8 packet[8192], room[8192], context[512], context_room[512];

static const struct sample_kind types[] = {
	{ "socket_filter", BPF_PROG_TYPE_SOCKET_FILTER, 0, 0 },
	{ "sched_cls", BPF_PROG_TYPE_SCHED_CLS, 0, 0 },
	{ "sched_act", BPF_PROG_TYPE_SCHED_ACT, 0, 0 },
	{ "cgroup_skb", BPF_PROG_TYPE_CGROUP_SKB, 0, 0 },
	{ "xdp", BPF_PROG_TYPE_XDP, 0, 0 },
	{ "xdp_frags", BPF_PROG_TYPE_XDP, 0, BPF_F_XDP_HAS_FRAGS },
	{ "raw_tracepoint", BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0 },
	{ "syscall", BPF_PROG_TYPE_SYSCALL, 0, BPF_F_SLEEPABLE },
	{ "kprobe", BPF_PROG_TYPE_KPROBE, 0, 0 },
	{ "tracepoint", BPF_PROG_TYPE_TRACEPOINT, 0, 0 },
	{ "perf_event", BPF_PROG_TYPE_PERF_EVENT, 0, 0 },
	{ "cgroup_sock", BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, 0 },
	{ "cgroup_sock_addr", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND, 0 },
	{ "sock_ops", BPF_PROG_TYPE_SOCK_OPS, 0, 0 },
	{ "raw_tracepoint_writable", BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, 0 },
};

#define RUNNABLE 8 /* the first of them */

static const struct bpf_insn one[] = { MOVI(R0, 1), EXIT };

static int load(const struct sample_kind *type)
{
	return sample_load_as(type, one, ARRAY_SIZE(one));
}

static int takes_packet(const struct sample_kind *type)
{
	return type - types < 6;
}

static void sample(int fd, const struct sample_kind *type)
{
	unsigned int i;

	memset(&attr, 0, ATTR_SIZE);
	memset(room, 0xee, sizeof(room));
	memset(context, 0, sizeof(context));
	memset(context_room, 0xee, sizeof(context_room));
	for (i = 0; i < sizeof(packet); i++)
		packet[i] = i * 7;
	packet[12] = 8;
	packet[13] = 0;
	packet[14] = 0x45;
	attr.run.prog_fd = fd;
	if (!takes_packet(type))
		return;
	attr.run.data_in = PTR(packet);
	attr.run.data_size_in = 64;
	attr.run.data_out = PTR(room);
	attr.run.data_size_out = sizeof(room);
}

static void run(void)
{
	call(BPF_PROG_TEST_RUN, &attr);
	attr.run.duration = 0;
}

static void plain(const struct sample_kind *type)
{
	int fd;

	client_case("%s: plain", type->name);
	fd = load(type);
	sample(fd, type);
	run();
	attr.run.retval = 77;
	attr.run.duration = 77;
	attr.run.data_size_out = takes_packet(type) ? sizeof(room) : 0;
	run();
	memset(&attr, 0, ATTR_SIZE);
	attr.run.prog_fd = fd;
	run();
}

static void sizes(const struct sample_kind *type)
{
	static const u32 in[] = { 0,	1,    13,   14,		15,	   19,
				  33,	34,   64,   65,		512,	   1500,
				  3000, 3520, 4096, 0x7fffffff, UINT32_MAX };
	static const u32 out[] = { 0, 1, 13, 14, 63, 64, 65, 4096 };
	unsigned int i;
	int fd;

	client_case("%s: sizes of the packet", type->name);
	fd = load(type);
	for (i = 0; i < ARRAY_SIZE(in); i++) {
		sample(fd, type);
		attr.run.data_size_in = in[i];
		run();
	}
	for (i = 0; i < ARRAY_SIZE(out); i++) {
		sample(fd, type);
		attr.run.data_size_out = out[i];
		run();
	}
	sample(fd, type);
	attr.run.data_out = 0;
	run();
	attr.run.data_size_out = 0;
	run();
	sample(fd, type);
	attr.run.data_in = 0;
	run();
	attr.run.data_size_in = 0;
	run();
}

static void contexts(const struct sample_kind *type)
{
	static const u32 all[] = { 0,	1,   4,	  8,   20,   24,	48,
				   64,	88,  96,  104, 152,  160,	168,
				   184, 192, 200, 256, 4096, UINT32_MAX };
	unsigned int i, k;
	int fd;

	client_case("%s: sizes of the context", type->name);
	fd = load(type);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		for (k = 0; k < 3; k++) {
			sample(fd, type);
			if (k != 1) {
				attr.run.ctx_in = PTR(context);
				attr.run.ctx_size_in = all[i];
			}
			if (k != 0) {
				attr.run.ctx_out = PTR(context_room);
				attr.run.ctx_size_out = all[i];
			}
			/* xdp: the packet ends where its context says */
			if (type->type == BPF_PROG_TYPE_XDP)
				context[4] = 64;
			run();
		}
	}
	sample(fd, type);
	attr.run.ctx_in = PTR(context);
	run();
	sample(fd, type);
	attr.run.ctx_size_in = 8;
	run();
	sample(fd, type);
	attr.run.ctx_out = PTR(context_room);
	run();
	sample(fd, type);
	attr.run.ctx_size_out = 8;
	run();
}

/* Which bytes of the context may be set. */
static void context_bytes(const struct sample_kind *type, u32 size)
{
	unsigned int at, first = 0;
	long result, last = 0;
	int fd;

	client_case("%s: each byte of the context set", type->name);
	fd = load(type);
	for (at = 0; at <= size; at++) {
		sample(fd, type);
		if (type->type == BPF_PROG_TYPE_XDP)
			context[4] = 64;
		context[at] ^= 1;
		attr.run.ctx_in = PTR(context);
		attr.run.ctx_size_in = size;
		result = at < size ? bpf_raw(BPF_PROG_TEST_RUN, &attr, ATTR_SIZE) : 1;
		if (at && result != last) {
			transcript_line("PROG_TEST_RUN - prog=%s byte=%u..%u -> %s",
					descriptor_name(fd), first, at - 1,
					transcript_errno(last));
			first = at;
		}
		last = result;
	}
}

static void numbers(const struct sample_kind *type)
{
	static const u32 counts[] = { 0, 1, 2, 1000 };
	unsigned int i;
	int fd;

	client_case("%s: numbers", type->name);
	fd = load(type);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		sample(fd, type);
		attr.run.repeat = counts[i];
		run();
	}
	for (i = 0; i < 32; i++) {
		sample(fd, type);
		attr.run.flags = 1u << i;
		if (type->type == BPF_PROG_TYPE_XDP && attr.run.flags == 2)
			continue; /* live frames go to real devices */
		run();
	}
	for (i = 0; i < 5; i++) {
		sample(fd, type);
		attr.run.cpu = (const u32[]){ 0, 1, 2, 4096, UINT32_MAX }[i];
		run();
		attr.run.flags = 1;
		run();
	}
	sample(fd, type);
	attr.run.batch_size = 1;
	run();
}

static void pointers(const struct sample_kind *type)
{
	const struct field *field = field_command(BPF_PROG_TEST_RUN)->fields;
	unsigned int i;
	int fd;
	u64 bad;

	client_case("%s: each pointer", type->name);
	fd = load(type);
	for (; field->name; field++) {
		if (field->kind < FIELD_KEY)
			continue;
		for (i = 0; i < BAD_COUNT; i++) {
			sample(fd, type);
			bad = memory_bad(i);
			if (field->offset == offsetof(union attr, run.ctx_in))
				attr.run.ctx_size_in = 24;
			if (field->offset == offsetof(union attr, run.ctx_out))
				attr.run.ctx_size_out = 24;
			memcpy(attr.bytes + field->offset, &bad, sizeof(bad));
			/* Who can't write back says so, whatever was printed. */
			if (i == BAD_STRADDLE || i == BAD_READONLY)
				continue;
			run();
		}
	}
}

/* Programs that change what they were given. */
static void changes(void)
{
	static const struct bpf_insn mark[] = {
		LOAD(W, R0, R1, 8),
		ALUI(ADD, R0, 1),
		STORE(W, R1, 8, R0),
		STOREI(W, R1, 48, 5),
		LOAD(W, R2, R1, 76),
		LOAD(W, R3, R1, 80),
		MOV(R4, R2),
		ALUI(ADD, R4, 20),
		JMP(JGT, R4, R3, 1),
		STOREI(W, R2, 16, -1),
		EXIT,
	};
	static const struct bpf_insn cut[] = {
		MOVI(R2, -10),
		CALL(xdp_adjust_tail),
		MOVI(R0, 2),
		EXIT,
	};
	static const struct bpf_insn number[] = {
		LOAD(W, R0, R1, 0),
		ALUI(ADD, R0, 1),
		STORE(W, R1, 0, R0),
		EXIT,
	};
	static const struct bpf_insn argument[] = { LOAD(DW, R0, R1, 8), EXIT };
	int fd;

	client_case("a mark, a control block and a packet are changed");
	fd = sample_load_as(&types[1], mark, ARRAY_SIZE(mark));
	sample(fd, &types[1]);
	context[8] = 41;
	attr.run.ctx_in = PTR(context);
	attr.run.ctx_size_in = 192;
	attr.run.ctx_out = PTR(context_room);
	attr.run.ctx_size_out = 192;
	run();
	client_case("a packet is cut");
	fd = sample_load_as(&types[4], cut, ARRAY_SIZE(cut));
	sample(fd, &types[4]);
	run();
	attr.run.data_size_out = 20;
	run();
	client_case("a context of system calls is changed");
	fd = sample_load_as(&types[7], number, ARRAY_SIZE(number));
	sample(fd, &types[7]);
	context[0] = 9;
	attr.run.ctx_in = PTR(context);
	attr.run.ctx_size_in = 16;
	run();
	transcript_line("context %u", context[0]);
	client_case("an argument of a raw tracepoint");
	fd = sample_load_as(&types[6], argument, ARRAY_SIZE(argument));
	sample(fd, &types[6]);
	context[8] = 123;
	attr.run.ctx_in = PTR(context);
	attr.run.ctx_size_in = 16;
	run();
	attr.run.ctx_size_in = 8;
	run();
}

static void on_alarm(int number)
{
	(void)number;
}

/* A run that would take minutes ends with a signal. */
static void interrupted(void)
{
	struct itimerval soon = { .it_value.tv_usec = 100000 };
	struct sigaction action = { .sa_handler = on_alarm };
	int fd;

	client_case("a signal ends a long run");
	fd = load(&types[0]);
	sample(fd, &types[0]);
	attr.run.repeat = UINT32_MAX;
	if (sigaction(SIGALRM, &action, NULL) || setitimer(ITIMER_REAL, &soon, NULL))
		abort();
	run();
}

/* Runs are counted while somebody holds a descriptor of ENABLE_STATS. */
static void statistics(void)
{
	int fd, stats, again;

	client_case("statistics");
	fd = load(&types[0]);
	sample(fd, &types[0]);
	run();
	client_info(fd);
	memset(&attr, 0, ATTR_SIZE);
	stats = call(BPF_ENABLE_STATS, &attr);
	sample(fd, &types[0]);
	attr.run.repeat = 10;
	run();
	client_info(fd);
	memset(&attr, 0, ATTR_SIZE);
	again = call(BPF_ENABLE_STATS, &attr);
	descriptor_close(stats);
	sample(fd, &types[0]);
	run();
	client_info(fd);
	descriptor_close(again);
	sample(fd, &types[0]);
	attr.run.repeat = 10;
	run();
	client_info(fd);
}

int main(void)
{
	unsigned int i;

	client_start();
	for (i = 0; i < ARRAY_SIZE(types); i++)
		plain(&types[i]);
	for (i = 0; i < RUNNABLE; i++) {
		sizes(&types[i]);
		contexts(&types[i]);
		numbers(&types[i]);
		pointers(&types[i]);
	}
	context_bytes(&types[0], 192);
	context_bytes(&types[4], 24);
	changes();
	interrupted();
	statistics();
	return 0;
}
