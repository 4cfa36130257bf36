//! sqlx with TLS: it trusts the authority of the server, which has its name on the certificate.

use fixtured::daemons::{Mysql, Postgres};
use fixtured::{Instance, fixture};
use sqlx::{Connection, MySqlConnection, PgConnection, Result};

#[fixture(postgres, tls = true)]
#[tokio::test]
async fn postgres_is_verified(postgres: &Instance<Postgres>) -> Result<()> {
    let (url, ca) = (postgres.url(), postgres.ca_file());
    let connect = async |options: &str| PgConnection::connect(&format!("{url}?{options}")).await;
    let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

    let mut verified = connect(&format!("sslmode=verify-full&sslrootcert={ca}")).await?;
    let uses_tls: bool = sqlx::query_scalar(query).fetch_one(&mut verified).await?;
    assert!(uses_tls);

    let mut plain = connect("sslmode=disable").await?;
    let uses_tls: bool = sqlx::query_scalar(query).fetch_one(&mut plain).await?;
    assert!(!uses_tls);

    // Nobody else trusts the authority.
    let error = connect("sslmode=verify-full").await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("invalid peer certificate: UnknownIssuer"),
        "{error}"
    );
    Ok(())
}

#[fixture(mysql, tls = true)]
#[tokio::test]
async fn mysql_is_verified(mysql: &Instance<Mysql>) -> Result<()> {
    let (url, ca) = (mysql.url(), mysql.ca_file());
    let connect = async |options: &str| MySqlConnection::connect(&format!("{url}?{options}")).await;
    let query = "SHOW SESSION STATUS LIKE 'Ssl_version'";

    let mut verified = connect(&format!("ssl-mode=VERIFY_IDENTITY&ssl-ca={ca}")).await?;
    let (_, version): (String, String) = sqlx::query_as(query).fetch_one(&mut verified).await?;
    assert_eq!(version, "TLSv1.3");

    let mut plain = connect("ssl-mode=DISABLED").await?;
    let (_, version): (String, String) = sqlx::query_as(query).fetch_one(&mut plain).await?;
    assert_eq!(version, "");

    // Nobody else trusts the authority.
    let error = connect("ssl-mode=VERIFY_IDENTITY").await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("invalid peer certificate: UnknownIssuer"),
        "{error}"
    );
    Ok(())
}
