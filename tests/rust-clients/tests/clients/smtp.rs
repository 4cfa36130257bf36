//! The mail catcher.

use fixtured::fixture;
use serde_json::Value;

use super::Result;

#[fixture(smtp)]
fn lettre(host: &str, port: u16, mailbox: &str, messages_url: &str) -> Result {
    use lettre::{Message, SmtpTransport, Transport};

    let message = Message::builder()
        .from("shop@example.org".parse()?)
        .to(mailbox.parse()?)
        .subject("Welcome")
        .body("Hello!".to_owned())?;
    let transport = SmtpTransport::builder_dangerous(host).port(port).build();
    transport.send(&message)?;
    let all = ureq::get(messages_url).call()?;
    let all: Value = all.into_body().read_json()?;
    assert_eq!(all[0]["subject"], "Welcome");
    Ok(())
}
