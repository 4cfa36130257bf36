use fixtured::{fixture, with_daemon};

#[fixture(postgres)]
#[with_daemon("my-server --database {postgre.url}")]
#[test]
fn serves(my_server_url: &str) {
    let _ = my_server_url;
}
