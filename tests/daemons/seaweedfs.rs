//! SeaweedFS, by a client of AWS.

use std::thread;

use fixtured::daemons::{self, Seaweedfs};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::{boto3, client, eventually};

/// What a client does with a bucket, which it finds empty.
fn everything(bucket: &str) -> String {
    format!(
        r#"
bucket = "{bucket}"
print(s3.list_objects_v2(Bucket=bucket)["KeyCount"])
s3.put_object(Bucket=bucket, Key="a/ä b.txt", Body=b"hello", Metadata={{"by": "me"}}, Tagging="kind=text")
got = s3.get_object(Bucket=bucket, Key="a/ä b.txt", Range="bytes=1-3")
print(got["Body"].read(), got["Metadata"], s3.get_object_tagging(Bucket=bucket, Key="a/ä b.txt")["TagSet"])
s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={{"Status": "Enabled"}})
for body in [b"one", b"two"]:
    s3.put_object(Bucket=bucket, Key="versions", Body=body)
print(len(s3.list_object_versions(Bucket=bucket, Prefix="versions")["Versions"]))
print([found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]])
"#
    )
}

const DONE: &str =
    "0\nb'ell' {'by': 'me'} [{'Key': 'kind', 'Value': 'text'}]\n2\n['a/ä b.txt', 'versions']";

#[fixture(seaweedfs)]
fn a_client_reads_back_what_it_wrote(
    seaweedfs: &Instance<Seaweedfs>,
    url: &str,
    bucket: &str,
    filer_url: &str,
) {
    assert_eq!(url, format!("http://127.0.0.1:{}", seaweedfs.port()));
    assert!(bucket.starts_with("t-"), "{bucket}");
    let filer = format!("http://127.0.0.1:{}", seaweedfs.port_named("filer"));
    assert_eq!(filer_url, filer);
    let code = everything(bucket);
    assert_eq!(boto3(seaweedfs.variables(), &code), DONE);
}

#[test]
fn two_tests_share_the_servers_and_have_buckets_of_their_own() {
    let tests = [(); 2].map(|()| daemons::seaweedfs().acquire().unwrap());
    assert_eq!(tests[0].pid(), tests[1].pid());
    assert_ne!(tests[0].bucket(), tests[1].bucket());
    thread::scope(|scope| {
        for seaweedfs in &tests {
            scope.spawn(|| {
                let code = everything(seaweedfs.bucket());
                assert_eq!(boto3(seaweedfs.variables(), &code), DONE);
            });
        }
    });
}

#[test]
fn a_bucket_is_gone_when_its_test_is() {
    let server = daemons::seaweedfs().acquire().unwrap();
    let seaweedfs = daemons::seaweedfs().acquire().unwrap();
    let bucket = seaweedfs.bucket().to_owned();
    boto3(seaweedfs.variables(), &everything(&bucket));
    drop(seaweedfs);
    let list = r#"print([found["Name"] for found in s3.list_buckets()["Buckets"]])"#;
    eventually("the bucket is gone", || {
        (!boto3(server.variables(), list).contains(&bucket)).then_some(())
    });
}

#[fixture(seaweedfs)]
fn who_has_not_the_key_is_refused(seaweedfs: &Instance<Seaweedfs>, url: &str, bucket: &str) {
    let unsigned = format!("{url}/{bucket}/key");
    let answer = client("curl", &["-sS", "--max-time", "20", &unsigned]);
    assert!(answer.contains("AccessDenied"), "{answer}");
    let mut variables = seaweedfs.variables().clone();
    variables.insert("AWS_SECRET_ACCESS_KEY".into(), "another".into());
    let code = r#"
try:
    s3.list_buckets()
except Exception as error:
    print(error.response["Error"]["Code"])
"#;
    assert_eq!(boto3(&variables, code), "SignatureDoesNotMatch");
}

#[fixture(seaweedfs, scope = "test")]
fn dedicated_servers_have_a_bucket_too(seaweedfs: &Instance<Seaweedfs>, bucket: &str) {
    assert_eq!(bucket, "test");
    let code = everything(bucket);
    assert_eq!(boto3(seaweedfs.variables(), &code), DONE);
}

#[fixture(seaweedfs)]
fn a_reset_leaves_an_empty_bucket(seaweedfs: &Instance<Seaweedfs>, bucket: &str) {
    for _ in 0..2 {
        let code = everything(bucket);
        assert_eq!(boto3(seaweedfs.variables(), &code), DONE);
        seaweedfs.reset().unwrap();
    }
    let code = format!(r#"print(s3.get_bucket_versioning(Bucket="{bucket}").get("Status"))"#);
    assert_eq!(boto3(seaweedfs.variables(), &code), "None");
}
