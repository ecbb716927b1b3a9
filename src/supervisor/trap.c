/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/trap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/call.h"
#include "supervisor/client.h"
#include "supervisor/courier.h"
#include "supervisor/gate.h"
#include "supervisor/lead.h"
#include "supervisor/passage.h"
#include "supervisor/tracer.h"

#define MAX_WORKERS  256
#define WORKER_STACK (256 * 1024)
#define CALL_SIZE    192 /* nine numbers and a newline, as /proc/TID/syscall says them */

struct worker {
	struct worker *next;
	struct alv_lead_member member;
	u64 turn;
	struct alv_client_cache clients;
	struct alv_courier courier;
	struct alv_server *serves; /* whom now; NULL: nobody (tracees->lock) */
};

struct trap_request {
	struct alv_request req;
	struct alv_gate_visitor visitor;
	char call[CALL_SIZE]; /* as the kernel told it */
	ssize_t size;
	int fd; /* where it did */
	struct worker *worker;
	struct alv_passage passage;
};

static struct {
	struct alv_tracer *tracer;
	struct alv_tracees *tracees;
	struct alv_lead lead; /* who waits for stops */

	pthread_mutex_t lock; /* guards what follows */
	struct worker *workers;
	size_t n_workers;
} trap = {
	.lead = ALV_LEAD_INIT,
	.lock = PTHREAD_MUTEX_INITIALIZER,
};

static struct trap_request *trap_of(struct alv_request *req)
{
	return alv_container(req, struct trap_request, req);
}

/* Transport */

static int trap_reply(struct alv_request *req, s64 result)
{
	struct alv_passage *passage = &trap_of(req)->passage;

	/* Without a listener, whoever refused is stopped in a call as before. */
	if (passage->state == ALV_PASSAGE_REFUSED && req->server->listener >= 0)
		alv_passage_answer(passage, result);
	else
		alv_tracer_resume(trap.tracer, req->task.tid, result);
	return 0;
}

static void trap_waits(struct alv_request *req)
{
	alv_lead_pass(&trap.lead, trap_of(req)->worker->turn);
}

static int trap_proceed(struct alv_request *req)
{
	int err;

	trap_waits(req); /* building the gate takes stops */
	err = alv_gate_divert(trap.tracer, &trap_of(req)->visitor, ALV_GATE_PASS, req->nr);

	if (err && err != -ESRCH)
		alv_tracer_resume(trap.tracer, req->task.tid, err);
	return err;
}

static ssize_t call_by_tracer(int tid, char text[CALL_SIZE])
{
	struct user_regs_struct regs;
	int err = alv_tracer_registers(trap.tracer, tid, &regs);

	if (err)
		return err;
	return snprintf(text, CALL_SIZE,
			"%d 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx\n",
			(int)regs.orig_rax, regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8,
			regs.r9, regs.rsp, regs.rip);
}

/* Processes that closed themselves to us say nothing there, but to their tracer. */
static ssize_t tell_call(int fd, int tid, char text[CALL_SIZE])
{
	ssize_t size = fd < 0 ? -1 : pread(fd, text, CALL_SIZE - 1, 0);

	if (size < 0 && (fd < 0 || errno == EACCES || errno == EPERM))
		size = call_by_tracer(tid, text);
	text[size > 0 ? size : 0] = '\0';
	return size;
}

static bool trap_alive(struct alv_request *req)
{
	struct trap_request *request = trap_of(req);
	char now[CALL_SIZE];

	/* Whoever sits in another call, or runs, or has its number from it, differs. */
	return tell_call(request->fd, req->task.tid, now) == request->size &&
	       !memcmp(now, request->call, (size_t)request->size);
}

/* Under somebody else's listener the client fetches it. */
static int send_courier(struct trap_request *request, struct alv_passage *passage)
{
	struct alv_courier *courier = &request->worker->courier;
	int err = alv_courier_prepare(courier);

	if (!err)
		err = alv_gate_receive(trap.tracer, &request->visitor, courier,
				       passage->cloexec);
	if (err)
		return err;
	err = alv_courier_deliver(courier, passage->fd, alv_passage_over, passage);
	alv_passage_deliver(passage, err);
	return 0;
}

static int trap_reply_fd(struct alv_request *req, int fd, bool cloexec)
{
	struct trap_request *request = trap_of(req);
	struct alv_passage *passage = &request->passage;
	int err;

	alv_passage_start(passage, req->task.tid, fd, cloexec);
	/* The client's stops on the way are reported to whoever leads. */
	alv_lead_pass(&trap.lead, request->worker->turn);
	if (req->server->listener >= 0)
		err = alv_gate_notify(trap.tracer, &request->visitor);
	else
		err = send_courier(request, passage);
	return alv_passage_wait(passage, err);
}

static const struct alv_transport_ops trap_ops = {
	.name = "trap",
	.reply = trap_reply,
	.reply_fd = trap_reply_fd,
	.proceed = trap_proceed,
	.waits = trap_waits,
	.alive = trap_alive,
};

/* Requests */

/*
 * What call is the stopped thread in? The kernel's line is "nr arg... sp pc".
 * The ptrace requests for that are the tracer's, which would be one switch more.
 */
static bool read_call(struct worker *worker, int tid, struct trap_request *request)
{
	struct alv_client_slot *slot = alv_client_slot(&worker->clients, tid);
	struct alv_request *req = &request->req;
	char *at = request->call;

	request->size = -1;
	if (slot->call >= 0)
		request->size = tell_call(slot->call, tid, request->call);
	if (request->size <= 0) {
		if (slot->call >= 0)
			close(slot->call);
		slot->call = alv_client_open(&worker->clients, tid, "syscall", O_RDONLY);
		request->size = tell_call(slot->call, tid, request->call);
	}
	if (request->size <= 0)
		return false;
	request->fd = slot->call;
	if (*at < '0' || *at > '9')
		return false; /* "running", or in no call: "-1" */
	req->nr = (int)strtol(at, &at, 10);
	for (size_t i = 0; i < ALV_COUNT(req->args); i++)
		req->args[i] = strtoull(at, &at, 16);
	request->visitor.sp = strtoull(at, &at, 16);
	request->visitor.pc = strtoull(at, &at, 16);
	return true;
}

/* Does the filter stop this call? Then it never ran: the thread waits for us. */
static bool is_trapped(const struct alv_server *server, const struct alv_request *req, u32 arch)
{
	const struct alv_filter_plan plan = alv_server_plan(server);

	return alv_calls_action(&plan, arch, req->nr, req->args) == ALV_ACTION_TRAP;
}

/*
 * The kernel's line does not say by which table the number is meant. Those of
 * the trapped calls differ, so that asking the instruction is rarely needed.
 */
static bool find_arch(const struct alv_server *server, struct trap_request *request)
{
	static const u32 archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386 };
	bool trapped[ALV_COUNT(archs)];
	u8 instruction[ALV_GATE_INSTRUCTION];
	int arch;

	if (alv_gate_passes(request->visitor.pc))
		return false;
	for (size_t i = 0; i < ALV_COUNT(archs); i++)
		trapped[i] = is_trapped(server, &request->req, archs[i]);
	arch = trapped[1];
	if (trapped[0] && trapped[1])
		arch = !alv_copy_in(&request->req.task, instruction,
				    alv_uaddr_at(request->visitor.pc - sizeof(instruction)),
				    sizeof(instruction)) &&
		       instruction[0] == 0xcd;
	request->req.arch = request->visitor.arch = archs[arch];
	return trapped[arch];
}

/* From here on the server stays, also when its last client is killed. */
static struct alv_server *hold_server(struct worker *worker, int tid)
{
	struct alv_tracee *tracee;

	pthread_mutex_lock(&trap.tracees->lock);
	tracee = alv_tracee_find(trap.tracees, tid);
	worker->serves = tracee ? tracee->server : NULL;
	pthread_mutex_unlock(&trap.tracees->lock);
	return worker->serves;
}

static void release_server(struct worker *worker)
{
	pthread_mutex_lock(&trap.tracees->lock);
	/* Who drains the server waits for its last client and its last request. */
	if (!worker->serves->n_tracees)
		pthread_cond_broadcast(&trap.tracees->changed);
	worker->serves = NULL;
	pthread_mutex_unlock(&trap.tracees->lock);
}

enum report {
	REPORT_REQUEST, /* a call that waits for us */
	REPORT_DONE,
	REPORT_OTHER,
};

static enum report receive(struct worker *worker, int tid, int status,
			   struct trap_request *request)
{
	struct alv_request *req = &request->req;
	enum report report = REPORT_OTHER;

	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGSYS || status >> 16)
		return REPORT_OTHER;
	req->server = hold_server(worker, tid);
	if (!req->server)
		return REPORT_OTHER;
	req->clients = &worker->clients;
	req->transport = &trap_ops;
	req->answered = false;
	request->worker = worker;
	request->passage.state = ALV_PASSAGE_NONE;
	request->visitor.tid = tid;
	alv_client_init_task(req, tid);
	if (read_call(worker, tid, request) && find_arch(req->server, request)) {
		if (!alv_gate_refused(request->visitor.pc)) {
			/* If it was on its way to the gate, it took another one. */
			alv_passage_forget(tid);
			return REPORT_REQUEST;
		}
		/* It could not fetch it: its command answers once more, if it still can. */
		if (!alv_passage_give_up(tid, (int)req->args[0]))
			alv_tracer_resume(trap.tracer, tid, (int)req->args[0]);
		report = REPORT_DONE;
	}
	release_server(worker);
	return report;
}

/* Workers */

static void *worker_main(void *data);

static void worker_free(struct worker *worker)
{
	alv_client_cache_fini(&worker->clients);
	alv_courier_fini(&worker->courier);
	free(worker);
}

static void worker_leave(struct worker *worker)
{
	struct worker **link = &trap.workers;

	pthread_mutex_lock(&trap.lock);
	while (*link != worker)
		link = &(*link)->next;
	*link = worker->next;
	trap.n_workers--;
	pthread_mutex_unlock(&trap.lock);
	worker_free(worker);
}

static int worker_start(struct alv_lead *lead)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t thread;
	bool full;
	int err;

	if (!worker)
		return -ENOMEM;
	worker->member = (struct alv_lead_member)ALV_LEAD_MEMBER_INIT;
	worker->courier.socket = -1;
	alv_client_cache_init(&worker->clients);
	err = pthread_attr_init(&attr);
	if (err) {
		worker_free(worker);
		return -err;
	}
	pthread_attr_setstacksize(&attr, WORKER_STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_mutex_lock(&trap.lock);
	full = trap.n_workers == MAX_WORKERS;
	worker->next = trap.workers;
	trap.workers = worker;
	trap.n_workers++;
	pthread_mutex_unlock(&trap.lock);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = full ? EAGAIN : pthread_create(&thread, &attr, worker_main, worker);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (!err)
		return 0;
	worker_leave(worker);
	return -err;
}

/* Wait for the next report; the tracer gets those that are not requests. */
static void wait_request(struct worker *worker, struct trap_request *request)
{
	int tid, status;

	for (;;) {
		pthread_mutex_lock(&trap.tracees->lock);
		/* Without tracees, children of this process are somebody else's. */
		while (!trap.tracees->count)
			pthread_cond_wait(&trap.tracees->changed, &trap.tracees->lock);
		pthread_mutex_unlock(&trap.tracees->lock);
		tid = waitpid(-1, &status, __WALL);
		if (tid < 0) {
			/* The last one's end is still on its way to the tracer. */
			alv_tracer_prune(trap.tracer);
			continue;
		}
		switch (receive(worker, tid, status, request)) {
		case REPORT_REQUEST:
			return;
		case REPORT_OTHER:
			alv_tracer_report(trap.tracer, tid, status);
			break;
		case REPORT_DONE:
			break;
		}
	}
}

static void *worker_main(void *data)
{
	struct worker *worker = data;
	struct trap_request request;

	while (alv_lead_wait(&trap.lead, &worker->member)) {
		do {
			wait_request(worker, &request);
			worker->turn = alv_lead_begin(&trap.lead);
			alv_calls_serve(&request.req);
			release_server(worker);
		} while (alv_lead_end(&trap.lead, worker->turn));
	}
	worker_leave(worker);
	return NULL;
}

int alv_trap_start(struct alv_tracer *tracer)
{
	trap.tracer = tracer;
	trap.tracees = alv_tracer_tracees(tracer);
	return alv_lead_start(&trap.lead, worker_start);
}

int alv_trap_attach(struct alv_server *server, int tid)
{
	struct alv_tracer *tracer;
	int err = alv_tracer_get(&tracer);

	return err ? err : alv_tracer_attach(tracer, server, tid);
}

static bool still_used(const struct alv_server *server)
{
	bool used = server->n_tracees;

	pthread_mutex_lock(&trap.lock);
	for (struct worker *at = trap.workers; at && !used; at = at->next)
		used = at->serves == server;
	pthread_mutex_unlock(&trap.lock);
	return used;
}

void alv_trap_drain(struct alv_server *server)
{
	pthread_mutex_lock(&trap.tracees->lock);
	while (still_used(server))
		pthread_cond_wait(&trap.tracees->changed, &trap.tracees->lock);
	pthread_mutex_unlock(&trap.tracees->lock);
}
