# Gnocchi: the arguments are its configuration file and the address of its API.

import asyncio

import gnocchi.indexer.sqlalchemy
from gnocchi import statsd
from gnocchi.cli import api, manage, metricd
from gnocchi.rest import app

imported()
config, address = sys.argv[1:]
sys.argv[1:] = ["--config-file", config]
listened, listening = os.pipe()


def upgrade():
    # What is divided into few parts is searched faster.
    sys.argv += ["--sacks-number", "8"]
    manage.upgrade()


class Loop(asyncio.SelectorEventLoop):
    async def create_datagram_endpoint(self, *arguments, **options):
        made = await super().create_datagram_endpoint(*arguments, **options)
        os.write(listening, b"!")
        return made


def listen():
    asyncio.set_event_loop(Loop())
    statsd.start()


run_to_its_end(upgrade)
fork(listen)
os.close(listening)
fork(metricd.metricd)
application = app.load_app(api.prepare_service())
# Who asks the API whether all is ready means statsd too, whose datagrams would be lost. There is nothing to read if it has died.
if not os.read(listened, 1):
    sys.exit(1)
serve(application, [address], threads=8)
