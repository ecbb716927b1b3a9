/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiled programs on a host of this process, by libbpf: each calls helpers that need
 * types, and leaves what they answered in its variable `results`.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <alveary/libbpf.h>

#define RESULTS  16
#define PATIENCE 10000 /* milliseconds */

/* As the helpers' documentation and the kernel have it. */
static const struct expected {
	const char *program;
	int last; /* the result that comes last, of a callback: it is waited for */
	long results[RESULTS];
} all_expected[] = {
	{ "use_dynptrs", 11, { 0, 0, -E2BIG, 0, 'b', 'c', 24, -EINVAL, 0, -E2BIG, 0, 'b' } },
	{ "use_timer", 10,
	  { -EINVAL, 0, -EBUSY, -EINVAL, 0, -EINVAL, 0, 0, -EDEADLK, 0, 101 } },
};

static const struct expected *expected_of(const char *program)
{
	for (size_t i = 0; i < sizeof(all_expected) / sizeof(all_expected[0]); i++)
		if (!strcmp(all_expected[i].program, program))
			return &all_expected[i];
	return NULL;
}

static int read_results(struct bpf_object *object, long *results)
{
	struct bpf_map *map;
	int key = 0;

	bpf_object__for_each_map(map, object)
		if (strstr(bpf_map__name(map), ".bss"))
			return bpf_map_lookup_elem(bpf_map__fd(map), &key, results);
	return -ENOENT;
}

static int judge(struct bpf_object *object, const struct expected *expected)
{
	long results[RESULTS] = { 0 };
	int wrong = 0;

	for (int ms = 0; ms < PATIENCE; ms++) {
		if (read_results(object, results))
			return 1;
		if (results[expected->last] == expected->results[expected->last])
			break;
		usleep(1000);
	}
	for (int i = 0; i < RESULTS; i++) {
		if (results[i] == expected->results[i])
			continue;
		printf("%s: result %d is %ld, not %ld\n", expected->program, i, results[i],
		       expected->results[i]);
		wrong = 1;
	}
	return wrong;
}

static int run(const char *path)
{
	struct bpf_object *object = bpf_object__open(path);
	char packet[60] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, test, .data_in = packet, .data_size_in = sizeof(packet));
	struct bpf_program *program;
	const struct expected *results;
	int err = 1;

	if (!object || bpf_object__load(object))
		goto close;
	program = bpf_object__next_program(object, NULL);
	results = expected_of(bpf_program__name(program));
	err = !results || bpf_prog_test_run_opts(bpf_program__fd(program), &test) ||
	      test.retval || judge(object, results);
close:
	printf("%s: %s\n", path, err ? "wrong" : "as expected");
	bpf_object__close(object);
	return err;
}

int main(int argc, char **argv)
{
	struct alv_host_config config = { .size = sizeof(config), .cpus = 2 };
	struct alv_host *host;
	int wrong = 0;

	if (alv_host_new(&config, &host))
		return 1;
	alv_libbpf_use(host);
	for (int i = 1; i < argc; i++)
		wrong |= run(argv[i]);
	alv_libbpf_use(NULL);
	alv_host_free(host);
	return wrong;
}
