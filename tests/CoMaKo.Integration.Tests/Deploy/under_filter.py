"""Runs a program under the system-call filter of a systemd unit, without systemd: under_filter.py UNIT PROGRAM [ARGUMENT...]

The groups (@system-service ...) are those of this machine's systemd; a call that the unit forbids fails with EPERM, as SystemCallErrorNumber says.
"""
import ctypes
import os
import subprocess
import sys

ALLOW, FAIL_WITH_EPERM = 0x7FFF0000, 0x00050001


def groups():
    listing = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"], capture_output=True, text=True, check=True).stdout
    found, current = {}, None
    for line in listing.splitlines():
        if line.startswith("@"):
            current = found.setdefault(line.strip(), [])
        elif line.strip() and not line.strip().startswith("#") and current is not None:
            current.append(line.strip())
    return found


def expand(name, found):
    if not name.startswith("@"):
        return {name}
    return set().union(*(expand(member, found) for member in found[name]))


def allowed_by(unit, found):
    allowed = set()
    for line in open(unit, encoding="utf-8"):
        if not line.startswith("SystemCallFilter="):
            continue
        value = line.split("=", 1)[1].strip()
        names = set().union(*(expand(name, found) for name in value.lstrip("~").split()))
        allowed = allowed - names if value.startswith("~") else allowed | names
    return allowed


def load(names):
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(FAIL_WITH_EPERM)))
    for name in names:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # others do not exist on this processor
            library.seccomp_rule_add(context, ctypes.c_uint32(ALLOW), number, 0)
    if library.seccomp_load(context) != 0:
        sys.exit("The filter could not be loaded.")


load(allowed_by(sys.argv[1], groups()))
os.execvp(sys.argv[2], sys.argv[2:])
