//! S3rver, by a client of AWS.

use fixtured::daemons::{self, S3rver};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::{boto3, client};

#[fixture(s3rver)]
fn a_client_reads_back_what_it_wrote(s3rver: &Instance<S3rver>, url: &str, prefix: &str) {
    assert_eq!(url, format!("s3://localhost:{}", s3rver.port()));
    assert_eq!(
        s3rver.http_url(),
        format!("http://127.0.0.1:{}", s3rver.port())
    );
    let code = format!(
        r#"
bucket = "{prefix}-photos"
s3.create_bucket(Bucket=bucket)
s3.put_object(Bucket=bucket, Key="a/b.txt", Body=b"hello", Metadata={{"by": "me"}})
got = s3.get_object(Bucket=bucket, Key="a/b.txt", Range="bytes=1-3")
print(got["Body"].read(), got["Metadata"])
print([found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]])
print(s3.generate_presigned_url("get_object", {{"Bucket": bucket, "Key": "a/b.txt"}}))
"#
    );
    let printed = boto3(s3rver.variables(), &code);
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(lines[..2], ["b'ell' {'by': 'me'}", "['a/b.txt']"]);
    assert_eq!(
        client("curl", &["-sSf", "--max-time", "10", lines[2]]),
        "hello"
    );
}

#[test]
fn two_tests_share_a_server_and_have_buckets_of_their_own() {
    let first = daemons::s3rver().acquire().unwrap();
    let second = daemons::s3rver().acquire().unwrap();
    assert_eq!(first.pid(), second.pid());
    assert_ne!(first.prefix(), second.prefix());
    let make = |s3rver: &Instance<S3rver>| {
        let code = format!(
            r#"
s3.create_bucket(Bucket="{0}-photos")
s3.put_object(Bucket="{0}-photos", Key="{0}", Body=b"x")
print([found["Key"] for found in s3.list_objects_v2(Bucket="{0}-photos")["Contents"]])
"#,
            s3rver.prefix()
        );
        boto3(s3rver.variables(), &code)
    };
    for s3rver in [&first, &second] {
        assert_eq!(make(s3rver), format!("['{}']", s3rver.prefix()));
    }
}

#[test]
fn no_prefix_is_the_beginning_of_another() {
    let tests: Vec<_> = (0..12)
        .map(|_| daemons::s3rver().acquire().unwrap())
        .collect();
    let prefixes: Vec<_> = tests.iter().map(|s3rver| s3rver.prefix()).collect();
    for prefix in &prefixes {
        let found = prefixes.iter().filter(|other| other.starts_with(prefix));
        assert_eq!(found.count(), 1, "{prefixes:?}");
    }
}
