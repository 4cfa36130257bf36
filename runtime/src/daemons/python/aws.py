# moto's server, in which accounts share nothing. They can be forgotten: DELETE /fixtured/accounts/123456789012; or emptied: POST to the same.

import sys
from urllib.parse import parse_qs

from moto import server
from moto.core.base_backend import BackendDict, backend_lock
from moto.core.model_instances import reset_model_data
from moto.iam.models import get_account_id_from, iam_backends
from moto.s3.models import S3Backend, s3_backends
from moto.sts.models import sts_backends

OURS = "/fixtured/accounts/"
ROLE = "arn:aws:iam::%s:role/test"
# By the names of buckets, as those know it that do not own them.
owners = s3_backends.bucket_accounts
create_bucket = S3Backend.create_bucket


# Each account may have a bucket of the name.
def create_bucket_for_account(self, name, *args, **kwargs):
    if name in self.buckets:
        owners[name] = (self.partition, self.account_id)
    else:
        owners.pop(name, None)
    return create_bucket(self, name, *args, **kwargs)


def forget(account):
    for backends in BackendDict._instances:
        backends.pop(account, None)
    for name, (_, owner) in list(owners.items()):
        if owner == account:
            owners.pop(name, None)
    # It would keep all that has ever been created, for a page that shows it.
    reset_model_data()


def empty(account):
    roles = [role for role in sts_backends[account]["aws"].assumed_roles if role.role_arn == ROLE % account]
    forget(account)
    sts_backends[account]["aws"].assumed_roles.extend(roles)
    for role in roles:
        iam_backends[account]["aws"].access_keys[role.access_key_id] = role.access_key


DO = {"DELETE": forget, "POST": empty}


class Application(server.DomainDispatcherApplication):
    def __call__(self, environ, start_response):
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path.startswith(OURS) and method in DO:
            with backend_lock:
                DO[method](path.removeprefix(OURS))
            start_response("204 No Content", [])
            return []
        # moto does not look for the key in a signed URL.
        for credential in parse_qs(environ["QUERY_STRING"]).get("X-Amz-Credential", []):
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = get_account_id_from(credential.split("/")[0])
        return super().__call__(environ, start_response)


S3Backend.create_bucket = create_bucket_for_account
server.DomainDispatcherApplication = Application
server.main(["-H", "127.0.0.1", "-p", sys.argv[1]])
