//! A daemon of one's own, whose definition may write anything into its texts.

use std::time::{Duration, Instant};

use fixtured::launch::{Command, Launch, Process, Quoting, Ready, Site};
use fixtured::{Acquire, Daemon, ErrorKind, daemons};

/// A server whose values are what its test wants.
struct Valued(fn(&Site) -> [(&'static str, String); 2]);

impl Daemon for Valued {
    fn launch(&self, site: &Site) -> Launch {
        let mut launch = Launch::new("valued");
        let command = Command::new(
            "sh",
            ["-c", "printf %s \"$0\" > new; mv new word; exec sleep 1000"],
        );
        launch
            .processes
            .push(Process::new(command, Ready::PidFile("word".into())));
        for (name, text) in self.0(site) {
            launch.processes[0].command.args.push(text.clone());
            launch.values.insert(name.into(), text);
        }
        launch.url = format!("x://{}/{}", site.port, site.value("database"));
        launch
    }
}

#[test]
fn a_value_that_looks_like_a_placeholder_is_none() {
    let valued = Valued(|site| {
        let host = format!("{{dir}}{}", Quoting::Path.of(format!("{} é", site.dir)));
        [("database", "{database}{dir} {{x}}".into()), ("host", host)]
    });
    let valued = valued.start().unwrap();
    assert_eq!(valued.value("database"), "{database}{dir} {{x}}");
    let dir = valued.dir().display().to_string();
    assert_eq!(valued.value("host"), format!("{{dir}}{dir}%20%C3%A9"));
    let url = format!("x://{}/{{database}}{{dir}} {{{{x}}}}", valued.port());
    assert_eq!(valued.url(), url);
    let word = std::fs::read_to_string(valued.dir().join("word")).unwrap();
    assert_eq!(word, "{database}{dir} {{x}}");
}

#[test]
fn a_value_that_is_part_of_itself_is_refused_and_nobody_else_suffers() {
    let other = daemons::redis().start().unwrap();
    let began = Instant::now();
    for (valued, wanted) in [
        (
            Valued(|site| {
                let itself = site.value("database").repeat(2);
                [("database", itself), ("host", String::new())]
            }),
            "the value `database` contains itself",
        ),
        (
            Valued(|site| {
                [
                    ("database", site.value("host")),
                    ("host", site.value("database")),
                ]
            }),
            "contains itself",
        ),
        (
            Valued(|site| [("database", site.value("nothing")), ("host", String::new())]),
            "it refers to a value `nothing`, which is not defined",
        ),
    ] {
        let error = valued.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(wanted), "{error}");
    }
    assert!(began.elapsed() < Duration::from_secs(30));
    assert_eq!(other.died(), None);
}
