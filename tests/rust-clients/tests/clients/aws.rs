//! AWS.

use fixtured::daemons::Aws;
use fixtured::{Instance, fixture};
use s3::{Bucket, BucketConfiguration, Region, creds::Credentials};

use super::Result;

#[fixture(aws, region = "eu-west-1")]
fn rust_s3(aws: &Instance<Aws>) -> Result {
    let [region, endpoint] = [aws.region(), aws.endpoint_url()].map(Into::into);
    let region = Region::Custom { region, endpoint };
    let keys = [aws.access_key(), aws.secret_key(), aws.session_token()].map(Some);
    let credentials = Credentials::new(keys[0], keys[1], None, keys[2], None)?;
    let config = BucketConfiguration::default();
    let made = Bucket::create_with_path_style("photos", region, credentials, config)?;
    assert!(made.success(), "{}", made.response_text);
    made.bucket.put_object("key", b"value")?;
    assert_eq!(made.bucket.get_object("key")?.as_str()?, "value");
    Ok(())
}
