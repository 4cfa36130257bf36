"""Sets Gnocchi up, and runs its processes as forks of one that has imported what they share. The last of them is this one, with the API.

The arguments are the configuration file and the address of the API.
"""

import asyncio
import gc
import os
import sys
import threading

# Nothing that is imported becomes garbage, and looking for some is an eighth of the time that importing takes.
gc.disable()

import gnocchi.indexer.sqlalchemy
import waitress
from gnocchi import statsd
from gnocchi.cli import api, manage, metricd
from gnocchi.rest import app

gc.freeze()
gc.enable()
config, address = sys.argv[1:]
sys.argv[1:] = ["--config-file", config]


def fork(run):
    child = os.fork()
    if child == 0:
        try:
            run()
        except BaseException:
            sys.excepthook(*sys.exc_info())
        os._exit(1)
    return child


def upgrade():
    # What is not divided need not be searched in many places.
    sys.argv += ["--sacks-number", "8"]
    manage.upgrade()
    os._exit(0)


class Loop(asyncio.SelectorEventLoop):
    """Says when statsd has its port."""

    async def create_datagram_endpoint(self, *arguments, **options):
        made = await super().create_datagram_endpoint(*arguments, **options)
        os.write(listening, b"!")
        return made


def listen():
    asyncio.set_event_loop(Loop())
    statsd.start()


def watch():
    os.waitpid(-1, 0)
    os._exit(1)


if os.waitpid(fork(upgrade), 0)[1]:
    sys.exit(1)
fork(metricd.metricd)
listened, listening = os.pipe()
fork(listen)
os.close(listening)
application = app.load_app(api.prepare_service())
if not os.read(listened, 1):
    sys.exit(1)
# Without one of them it is not Gnocchi.
threading.Thread(target=watch, daemon=True).start()
waitress.serve(application, listen=address, threads=8)
