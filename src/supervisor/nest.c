/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/nest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/atomic.h"
#include "object/host.h"
#include "supervisor/supervisor.h"

/* A soft limit that nobody has by chance; the nest's number is added. */
#define MARK_BASE 0x616c7600ul

struct alv_nest {
	struct alv_server server;
	struct alv_places places;
};

struct alv_server *alv_nest_find(struct alv_server *server, int tid)
{
	struct rlimit limit;
	struct alv_nest *nest;

	if (!alv_load_relaxed(&server->nested) || prlimit(tid, RLIMIT_LOCKS, NULL, &limit) ||
	    limit.rlim_cur < MARK_BASE || limit.rlim_cur >= MARK_BASE + ALV_MAX_NESTS)
		return server;
	nest = alv_load_acquire(&server->nests[limit.rlim_cur - MARK_BASE]);
	return nest ? &nest->server : server;
}

static void nest_free(struct alv_nest *nest)
{
	if (!nest)
		return;
	alv_places_fini(&nest->places);
	alv_host_free(nest->server.host);
	free(nest);
}

void alv_nests_free(struct alv_server *server)
{
	for (size_t i = 0; i < ALV_MAX_NESTS; i++)
		nest_free(server->nests[i]);
}

static int nest_new(struct alv_server *outer, const struct alv_nest_wish *wish,
		    struct alv_nest **ret_nest)
{
	const struct alv_host_config config = {
		.size = sizeof(config),
		.kernel = *wish->kernel ? wish->kernel : NULL,
		.cpus = wish->cpus,
		.btf = *wish->btf ? wish->btf : NULL,
		.memory_limit = wish->memory_limit,
		.caps = wish->caps,
		.flags = wish->flags,
	};
	struct alv_nest *nest = calloc(1, sizeof(*nest));
	int err;

	if (!nest)
		return -ENOMEM;
	err = alv_host_new(&config, &nest->server.host);
	if (err) {
		free(nest);
		return err;
	}
	err = alv_places_init(&nest->places, nest->server.host, config.cpus, config.btf);
	if (err) {
		nest_free(nest);
		return err;
	}
	nest->server.log = outer->log;
	nest->server.transport = outer->transport;
	nest->server.view = outer->view;
	nest->server.root = wish->root;
	nest->server.listener = -1;
	nest->server.outer = outer;
	nest->server.n_provided = nest->places.count;
	memcpy(nest->server.provided, nest->places.list, sizeof(nest->places.list));
	*ret_nest = nest;
	return 0;
}

static int take_slot(struct alv_server *outer, struct alv_nest *nest, size_t *ret_slot)
{
	for (size_t i = 0; i < ALV_MAX_NESTS; i++) {
		struct alv_nest *none = NULL;

		if (!alv_cas_acq_rel(&outer->nests[i], &none, nest))
			continue;
		alv_store_relaxed(&outer->nested, true);
		*ret_slot = i;
		return 0;
	}
	return -EAGAIN;
}

static int mark(int tid, size_t slot)
{
	struct rlimit limit;

	if (prlimit(tid, RLIMIT_LOCKS, NULL, &limit))
		return -errno;
	limit.rlim_cur = MARK_BASE + slot;
	return prlimit(tid, RLIMIT_LOCKS, &limit, NULL) ? -errno : 0;
}

static int nest_settle(struct alv_request *req, struct alv_server *outer,
		       struct alv_nest_wish *wish)
{
	struct alv_nest *nest;
	size_t slot;
	int err;

	err = nest_new(outer, wish, &nest);
	if (err)
		return err;
	wish->view = outer->view;
	alv_session_fill_welcome(&nest->server, &wish->welcome);
	err = alv_copy_out(&req->task, alv_uaddr_at(req->args[1]), wish, sizeof(*wish));
	if (!err)
		err = take_slot(outer, nest, &slot);
	if (err) {
		nest_free(nest);
		return err;
	}
	/* From here the nest belongs to the session, marked process or not. */
	return mark(req->task.tid, slot);
}

void alv_nest_serve(struct alv_request *req)
{
	struct alv_server *outer = req->server->outer ? req->server->outer : req->server;
	struct alv_nest_wish wish;
	int err;

	err = req->args[2] == sizeof(wish) ? alv_copy_in(&req->task, &wish,
							 alv_uaddr_at(req->args[1]), sizeof(wish)) :
					     -EINVAL;
	if (!err && (wish.version != ALV_SESSION_VERSION ||
		     memchr(wish.kernel, 0, sizeof(wish.kernel)) == NULL ||
		     memchr(wish.btf, 0, sizeof(wish.btf)) == NULL))
		err = -EINVAL;
	if (!err)
		err = nest_settle(req, outer, &wish);
	alv_request_reply(req, err ? err : ALV_NEST_COMMAND);
}
