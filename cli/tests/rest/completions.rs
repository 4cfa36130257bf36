//! `fixtured completions` and `fixtured man`.

use std::fs;
use std::process::Command;

use fixtured_tests::scratch_directory;

use super::{fixtured, of, said};

#[test]
fn bash_completes_commands_daemons_and_their_options() {
    let script = said(["completions", "bash"]).stdout;
    let scratch = scratch_directory("completions-bash").unwrap();
    let complete = |words: &str| {
        let ask = format!(
            "{script}\nCOMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             _fixtured fixtured \"${{COMP_WORDS[COMP_CWORD]}}\" \"\"; echo \"${{COMPREPLY[@]}}\""
        );
        // It is too long for an argument.
        let path = scratch.join("ask.bash");
        fs::write(&path, ask).unwrap();
        let output = Command::new("bash").arg(path).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(complete("fixtured doc"), "doctor");
    assert_eq!(complete("fixtured run memc"), "memcached");
    assert_eq!(
        complete("fixtured run redis --sentinel-"),
        "--sentinel-port"
    );
    assert_eq!(complete("fixtured doctor consu"), "consul");
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = said(["completions", shell]);
        assert_eq!(said.code, 0);
        assert!(said.stdout.contains("memcached"), "{shell}");
    }
}

#[test]
fn pages_of_the_manual_are_printed_and_written() {
    let page = said(["man", "run", "redis"]).stdout;
    assert!(page.contains(".TH fixtured-run-redis 1") && page.contains(r"\-\-sentinel"));
    let wrong = said(["man", "rum"]);
    assert_eq!(
        (wrong.code, wrong.stderr.as_str()),
        (2, "error: `fixtured` has no command `rum`\n")
    );
    let scratch = scratch_directory("man").unwrap();
    let written = of(fixtured(["man", "--directory"]).arg(&*scratch));
    assert_eq!((written.code, written.stdout.as_str()), (0, ""));
    for name in [
        "fixtured",
        "fixtured-run",
        "fixtured-run-postgres",
        "fixtured-doctor",
    ] {
        assert!(scratch.join(format!("{name}.1")).exists(), "{name}");
    }
    let whole = fs::read_to_string(scratch.join("fixtured.1")).unwrap();
    assert_eq!(whole, said(["man"]).stdout);
}
