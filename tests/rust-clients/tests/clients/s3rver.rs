//! S3rver.

use fixtured::daemons::S3rver;
use fixtured::{Instance, fixture};
use s3::{Bucket, BucketConfiguration, Region, creds::Credentials};

use super::Result;

#[fixture(s3rver)]
fn rust_s3(s3rver: &Instance<S3rver>) -> Result {
    let [region, endpoint] = [s3rver.region(), s3rver.http_url()].map(Into::into);
    let region = Region::Custom { region, endpoint };
    let keys = [s3rver.access_key(), s3rver.secret_key()].map(Some);
    let credentials = Credentials::new(keys[0], keys[1], None, None, None)?;
    let name = format!("{}-bucket", s3rver.prefix());
    let config = BucketConfiguration::default();
    let made = Bucket::create_with_path_style(&name, region, credentials, config)?;
    assert!(made.success(), "{}", made.response_text);
    made.bucket.put_object("key", b"value")?;
    assert_eq!(made.bucket.get_object("key")?.as_str()?, "value");
    Ok(())
}
