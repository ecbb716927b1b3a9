/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client of bpf(2) for the launcher's tests: `client CASE`. Exit status 0: as
 * a kernel would have it; 1: not, after a line on stderr; 77: not possible here.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIPPED 77
#define ENTRIES 16
#define CROWD   16 /* an element of a map for each */

#define CROWD_ROUNDS 10
#define CROWD_CALLS  100

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", __func__, __LINE__,      \
				#condition, errno);                                                \
			return 1;                                                                  \
		}                                                                                  \
	} while (0)

static long bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	return syscall(__NR_bpf, cmd, attr, size);
}

static int create(uint32_t flags)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = ENTRIES,
		.map_flags = flags,
	};

	return (int)bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int element(int cmd, int map, uint32_t key, uint64_t *value)
{
	union bpf_attr attr = {
		.map_fd = (uint32_t)map,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)value,
	};

	return bpf(cmd, &attr, sizeof(attr)) ? -errno : 0;
}

static int update(int map, uint32_t key, uint64_t value)
{
	return element(BPF_MAP_UPDATE_ELEM, map, key, &value);
}

static uint64_t lookup(int map, uint32_t key)
{
	uint64_t value = ~0ull;

	return element(BPF_MAP_LOOKUP_ELEM, map, key, &value) ? ~0ull : value;
}

static uint32_t id_of(int map)
{
	struct bpf_map_info info = {};
	union bpf_attr attr = { .info = { .bpf_fd = (uint32_t)map, .info_len = sizeof(info),
					  .info = (uintptr_t)&info } };

	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) ? 0 : info.id;
}

static int by_id(uint32_t id)
{
	union bpf_attr attr = { .map_id = id };

	return (int)bpf(BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
}

static int finish(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int do_basic(void)
{
	int map = create(0);

	EXPECT(map >= 0);
	EXPECT(fcntl(map, F_GETFD) == FD_CLOEXEC);
	EXPECT(!update(map, 3, 42));
	EXPECT(lookup(map, 3) == 42);
	EXPECT(update(map, ENTRIES, 1) == -E2BIG);
	EXPECT(update(-1, 0, 0) == -EBADF);
	EXPECT(update(0, 0, 0) == -EINVAL || fcntl(0, F_GETFD) < 0);
	EXPECT(bpf(-1, NULL, 0) == -1 && errno == EINVAL);
	EXPECT(bpf(BPF_MAP_CREATE, (void *)8, 16) == -1 && errno == EFAULT);
	return 0;
}

static void *thread_main(void *data)
{
	for (uint64_t i = 0; i < 500; i++) {
		int map = create(0);

		if (map < 0 || update(map, 1, i) || lookup(map, 1) != i || close(map))
			return "failed";
	}
	return NULL;
}

static int do_threads(void)
{
	pthread_t threads[8];
	int failed = 0;

	for (size_t i = 0; i < 8; i++)
		EXPECT(!pthread_create(&threads[i], NULL, thread_main, NULL));
	for (size_t i = 0; i < 8; i++) {
		void *result;

		pthread_join(threads[i], &result);
		failed += result != NULL;
	}
	EXPECT(!failed);
	return 0;
}

static int do_fork(void)
{
	int map = create(0);
	pid_t child;

	EXPECT(map >= 0);
	child = fork();
	if (!child)
		_exit(update(map, 2, 7) || lookup(map, 2) != 7);
	EXPECT(finish(child) == 0);
	EXPECT(lookup(map, 2) == 7);
	return 0;
}

static int do_inherited(void)
{
	return lookup(9, 5) == 55 ? 0 : 1;
}

/* The child calls bpf(2) in its parent's memory, then executes. */
static int do_vfork(void)
{
	static volatile int seen;
	int map = create(0);
	pid_t child;

	EXPECT(map >= 0 && !update(map, 5, 55));
	child = vfork();
	if (!child) {
		seen = lookup(map, 5) == 55;
		dup2(map, 9);
		execl("/proc/self/exe", "client", "inherited", NULL);
		_exit(99);
	}
	EXPECT(finish(child) == 0);
	EXPECT(seen);
	return 0;
}

static void *execute_main(void *data)
{
	int map = create(0);

	if (map < 0 || update(map, 5, 55) || dup2(map, 9) != 9)
		_exit(98);
	execl("/proc/self/exe", "client", "inherited", NULL);
	_exit(99);
}

/* exec from a thread that is not the leader: its id becomes the leader's. */
static int do_exec_thread(void)
{
	pthread_t thread;

	EXPECT(create(0) >= 0);
	EXPECT(!pthread_create(&thread, NULL, execute_main, NULL));
	pause();
	return 1;
}

static void on_alarm(int signal)
{
}

/*
 * Ids count up by one: a call that happened twice would leave a gap. (A handler
 * without SA_RESTART can make a call fail with EINTR before it began.)
 */
static int do_signals(void)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct itimerval storm = { { 0, 100 }, { 0, 100 } };
	uint32_t first, calls = 2000;
	int map = create(0);

	EXPECT(map >= 0);
	first = id_of(map);
	EXPECT(first);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &storm, NULL);
	for (uint32_t i = 1; i <= calls; i++) {
		int next = create(0);

		EXPECT(next >= 0);
		EXPECT(id_of(next) == first + i);
		EXPECT(!close(next));
	}
	return 0;
}

/* A descriptor that crosses a socket still stands for its map. */
static int do_pass(void)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {};
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int ends[2], map = create(0), passed;

	EXPECT(map >= 0 && !update(map, 1, 11));
	EXPECT(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &map, sizeof(map));
	EXPECT(sendmsg(ends[0], &msg, 0) == 1);
	close(map);
	EXPECT(recvmsg(ends[1], &msg, 0) == 1);
	memcpy(&passed, CMSG_DATA(&control.header), sizeof(passed));
	EXPECT(lookup(passed, 1) == 11);
	return 0;
}

/* Without a free descriptor number there is no map either. */
static int do_emfile(void)
{
	struct rlimit limit = { 20, 20 };
	int map = create(0);
	uint32_t id;

	EXPECT(map >= 0);
	id = id_of(map);
	EXPECT(!setrlimit(RLIMIT_NOFILE, &limit));
	while (dup(map) >= 0)
		;
	EXPECT(create(0) < 0 && errno == EMFILE);
	close(19);
	EXPECT(by_id(id + 1) < 0 && errno == ENOENT);
	EXPECT(create(0) == 19);
	return 0;
}

static int do_mmap(void)
{
	int map = create(BPF_F_MMAPABLE), plain = create(0);
	uint64_t *values;

	EXPECT(map >= 0 && plain >= 0);
	values = mmap(NULL, ENTRIES * 8, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	EXPECT(values != MAP_FAILED);
	values[4] = 44;
	EXPECT(lookup(map, 4) == 44);
	EXPECT(!update(map, 6, 66) && values[6] == 66);
	EXPECT(mmap(NULL, 4096, PROT_READ, MAP_SHARED, plain, 0) == MAP_FAILED &&
	       errno == EINVAL);
	EXPECT(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, map, 0) == MAP_FAILED &&
	       errno == EINVAL);
	EXPECT(mmap(NULL, 1 << 20, PROT_READ, MAP_SHARED, map, 0) == MAP_FAILED &&
	       errno == EINVAL);
	EXPECT(element(BPF_MAP_FREEZE, map, 0, NULL) == -EINVAL);
	return 0;
}

static int freeze(int map)
{
	union bpf_attr attr = { .map_fd = (uint32_t)map };

	return bpf(BPF_MAP_FREEZE, &attr, sizeof(attr)) ? -errno : 0;
}

static int do_freeze(void)
{
	int map = create(BPF_F_MMAPABLE);
	void *values;

	EXPECT(map >= 0);
	values = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	EXPECT(values != MAP_FAILED);
	EXPECT(freeze(map) == -EBUSY);
	EXPECT(!munmap(values, 4096));
	EXPECT(!freeze(map));
	EXPECT(update(map, 0, 1) == -EPERM);
	EXPECT(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0) == MAP_FAILED &&
	       errno == EPERM);
	EXPECT(mmap(NULL, 4096, PROT_READ, MAP_SHARED, map, 0) != MAP_FAILED);
	return 0;
}

/* bpf(2) of i386 by the gate that 64-bit programs have, too. */
static int do_i386(void)
{
	union bpf_attr *attr = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long result;

	EXPECT(attr != MAP_FAILED);
	attr->map_type = BPF_MAP_TYPE_ARRAY;
	attr->key_size = 4;
	attr->value_size = 8;
	attr->max_entries = ENTRIES;
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(357), "b"(BPF_MAP_CREATE), "c"((uint32_t)(uintptr_t)attr),
			   "d"(72)
			 : "memory", "r8", "r9", "r10", "r11");
	if ((int)result == -ENOSYS)
		return SKIPPED;
	EXPECT((int)result >= 0);
	EXPECT(!update((int)result, 1, 1));
	return 0;
}

static int do_x32(void)
{
	EXPECT(syscall(0x40000000 | __NR_bpf, -1, NULL, 0) == -1 && errno == ENOSYS);
	return 0;
}

/* Served where the supervisor may look into it all the same; else it is told so. */
static int do_nondumpable(void)
{
	EXPECT(!prctl(PR_SET_DUMPABLE, 0));
	EXPECT(create(0) >= 0 || errno == EPERM);
	printf("%s\n", errno == EPERM ? "refused" : "served");
	return 0;
}

/* The launched process ends first; what it left behind is served on. */
static int do_orphan(void)
{
	const char *file = getenv("RESULT");
	int map = create(0);
	pid_t parent = getpid();

	EXPECT(map >= 0 && file);
	if (fork())
		return 0;
	while (getppid() == parent)
		usleep(1000);
	if (!update(map, 1, 1) && create(0) >= 0)
		close(open(file, O_CREAT | O_WRONLY, 0666));
	return 0;
}

static int userfault_region(void **ret_region)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	void *region = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = (int)syscall(__NR_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	range.range.start = (uintptr_t)region;
	range.range.len = 4096;
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		return -1;
	*ret_region = region;
	return fd;
}

/* Attributes that never arrive delay nobody else, and a kill ends the wait. */
static int do_stuck(void)
{
	pid_t children[5];
	int map = create(0);

	EXPECT(map >= 0);
	for (size_t i = 0; i < 5; i++) {
		int ready[2];
		char byte;

		EXPECT(!pipe(ready));
		children[i] = fork();
		if (!children[i]) {
			void *region;
			int fd = userfault_region(&region);

			if (write(ready[1], fd < 0 ? "n" : "y", 1) != 1 || fd < 0)
				_exit(1);
			bpf(BPF_MAP_CREATE, region, 72);
			_exit(2);
		}
		EXPECT(read(ready[0], &byte, 1) == 1);
		close(ready[0]);
		close(ready[1]);
		if (byte == 'n') {
			finish(children[i]);
			return i ? 1 : SKIPPED;
		}
		usleep(5000);
		EXPECT(!update(map, 1, i) && lookup(map, 1) == i);
	}
	for (size_t i = 0; i < 5; i++) {
		EXPECT(!kill(children[i], SIGKILL));
		EXPECT(finish(children[i]) == 128 + SIGKILL);
	}
	EXPECT(lookup(map, 1) == 4);
	return 0;
}

/* Clients killed at any moment take nobody with them. */
static int do_killed(void)
{
	int map = create(0);

	EXPECT(map >= 0);
	for (unsigned int i = 0; i < 200; i++) {
		pid_t child = fork();

		if (!child)
			for (;;)
				close(create(0));
		usleep(i * 10);
		EXPECT(!kill(child, SIGKILL));
		EXPECT(finish(child) == 128 + SIGKILL);
		EXPECT(!update(map, 1, i) && lookup(map, 1) == i);
	}
	return 0;
}

/* Ten thousand maps at once, spread over processes as one may not hold so many. */
static int do_many(void)
{
	struct rlimit limit;
	int n = 10000, *maps = calloc((size_t)n, sizeof(*maps));

	EXPECT(maps && !getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < 10100)
		return SKIPPED;
	for (int i = 0; i < n; i++) {
		maps[i] = create(0);
		EXPECT(maps[i] >= 0);
	}
	for (int i = 0; i < n; i += 97) {
		EXPECT(!update(maps[i], 1, (uint64_t)i));
		EXPECT(lookup(maps[i], 1) == (uint64_t)i);
	}
	return 0;
}

/* Stopped and continued in the middle of its calls, as by job control. */
static int do_stopped(void)
{
	pid_t child = fork();
	int status;

	if (!child) {
		int map = create(0);

		for (uint64_t i = 0; i < 3000; i++)
			if (update(map, 1, i) || lookup(map, 1) != i)
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < 20; i++) {
		if (kill(child, SIGSTOP) || waitpid(child, &status, WUNTRACED) != child)
			return 1;
		if (!WIFSTOPPED(status))
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
		kill(child, SIGCONT);
		usleep(1000);
	}
	EXPECT(finish(child) == 0);
	return 0;
}

static int create_ring(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_RINGBUF, .max_entries = 4096 };

	return (int)bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

/* Ring buffers wait for data; other maps are an error at once. */
static int do_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = 77 };
	int poller = epoll_create1(EPOLL_CLOEXEC), ring = create_ring(), map = create(0);

	EXPECT(poller >= 0 && ring >= 0 && map >= 0);
	if (epoll_ctl(poller, EPOLL_CTL_ADD, ring, &event) && errno == EPERM)
		return SKIPPED; /* pidfd_getfd is denied to the supervisor */
	EXPECT(epoll_ctl(poller, EPOLL_CTL_ADD, ring, &event) && errno == EEXIST);
	EXPECT(epoll_wait(poller, &event, 1, 0) == 0);
	EXPECT(epoll_ctl(poller, EPOLL_CTL_ADD, ring, (void *)8) && errno == EFAULT);
	EXPECT(epoll_ctl(-1, EPOLL_CTL_ADD, ring, &event) && errno == EBADF);
	EXPECT(epoll_ctl(ring, EPOLL_CTL_ADD, ring, &event) && errno == EINVAL);
	EXPECT(!epoll_ctl(poller, EPOLL_CTL_DEL, ring, NULL));
	EXPECT(epoll_ctl(poller, EPOLL_CTL_DEL, ring, NULL) && errno == ENOENT);
	event = (struct epoll_event){ .events = EPOLLIN, .data.u32 = 78 };
	EXPECT(!epoll_ctl(poller, EPOLL_CTL_ADD, map, &event));
	EXPECT(epoll_wait(poller, &event, 1, 0) == 1);
	EXPECT(event.events == EPOLLERR && event.data.u32 == 78);
	return 0;
}

static int do_id(void)
{
	uid_t real, effective, saved;
	gid_t group;

	EXPECT(!getresuid(&real, &effective, &saved) && real == geteuid() &&
	       effective == real && saved == real);
	EXPECT(!getresgid(&group, &group, &group) && group == getegid());
	printf("%u\n", geteuid());
	return 0;
}

static int do_mount(void)
{
	EXPECT(!mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL));
	EXPECT(mount("bpf", "/tmp", "bpf", 0, NULL) && errno == EPERM);
	EXPECT(mount("bpf", "/does/not/exist", "bpf", 0, NULL) && errno == ENOENT);
	return 0;
}

static int do_count(void)
{
	union bpf_attr attr = {};
	int count = 0;

	while (!bpf(BPF_MAP_GET_NEXT_ID, &attr, sizeof(attr))) {
		attr.start_id = attr.next_id;
		count++;
	}
	printf("%d\n", count);
	return 0;
}

/* Keep a map until stdin ends. */
static int do_hold(void)
{
	char byte;

	EXPECT(create(0) >= 0);
	printf("ready\n");
	fflush(stdout);
	return read(0, &byte, 1) < 0;
}

/* When stdin ends nobody serves any more. */
static int do_left(void)
{
	EXPECT(!do_hold());
	printf("gone\n");
	fflush(stdout);
	EXPECT(create(0) < 0 && errno == ENOSYS);
	return 0;
}

/* Hold a map while a command runs, and count maps then. */
static int do_around(void)
{
	const char *command = getenv("COMMAND");
	int map = create(0);

	EXPECT(map >= 0 && command && !system(command));
	return do_count();
}

/* One of a crowd: nobody else has its key, and nobody else's map its value. */
static int in_crowd(int shared, uint32_t number)
{
	for (uint64_t round = 0; round < CROWD_ROUNDS; round++) {
		int own = create(0);

		EXPECT(own >= 0);
		for (uint64_t i = 0; i < CROWD_CALLS; i++) {
			EXPECT(!update(shared, number, round << 32 | i));
			EXPECT(lookup(shared, number) == (round << 32 | i));
		}
		EXPECT(!update(own, 1, number));
		EXPECT(lookup(own, 1) == number);
		close(own);
		/* So that the crowd goes now and then. */
		usleep(1000 * (round % 3));
	}
	return 0;
}

static int do_crowd(void)
{
	pid_t pids[CROWD];
	int map = create(0), failed = 0;

	EXPECT(map >= 0);
	for (uint32_t i = 0; i < CROWD; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(in_crowd(map, i));
	}
	for (uint32_t i = 0; i < CROWD; i++)
		failed |= pids[i] < 0 || finish(pids[i]);
	EXPECT(!failed);
	for (uint32_t i = 0; i < CROWD; i++)
		EXPECT((uint32_t)lookup(map, i) == CROWD_CALLS - 1);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} cases[] = {
	{ "basic", do_basic },
	{ "threads", do_threads },
	{ "fork", do_fork },
	{ "inherited", do_inherited },
	{ "vfork", do_vfork },
	{ "exec-thread", do_exec_thread },
	{ "signals", do_signals },
	{ "pass", do_pass },
	{ "emfile", do_emfile },
	{ "mmap", do_mmap },
	{ "freeze", do_freeze },
	{ "i386", do_i386 },
	{ "x32", do_x32 },
	{ "nondumpable", do_nondumpable },
	{ "orphan", do_orphan },
	{ "stuck", do_stuck },
	{ "killed", do_killed },
	{ "many", do_many },
	{ "crowd", do_crowd },
	{ "stopped", do_stopped },
	{ "epoll", do_epoll },
	{ "mount", do_mount },
	{ "id", do_id },
	{ "count", do_count },
	{ "hold", do_hold },
	{ "left", do_left },
	{ "around", do_around },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!strcmp(cases[i].name, argv[1]))
			return cases[i].run();
	fprintf(stderr, "usage: client CASE\n");
	return 2;
}
