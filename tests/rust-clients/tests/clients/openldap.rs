//! OpenLDAP.

use std::collections::HashSet;

use fixtured::daemons::Openldap;
use fixtured::{Instance, fixture};
use ldap3::{LdapConn, Scope, SearchEntry};

use super::Result;

#[fixture(openldap)]
fn ldap3(openldap: &Instance<Openldap>) -> Result {
    let mut client = LdapConn::new(openldap.url())?;
    let (root, password) = (openldap.root_dn(), openldap.password());
    client.simple_bind(root, password)?.success()?;
    let people = format!("ou=people,{}", openldap.suffix());
    let class = ("objectClass", HashSet::from(["organizationalUnit"]));
    client.add(&people, vec![class])?.success()?;
    let found = client.search(openldap.suffix(), Scope::Subtree, "(ou=people)", ["ou"])?;
    let entry = SearchEntry::construct(found.success()?.0.remove(0));
    assert_eq!(
        (entry.dn, &*entry.attrs["ou"]),
        (people, &["people".to_owned()][..])
    );
    Ok(client.unbind()?)
}
