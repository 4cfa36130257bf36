//! Fake S3, by a client of AWS.

use fixtured::daemons::{self, Fakes3};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::boto3;

#[fixture(fakes3)]
fn a_client_reads_back_what_it_wrote(fakes3: &Instance<Fakes3>, url: &str, prefix: &str) {
    assert_eq!(url, format!("s3://localhost:{}", fakes3.port()));
    let code = format!(
        r#"
s3.create_bucket(Bucket="{prefix}-photos")
s3.put_object(Bucket="{prefix}-photos", Key="a/b.txt", Body=b"hello")
print(s3.get_object(Bucket="{prefix}-photos", Key="a/b.txt")["Body"].read())
print([found["Key"] for found in s3.list_objects_v2(Bucket="{prefix}-photos")["Contents"]])
"#
    );
    assert_eq!(boto3(fakes3.variables(), &code), "b'hello'\n['a/b.txt']");
}

#[test]
fn two_tests_share_a_server_and_have_buckets_of_their_own() {
    let first = daemons::fakes3().acquire().unwrap();
    let second = daemons::fakes3().acquire().unwrap();
    assert_eq!(first.pid(), second.pid());
    for fakes3 in [&first, &second] {
        let code = format!(
            r#"
s3.create_bucket(Bucket="{0}-photos")
s3.put_object(Bucket="{0}-photos", Key="{0}", Body=b"x")
print([found["Key"] for found in s3.list_objects_v2(Bucket="{0}-photos")["Contents"]])
"#,
            fakes3.prefix()
        );
        assert_eq!(
            boto3(fakes3.variables(), &code),
            format!("['{}']", fakes3.prefix())
        );
    }
}
