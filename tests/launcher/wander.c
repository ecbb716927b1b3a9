/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes the working directory into the bpf filesystem and out of it, over and
 * over, under a storm of signals and beside a thread that does other things.
 * Every change happens once, and nothing is left behind in the process.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOT   "/sys/fs/bpf"
#define ROUNDS 300

static atomic_int signals, stop;

static void count(int sig)
{
	signals++;
}

static int descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static int be_at(const char *where)
{
	char text[256];

	if (chdir(where) || !getcwd(text, sizeof(text)))
		return -1;
	return strcmp(text, where);
}

static void *busy(void *data)
{
	struct stat st;

	while (!stop)
		if (stat("/sys/fs/bpf/wander", &st) || !S_ISDIR(st.st_mode))
			return "a thread beside it sees something else";
	return NULL;
}

/* vfork(2)'s child has its own directory, and its parent waits for it. */
static int child_wanders(void)
{
	pid_t child = vfork();
	int status;

	if (!child)
		_exit(be_at(ROOT "/wander") ? 1 : 0);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

static const char *wander(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct stat st;

		if (be_at(ROOT "/wander"))
			return "not in the directory";
		if (mkdir("below", 0700) || stat(ROOT "/wander/below", &st) || rmdir("below"))
			return "relative names do not work there";
		if (be_at(ROOT))
			return "not in the root";
		if (chdir("wander") || chdir("..") || access("wander", X_OK))
			return "not by relative paths";
		if (be_at("/"))
			return "not out again";
		if (i % 16 == 0 && child_wanders())
			return "not in a child";
	}
	return NULL;
}

int main(void)
{
	struct sigaction action = { .sa_handler = count, .sa_flags = SA_RESTART };
	struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { 0 };
	const char *failed;
	void *beside;
	pthread_t thread;
	int before;

	if (mkdir(ROOT "/wander", 0700))
		return 2;
	before = descriptors();
	sigaction(SIGALRM, &action, NULL);
	if (pthread_create(&thread, NULL, busy, NULL))
		return 2;
	setitimer(ITIMER_REAL, &often, NULL);
	failed = wander();
	setitimer(ITIMER_REAL, &never, NULL);
	stop = 1;
	pthread_join(thread, &beside);
	if (!failed)
		failed = beside;
	if (!failed && descriptors() != before)
		failed = "descriptors are left";
	if (!failed && !signals)
		failed = "no signal came";
	if (failed)
		fprintf(stderr, "%s\n", failed);
	rmdir(ROOT "/wander");
	return failed != NULL;
}
