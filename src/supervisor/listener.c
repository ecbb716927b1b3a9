/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/listener.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/cleanup.h"
#include "supervisor/calls.h"
#include "supervisor/client.h"
#include "supervisor/lead.h"
#include "supervisor/notify.h"

#define MAX_WORKERS  256
#define WORKER_STACK (256 * 1024)
#define STOP_SIGNAL  SIGURG /* interrupts a leader that waits; its handler does nothing */
#define STOP_MS      100    /* after which it is sent again */

#define MAX_DESKS   4
#define CROWD_TURNS 64 /* requests in which a leader counts clients */
#define CROWD       3  /* so many at each desk are worth another one */

/* A lead whose leader serves while the desk is open. */
struct desk {
	struct alv_lead lead;
	struct alv_listener *listener;
	pthread_cond_t opened;
	bool open; /* listener->lock */
};

struct worker {
	struct worker *next; /* of the listener's (listener->lock) */
	struct desk *desk;
	struct alv_lead_member member;
	pthread_t thread;
	struct alv_client_cache clients;
	struct alv_notify_buffers buffers;
	u64 seen;   /* clients of its last requests, by the low bits of their numbers */
	u64 n_seen; /* how many requests it had */
};

struct alv_listener {
	struct alv_server *server;
	struct desk desks[MAX_DESKS];
	size_t n_desks; /* as many as there are CPUs for them */
	size_t n_open;  /* at least one; atomic, changed with the lock */

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t gone;  /* a worker ended */
	struct worker *workers;
	size_t n_workers;
};

static bool filter_unused(int fd)
{
	struct pollfd state = { .fd = fd };

	return poll(&state, 1, 0) == 1 && state.revents & (POLLHUP | POLLNVAL);
}

static bool requests_wait(int fd)
{
	struct pollfd state = { .fd = fd, .events = POLLIN };

	return poll(&state, 1, 0) == 1 && state.revents & POLLIN;
}

/* Open one that is closed, if there is any. */
static void open_desk(struct alv_listener *listener)
{
	pthread_mutex_lock(&listener->lock);
	for (size_t i = 0; i < listener->n_desks; i++) {
		struct desk *desk = &listener->desks[i];

		if (desk->open)
			continue;
		desk->open = true;
		alv_store_relaxed(&listener->n_open, listener->n_open + 1);
		pthread_cond_signal(&desk->opened);
		break;
	}
	pthread_mutex_unlock(&listener->lock);
}

/* Close, unless no other one is open, until there is a crowd again. */
static void close_desk(struct desk *desk)
{
	struct alv_listener *listener = desk->listener;

	pthread_mutex_lock(&listener->lock);
	if (desk->open && listener->n_open > 1) {
		desk->open = false;
		alv_store_relaxed(&listener->n_open, listener->n_open - 1);
	}
	while (!desk->open && !alv_lead_stopped(&desk->lead))
		pthread_cond_wait(&desk->opened, &listener->lock);
	pthread_mutex_unlock(&listener->lock);
}

/*
 * Whoever serves one client gets its next request on the same CPU right after the
 * last one: only many clients are a reason for another desk, not requests that wait.
 */
static void count_crowd(struct worker *worker, int tid)
{
	struct alv_listener *listener = worker->desk->listener;
	size_t n_open = alv_load_relaxed(&listener->n_open);

	worker->seen |= 1ull << (tid & 63);
	if (++worker->n_seen % CROWD_TURNS)
		return;
	if (n_open < listener->n_desks &&
	    (size_t)__builtin_popcountll(worker->seen) >= CROWD * n_open &&
	    requests_wait(listener->server->listener))
		open_desk(listener);
	worker->seen = 0;
}

/* Does the worker still lead? */
static bool serve_one(struct worker *worker)
{
	struct desk *desk = worker->desk;
	struct alv_listener *listener = desk->listener;
	struct alv_notify_request notify;
	u64 turn;
	int err;

	if (alv_load_relaxed(&listener->n_open) > 1 &&
	    !requests_wait(listener->server->listener))
		close_desk(desk);
	err = alv_notify_receive(listener->server->listener, &worker->buffers, &notify);
	if (err) {
		if (err != -EINTR && filter_unused(listener->server->listener))
			alv_lead_stop(&desk->lead);
		return !alv_lead_stopped(&desk->lead);
	}
	turn = alv_lead_begin(&desk->lead);
	count_crowd(worker, notify.req.task.tid);
	notify.req.server = listener->server;
	notify.req.clients = &worker->clients;
	alv_client_init_task(&notify.req, notify.req.task.tid);
	alv_calls_serve(&notify.req);
	return alv_lead_end(&desk->lead, turn) && !alv_lead_stopped(&desk->lead);
}

static void worker_free(struct worker *worker)
{
	alv_client_cache_fini(&worker->clients);
	alv_notify_buffers_fini(&worker->buffers);
	pthread_cond_destroy(&worker->member.wake);
	free(worker);
}

/* With the lock. */
static void worker_unlink(struct worker *worker)
{
	struct alv_listener *listener = worker->desk->listener;
	struct worker **at = &listener->workers;

	while (*at != worker)
		at = &(*at)->next;
	*at = worker->next;
	listener->n_workers--;
}

static void *worker_main(void *data)
{
	struct worker *worker = data;
	struct desk *desk = worker->desk;
	struct alv_listener *listener = desk->listener;

	while (alv_lead_wait(&desk->lead, &worker->member))
		while (serve_one(worker))
			;
	pthread_mutex_lock(&listener->lock);
	worker_unlink(worker);
	worker_free(worker);
	pthread_cond_signal(&listener->gone);
	pthread_mutex_unlock(&listener->lock);
	return NULL;
}

static int start_thread(struct worker *worker)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int err;

	err = pthread_attr_init(&attr);
	if (err)
		return -err;
	pthread_attr_setstacksize(&attr, WORKER_STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	sigdelset(&all, STOP_SIGNAL);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&worker->thread, &attr, worker_main, worker);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return -err;
}

static int worker_new(struct desk *desk, struct worker **ret_worker)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int err;

	if (!worker)
		return -ENOMEM;
	err = alv_notify_buffers_init(&worker->buffers);
	if (err) {
		free(worker);
		return err;
	}
	worker->desk = desk;
	worker->member = (struct alv_lead_member)ALV_LEAD_MEMBER_INIT;
	alv_client_cache_init(&worker->clients);
	*ret_worker = worker;
	return 0;
}

/* The lock is held until the list has the thread, which takes it to leave. */
static int worker_start(struct alv_lead *lead)
{
	struct desk *desk = alv_container(lead, struct desk, lead);
	struct alv_listener *listener = desk->listener;
	struct worker *worker;
	int err = worker_new(desk, &worker);

	if (!err) {
		pthread_mutex_lock(&listener->lock);
		err = listener->n_workers < MAX_WORKERS ? start_thread(worker) : -EAGAIN;
		if (!err) {
			worker->next = listener->workers;
			listener->workers = worker;
			listener->n_workers++;
		}
		pthread_mutex_unlock(&listener->lock);
		if (err)
			worker_free(worker);
	}
	if (err && err != -EAGAIN)
		alv_log(&listener->server->log, ALV_LOG_ERROR,
			"cannot start another serving thread: error %d", -err);
	return err;
}

static void ignore_signal(int signal)
{
}

static size_t cpus_for_desks(void)
{
	cpu_set_t cpus;
	int count = sched_getaffinity(0, sizeof(cpus), &cpus) ? 1 : CPU_COUNT(&cpus);

	return count < MAX_DESKS ? (size_t)count : MAX_DESKS;
}

static void desk_init(struct desk *desk, struct alv_listener *listener)
{
	desk->lead = (struct alv_lead)ALV_LEAD_INIT;
	desk->listener = listener;
	pthread_cond_init(&desk->opened, NULL);
}

static void desk_fini(struct desk *desk)
{
	alv_lead_fini(&desk->lead);
	pthread_cond_destroy(&desk->opened);
}

int alv_listener_new(struct alv_server *server, struct alv_listener **ret_listener)
{
	struct sigaction action = { .sa_handler = ignore_signal };
	struct alv_listener *listener = calloc(1, sizeof(*listener));

	if (!listener)
		return -ENOMEM;
	if (sigaction(STOP_SIGNAL, &action, NULL)) {
		int err = -errno;

		free(listener);
		return err;
	}
	listener->server = server;
	pthread_mutex_init(&listener->lock, NULL);
	pthread_cond_init(&listener->gone, NULL);
	listener->n_desks = cpus_for_desks();
	for (size_t i = 0; i < listener->n_desks; i++)
		desk_init(&listener->desks[i], listener);
	listener->desks[0].open = true;
	listener->n_open = 1;
	alv_notify_tune(server->listener);
	*ret_listener = listener;
	return 0;
}

/* A leader in an old kernel sleeps on when its last client went: interrupt it. */
static void await_workers(struct alv_listener *listener)
{
	struct timespec until;

	pthread_mutex_lock(&listener->lock);
	while (listener->n_workers) {
		for (struct worker *at = listener->workers; at; at = at->next)
			pthread_kill(at->thread, STOP_SIGNAL);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += STOP_MS * 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_clockwait(&listener->gone, &listener->lock, CLOCK_MONOTONIC, &until);
	}
	pthread_mutex_unlock(&listener->lock);
}

/* Sleep until the filter is unused, or `stop` can be read. */
static void await_end(const struct alv_listener *listener, int stop)
{
	struct pollfd fds[] = {
		/* No events: requests don't wake us, only the end (POLLHUP) does. */
		{ .fd = listener->server->listener, .events = 0 },
		{ .fd = stop, .events = POLLIN },
	};

	/* POLLERR is only a signal that came while the kernel wanted a lock. */
	do
		poll(fds, ALV_COUNT(fds), -1);
	while (!(fds[0].revents & (POLLHUP | POLLNVAL)) && !fds[1].revents);
}

/* All workers leave, as soon as they have done their work. */
static void stop_desks(struct alv_listener *listener)
{
	size_t count = listener->n_desks;

	for (size_t i = 0; i < count; i++)
		alv_lead_stop(&listener->desks[i].lead);
	pthread_mutex_lock(&listener->lock);
	for (size_t i = 0; i < count; i++)
		pthread_cond_signal(&listener->desks[i].opened);
	pthread_mutex_unlock(&listener->lock);
	for (size_t i = 0; i < count; i++)
		alv_lead_join(&listener->desks[i].lead);
	await_workers(listener);
}

int alv_listener_run(struct alv_listener *listener, int stop)
{
	size_t started = 0;
	int err = 0;

	while (!err && started < listener->n_desks) {
		err = alv_lead_start(&listener->desks[started].lead, worker_start);
		started += !err;
	}
	/* One must do, if there can't be more threads. */
	listener->n_desks = started;
	if (started)
		await_end(listener, stop);
	stop_desks(listener);
	return started ? 0 : err;
}

void alv_listener_free(struct alv_listener *listener)
{
	if (!listener)
		return;
	for (size_t i = 0; i < listener->n_desks; i++)
		desk_fini(&listener->desks[i]);
	pthread_cond_destroy(&listener->gone);
	pthread_mutex_destroy(&listener->lock);
	free(listener);
}
