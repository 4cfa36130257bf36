//! MailDev lends mail domains.

use fixtured::{Acquire, daemons};
use fixtured_tests::{Holding, request};
use serde_json::Value;

use super::{Existing, printed};

#[test]
fn it_lends_a_mail_domain() {
    let server = daemons::smtp().start().unwrap();
    let send = |to: &str| {
        let to = format!("to='{to}'; port={}\n", server.port());
        let code = "import smtplib\nwith smtplib.SMTP('127.0.0.1', port) as server:\n    \
                    server.sendmail('me@example.com', [to], 'Subject: hello\\n\\n')\n";
        printed("python3", &["-"], &(to + code));
    };
    let recipients = || {
        let all = format!("{}/email", server.api_url());
        let all = request("GET", &all, &[], &Value::Null);
        let all = all.as_array().cloned().unwrap_or_default();
        let recipient = |it: &Value| it["envelope"]["to"][0]["address"].as_str().map(Into::into);
        all.iter().filter_map(recipient).collect::<Vec<String>>()
    };
    let mailbox = |holding: &Holding| format!("test@{}", holding.prefix);
    send("others@t-others.test");
    let management = server.port_named("api");
    Existing {
        name: "smtp",
        url: &format!("{}?management_port={management}", server.url()),
        put: &|holding| {
            assert_eq!(holding.url, server.url());
            send(&mailbox(holding));
        },
        has: &|holding| recipients().contains(&mailbox(holding)),
        left: &|| {
            let all = recipients().into_iter();
            all.filter(|it| it != "others@t-others.test").collect()
        },
    }
    .check();
    assert_eq!(recipients(), ["others@t-others.test"]);
}
