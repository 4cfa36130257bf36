//! rclone, by curl and boto3.

use std::fs;

use fixtured::daemons::{self, Rclone};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{boto3, client};

/// What curl prints, which accepts any host key.
fn curl(args: &[&str]) -> String {
    let limits = ["-sSf", "--insecure", "--max-time", "20"];
    client("curl", &[&limits[..], args].concat())
}

/// The status of an answer.
fn status(url: &str) -> String {
    let args = ["-sS", "-o", "/dev/null", "-w", "%{http_code}", url];
    client("curl", &args)
}

/// Writes a file by the protocol, and finds it in the directory; and the other way round.
fn goes_both_ways(rclone: &Instance<Rclone>) {
    let (url, directory) = (rclone.url(), rclone.directory());
    let written = directory.join("a b.txt");
    fs::write(directory.join("original"), "hello").unwrap();
    let original = directory.join("original").display().to_string();
    curl(&["-T", &original, &format!("{url}/a%20b.txt")]);
    assert_eq!(fs::read_to_string(&written).unwrap(), "hello");
    assert_eq!(curl(&[&format!("{url}/a%20b.txt")]), "hello");
    fs::create_dir(directory.join("sub")).unwrap();
    fs::write(directory.join("sub/new"), "later").unwrap();
    assert_eq!(curl(&[&format!("{url}/sub/new")]), "later");
    fs::write(directory.join("sub/new"), "changed").unwrap();
    assert_eq!(curl(&[&format!("{url}/sub/new")]), "changed");
}

#[fixture(rclone)]
fn files_are_served_over_webdav(rclone: &Instance<Rclone>, url: &str) {
    goes_both_ways(rclone);
    curl(&["-X", "MKCOL", &format!("{url}/made/")]);
    assert!(rclone.directory().join("made").is_dir());
    curl(&["-X", "DELETE", &format!("{url}/made/")]);
    assert!(!rclone.directory().join("made").exists());
    let found = curl(&["-X", "PROPFIND", "-H", "Depth: 1", &format!("{url}/")]);
    assert!(found.contains("/a%20b.txt"), "{found}");
    assert_eq!(status(&url.replace("fixtured:", "other:")), "401");
}

#[fixture(rclone, protocol = "sftp", username = "ada", password = "p@ss/w:rd")]
fn files_are_served_over_sftp(rclone: &Instance<Rclone>, port: u16, url: &str) {
    assert_eq!(url, format!("sftp://ada:p%40ss%2Fw%3Ard@127.0.0.1:{port}"));
    assert_eq!((rclone.username(), rclone.password()), ("ada", "p@ss/w:rd"));
    goes_both_ways(rclone);
    let listed = curl(&[&format!("{url}/sub/")]);
    assert!(listed.trim_end().ends_with("new"), "{listed}");
    let wrong = url.replace("ada:", "eve:");
    let refused = std::process::Command::new("curl")
        .args(["-sS", "--insecure", "--max-time", "20", &wrong])
        .status();
    // As curl calls a login that was denied.
    assert_eq!(refused.unwrap().code(), Some(67));
}

#[fixture(rclone, protocol = "http")]
fn files_are_served_over_http(rclone: &Instance<Rclone>, url: &str) {
    fs::write(rclone.directory().join("page.html"), "<p>hello").unwrap();
    assert_eq!(curl(&[&format!("{url}/page.html")]), "<p>hello");
    assert!(curl(&[&format!("{url}/")]).contains("page.html"));
    assert_eq!(status(&url.replace("fixtured:", "other:")), "401");
}

#[fixture(rclone, protocol = "s3")]
fn directories_are_buckets_of_s3(rclone: &Instance<Rclone>) {
    fs::create_dir(rclone.directory().join("photos")).unwrap();
    let code = r#"
s3.put_object(Bucket="photos", Key="a/b", Body=b"hello")
print(s3.get_object(Bucket="photos", Key="a/b")["Body"].read())
print([found["Key"] for found in s3.list_objects_v2(Bucket="photos")["Contents"]])
s3.create_bucket(Bucket="more")
print([found["Name"] for found in s3.list_buckets()["Buckets"]])
"#;
    let wanted = "b'hello'\n['a/b']\n['more', 'photos']";
    assert_eq!(boto3(rclone.variables(), code), wanted);
    let file = rclone.directory().join("photos/a/b");
    assert_eq!(fs::read_to_string(file).unwrap(), "hello");
    let mut variables = rclone.variables().clone();
    variables.insert("AWS_SECRET_ACCESS_KEY".into(), "another-key".into());
    let code = r#"
try:
    s3.list_buckets()
except Exception as error:
    print(error.response["Error"]["Code"])
"#;
    assert_eq!(boto3(&variables, code), "SignatureDoesNotMatch");
}

#[fixture(rclone)]
#[fixture(rclone as other)]
fn two_are_two(rclone: &Instance<Rclone>, other: &Instance<Rclone>) {
    fs::write(rclone.directory().join("file"), "x").unwrap();
    assert_eq!(curl(&[&format!("{}/file", rclone.url())]), "x");
    assert_eq!(status(&format!("{}/file", other.url())), "404");
    assert_ne!(rclone.password(), other.password());
}

#[test]
fn what_is_no_protocol_or_key_is_refused() {
    for (rclone, wanted) in [
        (
            daemons::rclone().protocol("ftp"),
            "unknown protocol `ftp`, expected \"webdav\", \"sftp\", \"http\" or \"s3\"",
        ),
        (daemons::rclone().password(""), "`password` is empty"),
        (
            daemons::rclone().protocol("s3").username("ak"),
            "`username` cannot be a key of S3: at least 8 characters",
        ),
    ] {
        let error = rclone.acquire().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let wanted = format!("cannot start `rclone`: {wanted}");
        assert!(error.to_string().starts_with(&wanted), "{error}");
    }
}
