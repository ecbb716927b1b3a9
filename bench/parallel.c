/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many bpf(2) calls a second many clients make at once, each a process that updates
 * and looks up elements of a map that all share: one line "clients N: calls a second".
 * Run plain (as root) it measures the kernel, under the launcher a host behind it.
 *
 *   bench_parallel [N]...
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_CLIENTS 1000
#define ENTRIES     1024
#define SECONDS     2

/* Shared by the clients: who is there, whether to go on, what each made. */
static struct board {
	atomic_int ready;
	atomic_bool go, stop;
	uint64_t calls[MAX_CLIENTS];
} *board;

static long bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	return syscall(__NR_bpf, cmd, attr, size);
}

static int map_create(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_HASH,
		.key_size = 4,
		.value_size = 8,
		.max_entries = ENTRIES,
	};

	return (int)bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int client(int map, uint32_t number)
{
	uint32_t key = number;
	uint64_t value = number;
	union bpf_attr attr = {
		.map_fd = (uint32_t)map,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&value,
	};

	if (bpf(BPF_MAP_UPDATE_ELEM, &attr, 32))
		return 1;
	atomic_fetch_add(&board->ready, 1);
	while (!atomic_load(&board->go))
		usleep(1000);
	while (!atomic_load(&board->stop)) {
		if (bpf(BPF_MAP_LOOKUP_ELEM, &attr, 32) || bpf(BPF_MAP_UPDATE_ELEM, &attr, 32))
			return 1;
		board->calls[number] += 2;
	}
	return 0;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int measure(int map, int n)
{
	uint64_t start, taken, calls = 0;
	int status, failed = 0;

	*board = (struct board){};
	for (int i = 0; i < n; i++)
		if (fork() == 0)
			_exit(client(map, (uint32_t)i));
	while (atomic_load(&board->ready) < n)
		usleep(1000);
	start = now();
	atomic_store(&board->go, true);
	sleep(SECONDS);
	atomic_store(&board->stop, true);
	taken = now() - start;
	for (int i = 0; i < n; i++)
		calls += board->calls[i];
	while (wait(&status) > 0)
		failed |= status;
	printf("clients %d: %.0f\n", n, (double)calls * 1e9 / (double)taken);
	fflush(stdout);
	return failed;
}

int main(int argc, char **argv)
{
	static const int usual[] = { 1, 2, 10, 100 };
	int failed = 0, map = map_create();

	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (map < 0 || board == MAP_FAILED) {
		perror("parallel");
		return 1;
	}
	for (size_t i = 0; argc < 2 && i < sizeof(usual) / sizeof(usual[0]); i++)
		failed |= measure(map, usual[i]);
	for (int i = 1; i < argc; i++)
		if (atoi(argv[i]) > 0 && atoi(argv[i]) <= MAX_CLIENTS)
			failed |= measure(map, atoi(argv[i]));
	return failed;
}
