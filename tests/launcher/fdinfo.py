# SPDX-License-Identifier: BSD-2-Clause
"""fdinfo of descriptors of BPF objects: a client whose transcript is the kernel's."""
import ctypes
import os
import re
import struct
import subprocess

# type, key, value, entries, flags
MAPS = [(1, 4, 8, 3, 0), (1, 4, 8, 3, 1), (1, 4, 8, 3, 1 << 7), (2, 4, 8, 3, 1 << 10),
        (2, 4, 8, 3, 1 << 3), (2, 4, 8, 3, 1 << 4), (3, 4, 4, 3, 0), (4, 4, 4, 2, 0),
        (5, 4, 8, 3, 0), (6, 4, 8, 3, 0), (9, 4, 8, 3, 0), (9, 4, 8, 3, 2), (10, 4, 8, 3, 0),
        (11, 8, 8, 3, 1), (22, 0, 8, 3, 0), (23, 0, 8, 3, 0), (27, 0, 0, 4096, 0),
        (31, 0, 0, 4096, 0), (30, 0, 8, 100, 0), (7, 4, 8, 4, 0)]
BTF = (struct.pack("=HBBIIIII", 0xeb9f, 1, 0, 24, 0, 16, 16, 5) +
       struct.pack("=IIII", 1, 1 << 24, 4, 32) + b"\0int\0")
libc = ctypes.CDLL(None, use_errno=True)
libc.fopen.restype = ctypes.c_void_p
libc.fgets.restype = ctypes.c_char_p


def bpf(command, attr):
    memory = ctypes.create_string_buffer(attr.ljust(128, b"\0"))
    result = libc.syscall(321, command, memory, 128)
    return result if result >= 0 else -ctypes.get_errno()


def shown(text):
    """Without what differs from run to run: places, ids, and how memory is reckoned."""
    return re.sub(r"(mnt_id|ino|memlock|map_id|btf_id):\t\d+", r"\1", text).splitlines()


def read(path):
    with open(path, encoding="ascii") as file:
        return shown(file.read())


def by_stream(path):
    file = libc.fopen(path.encode(), b"r")
    line = ctypes.create_string_buffer(256)
    text = b""
    while libc.fgets(line, 256, ctypes.c_void_p(file)):
        text += line.value
    libc.fclose(ctypes.c_void_p(file))
    return shown(text.decode())


def by_command(path):
    return shown(subprocess.run(["cat", path], check=False, stdout=subprocess.PIPE,
                                text=True).stdout)


def tell(what, fd):
    print(what, fd if fd < 0 else read(f"/proc/self/fdinfo/{fd}"))


def main():
    for definition in MAPS:
        fd = bpf(0, struct.pack("5I", *definition))
        tell(f"map {definition}", fd)
        if fd >= 0:
            os.close(fd)
    inner = bpf(0, struct.pack("5I", 2, 4, 8, 3, 0))
    for outer in (12, 13):
        tell(f"map {outer}", bpf(0, struct.pack("6I", outer, 4, 4, 2, 0, inner)))
    bpf(22, struct.pack("I", inner))
    tell("frozen", inner)
    memory = ctypes.create_string_buffer(BTF)
    tell("btf", bpf(18, struct.pack("=QQIII", ctypes.addressof(memory), 0, len(BTF), 0, 0)))
    tell("stats", bpf(32, struct.pack("I", 0)))
    tell("a file", os.open("/dev/null", os.O_RDONLY))
    expected = read(f"/proc/self/fdinfo/{inner}")
    paths = [f"/proc/thread-self/fdinfo/{inner}", f"/proc/{os.getpid()}/fdinfo/{inner}",
             f"/proc/self/task/{os.getpid()}/fdinfo/{os.dup(inner)}"]
    for path in paths:
        print(re.sub(r"\d+", "N", path), read(path) == expected)
    print("a stream", by_stream(f"/proc/self/fdinfo/{inner}") == expected)
    print("another process", by_command(f"/proc/{os.getpid()}/fdinfo/{inner}") == expected)
    print("none", os.path.exists("/proc/self/fdinfo/999"))


main()
