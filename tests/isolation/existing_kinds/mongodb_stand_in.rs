//! MongoDB lends databases: another server that speaks its protocol stands in for it, with MongoDB's own client.

use fixtured::launch::{Command as Program, Databases, Launch, Process, Protocol, Ready, Site};
use fixtured::{Acquire, Daemon};
use fixtured_tests::{eventually, nx_27017, pymongo};

use super::Existing;

/// A server that keeps its databases in memory.
#[derive(Clone, Debug)]
struct StandIn;

impl Daemon for StandIn {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let program = nx_27017().join("nx-27017").display().to_string();
        let command = Program::new(
            program,
            [
                "--data-dir",
                "memory",
                "--host",
                "127.0.0.1",
                "--port",
                port,
            ],
        )
        .args([
            "--log-file",
            &format!("{dir}/log"),
            "--pid-file",
            &format!("{dir}/pid"),
        ]);
        let address = format!("127.0.0.1:{port}");
        Launch::new("stand-in")
            .run(Process::new(command, Ready::port(port)).stopped_by("SIGKILL"))
            .url(format!("mongodb://{address}/{}", site.value("database")))
            .values([("database", "test")])
            .isolation(Databases::new(Protocol::Mongodb, address, "", ""))
    }
}

fn databases(url: &str) -> Vec<String> {
    let printed = pymongo(url, "print(*client.list_database_names())");
    let names = printed.split(' ').map(str::to_owned);
    names.filter(|name| name.starts_with("t_")).collect()
}

#[test]
fn it_lends_a_database() {
    let server = StandIn.start().unwrap();
    pymongo(server.url(), "client.t_others.books.insert_one({})");
    Existing {
        name: "mongodb",
        url: server.url(),
        put: &|holding| {
            drop(pymongo(
                &holding.url,
                "db.books.insert_one({'title': 'mine'})",
            ))
        },
        has: &|holding| {
            pymongo(
                &holding.url,
                "print(db.books.count_documents({'title': 'mine'}))",
            ) == "1"
        },
        left: &|| {
            let mut all = databases(server.url());
            all.retain(|name| name != "t_others");
            all
        },
    }
    .check();
    assert_eq!(databases(server.url()), ["t_others"]);
}

#[test]
fn tests_that_share_it_have_databases_of_their_own() {
    let first = StandIn.acquire().unwrap();
    let second = StandIn.acquire().unwrap();
    assert_eq!(first.pid(), second.pid());
    pymongo(first.url(), "db.books.insert_one({'title': 'mine'})");
    let titles = |url: &str| pymongo(url, "print(*[book['title'] for book in db.books.find()])");
    assert_eq!(
        (titles(first.url()), titles(second.url())),
        ("mine".into(), String::new())
    );
    first.reset().unwrap();
    assert_eq!(titles(first.url()), "");
    pymongo(first.url(), "db.books.insert_one({'title': 'again'})");
    let name = first.values()["database"].clone();
    assert!(databases(second.url()).contains(&name));
    drop(first);
    eventually("it is dropped", || {
        (!databases(second.url()).contains(&name)).then_some(())
    });
}
