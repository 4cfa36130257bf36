//! What each daemon with data of its own starts from, with its own clients.

use std::fs;
use std::path::Path;
use std::process::Command;

use fixtured::daemons::{self, Beanstalkd, Etcd, Influxdb, Mosquitto, Nats, Openldap, S3};
use fixtured::{Acquire, Daemon, ErrorKind, Instance, fixture};
use fixtured_tests::{boto3, client, scratch_directory};

/// Two servers at once that start from this. The first one changes what it has, which the second one and a third do not see.
fn check<D: Daemon + Clone>(
    daemon: &D,
    look: impl Fn(&Instance<D>) -> String,
    change: impl Fn(&Instance<D>),
    wanted: &str,
) {
    let acquire = || daemon.clone().acquire().unwrap();
    let [first, second] = [acquire(), acquire()];
    assert_eq!(look(&first), wanted);
    change(&first);
    assert_ne!(look(&first), wanted);
    assert_eq!(look(&second), wanted);
    drop(first);
    assert_eq!(look(&acquire()), wanted);
}

/// What a Python program prints, run where tests/provision puts this client.
fn python(name: &str, program: &str) -> String {
    let home = std::env::home_dir().unwrap();
    let python = home.join(format!(".local/share/fixtured/{name}/bin/python"));
    client(python.to_str().unwrap(), &["-c", program])
}

fn etcdctl(endpoints: &str, args: &[&str]) -> String {
    client("etcdctl", &[&["--endpoints", endpoints], args].concat())
}

fn fill_etcd(url: &str) -> Result<(), String> {
    for (key, value) in [("/stock/apples", "3"), ("/stock/pears", "4")] {
        etcdctl(url.trim_start_matches("etcd://"), &["put", key, value]);
    }
    Ok(())
}

#[test]
fn etcd_has_keys() {
    let look = |etcd: &Instance<Etcd>| {
        etcdctl(
            etcd.endpoints(),
            &["get", "--prefix", "/stock", "--print-value-only"],
        )
    };
    let change = |etcd: &Instance<Etcd>| {
        etcdctl(etcd.endpoints(), &["put", "/stock/apples", "0"]);
    };
    check(&daemons::etcd().init(fill_etcd), look, change, "3\n4");
    let error = daemons::etcd().cluster(true).init(fill_etcd).acquire();
    let error = error.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let wanted = "`init` needs a single server; remove `cluster`";
    assert!(error.to_string().contains(wanted), "{error}");
}

fn nats(url: &str, code: &str) -> String {
    let program = format!(
        "import asyncio, nats\n\
         async def main():\n    \
             connection = await nats.connect({url:?}, allow_reconnect=False)\n    \
             streams = connection.jetstream()\n    \
             {}\n    \
             await connection.close()\n\
         asyncio.run(asyncio.wait_for(main(), 30))\n",
        code.replace('\n', "\n    ")
    );
    python("nats-py", &program)
}

fn fill_nats(url: &str) -> Result<(), String> {
    let fill = "\
await streams.add_stream(name='orders', subjects=['orders.*'])
await streams.publish('orders.new', b'one')
await streams.publish('orders.new', b'two')
bucket = await streams.create_key_value(bucket='settings')
await bucket.put('colour', b'red')";
    nats(url, fill);
    Ok(())
}

#[test]
fn nats_has_streams_and_buckets() {
    let look = |server: &Instance<Nats>| {
        let look = "\
info = await streams.stream_info('orders')
bucket = await streams.key_value('settings')
last = await streams.get_last_msg('orders', 'orders.new')
print(info.state.messages, (await bucket.get('colour')).value, last.data)";
        nats(server.url(), look)
    };
    let change = |server: &Instance<Nats>| {
        nats(
            server.url(),
            "await streams.purge_stream('orders')\nawait streams.publish('orders.new', b'x')",
        );
    };
    let daemon = daemons::nats().jetstream(true).init(fill_nats);
    check(&daemon, look, change, "2 b'red' b'two'");
    let error = daemons::nats().init(fill_nats).acquire().map(drop);
    let wanted = "`init` needs `jetstream`, without which the server keeps nothing";
    assert!(error.unwrap_err().to_string().contains(wanted));
}

fn mosquitto(port: &str, program: &str, args: &[&str]) -> String {
    client(program, &[&["-h", "127.0.0.1", "-p", port], args].concat())
}

fn retain(port: &str, text: &str) {
    let retained = ["-t", "lamp", "-q", "1", "-r", "-m", text];
    mosquitto(port, "mosquitto_pub", &retained);
}

fn fill_mosquitto(url: &str) -> Result<(), String> {
    retain(url.rsplit(':').next().unwrap(), "on");
    Ok(())
}

#[test]
fn mosquitto_has_retained_messages() {
    let port = |server: &Instance<Mosquitto>| server.port().to_string();
    let look = |server: &Instance<Mosquitto>| {
        let first = ["-t", "lamp", "-C", "1", "-W", "20"];
        mosquitto(&port(server), "mosquitto_sub", &first)
    };
    let change = |server: &Instance<Mosquitto>| retain(&port(server), "off");
    check(
        &daemons::mosquitto().init(fill_mosquitto),
        look,
        change,
        "on",
    );
}

fn queue(port: &str, code: &str) -> String {
    let program =
        format!("import greenstalk\nqueue = greenstalk.Client(('127.0.0.1', {port}))\n{code}");
    python("greenstalk", &program)
}

fn fill_beanstalkd(url: &str) -> Result<(), String> {
    let put = "queue.use('mail'); queue.put('hello'); queue.put('world')";
    queue(url.rsplit(':').next().unwrap(), put);
    Ok(())
}

#[test]
fn beanstalkd_has_jobs() {
    let look = |server: &Instance<Beanstalkd>| {
        let look = "print(queue.stats_tube('mail')['current-jobs-ready'])";
        queue(&server.port().to_string(), look)
    };
    let change = |server: &Instance<Beanstalkd>| {
        let take = "queue.watch('mail'); job = queue.reserve(timeout=20); print(job.body); queue.delete(job)";
        assert_eq!(queue(&server.port().to_string(), take), "hello");
    };
    check(
        &daemons::beanstalkd().init(fill_beanstalkd),
        look,
        change,
        "2",
    );
}

const PASSWORD: &str = "secret";

fn ldap(url: &str, program: &str, args: &[&str]) -> String {
    let login = [
        "-x",
        "-H",
        url,
        "-D",
        "cn=admin,dc=example,dc=org",
        "-w",
        PASSWORD,
    ];
    client(program, &[&login, args].concat())
}

fn add(url: &str, uid: &str) {
    let scratch = scratch_directory("start-from").unwrap();
    let file = scratch.join("ldif");
    let entry = format!(
        "dn: uid={uid},dc=example,dc=org\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {uid}\nsn: Test\n"
    );
    fs::write(&file, entry).unwrap();
    ldap(url, "ldapadd", &["-f", file.to_str().unwrap()]);
}

fn fill_openldap(url: &str) -> Result<(), String> {
    ["ann", "bob"].iter().for_each(|uid| add(url, uid));
    Ok(())
}

#[test]
fn openldap_has_entries() {
    let look = |server: &Instance<Openldap>| {
        let search = ["-LLL", "-b", "dc=example,dc=org", "(uid=*)", "dn"];
        let found = ldap(server.url(), "ldapsearch", &search);
        let names = found
            .lines()
            .filter_map(|line| line.strip_prefix("dn: uid="));
        let names = names.filter_map(|name| name.split(',').next());
        names.collect::<Vec<_>>().join(" ")
    };
    let change = |server: &Instance<Openldap>| add(server.url(), "carl");
    let daemon = daemons::openldap().password(PASSWORD).init(fill_openldap);
    check(&daemon, look, change, "ann bob");
}

fn influx(url: &str, path: &str, args: &[&str]) -> String {
    let url = format!("{url}{path}");
    client(
        "curl",
        &[&["-sS", "--fail-with-body", url.as_str()], args].concat(),
    )
}

fn write_point(url: &str, value: u32) {
    influx(
        url,
        "/write?db=test",
        &["--data-binary", &format!("stock apples={value}")],
    );
}

fn fill_influxdb(url: &str) -> Result<(), String> {
    let address = url
        .trim_start_matches("influxdb://")
        .trim_end_matches("/test");
    write_point(&format!("http://{address}"), 3);
    Ok(())
}

#[test]
fn influxdb_has_points() {
    let look = |server: &Instance<Influxdb>| {
        let query = [
            "-G",
            "--data-urlencode",
            "q=SELECT sum(apples) FROM stock",
            "-d",
            "db=test",
        ];
        let found = influx(server.http_url(), "/query", &query);
        let sum = found.split("00Z\",").nth(1).unwrap_or(&found);
        sum.split(']').next().unwrap().to_owned()
    };
    let change = |server: &Instance<Influxdb>| write_point(server.http_url(), 4);
    check(&daemons::influxdb().init(fill_influxdb), look, change, "3");
}

const PUT: &str =
    "s3.put_object(Bucket='test', Key='a/b.txt', Body=b'hello', Metadata={'by': 'ann'})";
const LIST: &str =
    "print(*[it['Key'] for it in s3.list_objects_v2(Bucket='test').get('Contents', [])])";

fn fill_s3(url: &str) -> Result<(), String> {
    let variables = [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", "fixtured"),
        ("AWS_SECRET_ACCESS_KEY", PASSWORD),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    boto3(&variables.into(), PUT);
    Ok(())
}

#[test]
fn s3_has_objects() {
    let look = |server: &Instance<S3>| boto3(server.variables(), LIST);
    let change = |server: &Instance<S3>| {
        boto3(
            server.variables(),
            "s3.delete_object(Bucket='test', Key='a/b.txt')",
        );
    };
    let daemon = daemons::s3().secret_key(PASSWORD).init(fill_s3);
    check(&daemon, look, change, "a/b.txt");
}

#[test]
fn s3_has_the_files_of_a_directory() {
    let scratch = scratch_directory("buckets").unwrap();
    fs::create_dir_all(scratch.join("pictures/new")).unwrap();
    fs::write(scratch.join("pictures/new/cat.txt"), "meow").unwrap();
    let server = daemons::s3().init(&*scratch as &Path).acquire().unwrap();
    let read = "print(s3.get_object(Bucket='pictures', Key='new/cat.txt')['Body'].read())";
    assert_eq!(boto3(server.variables(), read), "b'meow'");
    // The test's bucket exists too.
    assert_eq!(boto3(server.variables(), LIST), "");
}

/// A link could lead anywhere.
#[test]
fn links_are_refused() {
    let scratch = scratch_directory("links").unwrap();
    std::os::unix::fs::symlink("/etc", scratch.join("etc")).unwrap();
    let error = daemons::s3().init(&*scratch as &Path).acquire().map(drop);
    let text = error.unwrap_err().to_string();
    assert!(
        text.ends_with("`etc` is neither file nor directory"),
        "{text}"
    );
}

#[fixture(s3rver, init = fill_s3rver)]
fn s3rver_is_dedicated(s3rver: &Instance<daemons::S3rver>) {
    assert_eq!(boto3(s3rver.variables(), LIST), "a/b.txt");
}

fn fill_s3rver(url: &str) -> Result<(), String> {
    let endpoint = url.replace("s3://", "http://");
    let python = "import boto3, sys\n\
        s3 = boto3.client('s3', endpoint_url=sys.argv[1], aws_access_key_id='S3RVER', aws_secret_access_key='S3RVER', region_name='us-east-1')\n\
        s3.create_bucket(Bucket='test')\n\
        s3.put_object(Bucket='test', Key='a/b.txt', Body=b'hello')";
    let home = std::env::home_dir().unwrap();
    let mut command = Command::new(home.join(".local/share/fixtured/boto3/bin/python3"));
    let done = command.args(["-c", python, &endpoint]).output().unwrap();
    match done.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
    }
}
