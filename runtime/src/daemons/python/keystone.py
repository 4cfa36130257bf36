# Keystone: the arguments are the addresses of its API.

import functools
import importlib
import types


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

from keystone.server.wsgi import initialize_public_application

# Keystone would read them as its own.
addresses, sys.argv[1:] = sys.argv[1:], []
application = initialize_public_application()
imported()
# Of two that write at the same time, SQLite may refuse one at once.
serve(application, addresses, threads=1)
