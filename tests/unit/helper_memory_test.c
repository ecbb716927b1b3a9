/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers on memory: the caller's, as far as it is there; dynptrs; SYN cookies. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/userfaultfd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include <alveary/alveary.h>

#include "base/cleanup.h"
#include "base/region.h"
#include "helper/call.h"

#define ARG(pointer) (u64)(uintptr_t)(pointer)

static struct alv_host *host;
static struct alv_task task;

static int setup(void **state)
{
	struct alv_host_config config = { .size = sizeof(config) };

	if (alv_host_new(&config, &host))
		return -1;
	alv_task_init_self(&task, host);
	return 0;
}

static int teardown(void **state)
{
	alv_host_free(host);
	return 0;
}

static s64 read_user(const void *from, void *to, u32 size)
{
	struct alv_run run = { .host = host, .task = &task };

	return (s64)alv_help_probe_read_user(&run, ARG(to), size, ARG(from), 0, 0);
}

static u8 *map_pages(size_t n)
{
	u8 *pages = mmap(NULL, n * alv_page_size(), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(pages, MAP_FAILED);
	return pages;
}

/* As in a kernel that must not sleep, what is not resident is not there. */
static void test_absent_pages(void **state)
{
	size_t page = alv_page_size();
	u8 *pages = map_pages(3), bytes[16];

	pages[0] = 1;
	pages[page] = 2;
	assert_int_equal(read_user(pages + page - 8, bytes, 16), 0);
	assert_int_equal(bytes[8], 2);
	assert_int_equal(read_user(pages + 2 * page - 8, bytes, 8), 0);
	assert_int_equal(read_user(pages + 2 * page - 8, bytes, 16), -EFAULT);
	assert_int_equal(bytes[0], 0);
	assert_int_equal(read_user(pages + 2 * page, bytes, 1), -EFAULT);
	assert_int_equal(read_user(NULL, bytes, 1), -EFAULT);
	assert_int_equal(read_user((void *)-8, bytes, 16), -EFAULT);
	munmap(pages, 3 * page);
}

/* Nobody answers these page faults: whoever waits for one waits for ever. */
static void test_blocked_pages(void **state)
{
	size_t page = alv_page_size();
	u8 *pages = map_pages(1), bytes[8];
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .range = { ARG(pages), page },
					 .mode = UFFDIO_REGISTER_MODE_MISSING };
	ALV_AUTO(fd) int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0)
		skip();
	assert_int_equal(ioctl(fd, UFFDIO_API, &api), 0);
	assert_int_equal(ioctl(fd, UFFDIO_REGISTER, &range), 0);
	alarm(20);
	assert_int_equal(read_user(pages, bytes, 8), -EFAULT);
	alarm(0);
	munmap(pages, page);
}

static void test_dynptr(void **state)
{
	struct alv_run run = { .host = host };
	u8 memory[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, to[8] = { 0 };
	struct bpf_dynptr ptr;

	assert_int_equal(alv_help_dynptr_from_mem(&run, ARG(memory), 8, 0, ARG(&ptr), 0), 0);
	assert_int_equal(alv_help_dynptr_read(&run, ARG(to), 4, ARG(&ptr), 4, 0), 0);
	assert_memory_equal(to, memory + 4, 4);
	assert_int_equal((s64)alv_help_dynptr_read(&run, ARG(to), 4, ARG(&ptr), 5, 0), -E2BIG);
	assert_int_equal((s64)alv_help_dynptr_read(&run, ARG(to), 9, ARG(&ptr), 0, 0), -E2BIG);
	assert_int_equal((s64)alv_help_dynptr_read(&run, ARG(to), 4, ARG(&ptr), 0, 1), -EINVAL);
	assert_int_equal(alv_help_dynptr_write(&run, ARG(&ptr), 0, ARG(to), 2, 0), 0);
	assert_memory_equal(memory, "\5\6\3\4", 4);
	assert_int_equal((s64)alv_help_dynptr_write(&run, ARG(&ptr), 7, ARG(to), 2, 0), -E2BIG);
	assert_int_equal((s64)alv_help_dynptr_write(&run, ARG(&ptr), 0, ARG(to), 2, 1), -EINVAL);
	assert_int_equal(alv_help_dynptr_data(&run, ARG(&ptr), 2, 6, 0, 0), ARG(memory + 2));
	assert_int_equal(alv_help_dynptr_data(&run, ARG(&ptr), 2, 7, 0, 0), 0);
}

static void test_no_dynptr(void **state)
{
	struct alv_run run = { .host = host };
	struct bpf_dynptr ptr;
	u8 memory[8];

	assert_int_equal((s64)alv_help_dynptr_from_mem(&run, ARG(memory), 8, 1, ARG(&ptr), 0),
			 -EINVAL);
	assert_int_equal((s64)alv_help_dynptr_read(&run, ARG(memory), 1, ARG(&ptr), 0, 0),
			 -EINVAL);
	assert_int_equal((s64)alv_help_dynptr_write(&run, ARG(&ptr), 0, ARG(memory), 1, 0),
			 -EINVAL);
	assert_int_equal(alv_help_dynptr_data(&run, ARG(&ptr), 0, 0, 0, 0), 0);
	assert_int_equal((s64)alv_help_dynptr_from_mem(&run, ARG(memory), 1 << 24, 0, ARG(&ptr), 0),
			 -E2BIG);
	assert_int_equal(alv_help_ringbuf_discard_dynptr(&run, ARG(&ptr), 0, 0, 0, 0), 0);
}

/* A cookie is good for the connection that it was made for. */
static void test_cookies(void **state)
{
	struct alv_run run = { .host = host };
	struct iphdr ip = { .saddr = 0x0100000a, .daddr = 0x0200000a };
	struct tcphdr tcp = { .source = 1, .dest = 2, .seq = htonl(1000), .doff = 5, .syn = 1 };
	u64 cookie = alv_help_tcp_raw_gen_syncookie_ipv4(&run, ARG(&ip), ARG(&tcp), 20, 0, 0);

	assert_int_equal(cookie >> 32, 536);
	tcp.seq = htonl(1001);
	tcp.ack_seq = htonl((u32)cookie + 1);
	assert_int_equal(
		alv_help_tcp_raw_check_syncookie_ipv4(&run, ARG(&ip), ARG(&tcp), 0, 0, 0), 0);
	tcp.source = 3;
	assert_int_equal((s64)alv_help_tcp_raw_check_syncookie_ipv4(&run, ARG(&ip), ARG(&tcp), 0,
								    0, 0),
			 -EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_absent_pages), cmocka_unit_test(test_blocked_pages),
		cmocka_unit_test(test_dynptr),	     cmocka_unit_test(test_no_dynptr),
		cmocka_unit_test(test_cookies),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
