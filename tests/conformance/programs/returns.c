/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program of each type may return. */
#include "program.h"

#define GIVES(kind, value) TYPED("returns " #value, kind, RETURN(value))
#define GIVES_AS(kind, where, value) \
	ATTACHED("returns " #value " for attach type " #where, kind, where, RETURN(value))
#define UNKNOWN(kind) TYPED("returns anything", kind, CALL(get_prandom_u32), EXIT)
#define BYTE(kind, mask)                                                     \
	{                                                                    \
		.name = "returns anything under " #mask,                     \
		.type = BPF_PROG_TYPE_##kind, .unknown = 1,                  \
		INSNS(CALL(get_prandom_u32), ALUI(AND, R0, mask), EXIT)      \
	}

const struct program programs[] = {
	GIVES(SOCKET_FILTER, -1),
	GIVES(SCHED_CLS, 100),
	GIVES(SCHED_ACT, -1),
	GIVES(XDP, 17),
	GIVES(KPROBE, 1),
	GIVES(TRACEPOINT, 2),
	GIVES(PERF_EVENT, 0),
	GIVES(PERF_EVENT, 5),
	GIVES(RAW_TRACEPOINT, 1),
	GIVES(CGROUP_SKB, 0),
	GIVES(CGROUP_SKB, 1),
	GIVES(CGROUP_SKB, 2),
	BYTE(CGROUP_SKB, 1),
	BYTE(CGROUP_SKB, 3),
	GIVES_AS(CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 2),
	GIVES_AS(CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 3),
	GIVES_AS(CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 4),
	GIVES_AS(CGROUP_SKB, BPF_CGROUP_INET_INGRESS, 2),
	GIVES_AS(CGROUP_SKB, BPF_CGROUP_DEVICE, 1),
	GIVES(CGROUP_SOCK, 1),
	GIVES(CGROUP_SOCK, 2),
	GIVES(CGROUP_SOCK, -1),
	GIVES(SOCK_OPS, 1),
	GIVES(SOCK_OPS, 2),
	GIVES_AS(CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND, 1),
	GIVES_AS(CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND, 3),
	GIVES_AS(CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND, 4),
	GIVES_AS(CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, 2),
	GIVES_AS(CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_RECVMSG, 0),
	GIVES_AS(CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_RECVMSG, 1),
	GIVES_AS(CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETPEERNAME, 0),
	UNKNOWN(KPROBE),
	UNKNOWN(PERF_EVENT),
	UNKNOWN(SOCK_OPS),
	UNKNOWN(CGROUP_SOCK),
	TYPED("returns nothing", XDP, EXIT),
	UNKNOWN_RESULT("returns the context", MOV(R0, R1), EXIT),
	TYPED("returns the context", CGROUP_SKB, MOV(R0, R1), EXIT),
	TYPED("returns on one way", CGROUP_SKB, LOAD(W, R2, R1, 0), JMPI(JEQ, R2, 1, 1),
	      MOVI(R0, 1), EXIT),
	TYPED("returns two things", CGROUP_SKB, LOAD(W, R2, R1, 0), MOVI(R0, 1),
	      JMPI(JEQ, R2, 1, 1), MOVI(R0, 5), EXIT),
	TYPED("64 bits that are right in 32", CGROUP_SKB, LD64(R0, 0x100000001ull), EXIT),
	FLAGGED("an exit with a register", SOCKET_FILTER, 0, MOVI(R0, 0),
		RAW(BPF_JMP | BPF_EXIT, 1, 0, 0, 0)),
	FLAGGED("system calls return anything", SYSCALL, BPF_F_SLEEPABLE, RETURN(-5)),
};
PROGRAMS_END;
