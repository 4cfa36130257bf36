//! Tansu, with librdkafka by way of Python.

use std::collections::BTreeMap;

use fixtured::daemons::{self, Tansu};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::python;

/// What this code prints, which finds `server`, the options that all clients have.
fn client(tansu: &Instance<Tansu>, code: &str) -> String {
    let server = format!(
        "server = {{'bootstrap.servers': '{}'}}",
        tansu.bootstrap_servers()
    );
    let imports = "from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic";
    let code = format!("{imports}\n{server}\n{code}");
    python("confluent-kafka", &BTreeMap::new(), &code)
}

const CREATE: &str = "
admin = AdminClient(server)
admin.create_topics([NewTopic('orders', 1)])['orders'].result(30)";

/// A batch for each, since the broker gives nothing to who goes on in the middle of one.
const PRODUCE: &str = "
producer = Producer(server | {'enable.idempotence': True})
for number in range(3):
    producer.produce('orders', str(number).encode(), key=b'key')
    assert producer.flush(30) == 0";

/// The first two messages that a group has not seen yet, after which it has.
const CONSUME: &str = "
consumer = Consumer(server | {'group.id': 'readers', 'auto.offset.reset': 'earliest', 'enable.auto.commit': False})
consumer.subscribe(['orders'])
message = consumer.poll(30)
print(message.key().decode(), message.value().decode(), message.offset())
consumer.commit(message, asynchronous=False)
consumer.close()";

#[fixture(tansu)]
#[test]
fn a_group_reads_on_where_it_was(tansu: &Instance<Tansu>, url: &str, bootstrap_servers: &str) {
    assert_eq!(url, format!("kafka://{bootstrap_servers}"));
    assert_eq!(bootstrap_servers, format!("127.0.0.1:{}", tansu.port()));
    client(tansu, &[CREATE, PRODUCE].concat());
    assert_eq!(client(tansu, CONSUME), "key 0 0");
    assert_eq!(client(tansu, CONSUME), "key 1 1");
}

#[fixture(tansu)]
#[fixture(tansu as other)]
#[test]
fn each_test_has_a_broker_of_its_own(tansu: &Instance<Tansu>, other: &Instance<Tansu>) {
    const TOPICS: &str = "\nprint(*AdminClient(server).list_topics(timeout=30).topics)";
    client(tansu, CREATE);
    assert_eq!(client(tansu, TOPICS), "orders");
    assert_eq!(client(other, TOPICS), "");
    client(
        tansu,
        "\nadmin = AdminClient(server)\nadmin.delete_topics(['orders'])['orders'].result(30)",
    );
    assert_eq!(client(tansu, TOPICS), "");
}

#[test]
fn a_port_can_be_fixed() {
    let leased = daemons::tansu().start().unwrap();
    let port = leased.port();
    drop(leased);
    let tansu = daemons::tansu().port(port).start().unwrap();
    assert_eq!(tansu.port(), port);
    assert_eq!(tansu.cli_variables()["TANSU_PORT"], port.to_string());
}
