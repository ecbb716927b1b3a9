/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/listener.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/cleanup.h"
#include "supervisor/calls.h"
#include "supervisor/client.h"
#include "supervisor/notify.h"

#define MAX_WORKERS   256
#define WORKER_STACK  (256 * 1024)
#define IDLE_SECONDS  5  /* a spare thread ends after so long */
#define TICK_MS       3  /* how often the watcher looks while there is work */
#define CALM_TICKS    30 /* without any work before it stops looking */
#define STOP_SIGNAL   SIGURG /* interrupts a leader that waits; its handler does nothing */

/*
 * Who leads and what it does, in one word that changes as a whole:
 *	worker << 32 | requests << 1 | busy
 * Only the leader makes it busy, so that is a plain exchange. Ending a request
 * races with the watcher taking the lead: both compare and swap the busy word.
 */
static u64 turn_of(u32 worker, u32 requests, bool busy)
{
	return (u64)worker << 32 | (u64)(requests & 0x7fffffff) << 1 | busy;
}

static u32 turn_worker(u64 turn)
{
	return (u32)(turn >> 32);
}

static u32 turn_requests(u64 turn)
{
	return (u32)turn >> 1;
}

static bool turn_busy(u64 turn)
{
	return turn & 1;
}

struct worker {
	struct alv_listener *listener;
	u32 index;
	pthread_t thread;
	bool spare; /* waits for the lead (listener->lock) */
	pthread_cond_t wake;
	struct alv_client_cache clients;
	struct alv_notify_buffers buffers;
};

struct alv_listener {
	struct alv_server *server;
	u64 turn;
	int stop;    /* readable: end; -1: none */
	int alarm;   /* eventfd that wakes the watcher */
	bool asleep; /* the watcher wants the alarm for the next request */
	bool ended;  /* nobody uses the filter any more */

	pthread_mutex_t lock; /* workers and their `spare` */
	pthread_cond_t gone;  /* a worker ended */
	struct worker *workers[MAX_WORKERS];
	size_t n_workers;
};

static bool leads(struct worker *worker)
{
	return turn_worker(alv_load_acquire(&worker->listener->turn)) == worker->index;
}

static bool filter_unused(int fd)
{
	struct pollfd state = { .fd = fd };

	return poll(&state, 1, 0) == 1 && state.revents & (POLLHUP | POLLNVAL);
}

static void ring(struct alv_listener *listener)
{
	u64 one = 1;
	ssize_t done = write(listener->alarm, &one, sizeof(one));

	/* EAGAIN: it rings already. Nothing else can happen to an eventfd. */
	(void)done;
}

static void serve_one(struct worker *worker)
{
	struct alv_listener *listener = worker->listener;
	struct alv_notify_request notify;
	u64 turn;
	int err;

	err = alv_notify_receive(listener->server->listener, &worker->buffers, &notify);
	if (err) {
		if (err != -EINTR && filter_unused(listener->server->listener))
			alv_store_release(&listener->ended, true);
		return;
	}
	turn = turn_of(worker->index, turn_requests(alv_load_relaxed(&listener->turn)) + 1, true);
	alv_store_relaxed(&listener->turn, turn);
	/* Against the watcher's "asleep, then look at the turn". */
	alv_fence_seq_cst();
	if (alv_load_relaxed(&listener->asleep)) {
		alv_store_relaxed(&listener->asleep, false);
		ring(listener);
	}
	notify.req.server = listener->server;
	notify.req.clients = &worker->clients;
	alv_client_init_task(&notify.req, notify.req.task.tid);
	alv_calls_serve(&notify.req);
	/* When this fails the watcher gave the lead away in the meantime. */
	(void)alv_cas_acq_rel(&listener->turn, &turn, turn & ~(u64)1);
}

/* Wait for the lead. False: it did not come for long, or there will be none. */
static bool rest(struct worker *worker)
{
	struct alv_listener *listener = worker->listener;
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += IDLE_SECONDS;
	pthread_mutex_lock(&listener->lock);
	worker->spare = true;
	while (!leads(worker) && !alv_load_acquire(&listener->ended) &&
	       err != ETIMEDOUT)
		err = pthread_cond_clockwait(&worker->wake, &listener->lock, CLOCK_MONOTONIC,
					     &until);
	worker->spare = false;
	pthread_mutex_unlock(&listener->lock);
	return leads(worker) && !alv_load_acquire(&listener->ended);
}

static void worker_free(struct worker *worker)
{
	alv_client_cache_fini(&worker->clients);
	alv_notify_buffers_fini(&worker->buffers);
	pthread_cond_destroy(&worker->wake);
	free(worker);
}

/* Leave, unless the lead came at the last moment. */
static bool retire(struct worker *worker)
{
	struct alv_listener *listener = worker->listener;

	pthread_mutex_lock(&listener->lock);
	if (leads(worker) && !alv_load_acquire(&listener->ended)) {
		pthread_mutex_unlock(&listener->lock);
		return false;
	}
	listener->workers[worker->index] = NULL;
	listener->n_workers--;
	worker_free(worker);
	pthread_cond_signal(&listener->gone);
	pthread_mutex_unlock(&listener->lock);
	return true;
}

static void *worker_main(void *data)
{
	struct worker *worker = data;
	struct alv_listener *listener = worker->listener;

	do {
		do {
			while (leads(worker) && !alv_load_acquire(&listener->ended))
				serve_one(worker);
		} while (rest(worker));
	} while (!retire(worker));
	return NULL;
}

static int worker_start(struct worker *worker)
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

/* Called with the lock. The new worker starts by waiting for the lock or the lead. */
static int worker_new(struct alv_listener *listener, struct worker **ret_worker)
{
	struct worker *worker;
	u32 index = 0;
	int err;

	while (index < MAX_WORKERS && listener->workers[index])
		index++;
	if (index == MAX_WORKERS)
		return -EAGAIN;
	worker = calloc(1, sizeof(*worker));
	if (!worker)
		return -ENOMEM;
	err = alv_notify_buffers_init(&worker->buffers);
	if (err) {
		free(worker);
		return err;
	}
	worker->listener = listener;
	worker->index = index;
	alv_client_cache_init(&worker->clients);
	pthread_cond_init(&worker->wake, NULL);
	listener->workers[index] = worker;
	err = worker_start(worker);
	if (err) {
		listener->workers[index] = NULL;
		worker_free(worker);
		return err;
	}
	listener->n_workers++;
	*ret_worker = worker;
	return 0;
}

/* The leader is stuck in the request `turn`: let another thread lead. */
static void give_lead(struct alv_listener *listener, u64 turn)
{
	struct worker *next = NULL;
	int err = 0;

	pthread_mutex_lock(&listener->lock);
	for (size_t i = 0; i < MAX_WORKERS && !next; i++)
		if (listener->workers[i] && listener->workers[i]->spare)
			next = listener->workers[i];
	if (!next)
		err = worker_new(listener, &next);
	/* It fails when the request just ended; then the new thread is a spare one. */
	if (!err && alv_cas_acq_rel(&listener->turn, &turn,
				    turn_of(next->index, turn_requests(turn), false)))
		pthread_cond_signal(&next->wake);
	pthread_mutex_unlock(&listener->lock);
	if (err && err != -EAGAIN)
		alv_log(&listener->server->log, ALV_LOG_ERROR,
			"cannot start another serving thread: error %d", -err);
}

/* Sleep until there is work to look at, a tick, or the end. */
static void watch(struct alv_listener *listener, bool calm)
{
	struct pollfd fds[] = {
		/* No events: requests don't wake us, only the end (POLLHUP) does. */
		{ .fd = listener->server->listener, .events = 0 },
		{ .fd = listener->alarm, .events = POLLIN },
		{ .fd = listener->stop, .events = POLLIN },
	};
	u64 rings;

	if (poll(fds, ALV_COUNT(fds), calm ? -1 : TICK_MS) <= 0)
		return;
	/* POLLERR is only a signal that came while the kernel wanted a lock. */
	if (fds[0].revents & (POLLHUP | POLLNVAL) || fds[2].revents)
		alv_store_release(&listener->ended, true);
	if (fds[1].revents && read(listener->alarm, &rings, sizeof(rings)) < 0 && errno != EAGAIN)
		alv_store_release(&listener->ended, true);
}

static void watch_all(struct alv_listener *listener)
{
	u64 seen = alv_load_acquire(&listener->turn);
	unsigned int calm = 0;

	while (!alv_load_acquire(&listener->ended)) {
		u64 turn;

		if (calm == CALM_TICKS) {
			alv_store_relaxed(&listener->asleep, true);
			alv_fence_seq_cst();
		}
		turn = alv_load_acquire(&listener->turn);
		watch(listener, calm == CALM_TICKS && turn == seen);
		calm = turn == seen && !turn_busy(turn) && calm < CALM_TICKS ? calm + 1 : 0;
		alv_store_relaxed(&listener->asleep, false);
		turn = alv_load_acquire(&listener->turn);
		if (turn == seen && turn_busy(turn))
			give_lead(listener, turn);
		seen = turn;
	}
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
	listener->alarm = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (listener->alarm < 0 || sigaction(STOP_SIGNAL, &action, NULL)) {
		int err = -errno;

		free(listener);
		return err;
	}
	listener->server = server;
	pthread_mutex_init(&listener->lock, NULL);
	pthread_cond_init(&listener->gone, NULL);
	alv_notify_tune(server->listener);
	*ret_listener = listener;
	return 0;
}

/* A leader in an old kernel sleeps on when its last client went: interrupt it. */
static void stop_workers(struct alv_listener *listener)
{
	struct timespec until;

	pthread_mutex_lock(&listener->lock);
	while (listener->n_workers) {
		for (size_t i = 0; i < MAX_WORKERS; i++) {
			struct worker *worker = listener->workers[i];

			if (!worker)
				continue;
			pthread_cond_signal(&worker->wake);
			pthread_kill(worker->thread, STOP_SIGNAL);
		}
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += 100 * 1000 * 1000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_clockwait(&listener->gone, &listener->lock, CLOCK_MONOTONIC, &until);
	}
	pthread_mutex_unlock(&listener->lock);
}

int alv_listener_run(struct alv_listener *listener, int stop)
{
	struct worker *first;
	int err;

	listener->stop = stop;
	/* Nobody looks at the turn yet: the first worker has slot 0 and leads. */
	listener->turn = turn_of(0, 0, false);
	pthread_mutex_lock(&listener->lock);
	err = worker_new(listener, &first);
	pthread_mutex_unlock(&listener->lock);
	if (err)
		return err;
	watch_all(listener);
	stop_workers(listener);
	return 0;
}

void alv_listener_free(struct alv_listener *listener)
{
	if (!listener)
		return;
	close(listener->alarm);
	pthread_cond_destroy(&listener->gone);
	pthread_mutex_destroy(&listener->lock);
	free(listener);
}
