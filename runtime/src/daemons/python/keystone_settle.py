"""Gives the Keystone in the working directory keys of its own, and if it is set up, its password and these ports."""

import base64
import os
import sys

for repository in "fernet", "receipts", "credential":
    os.makedirs(repository, 0o700, exist_ok=True)
    # The key for new tokens, and the one that is next.
    for name in "1", "0":
        key = base64.urlsafe_b64encode(os.urandom(32))
        with open(os.path.join(repository, name), "wb") as file:
            file.write(key)

if os.path.exists("keystone.sqlite"):
    import sqlite3

    import bcrypt

    password = bcrypt.hashpw(os.environ["OS_PASSWORD"].encode(), bcrypt.gensalt(4))
    with sqlite3.connect("keystone.sqlite") as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("UPDATE password SET password_hash = ?", [password.decode()])
        for interface, port in zip(["public", "internal", "admin"], sys.argv[1:]):
            url = "http://localhost:%s/v3" % port
            database.execute("UPDATE endpoint SET url = ? WHERE interface = ?", [url, interface])
