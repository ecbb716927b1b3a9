#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Test runs without end: signals end them with EINTR, death ends them and leaves nothing
that keeps a CPU busy, several go on at once."""
import ctypes
import os
import signal
import struct
import time

from bpf import (EXIT, RAW_TRACEPOINT, SCHED_CLS, SOCKET_FILTER, TEST_RUN, XDP, Failed, address,
                 bpf, insn, load, mov)

FOREVER = 0xffffffff
PACKET = ctypes.create_string_buffer(bytes(64), 64)


def run(fd, repeat, data=True, flags=0, cpu=0):
    attr = struct.pack("<IIIIQQIIIIQQIII", fd, 0, 64 if data else 0, 0,
                       address(PACKET) if data else 0, 0, repeat, 0, 0, 0, 0, 0, flags, cpu, 0)
    try:
        return f"0, retval {struct.unpack_from('<I', bpf(TEST_RUN, attr)[1], 4)[0]}"
    except Failed as reason:
        return str(reason)


def interrupted(name, fd, flags):
    """The handler is called once, and the call says EINTR, whatever SA_RESTART says."""
    calls = []
    signal.signal(signal.SIGALRM, lambda *_: calls.append(1))
    signal.siginterrupt(signal.SIGALRM, flags)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    said = run(fd, FOREVER)
    print(f"{name}, {'interrupting' if flags else 'restarting'}: {said}, {len(calls)} handled")


def blocked(fd):
    """A signal that is blocked ends nothing; the one that is not, does."""
    signal.signal(signal.SIGUSR1, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    started = time.monotonic()
    said = run(fd, FOREVER)
    print(f"blocked: {said}, {'later' if time.monotonic() - started > 0.1 else 'at once'}")
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])


def endless(fd):
    child = os.fork()
    if not child:
        run(fd, FOREVER)
        os._exit(1)
    return child


def killed(fd, on_cpu):
    """More at once than there are CPUs, killed: then each CPU is free."""
    children = [endless(fd) for _ in range(5)]
    time.sleep(0.3)
    print("meanwhile:", run(fd, 3))
    for child in children:
        os.kill(child, signal.SIGKILL)
    print("ends:", *(os.WTERMSIG(os.waitpid(child, 0)[1]) for child in children))
    for cpu in (0, 1):
        print(f"CPU {cpu}:", run(on_cpu, 0, False, 1, cpu))


def main():
    programs = {"socket_filter": load(SOCKET_FILTER, mov(0, 1) + EXIT),
                "sched_cls": load(SCHED_CLS, mov(0, 2) + EXIT),
                "xdp": load(XDP, mov(0, 2) + EXIT)}
    for name, fd in programs.items():
        for flags in (True, False):
            interrupted(name, fd, flags)
    blocked(programs["xdp"])
    killed(programs["xdp"], load(RAW_TRACEPOINT, insn(0x85, imm=8) + EXIT))
    killed(programs["sched_cls"], load(RAW_TRACEPOINT, insn(0x85, imm=8) + EXIT))


main()
