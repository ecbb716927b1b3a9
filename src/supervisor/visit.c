/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that waits for a notification's answer gets one, and is halted on its way
 * out; it sees the visit's result instead. One that stopped by a trap is there already.
 */
#include "supervisor/visit.h"

#include <errno.h>
#include <linux/audit.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>

#include "supervisor/courier.h"
#include "supervisor/gate.h"
#include "supervisor/injection.h"
#include "supervisor/notify.h"
#include "supervisor/server.h"

/* Being there */

struct stay {
	struct alv_halt halt;
	sem_t stopped;
	int err;
};

static void stay_begins(struct alv_tracer *tracer, struct alv_tracee *tracee,
			struct alv_halt *halt, int err)
{
	struct stay *stay = alv_container(halt, struct stay, halt);

	stay->err = err;
	sem_post(&stay->stopped);
}

struct farewell {
	struct alv_errand errand;
	int tid;
	s64 result;
	bool attached; /* it was traced for this only */
};

static void farewell_run(struct alv_tracer *tracer, struct alv_errand *errand)
{
	struct farewell *farewell = alv_container(errand, struct farewell, errand);
	struct alv_tracee *tracee =
		alv_tracee_find(alv_tracer_tracees(tracer), farewell->tid);

	if (tracee) {
		ptrace(PTRACE_POKEUSER, tracee->tid,
		       (void *)offsetof(struct user_regs_struct, rax), (void *)farewell->result);
		if (farewell->attached)
			alv_tracer_let_go(tracer, tracee);
		else
			alv_tracee_run(tracee, 0);
	}
	alv_errand_finish(tracer, errand, 0);
}

static int visit_notified(struct alv_request *req, struct alv_tracer *tracer,
			  alv_visit_fn *fn, void *data)
{
	struct alv_server *server = req->server->outer ? req->server->outer : req->server;
	struct stay stay = { .halt = { .stopped = stay_begins } };
	struct farewell farewell = { .errand = { .run = farewell_run }, .tid = req->task.tid };
	int err;

	/* Signals would end its wait, and make the call again. */
	if (!alv_notify_is_killable())
		return -EPERM;
	sem_init(&stay.stopped, 0, 0);
	err = alv_tracer_halt(tracer, server, req->task.tid, &stay.halt);
	if (!err) {
		alv_request_reply(req, 0);
		while (sem_wait(&stay.stopped))
			;
		if (!stay.err) {
			farewell.result = fn(req, tracer, data);
			farewell.attached = stay.halt.attached;
			alv_tracer_send(tracer, &farewell.errand);
		}
	}
	sem_destroy(&stay.stopped);
	return err ? -EPERM : 0;
}

int alv_visit(struct alv_request *req, alv_visit_fn *fn, void *data)
{
	struct alv_server *server = req->server->outer ? req->server->outer : req->server;
	struct alv_tracer *tracer;
	int err = alv_tracer_get(&tracer);

	if (err)
		return -EPERM;
	if (server->listener >= 0)
		return visit_notified(req, tracer, fn, data);
	/* Who traps and is stopped for us; its stops are reported to others meanwhile. */
	req->transport->waits(req);
	alv_request_reply(req, fn(req, tracer, data));
	return 0;
}

/* Fetching */

#define RED_ZONE 128

/* What lies on the thread's stack: x86-64's struct msghdr and what it points to. */
struct letter {
	struct {
		u64 name, name_size;
		u64 iov, n_iov;
		u64 control, control_size;
		u64 flags;
	} msg;
	struct {
		u64 base, size;
	} iov;
	struct {
		u64 size;
		u32 level, type;
		int fd, unused;
	} control;
	u64 address;
	u64 cookie;
};

static struct letter letter_of(const struct alv_courier *courier, u64 at, int fd)
{
	return (struct letter){
		.msg = {
			.iov = at + offsetof(struct letter, iov),
			.n_iov = 1,
			.control = at + offsetof(struct letter, control),
			.control_size = CMSG_SPACE(sizeof(int)),
		},
		.iov = { at + offsetof(struct letter, cookie), sizeof(courier->cookie) },
		.control = {
			.size = CMSG_LEN(sizeof(int)),
			.level = SOL_SOCKET,
			.type = SCM_RIGHTS,
			.fd = fd,
		},
		.address = courier->address,
		.cookie = courier->cookie,
	};
}

static int make_call(struct alv_request *req, struct alv_tracer *tracer, int nr, u64 a, u64 b,
		     u64 c)
{
	const u64 args[6] = { a, b, c };
	s64 result;
	int err = alv_inject(tracer, req->task.tid, AUDIT_ARCH_X86_64, (u64)nr, args, &result);

	return err ? err : (int)result;
}

/* The thread connects, sends and closes. */
static int send_letter(struct alv_request *req, struct alv_tracer *tracer, u64 at)
{
	int sock, err;

	sock = make_call(req, tracer, SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return sock;
	err = make_call(req, tracer, SYS_connect, (u64)sock,
			at + offsetof(struct letter, address), sizeof(u64));
	if (!err)
		err = make_call(req, tracer, SYS_sendmsg, (u64)sock,
				at + offsetof(struct letter, msg), MSG_NOSIGNAL);
	make_call(req, tracer, SYS_close, (u64)sock, 0, 0);
	return err < 0 ? err : 0;
}

int alv_visit_fetch(struct alv_request *req, struct alv_tracer *tracer, int fd, int *ret_fd)
{
	struct alv_courier courier = { .socket = -1 };
	struct user_regs_struct regs;
	struct letter letter;
	u64 at;
	int err;

	if (req->arch != AUDIT_ARCH_X86_64)
		return -ENOSYS;
	err = alv_tracer_registers(tracer, req->task.tid, &regs);
	if (!err)
		err = alv_courier_prepare(&courier);
	if (err)
		return err;
	at = (regs.rsp - RED_ZONE - sizeof(letter)) & ~15ull;
	letter = letter_of(&courier, at, fd);
	err = alv_gate_push(req->task.tid, &letter, sizeof(letter), at);
	if (!err)
		err = send_letter(req, tracer, at);
	if (!err)
		err = alv_courier_collect(&courier, ret_fd);
	alv_courier_fini(&courier);
	return err;
}
