//! The mail catcher, with Python's client and curl.

use std::process::{Command, Output};

use fixtured::daemons::{self, Smtp};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::{eventually, request};
use serde_json::Value;

/// Sends a message through a URL.
const SEND: &str = "
import smtplib, sys
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit
url, to, bcc, subject, body = sys.argv[1:]
url = urlsplit(url)
with smtplib.SMTP(url.hostname, url.port) as server:
    if url.username:
        server.login(unquote(url.username), unquote(url.password))
    message = EmailMessage()
    message['From'] = 'shop@example.com'
    message['To'] = to
    message['Subject'] = subject
    message.set_content(body)
    message.add_attachment(b'12', maintype='application', subtype='pdf', filename='bill.pdf')
    server.send_message(message, to_addrs=[to] + bcc.split())
";

fn try_to_send(url: &str, to: &str, bcc: &str, subject: &str, body: &str) -> Output {
    let mut python = Command::new("python3");
    python
        .args(["-c", SEND, url, to, bcc, subject, body])
        .output()
        .unwrap()
}

fn send(smtp: &Instance<Smtp>, to: &str, bcc: &str, subject: &str) {
    let output = try_to_send(smtp.url(), to, bcc, subject, "Hello Ää");
    assert!(output.status.success(), "{output:?}");
}

/// The messages that are found at a URL.
fn messages(url: &str) -> Vec<Value> {
    let found = request("GET", url, &[], &Value::Null);
    found.as_array().unwrap().clone()
}

#[fixture(smtp)]
fn what_was_sent_is_read(smtp: &Instance<Smtp>, url: &str, mailbox: &str, domain: &str) {
    assert_eq!(url, format!("smtp://127.0.0.1:{}", smtp.port()));
    assert!(domain.starts_with("t-"), "{domain}");
    assert_eq!(mailbox, format!("test@{domain}"));
    assert!(messages(smtp.messages_url()).is_empty());
    let bcc = format!("audit@{domain}");
    send(smtp, mailbox, &bcc, "Grüße");
    send(smtp, &format!("other@{domain}"), "", "not to the mailbox");
    let found = messages(smtp.messages_url());
    let [message] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(message["subject"], "Grüße");
    assert_eq!(message["text"], "Hello Ää\n");
    assert_eq!(message["from"][0]["address"], "shop@example.com");
    assert_eq!(message["attachments"][0]["filename"], "bill.pdf");
    let audit = format!("{}/email?envelope.to.address={bcc}", smtp.api_url());
    assert_eq!(messages(&audit).len(), 1);
}

#[test]
fn tests_share_a_server_and_have_domains_of_their_own() {
    let [one, other] = [(), ()].map(|()| daemons::smtp().acquire().unwrap());
    assert_eq!((one.pid(), one.url()), (other.pid(), other.url()));
    send(&one, one.mailbox(), "", "to one");
    send(&other, other.mailbox(), "", "to other");
    let subjects = |smtp: &Instance<Smtp>| {
        let found = messages(smtp.messages_url());
        let subjects = found
            .iter()
            .map(|it| it["subject"].as_str().unwrap().to_owned());
        subjects.collect::<Vec<_>>()
    };
    assert_eq!(subjects(&one), ["to one"]);
    assert_eq!(subjects(&other), ["to other"]);
    let url = one.messages_url().to_owned();
    drop(one);
    eventually("the messages of the test are gone", || {
        messages(&url).is_empty().then_some(())
    });
    assert_eq!(subjects(&other), ["to other"]);
}

#[test]
fn a_password_may_be_required() {
    let smtp = daemons::smtp().password("p@ss w").start().unwrap();
    let address = format!("127.0.0.1:{}", smtp.port());
    assert_eq!(smtp.url(), format!("smtp://test:p%40ss%20w@{address}"));
    assert_eq!((smtp.username(), smtp.password()), ("test", "p@ss w"));
    assert_eq!(smtp.mailbox(), "test@mail.test");
    send(&smtp, smtp.mailbox(), "", "with a password");
    let refused = try_to_send(
        &format!("smtp://{address}"),
        smtp.mailbox(),
        "",
        "without",
        "",
    );
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("authentication Required"), "{said}");
    let wrong = try_to_send(
        &format!("smtp://test:x@{address}"),
        smtp.mailbox(),
        "",
        "",
        "",
    );
    assert!(!wrong.status.success());
    assert_eq!(messages(smtp.messages_url()).len(), 1);
}

#[test]
fn a_message_may_be_too_large() {
    let smtp = daemons::smtp().max_message_size(2000).start().unwrap();
    send(&smtp, smtp.mailbox(), "", "small");
    let large = "x ".repeat(2000);
    let refused = try_to_send(smtp.url(), smtp.mailbox(), "", "large", &large);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("552"), "{said}");
    assert_eq!(messages(smtp.messages_url()).len(), 1);
}
