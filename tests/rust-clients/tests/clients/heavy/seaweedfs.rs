//! SeaweedFS.

use fixtured::daemons::Seaweedfs;
use fixtured::{Instance, fixture};
use object_store::{ObjectStore, aws::AmazonS3Builder, path::Path};

use super::Result;

#[fixture(seaweedfs)]
#[tokio::test]
async fn object_store(seaweedfs: &Instance<Seaweedfs>) -> Result {
    let builder = AmazonS3Builder::new()
        .with_endpoint(seaweedfs.http_url())
        .with_allow_http(true)
        .with_access_key_id(seaweedfs.access_key())
        .with_secret_access_key(seaweedfs.secret_key())
        .with_region(seaweedfs.region())
        .with_bucket_name(seaweedfs.bucket());
    let (store, key) = (builder.build()?, Path::from("key"));
    store.put(&key, "value".into()).await?;
    assert_eq!(store.get(&key).await?.bytes().await?, "value");
    Ok(())
}
