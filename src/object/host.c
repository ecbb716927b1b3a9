/* SPDX-License-Identifier: BSD-2-Clause */
#include "object/host.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/region.h"
#include "object/bpffs.h"
#include "object/btf_object.h"

static const char default_kernel[] = "6.18";

const char *alv_version(void)
{
	return ALV_VERSION_TEXT;
}

static u64 machine_memory(void)
{
	return (u64)sysconf(_SC_PHYS_PAGES) * (u64)sysconf(_SC_PAGESIZE);
}

/* Asking getpid(2) on each call would cost as much as a third of a lookup. */
static int host_mark_alive(struct alv_host *host)
{
	int *page = mmap(NULL, alv_page_size(), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return -ENOMEM;
	host->alive = page;
	if (madvise(page, alv_page_size(), MADV_WIPEONFORK))
		return -errno;
	*page = 1;
	return 0;
}

static int host_configure(struct alv_host *host, const struct alv_host_config *config)
{
	if (config->size != sizeof(*config))
		return -EINVAL;
	host->cpus =
		config->cpus ? config->cpus : (unsigned int)sysconf(_SC_NPROCESSORS_CONF);
	host->memory_limit = config->memory_limit;
	host->machine_memory = machine_memory();
	host->authority.caps = config->flags & ALV_HOST_CAPS ? config->caps : ALV_CAP_ALL;
	host->authority.unprivileged = config->flags & ALV_HOST_UNPRIVILEGED;
	host->log = (struct alv_log){ .fn = config->log, .data = config->log_data };
	host->owner = getpid();
	if (getrandom(&host->secret, sizeof(host->secret), GRND_NONBLOCK) < 0)
		host->secret = (u64)(uintptr_t)host; /* early at boot: better than none */
	return alv_kernel_parse(config->kernel ? config->kernel : default_kernel,
				&host->kernel);
}

int alv_host_new(const struct alv_host_config *config, struct alv_host **ret_host)
{
	struct alv_host *host = calloc(1, sizeof(*host));
	int err;

	if (!host)
		return -ENOMEM;
	pthread_mutex_init(&host->lock, NULL);
	pthread_mutex_init(&host->vmlinux_loading, NULL);
	alv_attendant_init(&host->attendant);
	host->vmlinux_fd = -1;
	err = host_configure(host, config);
	if (!err)
		err = host_mark_alive(host);
	if (!err)
		err = alv_leases_init(&host->leases, host->cpus);
	if (!err)
		err = alv_identities_init(&host->identities);
	if (!err)
		err = alv_bpffs_new(host, config->bpffs, &host->bpffs);
	if (!err && config->btf)
		err = alv_host_open_btf(host, config->btf);
	if (err) {
		alv_host_free(host);
		return err;
	}
	*ret_host = host;
	return 0;
}

/*
 * Descriptors that are still out can't be called back: their objects lose the
 * user reference that stands for them, and with the identity every call on them
 * ends in EBADF.
 */
static void host_forsake_descriptors(struct alv_host *host)
{
	struct alv_identity *identity;
	bool found;

	do {
		found = false;
		pthread_mutex_lock(&host->lock);
		cds_list_for_each_entry(identity, &host->identities.all, all) {
			if (!identity->held)
				continue;
			identity->held = false;
			found = true;
			break;
		}
		pthread_mutex_unlock(&host->lock);
		if (found)
			alv_object_put_user(identity->obj);
	} while (found);
}

/* A child of fork(2) has no such thread, and the lock as the thread left it. */
static void host_stop_attendant(struct alv_host *host)
{
	if (!host->alive || !alv_host_check_owner(host))
		alv_attendant_stop(&host->attendant);
	else
		alv_attendant_init(&host->attendant);
}

void alv_host_free(struct alv_host *host)
{
	if (!host)
		return;
	host_stop_attendant(host);
	alv_bpffs_free(host->bpffs);
	alv_btf_object_put(host->vmlinux);
	if (host->identities.by_inode) {
		host_forsake_descriptors(host);
		/* What goes may put others: a map of maps, its maps, their BTF. */
		for (int i = 0; i < 3; i++)
			alv_rcu_barrier();
	}
	alv_identities_fini(&host->identities);
	for (int kind = 0; kind < ALV_N_KINDS; kind++)
		alv_ids_fini(&host->ids[kind]);
	alv_trace_fini(&host->trace);
	alv_leases_fini(&host->leases);
	alv_attendant_fini(&host->attendant);
	pthread_mutex_destroy(&host->lock);
	pthread_mutex_destroy(&host->vmlinux_loading);
	if (host->vmlinux_fd >= 0)
		close(host->vmlinux_fd);
	if (host->alive)
		munmap((void *)host->alive, alv_page_size());
	free(host);
}

const char *alv_host_bpffs(const struct alv_host *host)
{
	return alv_bpffs_path(host->bpffs);
}

int alv_host_charge(struct alv_host *host, u64 bytes)
{
	if (bytes > host->machine_memory)
		return -ENOMEM;
	if ((u64)alv_add_relaxed(&host->memory, (s64)bytes) <= host->memory_limit ||
	    !host->memory_limit)
		return 0;
	alv_host_uncharge(host, bytes);
	return -ENOMEM;
}

void alv_host_uncharge(struct alv_host *host, u64 bytes)
{
	alv_sub_relaxed(&host->memory, (s64)bytes);
}

int alv_host_check_owner(const struct alv_host *host)
{
	return *host->alive ? 0 : -EOWNERDEAD;
}
