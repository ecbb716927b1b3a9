/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/tracee.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ptrace.h>

#include "base/atomic.h"
#include "supervisor/server.h"

static struct alv_tracee **bucket_of(struct alv_tracees *table, int tid)
{
	return &table->buckets[(unsigned int)tid % ALV_TRACEE_BUCKETS];
}

void alv_tracees_init(struct alv_tracees *table)
{
	pthread_mutex_init(&table->lock, NULL);
	pthread_cond_init(&table->changed, NULL);
}

struct alv_tracee *alv_tracee_find(struct alv_tracees *table, int tid)
{
	struct alv_tracee *tracee = *bucket_of(table, tid);

	while (tracee && tracee->tid != tid)
		tracee = tracee->next;
	return tracee;
}

int alv_tracee_make(struct alv_tracees *table, int tid, struct alv_tracee **ret_tracee)
{
	struct alv_tracee *tracee = alv_tracee_find(table, tid);
	struct alv_tracee **bucket = bucket_of(table, tid);

	if (!tracee) {
		tracee = calloc(1, sizeof(*tracee));
		if (!tracee)
			return -ENOMEM;
		tracee->tid = tid;
		pthread_mutex_lock(&table->lock);
		tracee->next = *bucket;
		*bucket = tracee;
		if (!table->count++)
			pthread_cond_broadcast(&table->changed);
		pthread_mutex_unlock(&table->lock);
	}
	*ret_tracee = tracee;
	return 0;
}

void alv_tracee_set_server(struct alv_tracees *table, struct alv_tracee *tracee,
			   struct alv_server *server)
{
	pthread_mutex_lock(&table->lock);
	if (tracee->server)
		tracee->server->n_tracees--;
	tracee->server = server;
	if (server)
		server->n_tracees++;
	pthread_mutex_unlock(&table->lock);
}

void alv_tracee_free(struct alv_tracees *table, struct alv_tracee *tracee)
{
	struct alv_tracee **link = bucket_of(table, tracee->tid);

	pthread_mutex_lock(&table->lock);
	while (*link != tracee)
		link = &(*link)->next;
	*link = tracee->next;
	table->count--;
	if (tracee->server && !--tracee->server->n_tracees)
		pthread_cond_broadcast(&table->changed);
	pthread_mutex_unlock(&table->lock);
	free(tracee->redelivered);
	free(tracee);
}

void alv_tracee_run(struct alv_tracee *tracee, int sig)
{
	/* An injected call is watched until its end. */
	ptrace(tracee->injection ? PTRACE_SYSCALL : PTRACE_CONT, tracee->tid, NULL,
	       (void *)(long)sig);
}

struct alv_server *alv_tracee_server(struct alv_tracees *table, int tid)
{
	struct alv_server *server;
	struct alv_tracee *tracee;

	pthread_mutex_lock(&table->lock);
	tracee = alv_tracee_find(table, tid);
	server = tracee ? tracee->server : NULL;
	pthread_mutex_unlock(&table->lock);
	return server;
}

bool alv_tracee_is_injected(struct alv_tracees *table, int tid)
{
	struct alv_tracee *tracee;
	bool injected;

	pthread_mutex_lock(&table->lock);
	tracee = alv_tracee_find(table, tid);
	injected = tracee && alv_load_acquire(&tracee->injection);
	pthread_mutex_unlock(&table->lock);
	return injected;
}
