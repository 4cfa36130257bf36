//! OpenBao.

use std::collections::HashMap;

use fixtured::daemons::Openbao;
use fixtured::{Instance, fixture};

use super::Result;

#[fixture(openbao)]
#[tokio::test]
async fn vaultrs(openbao: &Instance<Openbao>) -> Result {
    use vaultrs::client::{VaultClient, VaultClientSettingsBuilder};
    use vaultrs::kv2;

    let mut settings = VaultClientSettingsBuilder::default();
    settings.address(openbao.url()).token(openbao.token());
    settings.set_namespace(openbao.namespace().into());
    let (client, mount) = (VaultClient::new(settings.build()?)?, openbao.mount());
    let secret = HashMap::from([("text".to_owned(), "hello".to_owned())]);
    kv2::set(&client, mount, "greeting", &secret).await?;
    let read: HashMap<String, String> = kv2::read(&client, mount, "greeting").await?;
    assert_eq!(read, secret);
    Ok(())
}
