/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syscall(2): bpf(2) and perf_event_open(2) go to alv_shim_call(), all others on to the
 * next library's, by a jump, since some of them return twice or on another stack.
 */
#include <sys/syscall.h>

	.text
	.globl	syscall
	.type	syscall, @function
syscall:
	endbr64
	cmpl	$__NR_bpf, %edi
	je	alv_shim_call
	cmpl	$__NR_perf_event_open, %edi
	je	alv_shim_call
	movq	alv_shim_next_syscall(%rip), %r11
	jmp	*%r11
	.size	syscall, . - syscall

/* What the C library's does, for as long as nobody has found that one. */
	.globl	alv_shim_early_syscall
	.hidden	alv_shim_early_syscall
	.type	alv_shim_early_syscall, @function
alv_shim_early_syscall:
	endbr64
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	movq	%r8, %r10
	movq	%r9, %r8
	movq	8(%rsp), %r9
	syscall
	cmpq	$-4095, %rax
	jae	1f
	ret
1:	movq	%rax, %rdi
	jmp	alv_shim_fail
	.size	alv_shim_early_syscall, . - alv_shim_early_syscall

	.section .note.GNU-stack, "", @progbits
