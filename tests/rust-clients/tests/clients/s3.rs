//! S3.

use fixtured::daemons::S3;
use fixtured::{Instance, fixture};

use super::Result;

#[fixture(s3)]
#[tokio::test]
async fn object_store(s3: &Instance<S3>) -> Result {
    use object_store::{ObjectStore, aws::AmazonS3Builder, path::Path};

    let builder = AmazonS3Builder::new()
        .with_endpoint(s3.http_url())
        .with_allow_http(true);
    let builder = builder
        .with_access_key_id(s3.access_key())
        .with_secret_access_key(s3.secret_key())
        .with_region(s3.region())
        .with_bucket_name(s3.bucket());
    let (store, key) = (builder.build()?, Path::from("key"));
    store.put(&key, "value".into()).await?;
    assert_eq!(store.get(&key).await?.bytes().await?, "value");
    Ok(())
}

#[fixture(s3)]
fn rust_s3(s3: &Instance<S3>) -> Result {
    use ::s3::{Bucket, Region, creds::Credentials};

    let [region, endpoint] = [s3.region(), s3.http_url()].map(Into::into);
    let region = Region::Custom { region, endpoint };
    let keys = [s3.access_key(), s3.secret_key()].map(Some);
    let credentials = Credentials::new(keys[0], keys[1], None, None, None)?;
    let bucket = Bucket::new(s3.bucket(), region, credentials)?.with_path_style();
    bucket.put_object("key", b"value")?;
    assert_eq!(bucket.get_object("key")?.as_str()?, "value");
    Ok(())
}
