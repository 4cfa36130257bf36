//! S3: what clients of AWS do with it.

use fixtured::__command_line::Entry;
use fixtured::daemons::{self, S3};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::{boto3, client};

#[fixture(s3)]
fn a_client_reads_back_what_it_wrote(s3: &Instance<S3>, bucket: &str) {
    assert_eq!(bucket, "test");
    let code = r#"
s3.put_object(Bucket="test", Key="a/ä b.txt", Body=b"hello", ContentType="text/x", Metadata={"by": "me"})
got = s3.get_object(Bucket="test", Key="a/ä b.txt", Range="bytes=1-3")
print(got["Body"].read(), got["ContentRange"])
s3.copy_object(Bucket="test", Key="copy", CopySource={"Bucket": "test", "Key": "a/ä b.txt"})
head = s3.head_object(Bucket="test", Key="a/ä b.txt")
print(head["ContentLength"], head["ContentType"], head["Metadata"])
print(s3.get_object(Bucket="test", Key="copy")["Body"].read())
s3.delete_object(Bucket="test", Key="a/ä b.txt")
print([found["Key"] for found in s3.list_objects_v2(Bucket="test")["Contents"]])
try:
    s3.get_object(Bucket="test", Key="a/ä b.txt")
except s3.exceptions.NoSuchKey:
    print("gone")
"#;
    let wanted = "b'ell' bytes 1-3/5\n5 text/x {'by': 'me'}\nb'hello'\n['copy']\ngone";
    assert_eq!(boto3(s3.variables(), code), wanted);
}

#[fixture(s3, bucket = "photos.of-2024")]
fn objects_are_listed_page_by_page(s3: &Instance<S3>) {
    let code = r#"
bucket = "photos.of-2024"
for name in ["a/1", "a/2", "b/1", "c", "d"]:
    s3.put_object(Bucket=bucket, Key=name, Body=b"x")
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 3})
for page in pages:
    print([found["Prefix"] for found in page.get("CommonPrefixes", [])], [found["Key"] for found in page.get("Contents", [])])
s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "c"}, {"Key": "d"}]})
print(s3.list_objects_v2(Bucket=bucket)["KeyCount"], s3.list_objects_v2(Bucket=bucket, Prefix="a/")["KeyCount"])
s3.create_bucket(Bucket="more")
print([found["Name"] for found in s3.list_buckets()["Buckets"]])
"#;
    let wanted = "['a/', 'b/'] ['c']\n[] ['d']\n3 2\n['more', 'photos.of-2024']";
    assert_eq!(boto3(s3.variables(), code), wanted);
}

#[fixture(s3)]
fn an_object_is_uploaded_in_parts(s3: &Instance<S3>) {
    let code = r#"
import hashlib, io
from boto3.s3.transfer import TransferConfig
body = b"0123456789abcdef" * 700_000
s3.upload_fileobj(io.BytesIO(body), "test", "large", Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
print(s3.head_object(Bucket="test", Key="large")["ETag"][-3:-1])
print(s3.get_object(Bucket="test", Key="large")["Body"].read() == body)
"#;
    assert_eq!(boto3(s3.variables(), code), "-3\nTrue");
}

#[fixture(s3)]
fn a_signed_url_needs_no_keys_and_nothing_else_goes_without(s3: &Instance<S3>, url: &str) {
    // Left to itself, boto3 signs URLs in the older way.
    let code = r#"
s3 = boto3.client("s3", config=boto3.session.Config(signature_version="s3v4"))
for method in ["put_object", "get_object"]:
    print(s3.generate_presigned_url(method, {"Bucket": "test", "Key": "key"}))
"#;
    let signed = boto3(s3.variables(), code);
    let (put, get) = signed.split_once('\n').unwrap();
    let curl = |args: &[&str]| client("curl", &[&["-sS", "--max-time", "10"], args].concat());
    curl(&["-f", "-X", "PUT", "--data-binary", "hello", put]);
    assert_eq!(curl(&["-f", get]), "hello");
    let forged = get.replace("/key?", "/other?");
    assert!(curl(&[&forged]).contains("SignatureDoesNotMatch"));
    assert!(curl(&[&format!("{url}/test/key")]).contains("AccessDenied"));
    let mut variables = s3.variables().clone();
    variables.insert("AWS_SECRET_ACCESS_KEY".into(), "another".into());
    let code = r#"
try:
    s3.list_buckets()
except Exception as error:
    print(error.response["Error"]["Code"])
"#;
    assert_eq!(boto3(&variables, code), "SignatureDoesNotMatch");
}

#[fixture(s3)]
#[fixture(s3 as other)]
fn two_are_two(s3: &Instance<S3>, other: &Instance<S3>) {
    boto3(
        s3.variables(),
        r#"s3.put_object(Bucket="test", Key="key", Body=b"x")"#,
    );
    assert_ne!(s3.secret_key(), other.secret_key());
    let code = r#"print(s3.list_objects_v2(Bucket="test")["KeyCount"])"#;
    assert_eq!(boto3(s3.variables(), code), "1");
    assert_eq!(boto3(other.variables(), code), "0");
}

#[test]
fn a_name_that_no_bucket_can_have_is_refused() {
    for name in ["No", "ab", "../etc", "a_b", "-ab", "ab."] {
        let error = daemons::s3().bucket(name).acquire().unwrap_err();
        let wanted = format!("cannot start `s3`: `{name}` cannot be the name of a bucket: 3 to 63");
        assert!(error.to_string().starts_with(&wanted), "{error}");
        let error = (Entry::named("s3").unwrap().configured)(&[("bucket", name)]);
        let wanted = format!("`{name}` cannot be the name of a bucket: 3 to 63");
        assert!(error.unwrap_err().starts_with(&wanted));
    }
}
