/* SPDX-License-Identifier: BSD-2-Clause */
#include "client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <bpf/bpf.h>

static void give_up(const char *what)
{
	printf("%s: error %d\n", what, errno);
	exit(1);
}

struct bpf_object *client_open(const char *path)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);

	if (!obj)
		give_up("open");
	if (bpf_object__load(obj))
		give_up("load");
	return obj;
}

int client_map(struct bpf_object *obj, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(obj, name);

	if (fd < 0)
		give_up(name);
	return fd;
}

static int program_of(struct bpf_object *obj, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(obj, name);

	if (!program)
		give_up(name);
	return bpf_program__fd(program);
}

int client_run_on(struct bpf_object *obj, const char *program, uint64_t a, uint64_t b,
		  int cpu)
{
	uint64_t args[] = { a, b };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args),
		    .flags = cpu < 0 ? 0 : BPF_F_TEST_RUN_ON_CPU,
		    .cpu = cpu < 0 ? 0 : cpu);

	if (bpf_prog_test_run_opts(program_of(obj, program), &opts))
		return -errno;
	return (int)opts.retval;
}

int client_run(struct bpf_object *obj, const char *program, uint64_t a, uint64_t b)
{
	return client_run_on(obj, program, a, b, -1);
}

int client_run_packet(struct bpf_object *obj, const char *program, unsigned int size)
{
	unsigned char data[256];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .data_size_in = size);

	for (unsigned int i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)i;
	if (bpf_prog_test_run_opts(program_of(obj, program), &opts))
		return -errno;
	return (int)opts.retval;
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}
