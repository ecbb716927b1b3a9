/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server: one tree of clients (all that run under one filter) and the host
 * that serves them. What the clients see of the host in the file system is the
 * table of provided places; the view decides how it comes about.
 */
#ifndef ALV_SUPERVISOR_SERVER_H
#define ALV_SUPERVISOR_SERVER_H

#include <sys/types.h>

#include "base/log.h"
#include "base/types.h"

struct alv_host;
struct alv_nest;

/* AUTO is chosen by probing, before there is a server. */
enum alv_transport {
	ALV_TRANSPORT_AUTO,
	ALV_TRANSPORT_NOTIFY,
	ALV_TRANSPORT_TRAP,
};

enum alv_view {
	ALV_VIEW_AUTO,
	ALV_VIEW_MOUNTS,
	ALV_VIEW_PATHS,
};

const char *alv_transport_name(enum alv_transport transport);
const char *alv_view_name(enum alv_view view);
/* -EINVAL: no such name. */
int alv_transport_parse(const char *name, enum alv_transport *ret_transport);
int alv_view_parse(const char *name, enum alv_view *ret_view);

/* A file or directory of ours that stands at `path` for clients. */
struct alv_provided {
	const char *path;   /* where clients find it, absolute and normal */
	char source[128];   /* ours, a path in the supervisor's namespaces */
	bool directory;
	int fd;             /* O_PATH descriptor of source */
	u64 device;         /* of what the machine itself has at path, or nearest above it */
};

#define ALV_MAX_PROVIDED 8
#define ALV_MAX_NESTS    256

struct alv_server {
	struct alv_host *host;
	struct alv_log log;
	enum alv_transport transport;
	enum alv_view view;
	bool opens; /* all their opens are looked at */
	bool root; /* clients see themselves as uid 0 */
	int listener; /* of the filter; -1: none */
	bool mapped; /* a client mapped a map, once; atomic */
	bool refusal_told; /* that a client can't be served was said */
	size_t n_tracees; /* traced threads that are its clients (tracees.lock) */
	struct alv_provided provided[ALV_MAX_PROVIDED];
	size_t n_provided;
	/* nest.h; slots are filled once, and stay until the session ends. */
	struct alv_server *outer; /* of a nest: the session's server */
	bool nested;              /* there is a nest */
	struct alv_nest *nests[ALV_MAX_NESTS];
};

#endif
