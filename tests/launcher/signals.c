/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client sees of its own SIGSYS, registers and stack while it calls
 * bpf(2): nothing may change there. `signals CASE`, exit statuses as client's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* Of siginfo_t, in kernel headers that do not go together with the C library's. */
#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1
#endif

#define EXPECT(condition)                                                               \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", __func__,     \
				__LINE__, #condition, errno);                           \
			return 1;                                                       \
		}                                                                       \
	} while (0)

static union bpf_attr new_map = {
	.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1,
};

/* A call that is answered by a value, and one that is answered by a descriptor. */
static int calls_work(void)
{
	long map;

	EXPECT(syscall(__NR_bpf, -1, NULL, 0) == -1 && errno == EINVAL);
	map = syscall(__NR_bpf, BPF_MAP_CREATE, &new_map, sizeof(new_map));
	EXPECT(map >= 0);
	EXPECT(!close((int)map));
	return 0;
}

static int blocked(const sigset_t *mask)
{
	sigset_t now;

	EXPECT(!sigprocmask(SIG_SETMASK, mask, NULL));
	EXPECT(!calls_work());
	EXPECT(!sigprocmask(SIG_SETMASK, NULL, &now));
	for (int signal = 1; signal < NSIG; signal++)
		if (signal != SIGKILL && signal != SIGSTOP)
			EXPECT(sigismember(&now, signal) == sigismember(mask, signal));
	return 0;
}

static int do_blocked(void)
{
	sigset_t mask;

	sigfillset(&mask);
	EXPECT(!blocked(&mask));
	/* All but those that a program's own mistakes raise. */
	sigdelset(&mask, SIGSEGV);
	sigdelset(&mask, SIGBUS);
	sigdelset(&mask, SIGFPE);
	sigdelset(&mask, SIGILL);
	EXPECT(!blocked(&mask));
	sigemptyset(&mask);
	EXPECT(!blocked(&mask));
	sigaddset(&mask, SIGUSR1);
	EXPECT(!blocked(&mask));
	return 0;
}

static int do_ignored(void)
{
	struct sigaction action;
	int status;
	pid_t child;

	EXPECT(signal(SIGSYS, SIG_IGN) == SIG_DFL);
	EXPECT(!calls_work());
	raise(SIGSYS);
	EXPECT(!sigaction(SIGSYS, NULL, &action) && action.sa_handler == SIG_IGN);
	child = fork();
	if (!child) {
		execl("/proc/self/exe", "signals", "inherited", NULL);
		_exit(1);
	}
	EXPECT(waitpid(child, &status, 0) == child && !status);
	EXPECT(signal(SIGSYS, SIG_DFL) == SIG_IGN);
	EXPECT(!calls_work());
	return 0;
}

/* Executed by do_ignored(). */
static int do_inherited(void)
{
	EXPECT(!calls_work());
	raise(SIGSYS);
	EXPECT(signal(SIGSYS, SIG_IGN) == SIG_IGN);
	return 0;
}

static volatile sig_atomic_t handled;
static siginfo_t last_info;

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
	handled++;
	last_info = *info;
}

static int do_handled(void)
{
	struct sigaction action = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO }, old;

	sigaddset(&action.sa_mask, SIGUSR2);
	EXPECT(!sigaction(SIGSYS, &action, NULL));
	for (int i = 0; i < 3; i++) {
		EXPECT(!calls_work());
		EXPECT(handled == i);
		raise(SIGSYS);
		EXPECT(handled == i + 1);
		EXPECT(last_info.si_code == SI_TKILL && last_info.si_pid == getpid());
	}
	EXPECT(!sigaction(SIGSYS, NULL, &old));
	EXPECT(old.sa_sigaction == on_sigsys && (old.sa_flags & SA_SIGINFO) &&
	       sigismember(&old.sa_mask, SIGUSR2) && !sigismember(&old.sa_mask, SIGUSR1));
	EXPECT(syscall(__NR_rt_sigaction, SIGSYS, 8, NULL, 8) == -1 && errno == EFAULT);
	EXPECT(syscall(__NR_rt_sigaction, SIGSYS, NULL, NULL, 4) == -1 && errno == EINVAL);
	return 0;
}

/* The default is death, also after a handler was there, and for children. */
static int do_deadly(void)
{
	struct sigaction action = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };

	for (int round = 0; round < 2; round++) {
		int status;
		pid_t child = fork();

		if (!child) {
			signal(SIGSYS, SIG_DFL);
			if (calls_work())
				_exit(1);
			raise(SIGSYS);
			_exit(2);
		}
		EXPECT(waitpid(child, &status, 0) == child);
		EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
		EXPECT(!sigaction(SIGSYS, &action, NULL));
		raise(SIGSYS);
		EXPECT(handled == round + 1);
	}
	return 0;
}

static void sandboxed(int signal, siginfo_t *info, void *data)
{
	ucontext_t *context = data;

	if (info->si_code == SYS_SECCOMP && info->si_syscall == __NR_getppid)
		context->uc_mcontext.gregs[REG_RAX] = 4242;
}

/* A program that catches calls of its own this way goes on doing so. */
static int do_sandbox(void)
{
	struct sigaction action = { .sa_sigaction = sandboxed, .sa_flags = SA_SIGINFO };
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 4, .filter = code };

	EXPECT(!sigaction(SIGSYS, &action, NULL));
	EXPECT(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	EXPECT(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
	for (int i = 0; i < 100; i++) {
		EXPECT(syscall(__NR_getppid) == 4242);
		EXPECT(!calls_work());
	}
	return 0;
}

#ifdef __x86_64__
/* A call that gets a descriptor, with known registers and a filled red zone. */
static int do_registers(void)
{
	uint64_t in[5] = { 0x1111, 0x2222, 0x3333, 0x4444, 0x5555 };
	uint64_t out[12] = {};
	long map;

	for (int round = 0; round < 3; round++) {
		__asm__ volatile("sub $256, %%rsp\n\t"
				 "movq $0x5a5a, 128(%%rsp)\n\t" /* the red zone's ends */
				 "movq $0x6b6b, 248(%%rsp)\n\t"
				 "add $256, %%rsp\n\t"
				 "mov 0(%[in]), %%r8\n\t"
				 "mov 8(%[in]), %%r9\n\t"
				 "mov 16(%[in]), %%r10\n\t"
				 "mov 24(%[in]), %%r12\n\t"
				 "mov 32(%[in]), %%r13\n\t"
				 "syscall\n\t"
				 "mov %%r8, 0(%[out])\n\t"
				 "mov %%r9, 8(%[out])\n\t"
				 "mov %%r10, 16(%[out])\n\t"
				 "mov %%r12, 24(%[out])\n\t"
				 "mov %%r13, 32(%[out])\n\t"
				 "mov %%rdi, 40(%[out])\n\t"
				 "mov %%rsi, 48(%[out])\n\t"
				 "mov %%rdx, 56(%[out])\n\t"
				 "mov -128(%%rsp), %%r8\n\t"
				 "mov %%r8, 64(%[out])\n\t"
				 "mov -8(%%rsp), %%r8\n\t"
				 "mov %%r8, 72(%[out])\n\t"
				 : "=a"(map)
				 : "a"(__NR_bpf), "D"(BPF_MAP_CREATE), "S"(&new_map),
				   "d"(sizeof(new_map)), [in] "r"(in), [out] "b"(out)
				 : "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "memory");
		EXPECT(map >= 0 && !close((int)map));
		for (int i = 0; i < 5; i++)
			EXPECT(out[i] == in[i]);
		EXPECT(out[5] == BPF_MAP_CREATE && out[6] == (uintptr_t)&new_map &&
		       out[7] == sizeof(new_map));
		EXPECT(out[8] == 0x5a5a && out[9] == 0x6b6b);
	}
	return 0;
}
#endif

static void *small_stack(void *data)
{
	return calls_work() ? "failed" : NULL;
}

/* Many processes and threads come and go while others call. */
static int do_churn(void)
{
	for (int i = 0; i < 50; i++) {
		pthread_t threads[4];
		void *failed;
		int status;
		pid_t child = fork();

		if (!child)
			_exit(calls_work());
		for (int t = 0; t < 4; t++)
			EXPECT(!pthread_create(&threads[t], NULL, small_stack, NULL));
		for (int t = 0; t < 4; t++)
			EXPECT(!pthread_join(threads[t], &failed) && !failed);
		EXPECT(waitpid(child, &status, 0) == child && !status);
		child = fork();
		if (!child) {
			for (;;)
				if (calls_work())
					_exit(1);
		}
		EXPECT(!kill(child, SIGKILL));
		EXPECT(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
	}
	return 0;
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
	alarms++;
}

/* Handlers that want interrupted calls to fail meet none that does. */
static int do_storm(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	struct itimerspec often = { { 0, 100000 }, { 0, 100000 } };
	timer_t timer;

	EXPECT(!sigaction(SIGALRM, &action, NULL));
	EXPECT(!timer_create(CLOCK_MONOTONIC, &event, &timer));
	EXPECT(!timer_settime(timer, 0, &often, NULL));
	for (int i = 0; i < 2000; i++)
		EXPECT(!calls_work());
	EXPECT(!timer_delete(timer));
	EXPECT(alarms);
	return 0;
}

/* What waits for somebody else ends with EINTR; what does not never does. */
static int do_opens(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerspec often = { { 0, 1000000 }, { 0, 1000000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	char path[] = "/tmp/signals-XXXXXX", fifo[64];
	timer_t timer;

	EXPECT(mkdtemp(path));
	snprintf(fifo, sizeof(fifo), "%s/fifo", path);
	EXPECT(!mkfifo(fifo, 0600));
	EXPECT(!sigaction(SIGALRM, &action, NULL));
	EXPECT(!timer_create(CLOCK_MONOTONIC, &event, &timer));
	EXPECT(!timer_settime(timer, 0, &often, NULL));
	for (int i = 0; i < 50; i++)
		EXPECT(open(fifo, O_RDONLY) == -1 && errno == EINTR);
	often.it_interval.tv_nsec = 100000;
	EXPECT(!timer_settime(timer, 0, &often, NULL));
	for (int i = 0; i < 2000; i++) {
		char made[72];
		int fd;

		EXPECT((fd = open("/dev/null", O_RDONLY)) >= 0 && !close(fd));
		EXPECT((fd = open(path, O_RDONLY | O_DIRECTORY)) >= 0 && !close(fd));
		snprintf(made, sizeof(made), "%s/%d", path, i);
		EXPECT((fd = open(made, O_CREAT | O_EXCL | O_RDWR, 0600)) >= 0 && !close(fd));
		EXPECT(!unlink(made));
		snprintf(made, sizeof(made), "%s/XXXXXX", path);
		EXPECT((fd = mkstemp(made)) >= 0 && !close(fd) && !unlink(made));
	}
	EXPECT(!timer_delete(timer));
	EXPECT(!unlink(fifo) && !rmdir(path));
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} cases[] = {
	{ "blocked", do_blocked },
	{ "ignored", do_ignored },
	{ "inherited", do_inherited },
	{ "handled", do_handled },
	{ "deadly", do_deadly },
	{ "sandbox", do_sandbox },
#ifdef __x86_64__
	{ "registers", do_registers },
#endif
	{ "churn", do_churn },
	{ "storm", do_storm },
	{ "opens", do_opens },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!strcmp(cases[i].name, argv[1]))
			return cases[i].run();
	fprintf(stderr, "signals: which case?\n");
	return 1;
}
