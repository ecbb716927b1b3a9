/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of the gate that receives a descriptor, for clients under somebody
 * else's listener: it connects to the address that the tracer left on the stack,
 * shows its cookie, and takes what comes. Ordinary code, so signals may interrupt
 * it anywhere; it begins interrupted calls anew. All registers come back as they
 * were but those that each call clobbers. The parcel (gate.c) is at 8(%rsp).
 */
#define PARCEL       64 /* of bytes above the return address, and as saved below */
#define RED_ZONE     128
#define SAVED        56
#define ADDRESS      (SAVED + 8)
#define COOKIE       (SAVED + 16)
#define FLAGS        (SAVED + 24)
#define ADDRESS_SIZE 8

	.section .rodata
	.globl alv_gate_receive_start
	.globl alv_gate_receive_end
	.globl alv_gate_receive_refused
	.hidden alv_gate_receive_start
	.hidden alv_gate_receive_refused
	.hidden alv_gate_receive_end
	.balign 16
alv_gate_receive_start:
	push %rdi
	push %rsi
	push %rdx
	push %r10
	push %r8
	push %r9
	push %rbx
	mov $1, %edi			/* AF_UNIX */
	mov $0x80005, %esi		/* SOCK_SEQPACKET | SOCK_CLOEXEC */
	xor %edx, %edx
	mov $41, %eax			/* socket */
	syscall
	test %eax, %eax
	js .Lrefused
	mov %eax, %ebx
.Lconnect:
	mov %ebx, %edi
	lea ADDRESS(%rsp), %rsi
	mov $ADDRESS_SIZE, %edx
	mov $42, %eax			/* connect */
	syscall
	cmp $-4, %eax			/* EINTR */
	je .Lconnect
	test %eax, %eax
	js .Lfail
.Lsend:
	mov %ebx, %edi
	lea COOKIE(%rsp), %rsi
	mov $8, %edx
	mov $0x4000, %r10d		/* MSG_NOSIGNAL */
	xor %r8d, %r8d
	xor %r9d, %r9d
	mov $44, %eax			/* sendto */
	syscall
	cmp $-4, %eax
	je .Lsend
	test %eax, %eax
	js .Lfail

	/* struct msghdr at 0, its iovec at 56, control data at 72, data at 104 */
	sub $128, %rsp
	xor %eax, %eax
	mov %rax, 0(%rsp)
	mov %rax, 8(%rsp)
	lea 56(%rsp), %rcx
	mov %rcx, 16(%rsp)
	movq $1, 24(%rsp)
	lea 72(%rsp), %rcx
	mov %rcx, 32(%rsp)
	movq $24, 40(%rsp)
	mov %rax, 48(%rsp)
	lea 104(%rsp), %rcx
	mov %rcx, 56(%rsp)
	movq $8, 64(%rsp)
.Lreceive:
	mov %ebx, %edi
	mov %rsp, %rsi
	mov $0x40000000, %edx		/* MSG_CMSG_CLOEXEC */
	mov $47, %eax			/* recvmsg */
	syscall
	cmp $-4, %eax
	je .Lreceive
	mov 40(%rsp), %rcx		/* no control data: it did not fit */
	mov 88(%rsp), %edi		/* the descriptor */
	add $128, %rsp
	test %eax, %eax
	js .Lfail
	jz .Lgone
	test %rcx, %rcx
	jz .Lfull
	/* The client expects the lowest free number, which the socket has. */
	mov %ebx, %esi
	mov FLAGS(%rsp), %edx
	mov $292, %eax			/* dup3 */
	syscall
	push %rax
	mov $3, %eax			/* close */
	syscall
	pop %rax
	jmp .Lout
.Lrefused:
	/* bpf(2) is trapped, and from here it means that the result is in %rdi. */
	movslq %eax, %rdi
	mov $321, %eax
	syscall
alv_gate_receive_refused:
	jmp .Lout
.Lgone:
	mov $-5, %rax			/* EIO */
	jmp .Lfail
.Lfull:
	mov $-24, %rax			/* EMFILE */
.Lfail:
	push %rax
	mov %ebx, %edi
	mov $3, %eax
	syscall
	pop %rax
.Lout:
	pop %rbx
	pop %r9
	pop %r8
	pop %r10
	pop %rdx
	pop %rsi
	pop %rdi
	ret $(RED_ZONE + PARCEL)
	.balign 8, 0xcc
alv_gate_receive_end:
	.section .note.GNU-stack, "", @progbits
