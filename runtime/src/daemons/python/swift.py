"""Serves Swift in a directory: `swift.py DIRECTORY account=PORT container=PORT object=PORT`.

Its four servers are forked from a process that has loaded all of them, since loading is most of what a start takes.
"""

import os
import sys
from logging.handlers import SysLogHandler

directory, ports = sys.argv[1], dict(word.split("=") for word in sys.argv[2:])
devices = os.path.join(directory, "devices")
os.makedirs(os.path.join(devices, "disk"), exist_ok=True)

# Object servers keep what they know about an object in extended attributes of its file, which a tmpfs has since Linux 6.6.
try:
    os.setxattr(devices, "user.swift.metadata", b"x" * 1000)
except OSError as error:
    sys.exit(
        f"{directory} is on a file system without extended attributes ({error.strerror}): "
        "let FIXTURED_DIR name a directory on one that has them, such as ext4"
    )

# Each server would do this for itself, looking through all that is loaded by then.
import eventlet

eventlet.monkey_patch(all=False, socket=True, select=True, thread=True)

import swift.account.server
import swift.container.server
import swift.obj.server
import swift.proxy.server
from swift.common import utils, wsgi
from swift.common.ring import RingBuilder

# The machine's log is no place for what tests do; and there need not be a user `swift`.
SysLogHandler.emit = lambda handler, record: None
wsgi.drop_privileges = lambda user: None
# It would leave the directory in which its files are, for that at the root.
wsgi.clean_up_daemon_hygiene = lambda: os.umask(0o22)

utils.set_swift_dir(directory)
for name, port in ports.items():
    ring = RingBuilder(part_power=0, replicas=1, min_part_hours=0)
    device = {"region": 1, "zone": 1, "weight": 1, "device": "disk"}
    ring.add_dev({**device, "ip": "127.0.0.1", "port": int(port)})
    ring.rebalance()
    ring.get_ring().save(os.path.join(directory, f"{name}.ring.gz"))

for name in ports:
    if os.fork() == 0:
        break
else:
    name = "proxy"
# PasteDeploy takes it for a part of a URL, so the directory must not be in it.
here = "/proc/self/cwd" if os.path.isdir("/proc/self/cwd") else directory
# What it logs goes to standard error.
sys.exit(wsgi.run_wsgi(os.path.join(here, f"{name}.conf"), f"{name}-server", verbose=True))
