/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors on their way between two threads, in each way that it can end. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "supervisor/passage.h"

#define TID    42
#define ANSWER (-99)

static int some_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void *deliver(void *data)
{
	struct alv_passage *passage = alv_passage_take(TID);

	close(alv_steal_fd(&passage->fd));
	alv_passage_end(passage, 0);
	return passage;
}

static void test_delivered(void **state)
{
	struct alv_passage passage;
	pthread_t other;
	int fd = some_fd();

	alv_passage_start(&passage, TID, fd, true);
	assert_null(alv_passage_take(TID + 1));
	assert_false(alv_passage_over(&passage));
	assert_int_equal(pthread_create(&other, NULL, deliver, NULL), 0);
	assert_int_equal(alv_passage_wait(&passage, 0), 0);
	pthread_join(other, NULL);
	assert_false(is_open(fd));
	assert_null(alv_passage_take(TID));
}

static void *refuse(void *data)
{
	struct alv_passage *passage = alv_passage_take(TID);
	s64 *answer = data;

	*answer = alv_passage_refuse(passage, -EMFILE);
	alv_passage_end(passage, -EMFILE);
	return passage;
}

static void test_refused(void **state)
{
	struct alv_passage passage;
	s64 answer = 0;
	pthread_t other;
	int fd = some_fd();

	alv_passage_start(&passage, TID, fd, true);
	assert_int_equal(pthread_create(&other, NULL, refuse, &answer), 0);
	assert_int_equal(alv_passage_wait(&passage, 0), -EMFILE);
	/* The object goes before the client hears of it. */
	assert_false(is_open(fd));
	alv_passage_answer(&passage, ANSWER);
	pthread_join(other, NULL);
	assert_int_equal(answer, ANSWER);
}

static void test_gone(void **state)
{
	struct alv_passage passage;
	int fd = some_fd();

	alv_passage_start(&passage, TID, fd, true);
	alv_passage_forget(TID + 1);
	assert_false(alv_passage_over(&passage));
	alv_passage_forget(TID);
	assert_true(alv_passage_over(&passage));
	assert_null(alv_passage_take(TID));
	alv_passage_deliver(&passage, 0);
	assert_int_equal(alv_passage_wait(&passage, 0), -ESRCH);
	assert_false(is_open(fd));
}

static void test_given_up(void **state)
{
	struct alv_passage passage;

	assert_false(alv_passage_give_up(TID, -EMFILE));
	alv_passage_start(&passage, TID, some_fd(), true);
	assert_true(alv_passage_give_up(TID, -EMFILE));
	alv_passage_deliver(&passage, -ESRCH);
	assert_int_equal(alv_passage_wait(&passage, 0), -EMFILE);
}

static void test_never_sent(void **state)
{
	struct alv_passage passage;

	alv_passage_start(&passage, TID, some_fd(), true);
	assert_int_equal(alv_passage_wait(&passage, -EFAULT), -EFAULT);
	assert_null(alv_passage_take(TID));
}

/* Of two, each thread meets its own. */
static void test_several(void **state)
{
	struct alv_passage first, second;

	alv_passage_start(&first, TID, some_fd(), true);
	alv_passage_start(&second, TID + 1, some_fd(), false);
	assert_ptr_equal(alv_passage_take(TID), &first);
	assert_ptr_equal(alv_passage_take(TID + 1), &second);
	/* Who has it at the gate ends it, nobody else. */
	alv_passage_forget(TID);
	alv_passage_end(&second, 0);
	alv_passage_end(&first, 0);
	assert_int_equal(alv_passage_wait(&first, 0), 0);
	assert_int_equal(alv_passage_wait(&second, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delivered), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_gone), cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_never_sent), cmocka_unit_test(test_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
