//! `fixtured run X` for every daemon X of the list: the server's own client program reads back what it wrote, given nothing but the variables
//! that are exported; and a shell has the server until it stops it, and then nothing is left.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "clients/elsewhere.rs"]
mod elsewhere;

#[path = "run/world.rs"]
#[expect(dead_code, reason = "not all of it is needed here")]
mod world;

#[path = "clients/services.rs"]
mod services;

use std::path::Path;
use std::process::Output;

use fixtured::__command_line::{ALL, Entry};
use fixtured_tests::{HEAVY, alive, eventually, is_left_out, leased, test_name};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

use self::elsewhere::ELSEWHERE;
use self::world::{World, printed};

/// A daemon, what its client does, for bash, and what that prints.
type Client = (&'static str, &'static str, &'static str);

/// What the clients of MariaDB and MySQL find over TCP: by themselves, and with the option file if `~/.my.cnf` names another server.
macro_rules! sql {
    () => {
        "export HOME=$FIXTURED_DATA; database=${FIXTURED_URL##*/}
         sql() { $1 -uroot -BN $database -e \"$2\"; }
         sql mariadb 'CREATE TABLE t (n int); INSERT INTO t VALUES (42)'; sql mysql 'SELECT n, current_user() FROM t'
         sql mysql 'UPDATE t SET n = 43'; sql mariadb 'SELECT n, current_user() FROM t'
         printf '[client]\\nhost=192.0.2.1\\nport=1\\nuser=other\\npassword=other\\nsocket=/nowhere\\n' >$HOME/.my.cnf
         file=--defaults-file=$FIXTURED_MYSQL_DEFAULTS_FILE
         for client in mysql mariadb; do $client $file -BN $database -e 'SELECT n FROM t'; done
         for dump in mysqldump mariadb-dump; do $dump $file $database t | grep -o '(43)'; done
         for admin in mysqladmin mariadb-admin; do $admin $file ping; done"
    };
}

/// The client of each daemon. What no distribution packages is where `fixtured install` and tests/provision put it.
const CLIENTS: &[Client] = &[
    (
        "postgres",
        "psql -wqc 'CREATE TABLE t (n int)' -c 'INSERT INTO t VALUES (42)'; psql -wAtc 'TABLE t' $FIXTURED_URL
         createdb -w copy; pg_dump -w --no-owner | psql -wqAt copy >/dev/null; psql -wAtc 'TABLE t' copy; pg_isready -q
         pgbench -i -q -s 1 2>/dev/null; psql -wAtc 'SELECT count(*) FROM pgbench_accounts'",
        "42\n42\n100000",
    ),
    (
        "mysql",
        // Its own programs need no option file.
        concat!(
            "PATH=/usr/local/mysql/bin:$PATH; ",
            sql!(),
            "; mysql -BN $database -e 'SELECT n FROM t'; mysqldump $database t | grep -o '(43)'; mysqladmin ping"
        ),
        "42\troot@%\n43\troot@%\n43\n43\n(43)\n(43)\nmysqld is alive\nmysqld is alive\n43\n(43)\nmysqld is alive",
    ),
    // The client of Oracle's server has lost the way in which MariaDB takes passwords.
    (
        "mariadb",
        sql!(),
        "42\troot@%\n43\troot@%\n43\n43\n(43)\n(43)\nmysqld is alive\nmysqld is alive",
    ),
    (
        "redis",
        "redis-cli -u $FIXTURED_URL set key value; redis-cli -p $FIXTURED_REDIS_PORT get key",
        "OK\nvalue",
    ),
    (
        "valkey",
        "valkey-cli -u $FIXTURED_URL set key value; valkey-cli -p $FIXTURED_VALKEY_PORT get key",
        "OK\nvalue",
    ),
    // It has no client program; its protocol is made for people who type it.
    (
        "memcached",
        "exec 3<>/dev/tcp/127.0.0.1/$FIXTURED_MEMCACHED_PORT
         printf 'set key 0 0 5\\r\\nvalue\\r\\nget key\\r\\nquit\\r\\n' >&3; tr -d '\\r' <&3",
        "STORED\nVALUE key 0 5\nvalue\nEND",
    ),
    // The client keeps a history in the home directory.
    (
        "influxdb",
        "export HOME=$FIXTURED_DATA
         influx() { command influx -host 127.0.0.1 -port $FIXTURED_INFLUXDB_PORT -database $FIXTURED_INFLUXDB_DATABASE -format csv -execute \"$1\"; }
         influx 'INSERT weather value=21.5 1000'; influx 'SELECT * FROM weather'",
        "name,time,value\nweather,1000,21.5",
    ),
    (
        "etcd",
        "etcdctl put key value; etcdctl get key",
        "OK\nkey\nvalue",
    ),
    (
        "consul",
        "PATH=$PATH:${FIXTURED_CONSUL_BIN:-$share/consul/bin}; consul kv put key value; consul kv get key",
        "Success! Data written to: key\nvalue",
    ),
    (
        "mongodb",
        "$share/nx-27017/bin/python3 -c '
import os, pymongo
database = pymongo.MongoClient(os.environ[\"FIXTURED_URL\"]).get_default_database()
database.books.insert_one({\"title\": \"hello\"})
print(database.books.find_one()[\"title\"])'",
        "hello",
    ),
    (
        "couchdb",
        "curl -sSf -o /dev/null -X PUT $FIXTURED_URL/key -d '{\"title\": \"hello\"}'; curl -sSf $FIXTURED_URL/key | grep -o '\"hello\"'",
        "\"hello\"",
    ),
    // The program that Debian has on `PATH` changes the user.
    (
        "rabbitmq",
        "export HOME=$FIXTURED_DATA PATH=/usr/lib/rabbitmq/bin:$PATH
         rabbitmqctl -q add_user ada secret; rabbitmqctl -q authenticate_user ada secret
         rabbitmqctl -q set_policy short '^q' '{\"max-length\":5}'; rabbitmqctl -q list_policies --no-table-headers",
        "Success\n/\tshort\t^q\tall\t{\"max-length\":5}\t0",
    ),
    (
        "zookeeper",
        "PATH=$PATH:${FIXTURED_ZOOKEEPER_BIN:-/usr/share/zookeeper/bin}
         printf 'create /key some-value\\nget /key\\n' | zkCli.sh -server 127.0.0.1:$FIXTURED_ZOOKEEPER_PORT | grep '^some-value'",
        "some-value",
    ),
    // The program comes with Aodh, which uses the client of Gnocchi.
    (
        "keystone",
        "openstack() { $share/aodh/bin/openstack \"$@\"; }
         openstack user create --domain default ada -f value -c name; openstack user show ada -f value -c name; openstack token issue -f value -c id | wc -l",
        "ada\nada\n1",
    ),
    (
        "beanstalkd",
        "$share/greenstalk/bin/python -c '
import greenstalk, os
queue = greenstalk.Client((\"127.0.0.1\", int(os.environ[\"FIXTURED_BEANSTALKD_PORT\"])))
queue.put(\"hello\")
print(queue.reserve(timeout=20).body)'",
        "hello",
    ),
    (
        "nats",
        "$share/nats-py/bin/python -c '
import asyncio, nats, os
async def main():
    connection = await nats.connect(os.environ[\"NATS_URL\"], allow_reconnect=False)
    inbox = await connection.subscribe(\"orders.*\")
    await connection.publish(\"orders.new\", b\"one\")
    print((await inbox.next_msg(20)).data.decode())
    await connection.close()
asyncio.run(main())'",
        "one",
    ),
    (
        "mosquitto",
        "mosquitto_pub -L $FIXTURED_URL/weather/here -r -q 1 -m 21.5; mosquitto_sub -L $FIXTURED_URL/weather/here -C 1 -W 30",
        "21.5",
    ),
    (
        "nginx",
        "echo '<p>hello' > $FIXTURED_DATA/html/index.html; curl -sSf $FIXTURED_URL",
        "<p>hello",
    ),
    (
        "openldap",
        "printf 'dn: ou=people,%s\\nobjectClass: organizationalUnit\\n' $LDAPBASE | ldapadd -x -w $FIXTURED_OPENLDAP_PASSWORD
         ldapsearch -x -LLL '(ou=people)' -w $FIXTURED_OPENLDAP_PASSWORD ou",
        "adding new entry \"ou=people,dc=example,dc=org\"\n\ndn: ou=people,dc=example,dc=org\nou: people",
    ),
    (
        "aws",
        "$share/boto3/bin/python3 -c '
import boto3
sqs = boto3.client(\"sqs\")
queue = sqs.create_queue(QueueName=\"orders\")[\"QueueUrl\"]
sqs.send_message(QueueUrl=queue, MessageBody=\"hello\")
print(sqs.receive_message(QueueUrl=queue)[\"Messages\"][0][\"Body\"])
print(boto3.client(\"sts\").get_caller_identity()[\"Account\"])'",
        "hello\n123456789012",
    ),
    (
        "azurite",
        "$share/azure/bin/python3 -c '
import os
from azure.storage.blob import BlobServiceClient
blobs = BlobServiceClient.from_connection_string(os.environ[\"AZURE_STORAGE_CONNECTION_STRING\"])
photos = blobs.create_container(\"photos\")
photos.upload_blob(\"key\", b\"hello\")
print(photos.download_blob(\"key\").readall().decode(), blobs.account_name)'",
        "hello test",
    ),
    ("s3", AWS, "hello\n['key']"),
    ("s3rver", AWS, "hello\n['key']"),
    ("seaweedfs", AWS, "hello\n['key']"),
    (
        "rclone",
        "echo hello | curl -sSf -o /dev/null -T - $FIXTURED_URL/greeting; curl -sSf $FIXTURED_URL/greeting; cat $FIXTURED_RCLONE_DIRECTORY/greeting",
        "hello\nhello",
    ),
    ("fakes3", AWS, "hello\n['key']"),
    (
        "httpbin",
        "curl -sSf $FIXTURED_URL/anything -d word=hello | grep '\"word\"' | tr -d ' '; curl -sSf $FIXTURED_URL/base64/aGVsbG8=",
        "\"word\":\"hello\"\nhello",
    ),
    (
        "swift",
        "PATH=$PATH:${FIXTURED_SWIFT_BIN:-$share/swift/bin}; cd $FIXTURED_DATA
         echo hello > greeting; swift upload container greeting; swift download container greeting -o -; swift list container",
        "greeting\nhello\ngreeting",
    ),
    (
        "ceph",
        "echo hello | rados -p rbd put greeting -; rados -p rbd get greeting -; rados -p rbd ls",
        "hello\ngreeting",
    ),
    (
        "gnocchi",
        "gnocchi() { $share/aodh/bin/gnocchi \"$@\"; }
         gnocchi metric create --archive-policy-name high weather -f value -c name; id=$(gnocchi metric list -f value -c id)
         gnocchi measures add -m 2020-01-01T00:00:00@3 -m 2020-01-01T00:00:01@5 $id
         gnocchi measures show --refresh --utc --aggregation mean --granularity 60 -f value $id",
        "weather\n2020-01-01T00:00:00+00:00 60.0 4.0",
    ),
    // Its Gnocchi comes with it.
    (
        "aodh",
        "$share/aodh/bin/gnocchi --os-auth-type gnocchi-basic metric create --archive-policy-name low weather -f value -c name
         ask() { curl -sSf -H 'X-Roles: admin' -H 'X-User-Id: admin' -H 'X-Project-Id: admin' -H 'Content-Type: application/json' $AODH_ENDPOINT/v2/alarms \"$@\"; }
         ask -o /dev/null -d '{\"name\": \"warm\", \"type\": \"event\", \"event_rule\": {}}'; ask | grep -o '\"name\": *\"warm\"' | tr -d ' '",
        "weather\n\"name\":\"warm\"",
    ),
    // The server's program is its client.
    (
        "vault",
        "PATH=$PATH:${FIXTURED_VAULT_BIN:-}; vault kv put -mount=secret greeting text=hello >/dev/null; vault kv get -mount=secret -field=text greeting",
        "hello",
    ),
    (
        "openbao",
        "bao() { PATH=$PATH:${FIXTURED_OPENBAO_BIN:-$share/openbao/bin} command bao \"$@\"; }
         bao kv put -mount=secret greeting text=hello >/dev/null; bao kv get -mount=secret -field=text greeting; echo; bao token lookup -format=json | grep -c '\"root\"'
         curl -sSf -H \"X-Vault-Token: $FIXTURED_ROOT_TOKEN\" $FIXTURED_URL/v1/secret/data/greeting | grep -o '\"text\":\"hello\"'",
        "hello\n1\n\"text\":\"hello\"",
    ),
    (
        "clickhouse",
        "curl -sSf $FIXTURED_URL -d 'CREATE TABLE t (n UInt8) ENGINE = Memory'
         client() { clickhouse-client --host 127.0.0.1 --port $FIXTURED_CLICKHOUSE_NATIVE_PORT --database $FIXTURED_CLICKHOUSE_DATABASE --query \"$1\"; }
         client 'INSERT INTO t VALUES (42)'; client 'SELECT n, currentDatabase() FROM t'; curl -sSf $FIXTURED_URL -d 'SELECT n FROM t'",
        "42\tdefault\n42",
    ),
    (
        "temporal",
        "temporal() { PATH=$PATH:${FIXTURED_TEMPORAL_BIN:-$share/temporal/bin} command temporal \"$@\"; }
         temporal workflow start --type greet --task-queue greetings --workflow-id hello >/dev/null; temporal workflow list --query 'WorkflowId = \"hello\"' -o jsonl | grep -o '\"name\":\"greet\"'
         temporal operator namespace describe -n default -o json | grep -o '\"name\": *\"default\"' | tr -d ' '",
        "\"name\":\"greet\"\n\"name\":\"default\"",
    ),
    (
        "tansu",
        "$share/confluent-kafka/bin/python -c '
import os
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic
server = {\"bootstrap.servers\": \"127.0.0.1:\" + os.environ[\"FIXTURED_TANSU_PORT\"]}
admin = AdminClient(server)
admin.create_topics([NewTopic(\"orders\", 1)])[\"orders\"].result(30)
producer = Producer(server)
producer.produce(\"orders\", b\"one\")
producer.flush(30)
consumer = Consumer(server | {\"group.id\": \"readers\", \"auto.offset.reset\": \"earliest\"})
consumer.subscribe([\"orders\"])
print(consumer.poll(30).value().decode())
consumer.close()'",
        "one",
    ),
];

/// What clients of AWS find by themselves.
const AWS: &str = "$share/boto3/bin/python3 -c '
import boto3
s3 = boto3.client(\"s3\")
s3.create_bucket(Bucket=\"photos\")
s3.put_object(Bucket=\"photos\", Key=\"key\", Body=b\"hello\")
print(s3.get_object(Bucket=\"photos\", Key=\"key\")[\"Body\"].read().decode())
print([found[\"Key\"] for found in s3.list_objects_v2(Bucket=\"photos\")[\"Contents\"]])'";

/// The shells of POSIX syntax.
const SHELLS: [&str; 3] = ["bash", "dash", "zsh"];

fn main() {
    let mut arguments = Arguments::from_args();
    // Each test waits for processes; how many run at once is for the runner to say.
    arguments.test_threads.get_or_insert(2);
    let mut trials = Vec::new();
    for daemon in ALL {
        let left_out = is_left_out(daemon);
        let mut add = |what: &str, test: fn(&'static Entry) -> Result<(), Failed>| {
            let trial = Trial::test(test_name(daemon, what), move || test(daemon));
            trials.push(trial.with_ignored_flag(left_out));
        };
        add("client", reads_back);
        add("shell", in_shells);
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// What a command has printed.
fn stdout(output: &Output) -> Result<String, Failed> {
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout.clone())?),
        false => Err(printed(output).into()),
    }
}

fn reads_back(daemon: &'static Entry) -> Result<(), Failed> {
    let name = daemon.name();
    let row = CLIENTS
        .iter()
        .chain(services::CLIENTS)
        .find(|row| row.0 == name);
    let (_, client, wanted) = row.ok_or("it has no client in the table of this test")?;
    let world = World::new(&format!("{name}-c"));
    let option_file = "[client]\nhost=192.0.2.1\n";
    std::fs::write(world.directory.join("my.cnf"), option_file)?;
    let script = format!("set -euo pipefail; share=$HOME/.local/share/fixtured; {client}");
    let mut command = world.fixtured(&format!("--quiet run {name} -- bash -c"));
    let output = command
        .arg(&script)
        .envs(ELSEWHERE.iter().copied())
        .env("MYSQL_HOME", &*world.directory)
        .env("MARIADB_HOME", &*world.directory)
        .output()?;
    assert_eq!(stdout(&output)?.trim_end(), *wanted, "{}", printed(&output));
    world.is_empty();
    Ok(())
}

fn in_shells(daemon: &'static Entry) -> Result<(), Failed> {
    let name = daemon.name();
    let world = World::new(&format!("{name}-s"));
    // The number of the first one, and how many: one for those that take seconds, and for each another one. How a shell takes the
    // variables is the same for all.
    let (first, count) = match HEAVY.iter().position(|heavy| *heavy == name) {
        Some(place) => (place, 1),
        None => (0, SHELLS.len()),
    };
    for shell in SHELLS.iter().cycle().skip(first).take(count) {
        let script = format!(
            "set -eu; eval \"$(fixtured run {name})\"; echo $FIXTURED_URL; echo $FIXTURED_{}_URL; \
             fixtured status --json; fixtured_stop; echo \"[${{FIXTURED_URL-}}${{FIXTURED_DATA-}}]\"",
            name.to_uppercase()
        );
        let output = world.command(shell).args(["-c", &script]).output()?;
        let text = stdout(&output)?;
        world.is_empty();
        let lines: Vec<_> = text.lines().collect();
        let [url, same, status @ .., back] = &lines[..] else {
            return Err(format!("{shell}: {}", printed(&output)).into());
        };
        assert!(url.contains("://"), "{shell}: {text}");
        assert_eq!((url, *back), (same, "[]"), "{shell}: {text}");
        is_gone(&serde_json::from_str(&status.concat())?);
    }
    Ok(())
}

/// Nothing is left of what `fixtured status` has told of.
fn is_gone(status: &Value) {
    let of = |place: &str| status.pointer(&format!("/0/daemons/0/{place}")).unwrap();
    let processes = of("processes").as_array().unwrap();
    assert!(!processes.is_empty(), "{status}");
    for process in processes {
        let pid = process.get("pid").unwrap().as_u64().unwrap();
        assert!(!alive(pid.try_into().unwrap()), "{status}");
    }
    assert!(!Path::new(of("dir").as_str().unwrap()).exists());
    let ports = of("ports").as_object().unwrap();
    assert!(!ports.is_empty(), "{status}");
    for port in ports.values() {
        let port = port.as_u64().unwrap().try_into().unwrap();
        // Another test may have been given it meanwhile.
        eventually("the port is free", || {
            (leased(port) == (false, false)).then_some(())
        });
    }
}
