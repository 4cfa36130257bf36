"""Starts servers with mirakuru when it is told to, and says when `start()` returned. `mirakuru.rs` is at the other end."""

import sys
import time

from mirakuru import HTTPExecutor, OutputExecutor, PidExecutor, TCPExecutor, UnixSocketExecutor


def executor(kind, target, command, **options):
    if kind == "output":
        return OutputExecutor(command, banner="^ready", **options)
    if kind == "unix-socket":
        return UnixSocketExecutor(command, socket_name=target, **options)
    if kind == "pid-file":
        return PidExecutor(command, filename=target, **options)
    if kind == "tcp":
        host, port = target.split(":")
        return TCPExecutor(command, host=host, port=int(port), **options)
    if kind in ("http", "http-503"):
        return HTTPExecutor(command, url=f"http://{target}/", **options)
    raise ValueError(kind)


for line in sys.stdin:
    sleep, kind, target, *command = line.rstrip("\n").split("\t")
    options = {"sleep": float(sleep)} if sleep else {}
    process = executor(kind, target, command, timeout=60, **options)
    process.start()
    print(time.clock_gettime(time.CLOCK_MONOTONIC) * 1000, flush=True)
    # The server may still have to note when it became ready.
    sys.stdin.readline()
    process.kill()
    print("gone", flush=True)
