//! Azurite, by Microsoft's clients for Python.

use std::collections::BTreeMap;
use std::thread;

use fixtured::daemons::{self, Azurite};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::{eventually, python};

/// What a client prints that uses all services. It finds nothing, whoever else does the same.
const ALL: &str = r#"
photos = blobs.create_container("photos")
photos.upload_blob("a/b", b"hello", metadata={"by": "me"})
print(photos.download_blob("a/b").readall(), [blob.name for blob in photos.list_blobs()])
photos.acquire_lease(-1)

orders = queues.create_queue("orders")
orders.send_message("hello")
print([message.content for message in orders.receive_messages()])

users = tables.create_table("users")
users.create_entity({"PartitionKey": "a", "RowKey": "1", "name": "Ada"})
print(users.get_entity("a", "1")["name"])
"#;

/// What there is in an account.
const LIST: &str = r#"
print([found.name for service in [blobs.list_containers, queues.list_queues, tables.list_tables] for found in service()])
"#;

/// What code prints that has a client of each service.
fn azure(variables: &BTreeMap<String, String>, code: &str) -> String {
    let clients = r#"
import os
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient
known = os.environ["AZURE_STORAGE_CONNECTION_STRING"]
services = [BlobServiceClient, QueueServiceClient, TableServiceClient]
blobs, queues, tables = [service.from_connection_string(known) for service in services]
"#;
    python("azure", variables, &format!("{clients}{code}"))
}

const WRITTEN: &str = "[]\nb'hello' ['a/b']\n['hello']\nAda";

#[fixture(azurite)]
fn a_client_reads_back_what_it_wrote(azurite: &Instance<Azurite>, url: &str, account: &str) {
    let port = azurite.port();
    assert_eq!(url, format!("http://127.0.0.1:{port}/{account}"));
    assert_eq!(azurite.blob_url(), url);
    let table = azurite.port_named("table");
    let wanted = format!("http://127.0.0.1:{table}/{account}");
    assert_eq!(azurite.table_url(), wanted);
    assert!(azurite.queue_url().ends_with(account));
    let known = &azurite.variables()["AZURE_STORAGE_CONNECTION_STRING"];
    assert_eq!(azurite.connection_string(), known);
    let found = azure(azurite.variables(), &format!("{LIST}{ALL}"));
    assert_eq!(found, WRITTEN);
}

#[test]
fn two_tests_share_a_server_and_see_nothing_of_each_other() {
    let tests = [(); 2].map(|()| daemons::azurite().acquire().unwrap());
    let [one, other] = &tests;
    assert_eq!(one.pid(), other.pid());
    assert_ne!(one.account(), other.account());
    thread::scope(|scope| {
        for azurite in &tests {
            scope.spawn(|| {
                let found = azure(azurite.variables(), &format!("{LIST}{ALL}"));
                assert_eq!(found, WRITTEN);
            });
        }
    });
}

#[test]
fn what_an_account_held_is_gone_when_its_test_is() {
    let _server = daemons::azurite().acquire().unwrap();
    let azurite = daemons::azurite().acquire().unwrap();
    let variables = azurite.variables().clone();
    let found = azure(&variables, &format!("{ALL}{LIST}"));
    assert!(found.ends_with("['photos', 'orders', 'users']"), "{found}");
    drop(azurite);
    eventually("the account is empty", || {
        (azure(&variables, LIST) == "[]").then_some(())
    });
}

#[fixture(azurite)]
fn another_key_is_refused(azurite: &Instance<Azurite>) {
    let wrong = azurite.account_key().chars().rev().collect::<String>();
    let mut variables = azurite.variables().clone();
    for value in variables.values_mut() {
        *value = value.replace(azurite.account_key(), &wrong);
    }
    let code = r#"
try:
    blobs.create_container("photos")
except Exception as error:
    print(error.error_code.value)
"#;
    assert_eq!(azure(&variables, code), "AuthorizationFailure");
}

#[fixture(azurite, scope = "test")]
fn a_dedicated_server_has_an_account_too(azurite: &Instance<Azurite>, account: &str) {
    assert_eq!(account, "test");
    let found = azure(azurite.variables(), &format!("{LIST}{ALL}"));
    assert_eq!(found, WRITTEN);
}
