//! ZooKeeper lends nodes.

use fixtured::{Acquire, daemons};

use super::{Existing, printed};

/// Its client takes a second for each command, so this is about what is left only.
#[test]
fn it_lends_a_node() {
    let server = daemons::zookeeper().start().unwrap();
    let ask = |words: &str| {
        let address = format!("127.0.0.1:{}", server.port());
        let words = words.split(' ');
        let arguments: Vec<_> = ["-server", &address].into_iter().chain(words).collect();
        printed("/usr/share/zookeeper/bin/zkCli.sh", &arguments, "")
    };
    Existing {
        name: "zookeeper",
        url: server.url(),
        put: &|holding| {
            let path = format!("{}/mine", holding.prefix);
            ask(&format!("create {path} 1"));
        },
        has: &|_| true,
        left: &|| {
            let all = ask("ls /");
            let list = all.lines().find_map(|line| line.strip_prefix('['));
            let names = list.unwrap().trim_end_matches(']').split(", ");
            names
                .filter(|name| *name != "zookeeper")
                .map(Into::into)
                .collect()
        },
    }
    .check_crash();
}
