# Aodh: the arguments are its configuration file and the address of its API.

from aodh.api import app
from aodh.cmd import alarm, storage
import aodh.storage.impl_sqlalchemy

imported()
config, address = sys.argv[1:]
sys.argv[1:] = ["--config-file", config]
run_to_its_end(storage.dbsync)
fork(alarm.evaluator)
serve(app.build_wsgi_app(sys.argv[1:]), [address], threads=8)
