/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/tracer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/injection.h"
#include "supervisor/interrupted.h"
#include "supervisor/passage.h"
#include "supervisor/sigsys.h"
#include "supervisor/trap.h"

#define MAX_ORDERS 1024 /* whoever orders more at once waits */
/* What ptrace(2) calls it; the system's header has no name for it in a status. */
#define SYSCALL_STOP (SIGTRAP | 0x80)
#define OPTIONS                                                                         \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |               \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD)
#define REGISTER(name) offsetof(struct user_regs_struct, name)

enum order_kind {
	ORDER_REPORT,
	ORDER_RESUME,
	ORDER_DIVERT,
	ORDER_ERRAND,
};

struct order {
	enum order_kind kind;
	int tid;
	union {
		int status;
		s64 result;
		struct {
			u64 pc;
			u64 sp;
			u64 nr;
		} divert;
		struct alv_errand *errand;
	};
};

struct alv_tracer {
	struct alv_tracees tracees;
	size_t held; /* of them */

	pthread_mutex_t lock; /* guards all below, and errands' done */
	pthread_cond_t work;  /* an order came */
	pthread_cond_t room;  /* an order went */
	pthread_cond_t done;  /* an errand ended */
	struct order orders[MAX_ORDERS];
	size_t first, count;
};

static void give_order(struct alv_tracer *tracer, const struct order *order)
{
	pthread_mutex_lock(&tracer->lock);
	while (tracer->count == MAX_ORDERS)
		pthread_cond_wait(&tracer->room, &tracer->lock);
	tracer->orders[(tracer->first + tracer->count++) % MAX_ORDERS] = *order;
	pthread_mutex_unlock(&tracer->lock);
	pthread_cond_signal(&tracer->work);
}

static struct order take_order(struct alv_tracer *tracer)
{
	struct order order;

	pthread_mutex_lock(&tracer->lock);
	while (!tracer->count)
		pthread_cond_wait(&tracer->work, &tracer->lock);
	order = tracer->orders[tracer->first];
	tracer->first = (tracer->first + 1) % MAX_ORDERS;
	if (tracer->count-- == MAX_ORDERS)
		pthread_cond_broadcast(&tracer->room);
	pthread_mutex_unlock(&tracer->lock);
	return order;
}

void alv_tracer_report(struct alv_tracer *tracer, int tid, int status)
{
	struct order order = { .kind = ORDER_REPORT, .tid = tid, .status = status };

	give_order(tracer, &order);
}

void alv_tracer_resume(struct alv_tracer *tracer, int tid, s64 result)
{
	struct order order = { .kind = ORDER_RESUME, .tid = tid, .result = result };

	give_order(tracer, &order);
}

void alv_tracer_divert(struct alv_tracer *tracer, int tid, u64 pc, u64 sp, u64 nr)
{
	give_order(tracer, &(struct order){ .kind = ORDER_DIVERT,
					    .tid = tid,
					    .divert = { .pc = pc, .sp = sp, .nr = nr } });
}

int alv_tracer_send(struct alv_tracer *tracer, struct alv_errand *errand)
{
	errand->done = false;
	give_order(tracer, &(struct order){ .kind = ORDER_ERRAND, .errand = errand });
	pthread_mutex_lock(&tracer->lock);
	while (!errand->done)
		pthread_cond_wait(&tracer->done, &tracer->lock);
	pthread_mutex_unlock(&tracer->lock);
	return errand->err;
}

void alv_errand_finish(struct alv_tracer *tracer, struct alv_errand *errand, int err)
{
	pthread_mutex_lock(&tracer->lock);
	errand->err = err;
	errand->done = true;
	pthread_cond_broadcast(&tracer->done);
	pthread_mutex_unlock(&tracer->lock);
}

struct alv_tracees *alv_tracer_tracees(struct alv_tracer *tracer)
{
	return &tracer->tracees;
}

/*
 * Every ptrace request here fails with ESRCH when the thread was killed in its
 * stop. Its end will be reported; nothing else can go wrong.
 */

/*
 * A forced SIGSYS is unblocked by the kernel. Whoever blocks these neighbours,
 * that nothing sends and nobody handles, blocked all signals, SIGSYS with them.
 */
static void mend_mask(int tid)
{
	const u64 neighbours = 1ull << (SIGSTKFLT - 1) | 1ull << (SIGPWR - 1) |
			       1ull << (SIGXFSZ - 1);
	u64 mask;

	if (ptrace(PTRACE_GETSIGMASK, tid, (void *)sizeof(mask), &mask) ||
	    (mask & neighbours) != neighbours)
		return;
	mask |= 1ull << (SIGSYS - 1);
	ptrace(PTRACE_SETSIGMASK, tid, (void *)sizeof(mask), &mask);
}

static void obey_resume(struct alv_tracer *tracer, const struct order *order)
{
	ptrace(PTRACE_POKEUSER, order->tid, (void *)REGISTER(rax), (void *)order->result);
	/* So that nobody takes a later signal for this call's. */
	ptrace(PTRACE_POKEUSER, order->tid, (void *)REGISTER(orig_rax), (void *)-1L);
	mend_mask(order->tid);
	ptrace(PTRACE_CONT, order->tid, NULL, NULL);
}

static void obey_divert(struct alv_tracer *tracer, const struct order *order)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, order->tid, NULL, &regs))
		return;
	regs.rip = order->divert.pc;
	regs.rsp = order->divert.sp;
	regs.rax = order->divert.nr;
	regs.orig_rax = (u64)-1;
	ptrace(PTRACE_SETREGS, order->tid, NULL, &regs);
	mend_mask(order->tid);
	ptrace(PTRACE_CONT, order->tid, NULL, NULL);
}

static void obey_errand(struct alv_tracer *tracer, const struct order *order)
{
	order->errand->run(tracer, order->errand);
}

/* Events */

static void accept_child(struct alv_tracer *tracer, struct alv_tracee *child,
			 struct alv_server *server)
{
	alv_tracee_set_server(&tracer->tracees, child, server);
	if (!child->held)
		return;
	child->held = false;
	tracer->held--;
	alv_tracee_run(child, 0);
}

/* Whoever is killed in fork(2) never tells of its child: that must not wait for it. */
static void adopt_held(struct alv_tracer *tracer, struct alv_server *server)
{
	if (!server)
		return;
	for (size_t i = 0; i < ALV_TRACEE_BUCKETS && tracer->held; i++) {
		struct alv_tracee *at = tracer->tracees.buckets[i];

		for (; at; at = at->next)
			if (at->held)
				accept_child(tracer, at, server);
	}
}

static void drop_halt(struct alv_tracer *tracer, struct alv_tracee *tracee)
{
	struct alv_halt *halt = tracee->halt;

	tracee->halt = NULL;
	if (halt)
		halt->stopped(tracer, tracee, halt, -ESRCH);
}

static void on_end(struct alv_tracer *tracer, int tid)
{
	struct alv_tracee *tracee = alv_tracee_find(&tracer->tracees, tid);

	if (!tracee)
		return; /* some other child of this process */
	adopt_held(tracer, tracee->server);
	drop_halt(tracer, tracee);
	alv_injection_drop(tracer, tracee);
	alv_passage_forget(tid);
	alv_sigsys_put(tracee->sigsys);
	if (tracee->held)
		tracer->held--;
	alv_tracee_free(&tracer->tracees, tracee);
}

/* Ended, and its end was reported: it may be known only from an older report. */
static bool is_over(int tid)
{
	siginfo_t info;

	return waitid(P_PID, (id_t)tid, &info,
		      WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) &&
	       errno == ECHILD;
}

/* A child of `parent` shows up here and by its own first stop, in either order. */
static void on_child(struct alv_tracer *tracer, struct alv_tracee *parent)
{
	struct alv_tracee *child;
	unsigned long tid;

	if (ptrace(PTRACE_GETEVENTMSG, parent->tid, NULL, &tid))
		return;
	if (!is_over((int)tid) && !alv_tracee_make(&tracer->tracees, (int)tid, &child)) {
		child->sigsys = alv_sigsys_inherit(parent->sigsys, parent->tid, (int)tid);
		accept_child(tracer, child, parent->server);
	}
	alv_tracee_run(parent, 0);
}

/* The thread that executed has its leader's id now; its own was `former`. */
static void on_exec(struct alv_tracer *tracer, struct alv_tracee *tracee)
{
	unsigned long former;

	if (!ptrace(PTRACE_GETEVENTMSG, tracee->tid, NULL, &former) &&
	    (int)former != tracee->tid) {
		drop_halt(tracer, tracee);
		alv_injection_drop(tracer, tracee);
		alv_passage_forget(tracee->tid);
		on_end(tracer, (int)former);
	}
	tracee->sigsys = alv_sigsys_exec(tracee->sigsys);
	alv_tracee_run(tracee, 0);
}

/* A group-stop, the end of one, or a new thread's first stop. */
static void on_stop(struct alv_tracer *tracer, struct alv_tracee *tracee, int sig)
{
	if (sig != SIGTRAP) {
		ptrace(PTRACE_LISTEN, tracee->tid, NULL, NULL);
	} else if (tracee->halt) {
		struct alv_halt *halt = tracee->halt;

		tracee->halt = NULL;
		halt->stopped(tracer, tracee, halt, 0);
	} else if (!tracee->server) {
		tracee->held = true;
		tracer->held++;
	} else {
		alv_tracee_run(tracee, 0);
	}
}

static void on_signal(struct alv_tracer *tracer, struct alv_tracee *tracee, int sig)
{
	if (sig == SIGSYS && !tracee->injection) {
		alv_sigsys_deliver(tracer, tracee);
		return;
	}
	alv_interrupted_repeat(&tracer->tracees, tracee);
	alv_tracee_run(tracee, sig);
}

static void on_event(struct alv_tracer *tracer, struct alv_tracee *tracee, int event,
		     int sig)
{
	switch (event) {
	case 0:
		if (sig == SYSCALL_STOP)
			alv_injection_step(tracer, tracee);
		else
			on_signal(tracer, tracee, sig);
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		on_child(tracer, tracee);
		break;
	case PTRACE_EVENT_EXEC:
		on_exec(tracer, tracee);
		break;
	case PTRACE_EVENT_STOP:
		on_stop(tracer, tracee, sig);
		break;
	default:
		alv_tracee_run(tracee, 0);
	}
}

static void obey_report(struct alv_tracer *tracer, const struct order *order)
{
	struct alv_tracee *tracee;

	if (!WIFSTOPPED(order->status)) {
		on_end(tracer, order->tid);
		return;
	}
	/* Without memory for it the thread stays in its stop; it can be killed. */
	if (!alv_tracee_make(&tracer->tracees, order->tid, &tracee))
		on_event(tracer, tracee, order->status >> 16, WSTOPSIG(order->status));
}

static void *tracer_main(void *data)
{
	static void (*const obey[])(struct alv_tracer *, const struct order *) = {
		[ORDER_REPORT] = obey_report,
		[ORDER_RESUME] = obey_resume,
		[ORDER_DIVERT] = obey_divert,
		[ORDER_ERRAND] = obey_errand,
	};
	struct alv_tracer *tracer = data;

	for (;;) {
		struct order order = take_order(tracer);

		obey[order.kind](tracer, &order);
	}
	return NULL;
}

/* Errands */

struct attachment {
	struct alv_errand errand;
	struct alv_server *server;
	int tid;
};

static int attach(struct alv_tracer *tracer, struct alv_server *server, int tid)
{
	struct alv_tracee *tracee;
	int err;

	/* Known before it is traced: its reports may be quicker than we are. */
	err = alv_tracee_make(&tracer->tracees, tid, &tracee);
	if (err)
		return err;
	alv_tracee_set_server(&tracer->tracees, tracee, server);
	tracee->sigsys = alv_sigsys_new(tid);
	if (ptrace(PTRACE_SEIZE, tid, NULL, (void *)(long)OPTIONS)) {
		err = -errno;
		on_end(tracer, tid);
	}
	return err;
}

static void attach_run(struct alv_tracer *tracer, struct alv_errand *errand)
{
	struct attachment *attachment = alv_container(errand, struct attachment, errand);

	alv_errand_finish(tracer, errand,
			  attach(tracer, attachment->server, attachment->tid));
}

int alv_tracer_attach(struct alv_tracer *tracer, struct alv_server *server, int tid)
{
	struct attachment attachment = {
		.errand = { .run = attach_run },
		.server = server,
		.tid = tid,
	};

	return alv_tracer_send(tracer, &attachment.errand);
}

struct halting {
	struct alv_errand errand;
	struct alv_server *server;
	struct alv_halt *halt;
	int tid;
};

static int halt(struct alv_tracer *tracer, struct halting *halting)
{
	struct alv_tracee *tracee = alv_tracee_find(&tracer->tracees, halting->tid);
	int err;

	if (!tracee) {
		err = attach(tracer, halting->server, halting->tid);
		if (err)
			return err;
		halting->halt->attached = true;
		tracee = alv_tracee_find(&tracer->tracees, halting->tid);
	}
	if (tracee->halt)
		return -EBUSY;
	if (ptrace(PTRACE_INTERRUPT, halting->tid, NULL, NULL))
		return -errno;
	tracee->halt = halting->halt;
	return 0;
}

static void halt_run(struct alv_tracer *tracer, struct alv_errand *errand)
{
	struct halting *halting = alv_container(errand, struct halting, errand);

	alv_errand_finish(tracer, errand, halt(tracer, halting));
}

int alv_tracer_halt(struct alv_tracer *tracer, struct alv_server *server, int tid,
		    struct alv_halt *wanted)
{
	struct halting halting = {
		.errand = { .run = halt_run },
		.server = server,
		.halt = wanted,
		.tid = tid,
	};

	return alv_tracer_send(tracer, &halting.errand);
}

void alv_tracer_let_go(struct alv_tracer *tracer, struct alv_tracee *tracee)
{
	ptrace(PTRACE_DETACH, tracee->tid, NULL, NULL);
	on_end(tracer, tracee->tid);
}

static void sync_run(struct alv_tracer *tracer, struct alv_errand *errand)
{
	alv_errand_finish(tracer, errand, 0);
}

void alv_tracer_sync(struct alv_tracer *tracer)
{
	struct alv_errand errand = { .run = sync_run };

	alv_tracer_send(tracer, &errand);
}

static void prune_run(struct alv_tracer *tracer, struct alv_errand *errand)
{
	for (size_t i = 0; i < ALV_TRACEE_BUCKETS; i++) {
		struct alv_tracee *next, *at = tracer->tracees.buckets[i];

		for (; at; at = next) {
			next = at->next;
			if (is_over(at->tid))
				on_end(tracer, at->tid);
		}
	}
	alv_errand_finish(tracer, errand, 0);
}

void alv_tracer_prune(struct alv_tracer *tracer)
{
	struct alv_errand errand = { .run = prune_run };

	alv_tracer_send(tracer, &errand);
}

struct poke {
	struct alv_errand errand;
	int tid;
	u64 addr;
	const char *data;
	size_t size;
};

static void poke_run(struct alv_tracer *tracer, struct alv_errand *errand)
{
	struct poke *poke = alv_container(errand, struct poke, errand);
	int err = 0;

	for (size_t at = 0; at < poke->size && !err; at += sizeof(u64)) {
		u64 word;

		memcpy(&word, poke->data + at, sizeof(word));
		if (ptrace(PTRACE_POKEDATA, poke->tid, (void *)(poke->addr + at),
			   (void *)word))
			err = -errno;
	}
	alv_errand_finish(tracer, errand, err);
}

int alv_tracer_poke(struct alv_tracer *tracer, int tid, u64 addr, const void *data,
		    size_t size)
{
	struct poke poke = {
		.errand = { .run = poke_run },
		.tid = tid,
		.addr = addr,
		.data = data,
		.size = size,
	};

	return alv_tracer_send(tracer, &poke.errand);
}

struct question {
	struct alv_errand errand;
	int tid;
	struct user_regs_struct *regs;
};

static void question_run(struct alv_tracer *tracer, struct alv_errand *errand)
{
	struct question *question = alv_container(errand, struct question, errand);

	if (ptrace(PTRACE_GETREGS, question->tid, NULL, question->regs))
		alv_errand_finish(tracer, errand, -ESRCH);
	else
		alv_errand_finish(tracer, errand, 0);
}

int alv_tracer_registers(struct alv_tracer *tracer, int tid,
			 struct user_regs_struct *ret_regs)
{
	struct question question = {
		.errand = { .run = question_run },
		.tid = tid,
		.regs = ret_regs,
	};

	return alv_tracer_send(tracer, &question.errand);
}

static struct alv_tracer the_tracer = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.work = PTHREAD_COND_INITIALIZER,
	.room = PTHREAD_COND_INITIALIZER,
	.done = PTHREAD_COND_INITIALIZER,
};
static pthread_once_t tracer_once = PTHREAD_ONCE_INIT;
static int tracer_error;

static void tracer_start(void)
{
	sigset_t all, old;
	pthread_t thread;

	alv_tracees_init(&the_tracer.tracees);
	sigfillset(&all);
	/* One that it blocked would wake another thread, for each stop of a client. */
	sigdelset(&all, SIGCHLD);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	tracer_error = -pthread_create(&thread, NULL, tracer_main, &the_tracer);
	if (!tracer_error)
		pthread_detach(thread);
	if (!tracer_error)
		tracer_error = alv_trap_start(&the_tracer);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

int alv_tracer_get(struct alv_tracer **ret_tracer)
{
	pthread_once(&tracer_once, tracer_start);
	if (!tracer_error)
		*ret_tracer = &the_tracer;
	return tracer_error;
}
