#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""BPF_OBJ_GET_INFO_BY_FD of programs: each field, sizes of the struct and of its arrays.

Left out, as a kernel with native code answers them otherwise: jited_prog_len,
nr_jited_ksyms, nr_jited_func_lens, nr_jited_line_info and what goes with them,
nr_prog_tags of a program with functions. Left out, as they differ: ids, times, the uid.
"""
import ctypes
import struct

from bpf import (BTF_LOAD, EXIT, MAP_CREATE, OBJ_INFO, SOCKET_FILTER, XDP, Failed, address, bpf,
                 insn, load, mov)

SIZE = 232
FIELDS = {"type": (0, "I"), "xlated_prog_len": (20, "I"), "xlated_prog_insns": (32, "Q"),
          "nr_map_ids": (52, "I"), "map_ids": (56, "Q"), "name": (64, "16s"),
          "ifindex": (80, "I"), "gpl": (84, "I"), "netns_dev": (88, "Q"), "netns_ino": (96, "Q"),
          "func_info_rec_size": (132, "I"), "func_info": (136, "Q"),
          "nr_func_info": (144, "I"), "nr_line_info": (148, "I"), "line_info": (152, "Q"),
          "line_info_rec_size": (172, "I"), "jited_line_info_rec_size": (176, "I"),
          "nr_prog_tags": (180, "I"), "prog_tags": (184, "Q"), "run_time_ns": (192, "Q"),
          "run_cnt": (200, "Q"), "recursion_misses": (208, "Q"), "verified_insns": (216, "I"),
          "attach_btf_obj_id": (220, "I"), "attach_btf_id": (224, "I")}
BTF_ID = (128, "I")
POINTERS = {"xlated_prog_insns", "map_ids", "func_info", "line_info", "prog_tags"}
BAD = 8


def btf(strings, types):
    body = b"".join(types)
    header = struct.pack("<HBBIIIII", 0xeb9f, 1, 0, 24, 0, len(body), len(body), len(strings))
    data = header + body + strings
    memory = ctypes.create_string_buffer(data, len(data))
    return bpf(BTF_LOAD, struct.pack("<QQIII", address(memory), 0, len(data), 0, 0))[0]


def function_btf():
    """int main(void *), int part(int)"""
    strings = b"\0int\0ctx\0main\0part\0line\0file\0"
    kind = {"int": 1 << 24, "ptr": 2 << 24, "func": 12 << 24, "proto": 13 << 24}
    return btf(strings, [
        struct.pack("<IIII", 1, kind["int"], 4, 0x01000020),
        struct.pack("<III", 0, kind["ptr"], 0),
        struct.pack("<IIIII", 0, kind["proto"] | 1, 1, 5, 2),
        struct.pack("<IIIII", 0, kind["proto"] | 1, 1, 5, 1),
        struct.pack("<III", 9, kind["func"], 3),
        struct.pack("<III", 14, kind["func"], 4)])


def array():
    return bpf(MAP_CREATE, struct.pack("<IIIIIII16s", 2, 4, 8, 1, 0, 0, 0, b"info"))[0]


def typed_program():
    """Dead code in the middle, a function, lines for nearly each instruction."""
    code = (mov(6, 0) + insn(0x55, 6, off=2) + mov(1, 3) + insn(0x05, off=2) + mov(1, 4) +
            mov(1, 5) + insn(0x85, 0, 1, 0, 2) + mov(0, 0) + EXIT + insn(0xbf, 0, 1) + EXIT)
    functions = struct.pack("<IIII", 0, 5, 9, 6)
    lines = b"".join(struct.pack("<IIII", at, 24, 19, (at + 1) << 10 | 1)
                     for at in (0, 1, 2, 4, 5, 6, 8, 9, 10))
    held = [ctypes.create_string_buffer(part, len(part)) for part in (functions, lines)]
    more = struct.pack("<IIQIIQI", function_btf(), 8, address(held[0]), 2, 16, address(held[1]), 9)
    return load(XDP, code, more=more)


def programs():
    first, second = array(), array()
    yield "plain", load(SOCKET_FILTER, mov(0, 0) + EXIT)
    yield "maps", load(SOCKET_FILTER, insn(0x18, 1, 1, 0, first) + insn(0) +
                       insn(0x18, 1, 1, 0, second) + insn(0) + insn(0x18, 1, 1, 0, first) +
                       insn(0) + mov(0, 0) + EXIT)
    yield "typed", typed_program()
    yield "functions", load(XDP, insn(0x85, 0, 1, 0, 1) + EXIT + mov(0, 1) + EXIT)


class Info:
    def __init__(self, size=SIZE, fill=0):
        self.memory = ctypes.create_string_buffer(bytes([fill]) * max(size, 4200), max(size, 4200))
        self.size = size
        self.rooms = {}

    def set(self, name, value):
        at, form = FIELDS[name]
        struct.pack_into("<" + form, self.memory, at, value)

    def room(self, name, size, fill=0xee):
        self.rooms[name] = ctypes.create_string_buffer(bytes([fill]) * size, size)
        self.set(name, address(self.rooms[name]))

    def ask(self, fd, what):
        try:
            attr = bpf(OBJ_INFO, struct.pack("<IIQ", fd, self.size, address(self.memory)))[1]
        except Failed as reason:
            print(f"{what}: {reason}")
            return
        print(f"{what}: {struct.unpack_from('<I', attr, 4)[0]} bytes: {self.fields()}")
        for name, room in self.rooms.items():
            print(f"  {name}: {'ids' if name == 'map_ids' else room.raw.hex()}")

    def fields(self):
        texts = []
        for name, (at, form) in FIELDS.items():
            value = struct.unpack_from("<" + form, self.memory, at)[0]
            if name in self.rooms:
                value = "room" if value else 0
            if name == "nr_prog_tags":
                value = min(value, 1)
            if form == "16s":
                value = value.rstrip(b"\0").decode("latin-1")
            if value:
                texts.append(f"{name} {value:#x}" if isinstance(value, int) else f"{name} {value}")
        has_btf = struct.unpack_from("<I", self.memory, BTF_ID[0])[0] not in (0, 0xffffffff)
        return ", ".join(texts) + f", btf {has_btf}"


def sizes(name, fd):
    for size in (0, 1, 4, 8, 20, 24, 40, 56, 64, 80, 84, 88, 104, 128, 132, 180, 192, 200, 216,
                 220, 224, 228, 229, 231, 232, 233, 240, 4096, 4097):
        Info(size).ask(fd, f"{name}: info_len {size}")
    for at in (225, 228, 231, 232, 239):
        info = Info(240)
        info.memory[at] = 1
        info.ask(fd, f"{name}: 240 bytes, byte {at} is set")
    try:
        bpf(OBJ_INFO, struct.pack("<IIQ", fd, SIZE, BAD))
    except Failed as reason:
        print(f"{name}: bad pointer: {reason}")


def rooms(name, fd):
    for count in (0, 1, 2, 3, 100):
        info = Info()
        info.set("nr_map_ids", count)
        info.room("map_ids", 4 * count + 8)
        info.ask(fd, f"{name}: {count} map ids")
    for count in (1, 2, 100):
        for field, number, size in (("func_info", "nr_func_info", 8),
                                    ("line_info", "nr_line_info", 16)):
            info = Info()
            info.set("func_info_rec_size", 8)
            info.set("line_info_rec_size", 16)
            info.set(number, count)
            info.room(field, size * min(count, 12) + 8)
            info.ask(fd, f"{name}: {count} of {field}")
    for field, number in (("map_ids", "nr_map_ids"), ("func_info", "nr_func_info"),
                          ("line_info", "nr_line_info"), ("prog_tags", "nr_prog_tags"),
                          ("xlated_prog_insns", "xlated_prog_len")):
        info = Info()
        info.set("func_info_rec_size", 8)
        info.set("line_info_rec_size", 16)
        info.set(number, 1)
        info.set(field, BAD)
        info.ask(fd, f"{name}: {field} nowhere")
    for length in (1, 7, 8, 12, 16, 1000):
        info = Info()
        info.set("xlated_prog_len", length)
        info.room("xlated_prog_insns", min(length, 40) + 8 if length < 17 else 200)
        if name != "maps" or length < 5:
            info.ask(fd, f"{name}: xlated {length}")


def records(name, fd):
    for field in ("func_info_rec_size", "line_info_rec_size", "jited_line_info_rec_size"):
        for size in (1, 4, 8, 12, 16, 20):
            info = Info()
            info.set(field, size)
            info.ask(fd, f"{name}: {field} {size}")
    for field in ("nr_func_info", "nr_line_info"):
        info = Info()
        info.set(field, 1)
        info.ask(fd, f"{name}: {field} without a size")


def main():
    for name, fd in programs():
        Info().ask(fd, name)
        sizes(name, fd)
        rooms(name, fd)
        records(name, fd)
    info = Info(fill=0xff)
    for field in ("xlated_prog_len", "nr_map_ids", "nr_func_info", "nr_line_info", "nr_prog_tags",
                  "func_info_rec_size", "line_info_rec_size", "jited_line_info_rec_size"):
        info.set(field, 0)
    for at in (16, 104, 108, 160, 168):  # counts of native code
        struct.pack_into("<I", info.memory, at, 0)
    info.ask(load(SOCKET_FILTER, mov(0, 0) + EXIT), "all bits set")


main()
