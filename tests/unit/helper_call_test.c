/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers as programs call them, on a host's maps. */
#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/rcu.h"
#include "engine/interpreter.h"
#include "engine/rewrite.h"
#include "helper/call.h"
#include "functions.h"
#include "insns.h"
#include "isa/insn.h"
#include "map_calls.h"
#include "object/trace.h"
#include "program/program.h"

#define CALL(id) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##id)
#define ADD(reg, value) INSN(BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0, value)
#define LOAD(size, dst, src, off) INSN(BPF_LDX | BPF_MEM | BPF_##size, dst, src, off, 0)
#define STORE(size, dst, src, off) INSN(BPF_STX | BPF_MEM | BPF_##size, dst, src, off, 0)
#define SET(size, dst, off, value) INSN(BPF_ST | BPF_MEM | BPF_##size, dst, 0, off, value)
/* The map that a test names comes behind this; see rewrite(). */
#define LD_MAP(dst)         LD_IMM64_SRC(dst, BPF_PSEUDO_MAP_FD, 0)
#define LD_VALUE(dst, off)                                                                         \
	INSN(BPF_LD | BPF_IMM | BPF_DW, dst, BPF_PSEUDO_MAP_VALUE, 0, 0), INSN(0, 0, 0, 0, off)
#define LD_FUNC(dst, distance)                                                                     \
	INSN(BPF_LD | BPF_IMM | BPF_DW, dst, BPF_PSEUDO_FUNC, 0, distance), INSN(0, 0, 0, 0, 0)

static struct alv_host *host;

/* Rewrite with everything reachable, all constants of the one map. */
static struct alv_program *load(const struct bpf_insn *insns, u32 n, struct alv_map *map)
{
	struct alv_checked_map checked = { .owner = map };
	struct alv_insn_verdict *facts = calloc(n, sizeof(*facts));
	struct alv_checked_function functions[ALV_MAX_SUBPROGS];
	struct alv_rewrite_request request = {
		.insns = insns, .n_insns = n, .facts = facts, .prog_type = BPF_PROG_TYPE_SYSCALL,
		.functions = functions, .n_functions = functions_of(insns, n, functions),
	};
	struct alv_rewritten rewritten;
	struct alv_program *prog;

	for (u32 i = 0; i < n; i++) {
		facts[i].seen = true;
		facts[i].pointer.base = ALV_REG_STACK;
		facts[i].map = map ? &checked : NULL;
		facts[i].map_offset = i + 1 < n ? (u32)insns[i + 1].imm : 0;
	}
	assert_int_equal(alv_rewrite(&request, &rewritten), 0);
	free(rewritten.index);
	free(facts);
	assert_int_equal(alv_program_new(host, &prog), 0);
	prog->type = BPF_PROG_TYPE_SYSCALL;
	prog->code = rewritten.code;
	prog->shown = rewritten.shown;
	prog->n_code = rewritten.n_code;
	prog->engine = alv_interpret;
	return prog;
}

static u64 run_on(const struct bpf_insn *insns, u32 n, struct alv_map *map, struct alv_run *run)
{
	ALV_AUTO(program) struct alv_program *prog = load(insns, n, map);
	struct alv_task task;
	u64 result;

	alv_task_init_self(&task, host);
	run->host = host;
	run->task = &task;
	alv_rcu_read_lock();
	result = alv_program_run(prog, run, NULL);
	alv_rcu_read_unlock();
	return result;
}

#define RUN(insns, map) run_on(insns, ALV_COUNT(insns), map, &(struct alv_run){ 0 })

static struct alv_map *make_map(struct test_map *map, u32 type, u32 key, u32 value, u32 entries)
{
	map->host = host;
	map->fd = test_create(host, type, key, value, entries, 0);
	assert_true(map->fd >= 0);
	return test_map_of(map);
}

static void drop_map(struct test_map *map, struct alv_map *object)
{
	alv_map_put(object);
	close(map->fd);
}

static void test_map_elements(void **state)
{
	/* key 3 = 7; r0 = *lookup(3); delete(3) added to it; a lookup must fail */
	static const struct bpf_insn insns[] = {
		SET(DW, 10, -8, 3), SET(DW, 10, -16, 7),
		LD_MAP(1), MOV(2, 10), ADD(2, -8), MOV(3, 10), ADD(3, -16), MOV_IMM(4, 0),
		CALL(map_update_elem),
		LD_MAP(1), MOV(2, 10), ADD(2, -8), CALL(map_lookup_elem), LOAD(DW, 6, 0, 0),
		LD_MAP(1), MOV(2, 10), ADD(2, -8), CALL(map_delete_elem),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 6, 0, 0, 0),
		LD_MAP(1), MOV(2, 10), ADD(2, -8), CALL(map_lookup_elem),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 0, 6, 0, 0), EXIT(),
	};
	struct test_map map;
	struct alv_map *object = make_map(&map, BPF_MAP_TYPE_HASH, 8, 8, 10);

	assert_int_equal(RUN(insns, object), 7);
	drop_map(&map, object);
}

static void test_map_value_address(void **state)
{
	static const struct bpf_insn insns[] = {
		LD_VALUE(1, 4), MOV_IMM(2, 5),
		INSN(BPF_STX | BPF_ATOMIC | BPF_W, 1, 2, 0, BPF_ADD), LOAD(W, 0, 1, 0), EXIT(),
	};
	struct test_map map;
	struct alv_map *object = make_map(&map, BPF_MAP_TYPE_ARRAY, 4, 8, 1);
	u64 value;

	assert_int_equal(RUN(insns, object), 5);
	assert_int_equal(RUN(insns, object), 10);
	assert_int_equal(test_lookup(&map, 0, &value), 0);
	assert_int_equal(value, 10ull << 32);
	drop_map(&map, object);
}

static void test_for_each_element(void **state)
{
	static const struct bpf_insn insns[] = {
		SET(DW, 10, -8, 0), LD_MAP(1), LD_FUNC(2, 8), MOV(3, 10), ADD(3, -8),
		MOV_IMM(4, 0), CALL(for_each_map_elem), LOAD(DW, 1, 10, -8),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 0, 1, 0, 0), EXIT(),
		/* the callback: *data += *value */
		LOAD(DW, 3, 3, 0), LOAD(DW, 1, 4, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 1, 3, 0, 0), STORE(DW, 4, 1, 0), MOV_IMM(0, 0),
		EXIT(),
	};
	struct test_map map;
	struct alv_map *object = make_map(&map, BPF_MAP_TYPE_HASH, 8, 8, 10);

	for (u64 i = 1; i <= 4; i++)
		assert_int_equal(test_update(&map, i, 100 * i, 0), 0);
	assert_int_equal(RUN(insns, object), 4 + 1000);
	drop_map(&map, object);
}

static void test_loop(void **state)
{
	static const struct bpf_insn insns[] = {
		SET(DW, 10, -8, 0), MOV_IMM(1, 1000), LD_FUNC(2, 9), MOV(3, 10), ADD(3, -8),
		MOV_IMM(4, 0), CALL(loop), LOAD(DW, 1, 10, -8),
		INSN(BPF_ALU64 | BPF_MUL | BPF_K, 0, 0, 0, 1000),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 0, 1, 0, 0), EXIT(),
		/* the callback: *data += i; stop at 10 */
		LOAD(DW, 3, 2, 0), INSN(BPF_ALU64 | BPF_ADD | BPF_X, 3, 1, 0, 0),
		STORE(DW, 2, 3, 0), MOV_IMM(0, 0), INSN(BPF_JMP | BPF_JNE | BPF_K, 1, 0, 1, 10),
		MOV_IMM(0, 1), EXIT(),
	};

	assert_int_equal(RUN(insns, NULL), 11 * 1000 + 55);
}

/* A program that counts and calls itself by a tail call. */
static void test_tail_calls_end(void **state)
{
	static const struct bpf_insn insns[] = {
		LD_MAP(2), MOV_IMM(3, 0), CALL(tail_call), MOV_IMM(0, 1), EXIT(),
	};
	struct test_map map;
	struct alv_map *object = make_map(&map, BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 1);
	struct alv_run run = { .host = host };
	struct alv_program *prog = load(insns, ALV_COUNT(insns), object);
	struct alv_task task;
	union bpf_attr attr;
	u32 key = 0;
	int fd;

	assert_int_equal(alv_object_publish(&prog->obj), 0);
	alv_task_init_self(&task, host);
	fd = alv_task_install(&task, &prog->obj, ALV_MAY_BOTH);
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (u32)map.fd;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)&fd;
	alv_rcu_read_lock();
	assert_int_equal(alv_program_run(prog, &run, NULL), 1);
	assert_int_equal(run.tail_calls, 0);
	alv_rcu_read_unlock();
	assert_int_equal(alv_bpf(host, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)), 0);
	alv_rcu_read_lock();
	assert_int_equal(alv_program_run(prog, &run, NULL), 1);
	assert_int_equal(run.tail_calls, ALV_TAIL_CALLS_MAX);
	alv_rcu_read_unlock();
	alv_program_put(prog);
	close(fd);
	drop_map(&map, object);
}

static void test_current_task(void **state)
{
	static const struct bpf_insn pid[] = { CALL(get_current_pid_tgid), EXIT() };
	static const struct bpf_insn uid[] = { CALL(get_current_uid_gid), EXIT() };
	static const struct bpf_insn comm[] = {
		MOV(1, 10), ADD(1, -16), MOV_IMM(2, 5), CALL(get_current_comm),
		LOAD(DW, 0, 10, -16), EXIT(),
	};
	char name[16] = { 0 };
	u64 value;

	assert_int_equal(RUN(pid, NULL), (u64)getpid() << 32 | (u32)gettid());
	assert_int_equal(RUN(uid, NULL), (u64)getgid() << 32 | getuid());
	value = RUN(comm, NULL);
	memcpy(name, &value, sizeof(value));
	assert_string_equal(name, "help");
}

static void test_ring_buffer(void **state)
{
	static const struct bpf_insn reserve[] = {
		LD_MAP(1), MOV_IMM(2, 8), MOV_IMM(3, 0), CALL(ringbuf_reserve), MOV(1, 0),
		SET(DW, 1, 0, 77), MOV_IMM(2, 0), CALL(ringbuf_submit),
		LD_MAP(1), MOV_IMM(2, 0), CALL(ringbuf_query), EXIT(),
	};
	static const struct bpf_insn output[] = {
		SET(DW, 10, -8, 5), LD_MAP(1), MOV(2, 10), ADD(2, -8), MOV_IMM(3, 8),
		MOV_IMM(4, 0), CALL(ringbuf_output), EXIT(),
	};
	struct test_map map;
	struct alv_map *object = make_map(&map, BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);

	assert_int_equal(RUN(reserve, object), 16);
	assert_int_equal(RUN(output, object), 0);
	assert_int_equal(RUN(reserve, object), 48);
	drop_map(&map, object);
}

static void test_probe_reads(void **state)
{
	static const struct bpf_insn user[] = {
		SET(DW, 10, -8, -1), MOV(1, 10), ADD(1, -8), MOV_IMM(2, 8), MOV_IMM(3, 8),
		CALL(probe_read_user), LOAD(DW, 1, 10, -8),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 0, 1, 0, 0), EXIT(),
	};
	/* Behind the string there is nothing that may be read. */
	static const char text[] = "a string";
	const struct bpf_insn string[] = {
		MOV(1, 10), ADD(1, -8), MOV_IMM(2, 8), LD_IMM64(3, (uintptr_t)text + 2),
		CALL(probe_read_user_str), EXIT(),
	};
	const struct bpf_insn kernel[] = {
		MOV(1, 10), ADD(1, -8), MOV_IMM(2, 2), LD_IMM64(3, (uintptr_t)text),
		CALL(probe_read_kernel), EXIT(),
	};
	struct alv_run run = { 0 };

	assert_int_equal(RUN(user, NULL), (u64)-EFAULT);
	assert_int_equal(RUN(string, NULL), 7);
	/* The host's own memory is none of the kernel's, unless it is shown. */
	assert_int_equal(RUN(kernel, NULL), (u64)-ERANGE);
	assert_true(alv_run_expose(&run, text, 2));
	assert_int_equal(run_on(kernel, ALV_COUNT(kernel), NULL, &run), 0);
}

static void test_trace(void **state)
{
	static const char format[] = "n %d of %llx\n";
	const struct bpf_insn insns[] = {
		LD_IMM64(1, (uintptr_t)format), MOV_IMM(2, sizeof(format)), MOV_IMM(3, -3),
		LD_IMM64(4, 0x123456789a), MOV_IMM(5, 0), CALL(trace_printk), EXIT(),
	};
	struct alv_run run = { .trace_context = "b..11" };
	ALV_AUTO(fd) int fd = -1;
	char line[200];
	ssize_t n;

	assert_int_equal(run_on(insns, ALV_COUNT(insns), NULL, &run),
			 strlen("n -3 of 123456789a\n"));
	fd = alv_host_trace(host);
	assert_true(fd >= 0);
	n = read(fd, line, sizeof(line) - 1);
	assert_true(n > 0);
	line[n] = 0;
	assert_non_null(strstr(line, " b..11 "));
	/* Lines that end themselves end twice, as the kernel's. */
	assert_non_null(strstr(line, "bpf_trace_printk: n -3 of 123456789a\n\n"));
}

static void test_snprintf(void **state)
{
	static const struct {
		const char *format;
		u64 args[3];
		u32 bytes;
		s64 result;
		const char *text;
	} prints[] = {
		{ "%d%%", { 5 }, 8, 3, "5%" },
		{ "%05u|%-4x|", { 42, 0xab }, 16, 12, "00042|ab  |" },
		{ "%llu", { ~0ull }, 8, 21, "18446744073709551615" },
		{ "%c", { 'x' }, 8, 2, "x" },
		{ "%u", { 1 }, 0, -EINVAL, "" },
		{ "%f", { 1 }, 8, -EINVAL, "" },
		{ "%", { 1 }, 8, -EINVAL, "" },
		{ "plain", { 0 }, 0, 6, "plain" },
	};

	for (size_t i = 0; i < ALV_COUNT(prints); i++) {
		struct alv_run run = { .host = host };
		char text[64] = "";
		s64 result = (s64)alv_help_snprintf(&run, (uintptr_t)text, sizeof(text),
						    (uintptr_t)prints[i].format,
						    (uintptr_t)prints[i].args, prints[i].bytes);

		assert_int_equal(result, prints[i].result);
		if (result >= 0)
			assert_string_equal(text, prints[i].text);
	}
}

static void test_division_is_rewritten(void **state)
{
	static const struct bpf_insn insns[] = {
		MOV_IMM(0, 9), MOV_IMM(1, 0), INSN(BPF_ALU64 | BPF_MOD | BPF_X, 0, 1, 0, 0),
		MOV_IMM(2, 5), INSN(BPF_ALU64 | BPF_DIV | BPF_X, 2, 1, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, 0, 2, 0, 0), EXIT(),
	};
	ALV_AUTO(program) struct alv_program *prog = load(insns, ALV_COUNT(insns), NULL);

	assert_int_equal(prog->n_code, ALV_COUNT(insns) + 1 + 3);
	assert_int_equal(RUN(insns, NULL), 9);
}

static void test_dead_code_goes(void **state)
{
	static const struct bpf_insn insns[] = {
		MOV_IMM(0, 1), INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, 1), MOV_IMM(0, 2),
		MOV_IMM(0, 3), EXIT(),
	};
	struct alv_insn_verdict facts[5] = { { .seen = true }, { .seen = true }, { 0 }, { 0 },
					     { .seen = true } };
	const struct alv_checked_function function = { 0 };
	struct alv_rewrite_request request = { .insns = insns, .n_insns = 5, .facts = facts,
					       .functions = &function, .n_functions = 1 };
	struct alv_rewritten rewritten;

	assert_int_equal(alv_rewrite(&request, &rewritten), 0);
	assert_int_equal(rewritten.n_code, 2);
	assert_int_equal(rewritten.code[1].code, BPF_JMP | BPF_EXIT);
	free(rewritten.code);
	free(rewritten.shown);
	free(rewritten.index);
}

static void test_tags(void **state)
{
	static const struct bpf_insn plain[] = { MOV_IMM(0, 0), EXIT() };
	const struct bpf_insn named[] = {
		LD_IMM64_SRC(1, BPF_PSEUDO_MAP_FD, 3), MOV_IMM(0, 0), EXIT()
	};
	static const u8 sha256[] = { 0x59, 0xf4, 0xa9, 0x31, 0x74, 0x4d, 0xcd, 0xc6 };
	static const u8 sha1[] = { 0xa0, 0x4f, 0x5e, 0xef, 0x06, 0xa7, 0xf5, 0x55 };
	static const u8 of_named[] = { 0x0b, 0xd0, 0x16, 0x86, 0x76, 0xc7, 0xc7, 0x79 };
	u8 digest[ALV_DIGEST_SIZE];

	assert_int_equal(alv_program_digest(V6_18, plain, 2, digest), 0);
	assert_memory_equal(digest, sha256, ALV_TAG_SIZE);
	assert_int_equal(alv_program_digest(V6_1, plain, 2, digest), 0);
	assert_memory_equal(digest, sha1, ALV_TAG_SIZE);
	assert_int_equal(alv_program_digest(V6_18, named, 4, digest), 0);
	assert_memory_equal(digest, of_named, ALV_TAG_SIZE);
}

static int make_host(void **state)
{
	host = test_host(2);
	return 0;
}

static int free_host(void **state)
{
	alv_host_free(host);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_elements),
		cmocka_unit_test(test_map_value_address),
		cmocka_unit_test(test_for_each_element),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_tail_calls_end),
		cmocka_unit_test(test_current_task),
		cmocka_unit_test(test_ring_buffer),
		cmocka_unit_test(test_probe_reads),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_snprintf),
		cmocka_unit_test(test_division_is_rewritten),
		cmocka_unit_test(test_dead_code_goes),
		cmocka_unit_test(test_tags),
	};

	return cmocka_run_group_tests(tests, make_host, free_host);
}
