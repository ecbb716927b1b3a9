/* SPDX-License-Identifier: BSD-2-Clause */
#include "questions.h"

#include <stdlib.h>
#include <string.h>

#include "program/types.h"

#define MAX_ID     216
#define MAX_ATTACH 64
#define EDGE       16

/*
 * Types whose contexts are large memory are asked about the ends alone: syscall's where
 * an instruction's offset ends. Linux takes loads before a tracepoint's record; that
 * is not repeated, so there is no asking below 0.
 */
static const struct {
	struct subject subject;
	int ctx_size;
} subjects[] = {
	{ { BPF_PROG_TYPE_SOCKET_FILTER, 0, false }, 192 },
	{ { BPF_PROG_TYPE_SOCKET_FILTER, 0, true }, 192 },
	{ { BPF_PROG_TYPE_KPROBE, 0, false }, 168 },
	{ { BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, false }, 168 },
	{ { BPF_PROG_TYPE_KPROBE, ALV_BPF_TRACE_UPROBE_MULTI, false }, 168 },
	{ { BPF_PROG_TYPE_SCHED_CLS, 0, false }, 192 },
	{ { BPF_PROG_TYPE_SCHED_CLS, 0, true }, 192 },
	{ { BPF_PROG_TYPE_SCHED_ACT, 0, false }, 192 },
	{ { BPF_PROG_TYPE_TRACEPOINT, 0, false }, 8192 },
	{ { BPF_PROG_TYPE_XDP, 0, false }, 24 },
	{ { BPF_PROG_TYPE_XDP, 0, true }, 24 },
	{ { BPF_PROG_TYPE_XDP, BPF_XDP_DEVMAP, false }, 24 },
	{ { BPF_PROG_TYPE_XDP, BPF_XDP_CPUMAP, false }, 24 },
	{ { BPF_PROG_TYPE_PERF_EVENT, 0, false }, 184 },
	{ { BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS, false }, 192 },
	{ { BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, false }, 192 },
	{ { BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, true }, 192 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK, 0, false }, 80 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, false }, 80 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_RELEASE, false }, 80 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET4_POST_BIND, false }, 80 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET6_POST_BIND, false }, 80 },
	{ { BPF_PROG_TYPE_SOCK_OPS, 0, false }, 224 },
	{ { BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS, false }, 224 },
	{ { BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_DEVICE, true }, 224 },
	{ { BPF_PROG_TYPE_RAW_TRACEPOINT, 0, false }, 96 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_BIND, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_CONNECT, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, ALV_BPF_CGROUP_UNIX_CONNECT, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_SENDMSG, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, ALV_BPF_CGROUP_UNIX_SENDMSG, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_RECVMSG, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_RECVMSG, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, ALV_BPF_CGROUP_UNIX_RECVMSG, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETPEERNAME, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETPEERNAME, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, ALV_BPF_CGROUP_UNIX_GETPEERNAME, false },
	  72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETSOCKNAME, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETSOCKNAME, false }, 72 },
	{ { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, ALV_BPF_CGROUP_UNIX_GETSOCKNAME, true }, 72 },
	{ { BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, false }, 96 },
	{ { BPF_PROG_TYPE_SYSCALL, 0, false }, INT16_MAX + 1 - EDGE },
	{ { BPF_PROG_TYPE_SYSCALL, 0, true }, INT16_MAX + 1 - EDGE },
};

/* A list of numbers, written as runs: "4 8-20/4". */
struct runs {
	FILE *out;
	int first;
	int last;
	int step;
	bool empty;
};

static void flush(struct runs *runs)
{
	if (runs->empty)
		return;
	fprintf(runs->out, " %d", runs->first);
	if (runs->last != runs->first)
		fprintf(runs->out, "-%d", runs->last);
	runs->empty = true;
}

static void add(struct runs *runs, int number)
{
	if (!runs->empty && number != runs->last + runs->step)
		flush(runs);
	if (runs->empty)
		runs->first = number;
	runs->last = number;
	runs->empty = false;
}

static void head(FILE *out, const char *what, const struct subject *subject)
{
	fprintf(out, "%s type %u attach %u%s:", what, subject->type, subject->attach_type,
		subject->without_perfmon ? " without perfmon" : "");
}

static void ask_calls(const struct answers *answers, const struct subject *subject,
		      FILE *out)
{
	struct runs runs = { .out = out, .step = 1, .empty = true };

	head(out, "call", subject);
	for (int id = 0; id < MAX_ID; id++) {
		int answer = answers->may_call(subject, id);

		if (answer == 1) {
			add(&runs, id);
		} else if (answer) {
			flush(&runs);
			fprintf(out, " !%d", id);
		}
	}
	flush(&runs);
	fputc('\n', out);
}

static void ask_accesses(const struct answers *answers, const struct subject *subject,
			 int ctx_size, int how, int size, FILE *out)
{
	static const char *const verbs[] = { "load", "signed load", "store" };
	struct runs runs = { .out = out, .step = size, .empty = true };
	bool large = ctx_size > 1024;
	char type[32];

	head(out, verbs[how], subject);
	fprintf(out, " size %d:", size);
	for (int offset = large ? 0 : -8; offset < ctx_size + EDGE; offset++) {
		if (large && offset == EDGE)
			offset = ctx_size - EDGE;
		if (!answers->may_access(subject, how, offset, size, type))
			continue;
		if (*type) {
			flush(&runs);
			fprintf(out, " %d=%s", offset, type);
		} else {
			add(&runs, offset);
		}
	}
	flush(&runs);
	fputc('\n', out);
}

static void ask_returns(const struct answers *answers, uint32_t type, FILE *out)
{
	fprintf(out, "returns type %u:", type);
	for (uint32_t attach = 0; attach < MAX_ATTACH; attach++) {
		struct subject subject = { .type = type, .attach_type = attach };
		char range[32];

		answers->returns(&subject, range);
		fprintf(out, " %u %s", attach, range);
	}
	fputc('\n', out);
}

static void ask_sockets(const struct answers *answers, FILE *out)
{
	static const char *const names[] = { "sock_common", "sock", "tcp_sock",
					     "xdp_sock" };

	for (int kind = 0; kind < N_SOCKETS; kind++) {
		for (int size = 1; size <= 8; size *= 2) {
			struct runs runs = { .out = out, .step = size, .empty = true };

			fprintf(out, "load from %s size %d:", names[kind], size);
			for (int offset = -8; offset < 128; offset++) {
				if (answers->may_look(kind, offset, size))
					add(&runs, offset);
			}
			flush(&runs);
			fputc('\n', out);
		}
	}
}

void ask_all(const struct answers *answers, FILE *out)
{
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		const struct subject *subject = &subjects[i].subject;

		if (!i || subject->type != subjects[i - 1].subject.type)
			ask_returns(answers, subject->type, out);
		ask_calls(answers, subject, out);
		for (int how = LOAD; how <= STORE; how++) {
			int widest = how == LOAD_SIGNED ? 4 : 8;

			for (int size = 1; size <= widest; size *= 2)
				ask_accesses(answers, subject, subjects[i].ctx_size, how,
					     size, out);
		}
	}
	ask_sockets(answers, out);
}

static int print_differences(FILE *recorded, char *ours)
{
	char *line = NULL, *rest = ours;
	size_t size = 0;
	int differ = 0;

	while (getline(&line, &size, recorded) > 0) {
		char *own = strsep(&rest, "\n");

		line[strcspn(line, "\n")] = 0;
		if (own && !strcmp(own, line))
			continue;
		printf("recorded: %s\nanswered: %s\n", line, own ? own : "(nothing)");
		differ++;
	}
	if (rest && *rest) {
		printf("not recorded: %s\n", rest);
		differ++;
	}
	free(line);
	return differ;
}

int compare(const struct answers *answers, const char *path)
{
	FILE *recorded = fopen(path, "r"), *out = NULL;
	char *text = NULL;
	size_t size = 0;
	int differ = 1;

	if (recorded)
		out = open_memstream(&text, &size);
	if (!out) {
		perror(path);
		goto close;
	}
	ask_all(answers, out);
	if (fclose(out))
		perror("answers");
	else
		differ = print_differences(recorded, text);
	free(text);
close:
	if (recorded)
		fclose(recorded);
	return differ;
}
