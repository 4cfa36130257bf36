//! MongoDB, by its own client. These need a real server, which the project's machines do not have; what is tested without one is in
//! `isolation/existing_kinds/mongodb_stand_in.rs`.

use fixtured::daemons::{self, Mongodb};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::pymongo;

#[fixture(mongodb)]
fn a_client_reads_back_what_it_wrote(mongodb: &Instance<Mongodb>, url: &str, database: &str) {
    let wanted = format!("mongodb://127.0.0.1:{}/{database}", mongodb.port());
    assert_eq!(url, wanted);
    let code =
        "db.books.insert_one({'title': 'one'})\nprint(db.name, db.books.find_one()['title'])";
    assert_eq!(pymongo(url, code), format!("{database} one"));
}

#[test]
fn tests_share_a_server_and_have_databases_of_their_own() {
    let first = daemons::mongodb().acquire().unwrap();
    let second = daemons::mongodb().acquire().unwrap();
    assert_eq!(first.pid(), second.pid());
    assert_ne!(first.database(), second.database());
    pymongo(first.url(), "db.books.insert_one({})");
    assert_eq!(
        pymongo(second.url(), "print(db.list_collection_names())"),
        "[]"
    );
    let dropped = first.database().to_owned();
    drop(first);
    let left = pymongo(second.url(), "print(client.list_database_names())");
    assert!(!left.contains(&dropped), "{left}");
}

#[fixture(mongodb, replica_set = true)]
fn a_replica_set_has_transactions_and_change_streams(url: &str) {
    let code = "
db.create_collection('books')
with db.books.watch() as changes:
    with client.start_session() as session, session.start_transaction():
        db.books.insert_one({'title': 'kept'}, session=session)
    session = client.start_session()
    session.start_transaction()
    db.books.insert_one({'title': 'lost'}, session=session)
    session.abort_transaction()
    print(next(changes)['fullDocument']['title'], [book['title'] for book in db.books.find()])";
    assert_eq!(pymongo(url, code), "kept ['kept']");
}

#[test]
fn parameters_reach_the_server() {
    let server = daemons::mongodb()
        .parameter("ttlMonitorSleepSecs", "7")
        .start()
        .unwrap();
    let code = "print(client.admin.command({'getParameter': 1, 'ttlMonitorSleepSecs': 1})['ttlMonitorSleepSecs'])";
    assert_eq!(pymongo(server.url(), code), "7");
}
