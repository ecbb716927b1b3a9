#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How programs are rewritten: every field of every context in every size, and each
instruction that becomes others."""
from bpf import (CGROUP_SKB, CGROUP_SOCK, EXIT, KPROBE, PERF_EVENT, RAW_TRACEPOINT, SCHED_ACT,
                 SCHED_CLS, SIZES, SOCK_ADDR, SOCK_OPS, SOCKET_FILTER, TRACEPOINT, XDP, Failed,
                 insn, listing, load, mov, xlated)

CONTEXTS = [
    ("xdp", XDP, 0, 24), ("sched_cls", SCHED_CLS, 0, 192), ("sched_act", SCHED_ACT, 0, 192),
    ("socket_filter", SOCKET_FILTER, 0, 192), ("cgroup_skb", CGROUP_SKB, 0, 192),
    ("sock_create", CGROUP_SOCK, 2, 88), ("post_bind4", CGROUP_SOCK, 12, 88),
    ("post_bind6", CGROUP_SOCK, 13, 88), ("bind4", SOCK_ADDR, 8, 88),
    ("connect6", SOCK_ADDR, 11, 88), ("sendmsg4", SOCK_ADDR, 14, 88),
    ("sendmsg6", SOCK_ADDR, 15, 88), ("perf_event", PERF_EVENT, 0, 216),
    ("sock_ops", SOCK_OPS, 0, 224),
]


def rewritten(prog_type, body, attach_type=0):
    try:
        return listing(xlated(load(prog_type, body, attach_type)))
    except Failed as reason:
        return [str(reason)]


def accesses(size, offset):
    """Names of accesses, and the instruction."""
    for dst in (2, 1):
        yield "load" if dst == 2 else "load over", insn(0x61 | SIZES[size], dst, 1, offset)
    yield "store", insn(0x63 | SIZES[size], 1, 2, offset)
    yield "constant", insn(0x62 | SIZES[size], 1, 0, offset, 5)


def fields(name, prog_type, attach_type, size):
    refused = ["EACCES"]
    for offset in range(size):
        for width in (8, 4, 2, 1):
            for what, access in accesses(width, offset) if offset % width == 0 else ():
                body = mov(2, 0) + access + mov(0, 1) + EXIT
                lines = rewritten(prog_type, body, attach_type)
                if lines != refused:
                    print(f"{name} {offset}/{width} {what}: {'; '.join(lines[1:-2])}")


def socket_fields():
    """Of the socket that a packet belongs to."""
    head = insn(0x79, 2, 1, 168) + insn(0x55, 2, off=2) + mov(0, 0) + EXIT
    for offset in range(0, 80, 2):
        for size in (4, 2):
            if offset % size == 0:
                body = head + insn(0x61 | SIZES[size], 3, 2, offset) + mov(0, 0) + EXIT
                print(f"sock {offset}/{size}: {'; '.join(rewritten(CGROUP_SKB, body)[4:-2])}")


def divisions():
    for wide in (0x07, 0x04):
        for operation in (0x30, 0x90):
            for signed in (0, 1):
                code = operation | wide
                name = f"{code:#x} {'signed' if signed else 'unsigned'}"
                by_reg = mov(2, 5) + mov(3, 3) + insn(code | 8, 2, 3, signed)
                yield f"{name} register", SOCKET_FILTER, by_reg + mov(0, 0) + EXIT
                for constant in (1, -1, 7):
                    yield (f"{name} {constant}", SOCKET_FILTER,
                           mov(2, 5) + insn(code, 2, 0, signed, constant) + mov(0, 0) + EXIT)


def packet_loads():
    for size, code in ((4, 0), (2, 8), (1, 0x10)):
        start = insn(0xbf, 6, 1) + mov(7, 3)
        yield f"ld_abs {size}", SOCKET_FILTER, start + insn(0x20 | code, imm=12) + EXIT
        for distance in (0, 12):
            yield (f"ld_ind {size} {distance}", SOCKET_FILTER,
                   start + insn(0x40 | code, 0, 7, 0, distance) + EXIT)


def may_gotos():
    back = insn(0x05, off=-2)
    turn = insn(0xe5, off=1) + back
    yield "may_goto", SOCKET_FILTER, mov(0, 0) + turn + EXIT
    yield "may_goto first", SOCKET_FILTER, turn + mov(0, 0) + EXIT
    for size, offset in ((4, -4), (1, -13), (8, -16)):
        store = insn(0x62 | SIZES[size], 10, 0, offset, 1)
        yield f"may_goto behind {offset}", SOCKET_FILTER, mov(0, 0) + store + turn + turn + EXIT
    yield "may_goto nowhere", SOCKET_FILTER, mov(0, 0) + insn(0xe5) + insn(0xe5) + EXIT


def dead_code():
    random = insn(0x85, imm=7)
    yield "never", SOCKET_FILTER, mov(0, 0) + insn(0x55, 0, 0, 1) + mov(0, 3) + EXIT
    yield "always", SOCKET_FILTER, mov(0, 0) + insn(0x15, 0, 0, 1) + mov(0, 3) + EXIT
    yield "nops", SOCKET_FILTER, mov(0, 0) + insn(5) + insn(5) + EXIT
    yield "over a nop", SOCKET_FILTER, random + insn(0x55, 0, 0, 1) + insn(5, off=1) + insn(5) + EXIT
    yield "gotol nowhere", SOCKET_FILTER, mov(0, 0) + insn(6) + EXIT
    yield "dead end", SCHED_CLS, (mov(1, 0) + insn(0x55, 1, off=2) + mov(0, 1) + EXIT +
                                  mov(0, 7) + EXIT)


def writes():
    for prog_type, data, end in ((SCHED_CLS, 76, 80), (SCHED_ACT, 76, 80), (XDP, 0, 4)):
        body = (insn(0x61, 2, 1, data) + insn(0x61, 3, 1, end) + insn(0xbf, 4, 2) +
                insn(0x07, 4, imm=14) + insn(0x2d, 4, 3, 1) + insn(0x72, 2, imm=1) +
                mov(0, 0) + EXIT)
        yield f"packet of type {prog_type}", prog_type, body
    for value in (3, -3, 65534, 65535):
        yield (f"queue {value}", SCHED_CLS, insn(0x62, 1, 0, 12, value) + mov(0, 0) + EXIT)


def others():
    for prog_type in (KPROBE, TRACEPOINT, RAW_TRACEPOINT):
        yield f"type {prog_type}", prog_type, insn(0x79, 2, 1, 8) + mov(0, 0) + EXIT
    for code in (0x81, 0x89, 0x91):
        yield f"signed {code:#x}", SOCKET_FILTER, insn(code, 2, 1) + mov(0, 0) + EXIT
    yield "function", SOCKET_FILTER, insn(0x85, 0, 1, 0, 1) + EXIT + mov(0, 1) + EXIT
    yield "dead function", SOCKET_FILTER, (
        mov(1, 1) + insn(0x55, 1, off=1) + insn(0x85, 0, 1, 0, 2) + insn(0x85, 0, 1, 0, 3) +
        EXIT + mov(0, 1) + EXIT + mov(0, 2) + EXIT)
    yield "cpu", KPROBE, insn(0x85, imm=8) + mov(0, 0) + EXIT
    yield "fastcall", SCHED_CLS, (mov(1, 1) + insn(0x7b, 10, 1, -8) + insn(0x85, imm=8) +
                                  insn(0x79, 1, 10, -8) + insn(0x0f, 0, 1) + EXIT)
    yield "no fastcall", SCHED_CLS, (mov(1, 1) + insn(0x7b, 10, 1, -8) + insn(0x85, imm=5) +
                                     insn(0x79, 1, 10, -8) + insn(0x0f, 0, 1) + EXIT)


def main():
    for context in CONTEXTS:
        fields(*context)
    socket_fields()
    for part in (divisions, packet_loads, may_gotos, dead_code, writes, others):
        for name, prog_type, body in part():
            print(f"{name}: {'; '.join(rewritten(prog_type, body))}".replace(
                "r0 = -2085560268", "r0 = 0"))


main()
