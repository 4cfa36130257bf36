//! For any text at all.

use std::collections::BTreeMap;

use fixtured::__command_line::{launched, with_ports};
use fixtured::Daemon;
use fixtured::daemons::{self, Program};
use fixtured::launch::{Launch, Site};
use proptest::prelude::*;

/// A daemon with a part whose password is this.
struct Outer(String);

impl Daemon for Outer {
    fn launch(&self, site: &Site) -> Launch {
        let inner = daemons::redis().password(self.0.as_str()).launch(site);
        Launch::new("outer")
            .include("a", inner)
            .values([("port", format!("{}{}", site.port, self.0))])
    }
}

/// Any text: letters of all kinds, and often those that mean something here.
fn texts() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "{",
        "}",
        "{port}",
        "{dir}",
        "{{",
        "}}",
        "|",
        "\u{fdd0}",
        "\u{fdd1}",
        "{a-password}",
    ]);
    let piece = prop_oneof![
        special.prop_map(str::to_owned),
        any::<String>(),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_literal_is_filled_in_as_itself(text in texts()) {
        prop_assert_eq!(with_ports(&text, &BTreeMap::from([(String::new(), 1)])), text);
    }

    #[test]
    fn a_part_keeps_its_literals(text in texts()) {
        let launch = launched(&Outer(text.clone()));
        let ports = BTreeMap::from([(String::new(), 1), ("a".into(), 2)]);
        prop_assert_eq!(with_ports(&launch.values["a-password"], &ports), text.clone());
        prop_assert_eq!(with_ports(&launch.values["port"], &ports), format!("1{text}"));
        let url = with_ports(&launch.values["a-url"], &ports);
        prop_assert!(url.ends_with("localhost:2"), "{}", url);
    }

    #[test]
    fn what_is_sent_is_what_arrives(text in texts()) {
        let launch = launched(&Outer(text));
        let sent = serde_json::to_string(&launch).unwrap();
        prop_assert_eq!(serde_json::from_str::<Launch>(&sent).unwrap(), launch);
    }

    #[test]
    fn a_command_s_other_braces_stay(text in texts()) {
        let word = text.replace("{port}", "").replace("{dir}", "");
        prop_assume!(!word.contains("{port") && !word.contains("{dir") && !word.contains('\0'));
        let launch = launched(&Program::new(["x", &word, "{port}"]));
        let ports = BTreeMap::from([(String::new(), 1)]);
        let args = &launch.processes[0].command.args;
        let args: Vec<_> = args.iter().map(|arg| with_ports(arg, &ports)).collect();
        prop_assert_eq!(args, [word, "1".to_owned()]);
    }
}
