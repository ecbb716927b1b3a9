/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/listener.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "supervisor/calls.h"
#include "supervisor/client.h"
#include "supervisor/lead.h"
#include "supervisor/notify.h"

#define MAX_WORKERS  256
#define WORKER_STACK (256 * 1024)
#define STOP_SIGNAL  SIGURG /* interrupts a leader that waits; its handler does nothing */
#define STOP_MS      100    /* after which it is sent again */

struct worker {
	struct worker *next; /* of the listener's (listener->lock) */
	struct alv_listener *listener;
	struct alv_lead_member member;
	pthread_t thread;
	struct alv_client_cache clients;
	struct alv_notify_buffers buffers;
};

struct alv_listener {
	struct alv_server *server;
	struct alv_lead lead; /* who waits for requests */

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

/* Does the worker still lead? */
static bool serve_one(struct worker *worker)
{
	struct alv_listener *listener = worker->listener;
	struct alv_notify_request notify;
	u64 turn;
	int err;

	err = alv_notify_receive(listener->server->listener, &worker->buffers, &notify);
	if (err) {
		if (err != -EINTR && filter_unused(listener->server->listener))
			alv_lead_stop(&listener->lead);
		return !alv_lead_stopped(&listener->lead);
	}
	turn = alv_lead_begin(&listener->lead);
	notify.req.server = listener->server;
	notify.req.clients = &worker->clients;
	alv_client_init_task(&notify.req, notify.req.task.tid);
	alv_calls_serve(&notify.req);
	return alv_lead_end(&listener->lead, turn) && !alv_lead_stopped(&listener->lead);
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
	struct worker **at = &worker->listener->workers;

	while (*at != worker)
		at = &(*at)->next;
	*at = worker->next;
	worker->listener->n_workers--;
}

static void *worker_main(void *data)
{
	struct worker *worker = data;
	struct alv_listener *listener = worker->listener;

	while (alv_lead_wait(&listener->lead, &worker->member))
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

static int worker_new(struct alv_listener *listener, struct worker **ret_worker)
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
	worker->listener = listener;
	worker->member = (struct alv_lead_member)ALV_LEAD_MEMBER_INIT;
	alv_client_cache_init(&worker->clients);
	*ret_worker = worker;
	return 0;
}

/* The lock is held until the list has the thread, which takes it to leave. */
static int worker_start(struct alv_lead *lead)
{
	struct alv_listener *listener = alv_container(lead, struct alv_listener, lead);
	struct worker *worker;
	int err = worker_new(listener, &worker);

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
	listener->lead = (struct alv_lead)ALV_LEAD_INIT;
	pthread_mutex_init(&listener->lock, NULL);
	pthread_cond_init(&listener->gone, NULL);
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

int alv_listener_run(struct alv_listener *listener, int stop)
{
	int err = alv_lead_start(&listener->lead, worker_start);

	if (err)
		return err;
	await_end(listener, stop);
	alv_lead_stop(&listener->lead);
	alv_lead_join(&listener->lead);
	await_workers(listener);
	return 0;
}

void alv_listener_free(struct alv_listener *listener)
{
	if (!listener)
		return;
	alv_lead_fini(&listener->lead);
	pthread_cond_destroy(&listener->gone);
	pthread_mutex_destroy(&listener->lock);
	free(listener);
}
