#!/usr/bin/env python3
"""Runs a command where programs for 64-bit Arm can be started as if they were for this processor, by qemu-aarch64-static.

    emulate.py COMMAND...

That is so in a user namespace of its own with a binfmt_misc of its own (Linux 6.7 or later), so that nothing else on the machine
changes. Needs root, whose ids are all there in it.
"""

import ctypes
import os
import sys

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID = 0x20000, 0x10000000, 0x20000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
libc = ctypes.CDLL(None, use_errno=True)


def check(status, what):
    if status != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def mount(source, target, kind, flags=0):
    check(libc.mount(source.encode(), target.encode(), kind and kind.encode(), ctypes.c_ulong(flags), None), f"mount {target}")


def register():
    """Has the kernel start ELF files of this machine type by the emulator, which is opened now (F)."""
    magic = b"\\x7fELF\\x02\\x01\\x01" + b"\\x00" * 9 + b"\\x02\\x00\\xb7\\x00"
    mask = b"\\xff" * 7 + b"\\x00" + b"\\xff" * 8 + b"\\xfe\\xff\\xff\\xff"
    mount("none", "/proc/sys/fs/binfmt_misc", "binfmt_misc")
    with open("/proc/sys/fs/binfmt_misc/register", "wb", buffering=0) as file:
        file.write(b":qemu-aarch64:M::" + magic + b":" + mask + b":/usr/bin/qemu-aarch64-static:F")


# The child waits until the parent, which may, has given it its ids.
child_ready, tell_ready = os.pipe()
ids_given, tell_given = os.pipe()
child = os.fork()
if child == 0:
    check(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID), "unshare")
    os.write(tell_ready, b"x")
    os.read(ids_given, 1)
    os.setgroups([])
    os.setgid(0)
    os.setuid(0)
    command = os.fork()
    if command == 0:
        mount("none", "/", None, MS_REC | MS_PRIVATE)
        mount("proc", "/proc", "proc")
        register()
        os.execvp(sys.argv[1], sys.argv[1:])
    os._exit(os.waitstatus_to_exitcode(os.waitpid(command, 0)[1]) & 255)
os.read(child_ready, 1)
for kind in "ug":
    with open(f"/proc/{child}/{kind}id_map", "w") as file:
        file.write("0 0 65536")
os.write(tell_given, b"x")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
