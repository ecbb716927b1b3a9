/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cases of the kernel's test_lru_map on a host in this process.
 *
 *   lru_embedded [PART-OF-A-NAME]...
 *
 * Its lookups that mark an element as used run in a BPF program; here the same
 * operation of the map is called in the program's place. The bpf(2) of the
 * statically linked libbpf comes to __wrap_syscall().
 */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include <alveary/alveary.h>
#include <bpf/bpf.h>

#include "base/rcu.h"
#include "map/map.h"

static struct alv_host *host;

/* Each case is a process, and each process makes its own host. */
static void make_host(void)
{
	struct alv_host_config config = { .size = sizeof(config) };

	if (alv_host_new(&config, &host)) {
		perror("alv_host_new");
		exit(2);
	}
}

long __real_syscall(long number, ...);

long __wrap_syscall(long number, ...)
{
	unsigned long arguments[6];
	va_list list;
	int result;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		arguments[i] = va_arg(list, unsigned long);
	va_end(list);
	if (number != __NR_bpf)
		return __real_syscall(number, arguments[0], arguments[1], arguments[2],
				      arguments[3], arguments[4], arguments[5]);
	result = alv_bpf(host, (int)arguments[0], (const void *)arguments[1],
			 (unsigned int)arguments[2]);
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

/* What the selftest's program would do, read from its instructions when it is loaded. */
static struct {
	int result_fd;
	int map_fd;
	unsigned long long key;
} lookup;

#define bpf_prog_load(type, name, license, insns, count, opts) \
	load_lookup(insns)
#define bpf_prog_test_run_opts(fd, opts) run_lookup(&(opts)->retval)

static int load_lookup(const struct bpf_insn *insns);
static int run_lookup(unsigned int *retval);

#define CASE_SETUP() make_host()
#include "lru.c"

static int load_lookup(const struct bpf_insn *insns)
{
	lookup.result_fd = insns[0].imm;
	lookup.map_fd = insns[2].imm;
	lookup.key = (unsigned int)insns[4].imm | (unsigned long long)insns[5].imm << 32;
	return dup(lookup.result_fd);
}

static int run_lookup(unsigned int *retval)
{
	unsigned long long *value, found = 0;
	struct alv_object *obj;
	struct alv_task task;
	int zero = 0;

	alv_task_init_self(&task, host);
	if (alv_task_object(&task, lookup.map_fd, ALV_KIND_MAP, &obj, NULL))
		return -1;
	rcu_read_lock();
	value = alv_map_of(obj)->ops->find(alv_map_of(obj), &lookup.key,
					   (unsigned int)sched_getcpu());
	if (value)
		found = *value;
	rcu_read_unlock();
	*retval = value ? 42 : 1;
	alv_object_put(obj);
	return value ? bpf_map_update_elem(lookup.result_fd, &zero, &found, BPF_ANY) : 0;
}
