//! beanstalkd.

use fixtured::fixture;

use super::Result;

#[fixture(beanstalkd)]
fn beanstalkc(host: &str, port: u16) -> Result {
    let client = beanstalkc::Beanstalkc::new().host(host).port(port);
    let mut client = client.connect()?;
    client.put_default(b"hello")?;
    assert_eq!(client.reserve()?.body(), b"hello");
    Ok(())
}

#[fixture(beanstalkd)]
fn beanstalkd(host: &str, port: u16) -> Result {
    let mut client = beanstalkd::Beanstalkd::connect(host, port)?;
    client.put("hello", 0, 0, 60)?;
    assert_eq!(client.reserve()?.1, "hello");
    Ok(())
}
