"""Serves Keystone's API at the addresses that are its arguments, in one process with threads."""

import functools
import gc
import importlib
import sys
import types

# Nothing that is imported becomes garbage, and looking for some is an eighth of the time that importing takes.
gc.disable()


class Schema(types.ModuleType):
    """pysaml2's schema, which it reads for most of a second as soon as it is imported, and which only federation asks for."""

    class XMLSchemaError(Exception):
        pass

    @functools.cached_property
    def itself(self):
        del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)

    def validate(self, *arguments):
        try:
            self.itself.validate(*arguments)
        except self.itself.XMLSchemaError as error:
            raise self.XMLSchemaError(*error.args) from error


schema = Schema("saml2.xml.schema")
sys.modules[schema.__name__] = schema

import waitress
from keystone.server.wsgi import initialize_public_application

# Keystone would read them as its own.
addresses, sys.argv[1:] = sys.argv[1:], []
application = initialize_public_application()
gc.freeze()
gc.enable()
waitress.serve(application, listen=" ".join(addresses), threads=8)
