/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of the kernel's functions, with a kernel that has few types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../btf/builder.h"
#include "verify.h"

#define CALL_KERNEL(ID) INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, (s32)(ID))
#define END             MOV(BPF_REG_0, 0), EXIT()
#define JUMP_IF_NULL(N) INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, N, 0)

/* Ids of the kernel's types. */
static struct {
	u32 task;
	u32 iter_new;
	u32 iter_next;
	u32 iter_destroy;
	u32 rcu_lock;
	u32 rcu_unlock;
	u32 cast;
	u32 from_pid;
	u32 release;
	u32 unknown;
} ids;

static struct alv_btf *vmlinux;

struct param {
	const char *name;
	u32 type;
};

static u32 add_function(struct builder *b, const char *name, u32 ret, const struct param *params,
			u32 n)
{
	u32 proto = builder_type(b, BTF_KIND_FUNC_PROTO, NULL, n, ret);

	for (u32 i = 0; i < n; i++) {
		builder_word(b, builder_name(b, params[i].name));
		builder_word(b, params[i].type);
	}
	return builder_type(b, BTF_KIND_FUNC, name, 0, proto);
}

static int build_kernel(void **state)
{
	struct alv_btf_rules rules = { .version = V6_18, .kernel = true };
	static struct builder b;
	struct alv_buf raw;
	u32 number, wide, iter, iter_ptr, number_ptr, task_ptr, void_ptr;

	builder_init(&b);
	number = builder_int(&b, "int", 32);
	wide = builder_int(&b, "u64", 64);
	iter = builder_type(&b, BTF_KIND_STRUCT, "bpf_iter_num", 1, 8);
	builder_member(&b, "opaque", wide, 0);
	ids.task = builder_type(&b, BTF_KIND_STRUCT, "task_struct", 2, 16);
	builder_member(&b, "pid", number, 0);
	builder_member(&b, "parent", ids.task + 1, 8);
	task_ptr = builder_type(&b, BTF_KIND_PTR, NULL, 0, ids.task);
	iter_ptr = builder_type(&b, BTF_KIND_PTR, NULL, 0, iter);
	number_ptr = builder_type(&b, BTF_KIND_PTR, NULL, 0, number);
	void_ptr = builder_type(&b, BTF_KIND_PTR, NULL, 0, 0);
	ids.iter_new = add_function(&b, "bpf_iter_num_new", number,
				    (struct param[]){ { "it", iter_ptr },
						      { "start", number },
						      { "end", number } }, 3);
	ids.iter_next = add_function(&b, "bpf_iter_num_next", number_ptr,
				     (struct param[]){ { "it", iter_ptr } }, 1);
	ids.iter_destroy = add_function(&b, "bpf_iter_num_destroy", 0,
					(struct param[]){ { "it", iter_ptr } }, 1);
	ids.rcu_lock = add_function(&b, "bpf_rcu_read_lock", 0, NULL, 0);
	ids.rcu_unlock = add_function(&b, "bpf_rcu_read_unlock", 0, NULL, 0);
	ids.cast = add_function(&b, "bpf_rdonly_cast", void_ptr,
				(struct param[]){ { "obj__ign", void_ptr },
						  { "btf_id__k", number } }, 2);
	ids.from_pid = add_function(&b, "bpf_task_from_pid", task_ptr,
				    (struct param[]){ { "pid", number } }, 1);
	ids.release = add_function(&b, "bpf_task_release", 0,
				   (struct param[]){ { "p", task_ptr } }, 1);
	ids.unknown = add_function(&b, "schedule", 0, NULL, 0);
	builder_finish(&b, &raw);
	assert_int_equal(alv_btf_parse(&raw, &rules, NULL, &vmlinux), 0);
	kernel_types = vmlinux;
	return 0;
}

static int free_kernel(void **state)
{
	alv_btf_free(vmlinux);
	return 0;
}

static int verify_all(const struct bpf_insn *insns, u32 n)
{
	struct alv_verdict verdict;

	return verify(insns, n, ALV_REPORT_LEVEL2, &verdict);
}

#define VERIFY(INSNS) verify_all(INSNS, sizeof(INSNS) / sizeof((INSNS)[0]))
#define assert_said(TEXT) assert_non_null(strstr(report_text, TEXT))

#define AT_FP8 COPY(BPF_REG_1, BPF_REG_10), ADD(BPF_REG_1, -8)
#define ITER_NEW                                                                                   \
	AT_FP8, MOV(BPF_REG_2, 0), MOV(BPF_REG_3, 10), CALL_KERNEL(ids.iter_new)
#define ITER_NEXT    AT_FP8, CALL_KERNEL(ids.iter_next)
#define ITER_DESTROY AT_FP8, CALL_KERNEL(ids.iter_destroy)

/* The loop is followed until its state comes back, not ten times. */
static void test_iterator_loop_converges(void **state)
{
	const struct bpf_insn insns[] = {
		MOV(BPF_REG_6, 0),
		ITER_NEW,
		ITER_NEXT,
		JUMP_IF_NULL(3),
		INSN(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_1, BPF_REG_0, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0),
		INSN(BPF_JMP | BPF_JA, 0, 0, -7, 0),
		ITER_DESTROY,
		END,
	};
	struct alv_verdict verdict;

	assert_int_equal(verify(insns, sizeof(insns) / sizeof(insns[0]), ALV_REPORT_LEVEL2,
				&verdict), 0);
	assert_in_range(verdict.processed, 1, 60);
	assert_said("fp-8=iter_num(ref_id=1,state=active,depth=0) refs=1\n");
}

static void test_iterator_must_end(void **state)
{
	const struct bpf_insn insns[] = { ITER_NEW, END };

	assert_int_equal(VERIFY(insns), -EINVAL);
	assert_said("Unreleased reference id=1 alloc_insn=4\n");
}

static void test_iterator_must_begin(void **state)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0),
		ITER_NEXT,
		END,
	};

	assert_int_equal(VERIFY(insns), -EINVAL);
	assert_said("expected an initialized iter_num as arg #0\n");
}

static void test_iterator_is_not_looked_into(void **state)
{
	const struct bpf_insn insns[] = {
		ITER_NEW,
		INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_0, BPF_REG_10, -8, 0),
		ITER_DESTROY,
		END,
	};

	assert_int_equal(VERIFY(insns), -EACCES);
	assert_said("invalid read from stack off -8+0 size 8\n");
}

static void test_rcu_section_must_end(void **state)
{
	const struct bpf_insn insns[] = { CALL_KERNEL(ids.rcu_lock), END };

	assert_int_equal(VERIFY(insns), -EINVAL);
	assert_said("cannot be used inside bpf_rcu_read_lock-ed region\n");
}

static void test_rcu_section_must_begin(void **state)
{
	const struct bpf_insn insns[] = { CALL_KERNEL(ids.rcu_unlock), END };

	assert_int_equal(VERIFY(insns), -EINVAL);
	assert_said("unmatched rcu read unlock (kernel function bpf_rcu_read_unlock)\n");
}

/* Loads through a cast are probes, and what they give is no better. */
static void test_cast_is_walked(void **state)
{
	const struct bpf_insn insns[] = {
		MOV(BPF_REG_1, 4096),
		MOV(BPF_REG_2, (s32)ids.task),
		CALL_KERNEL(ids.cast),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_0, 8, 0),
		INSN(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_1, 0, 0),
		END,
	};

	assert_int_equal(VERIFY(insns), 0);
	assert_said("R1=untrusted_ptr_task_struct()");
}

static void test_cast_is_not_written(void **state)
{
	const struct bpf_insn insns[] = {
		MOV(BPF_REG_1, 4096),
		MOV(BPF_REG_2, (s32)ids.task),
		CALL_KERNEL(ids.cast),
		INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_0, 0, 0, 1),
		END,
	};

	assert_int_equal(VERIFY(insns), -EACCES);
	assert_said("only read is supported\n");
}

static void test_cast_ends_with_its_struct(void **state)
{
	const struct bpf_insn insns[] = {
		MOV(BPF_REG_1, 4096),
		MOV(BPF_REG_2, (s32)ids.task),
		CALL_KERNEL(ids.cast),
		INSN(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_0, 16, 0),
		END,
	};

	assert_int_equal(VERIFY(insns), -EACCES);
	assert_said("access beyond struct task_struct at off 16 size 8\n");
}

static void test_unknown_function(void **state)
{
	const struct bpf_insn insns[] = { CALL_KERNEL(ids.unknown), END };

	assert_int_equal(VERIFY(insns), -EACCES);
	assert_said("calling kernel function schedule is not allowed\n");
}

/* What nothing implements can't be called, whoever asks. */
static void test_unserved_function(void **state)
{
	const struct bpf_insn insns[] = { MOV(BPF_REG_1, 1), CALL_KERNEL(ids.from_pid), END };

	assert_int_equal(VERIFY(insns), -EACCES);
	all_kfuncs = true;
	assert_int_equal(VERIFY(insns), -EACCES);
	all_kfuncs = false;
	assert_said("calling kernel function bpf_task_from_pid is not allowed\n");
}

static void test_no_type(void **state)
{
	const struct bpf_insn insns[] = { CALL_KERNEL(9999), END };

	assert_int_equal(VERIFY(insns), -EINVAL);
	assert_said("kernel btf_id 9999 is not a function\n");
}

static void test_kernel_without_types(void **state)
{
	const struct bpf_insn insns[] = { CALL_KERNEL(ids.rcu_lock), END };

	kernel_types = NULL;
	assert_int_equal(VERIFY(insns), -524);
	kernel_types = vmlinux;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iterator_loop_converges),
		cmocka_unit_test(test_iterator_must_end),
		cmocka_unit_test(test_iterator_must_begin),
		cmocka_unit_test(test_iterator_is_not_looked_into),
		cmocka_unit_test(test_rcu_section_must_end),
		cmocka_unit_test(test_rcu_section_must_begin),
		cmocka_unit_test(test_cast_is_walked),
		cmocka_unit_test(test_cast_is_not_written),
		cmocka_unit_test(test_cast_ends_with_its_struct),
		cmocka_unit_test(test_unknown_function),
		cmocka_unit_test(test_unserved_function),
		cmocka_unit_test(test_no_type),
		cmocka_unit_test(test_kernel_without_types),
	};

	return cmocka_run_group_tests(tests, build_kernel, free_kernel);
}
