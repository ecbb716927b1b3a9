# SPDX-License-Identifier: BSD-2-Clause
"""The ways in which a client can run: on the kernel, and in each way of the launcher.

A way is a name and a prefix for a command. The launcher's ways are its transports
and views, beneath the imitation of a default container or not. Started as root, the
launcher and its client run as an ordinary user without privileges.
"""
import os
import shlex
import shutil
import subprocess

NOBODY = 65534
# name: transport, view, beneath the container? (with which of its options)
ALL = {
    "notify-mounts": ("notify", "mounts", False),
    "notify-paths": ("notify", "paths", False),
    "trap-mounts": ("trap", "mounts", False),
    "trap-paths": ("trap", "paths", False),
    "container": ("trap", "paths", True),
    # beneath a container whose filter notifies somebody else
    "listener": ("trap", "paths", ["--listener"]),
}
SHORT = ["notify-mounts", "container"]

KERNEL_BTF = "/sys/kernel/btf/vmlinux"

PRIVATE_BPFFS = "mount --make-rprivate / && mount -t bpf bpf /sys/fs/bpf && exec \"$@\""


class Unavailable(Exception):
    """A way that this machine does not allow; the text says why."""


def as_nobody():
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
            "--inh-caps=-all", "--bounding-set=-all"]


def can(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode == 0


def kernel_prefix():
    """The kernel's bpf(2), as root, with a bpf filesystem that nobody else sees."""
    if os.geteuid() != 0:
        raise Unavailable("the kernel's bpf(2) is asked as root")
    prefix = ["unshare", "--mount", "--", "sh", "-c", PRIVATE_BPFFS, "sh"]
    # Not a list of what there is: that touches every map of the machine.
    if not can(*prefix, "bpftool", "map", "create", "/sys/fs/bpf/probe", "type", "array",
               "key", "4", "value", "4", "entries", "1", "name", "probe"):
        raise Unavailable("no bpf(2) or no bpf filesystem in this kernel")
    return prefix


class Launcher:
    """The launcher of a build, or whatever $WRAP says instead."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.wrap = shlex.split(os.environ.get("WRAP", ""))

    def program(self, name):
        for folder in ("src/cli", "src", "tools"):
            path = os.path.join(self.build, folder, name)
            if os.access(path, os.X_OK) and os.path.isfile(path):
                if not readable_by_nobody(path):
                    raise Unavailable(f"an ordinary user can't reach {self.build}")
                return path
        raise Unavailable(f"{name} is not in {self.build}")

    def ways(self, names):
        return ["WRAP"] if self.wrap else list(names)

    def prefix(self, way, options=()):
        """The words before a client's command."""
        if self.wrap:
            return self.wrap
        transport, view, contained = ALL[way]
        if view == "mounts" and not can(*as_nobody(), "unshare", "--user", "--mount",
                                        "--map-root-user", "mount", "-t", "tmpfs",
                                        "probe", "/tmp"):
            raise Unavailable("no user namespace that may mount")
        run = [self.program("alveary"), "run", "--transport", transport, "--view", view,
               *options, "--"]
        if not contained:
            return as_nobody() + run
        uid = ["--uid", str(NOBODY)] if os.geteuid() == 0 else []
        more = contained if isinstance(contained, list) else []
        return [self.program("container"), *uid, *more, "--"] + run


def kernel_btf():
    """Options that give a host this machine's kernel BTF, where it has one."""
    return ["--btf", KERNEL_BTF] if os.path.exists(KERNEL_BTF) else []


def readable_by_nobody(path):
    """Whether the ordinary user reaches a file of the build."""
    return os.geteuid() != 0 or can(*as_nobody(), "test", "-r", path)


def scratch(name):
    """A directory in which the client may write, whoever it is; to be removed."""
    path = subprocess.run(["mktemp", "-d", "-t", f"alveary-{name}-XXXXXX"], check=True,
                          stdout=subprocess.PIPE).stdout.decode().strip()
    os.chmod(path, 0o777)
    return path


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
