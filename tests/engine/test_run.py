#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""BPF_PROG_TEST_RUN: each type on data, contexts, counts and flags of all sorts.

Left out: how long a run took, and live frames (flags 2 of XDP), which need devices: they
are refused as before Linux 5.18.
"""
import ctypes
import errno
import itertools
import struct
import zlib

from bpf import (CGROUP_SKB, CGROUP_SOCK, EXIT, KPROBE, LIBC, NR_BPF, PERF_EVENT, RAW_TRACEPOINT, SCHED_ACT,
                 SCHED_CLS, SLEEPABLE, SOCK_ADDR, SOCK_OPS, SOCKET_FILTER, SYSCALL, TEST_RUN,
                 TRACEPOINT, XDP, Failed, address, insn, load, mov)

IPV4 = bytes.fromhex("0200000000010200000000020800450000200000000040110000"
                     "7f0000017f00000100070007000c0000") + b"data"
IPV6 = bytes.fromhex("33330000000102000000000286dd6000000000083a40") + bytes(32) + bytes(8)
ARP = bytes.fromhex("ffffffffffff0200000000020806") + bytes(28)
FIELDS = ["prog_fd", "retval", "data_size_in", "data_size_out", "data_in", "data_out", "repeat",
          "duration", "ctx_size_in", "ctx_size_out", "ctx_in", "ctx_out", "flags", "cpu",
          "batch_size"]
FORM = "<IIIIQQIIIIQQIII"
OFFSETS = dict(zip(FIELDS, itertools.accumulate(
    [struct.calcsize("<" + form) for form in FORM[1:]], initial=0)))
BAD = 8


def store_cb(size, offset):
    return insn(0x62 | size, 1, 0, offset, 0x01020304)


# r0 = length, context fields changed on the way
SKB = (insn(0x61, 6, 1, 0) + store_cb(0, 48) + store_cb(0, 8) + insn(0x61, 7, 1, 16) +
       insn(0xbf, 0, 6) + insn(0x67, 0, imm=16) + insn(0x4f, 0, 7) + EXIT)
SKB_READER = insn(0x61, 0, 1, 0) + insn(0x61, 2, 1, 40) + insn(0x4f, 0, 2) + EXIT
XDP_SHORTER = (insn(0xbf, 6, 1) + mov(2, -4) + insn(0x85, imm=65) + insn(0x61, 0, 6, 4) +
               insn(0x61, 1, 6, 0) + insn(0x1f, 0, 1) + EXIT)
XDP_READER = (insn(0x61, 2, 1, 0) + insn(0x61, 0, 1, 4) + insn(0x1f, 0, 2) + EXIT)
XDP_META = (insn(0x61, 2, 1, 8) + insn(0x61, 0, 1, 0) + insn(0x1f, 0, 2) + EXIT)
XDP_INDEX = insn(0x61, 2, 1, 12) + insn(0x61, 0, 1, 16) + insn(0x4f, 0, 2) + EXIT
RAW = insn(0x79, 0, 1, 0) + insn(0x79, 2, 1, 16) + insn(0x0f, 0, 2) + EXIT
CPU = insn(0x85, imm=8) + EXIT
SYSTEM = insn(0x61, 0, 1, 0) + insn(0x63, 1, 0, 4) + insn(0x07, 0, imm=1) + EXIT


def programs():
    yield "socket_filter", load(SOCKET_FILTER, SKB_READER)
    yield "sched_cls", load(SCHED_CLS, SKB)
    yield "sched_act", load(SCHED_ACT, SKB)
    yield "cgroup_skb", load(CGROUP_SKB, insn(0x61, 0, 1, 0) + insn(0x57, 0, imm=1) + EXIT)
    yield "xdp", load(XDP, XDP_READER)
    yield "xdp shorter", load(XDP, XDP_SHORTER)
    yield "xdp meta", load(XDP, XDP_META)
    yield "xdp index", load(XDP, XDP_INDEX)
    yield "xdp devmap", load(XDP, mov(0, 2) + EXIT, 35)
    yield "xdp cpumap", load(XDP, mov(0, 2) + EXIT, 39)
    yield "raw_tracepoint", load(RAW_TRACEPOINT, RAW)
    yield "raw_tracepoint cpu", load(RAW_TRACEPOINT, CPU)
    yield "syscall", load(SYSCALL, SYSTEM, flags=SLEEPABLE)
    for name, prog_type, attach in (("kprobe", KPROBE, 0), ("tracepoint", TRACEPOINT, 0),
                                    ("perf_event", PERF_EVENT, 0), ("cgroup_sock", CGROUP_SOCK, 2),
                                    ("sock_addr", SOCK_ADDR, 8), ("sock_ops", SOCK_OPS, 0)):
        yield name, load(prog_type, mov(0, 1) + EXIT, attach)


class Run:
    """A call: bytes for data_in, ctx_in, sizes for data_out and ctx_out, the rest as is."""

    def __init__(self, **given):
        self.values = dict.fromkeys(FIELDS, 0)
        self.out = {}
        for name in ("data_in", "ctx_in"):
            if isinstance(given.get(name), bytes):
                memory = ctypes.create_string_buffer(given[name], max(len(given[name]), 1))
                self.out[name] = memory
                self.values[name.replace("_in", "_size_in")] = len(given[name])
                given[name] = address(memory)
        for name in ("data_out", "ctx_out"):
            if name in given and given[name] != BAD:
                self.out[name] = ctypes.create_string_buffer(b"\xee" * 320, 320)
                self.values[name.replace("_out", "_size_out")] = given[name]
                given[name] = address(self.out[name])
        self.values.update(given)

    def perform(self, fd, name, text, cpu_matters=False):
        self.values["prog_fd"] = fd
        before = bytearray(struct.pack(FORM, *(self.values[field] for field in FIELDS)))
        memory = ctypes.create_string_buffer(bytes(before), 80)
        try:
            bpf_in_place(memory)
            said = "0"
        except Failed as reason:
            said = str(reason)
        after = struct.unpack_from(FORM, memory)
        for field, old, new in zip(FIELDS, struct.unpack_from(FORM, before), after):
            if old != new and field != "duration" and not (cpu_matters and field == "retval"):
                said += f", {field} {new:#x}"
        for field, room in self.out.items():
            kept = room.raw.rstrip(b"\xee") if field.endswith("out") else room.raw
            if field.endswith("out") or self.changed(field, room):
                said += f", {field} {squeezed(kept)}"
        print(f"{name}: {text}: {said}")

    def changed(self, field, room):
        return field == "ctx_in" and any(room.raw)


def squeezed(data):
    """Hexadecimal, runs of zeroes as their length; of the long ones the start and a sum."""
    parts = []
    for zero, run in itertools.groupby(data, lambda byte: byte == 0):
        run = bytes(run)
        parts.append(f"({len(run)})" if zero and len(run) > 4 else run.hex())
    text = "".join(parts)
    return text if len(text) < 100 else f"{text[:60]}... sum {zlib.crc32(data):08x}"


def bpf_in_place(memory):
    if LIBC.syscall(NR_BPF, TEST_RUN, memory, 80) < 0:
        number = ctypes.get_errno()
        raise Failed(errno.errorcode.get(number, str(number)))


def data_sizes(name, fd):
    for size in (0, 1, 13, 14, 15, 20, 33, 34, 60, 3392, 3520, 3521, 3776, 3777, 4096, 5000):
        packet = (IPV4 + bytes(5000))[:size]
        Run(data_in=packet).perform(fd, name, f"data of {size}")
    for what, packet in (("ipv6", IPV6), ("ipv6 cut", IPV6[:40]), ("arp", ARP),
                         ("zeroes", bytes(64))):
        Run(data_in=packet, data_out=200).perform(fd, name, what)
    Run(data_in=BAD, data_size_in=64).perform(fd, name, "data nowhere")
    Run(data_in=0, data_size_in=64).perform(fd, name, "data at 0")
    for size in (0, 1, 14, 41, 42, 43, 46, 200):
        Run(data_in=IPV4, data_out=size).perform(fd, name, f"data_out of {size}")
    Run(data_in=IPV4, data_out=BAD, data_size_out=64).perform(fd, name, "data_out nowhere")
    Run(data_in=IPV4, data_size_out=10).perform(fd, name, "data_size_out alone")


def contexts(name, fd):
    base = bytes(192)
    for size in (0, 1, 4, 8, 16, 20, 24, 25, 32, 88, 96, 97, 104, 184, 192, 193, 4096, 4097):
        Run(data_in=IPV4, ctx_in=bytes(size)).perform(fd, name, f"ctx of {size} zeroes")
    for offset in range(0, 192, 4):
        ctx = base[:offset] + b"\1\0\0\0" + base[offset + 4:]
        Run(data_in=IPV4, ctx_in=ctx, ctx_out=192).perform(fd, name, f"ctx with 1 at {offset}")
    for offset in (0, 4, 8, 20, 192, 200):
        ctx = bytearray(208)
        ctx[offset] = 9
        Run(data_in=IPV4, ctx_in=bytes(ctx)).perform(fd, name, f"208 of ctx, 9 at {offset}")
    for size in (1, 8, 24, 191, 192, 256):
        Run(data_in=IPV4, ctx_in=base, ctx_out=size).perform(fd, name, f"ctx_out of {size}")
        Run(data_in=IPV4, ctx_out=size).perform(fd, name, f"ctx_out of {size} alone")
    Run(data_in=IPV4, ctx_in=BAD, ctx_size_in=192).perform(fd, name, "ctx nowhere")
    Run(data_in=IPV4, ctx_in=base, ctx_out=BAD, ctx_size_out=192).perform(
        fd, name, "ctx_out nowhere")
    Run(data_in=IPV4, ctx_size_in=4).perform(fd, name, "ctx_size_in alone")
    Run(data_in=IPV4, ctx_size_out=4).perform(fd, name, "ctx_size_out alone")
    Run(data_in=IPV4, ctx_in=BAD).perform(fd, name, "ctx_in without a size")


def packet_contexts(name, fd):
    """struct xdp_md: data, data_end, data_meta."""
    size = len(IPV4)
    for meta, start, end in ((0, 0, size), (0, 4, size), (0, 4, size + 4), (0, 8, size),
                             (4, 4, size), (0, 3, size), (0, 32, size), (0, 36, size),
                             (0, 256, size), (0, 0, size - 4), (0, 0, size + 1), (0, 0, 0),
                             (0, 0, 14), (0, 0, 20), (8, 4, size), (0, size, size)):
        ctx = struct.pack("<IIIIII", start, end, meta, 0, 0, 0)
        Run(data_in=IPV4, ctx_in=ctx, ctx_out=24, data_out=200).perform(
            fd, name, f"data {start}, data_end {end}, data_meta {meta}")
    for index, queue, egress in ((1, 0, 0), (1, 1, 0), (0, 1, 0), (99, 0, 0), (0, 0, 1)):
        ctx = struct.pack("<IIIIII", 0, size, 0, index, queue, egress)
        Run(data_in=IPV4, ctx_in=ctx).perform(fd, name, f"devices {index} {queue} {egress}")
    wide = bytes(IPV4 + bytes(6000))
    for length, end in ((4096, 3000), (5000, 3000), (6000, 3520), (6000, 1000), (6000, 6000)):
        ctx = struct.pack("<IIIIII", 0, end, 0, 0, 0, 0)
        Run(data_in=wide[:length], ctx_in=ctx).perform(fd, name, f"{end} of {length} linear")


def raw_contexts(name, fd):
    for size in (0, 4, 8, 16, 23, 24, 32, 88, 96, 97, 104, 4096, 65535, 65536):
        Run(ctx_in=bytes(range(1, 9)) * (size // 8) + bytes(size % 8)).perform(
            fd, name, f"ctx of {size}", "cpu" in name)
    ctx = bytes(range(32))
    for field, value in (("data_in", ctx), ("data_out", 8), ("ctx_out", 8), ("duration", 1),
                         ("repeat", 1), ("batch_size", 1), ("flags", 1), ("flags", 2),
                         ("flags", 4), ("cpu", 1), ("retval", 7), ("data_size_in", 4),
                         ("data_size_out", 4)):
        Run(**{"ctx_in": ctx, field: value}).perform(fd, name, f"{field} {value}", "cpu" in name)
    for cpu in (0, 1, 2, 4096, 0xffffffff):
        Run(ctx_in=ctx, flags=1, cpu=cpu).perform(fd, name, f"on CPU {cpu}")


def counts(name, fd):
    for field, values in (("repeat", (0, 1, 2, 100)), ("flags", (1, 2, 3, 4, 8, 0x80000000)),
                          ("cpu", (1, 5)), ("batch_size", (1, 64, 300)), ("retval", (7,)),
                          ("duration", (7,))):
        for value in values:
            if field == "flags" and value == 2 and name.startswith("xdp"):
                continue
            Run(**{"data_in": IPV4, field: value}).perform(fd, name, f"{field} {value}")


def main():
    for name, fd in programs():
        Run().perform(fd, name, "nothing", "cpu" in name)
        if name.startswith(("raw", "syscall")):
            raw_contexts(name, fd)
            continue
        counts(name, fd)
        data_sizes(name, fd)
        contexts(name, fd)
        if name.startswith("xdp"):
            packet_contexts(name, fd)
    for fd in (-1, 0):
        Run(data_in=IPV4).perform(fd & 0xffffffff, "no program", f"descriptor {fd}")


main()
