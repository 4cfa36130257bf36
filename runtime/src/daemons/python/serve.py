# What servers of this kind have in common: they spend their time on importing, so it is done once, and their processes are forks.

import gc
import os
import sys
import threading

# Nothing that is imported becomes garbage, and looking for some is an eighth of the time that importing takes.
gc.disable()
children = []


def imported():
    gc.freeze()
    gc.enable()


def fork(run):
    child = os.fork()
    if child == 0:
        try:
            run()
            os._exit(0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
    children.append(child)


def run_to_its_end(run):
    fork(run)
    if os.waitpid(children.pop(), 0)[1]:
        sys.exit(1)


def watch():
    os.waitpid(-1, 0)
    os._exit(1)


def serve(application, addresses, threads):
    import waitress

    if children:
        # Without one of them the others are of no use.
        threading.Thread(target=watch, daemon=True).start()
    waitress.serve(application, listen=" ".join(addresses), threads=threads)
